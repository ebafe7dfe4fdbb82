package reports

import (
	"cmp"
	"context"
	"slices"
	"time"

	"huiying/internal/query"
	"huiying/internal/report/periodic"
	"huiying/internal/store/coverage"
)

// lost is the spans in which a source was not read, cut to the period.
type lost []span

// collection counts how the sources did. The ledger is read by itself, before
// the snapshot of the rest: within it, it would wait for a second connection
// that other counts may hold. Its rows are only added.
func (c *count) collection(ctx context.Context) error {
	got, err := coverage.New(c.Store).Span(ctx, query.CoverageFilter{From: c.ask.From, To: c.end})
	if err != nil {
		return err
	}
	c.now.at("sources")
	c.now.at("sources.gapped")
	for _, s := range got.Sources {
		name := cmp.Or(s.Source.Name, s.Source.ID)
		c.facts.Sources = append(c.facts.Sources, periodic.Health{Named: periodic.Named{ID: s.Source.ID, Name: name}, State: string(s.State)})
		c.now.add("sources", s.Source.ID)
		var spans lost
		for _, g := range s.Gaps {
			if g.Kind == query.GapPaused {
				continue // somebody decided that
			}
			c.facts.Gaps = append(c.facts.Gaps, periodic.Gap{Source: name, Why: g.Why(), Down: g.Kind == query.GapDown, From: g.From, To: ended(g, got.To)})
			spans = append(spans, c.within(g))
		}
		if len(spans) > 0 {
			c.now.add("sources.gapped", s.Source.ID)
		}
		if !s.Source.Disabled && s.Source.Kind != "" {
			c.lost = append(c.lost, spans)
		}
		id := "source." + s.Source.ID + "."
		for _, f := range []periodic.Figure{
			{ID: "visits", N: s.Total.Visits}, {ID: "asked", N: s.Total.Asked}, {ID: "got", N: s.Total.Got}, {ID: "new", N: s.Total.Accepted},
			{ID: "gap", N: int(spans.length().Round(time.Minute) / time.Minute)},
		} {
			c.now.at(id + f.ID).N = f.N
			c.behind.note(id+f.ID, s.Source.ID, true)
		}
	}
	slices.SortStableFunc(c.facts.Gaps, func(a, b periodic.Gap) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Source, b.Source)) })
	return nil
}

// ended is the end of a gap; zero while it lasted when it was looked at.
func ended(g query.Gap, at time.Time) time.Time {
	if g.Lasts() || g.To.After(at) {
		return time.Time{}
	}
	return g.To
}

func (c *count) within(g query.Gap) span {
	s := span{g.From, g.To}
	if g.Lasts() || s.to.After(c.end) {
		s.to = c.end
	}
	if s.from.Before(c.ask.From) {
		s.from = c.ask.From
	}
	return s
}

// union sorts spans and joins those that touch.
func (l lost) union() (out lost) {
	list := slices.Clone(l)
	slices.SortFunc(list, func(a, b span) int { return a.from.Compare(b.from) })
	for _, s := range list {
		if n := len(out); n > 0 && !s.from.After(out[n-1].to) {
			if s.to.After(out[n-1].to) {
				out[n-1].to = s.to
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

func (l lost) length() (sum time.Duration) {
	for _, s := range l.union() {
		sum += s.to.Sub(s.from)
	}
	return sum
}

// covers reports that nothing of [from, to) lies outside.
func (l lost) covers(from, to time.Time) bool {
	return slices.ContainsFunc(l.union(), func(s span) bool { return !s.from.After(from) && !s.to.Before(to) })
}

// missed says of a step of the curve whether something, or everything, was not
// read in it.
func (c *count) missed(from, to time.Time) (gap, dark bool) {
	dark = len(c.lost) > 0
	for _, l := range c.lost {
		touched := slices.ContainsFunc(l, func(s span) bool { return s.from.Before(to) && s.to.After(from) })
		gap = gap || touched
		dark = dark && l.covers(from, to)
	}
	return gap, dark
}
