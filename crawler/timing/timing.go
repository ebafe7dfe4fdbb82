// Package timing decides when a source is visited again: by its own interval
// or cron line, slower while nothing is new, much slower after a refusal, and
// never before a host's rest has ended. It knows no clock but the one it is
// given.
package timing

import (
	"time"

	"github.com/robfig/cron/v3"

	"huiying"
)

// Patience is how long a source waits after ending in a state: First, doubled
// with every further visit that ends in it, up to Max. Where Sooner is set the
// wait replaces the source's own interval; else it never shortens it.
type Patience struct {
	State      huiying.SourceState
	First, Max time.Duration
	Sooner     bool
}

// DefaultPatience is the policy. A wall or ban stops a source: it is looked at
// again only rarely, to notice a new cookie or a lifted ban, or at once when
// its definition changes or a person tries it.
func DefaultPatience() []Patience {
	return []Patience{
		{State: huiying.SourceLoginNeeded, First: 6 * time.Hour, Max: 24 * time.Hour},
		{State: huiying.SourceBlocked, First: time.Hour, Max: 24 * time.Hour},
		{State: huiying.SourceForbidden, First: 6 * time.Hour, Max: 24 * time.Hour},
		{State: huiying.SourceRobotsDisallowed, First: 6 * time.Hour, Max: 24 * time.Hour},
		{State: huiying.SourceRateLimited, First: 30 * time.Minute, Max: 6 * time.Hour},
		{State: huiying.SourceMaintenance, First: 2 * time.Minute, Max: time.Hour},
		{State: huiying.SourceMalformed, First: time.Minute, Max: time.Hour},
		{State: huiying.SourceUnreachable, First: 15 * time.Second, Max: 30 * time.Minute, Sooner: true},
	}
}

// DefaultEvery is the interval of a source that names none.
const DefaultEvery = 5 * time.Minute

// faultSoon is when a visit is repeated that failed on our own side.
const faultSoon = 15 * time.Second

// Ended is how the last visit of a source ended.
type Ended struct {
	Source   huiying.Source
	State    huiying.SourceState
	Failures int       // visits in a row that ended as this one did, 1 for the first
	Quiet    int       // visits in a row that brought nothing new
	Soon     bool      // the fault is on our side: again soon
	NotUntil time.Time // a host rests until then
}

// Timing is the policy with what it needs of the outside.
type Timing struct {
	Patience []Patience
	Zone     *time.Location // of cron lines
	Random   func() float64 // in [0,1): spreads visits by a tenth either way
}

// Next is when the source is due again, given when the visit ended.
func (t Timing) Next(now time.Time, e Ended) time.Time {
	at := t.planned(now, e)
	if e.Soon {
		at = earlier(at, now.Add(faultSoon))
	} else {
		at = t.patient(now, at, e)
	}
	if at.Before(e.NotUntil) {
		at = e.NotUntil
	}
	return at
}

// patient puts the next visit off, or brings it on, as the state wants.
func (t Timing) patient(now, at time.Time, e Ended) time.Time {
	for _, p := range t.Patience {
		if p.State != e.State {
			continue
		}
		long := p.First << min(max(e.Failures-1, 0), 16)
		if long <= 0 || long > p.Max {
			long = p.Max
		}
		if until := now.Add(long); p.Sooner || until.After(at) {
			at = until
		}
	}
	return at
}

// planned is when the source is due by its own definition.
func (t Timing) planned(now time.Time, e Ended) time.Time {
	if e.Source.Cron != "" {
		if line, err := cron.ParseStandard(e.Source.Cron); err == nil {
			return line.Next(now.In(t.Zone)).In(now.Location())
		}
	}
	return now.Add(time.Duration(float64(Interval(e.Source, e.Quiet)) * (0.9 + 0.2*t.Random())))
}

// Interval is the source's interval after so many visits in a row that brought
// nothing new: half as long again with each, from Every up to Slowest.
func Interval(s huiying.Source, quiet int) time.Duration {
	every := s.Every
	if every <= 0 {
		every = DefaultEvery
	}
	for range min(quiet, 32) {
		if every >= s.Slowest {
			break
		}
		every = min(every+every/2, s.Slowest)
	}
	return every
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
