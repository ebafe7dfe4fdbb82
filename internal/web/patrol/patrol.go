// Package patrol is the pages of the portal inspection: how each site stands,
// what was found and what became of it, and the orders about one finding. It
// judges nothing, and what the configuration says it shows read-only.
package patrol

import (
	"context"
	"net/http"
	"net/url"
	"slices"
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
	Frame  *frame.Frame
	Patrol api.Patrol
	Open   func(ctx context.Context, o query.Opening) (huiying.Case, error) // of a case
	Zone   *time.Location
	Now    func() time.Time
}

// Pages answers the pages.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the pages.
func New(o Options) *Pages { return &Pages{o.Frame, o} }

// ListView is the sites and the findings.
type ListView struct {
	Sites    []query.PatrolSite
	Site     *query.PatrolSite // the one that is looked at
	Findings query.PatrolFindings
	Filter   Filter
	Checks   []Chip
	States   []Chip
	Filtered bool
	DataAt   time.Time
	Stale    bool
}

// Chip leads to a filtered list.
type Chip struct {
	Name, Href string
	N          int
	Active     bool
}

// Filter is what is looked at, as the address says it.
type Filter struct{ Site, Check, Column, State string }

func readFilter(q url.Values) Filter {
	f := Filter{Site: q.Get("site"), Check: q.Get("check"), Column: q.Get("column"), State: q.Get("state")}
	if !slices.Contains(states(), f.State) {
		f.State = query.FindingOpen
	}
	return f
}

func states() []string {
	return []string{query.FindingOpen, query.FindingExcepted, query.FindingOver}
}

// Href is the address of the filter.
func (f Filter) Href() string {
	q := url.Values{}
	for _, p := range []struct{ key, value string }{{"site", f.Site}, {"check", f.Check}, {"column", f.Column}, {"state", f.State}} {
		if p.value != "" && (p.key != "state" || p.value != query.FindingOpen) {
			q.Set(p.key, p.value)
		}
	}
	if len(q) == 0 {
		return "/patrol"
	}
	return "/patrol?" + q.Encode()
}

// With is the filter with another value.
func (f Filter) With(key, value string) Filter {
	switch key {
	case "site":
		f.Site, f.Column = value, ""
	case "check":
		f.Check = value
	case "column":
		f.Column = value
	case "state":
		f.State = value
	}
	return f
}

// List shows the sites and the findings.
func (p *Pages) List(w http.ResponseWriter, r *http.Request) error {
	v := ListView{Filter: readFilter(r.URL.Query())}
	var err error
	if v.Sites, err = p.o.Patrol.Sites(r.Context()); err != nil {
		return err
	}
	f := v.Filter
	if f.Site == "" && len(v.Sites) > 0 {
		f.Site = v.Sites[0].Source
	}
	if i := slices.IndexFunc(v.Sites, func(s query.PatrolSite) bool { return s.Source == f.Site }); i >= 0 {
		v.Site = &v.Sites[i]
		v.DataAt = v.Site.Visited
		v.Stale = !v.DataAt.IsZero() && p.o.Now().Sub(v.DataAt) > time.Hour
	} else if len(v.Sites) > 0 {
		return huiying.Errorf(huiying.NotFound, "crawler.no_source", f.Site)
	}
	v.Findings, err = p.o.Patrol.Findings(r.Context(), query.PatrolFilter{Source: f.Site, Check: f.Check, Column: f.Column, State: f.State})
	if err != nil {
		return err
	}
	v.Filtered = v.Filter.Check != "" || v.Filter.Column != ""
	v.chips()
	base := p.Base(r, "web.nav.patrol")
	base.Main = v
	return p.Show(w, r, http.StatusOK, "patrol", base)
}

// chips are the filters beside the list. Counts are those of what is open.
func (v *ListView) chips() {
	for _, state := range states() {
		v.States = append(v.States, Chip{Name: state, Href: v.Filter.With("state", state).Href(), Active: v.Filter.State == state})
	}
	if v.Site == nil {
		return
	}
	v.Checks = append(v.Checks, Chip{Name: "all", Href: v.Filter.With("check", "").Href(), N: v.Site.Total, Active: v.Filter.Check == ""})
	for _, check := range checks() {
		if n := v.Site.Open[check]; n > 0 || v.Filter.Check == check {
			v.Checks = append(v.Checks, Chip{Name: check, Href: v.Filter.With("check", check).Href(), N: n, Active: v.Filter.Check == check})
		}
	}
}

// checks in the order of the page.
func checks() []string {
	return []string{
		"site-down", "site-unreachable", "home-stale", "columns-stale", "columns-overdue", "columns-blank", "column-stale", "column-overdue", "column-blank",
		"link-dead", "wording", "letter-unanswered", "certificate", "certificate-name", "certificate-chain", "channel-missing",
	}
}

// ColumnHref leads to the findings of a column.
func (v ListView) ColumnHref(address string) string { return v.Filter.With("column", address).Href() }

// ClearHref leads to the list without its filters.
func (v ListView) ClearHref() string {
	return Filter{Site: v.Filter.Site, State: v.Filter.State}.Href()
}

// SiteHref leads to another site.
func (v ListView) SiteHref(source string) string { return v.Filter.With("site", source).Href() }

// FindingView is one finding.
type FindingView struct {
	query.PatrolPage
	Opens bool // may open a case
	Cases bool // may see one
	Posts bool // may see posts
	Least string
	Most  string
	Until string // typed
	Why   string
}

// Finding shows one finding.
func (p *Pages) Finding(w http.ResponseWriter, r *http.Request) error {
	return p.finding(w, r, nil)
}

func (p *Pages) finding(w http.ResponseWriter, r *http.Request, problem error) error {
	page, err := p.o.Patrol.Finding(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	a := frame.Must(r)
	today := p.o.Now().In(p.o.Zone)
	v := FindingView{
		PatrolPage: page, Opens: door.Triagers().Lets(a), Cases: door.CaseRoom().Lets(a), Posts: door.Watchers().Lets(a),
		Least: today.Format(time.DateOnly), Most: today.AddDate(1, 0, 0).Format(time.DateOnly),
		Until: r.PostFormValue("until"), Why: strings.TrimSpace(r.PostFormValue("reason")),
	}
	if v.Until == "" {
		v.Until = today.AddDate(0, 0, 30).Format(time.DateOnly)
	}
	base := p.Base(r, "web.patrol.finding")
	base.Main, base.Problem = v, problem
	return p.Answer(w, r, "finding", base)
}

// Order does what somebody orders about a finding.
func (p *Pages) Order(w http.ResponseWriter, r *http.Request) error {
	post, who := r.PathValue("id"), frame.Must(r)
	do := r.PostFormValue("do")
	var err error
	switch do {
	case "rescan":
		err = p.o.Patrol.Rescan(r.Context(), post, who.Actor())
	case "except":
		err = p.except(r, post, who)
	case "unexcept":
		err = p.o.Patrol.EndException(r.Context(), post, who.Actor())
	case "open":
		return p.open(w, r, post)
	default:
		err = huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	return p.answer(w, r, "/patrol/"+post+"?done=patrol_"+do, err)
}

func (p *Pages) answer(w http.ResponseWriter, r *http.Request, to string, err error) error {
	switch {
	case err == nil:
		return frame.Done(w, r, to)
	case frame.Ours(err), huiying.ErrorCode(err) == huiying.NotFound:
		return err
	}
	return p.finding(w, r, err)
}

// except reads the day until which a finding is excepted: its end counts.
func (p *Pages) except(r *http.Request, post string, who query.Account) error {
	day, err := time.ParseInLocation(time.DateOnly, r.PostFormValue("until"), p.o.Zone)
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "patrol.until")
	}
	return p.o.Patrol.Except(r.Context(), query.NewException{Post: post, Until: day.AddDate(0, 0, 1), Reason: r.PostFormValue("reason"), Actor: who.Actor()})
}

// open opens a case of the finding, for those who may open cases.
func (p *Pages) open(w http.ResponseWriter, r *http.Request, post string) error {
	if err := door.Triagers().Check(r.Context()); err != nil {
		return err
	}
	page, err := p.o.Patrol.Finding(r.Context(), post)
	if err != nil {
		return err
	}
	if page.CaseNo != "" {
		return p.finding(w, r, huiying.Errorf(huiying.Conflict, "access.has_case", page.CaseNo))
	}
	c, err := p.o.Open(r.Context(), query.Opening{Post: post, Actor: frame.Must(r).Actor(), Level: page.Finding.Level, Note: strings.TrimSpace(r.PostFormValue("note"))})
	return p.answer(w, r, "/cases/"+c.No+"?done=patrol_open", err)
}
