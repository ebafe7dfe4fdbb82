package chart

import (
	"slices"
	"time"

	"huiying/internal/query"
)

// Band is where the numbers of the columns should lie; nil in each list where
// there is too little history to say.
type Band struct {
	Low  []*int `json:"low"`
	High []*int `json:"high"`
	Out  []*int `json:"out"` // the number of a column that lies outside
}

// Out is a column that lies outside its band.
type Out struct {
	Label        string
	N, Low, High int
	Above        bool
}

// Over turns posts over time into columns with their band. A column that is
// still running is never too low, nor is one in which a source was not read as
// planned: what was not looked for is not missing.
func Over(s query.Spread, g query.Gapped, zone *time.Location) Levels {
	hours := make([]query.Hour, len(s.Spans))
	layout := "15:04"
	switch {
	case s.Daily:
		layout = "01-02"
	case len(s.Spans) > 24: // of several days
		layout = "01-02 15:04"
	}
	for i, one := range s.Spans {
		hours[i] = query.Hour{From: one.From, Count: one.Count}
	}
	c := byLevel(hours, zone, layout)
	c.Gaps = make([]bool, len(s.Spans))
	for i, one := range s.Spans {
		end := one.To
		if end.After(g.To) {
			end = g.To
		}
		if slices.ContainsFunc(g.Gaps, func(g query.Gap) bool { return g.Touches(one.From, end) }) {
			c.Gaps[i] = true
			c.Gapped++
		}
	}
	c.Daily, c.Days, c.Needed = s.Daily, s.Days, s.Needed
	c.band(s)
	return c
}

func (c *Levels) band(s query.Spread) {
	if !slices.ContainsFunc(s.Spans, func(one query.Span) bool { return one.Known }) {
		return
	}
	n := len(s.Spans)
	c.Band = &Band{make([]*int, n), make([]*int, n), make([]*int, n)}
	for i, one := range s.Spans {
		if !one.Known {
			continue
		}
		c.Band.Low[i], c.Band.High[i] = &one.Low, &one.High
		above := one.N > one.High
		if above || one.N < one.Low && !s.Running(i) && !c.Gaps[i] {
			c.Band.Out[i] = &one.N
			c.Outs = append(c.Outs, Out{c.Hours[i], one.N, one.Low, one.High, above})
		}
	}
}
