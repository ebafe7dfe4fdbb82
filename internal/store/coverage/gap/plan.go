package gap

import (
	"time"

	"github.com/robfig/cron/v3"

	"huiying"
)

// Values of when a visit is late. The crawler spreads visits by a tenth and
// queues them behind others.
const (
	defaultEvery = 5 * time.Minute // of a source that names no interval, as crawlers take it
	spread       = 10              // per cent
	queued       = time.Minute
	cronSlack    = time.Hour // a cron line's slot is missed after this, however far off the next is
)

// plan is when a source is to be visited.
type plan struct {
	period time.Duration // the longest its definition lets it wait; 0 with a cron line
	line   cron.Schedule
	zone   *time.Location
}

func planOf(s huiying.Source, zone *time.Location) plan {
	if zone == nil {
		zone = time.UTC
	}
	if line, err := cron.ParseStandard(s.Cron); s.Cron != "" && err == nil {
		return plan{line: line, zone: zone}
	}
	every := s.Every
	if every <= 0 {
		every = defaultEvery
	}
	every = max(every, s.Slowest)
	return plan{period: every + every*spread/100, zone: zone}
}

// Period is how long the source's definition lets it wait between visits.
func Period(s huiying.Source, zone *time.Location, at time.Time) time.Duration {
	p := planOf(s, zone)
	if p.line == nil {
		return p.period
	}
	first := p.next(at)
	return p.next(first).Sub(first)
}

func (p plan) next(at time.Time) time.Time {
	if p.line == nil {
		return at.Add(p.period)
	}
	return p.line.Next(at.In(p.zone))
}

// slack is how long after its time a visit is still waited for.
func (p plan) slack(due time.Time) time.Duration {
	if p.line == nil {
		return p.period + queued
	}
	return min(p.next(due).Sub(due), cronSlack) + queued
}

// expect says when the visit after v is due and when it is missed: beyond two
// expected periods. After a refusal the crawler's own plan holds, which is
// later than the definition's.
func (p plan) expect(v Visit) (due, missed time.Time) {
	due = p.next(v.ended())
	slack := p.slack(due)
	if !v.Well() && v.NextAt.After(due) {
		due = v.NextAt
	}
	return due, due.Add(slack)
}
