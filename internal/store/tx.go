package store

import (
	"context"
	"database/sql"
	"time"
)

// Querier reads: the read pool, a snapshot and a Tx are all queriers, so that
// one function serves a page and a transaction alike. SQL is written with $1.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Tx is one transaction of the writer. It must not be kept after the function
// it was given to returns.
type Tx struct {
	sql   *sql.Tx
	store *Store
	now   time.Time
	after []func()
	lost  error // the database has undone the whole transaction by itself
}

// Now is the one time of this transaction, UTC in whole microseconds.
func (tx *Tx) Now() time.Time { return tx.now }

// Zone is the office zone.
func (tx *Tx) Zone() *time.Location { return tx.store.options.Zone }

// Engine is the kind of database; see Store.Engine.
func (tx *Tx) Engine() string { return tx.store.engine.name }

// MACKey is the key that signs the record; empty when none was given.
func (tx *Tx) MACKey() []byte { return tx.store.options.MACKey }

// ExecContext runs a statement. It does not begin one once ctx has ended, but
// a statement that has begun is not interrupted: SQLite answers an interrupt
// by undoing the whole transaction, other callers' part included.
func (tx *Tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := tx.usable(ctx); err != nil {
		return nil, err
	}
	res, err := tx.sql.ExecContext(context.WithoutCancel(ctx), query, args...)
	if tx.store.engine.undoesAll(err) {
		tx.lost = err
	}
	return res, err
}

// usable refuses a statement that would run outside the transaction, or after
// its caller has gone.
func (tx *Tx) usable(ctx context.Context) error {
	if tx.lost != nil {
		return tx.lost
	}
	return ctx.Err()
}

// QueryContext runs a query; see ExecContext about ctx.
func (tx *Tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := tx.usable(ctx); err != nil {
		return nil, err
	}
	return tx.sql.QueryContext(context.WithoutCancel(ctx), query, args...)
}

// QueryRowContext runs a query for one row; see ExecContext about ctx.
func (tx *Tx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return tx.sql.QueryRowContext(context.WithoutCancel(ctx), query, args...)
}

// AfterCommit has fn called once the transaction is durable, before Write
// returns. fn runs on the writer: it must be quick and must not call Write.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

// Flag is a truth as columns hold it.
func Flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Micros is how a time is stored: microseconds since 1970, 0 for no time.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time reads what Micros wrote: UTC, the zero time for 0.
func Time(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// Collect reads every row with scan and closes rows. It takes the pair that
// QueryContext returns: Collect(q.QueryContext(…))(scan).
func Collect[T any](rows *sql.Rows, err error) func(scan func(*sql.Rows) (T, error)) ([]T, error) {
	return func(scan func(*sql.Rows) (T, error)) (all []T, failed error) {
		if err != nil {
			return nil, err
		}
		defer func() {
			if cerr := rows.Close(); failed == nil {
				failed = cerr
			}
		}()
		for rows.Next() {
			one, err := scan(rows)
			if err != nil {
				return nil, err
			}
			all = append(all, one)
		}
		return all, rows.Err()
	}
}
