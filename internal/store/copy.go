package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"github.com/mattn/go-sqlite3"
)

// copyPages is how many pages one step of a copy takes; between two steps the
// copy may be ended.
const copyPages = 1024

// CopyTo writes the database as it is at one moment into a new file, page for
// page, while others read and write. It reads in a transaction of its own, so
// that nothing of what is committed meanwhile begins it anew; memory is that of
// a few pages. The log of the database cannot shrink until it ends.
//
// What PostgreSQL holds is written as a SQLite database, row for row.
func (s *Store) CopyTo(ctx context.Context, path string) (err error) {
	if s.engine.name == Postgres {
		return s.copyRows(ctx, path)
	}
	if err := createPrivate(path); err != nil {
		return err
	}
	into := openSQLite(fileURI(path, nil), 1)
	defer func() { err = errors.Join(err, into.Close()) }()
	from, err := s.reader.Conn(ctx)
	if err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := into.Conn(ctx)
	if err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	tx, err := from.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }() // nothing was written
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master`).Scan(&n); err != nil { // from here on it is one moment
		return fmt.Errorf("copy the database: %w", err)
	}
	return from.Raw(func(source any) error {
		return to.Raw(func(target any) error { return copyAll(ctx, target.(*conn), source.(*conn)) })
	})
}

// copyRows makes a new SQLite database at path of what the store holds.
func (s *Store) copyRows(ctx context.Context, path string) (err error) {
	to, err := Open(ctx, Options{Path: path, Now: s.options.Now, Zone: s.options.Zone})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if _, err = Transfer(ctx, s, to); err != nil {
		return err
	}
	_, err = to.Checkpoint(ctx) // one file, without a log beside it
	return err
}

func copyAll(ctx context.Context, to, from *conn) (err error) {
	b, err := to.Backup("main", from.SQLiteConn, "main")
	if err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	defer func() { err = errors.Join(err, finish(b)) }()
	for {
		done, err := b.Step(copyPages)
		switch {
		case err != nil:
			return fmt.Errorf("copy the database: %w", err)
		case done:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
}

func finish(b *sqlite3.SQLiteBackup) error {
	if err := b.Finish(); err != nil {
		return fmt.Errorf("end the copy of the database: %w", err)
	}
	return nil
}

// SyncFolder makes the names in a folder durable.
func SyncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open %s: %w", dir, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}
