package rulebook

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"huiying/internal/query"
	"huiying/internal/store"
)

// freshFor is how old a count of hits may be: it reads every post of a week,
// and several pages show it.
const freshFor = time.Minute

// hits writes into the rows for how many posts of the last seven days each rule
// holds, as the stream counts them.
func (d *Desk) hits(ctx context.Context, rows []query.RuleRow) error {
	hits, err := d.counts.Get(ctx, struct{}{}, store.Span{For: freshFor, Now: d.Now}, func(ctx context.Context) (map[string]int, error) {
		return count(ctx, d.Store, d.Now().AddDate(0, 0, -7))
	})
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Hits = hits[rows[i].ID]
	}
	return nil
}

// count reads the narrow table of facets; that of posts takes a hundred times as
// long.
func count(ctx context.Context, s *store.Store, since time.Time) (hits map[string]int, err error) {
	found, err := s.Reader().QueryContext(ctx, `SELECT rules, count(*) FROM post_facets WHERE collected_at >= $1 AND rules <> '' GROUP BY rules`, store.Micros(since))
	if err != nil {
		return nil, fmt.Errorf("count hits of rules: %w", err)
	}
	hits = map[string]int{}
	for found.Next() {
		var rules string
		var n int
		if err = found.Scan(&rules, &n); err != nil {
			break
		}
		for id := range strings.SplitSeq(rules, "\n") {
			hits[id] += n
		}
	}
	if err := errors.Join(err, found.Err(), found.Close()); err != nil {
		return nil, fmt.Errorf("count hits of rules: %w", err)
	}
	return hits, nil
}
