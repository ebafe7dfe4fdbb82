// Package store keeps what must outlast the process in SQL: posts, alerts,
// cases and their record, deliveries, definitions, people. It opens the
// database, brings its schema up to date and runs every write through one
// writer; what is written is the business of its folders, one per noun. It
// refuses a schema that is newer than the program or was changed by another
// hand, a write that did not go through the writer, and a write inside a
// write.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/prometheus/client_golang/prometheus"

	"huiying"
)

// Options says which database to open and how.
type Options struct {
	Path       string // the SQLite file; its folder must exist. With DSN nothing is written to it, and its folder is where files beside the database lie
	DSN        string // PostgreSQL instead: postgres://… or host=… as pgx reads them; a secret, for it may hold a password
	MACKey     []byte // signs the record; kept outside the database. Without it nothing can be appended to the record
	Now        func() time.Time
	Zone       *time.Location // the office zone; decides the times in messages to the bus
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	ReadOnly   bool // beside a running service: no writer, no migration
	GroupSize  int  // how many urgent transactions may share one commit; 0 = 64, 1 = one by one
	Readers    int  // connections of the read pool; 0 = 8
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.GroupSize <= 0 {
		o.GroupSize = 64
	}
	if o.Readers <= 0 {
		o.Readers = 8
	}
	return o
}

// Store is an open database: one writer and a pool of readers.
type Store struct {
	options Options
	engine  engine
	place   string // of the database, for people
	version int64
	reader  *sql.DB
	writing *sql.DB // nil when read-only
	writer  *writer // nil when read-only
}

// Open opens the database at o.Path, creates it when it is not there, and
// migrates it; the one of o.DSN must be there and may be empty. With ReadOnly it does neither: huiying.NotFound when there is
// no database. A schema that is newer than this program, or differs from what
// its migrations make, is refused with huiying.Conflict.
func Open(ctx context.Context, o Options) (*Store, error) {
	o = o.withDefaults()
	s := &Store{options: o, engine: o.engine(), place: o.Path}
	open := s.openWriting
	switch {
	case o.DSN != "":
		open = s.openPostgres
	case o.ReadOnly:
		open = s.openReadOnly
	}
	if err := open(ctx); err != nil {
		return nil, errors.Join(err, s.closeDatabases())
	}
	return s, nil
}

func (s *Store) openWriting(ctx context.Context) error {
	if err := createPrivate(s.options.Path); err != nil {
		return err
	}
	migrating := openSQLite(writerDSN(s.options.Path), 1)
	err := probe(ctx, migrating, s.options.Path)
	if err == nil {
		s.version, err = migrate(ctx, migrating, s.engine)
	}
	if err = errors.Join(err, migrating.Close()); err != nil {
		return err
	}
	s.writing = openSQLite(writerDSN(s.options.Path), 1, undoInMemory, logOfWrites)
	s.reader = openSQLite(readerDSN(s.options.Path), s.options.Readers)
	if err := s.reader.PingContext(ctx); err != nil {
		return fmt.Errorf("open read pool: %w", err)
	}
	s.writer, err = newWriter(s)
	return err
}

func (s *Store) openReadOnly(ctx context.Context) error {
	if _, err := os.Stat(s.options.Path); errors.Is(err, fs.ErrNotExist) {
		return huiying.Errorf(huiying.NotFound, "store.no_database", s.options.Path)
	}
	s.reader = openSQLite(readerDSN(s.options.Path), s.options.Readers)
	if err := probe(ctx, s.reader, s.options.Path); err != nil {
		return err
	}
	version, err := check(ctx, s.reader, s.engine)
	if err != nil {
		return err
	}
	s.version = version
	return nil
}

func (s *Store) openPostgres(ctx context.Context) error {
	write, err := postgresConfig(s.options.DSN, writerSettings())
	if err != nil {
		return err
	}
	read, err := postgresConfig(s.options.DSN, readerSettings())
	if err != nil {
		return err
	}
	s.place = place(write)
	s.reader = openPostgres(read, s.options.Readers)
	if err := s.reader.PingContext(ctx); err != nil {
		return huiying.Errorf(huiying.Unavailable, "store.no_server", s.place, masked(err, s.options.DSN))
	}
	if s.options.ReadOnly {
		// What is to be compared with is built in a transaction that is undone.
		delete(read.RuntimeParams, "default_transaction_read_only")
		checking := openPostgres(read, 1)
		s.version, err = check(ctx, checking, s.engine)
		return errors.Join(err, checking.Close())
	}
	migrating := stdlib.OpenDB(*write) // as pgx has it: the migrations' own table knows truths
	s.version, err = migrate(ctx, migrating, s.engine)
	if err = errors.Join(err, migrating.Close()); err != nil {
		return err
	}
	s.writing = openPostgres(write, 1)
	s.writer, err = newWriter(s)
	return err
}

// createPrivate makes the file with mode 0600 before SQLite would make it
// readable for everybody.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "store.cannot_create", path, err)
	}
	return f.Close()
}

// probe makes the first connection and says in a sentence when the file is no
// database, or not one we may use.
func probe(ctx context.Context, db *sql.DB, path string) error {
	var n int
	err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master`).Scan(&n)
	switch {
	case err == nil:
		return nil
	case notADatabase(err):
		return huiying.Errorf(huiying.Invalid, "store.not_a_database", path, err)
	}
	return huiying.Errorf(huiying.Unavailable, "store.cannot_open", path, err)
}

// Write runs fn in a transaction and returns when it is durably committed, or
// was rolled back. An error or a panic of fn undoes what it did and comes back
// as Write's error. While the call waits its turn, ctx may end it; once fn has
// begun, its own outcome is returned. fn may be one of several that share a
// commit: it must not wait for anything but the database, and a Write inside
// fn is refused.
func (s *Store) Write(ctx context.Context, p Priority, fn func(ctx context.Context, tx *Tx) error) error {
	if s.writer == nil {
		return huiying.Errorf(huiying.Forbidden, "store.read_only", s.place)
	}
	return s.writer.write(ctx, p, fn)
}

// Waiting is how many writes wait for their turn.
func (s *Store) Waiting() int {
	if s.writer == nil {
		return 0
	}
	return s.writer.queue.len()
}

// Reader is the pool for reading. Its SQL is written with $1, $2 … on every
// engine. A write through it fails.
func (s *Store) Reader() *sql.DB { return s.reader }

// Snapshot runs fn on one unchanging view of the database, whatever is written
// meanwhile.
func (s *Store) Snapshot(ctx context.Context, fn func(ctx context.Context, q Querier) error) error {
	ctx = s.seen(ctx)
	tx, err := s.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: s.engine.snapshot})
	if err != nil {
		return fmt.Errorf("begin snapshot: %w", err)
	}
	err = fn(ctx, tx)
	// Nothing was written, so a rollback is as good as a commit.
	return errors.Join(err, tx.Rollback())
}

// SchemaVersion is the version of the schema this database has.
func (s *Store) SchemaVersion() int64 { return s.version }

// Now is the store's clock in UTC, cut to the microseconds that are kept.
func (s *Store) Now() time.Time { return s.options.Now().UTC().Truncate(time.Microsecond) }

// Zone is the office zone.
func (s *Store) Zone() *time.Location { return s.options.Zone }

// Logger is the store's logger.
func (s *Store) Logger() *slog.Logger { return s.options.Logger }

// Registerer is where the folders by noun register their metrics; it may be
// nil.
func (s *Store) Registerer() prometheus.Registerer { return s.options.Registerer }

// MACKey is the key that signs the record; empty when none was given.
func (s *Store) MACKey() []byte { return s.options.MACKey }

// Engine is the kind of database, SQLite or Postgres: for the few queries that
// cannot be written for both.
func (s *Store) Engine() string { return s.engine.name }

// Place says where the database lies, without any secret.
func (s *Store) Place() string { return s.place }

// Path is the file of the database; with PostgreSQL nothing is in it.
func (s *Store) Path() string { return s.options.Path }

// Dir is the folder of files that lie beside the database.
func (s *Store) Dir() string { return filepath.Dir(s.options.Path) }

// Checkpoint writes the log's pages into the database and empties the log, so
// that what was deleted lies in neither. It waits for its turn behind the
// writer. done is false where a reader under way kept it from that; it does not
// wait for the reader, for the writer would wait with it.
//
// PostgreSQL has its dead rows taken out of the tables that hold words and files;
// its own log, and copies of it, keep them for as long as its administrator says.
func (s *Store) Checkpoint(ctx context.Context) (done bool, err error) {
	if s.engine.name == Postgres {
		return s.vacuum(ctx)
	}
	conn, err := s.writing.Conn(ctx)
	if err != nil {
		return false, fmt.Errorf("empty the log: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	var busy, pages, moved int
	if _, err = conn.ExecContext(ctx, `PRAGMA busy_timeout = `+readerPatience); err == nil {
		err = conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved)
	}
	_, again := conn.ExecContext(context.WithoutCancel(ctx), `PRAGMA busy_timeout = `+busyTimeout)
	if err = errors.Join(err, again); err != nil {
		return false, fmt.Errorf("empty the log: %w", err)
	}
	return busy == 0, nil
}

// Close finishes what is queued, refuses what comes after, and closes the
// database. It may be called more than once.
func (s *Store) Close() error {
	if s.writer != nil {
		s.writer.close()
	}
	return s.closeDatabases()
}

func (s *Store) closeDatabases() error {
	var errs []error
	if s.reader != nil {
		errs = append(errs, s.reader.Close())
	}
	if s.writing != nil {
		errs = append(errs, s.writing.Close())
	}
	return errors.Join(errs...)
}
