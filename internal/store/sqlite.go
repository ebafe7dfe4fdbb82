package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"strings"

	"github.com/mattn/go-sqlite3"
)

// How long a connection waits for another in milliseconds, and how long the
// emptying of the log waits for readers.
const (
	busyTimeout    = "5000"
	readerPatience = "50"
)

// undoInMemory has what a savepoint would put back held in memory. By itself
// SQLite writes it to a file from 64 KiB on, a page each time, and a post touches
// a page of every index: a third of the time that SQLite took. A transaction of the
// writer is a slice; migrations are none and go without.
const undoInMemory = "temp_store = MEMORY"

// logOfWrites is after how many pages the log is emptied into the database, 16 MiB.
// By itself SQLite does so from 1,000 on, nine times a second at a thousand posts a
// second; most pages are written again by then.
const logOfWrites = "wal_autocheckpoint = 4000"

// Every pragma stands in the DSN or with the connector: one sent by Exec would
// reach a single connection of the pool.
func writerDSN(path string) string {
	return fileURI(path, url.Values{
		"_txlock":          {"immediate"},
		"_journal_mode":    {"WAL"},
		"_synchronous":     {"FULL"},
		"_busy_timeout":    {busyTimeout},
		"_foreign_keys":    {"1"},
		"_secure_delete":   {"1"},      // what is purged is overwritten
		"_cache_size":      {"-32768"}, // KiB
		"_stmt_cache_size": {"96"},
	})
}

func readerDSN(path string) string {
	return fileURI(path, url.Values{
		"mode":             {"ro"},
		"_query_only":      {"1"},
		"_busy_timeout":    {busyTimeout},
		"_foreign_keys":    {"1"},
		"_cache_size":      {"-16384"},
		"_stmt_cache_size": {"256"},
	})
}

// fileURI escapes what a path may hold and a URI may not.
func fileURI(path string, params url.Values) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + params.Encode()
}

// openSQLite opens a pool; the pragmas are those that a DSN cannot name.
func openSQLite(dsn string, connections int, pragmas ...string) *sql.DB {
	db := sql.OpenDB(&connector{dsn: dsn, pragmas: pragmas})
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db
}

// connector gives connections that take SQL written with $1. mattn's driver
// binds by order of appearance, so $2 before $1 would be bound crosswise; ?1
// and ?2 are bound by number.
type connector struct {
	dsn       string
	pragmas   []string
	rewritten rewritten
}

// Connect opens one connection with the pragmas of the DSN and its own.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	raw, err := c.Driver().Open(c.dsn)
	if err != nil {
		return nil, err
	}
	inner := raw.(*sqlite3.SQLiteConn)
	for _, pragma := range c.pragmas {
		if _, err := inner.ExecContext(ctx, "PRAGMA "+pragma, nil); err != nil {
			return nil, errors.Join(err, inner.Close())
		}
	}
	return &conn{rewriting{inner, c.rewrite}, sqliteConn{inner}}, nil
}

// Driver is mattn's.
func (c *connector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }

func (c *connector) rewrite(query string) string {
	if !strings.Contains(query, "$") {
		return query
	}
	return c.rewritten.of(query, numbered)
}

// conn is mattn's connection behind the rewriting of parameters.
type conn struct {
	rewriting
	sqliteConn
}

type sqliteConn struct{ *sqlite3.SQLiteConn }

// numbered rewrites $1 to +?1 outside quotes and comments. The plus changes no
// value; without it SQLite plans again for every value that is bound to a column
// where an order is asked too, which takes longer than most of the queries.
func numbered(query string) string {
	var b strings.Builder
	for i := 0; i < len(query); {
		if end := skip(query, i); end > i {
			b.WriteString(query[i:end])
			i = end
			continue
		}
		if query[i] == '$' && i+1 < len(query) && query[i+1] >= '1' && query[i+1] <= '9' {
			b.WriteString("+?")
		} else {
			b.WriteByte(query[i])
		}
		i++
	}
	return b.String()
}

// skip gives the end of the quoted text or comment that begins at i, or i.
func skip(query string, i int) int {
	closing := ""
	switch {
	case query[i] == '\'', query[i] == '"':
		closing = query[i : i+1]
	case strings.HasPrefix(query[i:], "--"):
		closing = "\n"
	case strings.HasPrefix(query[i:], "/*"):
		closing = "*/"
	default:
		return i
	}
	start := min(i+max(len(closing), 1), len(query))
	n := strings.Index(query[start:], closing)
	if n < 0 {
		return len(query)
	}
	return start + n + len(closing)
}

// IsUnique reports whether err says that a unique key already exists.
func IsUnique(err error) bool {
	var e sqlite3.Error
	return postgresCode(err) == "23505" || errors.As(err, &e) &&
		(e.ExtendedCode == sqlite3.ErrConstraintUnique || e.ExtendedCode == sqlite3.ErrConstraintPrimaryKey)
}

func notADatabase(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrNotADB || e.Code == sqlite3.ErrCorrupt)
}

// undoesAll reports whether SQLite may have rolled the whole transaction back
// on this error, others' savepoints included (lang_transaction.html, "Response
// To Errors Within A Transaction").
func undoesAll(err error) bool {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrNomem, sqlite3.ErrInterrupt, sqlite3.ErrCorrupt:
		return true
	}
	return false
}
