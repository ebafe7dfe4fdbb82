// Package filter is the state of a list as it stands in its address: read from
// it, written to it, and turned into a question. What it does not know it
// leaves out, so that an old link still opens.
package filter

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
)

// Posts is the filter as it stands in the address.
type Posts struct {
	Levels []string
	Source string
	Rule   string
	Text   string
	Period string // today, 24h, 7d, all
	Tagged bool
}

// periods are the spans a list may be limited to; the first is the default.
func Periods() []string { return []string{"24h", "today", "7d", "all"} }

func ReadPosts(q url.Values) (f Posts, before int64) {
	f = Posts{
		Levels: Levels(q["level"]), Source: q.Get("source"), Rule: q.Get("rule"), Text: q.Get("q"),
		Period: q.Get("period"), Tagged: q.Get("tagged") != "",
	}
	if !slices.Contains(Periods(), f.Period) {
		f.Period = Periods()[0]
	}
	before, err := strconv.ParseInt(q.Get("before"), 10, 64)
	if err != nil {
		before = 0
	}
	return f, before
}

// query is the filter as it stands in an address.
func (f Posts) Query(before int64) string {
	q := url.Values{}
	for _, l := range f.Levels {
		q.Add("level", l)
	}
	for _, e := range [][2]string{{"source", f.Source}, {"rule", f.Rule}, {"q", f.Text}, {"period", f.Period}} {
		if e[1] != "" {
			q.Set(e[0], e[1])
		}
	}
	if f.Tagged {
		q.Set("tagged", "1")
	}
	if before > 0 {
		q.Set("before", strconv.FormatInt(before, 10))
	}
	return q.Encode()
}

func Levels(in []string) []string {
	var out []string
	for _, l := range in {
		if huiying.Level(l).Valid() && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

func AsLevels(in []string) []huiying.Level {
	out := make([]huiying.Level, len(in))
	for i, l := range in {
		out[i] = huiying.Level(l)
	}
	return out
}

// since is where a period begins; the zero time for all.
func Since(period string, now time.Time, zone *time.Location) time.Time {
	switch period {
	case "today":
		y, m, d := now.In(zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, zone)
	case "24h":
		return now.Add(-24 * time.Hour)
	case "7d":
		return now.Add(-7 * 24 * time.Hour)
	}
	return time.Time{}
}

// Cases is the filter as it stands in the address.
type Cases struct {
	View   string // mine, unit, open, soon, overdue, closed, all
	Levels []string
	Unit   string
	State  string
	Text   string
}

// caseViews are the saved views in their order; the first is the default.
func CaseViews() []string {
	return []string{"open", "mine", "unit", "soon", "overdue", "closed", "all"}
}

func ReadCases(q url.Values) (f Cases, before string) {
	f = Cases{View: q.Get("view"), Levels: Levels(q["level"]), Unit: q.Get("unit"), State: q.Get("state"), Text: strings.TrimSpace(q.Get("q"))}
	if !slices.Contains(CaseViews(), f.View) {
		f.View = CaseViews()[0]
		if f.State != "" {
			f.View = "all"
		}
	}
	return f, q.Get("before")
}

func (f Cases) Query(before string) string {
	q := url.Values{}
	for _, l := range f.Levels {
		q.Add("level", l)
	}
	for _, e := range [][2]string{{"view", f.View}, {"unit", f.Unit}, {"state", f.State}, {"q", f.Text}, {"before", before}} {
		if e[1] != "" {
			q.Set(e[0], e[1])
		}
	}
	return q.Encode()
}

// ask is the filter as a question to the store.
func (f Cases) Ask(a query.Account, before string) query.CaseFilter {
	ask := query.CaseFilter{Scope: a.Scope(), Levels: AsLevels(f.Levels), Unit: f.Unit, Text: f.Text, Before: before}
	switch f.View {
	case "open":
		ask.Open, ask.ByDue, ask.Limit = true, true, 500
	case "mine":
		ask.Open, ask.ByDue, ask.Owner, ask.Limit = true, true, a.Person.ID, 500
	case "unit":
		ask.Open, ask.ByDue, ask.Unit, ask.Limit = true, true, a.Person.Unit, 500
	case query.ClockSoon, query.ClockOverdue:
		ask.Clock, ask.Limit = f.View, 500
	case "closed":
		ask.States = []huiying.CaseState{huiying.StateResponded, huiying.StateClosed, huiying.StateArchived}
	}
	if f.State != "" {
		ask.States = []huiying.CaseState{huiying.CaseState(f.State)}
	}
	return ask
}
