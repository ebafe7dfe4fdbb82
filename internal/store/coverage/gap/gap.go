// Package gap finds the spans in which a source was due and was not read as
// planned, from its definition and its visits alone. It reads no store and
// knows no clock but the one it is given, and refuses to guess: a span that
// the ledger says nothing of is a gap, never taken for quiet.
package gap

import (
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
)

// Visit is a visit that the plan counts, or a run of visits that all ended
// well, brought something and left no pause worth a word.
type Visit struct {
	At   time.Time
	Last time.Time // when the last one of a run began; At for a single visit
	Took time.Duration
	// How it ended.
	State  huiying.SourceState
	Reason string
	Detail string
	Capped bool
	NextAt time.Time
}

// Well reports whether the source was read as planned.
func (v Visit) Well() bool { return Well(v.State) }

// Well reports a state in which a source is read as planned.
func Well(s huiying.SourceState) bool { return s == huiying.SourceOK || s == huiying.SourceEmpty }

// ended is when the visit, or the last one of the run, had ended.
func (v Visit) ended() time.Time { return v.Last.Add(v.Took) }

// Options is what gaps are found from.
type Options struct {
	Source huiying.Source
	Since  time.Time      // since when the source is defined
	Zone   *time.Location // of its cron line
	Visits []Visit        // by time; the first may lie before the span that is asked for
	Now    time.Time
	Alive  func(from, to time.Time) bool   // any source was visited in [from, to)
	Always func(emptySince time.Time) bool // before then the source always brought something
}

// Find lists the gaps up to now, by their beginning. Gaps of one cause are
// merged where they touch; those of different causes may overlap, as a page
// that ended early between two failures does.
func Find(o Options) []query.Gap {
	f := finder{Options: o, plan: planOf(o.Source, o.Zone)}
	if len(o.Visits) == 0 {
		if at := o.Since.Add(f.plan.period); !o.Source.Disabled && !o.Since.IsZero() && o.Now.After(at.Add(f.plan.slack(at))) {
			f.silent(at, time.Time{})
		}
		return f.gaps
	}
	var emptySince time.Time
	for i, v := range o.Visits {
		switch {
		case v.State != huiying.SourceEmpty:
			emptySince = time.Time{}
		case emptySince.IsZero():
			emptySince = v.At
		}
		f.visit(i, emptySince)
	}
	slices.SortStableFunc(f.gaps, func(a, b query.Gap) int { return a.From.Compare(b.From) })
	return f.gaps
}

type finder struct {
	Options
	plan plan
	gaps []query.Gap
}

// visit adds the gaps that one visit, and the waiting for the one after it, make.
func (f *finder) visit(i int, emptySince time.Time) {
	v := f.Visits[i]
	next, last := f.Now, i == len(f.Visits)-1
	if !last {
		next = f.Visits[i+1].At
	}
	due, deadline := f.plan.expect(v)
	until := next // how far the visit's own outcome reaches
	var open bool // it reaches to now
	switch {
	case next.After(deadline) && last && f.Source.Disabled:
		f.add(query.Gap{Kind: query.GapPaused, From: due})
		until = due
	case next.After(deadline):
		end := next
		if last {
			end = time.Time{}
		}
		f.silent(due, end)
		until = due
	default:
		open = last
	}
	f.outcome(v, span{v.At, until, open})
	if v.Capped && v.Well() {
		f.capped(i)
	}
	if v.State == huiying.SourceEmpty && f.Always != nil && f.Always(emptySince) {
		f.add(gapOf(query.Gap{Kind: query.GapEmpty, Visits: 1, Asked: asked(v, open)}, span{v.At, until, open}))
	}
}

type span struct {
	from, to time.Time
	open     bool
}

func gapOf(g query.Gap, s span) query.Gap {
	g.From, g.To = s.from, s.to
	if s.open {
		g.To = time.Time{}
	}
	return g
}

// outcome adds the gap of a visit that was not answered.
func (f *finder) outcome(v Visit, s span) {
	if v.Well() {
		return
	}
	f.add(gapOf(query.Gap{
		Kind: query.GapState, State: v.State, Reason: v.Reason, Detail: v.Detail, Visits: 1, Asked: asked(v, s.open),
	}, s))
}

func asked(v Visit, open bool) time.Time {
	if !open {
		return time.Time{}
	}
	return v.NextAt
}

// capped adds the gap of a visit that stopped before the end: what came out
// since the last reading may be missing.
func (f *finder) capped(i int) {
	v := f.Visits[i]
	from := v.At
	for j := i - 1; j >= 0; j-- {
		if f.Visits[j].Well() {
			from = f.Visits[j].Last
			break
		}
	}
	to := v.ended()
	if f.Now.Before(to) {
		to = f.Now
	}
	f.add(query.Gap{Kind: query.GapCapped, Reason: v.Reason, Detail: v.Detail, From: from, To: to, Visits: 1})
}

// silent adds the gap of a visit that was not made: whether anything was
// visited meanwhile tells a lost source from a crawler that is down.
func (f *finder) silent(from, to time.Time) {
	end := to
	if end.IsZero() {
		end = f.Now
	}
	kind := query.GapSilent
	if f.Alive != nil && !f.Alive(from, end) {
		kind = query.GapDown
	}
	f.add(query.Gap{Kind: kind, From: from, To: to})
}

// add merges a gap with the newest one of the same cause where they touch.
func (f *finder) add(g query.Gap) {
	for i := len(f.gaps) - 1; i >= 0; i-- {
		old := &f.gaps[i]
		if old.Kind != g.Kind || old.State != g.State || old.Reason != g.Reason {
			continue
		}
		if old.To.Before(g.From) || old.Lasts() {
			break
		}
		if g.Lasts() || g.To.After(old.To) {
			old.To = g.To
		}
		if g.From.Before(old.From) {
			old.From = g.From
		}
		old.Visits += g.Visits
		old.Detail, old.Asked = g.Detail, g.Asked
		return
	}
	f.gaps = append(f.gaps, g)
}
