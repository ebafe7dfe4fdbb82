// Package volume lays the posts of a period over time, with the span in which
// each number should lie by the four weeks before it: the estimate by which the
// analyzer finds bursts. It keeps its answers for some minutes and refuses to say
// what is usual before there is a week of history.
package volume

import (
	"context"
	"time"

	"huiying"
	"huiying/analyzer/burst"
	"huiying/internal/query"
	"huiying/internal/store"
)

// keptFor is how long an answer is told.
const keptFor = 5 * time.Minute

// Desk answers. Hours gives the posts of consecutive hours up to the present one,
// the oldest first, from the first hour that was counted.
type Desk struct {
	Hours func(ctx context.Context) ([]query.Hour, error)
	Now   func() time.Time
	Zone  *time.Location

	kept store.Lately[string, query.Spread]
}

// Run looks again whenever somebody was told something old, until ctx ends.
func (d *Desk) Run(ctx context.Context) error { return d.kept.Run(ctx) }

// Spread lays a period's posts over time: of query.Today the last 24 hours, of
// query.Week the last 168, of query.Month the last 30 days of the office.
func (d *Desk) Spread(ctx context.Context, period string) (query.Spread, error) {
	return d.kept.Get(ctx, period, store.Span{For: keptFor, Now: d.Now}, func(ctx context.Context) (query.Spread, error) {
		hours, err := d.Hours(ctx)
		if err != nil || len(hours) == 0 {
			return query.Spread{Needed: burst.MinDays}, err
		}
		s := query.Spread{Counted: d.Now(), Needed: burst.MinDays}
		counts := make([]int, len(hours))
		for i, h := range hours {
			counts[i] = sum(h)
		}
		switch period {
		case query.Month:
			d.daily(&s, hours, counts)
		case query.Week:
			hourly(&s, hours, counts, 7*24)
		default:
			hourly(&s, hours, counts, 24)
		}
		return s, nil
	})
}

func sum(h query.Hour) (n int) {
	for _, c := range h.Count {
		n += c
	}
	return n
}

// hourly lays out the last n hours; before the first that was counted they are
// empty.
func hourly(s *query.Spread, hours []query.Hour, counts []int, n int) {
	bands := burst.Bands(counts, 1, n)
	first := hours[len(hours)-1].From.Add(-time.Duration(n-1) * time.Hour)
	for i, b := range bands {
		from := first.Add(time.Duration(i) * time.Hour)
		one := query.Span{From: from, To: from.Add(time.Hour)}
		if at := len(hours) - n + i; at >= 0 {
			one.Count, one.N = hours[at].Count, counts[at]
		}
		add(s, one, b)
	}
}

// shownDays is how many days a month's picture has.
const shownDays = 30

// daily lays out the last days of the office, of which the last is today.
func (d *Desk) daily(s *query.Spread, hours []query.Hour, counts []int) {
	s.Daily = true
	now := hours[len(hours)-1].From.In(d.Zone)
	y, m, day := now.Date()
	midnight := func(back int) time.Time { return time.Date(y, m, day-back, 0, 0, 0, 0, d.Zone) }
	for at := hours[len(hours)-1].From.Add(time.Hour); at.Before(midnight(-1)); at = at.Add(time.Hour) {
		counts = append(counts, 0) // what is still to come of today
	}
	for i, b := range burst.Bands(counts, 24, shownDays) {
		one := query.Span{From: midnight(shownDays - 1 - i), To: midnight(shownDays - 2 - i), Count: map[huiying.Level]int{}}
		for k := max(0, int(one.From.Sub(hours[0].From)/time.Hour)); k < len(hours) && hours[k].From.Before(one.To); k++ {
			for level, n := range hours[k].Count {
				one.Count[level] += n
			}
			one.N += counts[k]
		}
		add(s, one, b)
	}
}

func add(s *query.Spread, one query.Span, b burst.Band) {
	if b.Days >= burst.MinDays {
		one.Known, one.Low, one.High = true, b.Low, b.High
	}
	s.Spans, s.Days = append(s.Spans, one), b.Days
}
