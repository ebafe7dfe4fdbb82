package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"huiying"
	"huiying/internal/config"
	"huiying/internal/store"
)

// migratedSuffix ends the name of a SQLite database that was carried over, so
// that no service is started on it again by mistake.
const migratedSuffix = ".migrated"

// Migrated says what was carried over, and where what it was is now.
type Migrated struct {
	Tables []store.Carried `json:"tables"`
	Rows   int64           `json:"rows"`
	Place  string          `json:"place"` // of the new database
	Kept   string          `json:"kept"`  // the old database's file
}

// Migrate carries the SQLite database of the data folder over into the empty
// PostgreSQL that the configuration names: every table compared row by row
// before anything is kept. No service may run. On an error both are as they
// were; afterwards the old file has another name.
func Migrate(ctx context.Context, file string) (m Migrated, err error) {
	c, err := config.Load(file)
	if err != nil {
		return m, err
	}
	if c.Store.DSN == "" {
		return m, huiying.Errorf(huiying.Invalid, "app.migrate_no_dsn", file)
	}
	lock, err := lockFolder(c.Data)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	path := filepath.Join(c.Data, databaseFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return m, huiying.Errorf(huiying.NotFound, "store.no_database", path)
	}
	if m, err = carry(ctx, c, path); err != nil {
		return m, err
	}
	return m, putAside(&m, path)
}

// carry copies what the file at path holds.
func carry(ctx context.Context, c config.Config, path string) (m Migrated, err error) {
	zone, err := c.Zone()
	if err != nil {
		return m, err
	}
	from, err := store.Open(ctx, store.Options{Path: path, Now: time.Now, Zone: zone})
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := store.Open(ctx, store.Options{Path: path, DSN: string(c.Store.DSN), Now: time.Now, Zone: zone})
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	claim, err := to.Claim(ctx)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, claim.Close()) }()
	m.Place = to.Place()
	if m.Tables, err = store.Transfer(ctx, from, to); err != nil {
		return m, err
	}
	for _, t := range m.Tables {
		m.Rows += t.Rows
	}
	return m, nil
}

// putAside gives the old database another name; its log is empty since it was
// closed.
func putAside(m *Migrated, path string) error {
	m.Kept = path + migratedSuffix
	if _, err := os.Lstat(m.Kept); err == nil {
		return huiying.Errorf(huiying.Conflict, "app.migrate_kept", m.Kept, path)
	}
	if err := os.Rename(path, m.Kept); err != nil {
		return huiying.Errorf(huiying.Internal, "app.migrate_kept", m.Kept, path)
	}
	return store.SyncFolder(filepath.Dir(path))
}
