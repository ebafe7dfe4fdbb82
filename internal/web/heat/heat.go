// Package heat is the page of service items (事项热度): how many posts and cases
// are about which item, window, unit, township or village, against the period
// before, and the list behind each number. It counts nothing, greys what rests
// on too few, and shows no author.
package heat

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/chart"
	"huiying/internal/web/filter"
	"huiying/internal/web/frame"
)

// Counter counts what posts and cases are about.
type Counter interface {
	Heat(ctx context.Context, a query.HeatAsk) (query.HeatPage, error)
	Behind(ctx context.Context, a query.HeatBehindAsk) (query.HeatBehind, error)
}

// Nowhere stands where nothing is counted.
type Nowhere struct{}

// Heat implements Counter.
func (Nowhere) Heat(context.Context, query.HeatAsk) (query.HeatPage, error) {
	return query.HeatPage{}, huiying.Errorf(huiying.Unavailable, "measure.nowhere")
}

// Behind implements Counter.
func (Nowhere) Behind(context.Context, query.HeatBehindAsk) (query.HeatBehind, error) {
	return query.HeatBehind{}, huiying.Errorf(huiying.Unavailable, "measure.nowhere")
}

// Options is what the pages work with; all are required.
type Options struct {
	Frame   *frame.Frame
	Counter Counter
	Zone    *time.Location
	Now     func() time.Time
}

// Pages answers the pages.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the pages.
func New(o Options) *Pages { return &Pages{o.Frame, o} }

// View is the page.
type View struct {
	Filter     filter.Heat
	Periods    []string
	From, Last time.Time
	WasFrom    time.Time
	WasLast    time.Time
	Data       query.HeatPage
	Whole      Row
	Rows       []Row
	More       int // rows that are not shown
	Tabs       []Choice
	Trend      chart.Columns
	Spans      []Span
	Peak       Span
	Counted    bool
}

// Choice is a link that chooses something.
type Choice struct {
	Name, Href string
	Active     bool
}

// Row is one row as it is shown, each number with its list.
type Row struct {
	query.HeatRow
	Href                             string // the page of it alone
	Posts, Cases, WasPosts, WasCases string // addresses of lists
	Change                           string // of posts, with its sign
	Percent                          string // of the change, "" where too few were before
}

// Span is one column of the chart.
type Span struct {
	query.HeatSpan
	Last time.Time
	Href string
}

// shownRows is how many rows the page itself shows.
const shownRows = 200

// List shows the page.
func (p *Pages) List(w http.ResponseWriter, r *http.Request) error {
	f := filter.ReadHeat(r.URL.Query())
	v := View{Filter: f, Periods: filter.OutcomePeriods()}
	ask, err := f.Ask(p.o.Now(), p.o.Zone)
	if err == nil {
		if v.Data, err = p.o.Counter.Heat(r.Context(), ask); err == nil {
			v.fill(ask)
		}
	}
	if err != nil && huiying.ErrorCode(err) != huiying.Invalid {
		return err
	}
	page := p.Base(r, "web.nav.heat")
	page.Main, page.Problem = v, err
	return p.Answer(w, r, "heat", page)
}

func (v *View) fill(a query.HeatAsk) {
	v.Counted = true
	v.From, v.Last = a.From, a.To.AddDate(0, 0, -1)
	if a.Compare {
		before := a.Before()
		v.WasFrom, v.WasLast = before.From, before.To.AddDate(0, 0, -1)
	}
	v.Whole = v.row(query.HeatRow{Now: v.Data.Now, Was: v.Data.Was})
	for i, r := range v.Data.Rows {
		if i == shownRows {
			v.More = len(v.Data.Rows) - shownRows
			break
		}
		v.Rows = append(v.Rows, v.row(r))
	}
	for _, by := range query.HeatParts() {
		other := v.Filter
		other.By = by
		v.Tabs = append(v.Tabs, Choice{Name: by, Href: "/heat?" + other.Query(), Active: by == v.Filter.By})
	}
	counts := make([]int64, len(v.Data.Trend))
	for i, s := range v.Data.Trend {
		span := Span{HeatSpan: s, Last: s.To.AddDate(0, 0, -1)}
		within := v.Filter.Of(s.From, span.Last)
		span.Href = behind(within, "", "posts")
		v.Spans = append(v.Spans, span)
		if counts[i] = int64(s.Posts); s.Posts > v.Peak.Posts || i == 0 {
			v.Peak = span
		}
	}
	v.Trend = chart.Counts(counts)
}

func (v *View) row(r query.HeatRow) Row {
	out := Row{HeatRow: r, Posts: behind(v.Filter, r.Key, "posts"), Cases: behind(v.Filter, r.Key, "cases")}
	if r.Key != "" {
		out.Href = "/heat?" + v.Filter.Only(r.Key).Query()
	}
	if v.WasFrom.IsZero() {
		return out
	}
	before := v.Filter.Of(v.WasFrom, v.WasLast)
	before.Compare = false
	out.WasPosts, out.WasCases = behind(before, r.Key, "posts"), behind(before, r.Key, "cases")
	out.Change, out.Percent = Change(r.Now.Posts, r.Was.Posts)
	return out
}

// Change is a difference with its sign and, where there were enough before, what
// share of before it is.
func Change(now, was int) (change, percent string) {
	d := now - was
	switch {
	case d > 0:
		change = "+" + strconv.Itoa(d)
	case d < 0:
		change = "−" + strconv.Itoa(-d)
	default:
		return "±0", ""
	}
	if was < query.Few {
		return change, ""
	}
	sign, share := "+", math.Round(math.Abs(float64(d))*100/float64(was))
	if d < 0 {
		sign = "−"
	}
	return change, sign + strconv.FormatFloat(share, 'f', -1, 64) + "%"
}

func behind(f filter.Heat, key, list string) string {
	q := f.Values()
	if key != "" {
		q.Set("key", key)
	}
	return "/heat/" + list + "?" + q.Encode()
}

// Size of one page of a list, and how far it may be turned.
const (
	pageSize = 50
	lastPage = 2000
)

// BehindView is what makes up a number.
type BehindView struct {
	Filter     filter.Heat
	Key        string
	Cases      bool
	From, Last time.Time
	Behind     query.HeatBehind
	Next       string
	Back       string
}

// Behind lists what makes up a number.
func (p *Pages) Behind(w http.ResponseWriter, r *http.Request) error {
	q, list := r.URL.Query(), r.PathValue("list")
	if list != "posts" && list != "cases" {
		return huiying.Errorf(huiying.NotFound, "heat.no_list", list)
	}
	f := filter.ReadHeat(q)
	ask, err := f.Ask(p.o.Now(), p.o.Zone)
	if err != nil {
		return err
	}
	v := BehindView{Filter: f, Key: q.Get("key"), Cases: list == "cases", From: ask.From, Last: ask.To.AddDate(0, 0, -1), Back: "/heat?" + f.Query()}
	number, err := strconv.Atoi(q.Get("page"))
	if err != nil {
		number = 1
	}
	number = min(max(number, 1), lastPage)
	v.Behind, err = p.o.Counter.Behind(r.Context(), query.HeatBehindAsk{HeatAsk: ask, Key: v.Key, Cases: v.Cases, Skip: (number - 1) * pageSize, Limit: pageSize})
	if err != nil {
		return err
	}
	if number*pageSize < v.Behind.Total {
		u, err := url.Parse(behind(f, v.Key, list))
		if err != nil {
			return err
		}
		next := u.Query()
		next.Set("page", strconv.Itoa(number+1))
		v.Next = u.Path + "?" + next.Encode()
	}
	page := p.Base(r, "web.nav.heat")
	page.Main = v
	return p.Show(w, r, http.StatusOK, "heat_behind", page)
}
