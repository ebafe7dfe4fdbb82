// Package volume lays the posts of a period over time, with the span in which
// each number should lie by the four weeks before it: the estimate by which the
// analyzer finds bursts. It keeps its answers for a minute and refuses to say
// what is usual before there is a week of history.
package volume

import (
	"context"
	"slices"
	"sync"
	"time"

	"huiying"
	"huiying/analyzer/burst"
	"huiying/internal/query"
	"huiying/internal/store"
)

// keptFor is how long an answer is told, but for one without a post: a service
// that has just started may have taken long to count that there is none yet.
const keptFor = time.Minute

// Desk answers. Hours gives the posts of consecutive hours up to the present one,
// the oldest first, from the first hour that was counted.
type Desk struct {
	Hours func(ctx context.Context) ([]query.Hour, error)
	Now   func() time.Time
	Zone  *time.Location

	once sync.Once
	kept store.Lately[string, query.Spread]
}

func empty(s query.Spread) bool {
	return !slices.ContainsFunc(s.Spans, func(one query.Span) bool { return one.N > 0 })
}

// Run looks at the start, and again whenever somebody was told something old,
// until ctx ends. What cannot be counted is said by the page that asks.
func (d *Desk) Run(ctx context.Context) error {
	for _, period := range query.OverviewPeriods() {
		_, _ = d.Spread(ctx, period)
	}
	return d.kept.Run(ctx)
}

// Spread lays a period's posts over time: of query.Today the last 24 hours, of
// query.Week the last 56
// spans of three hours, of query.Month the last 30 days of the office.
func (d *Desk) Spread(ctx context.Context, period string) (query.Spread, error) {
	d.once.Do(func() { d.kept.Nothing = empty })
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
			d.hourly(&s, hours, counts, layout{spans: 7 * 24 / weekWidth, width: weekWidth})
		default:
			d.hourly(&s, hours, counts, layout{spans: 24, width: 1})
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

// weekWidth is how many hours a column of a week has: 168 columns would be
// thinner than their marks.
const weekWidth = 3

// layout is how many spans of how many hours there are.
type layout struct{ spans, width int }

// hourly lays out spans of hours that begin at the same hours of the office's
// clock every day; the last holds the present hour. Before the first hour that
// was counted they are empty.
func (d *Desk) hourly(s *query.Spread, hours []query.Hour, counts []int, l layout) {
	now := hours[len(hours)-1].From
	y, m, day := now.In(d.Zone).Date()
	into := int(now.Sub(time.Date(y, m, day, 0, 0, 0, 0, d.Zone))/time.Hour) % l.width
	end := now.Add(time.Duration(l.width-into) * time.Hour)
	counts = append(counts, make([]int, l.width-1-into)...) // what is still to come
	for i, b := range burst.Bands(counts, l.width, l.spans) {
		to := end.Add(-time.Duration((l.spans-1-i)*l.width) * time.Hour)
		add(s, span(hours, counts, query.Span{From: to.Add(-time.Duration(l.width) * time.Hour), To: to}), b)
	}
}

// span counts what a span has.
func span(hours []query.Hour, counts []int, one query.Span) query.Span {
	one.Count = map[huiying.Level]int{}
	for k := max(0, int(one.From.Sub(hours[0].From)/time.Hour)); k < len(hours) && hours[k].From.Before(one.To); k++ {
		for level, n := range hours[k].Count {
			one.Count[level] += n
		}
		one.N += counts[k]
	}
	return one
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
		one := span(hours, counts, query.Span{From: midnight(shownDays - 1 - i), To: midnight(shownDays - 2 - i)})
		add(s, one, b)
	}
}

func add(s *query.Spread, one query.Span, b burst.Band) {
	if b.Days >= burst.MinDays {
		one.Known, one.Low, one.High = true, b.Low, b.High
	}
	s.Spans, s.Days = append(s.Spans, one), b.Days
}
