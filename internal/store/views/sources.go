package views

import (
	"context"
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/coverage"
)

// hoursShown is how many hours of coverage a source is shown with.
const hoursShown = 24

// gapsFor is how long the gaps of a span are remembered: every list asks for
// them, and the ledger moves by the minute.
const gapsFor = 15 * time.Second

// Gaps lists the gaps of a span, those that last first, then the newest.
// Paused sources are left out.
func (v *Views) Gaps(ctx context.Context, f query.CoverageFilter) (query.Gapped, error) {
	now := v.store.Now()
	if f.To.IsZero() || f.To.After(now) {
		f.To = now
	}
	f.From = f.From.Truncate(time.Minute)
	if oldest := now.Add(-gapsBack); f.From.Before(oldest) {
		f.From = oldest.Truncate(time.Minute)
	}
	key := gapsKey{f.Source, f.From.Unix(), f.To.Truncate(time.Minute).Unix()}
	v.mu.Lock()
	kept, ok := v.gaps[key]
	v.mu.Unlock()
	if ok && now.Sub(kept.at) < gapsFor && !now.Before(kept.at) {
		return kept.gaps, nil
	}
	c, err := coverage.New(v.store).Span(ctx, f)
	if err != nil {
		return query.Gapped{}, err
	}
	out := query.Gapped{From: c.From, To: c.To}
	for _, s := range c.Sources {
		for _, g := range s.Gaps {
			if g.Kind != query.GapPaused {
				out.Gaps = append(out.Gaps, g)
			}
		}
	}
	slices.SortStableFunc(out.Gaps, func(a, b query.Gap) int {
		if a.Lasts() != b.Lasts() {
			return map[bool]int{true: -1, false: 1}[a.Lasts()]
		}
		return b.From.Compare(a.From)
	})
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.gaps) > maxGapsKept {
		clear(v.gaps)
	}
	v.gaps[key] = keptGaps{out, now}
	return out, nil
}

// Bounds of what is looked at and kept of gaps.
const (
	gapsBack    = 31 * 24 * time.Hour
	maxGapsKept = 64
)

type gapsKey struct {
	source   string
	from, to int64
}

type keptGaps struct {
	gaps query.Gapped
	at   time.Time
}

// Sources says how every source that is defined or was ever visited did
// in the last 24 hours, in order of the ids.
func (v *Views) Sources(ctx context.Context) ([]query.SourceRow, error) {
	now := v.store.Now()
	c, err := coverage.New(v.store).Span(ctx, query.CoverageFilter{From: now.Truncate(time.Hour).Add(-(hoursShown - 1) * time.Hour), To: now})
	if err != nil {
		return nil, err
	}
	var rows []query.SourceRow
	for _, s := range c.Sources {
		row := query.SourceRow{
			Source: s.Source.ID, Last: s.Last, Visits: s.Total.Visits, Failed: s.Total.Visits - s.Total.Well,
			Posts: s.Total.Posts, Accepted: s.Total.Accepted, Capped: s.Total.Capped,
			LastOK: s.LastOK, Due: s.Due, Total: s.Total, Gaps: s.Gaps,
		}
		for _, h := range s.Hours {
			row.Hours = append(row.Hours, query.SourceHour{
				From: h.From, Visits: h.Visits, Failed: h.Visits - h.Well, Posts: h.Posts, Capped: h.Capped, Worst: h.Worst, Gaps: h.Gaps,
			})
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// visitsShown is how many visits the page of a source lists.
const visitsShown = 50

// Source reads one source: the last 24 hours and its last visits.
// huiying.NotFound when it is neither defined nor was ever visited.
func (v *Views) Source(ctx context.Context, id string) (page query.SourcePage, err error) {
	now := v.store.Now()
	ledger := coverage.New(v.store)
	c, err := ledger.Span(ctx, query.CoverageFilter{From: now.Truncate(time.Hour).Add(-(hoursShown - 1) * time.Hour), To: now, Source: id})
	if err != nil {
		return page, err
	}
	if len(c.Sources) == 0 {
		return page, huiying.Errorf(huiying.NotFound, "crawler.no_source", id)
	}
	page.SourceCoverage = c.Sources[0]
	page.Source.Options = nil // they may hold a cookie
	page.Visits, err = ledger.Visits(ctx, id, time.Time{}, now.Add(time.Hour), visitsShown)
	return page, err
}
