package coverage

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/coverage/gap"
)

// Values of how far back a gap is followed and of what "always" means: a
// source always brings something when at least alwaysVisits visits of the week
// before, begun a day before at the latest, met nothing one time in a hundred
// at most.
const (
	followed     = 2000 // visits
	week         = 7 * 24 * time.Hour
	alwaysSince  = 24 * time.Hour
	alwaysVisits = 20
	alwaysShare  = 100
)

// defined is a source with the time since when it is one.
type defined struct {
	source huiying.Source
	since  time.Time
}

// definitions reads the sources that are defined now, by id.
func definitions(ctx context.Context, q store.Querier) (map[string]defined, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT d.body, (SELECT min(at) FROM definitions f WHERE f.kind = d.kind AND f.id = d.id) FROM definitions d
		WHERE d.kind = 'source' AND d.deleted = 0
		AND d.version = (SELECT max(version) FROM definitions l WHERE l.kind = d.kind AND l.id = d.id)`)
	if err != nil {
		return nil, fmt.Errorf("read the sources: %w", err)
	}
	defer rows.Close()
	out := map[string]defined{}
	for rows.Next() {
		var body string
		var since int64
		var d defined
		if err := rows.Scan(&body, &since); err != nil {
			return nil, fmt.Errorf("read a source: %w", err)
		}
		if err := json.Unmarshal([]byte(body), &d.source); err != nil {
			return nil, fmt.Errorf("read a source: %w", err)
		}
		d.since = store.Time(since)
		out[d.source.ID] = d
	}
	return out, rows.Err()
}

// reading is one look at the ledger.
type reading struct {
	q       store.Querier
	zone    *time.Location
	from    time.Time
	to      time.Time // never after now
	now     time.Time
	defined map[string]defined
	newest  map[string]huiying.LedgerEntry
	err     error // of a callback
}

// read opens a look at the ledger of a span that ends now at the latest.
func (l *Ledger) read(ctx context.Context, q store.Querier, f query.CoverageFilter) (*reading, error) {
	r := &reading{q: q, zone: l.store.Zone(), from: f.From, to: f.To, now: l.store.Now()}
	if r.to.IsZero() || r.to.After(r.now) {
		r.to = r.now
	}
	var err error
	if r.defined, err = definitions(ctx, q); err == nil {
		r.newest, err = newest(ctx, q)
	}
	return r, err
}

// ids are the sources that are defined or were visited; one of them where the
// filter names it.
func (r *reading) ids(only string) []string {
	all := map[string]bool{}
	for id := range r.defined {
		all[id] = true
	}
	for id := range r.newest {
		all[id] = true
	}
	if only != "" {
		maps.DeleteFunc(all, func(id string, _ bool) bool { return id != only })
	}
	return slices.Sorted(maps.Keys(all))
}

// Span says how every source that is defined or was ever visited did.
func (l *Ledger) Span(ctx context.Context, f query.CoverageFilter) (out query.Coverage, err error) {
	err = l.store.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		r, err := l.read(ctx, q, f)
		if err != nil {
			return err
		}
		out = query.Coverage{From: f.From, To: r.to}
		rolled, err := hours(ctx, q, f.Source, r.from, r.to)
		if err != nil {
			return err
		}
		bySource := map[string][]hour{}
		for _, h := range rolled {
			bySource[h.source] = append(bySource[h.source], h)
		}
		for _, id := range r.ids(f.Source) {
			one, err := r.source(ctx, id, bySource[id])
			if err != nil {
				return err
			}
			out.Sources, out.Total = append(out.Sources, one), out.Total.Plus(one.Total)
		}
		return nil
	})
	return out, err
}

// source sums one source up.
func (r *reading) source(ctx context.Context, id string, rolled []hour) (query.SourceCoverage, error) {
	d, known := r.defined[id]
	d.source.ID = id
	c := query.SourceCoverage{Source: d.source, State: huiying.SourceNew, Last: r.newest[id]}
	c.State = cmp.Or(c.Last.State, huiying.SourceNew)
	c.Due = c.Last.NextAt
	if !known {
		c.Due = time.Time{}
	}
	if d.source.Disabled {
		c.State, c.Due = huiying.SourcePaused, time.Time{}
	}
	var err error
	if c.LastOK, err = r.lastOK(ctx, id); err != nil {
		return c, err
	}
	if known {
		o, err := r.options(ctx, d, rolled)
		if err != nil {
			return c, err
		}
		c.Gaps = r.within(gap.Find(o), id)
		if r.err != nil {
			return c, r.err
		}
	}
	r.fill(&c, rolled)
	return c, nil
}

// within keeps the gaps that touch the span.
func (r *reading) within(list []query.Gap, id string) []query.Gap {
	list = slices.DeleteFunc(list, func(g query.Gap) bool { return !g.Touches(r.from, r.to) })
	for i := range list {
		list[i].Source = id
	}
	return list
}

// fill adds the hours and their sum. Whole hours are added: the first may
// begin before the span.
func (r *reading) fill(c *query.SourceCoverage, rolled []hour) {
	for at := r.from.UTC().Truncate(time.Hour); at.Before(r.to); at = at.Add(time.Hour) {
		h := query.CoverageHour{From: at}
		if i := slices.IndexFunc(rolled, func(h hour) bool { return h.from.Equal(at) }); i >= 0 {
			h.Sums, h.Worst = rolled[i].Sums, rolled[i].worst
		}
		for _, g := range c.Gaps {
			if g.Touches(at, at.Add(time.Hour)) && g.From.Before(r.to) && !slices.Contains(h.Gaps, g.Kind) {
				h.Gaps = append(h.Gaps, g.Kind)
			}
		}
		c.Total = c.Total.Plus(h.Sums)
		c.Hours = append(c.Hours, h)
	}
}

func (r *reading) lastOK(ctx context.Context, id string) (time.Time, error) {
	if last := r.newest[id]; gap.Well(last.State) {
		return last.At, nil
	}
	var at int64
	err := r.q.QueryRowContext(ctx, `SELECT coalesce(max(at), 0) FROM coverage WHERE source = $1 AND state IN ('ok', 'empty')`, id).Scan(&at)
	if err != nil {
		return time.Time{}, fmt.Errorf("find the last good visit of %s: %w", id, err)
	}
	return store.Time(at), nil
}

// Standings says how every source that is defined stands now, by id.
func (l *Ledger) Standings(ctx context.Context) (out []gap.Standing, err error) {
	err = l.store.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		r, err := l.read(ctx, q, query.CoverageFilter{From: l.store.Now()})
		if err != nil {
			return err
		}
		for _, id := range slices.Sorted(maps.Keys(r.defined)) {
			o, err := r.options(ctx, r.defined[id], nil)
			if err == nil {
				// The newest rows may bear a time of a crawler whose clock is ahead.
				o.Visits, err = r.before(ctx, id, r.now.Add(time.Hour))
			}
			if err != nil {
				return err
			}
			out = append(out, gap.Stand(o))
			if r.err != nil {
				return r.err
			}
		}
		return nil
	})
	return out, err
}

// options gathers what the gaps of a source are found from.
func (r *reading) options(ctx context.Context, d defined, rolled []hour) (gap.Options, error) {
	visits, err := r.visits(ctx, d.source, rolled)
	o := gap.Options{Source: d.source, Since: d.since, Zone: r.zone, Visits: visits, Now: r.now}
	o.Alive = func(from, to time.Time) bool { return r.alive(ctx, from, to) }
	known := map[int64]bool{}
	o.Always = func(since time.Time) bool {
		yes, ok := known[since.Unix()]
		if !ok {
			yes = r.always(ctx, d.source.ID, since)
			known[since.Unix()] = yes
		}
		return yes
	}
	return o, err
}
