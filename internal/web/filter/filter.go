// Package filter is the state of a list as it stands in its address: read from
// it, written to it, and turned into a question. What it does not know it
// leaves out, so that an old link still opens.
package filter

import (
	"maps"
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
	Choices map[string][]string // by facet (query.PostFacets); what is not restricted is left out
	Text    string              // in the language of docs/search.md
	Period  string              // one of Periods
	Tagged  bool
	Best    bool // the most fitting first instead of the newest
	Page    int  // of those, from 1
}

// Periods are the spans a list may be limited to; the first is the default.
func Periods() []string { return []string{"24h", "today", "7d", "30d", "all"} }

// Limits of what an address may ask for.
const (
	mostValues = 20
	longest    = 64
	mostPages  = 200
)

// ReadPosts reads the filter and which row the page follows.
func ReadPosts(q url.Values) (f Posts, before int64) {
	f = Posts{Choices: map[string][]string{}, Text: q.Get("q"), Period: q.Get("period"), Tagged: q.Get("tagged") != "", Best: q.Get("sort") == "best"}
	for _, facet := range query.PostFacets() {
		if values := choices(facet, q[facet]); len(values) > 0 {
			f.Choices[facet] = values
		}
	}
	if !slices.Contains(Periods(), f.Period) {
		f.Period = Periods()[0]
	}
	f.Best = f.Best && strings.TrimSpace(f.Text) != ""
	if f.Best {
		page, err := strconv.Atoi(q.Get("page"))
		if err != nil {
			page = 1
		}
		f.Page = min(max(page, 1), mostPages)
		return f, 0
	}
	before, err := strconv.ParseInt(q.Get("before"), 10, 64)
	if err != nil {
		before = 0
	}
	return f, before
}

// choices keeps the values of a facet that it can have.
func choices(facet string, in []string) []string {
	known := map[string][]string{
		query.BySentiment: huiying.Sentiments(), query.ByIntent: huiying.Intents(), query.ByCase: {"yes", "no"},
	}[facet]
	if facet == query.ByLevel {
		return Levels(in)
	}
	var out []string
	for _, v := range in {
		if v == "" || len([]rune(v)) > longest || slices.Contains(out, v) || known != nil && !slices.Contains(known, v) || len(out) == mostValues {
			continue
		}
		out = append(out, v)
	}
	return out
}

// Query is the filter as it stands in an address.
func (f Posts) Query(before int64) string {
	q := url.Values{}
	for facet, values := range f.Choices {
		for _, v := range values {
			q.Add(facet, v)
		}
	}
	for _, e := range [][2]string{{"q", f.Text}, {"period", f.Period}} {
		if e[1] != "" {
			q.Set(e[0], e[1])
		}
	}
	if f.Tagged {
		q.Set("tagged", "1")
	}
	if f.Best {
		q.Set("sort", "best")
		if f.Page > 1 {
			q.Set("page", strconv.Itoa(f.Page))
		}
	} else if before > 0 {
		q.Set("before", strconv.FormatInt(before, 10))
	}
	return q.Encode()
}

// Narrowed reports whether anything but the period restricts the list.
func (f Posts) Narrowed() bool { return len(f.Choices) > 0 || f.Text != "" || f.Tagged }

// Has reports whether a value is chosen.
func (f Posts) Has(facet, value string) bool { return slices.Contains(f.Choices[facet], value) }

// Toggle is the filter with a value chosen, or no longer; of a case or not at
// most one.
func (f Posts) Toggle(facet, value string) Posts {
	out := f
	out.Page = 0
	if facet == query.ByPeriod {
		out.Period = value
		return out
	}
	out.Choices = maps.Clone(f.Choices)
	values := slices.DeleteFunc(slices.Clone(f.Choices[facet]), func(v string) bool { return v == value || facet == query.ByCase })
	if !f.Has(facet, value) {
		values = append(values, value)
	}
	if out.Choices[facet] = values; len(values) == 0 {
		delete(out.Choices, facet)
	}
	return out
}

// Ask is the filter as a question to the store.
func (f Posts) Ask(s query.Scope, before int64, now time.Time, zone *time.Location) query.PostSearch {
	ask := query.PostSearch{
		Scope: s, Text: f.Text, Choices: f.Choices, Tagged: f.Tagged, From: Since(f.Period, now, zone), Before: before,
		Relevance: f.Best, Limit: PageSize, Periods: map[string]time.Time{},
	}
	if f.Best {
		ask.Skip = (f.Page - 1) * PageSize
	}
	for _, p := range Periods() {
		ask.Periods[p] = Since(p, now, zone)
	}
	return ask
}

// PageSize is how many posts a page lists.
const PageSize = 50

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
	case "30d":
		return now.Add(-30 * 24 * time.Hour)
	}
	return time.Time{}
}

// Alerts is the filter as it stands in the address.
type Alerts struct {
	Show   string // one of AlertShows
	Levels []string
	Period string // one of query.OverviewPeriods, "" = all
}

// overviewPeriod is a period that there is, or none.
func overviewPeriod(name string) string {
	if slices.Contains(query.OverviewPeriods(), name) {
		return name
	}
	return ""
}

// Before is the span before a period that is as long: of the day so far,
// yesterday up to the same time of day.
func Before(period string, now time.Time, zone *time.Location) (from, to time.Time) {
	since := Since(period, now, zone)
	if period == query.Today {
		from = since.AddDate(0, 0, -1)
		return from, from.Add(now.Sub(since))
	}
	return since.Add(-now.Sub(since)), since
}

// AlertShows are the views of the alerts in their order; the first is the
// default.
func AlertShows() []string { return []string{"open", "mine", "all"} }

// ReadAlerts reads the filter.
func ReadAlerts(q url.Values) Alerts {
	f := Alerts{Show: q.Get("show"), Levels: Levels(q["level"]), Period: overviewPeriod(q.Get("period"))}
	if !slices.Contains(AlertShows(), f.Show) {
		f.Show = AlertShows()[0]
	}
	return f
}

// Query is the filter as it stands in an address; before is the place that the
// page follows.
func (f Alerts) Query(before string) string {
	q := url.Values{"show": {f.Show}, "level": f.Levels}
	if f.Period != "" {
		q.Set("period", f.Period)
	}
	if before != "" {
		q.Set("before", before)
	}
	return q.Encode()
}

// Ask is the filter as a question to the store.
func (f Alerts) Ask(a query.Account, now time.Time, zone *time.Location) query.AlertFilter {
	ask := query.AlertFilter{From: Since(f.Period, now, zone), Scope: a.Scope(), Levels: AsLevels(f.Levels), Unread: f.Show == "open"}
	if f.Show == "mine" {
		ask.Person = a.Person.ID
	}
	return ask
}

// Cases is the filter as it stands in the address.
type Cases struct {
	View   string // mine, unit, open, soon, overdue, closed, all
	Levels []string
	Unit   string
	State  string
	Text   string
	As     string // AsColumns, or "" for a table
	// Answered is the period in which they were answered first, one of
	// query.OverviewPeriods; "" = whether or not.
	Answered string
}

// AsColumns shows cases in columns by state.
const AsColumns = "columns"

// caseViews are the saved views in their order; the first is the default.
func CaseViews() []string {
	return []string{"open", "mine", "unit", "soon", "overdue", "returned", "closed", "all"}
}

func ReadCases(q url.Values) (f Cases, before string) {
	f = Cases{View: q.Get("view"), Levels: Levels(q["level"]), Unit: q.Get("unit"), State: q.Get("state"), Text: strings.TrimSpace(q.Get("q")), Answered: overviewPeriod(q.Get("answered"))}
	if q.Get("as") == AsColumns {
		f.As = AsColumns
	}
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
	for _, e := range [][2]string{{"view", f.View}, {"unit", f.Unit}, {"state", f.State}, {"q", f.Text}, {"as", f.As}, {"answered", f.Answered}, {"before", before}} {
		if e[1] != "" {
			q.Set(e[0], e[1])
		}
	}
	return q.Encode()
}

// casesShown is how many cases a page of the work lists.
const casesShown = 100

// Ask is the filter as a question to the store.
func (f Cases) Ask(a query.Account, before string, now time.Time, zone *time.Location) query.CaseFilter {
	ask := query.CaseFilter{Answered: Since(f.Answered, now, zone), Scope: a.Scope(), Levels: AsLevels(f.Levels), Unit: f.Unit, Text: f.Text, Before: before, Count: true}
	switch f.View {
	case "open":
		ask.Open, ask.ByDue, ask.Limit = true, true, casesShown
	case "mine":
		ask.Open, ask.ByDue, ask.Owner, ask.Limit = true, true, a.Person.ID, casesShown
	case "unit":
		ask.Open, ask.ByDue, ask.Unit, ask.Limit = true, true, a.Person.Unit, casesShown
	case query.ClockSoon, query.ClockOverdue:
		ask.Clock, ask.Limit = f.View, casesShown
	case "returned":
		ask.Returned, ask.Limit = true, casesShown
	case "closed":
		ask.States = []huiying.CaseState{huiying.StateResponded, huiying.StateClosed, huiying.StateArchived}
	}
	if f.As == AsColumns {
		ask.Limit = 500
	}
	if f.State != "" {
		ask.States = []huiying.CaseState{huiying.CaseState(f.State)}
	}
	return ask
}

// Chosen is what the cases are filtered by of a facet.
func (f Cases) Chosen(facet string) []string {
	one := ""
	switch facet {
	case query.ByLevel:
		return f.Levels
	case query.ByState:
		one = f.State
	case query.ByUnit:
		one = f.Unit
	}
	if one == "" {
		return nil
	}
	return []string{one}
}

// Toggle is the filter with a value chosen, or no longer.
func (f Cases) Toggle(facet, value string) Cases {
	out := f
	flip := func(now string) string {
		if now == value {
			return ""
		}
		return value
	}
	switch facet {
	case query.ByLevel:
		out.Levels = slices.DeleteFunc(slices.Clone(f.Levels), func(l string) bool { return l == value })
		if len(out.Levels) == len(f.Levels) {
			out.Levels = append(out.Levels, value)
		}
	case query.ByState:
		out.State = flip(f.State)
	case query.ByUnit:
		out.Unit = flip(f.Unit)
	}
	return out
}
