package duty

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/cases"
)

// Overdue are the open cases whose ladder was to be looked at before an
// instant, with how long ago the oldest was; at most n of them.
func (b *Book) Overdue(ctx context.Context, before time.Time, n int) ([]huiying.Case, error) {
	return b.cases(ctx, `SELECT body FROM cases WHERE ladder_at > 0 AND ladder_at < $1 ORDER BY ladder_at, no LIMIT $2`, store.Micros(before), n)
}

// Unled are the cases that wait for their acknowledgement and climb no ladder.
func (b *Book) Unled(ctx context.Context, n int) ([]huiying.Case, error) {
	return b.cases(ctx, `SELECT body FROM cases WHERE state = $1 AND ladder_at = 0 ORDER BY assigned_at, no LIMIT $2`, string(huiying.StateAwaitingAck), n)
}

func (b *Book) cases(ctx context.Context, query string, args ...any) ([]huiying.Case, error) {
	list, err := store.Collect[huiying.Case](b.store.Reader().QueryContext(ctx, query, args...))(
		func(r *sql.Rows) (huiying.Case, error) {
			var body string
			if err := r.Scan(&body); err != nil {
				return huiying.Case{}, err
			}
			return cases.Decode(body)
		})
	if err != nil {
		return nil, fmt.Errorf("read cases for the audit of escalation: %w", err)
	}
	return list, nil
}

// Unreached are the cases that wait for their acknowledgement and whose last
// alert reached nobody: every delivery of it is dead.
func (b *Book) Unreached(ctx context.Context, n int) ([]string, error) {
	list, err := store.Collect[string](b.store.Reader().QueryContext(ctx, `
		SELECT c.no FROM cases c WHERE c.state = $1
		AND EXISTS (SELECT 1 FROM deliveries d WHERE d.case_no = c.no AND d.state = 'dead')
		AND NOT EXISTS (
			SELECT 1 FROM deliveries d WHERE d.case_no = c.no AND d.state <> 'dead' AND d.alert_id = (
				SELECT a.id FROM alerts a WHERE a.case_no = c.no AND EXISTS (SELECT 1 FROM deliveries e WHERE e.alert_id = a.id)
				ORDER BY a.raised_at DESC, a.id DESC LIMIT 1))
		ORDER BY c.no LIMIT $2`, string(huiying.StateAwaitingAck), n))(
		func(r *sql.Rows) (no string, err error) { return no, r.Scan(&no) })
	if err != nil {
		return nil, fmt.Errorf("find cases whose alerts reached nobody: %w", err)
	}
	return list, nil
}

// Find begins a finding; it changes nothing, and known is true, while one of
// that kind and subject lasts.
func (b *Book) Find(ctx context.Context, f huiying.DutyFinding) (known bool, err error) {
	err = b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		res, err := tx.ExecContext(ctx, `
			INSERT INTO duty_findings (id, kind, subject, found_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
			f.ID, f.Kind, f.Subject, store.Micros(f.FoundAt))
		if err != nil {
			return fmt.Errorf("keep finding %s of %s: %w", f.Kind, f.Subject, err)
		}
		n, err := res.RowsAffected()
		known = n == 0
		return err
	})
	return known, err
}

// Told notes that people were told of a finding; the first time counts.
func (b *Book) Told(ctx context.Context, id string, at time.Time) error {
	return b.mark(ctx, `UPDATE duty_findings SET told_at = $2 WHERE id = $1 AND told_at = 0`, id, at)
}

// Over notes that a finding does not last any more.
func (b *Book) Over(ctx context.Context, id string, at time.Time) error {
	return b.mark(ctx, `UPDATE duty_findings SET over_at = $2 WHERE id = $1 AND over_at = 0`, id, at)
}

func (b *Book) mark(ctx context.Context, statement, id string, at time.Time) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, statement, id, store.Micros(at)); err != nil {
			return fmt.Errorf("mark finding %s: %w", id, err)
		}
		return nil
	})
}

// Findings are those that last, the oldest first.
func (b *Book) Findings(ctx context.Context) ([]huiying.DutyFinding, error) {
	list, err := store.Collect[huiying.DutyFinding](b.store.Reader().QueryContext(ctx, `
		SELECT id, kind, subject, found_at, told_at, over_at FROM duty_findings WHERE over_at = 0 ORDER BY found_at, id`))(
		func(r *sql.Rows) (f huiying.DutyFinding, err error) {
			var found, told, over int64
			err = r.Scan(&f.ID, &f.Kind, &f.Subject, &found, &told, &over)
			f.FoundAt, f.ToldAt, f.OverAt = store.Time(found), store.Time(told), store.Time(over)
			return f, err
		})
	if err != nil {
		return nil, fmt.Errorf("read findings of duty: %w", err)
	}
	return list, nil
}
