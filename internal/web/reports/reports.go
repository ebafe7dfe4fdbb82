// Package reports is the pages of reports: the list, one report with its locked
// numbers and the places of free text, what is behind a number, the page that
// prints, and the schedules. It decides nothing: who may write, review and
// release is the desk's business.
package reports

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/door"
	"huiying/internal/web/frame"
)

// Options is what the pages work with; all are required.
type Options struct {
	Frame   *frame.Frame
	Reports api.Reports
	People  func(ctx context.Context) ([]query.Account, error)
	Units   func(ctx context.Context) ([]huiying.Unit, error)
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

// ListView is the list.
type ListView struct {
	query.ReportList
	Filter query.ReportFilter
	Kinds  []string
	States []string
	May    bool   // whoever looks may draft
	Read   bool   // and may see the schedules
	Day    string // yesterday
	More   string // address of the page that follows
	Event  string // that a special report is to be about
	Typed  url.Values
}

// List shows the reports.
func (p *Pages) List(w http.ResponseWriter, r *http.Request) error { return p.list(w, r, nil) }

func (p *Pages) list(w http.ResponseWriter, r *http.Request, problem error) error {
	q := r.URL.Query()
	a := frame.Must(r)
	f := query.ReportFilter{Before: q.Get("before")}
	if k := q.Get("kind"); slices.Contains(query.ReportKinds(), k) {
		f.Kind = k
	}
	if s := q.Get("state"); slices.Contains(query.ReportStates(), s) {
		f.State = s
	}
	list, err := p.o.Reports.List(r.Context(), a, f)
	if err != nil {
		return err
	}
	v := ListView{
		ReportList: list, Filter: f, Kinds: query.ReportKinds(), States: query.ReportStates(), May: door.Triagers().Lets(a), Read: door.Watchers().Lets(a),
		Day: p.o.Now().In(p.o.Zone).AddDate(0, 0, -1).Format(time.DateOnly), Event: q.Get("event"), Typed: r.PostForm,
	}
	if list.Next != "" {
		v.More = "/reports?" + url.Values{"kind": {f.Kind}, "state": {f.State}, "before": {list.Next}}.Encode()
	}
	page := p.Base(r, "web.nav.reports")
	page.Main, page.Problem = v, problem
	return p.Answer(w, r, "reports", page)
}

// Draft drafts a report and leads to it.
func (p *Pages) Draft(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	form := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	ask, err := api.ReadReportAsk(p.o.Zone, form("day"), form("to"))
	if err == nil {
		var made query.Report
		ask.Account, ask.Kind, ask.Event, ask.Title = frame.Must(r), form("kind"), form("event"), form("title")
		if made, err = p.o.Reports.Draft(r.Context(), ask); err == nil {
			return frame.Done(w, r, "/reports/"+made.ID+"?done=report_drafted")
		}
	}
	if frame.Ours(err) {
		return err
	}
	return p.list(w, r, err)
}

// View is one report.
type View struct {
	query.ReportPage
	Formats   []string
	Write     bool // it may be written in, by whoever looks
	Review    bool // it may be returned or released
	Behind    bool // whoever looks may see what is behind numbers
	Marked    bool // the paper marks what has changed
	Receivers []Receiver
	Told      []string
}

// Receiver is somebody who may be told.
type Receiver struct{ ID, Name string }

// Report shows one report as it is kept. What differs by now is a part of its
// own, which counts: it is asked for once the page is there, or by its link.
func (p *Pages) Report(w http.ResponseWriter, r *http.Request) error { return p.show(w, r, nil) }

func (p *Pages) show(w http.ResponseWriter, r *http.Request, problem error) error {
	a := frame.Must(r)
	open := p.o.Reports.Open
	if r.URL.Query().Get("compare") != "" {
		open = p.o.Reports.Compare
	}
	got, err := open(r.Context(), a, r.PathValue("id"))
	if err != nil {
		return err
	}
	v := View{ReportPage: got, Marked: r.Header.Get("HX-Request") == "", Formats: query.ReportFormats(), Behind: door.Watchers().Lets(a), Told: r.PostForm["tell"]}
	v.Write = got.State == query.ReportDraft && door.Triagers().Lets(a)
	v.Review = got.State == query.ReportReview && a.Actor().Has(huiying.RoleReviewer, huiying.RoleManager)
	for i, place := range v.Places {
		if typed, sent := r.PostForm["text."+place.ID]; sent && problem != nil {
			v.Places[i].Text = typed[0] // what was written is not lost
		}
	}
	if v.Review {
		if v.Receivers, err = p.receivers(r.Context()); err != nil {
			return err
		}
	}
	page := p.Base(r, "web.report.title")
	page.Main, page.Problem = v, problem
	return p.Answer(w, r, "report", page)
}

// receivers are the people and units that may be told of a report.
func (p *Pages) receivers(ctx context.Context) (out []Receiver, err error) {
	people, err := p.o.People(ctx)
	if err != nil {
		return nil, err
	}
	units, err := p.o.Units(ctx)
	for _, u := range units {
		out = append(out, Receiver{u.ID, u.Name})
	}
	for _, a := range people {
		if !a.Disabled && door.CaseRoom().Lets(a) {
			out = append(out, Receiver{a.Person.ID, a.Person.Name})
		}
	}
	return out, err
}

// Do does something with a report.
func (p *Pages) Do(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	form := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	version, _ := strconv.Atoi(form("version")) // what is no number is another version than any
	do := query.ReportDo{
		Account: frame.Must(r), ID: r.PathValue("id"), Version: version, Action: form("action"), Note: form("note"), Post: postID(form("post")),
		Tell: r.PostForm["tell"], Texts: map[string]string{},
	}
	for name, values := range r.PostForm {
		if place, ok := strings.CutPrefix(name, "text."); ok {
			do.Texts[place] = strings.TrimSpace(strings.ReplaceAll(values[0], "\r\n", "\n"))
		}
	}
	_, err := p.o.Reports.Do(r.Context(), do)
	switch {
	case err == nil:
		return frame.Done(w, r, "/reports/"+do.ID+"?done=report_"+do.Action)
	case frame.Ours(err), huiying.ErrorCode(err) == huiying.NotFound && do.Action != query.ReportAdd:
		return err
	}
	return p.show(w, r, err)
}

// postID is the id of a post that is named by it or by the address of its page.
func postID(text string) string {
	if i := strings.Index(text, "/posts/"); i >= 0 {
		text, _, _ = strings.Cut(text[i+len("/posts/"):], "?")
		if plain, err := url.PathUnescape(text); err == nil {
			return plain
		}
	}
	return text
}

// Print is the page that prints, the same as the file.
func (p *Pages) Print(w http.ResponseWriter, r *http.Request) error {
	f, err := p.o.Reports.File(r.Context(), frame.Must(r), r.PathValue("id"), "print")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", f.Policy+"; frame-ancestors 'none'")
	return give(w, f)
}

// File gives the file out.
func (p *Pages) File(w http.ResponseWriter, r *http.Request) error {
	f, err := p.o.Reports.File(r.Context(), frame.Must(r), r.PathValue("id"), r.PostFormValue("format"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", api.ExportedAs(f.Name))
	return give(w, f)
}

func give(w http.ResponseWriter, f query.ReportFile) error {
	w.Header().Set("Content-Type", f.Type)
	w.Header().Set("Content-Length", strconv.Itoa(len(f.Body)))
	_, err := w.Write(f.Body)
	return err
}

// FigureView is what is behind a number.
type FigureView struct {
	query.ReportFigure
	Report  string
	In      []Member
	Rest    []Member
	InOf    int // how many there are
	RestOf  int
	Shown   int
	IsAll   bool
	AllHref string
}

// Member is a case, a post, an alert or a source, with the page that shows it.
type Member struct{ ID, Href string }

// shown is how many members a page lists unless all are asked for.
const shown = 200

// Figure shows what is behind a number.
func (p *Pages) Figure(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	f, err := p.o.Reports.Figure(r.Context(), frame.Must(r), id, r.PathValue("figure"))
	if err != nil {
		return err
	}
	all := r.URL.Query().Get("all") != ""
	v := FigureView{ReportFigure: f, Report: id, InOf: len(f.In), RestOf: len(f.Rest), Shown: shown, IsAll: all, AllHref: "/reports/" + id + "/figures/" + url.PathEscape(f.ID) + "?all=1"}
	v.In, v.Rest = members(f.In, all), members(f.Rest, all)
	page := p.Base(r, "web.report.figure")
	page.Main = v
	return p.Answer(w, r, "report_figure", page)
}

func members(list []string, all bool) (out []Member) {
	if !all {
		list = list[:min(len(list), shown)]
	}
	for _, id := range list {
		m := Member{ID: id}
		switch {
		case strings.HasPrefix(id, "HY"):
			m.Href = "/cases/" + id
		case strings.Contains(id, ":"):
			m.Href = "/posts/" + id
		}
		out = append(out, m)
	}
	return out
}

// SchedulesView is the page of schedules.
type SchedulesView struct {
	Rows      []query.ReportSchedule
	Kinds     []string
	Receivers []Receiver
	May       bool
	Manager   bool
	New       query.ReportSchedule // the form as it stands
}

// Schedules shows the schedules.
func (p *Pages) Schedules(w http.ResponseWriter, r *http.Request) error {
	return p.schedules(w, r, query.ReportSchedule{Kind: query.ReportDaily, Cron: "0 9 * * *", Active: true, Workdays: true}, nil)
}

func (p *Pages) schedules(w http.ResponseWriter, r *http.Request, form query.ReportSchedule, problem error) error {
	a := frame.Must(r)
	list, err := p.o.Reports.Schedules(r.Context())
	if err != nil {
		return err
	}
	v := SchedulesView{
		Rows: list, Kinds: query.ReportKinds()[:3], May: door.Triagers().Lets(a), Manager: a.Actor().Has(huiying.RoleManager), New: form,
	}
	if v.Receivers, err = p.receivers(r.Context()); err != nil {
		return err
	}
	page := p.Base(r, "web.report.schedules")
	page.Main, page.Problem = v, problem
	return p.Answer(w, r, "report_schedules", page)
}

// Schedule keeps a schedule, turns one on or off, or removes it.
func (p *Pages) Schedule(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	a := frame.Must(r)
	form := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	s := query.ReportSchedule{
		Kind: form("kind"), Cron: form("cron"), Workdays: form("workdays") != "", Recipients: r.PostForm["recipient"],
		Unreviewed: form("unreviewed") != "", Active: true,
	}
	err := p.change(r.Context(), a, form("action"), form("id"), s)
	switch {
	case err == nil:
		return frame.Done(w, r, "/reports/schedules?done=saved")
	case frame.Ours(err):
		return err
	}
	return p.schedules(w, r, s, err)
}

func (p *Pages) change(ctx context.Context, a query.Account, action, id string, s query.ReportSchedule) error {
	switch action {
	case "drop":
		return p.o.Reports.Drop(ctx, a, id)
	case "on", "off":
		list, err := p.o.Reports.Schedules(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(s query.ReportSchedule) bool { return s.ID == id })
		if i < 0 {
			return huiying.Errorf(huiying.NotFound, "report.no_schedule", id)
		}
		list[i].Active = action == "on"
		_, err = p.o.Reports.Put(ctx, a, list[i])
		return err
	}
	_, err := p.o.Reports.Put(ctx, a, s)
	return err
}
