// Package exports keeps the lists that people asked to take away: who, what,
// how far it is, and until when its file is kept. It refuses a second one of a
// person while the first is not finished, and to go back from an end.
package exports

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

// Book is the exports of a store.
type Book struct{ store *store.Store }

// New makes the book of a store.
func New(s *store.Store) *Book { return &Book{s} }

const columns = `id, person, token, what, query, words, format, lang, revealed, reason, state, problem, attempts, row_count, total, cut, bytes, digest, asked_at, began_at, ended_at, expires_at, scope`

func scan(r *sql.Rows) (e query.Export, err error) {
	var asked, began, ended, expires int64
	err = r.Scan(&e.ID, &e.Person, &e.Token, &e.What, &e.Query, &e.Words, &e.Format, &e.Lang, &e.Revealed, &e.Reason, &e.State, &e.Problem, &e.Attempts,
		&e.Rows, &e.Total, &e.Cut, &e.Bytes, &e.Digest, &asked, &began, &ended, &expires, &e.Scope)
	e.AskedAt, e.BeganAt, e.EndedAt, e.ExpiresAt = store.Time(asked), store.Time(began), store.Time(ended), store.Time(expires)
	return e, err
}

// Ask keeps a new export and notes who asked; huiying.Conflict while another of
// the person is not finished.
func (b *Book) Ask(ctx context.Context, e query.Export) (query.Export, error) {
	e.ID, e.State = "x-"+strings.ToLower(rand.Text()[:12]), query.ExportWaiting
	err := b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		e.AskedAt = tx.Now()
		_, err := tx.ExecContext(ctx, `INSERT INTO exports (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', 0, 0, 0, 0, 0, '', $12, 0, 0, 0, '')`,
			e.ID, e.Person, e.Token, e.What, e.Query, e.Words, e.Format, e.Lang, e.Revealed, e.Reason, e.State, store.Micros(e.AskedAt))
		if store.IsUnique(err) {
			return huiying.Errorf(huiying.Conflict, "exports.one_at_a_time")
		}
		if err != nil {
			return fmt.Errorf("keep an export: %w", err)
		}
		return note(ctx, tx, e, access.ExportAsked)
	})
	return e, err
}

// note keeps what was done with an export in the log of access. The words of a
// search may name a person, so they stay out of it.
func note(ctx context.Context, tx *store.Tx, e query.Export, action string) error {
	detail := e.What + " " + e.Format
	if e.State == query.ExportDone {
		detail += fmt.Sprintf(" %d rows", e.Rows)
	}
	if e.Revealed {
		detail += " with personal data: " + e.Reason
	}
	return access.Note(ctx, tx, access.Entry{Actor: e.Person, Action: action, Object: e.ID, Detail: detail})
}

// Get reads one; huiying.NotFound when there is none.
func (b *Book) Get(ctx context.Context, id string) (query.Export, error) {
	return get(ctx, b.store.Reader(), id)
}

func get(ctx context.Context, q store.Querier, id string) (query.Export, error) {
	list, err := store.Collect[query.Export](q.QueryContext(ctx, `SELECT `+columns+` FROM exports WHERE id = $1`, id))(scan)
	if err != nil {
		return query.Export{}, fmt.Errorf("read export %s: %w", id, err)
	}
	if len(list) == 0 {
		return query.Export{}, huiying.Errorf(huiying.NotFound, "exports.none", id)
	}
	return list[0], nil
}

// listed is how many exports are listed.
const listed = 200

// List lists exports of a person, of everybody where it is "", the newest first.
func (b *Book) List(ctx context.Context, person string) ([]query.Export, error) {
	list, err := store.Collect[query.Export](b.store.Reader().QueryContext(ctx,
		`SELECT `+columns+` FROM exports WHERE $1 = '' OR person = $1 ORDER BY asked_at DESC, id LIMIT $2`, person, listed))(scan)
	if err != nil {
		return nil, fmt.Errorf("list exports: %w", err)
	}
	return list, nil
}

// Next takes the export that has waited longest and begins it; ok is false when
// none waits.
func (b *Book) Next(ctx context.Context) (e query.Export, ok bool, err error) {
	err = b.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		list, err := store.Collect[query.Export](tx.QueryContext(ctx, `SELECT `+columns+` FROM exports WHERE state = 'waiting' ORDER BY asked_at, id LIMIT 1`))(scan)
		if err != nil || len(list) == 0 {
			return err
		}
		e, ok = list[0], true
		e.State, e.BeganAt, e.Rows = query.ExportRunning, tx.Now(), 0
		e.Attempts++
		_, err = tx.ExecContext(ctx, `UPDATE exports SET state = 'running', began_at = $2, attempts = $3, row_count = 0 WHERE id = $1`, e.ID, store.Micros(e.BeganAt), e.Attempts)
		return err
	})
	if err != nil {
		return e, false, fmt.Errorf("begin an export: %w", err)
	}
	return e, ok, nil
}

// Progress notes how far a running export is; going is false when it was
// cancelled meanwhile.
func (b *Book) Progress(ctx context.Context, id string, rows, total int) (going bool, err error) {
	err = b.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE exports SET row_count = $2, total = $3 WHERE id = $1 AND state = 'running'`, id, rows, total)
		if err != nil {
			return fmt.Errorf("note the progress of export %s: %w", id, err)
		}
		n, err := r.RowsAffected()
		going = n > 0
		return err
	})
	return going, err
}

// End ends a running export as it is given, done or failed; false when it was
// cancelled meanwhile.
func (b *Book) End(ctx context.Context, e query.Export) (ended bool, err error) {
	err = b.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE exports SET state = $2, problem = $3, row_count = $4, total = $4, cut = $5, bytes = $6, digest = $7, ended_at = $8, expires_at = $9, scope = $10
			WHERE id = $1 AND state = 'running'`, e.ID, e.State, e.Problem, e.Rows, e.Cut, e.Bytes, e.Digest, store.Micros(tx.Now()), store.Micros(e.ExpiresAt), e.Scope)
		if err != nil {
			return fmt.Errorf("end export %s: %w", e.ID, err)
		}
		n, err := r.RowsAffected()
		if ended = n > 0; err != nil || !ended || e.State != query.ExportDone {
			return err
		}
		return note(ctx, tx, e, access.ExportMade)
	})
	return ended, err
}

// Cancel ends an export that waits or runs; huiying.Conflict for one that has
// ended.
func (b *Book) Cancel(ctx context.Context, id string) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE exports SET state = 'cancelled', ended_at = $2 WHERE id = $1 AND state IN ('waiting', 'running')`, id, store.Micros(tx.Now()))
		if err != nil {
			return fmt.Errorf("cancel export %s: %w", id, err)
		}
		if n, err := r.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return huiying.Errorf(huiying.Conflict, "exports.ended", id)
	})
}

// mostAttempts is how often one is begun that does not come to an end.
const mostAttempts = 3

// Recover has what a process left running when it died begin again; what was
// begun too often is failed with the problem.
func (b *Book) Recover(ctx context.Context, problem func(lang string) string) error {
	return b.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		list, err := store.Collect[query.Export](tx.QueryContext(ctx, `SELECT `+columns+` FROM exports WHERE state = 'running'`))(scan)
		if err != nil {
			return fmt.Errorf("read interrupted exports: %w", err)
		}
		for _, e := range list {
			if e.Attempts < mostAttempts {
				_, err = tx.ExecContext(ctx, `UPDATE exports SET state = 'waiting' WHERE id = $1`, e.ID)
			} else {
				_, err = tx.ExecContext(ctx, `UPDATE exports SET state = 'failed', problem = $2, ended_at = $3 WHERE id = $1`, e.ID, problem(e.Lang), store.Micros(tx.Now()))
			}
			if err != nil {
				return fmt.Errorf("take export %s up again: %w", e.ID, err)
			}
		}
		return nil
	})
}

// withdrawn is the condition that words were removed by law since a list of
// posts was begun: its file may hold them still. What went once a day because its
// time was over is no reason: it would take every file, and files stay for days.
const withdrawn = `(what = 'stream' AND (EXISTS (SELECT 1 FROM purges p WHERE p.case_no <> '' AND p.at >= exports.began_at) OR EXISTS (SELECT 1 FROM refusals f WHERE f.at >= exports.began_at)))`

// Due lists what is done and whose file is to be removed by now: its time is
// over, or words that may stand in it were removed by law.
func (b *Book) Due(ctx context.Context, now time.Time) ([]query.Export, error) {
	list, err := store.Collect[query.Export](b.store.Reader().QueryContext(ctx,
		`SELECT `+columns+` FROM exports WHERE state = 'done' AND (expires_at <= $1 OR `+withdrawn+`)`, store.Micros(now)))(scan)
	if err != nil {
		return nil, fmt.Errorf("list exports that expire: %w", err)
	}
	return list, nil
}

// Expired notes that the file is gone.
func (b *Book) Expired(ctx context.Context, id string) error {
	return b.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE exports SET state = 'expired' WHERE id = $1 AND state = 'done'`, id)
		if err != nil {
			return fmt.Errorf("note export %s as expired: %w", id, err)
		}
		return nil
	})
}

// Taken notes who takes the file; it may be given out only after it returned
// nil. huiying.Conflict for one that is not done, or not any more.
func (b *Book) Taken(ctx context.Context, id string, by huiying.Actor) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		e, err := get(ctx, tx, id)
		if err != nil {
			return err
		}
		var gone bool
		if err := tx.QueryRowContext(ctx, `SELECT `+withdrawn+` FROM exports WHERE id = $1`, id).Scan(&gone); err != nil {
			return fmt.Errorf("look whether export %s may be given out: %w", id, err)
		}
		if e.State != query.ExportDone || gone || !e.ExpiresAt.After(tx.Now()) {
			return huiying.Errorf(huiying.Conflict, "exports.no_file", id)
		}
		e.Person = by.ID
		return note(ctx, tx, e, access.ExportTaken)
	})
}
