package views

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/coverage"
)

// hoursShown is how many hours of coverage a source is shown with.
const hoursShown = 24

// Sources says how every source that was ever visited did in the last 24
// hours, in order of the ids.
func (v *Views) Sources(ctx context.Context) ([]query.SourceRow, error) {
	now := v.store.Now()
	first := now.Truncate(time.Hour).Add(-(hoursShown - 1) * time.Hour)
	sums, err := coverage.New(v.store).Since(ctx, now.Add(-hoursShown*time.Hour))
	if err != nil {
		return nil, err
	}
	cells, err := v.cells(ctx, first)
	if err != nil {
		return nil, err
	}
	rows := make([]query.SourceRow, 0, len(sums))
	for _, s := range sums {
		row := query.SourceRow{
			Source: s.Source, Last: s.Last, Visits: s.Visits, Failed: s.Failed, Posts: s.Posts, Accepted: s.Accepted, Capped: s.Capped,
		}
		for h := range hoursShown {
			from := first.Add(time.Duration(h) * time.Hour)
			cell := cells[cellKey{s.Source, from.Unix()}]
			cell.From = from
			row.Hours = append(row.Hours, cell)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

type cellKey struct {
	source string
	hour   int64
}

// badness orders states from harmless to what a person must look at.
func badness() []huiying.SourceState {
	return []huiying.SourceState{
		huiying.SourceOK, huiying.SourceEmpty, huiying.SourceNew, huiying.SourcePaused, huiying.SourceRateLimited, huiying.SourceUnreachable,
		huiying.SourceMaintenance, huiying.SourceMalformed, huiying.SourceForbidden, huiying.SourceRobotsDisallowed,
		huiying.SourceBlocked, huiying.SourceLoginNeeded,
	}
}

func (v *Views) cells(ctx context.Context, from time.Time) (map[cellKey]query.SourceHour, error) {
	type part struct {
		key                           cellKey
		state                         huiying.SourceState
		visits, failed, posts, capped int
	}
	parts, err := store.Collect[part](v.store.Reader().QueryContext(ctx, `
		SELECT source, at / 3600000000 AS hour, state, count(*), sum(CASE WHEN state IN ('ok', 'empty') THEN 0 ELSE 1 END), sum(posts), sum(capped)
		FROM coverage WHERE at >= $1 GROUP BY source, hour, state`, store.Micros(from)))(
		func(r *sql.Rows) (p part, err error) {
			err = r.Scan(&p.key.source, &p.key.hour, &p.state, &p.visits, &p.failed, &p.posts, &p.capped)
			p.key.hour *= 3600
			return p, err
		})
	if err != nil {
		return nil, fmt.Errorf("read coverage by hour: %w", err)
	}
	cells := map[cellKey]query.SourceHour{}
	for _, p := range parts {
		c := cells[p.key]
		c.Visits += p.visits
		c.Failed += p.failed
		c.Posts += p.posts
		c.Capped += p.capped
		if c.Worst == "" || slices.Index(badness(), p.state) > slices.Index(badness(), c.Worst) {
			c.Worst = p.state
		}
		cells[p.key] = c
	}
	return cells, nil
}
