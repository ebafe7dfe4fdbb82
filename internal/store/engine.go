package store

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"
)

// The engines a store may lie in.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// engine is what differs between the databases. What differs inside a query is
// chosen where the query is, by Store.Engine.
type engine struct {
	name     string
	dialect  goose.Dialect
	folder   string // under migrations/
	objects  string // query: name and definition of everything in the schema
	expected func(ctx context.Context, db *sql.DB, version int64) (map[string]string, error)
	locks    bool // several processes may migrate at once
	snapshot sql.IsolationLevel
	// tables: query for every table and the columns of its key, with commas.
	tables string
	// afterTransfer makes a store ready whose tables were filled from another.
	afterTransfer []string
	// turn waits until nobody else writes, and notes in the transaction whose it
	// is; nil where the only connection that writes is our own.
	turn func(ctx context.Context, tx *sql.Tx, m mark) error
	// last is the note that was committed last; see turn.
	last func(ctx context.Context, tx *sql.Tx, writer string) (token string, err error)
	// undoesAll reports an error after which the whole transaction may be gone.
	undoesAll func(err error) bool
	// refused reports that the transaction takes nothing more since a statement
	// of it failed.
	refused func(err error) bool
}

// mark names a transaction of a writer.
type mark struct {
	writer, token string
	at            int64
}

// readAgain has the index of words made of the texts that a transfer brought: all
// posts were there before it, and all cases changed.
var readAgain = []string{
	`DELETE FROM post_changes`,
	`UPDATE search_state SET value = (SELECT coalesce(max(n), 0) FROM posts) WHERE name IN ('first', 'next')`,
	`UPDATE search_state SET value = 0 WHERE name IN ('read', 'erase')`,
}

func (o Options) engine() engine {
	if o.DSN != "" {
		return postgresEngine()
	}
	return sqliteEngine()
}
