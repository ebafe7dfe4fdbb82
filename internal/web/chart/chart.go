// Package chart turns figures into what charts.js draws, what the sentence
// above it says and what the table below it lists: one value for all three, so
// that they cannot disagree.
package chart

import (
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
)

// Levels is stacked columns of posts by hour and level: what charts.js draws,
// what the sentence above says, and what the table below lists are all made of
// it.
type Levels struct {
	Hours  []string `json:"hours"` // 13:00
	Series []Series `json:"series"`
	Gaps   []bool   `json:"gaps,omitempty"` // hours in which a source was not read as planned
	Gapped int      `json:"-"`              // how many
	Total  int      `json:"-"`
	Peak   string   `json:"-"` // the fullest hour
	PeakN  int      `json:"-"`
	Urgent int      `json:"-"` // red and orange

	Band   *Band `json:"band,omitempty"` // nil = nothing is said of what is usual
	Outs   []Out `json:"-"`              // the columns that lie outside, the oldest first
	Daily  bool  `json:"-"`              // columns are days
	Days   int   `json:"-"`              // of history
	Needed int   `json:"-"`              // days of it that a band takes
}

// Series is one level over the hours.
type Series struct {
	Level huiying.Level `json:"level"`
	Data  []int         `json:"data"`
	Sum   int           `json:"-"`
}

// ByLevel turns hours into columns, the most urgent level first.
func ByLevel(hours []query.Hour, zone *time.Location) Levels { return byLevel(hours, zone, "15:04") }

func byLevel(hours []query.Hour, zone *time.Location, layout string) Levels {
	c := Levels{Hours: make([]string, len(hours)), Series: make([]Series, 0, len(huiying.Levels()))}
	for i, h := range hours {
		c.Hours[i] = h.From.In(zone).Format(layout)
		n := 0
		for _, count := range h.Count {
			n += count
		}
		c.Total += n
		if n > c.PeakN {
			c.PeakN, c.Peak = n, c.Hours[i]
		}
	}
	for _, level := range huiying.Levels() {
		s := Series{Level: level, Data: make([]int, len(hours))}
		for i, h := range hours {
			s.Data[i] = h.Count[level]
			s.Sum += h.Count[level]
		}
		if level.OpensCase() {
			c.Urgent += s.Sum
		}
		c.Series = append(c.Series, s)
	}
	return c
}

// Mark marks the hours that gaps touch.
func (c *Levels) Mark(hours []query.Hour, g query.Gapped) {
	c.Gaps, c.Gapped = make([]bool, len(hours)), 0
	for i, h := range hours {
		end := h.From.Add(time.Hour)
		if end.After(g.To) {
			end = g.To
		}
		if slices.ContainsFunc(g.Gaps, func(g query.Gap) bool { return g.Touches(h.From, end) }) {
			c.Gaps[i] = true
			c.Gapped++
		}
	}
}
