package measure

import (
	"slices"
	"time"

	"huiying"
)

// Mark is what one figure sees in one case: when it counts, and how. The zero
// Mark counts never.
type Mark struct {
	When int64 // Unix nanoseconds: decides the period; 0 = never
	Took time.Duration
	Hit  bool
	Owed bool // nothing was done so far: counts once When has come

	figure uint8 // its row in the table
}

// at is a mark that counts at a time.
func at(when time.Time, hit bool) Mark {
	if when.IsZero() {
		return Mark{}
	}
	return Mark{When: when.UnixNano(), Hit: hit}
}

// Sheet is one case as the figures see it: all that any period needs to know of
// it, so that a case is looked through once and again only when it has moved.
type Sheet struct {
	No, Unit, Source string // Source is the platform of the post that opened it
	Level            huiying.Level
	State            huiying.CaseState
	FirstSeenAt      time.Time
	Backlog          bool      // one to handle that is not finished
	PressesAt        time.Time // when the limit ends, or ended, that is to be met first; zero = none runs
	Moments          []Moment  // when it was given back or urged on, the first first

	marks []Mark
}

// Sum looks a case through.
func Sum(h History, o Office) *Sheet {
	c := h.Case
	s := &Sheet{
		No: c.No, Unit: c.Unit, Source: c.Origin.Platform, Level: c.Level, State: c.State, FirstSeenAt: c.FirstSeenAt,
		Backlog: accepted(h) && c.State.Open(), PressesAt: pressesAt(c), Moments: moments(h),
	}
	for i, d := range definitions() {
		var list []Mark
		if d.share != nil {
			list = []Mark{d.share(h, o)}
		} else {
			list = d.lasts(h, o)
		}
		for _, m := range list {
			if m.When != 0 {
				m.figure = uint8(i)
				s.marks = append(s.marks, m)
			}
		}
	}
	s.marks = slices.Clip(s.marks)
	return s
}

// Seen is one case as one figure of a period sees it.
type Seen struct {
	*Sheet
	Mark
}

// each goes through what a period sees, figure by figure of a case. Of several
// marks of one figure in one case the longest counts.
func each(sheets []*Sheet, p Period, yield func(Seen)) {
	from, to, now := p.From.UnixNano(), p.To.UnixNano(), p.Now.UnixNano()
	for _, s := range sheets {
		var last Mark
		for _, m := range s.marks {
			if m.When < from || m.When >= to || m.Owed && m.When > now {
				continue
			}
			if last.When != 0 && last.figure != m.figure {
				yield(Seen{s, last})
			} else if last.When != 0 && last.Took > m.Took {
				continue
			}
			last = m
		}
		if last.When != 0 {
			yield(Seen{s, last})
		}
	}
}

// Behind lists the cases that make up figures, in the order of the sheets.
func Behind(sheets []*Sheet, p Period, ids ...string) []Seen {
	wanted := make([]bool, len(definitions()))
	for i, id := range IDs() {
		wanted[i] = slices.Contains(ids, id)
	}
	var out []Seen
	each(sheets, p, func(s Seen) {
		if wanted[s.figure] {
			out = append(out, s)
		}
	})
	return out
}

// Figure is the figure that the mark is of.
func (m Mark) Figure() string { return IDs()[m.figure] }

// Tally measures the cases of a period and names them.
func Tally(sheets []*Sheet, p Period) []Figure { return tally(sheets, p, true) }

// Count is Tally without the names: figures of many parts are cheaper so.
func Count(sheets []*Sheet, p Period) []Figure { return tally(sheets, p, false) }

func tally(sheets []*Sheet, p Period, named bool) []Figure {
	table := definitions()
	out := make([]Figure, len(table))
	for i, d := range table {
		out[i] = Figure{ID: d.id, Lasts: d.lasts != nil, In: []string{}, Out: []string{}}
	}
	each(sheets, p, func(s Seen) {
		f := &out[s.figure]
		f.Denominator++
		if f.Lasts {
			f.Took = append(f.Took, s.Took)
		}
		if s.Hit {
			f.Numerator++
		}
		switch {
		case !named:
		case s.Hit:
			f.In = append(f.In, s.No)
		default:
			f.Out = append(f.Out, s.No)
		}
	})
	for i := range out {
		out[i].sum()
	}
	return out
}

// sum takes the quantiles of what was collected.
func (f *Figure) sum() {
	slices.Sort(f.Took)
	f.Median, f.P90 = Quantile(f.Took, 50), Quantile(f.Took, 90)
	if n := len(f.Took); n > 0 {
		f.Max = f.Took[n-1]
	}
}

// Backlog is how old what is owed is at a moment: a duration over the cases
// that are not finished.
func Backlog(sheets []*Sheet, now time.Time) (f Figure, list []Seen) {
	f = Figure{ID: "backlog", Lasts: true, In: []string{}, Out: []string{}}
	for _, s := range sheets {
		if !s.Backlog || s.FirstSeenAt.After(now) {
			continue
		}
		m := Mark{When: s.FirstSeenAt.UnixNano(), Hit: true, Took: now.Sub(s.FirstSeenAt)}
		f.Took, f.In, list = append(f.Took, m.Took), append(f.In, s.No), append(list, Seen{s, m})
	}
	f.Numerator, f.Denominator = len(f.In), len(f.In)
	f.sum()
	return f, list
}
