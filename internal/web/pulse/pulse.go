// Package pulse is the part of the first page that says what posts of the last
// day are about: platforms, tones, places, hot words, hot events, and the hours
// in which people write. Every number leads to its list; it tells nothing of who
// wrote.
package pulse

import (
	"context"
	"net/url"
	"time"

	"huiying/internal/query"
	"huiying/internal/web/events"
	"huiying/internal/web/study"
)

// Reader reads what posts were about lately.
type Reader interface {
	Pulse(ctx context.Context) (query.Pulse, error)
}

// Views counts posts.
type Views interface {
	Find(ctx context.Context, s query.PostSearch) (query.PostsFound, error)
}

// Options is what the part works with; all are required.
type Options struct {
	Reader Reader
	Views  Views
	Hot    func(ctx context.Context, most int) ([]events.Row, error) // the events with the most posts of the last day
	Now    func() time.Time
}

// Part makes the part.
type Part struct{ o Options }

// New makes it.
func New(o Options) *Part { return &Part{o} }

// View is what it shows.
type View struct {
	Mix    []Mix
	Words  []Word
	Events []events.Row
	Heat   query.Heat
	Rows   []Weekday
	Most   Peak
}

// Mix is the posts of the last day by one facet.
type Mix struct {
	Facet  string
	Values []Value
}

// Value is one line of it.
type Value struct {
	query.CountValue
	Href string
	Bar  int // of 100, against the largest
}

// Word is a hot word.
type Word struct {
	query.CountValue
	Href string
	Size int // 1 to 4
}

// Weekday is the hours of one weekday, Monday is 0.
type Weekday struct {
	Day   int
	Hours []Cell
}

// Cell is one hour of one weekday.
type Cell struct {
	N    int
	Heat int // 0 to 4, against the fullest
}

// Peak is the fullest hour of the week.
type Peak struct{ Day, Hour, N int }

// shown is how many values of a facet and how many events are told.
const (
	shown     = 8
	hotEvents = 5
)

// Load reads it for somebody who may see every post.
func (p *Part) Load(ctx context.Context, scope query.Scope) (v View, err error) {
	found, err := p.o.Views.Find(ctx, query.PostSearch{Scope: scope, From: p.o.Now().Add(-24 * time.Hour), Limit: 1})
	if err != nil {
		return v, err
	}
	for _, facet := range []string{query.ByPlatform, query.BySentiment, query.ByPlace} {
		if m := mix(facet, found.Counts[facet]); len(m.Values) > 0 {
			v.Mix = append(v.Mix, m)
		}
	}
	lately, err := p.o.Reader.Pulse(ctx)
	if err != nil {
		return v, err
	}
	for _, w := range lately.Words {
		v.Words = append(v.Words, Word{w, stream("q", `"`+w.Value+`"`), study.SizeOf(w.N, lately.Words[0].N)})
	}
	v.Heat = lately.Heat
	v.Rows, v.Most = weekdays(lately.Heat)
	v.Events, err = p.o.Hot(ctx, hotEvents)
	return v, err
}

// stream leads to the posts of the last day with one value.
func stream(key, value string) string {
	return "/stream?" + url.Values{key: {value}, "period": {"24h"}}.Encode()
}

func mix(facet string, counts []query.CountValue) Mix {
	m := Mix{Facet: facet}
	for _, c := range counts[:min(len(counts), shown)] {
		if c.N > 0 {
			m.Values = append(m.Values, Value{c, stream(facet, c.Value), 100 * c.N / counts[0].N})
		}
	}
	return m
}

func weekdays(h query.Heat) (rows []Weekday, most Peak) {
	for day, hours := range h.Count {
		for hour, n := range hours {
			if n > most.N {
				most = Peak{day, hour, n}
			}
		}
	}
	for day, hours := range h.Count {
		row := Weekday{Day: day}
		for _, n := range hours {
			cell := Cell{N: n}
			if n > 0 {
				cell.Heat = 1 + 3*(n-1)/max(1, most.N-1)
			}
			row.Hours = append(row.Hours, cell)
		}
		rows = append(rows, row)
	}
	return rows, most
}

// Nowhere stands where no posts are kept.
type Nowhere struct{}

// Pulse implements Reader.
func (Nowhere) Pulse(context.Context) (query.Pulse, error) { return query.Pulse{}, nil }
