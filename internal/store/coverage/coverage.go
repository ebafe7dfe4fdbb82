// Package coverage keeps the coverage ledger: every visit of every source,
// what it brought and what is known to be missing.
package coverage

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"huiying"
	"huiying/internal/store"
)

// Ledger is the coverage ledger of a store.
type Ledger struct {
	store *store.Store
}

// New makes the ledger of a store.
func New(s *store.Store) *Ledger { return &Ledger{store: s} }

// Save keeps an entry with its hour; saving it again changes nothing.
func (l *Ledger) Save(ctx context.Context, e huiying.LedgerEntry) error {
	return l.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		fresh, err := insert(ctx, tx, e)
		if err == nil && fresh {
			err = remake(ctx, tx, e.Source, e.At.UTC().Truncate(time.Hour))
		}
		if err != nil {
			return fmt.Errorf("save ledger entry of %s: %w", e.Source, err)
		}
		return nil
	})
}

func insert(ctx context.Context, tx *store.Tx, e huiying.LedgerEntry) (fresh bool, err error) {
	answers, err := json.Marshal(e.Answers)
	if err != nil {
		return false, err
	}
	res, err := tx.ExecContext(ctx, `
		INSERT INTO coverage (source, at, took, state, pages, posts, accepted, capped, reason, detail, next_at,
			answers, asked, got, stopped, failed, held, refused, job)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
		ON CONFLICT (source, at) DO NOTHING`,
		e.Source, store.Micros(e.At), e.Took.Microseconds(), string(e.State), e.Pages, e.Posts, e.Accepted, e.Capped,
		e.Reason, e.Detail, store.Micros(e.NextAt),
		string(answers), e.Answers.Asked(), e.Answers.Got(), e.Answers.Stopped(), e.Answers.Failed(), e.Held, e.Refused, e.Job)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

const columns = `source, at, took, state, pages, posts, accepted, capped, reason, detail, next_at, answers, held, refused, job`

func scanEntry(r *sql.Rows) (e huiying.LedgerEntry, err error) {
	var at, took, next int64
	var answers string
	if err = r.Scan(&e.Source, &at, &took, &e.State, &e.Pages, &e.Posts, &e.Accepted, &e.Capped, &e.Reason, &e.Detail, &next,
		&answers, &e.Held, &e.Refused, &e.Job); err != nil {
		return e, err
	}
	e.At, e.Took, e.NextAt = store.Time(at), time.Duration(took)*time.Microsecond, store.Time(next)
	return e, json.Unmarshal([]byte(answers), &e.Answers)
}

// counted holds for visits that the plan of a source counts: looks at watched
// posts and back-fills say nothing of it, unless they met a wall.
const counted = `(job = '' OR state NOT IN ('ok', 'empty'))`

// Visits lists the visits of a source in [from, to), the newest first.
func (l *Ledger) Visits(ctx context.Context, source string, from, to time.Time, limit int) ([]huiying.LedgerEntry, error) {
	list, err := store.Collect[huiying.LedgerEntry](l.store.Reader().QueryContext(ctx,
		`SELECT `+columns+` FROM coverage WHERE source = $1 AND at >= $2 AND at < $3 ORDER BY at DESC LIMIT $4`,
		source, store.Micros(from), store.Micros(to), limit))(scanEntry)
	if err != nil {
		return nil, fmt.Errorf("list visits of %s: %w", source, err)
	}
	return list, nil
}

// newest gives the last visit of every source that was ever visited.
func newest(ctx context.Context, q store.Querier) (map[string]huiying.LedgerEntry, error) {
	// The sources are found by hopping through the key, however many visits there are.
	list, err := store.Collect[huiying.LedgerEntry](q.QueryContext(ctx, `
		WITH RECURSIVE s(source) AS (
			SELECT min(source) FROM coverage
			UNION ALL SELECT (SELECT min(c.source) FROM coverage c WHERE c.source > s.source) FROM s WHERE s.source IS NOT NULL)
		SELECT `+columns+` FROM coverage c WHERE (c.source, c.at) IN (
			SELECT s.source, (SELECT max(m.at) FROM coverage m WHERE m.source = s.source) FROM s WHERE s.source IS NOT NULL)`))(scanEntry)
	if err != nil {
		return nil, fmt.Errorf("find the last visits: %w", err)
	}
	out := make(map[string]huiying.LedgerEntry, len(list))
	for _, e := range list {
		out[e.Source] = e
	}
	return out, nil
}
