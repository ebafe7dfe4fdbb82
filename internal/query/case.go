package query

import (
	"time"

	"huiying"
)

// Clock conditions of CaseFilter.
const (
	ClockOverdue = "overdue" // a clock is missed and not met yet
	ClockSoon    = "soon"    // the next clock is due within the hour
)

// CaseFilter says which cases to list; an empty field does not restrict.
type CaseFilter struct {
	Scope  Scope
	States []huiying.CaseState
	Open   bool // only states in which work is owed
	Levels []huiying.Level
	Unit   string
	Owner  string
	Clock  string // ClockOverdue or ClockSoon; implies Open
	// Returned keeps only those that a unit gave back at least once; implies Open.
	Returned bool
	// Answered keeps only those that were answered first since then; of a scope
	// that is one unit's, those in which it leads.
	Answered time.Time
	Text     string // in title, number or words, in the language of docs/search.md
	Count    bool   // count by level, unit and state as well
	ByDue    bool   // the most pressing first instead of the newest
	Before   string // only numbers that are smaller; with ByDue, Clock or Returned the Next of the page before
	Limit    int    // 0 = 50
}

// CaseList is one page of cases.
type CaseList struct {
	Rows  []huiying.Case
	Next  string // for CaseFilter.Before; "" at the end
	Total int

	// LastMissed is when a clock was missed last, and of which case; told when
	// none is overdue.
	LastMissed   time.Time
	LastMissedNo string

	Hits   map[string][][2]int     // where the words of the question stand in titles, by number
	Counts map[string][]CountValue // by facet, where asked for; each as if it were not filtered by
}

// CaseResult is what became of one of several cases that were to take a step;
// Err nil = it moved and is now in State.
type CaseResult struct {
	No    string
	State huiying.CaseState
	Err   error
}

// CasePage is one case with all that belongs to it.
type CasePage struct {
	Case       huiying.Case
	Steps      []huiying.Step    // the first to the last
	Texts      map[string]string // words of the steps by digest, as far as they are kept
	Deliveries []huiying.Delivery
	Posts      []PostRow
	Purges     []CasePurge // of its words, the oldest first
}

// Opening is a person opening a case of a tagged post and assigning it in one
// step. Unit "" opens without assigning.
type Opening struct {
	Post  string
	Actor huiying.Actor
	Unit  string
	Owner string
	Level huiying.Level // "" keeps the post's own
	Note  string
}

// Reasons to set a post aside.
const (
	AsideFalseAlarm = "false_alarm"
	AsideWatch      = "watch"
)

// Aside is a person dealing with a tagged post without a case.
type Aside struct {
	Post   string
	Actor  huiying.Actor
	Reason string // AsideFalseAlarm or AsideWatch
	Note   string // in the officer's words, may be ""
	Seen   string // the revision that was looked at; "" = whatever it is now
}

// OnClock reports whether a case stands as a clock condition says; "" is any.
func OnClock(c huiying.Case, clock string, now time.Time) bool {
	k, running := Pressing(c)
	switch clock {
	case ClockOverdue:
		return running && !k.DueAt.After(now)
	case ClockSoon:
		return running && k.DueAt.After(now) && k.DueAt.Sub(now) <= time.Hour
	}
	return true
}

// Pressing is the clock of an open case that is due, or was missed, first; ok
// is false when none is running. A missed clock runs until it is met; one that
// is suspended presses nobody.
func Pressing(c huiying.Case) (k huiying.Clock, ok bool) {
	if !c.State.Open() {
		return huiying.Clock{}, false
	}
	for _, one := range c.Clocks {
		if one.MetAt.IsZero() && one.PausedAt.IsZero() && !one.DueAt.IsZero() && (!ok || one.DueAt.Before(k.DueAt)) {
			k, ok = one, true
		}
	}
	return k, ok
}
