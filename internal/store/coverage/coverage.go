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

// Summary is what the visits of one source came to in a span of time.
type Summary struct {
	Source   string
	Visits   int
	Failed   int // visits whose state was neither ok nor empty
	Pages    int
	Posts    int
	Accepted int
	Capped   int // visits that stopped before the end was reached
	Last     huiying.LedgerEntry
}

// Ledger is the coverage ledger of a store.
type Ledger struct {
	store *store.Store
}

// New makes the ledger of a store.
func New(s *store.Store) *Ledger { return &Ledger{store: s} }

// Save keeps an entry; saving it again changes nothing.
func (l *Ledger) Save(ctx context.Context, e huiying.LedgerEntry) error {
	return l.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		answers, err := json.Marshal(e.Answers)
		if err != nil {
			return fmt.Errorf("save ledger entry of %s: %w", e.Source, err)
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO coverage (source, at, took, state, pages, posts, accepted, capped, reason, detail, next_at,
				answers, asked, got, stopped, failed, held, refused, job)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
			ON CONFLICT (source, at) DO NOTHING`,
			e.Source, store.Micros(e.At), e.Took.Microseconds(), string(e.State), e.Pages, e.Posts, e.Accepted, e.Capped,
			e.Reason, e.Detail, store.Micros(e.NextAt),
			string(answers), e.Answers.Asked(), e.Answers.Got(), e.Answers.Stopped(), e.Answers.Failed(), e.Held, e.Refused, e.Job)
		if err != nil {
			return fmt.Errorf("save ledger entry of %s: %w", e.Source, err)
		}
		return nil
	})
}

// Since sums up the visits of every source from the given time on, in order of
// the sources' ids; Last is the newest visit, even one from before.
func (l *Ledger) Since(ctx context.Context, from time.Time) ([]Summary, error) {
	list, err := store.Collect[Summary](l.store.Reader().QueryContext(ctx, `
		WITH sums AS (
			SELECT source, count(*) AS visits, sum(CASE WHEN state IN ('ok', 'empty') THEN 0 ELSE 1 END) AS failed,
				sum(pages) AS pages, sum(posts) AS posts, sum(accepted) AS accepted, sum(capped) AS capped
			FROM coverage WHERE at >= $1 GROUP BY source),
		newest AS (SELECT source, max(at) AS at FROM coverage GROUP BY source)
		SELECT c.source, c.at, c.took, c.state, c.pages, c.posts, c.accepted, c.capped, c.reason, c.detail, c.next_at,
			coalesce(s.visits, 0), coalesce(s.failed, 0), coalesce(s.pages, 0), coalesce(s.posts, 0),
			coalesce(s.accepted, 0), coalesce(s.capped, 0)
		FROM newest n JOIN coverage c ON c.source = n.source AND c.at = n.at LEFT JOIN sums s ON s.source = n.source
		ORDER BY c.source`, store.Micros(from)))(scanSummary)
	if err != nil {
		return nil, fmt.Errorf("sum up coverage: %w", err)
	}
	return list, nil
}

func scanSummary(r *sql.Rows) (s Summary, err error) {
	var at, took, next int64
	e := &s.Last
	err = r.Scan(&e.Source, &at, &took, &e.State, &e.Pages, &e.Posts, &e.Accepted, &e.Capped, &e.Reason, &e.Detail, &next,
		&s.Visits, &s.Failed, &s.Pages, &s.Posts, &s.Accepted, &s.Capped)
	s.Source = e.Source
	e.At, e.Took, e.NextAt = store.Time(at), time.Duration(took)*time.Microsecond, store.Time(next)
	return s, err
}
