package routes

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"huiying"
	"huiying/internal/store"
)

// Book is the silences of a store.
type Book struct{ store *store.Store }

// New makes the book of a store.
func New(s *store.Store) *Book { return &Book{s} }

const silenceColumns = `id, matchers, red, from_at, until_at, author, reason, created_at, ended_by, ended_at`

// Add keeps a silence.
func (b *Book) Add(ctx context.Context, s huiying.Silence) error {
	match, err := json.Marshal(s.Match)
	if err != nil {
		return fmt.Errorf("encode silence: %w", err)
	}
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO silences (id, matchers, red, from_at, until_at, author, reason, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			s.ID, string(match), store.Flag(s.Red), store.Micros(s.From), store.Micros(s.Until), s.Author, s.Reason, store.Micros(s.CreatedAt))
		if err != nil {
			return fmt.Errorf("keep silence: %w", err)
		}
		return nil
	})
}

// End ends a silence now; huiying.NotFound when there is none of that id, and
// huiying.Conflict when it has ended already.
func (b *Book) End(ctx context.Context, id, by string, at time.Time) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE silences SET ended_by = $2, ended_at = $3 WHERE id = $1 AND ended_at = 0 AND until_at > $3`,
			id, by, store.Micros(at))
		if err != nil {
			return fmt.Errorf("end silence %s: %w", id, err)
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			return err
		}
		err = tx.QueryRowContext(ctx, `SELECT id FROM silences WHERE id = $1`, id).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return huiying.Errorf(huiying.NotFound, "silence.none", id)
		}
		if err != nil {
			return fmt.Errorf("read silence %s: %w", id, err)
		}
		return huiying.Errorf(huiying.Conflict, "silence.over", id)
	})
}

// List lists silences, the newest first.
func (b *Book) List(ctx context.Context, n int) ([]huiying.Silence, error) {
	return silences(b.store.Reader().QueryContext(ctx,
		`SELECT `+silenceColumns+` FROM silences ORDER BY created_at DESC, id LIMIT $1`, n))
}

// InForce lists the silences in force at a time.
func InForce(ctx context.Context, q store.Querier, at time.Time) ([]huiying.Silence, error) {
	return Touching(ctx, q, at, at)
}

// Touching lists the silences in force at any time from one to another.
func Touching(ctx context.Context, q store.Querier, from, to time.Time) ([]huiying.Silence, error) {
	return silences(q.QueryContext(ctx, `SELECT `+silenceColumns+` FROM silences
		WHERE until_at > $1 AND from_at <= $2 AND (ended_at = 0 OR ended_at > $1) ORDER BY created_at, id`,
		store.Micros(from), store.Micros(to)))
}

func silences(rows *sql.Rows, err error) ([]huiying.Silence, error) {
	list, err := store.Collect[huiying.Silence](rows, err)(func(r *sql.Rows) (s huiying.Silence, err error) {
		var match string
		var from, until, created, ended int64
		if err := r.Scan(&s.ID, &match, &s.Red, &from, &until, &s.Author, &s.Reason, &created, &s.EndedBy, &ended); err != nil {
			return s, err
		}
		s.From, s.Until, s.CreatedAt, s.EndedAt = store.Time(from), store.Time(until), store.Time(created), store.Time(ended)
		return s, json.Unmarshal([]byte(match), &s.Match)
	})
	if err != nil {
		return nil, fmt.Errorf("read silences: %w", err)
	}
	return list, nil
}
