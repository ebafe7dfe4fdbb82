package gap

import (
	"time"

	"huiying"
)

// Standing is how a source stands now, as alerts are judged from.
type Standing struct {
	Source  huiying.Source
	State   huiying.SourceState // of the last visit
	Reason  string
	Detail  string
	LastAt  time.Time     // of the last visit, zero = never
	Period  time.Duration // the longest its definition lets it wait
	Due     time.Time     // when the next visit is due
	Missed  time.Time     // when it counts as missed: beyond two expected periods
	NextAt  time.Time     // as the crawler planned it
	BadFrom time.Time     // first visit of the present run of visits that were not answered, pauses left out
	Bad     int           // how many there are in it
	SameAs  time.Time     // first visit of the present run of visits that ended in State, pauses left out
	Capped  Run           // of visits that stopped before the end
	Empty   Run           // of visits that found nothing
	Always  bool          // before Empty the source always brought something
}

// Run is a run of visits in a row, up to the last one.
type Run struct {
	From time.Time
	N    int
}

// Stand says how the source stands.
func Stand(o Options) Standing {
	s := Standing{Source: o.Source, State: huiying.SourceNew, Period: Period(o.Source, o.Zone, o.Now)}
	p := planOf(o.Source, o.Zone)
	if len(o.Visits) == 0 {
		if !o.Since.IsZero() {
			s.Due = p.next(o.Since)
			s.Missed = s.Due.Add(p.slack(s.Due))
		}
		return s
	}
	asked := huiying.SourceNew
	for _, v := range o.Visits {
		s.State = v.State
		if v.State == huiying.SourcePaused {
			continue // a pause of our own says nothing of the site: what held before it goes on
		}
		if asked != v.State {
			asked, s.SameAs = v.State, v.At
		}
		s.bad(v)
		s.Capped = s.Capped.step(v.Well() && v.Capped, v.At)
		s.Empty = s.Empty.step(v.State == huiying.SourceEmpty, v.At)
	}
	v := o.Visits[len(o.Visits)-1]
	s.Reason, s.Detail, s.LastAt, s.NextAt = v.Reason, v.Detail, v.Last, v.NextAt
	s.Due, s.Missed = p.expect(v)
	s.Always = s.Empty.N > 0 && o.Always != nil && o.Always(s.Empty.From)
	return s
}

func (s *Standing) bad(v Visit) {
	switch {
	case v.Well():
		s.BadFrom, s.Bad = time.Time{}, 0
	case s.Bad == 0:
		s.BadFrom, s.Bad = v.At, 1
	default:
		s.Bad++
	}
}

func (r Run) step(goesOn bool, at time.Time) Run {
	switch {
	case !goesOn:
		return Run{}
	case r.N == 0:
		return Run{at, 1}
	}
	return Run{r.From, r.N + 1}
}
