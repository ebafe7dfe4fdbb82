package query

import (
	"time"

	"huiying"
)

// Periods of the first page: the day so far, the last seven times and the last
// thirty times 24 hours.
const (
	Today = "today"
	Week  = "7d"
	Month = "30d"
)

// OverviewPeriods are the periods of the first page; the first is the default.
func OverviewPeriods() []string { return []string{Today, Week, Month} }

// Figures are the numbers of a period that has an earlier one beside it.
type Figures struct {
	Urgent        int           // red and orange alerts
	UrgentOpen    int           // of them, those nobody acknowledged; not counted of a period that is over
	FirstResponse time.Duration // median from the first sighting
	Answered      int           // cases that were answered first in the period
	OnTime        int           // of them, those in time
}

// Spread is posts over time with where their number should lie.
type Spread struct {
	Spans   []Span // the oldest first
	Daily   bool   // spans are days of the office, else one or several hours
	Days    int    // of history before the last span
	Needed  int    // days of history from which on a span has a band
	Counted time.Time
}

// Span is some hours or a day of posts.
type Span struct {
	From, To time.Time
	Count    map[huiying.Level]int
	N        int
	Known    bool // there was enough history: Low and High hold
	Low      int
	High     int
}

// Running reports whether a span was not over when it was counted.
func (s Spread) Running(i int) bool { return s.Spans[i].To.After(s.Counted) }
