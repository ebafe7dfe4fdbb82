// Package pins keeps which sealed pages cases need or people preserve, and so
// must not be dropped with the others. It holds names alone; the pages lie
// elsewhere.
package pins

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"huiying/internal/query"
	"huiying/internal/store"
)

// Pins is the list of a store.
type Pins struct{ store *store.Store }

// New opens the list.
func New(s *store.Store) *Pins { return &Pins{s} }

// needed are the pages that the posts of cases were read from, every revision
// of them.
const needed = `
	SELECT DISTINCT json_extract(r.post, '$.evidence') AS name, cp.case_no AS case_no
	FROM case_posts cp JOIN post_revisions r ON r.post_id = cp.post_id WHERE coalesce(json_extract(r.post, '$.evidence'), '') <> ''`

// preserved are the pages of posts that people preserve, every revision of them.
const preserved = `
	SELECT DISTINCT json_extract(r.post, '$.evidence') AS name
	FROM preservations k JOIN post_revisions r ON r.post_id = k.post_id WHERE k.ended_at = 0 AND coalesce(json_extract(r.post, '$.evidence'), '') <> ''`

// Again is how long a page that was gone is not looked for: it may be fetched
// anew with the same bytes.
const Again = time.Hour

// needing are cases that are open or ended after $1.
const needing = `(c.open_key IS NOT NULL OR CASE WHEN c.closed_at > 0 THEN c.closed_at ELSE c.updated_at END > $1)`

// Missing lists pages that a case needs, as long as since says, or that are
// preserved, and that are not pinned yet.
func (p *Pins) Missing(ctx context.Context, since time.Time, limit int) ([]string, error) {
	list, err := store.Collect[string](p.store.Reader().QueryContext(ctx, `
		SELECT name FROM (
			SELECT DISTINCT n.name FROM (`+needed+`) n JOIN cases c ON c.no = n.case_no WHERE `+needing+` UNION `+preserved+`) w
		WHERE NOT EXISTS (SELECT 1 FROM evidence_pins e WHERE e.name = w.name AND (e.gone = 0 OR e.at > $3)) LIMIT $2`,
		store.Micros(since), limit, store.Micros(p.store.Now().Add(-Again))))(scan)
	if err != nil {
		return nil, fmt.Errorf("look for evidence that cases need: %w", err)
	}
	return list, nil
}

func scan(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) }

// Pinned notes that a page is kept for a case, or that it is gone.
func (p *Pins) Pinned(ctx context.Context, name string, gone bool) error {
	return p.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO evidence_pins (name, at, gone) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET gone = excluded.gone, at = excluded.at`,
			name, store.Micros(tx.Now()), gone)
		return err
	})
}

// Over lists pinned pages that nobody preserves and no case needs any more:
// their cases have been closed since before the given time, or there is none.
func (p *Pins) Over(ctx context.Context, since time.Time, limit int) ([]string, error) {
	list, err := store.Collect[string](p.store.Reader().QueryContext(ctx, `
		SELECT name FROM evidence_pins WHERE name NOT IN (
			SELECT n.name FROM (`+needed+`) n JOIN cases c ON c.no = n.case_no WHERE `+needing+`)
		AND name NOT IN (`+preserved+`) LIMIT $2`,
		store.Micros(since), limit))(scan)
	if err != nil {
		return nil, fmt.Errorf("look for evidence that no case needs: %w", err)
	}
	return list, nil
}

// Release forgets a pin.
func (p *Pins) Release(ctx context.Context, name string) error {
	return p.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM evidence_pins WHERE name = $1`, name)
		return err
	})
}

// Of lists the pages that a post of a case was read from, the newest revision
// first, with what is known of each.
func (p *Pins) Of(ctx context.Context, no, post string) ([]query.Proof, error) {
	q := p.store.Reader()
	var in bool
	if err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM case_posts WHERE case_no = $1 AND post_id = $2)`, no, post).Scan(&in); err != nil {
		return nil, fmt.Errorf("look for %s in case %s: %w", post, no, err)
	}
	if !in {
		return nil, nil
	}
	return proofs(ctx, q, post)
}

// proofs are the pages of a post.
func proofs(ctx context.Context, q store.Querier, post string) ([]query.Proof, error) {
	list, err := store.Collect[query.Proof](q.QueryContext(ctx, `
		SELECT r.collected_at, coalesce(json_extract(r.post, '$.evidence'), ''), coalesce(json_extract(r.post, '$.url'), '') FROM post_revisions r
		WHERE r.post_id = $1 ORDER BY r.collected_at DESC, r.revision DESC`, post))(
		func(r *sql.Rows) (e query.Proof, err error) {
			var at int64
			err = r.Scan(&at, &e.Name, &e.URL)
			e.CollectedAt = store.Time(at)
			return e, err
		})
	if err != nil {
		return nil, fmt.Errorf("read the evidence of %s: %w", post, err)
	}
	for i := range list {
		var at int64
		err := q.QueryRowContext(ctx, `SELECT at, gone FROM evidence_pins WHERE name = $1`, list[i].Name).Scan(&at, &list[i].Gone)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, fmt.Errorf("read the pin of %s: %w", list[i].Name, err)
		}
		list[i].PinnedAt = store.Time(at)
	}
	return list, nil
}
