package web

import (
	"time"

	"huiying"
	"huiying/internal/query"
)

// Chart is stacked columns of posts by hour and level: what charts.js draws,
// what the sentence above says, and what the table below lists are all made of
// it.
type Chart struct {
	Hours  []string      `json:"hours"` // 13:00
	Series []ChartSeries `json:"series"`
	Total  int           `json:"-"`
	Peak   string        `json:"-"` // the fullest hour
	PeakN  int           `json:"-"`
	Urgent int           `json:"-"` // red and orange
}

// ChartSeries is one level over the hours.
type ChartSeries struct {
	Level huiying.Level `json:"level"`
	Data  []int         `json:"data"`
	Sum   int           `json:"-"`
}

// levelChart turns hours into columns, the most urgent level first.
func levelChart(hours []query.Hour, zone *time.Location) Chart {
	c := Chart{Hours: make([]string, len(hours)), Series: make([]ChartSeries, 0, len(huiying.Levels()))}
	for i, h := range hours {
		c.Hours[i] = h.From.In(zone).Format("15:04")
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
		s := ChartSeries{Level: level, Data: make([]int, len(hours))}
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
