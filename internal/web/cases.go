package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/caseview"
	"huiying/internal/web/filter"
	"huiying/internal/web/frame"
)

// CasesView is the list of cases with its filter.
type CasesView struct {
	Filter filter.Cases
	List   query.CaseList
	States []huiying.CaseState
	Saved  []SavedView
	Next   string
	Gaps   query.Gapped // of the last day
	Pick   bool         // several are chosen to be handled together
	Facets []Facet
	Bar    SavedBar
	// Columns are the cases by state; nil = a table is shown.
	Columns []Column
	Other   string // address of the other way of showing them
}

// Column is the cases of one stage of the work.
type Column struct {
	Name   string // catalogue key web.column. + Name
	States []huiying.CaseState
	Rows   []huiying.Case
	Total  int    // also of those that are not shown
	Href   string // of the list, where the column is one state
}

// columns are the stages in the order of the work; what is in none of them, such
// as what was dismissed or transferred, is last, and only where there is any.
func columns() []Column {
	return []Column{
		{Name: "triage", States: []huiying.CaseState{huiying.StatePendingTriage, huiying.StateWatching}},
		{Name: "assigned", States: []huiying.CaseState{huiying.StateAwaitingAck}},
		{Name: "handling", States: []huiying.CaseState{huiying.StateHandling, huiying.StateSuspended}},
		{Name: "review", States: []huiying.CaseState{huiying.StateInReview, huiying.StateApproved}},
		{Name: "responded", States: []huiying.CaseState{huiying.StateResponded}},
		{Name: "follow_up", States: []huiying.CaseState{huiying.StateFollowUp}},
		{Name: "closed", States: []huiying.CaseState{huiying.StateClosed, huiying.StateArchived}},
		{Name: "other", States: []huiying.CaseState{huiying.StateMerged, huiying.StateDismissed, huiying.StateTransferred}},
	}
}

// inColumns puts a list into columns, with the counts of the whole.
func inColumns(f filter.Cases, list query.CaseList) []Column {
	out := columns()
	for i := range out {
		c := &out[i]
		for _, row := range list.Rows {
			if slices.Contains(c.States, row.State) {
				c.Rows = append(c.Rows, row)
			}
		}
		for _, n := range list.Counts[query.ByState] {
			if slices.Contains(c.States, huiying.CaseState(n.Value)) && (f.State == "" || f.State == n.Value) {
				c.Total += n.N
			}
		}
		c.Total = max(c.Total, len(c.Rows))
		if len(c.States) == 1 {
			to := f
			to.As, to.State = "", string(c.States[0])
			c.Href = "/cases?" + to.Query("")
		}
	}
	if last := len(out) - 1; out[last].Total == 0 {
		out = out[:last]
	}
	return out
}

func (s *Server) cases(w http.ResponseWriter, r *http.Request) error {
	if to, err := s.defaultView(r, "cases"); err != nil || to != "" {
		return redirect(w, r, to, err)
	}
	f, before := filter.ReadCases(r.URL.Query())
	a := frame.Must(r)
	list, err := s.o.Views.Cases(r.Context(), f.Ask(a, before, s.o.Now(), s.o.Zone))
	problem := soft(err)
	if err != nil && problem == nil {
		return err
	}
	v := CasesView{Filter: f, List: list, States: huiying.CaseStates(), Pick: r.URL.Query().Has("pick"), Facets: caseFacets(f, list)}
	if v.Bar, err = s.savedBar(r, "cases", f.Query("")); err != nil {
		return err
	}
	if v.Gaps, err = s.o.Views.Gaps(r.Context(), query.CoverageFilter{From: s.o.Now().Add(-24 * time.Hour)}); err != nil {
		return err
	}
	for _, name := range filter.CaseViews() {
		if name == "unit" && a.Person.Unit == "" {
			continue
		}
		other := f
		other.View, other.State = name, ""
		v.Saved = append(v.Saved, SavedView{Name: name, Href: "/cases?" + other.Query(""), Active: name == f.View})
	}
	other := f
	other.As = filter.AsColumns
	if f.As == filter.AsColumns && !v.Pick {
		other.As, v.Columns = "", inColumns(f, list)
	}
	v.Other = "/cases?" + other.Query("")
	if list.Next != "" {
		v.Next = "/cases?" + f.Query(list.Next)
	}
	p := s.Base(r, "web.nav.cases")
	p.Main, p.Problem = v, problem
	return s.Answer(w, r, "cases", p)
}

// caseFacets are what cases are filtered by, with the counts.
func caseFacets(f filter.Cases, list query.CaseList) []Facet {
	var out []Facet
	for _, name := range []string{query.ByLevel, query.ByState, query.ByUnit} {
		facet := Facet{Name: name, Main: true}
		facet.fill(list.Counts[name], f.Chosen(name), func(value string) string { return "/cases?" + f.Toggle(name, value).Query("") })
		out = append(out, facet)
	}
	return out
}

// SavedView is one of the lists people work with, as a link.
type SavedView struct {
	Name   string
	Href   string
	Active bool
}

// CaseView is one case with everything that happened to it and everything
// that may be done.
type CaseView struct {
	query.CasePage
	Choices  []caseview.Choice
	Timeline []caseview.Moment
	Drafts   []caseview.Draft
	Approved string // the words that may be published, as far as they are kept

	Files     []caseview.File
	MayAttach bool
	Templates []query.ReplyTemplate

	Publishing query.Publishing // through official interfaces
}

func (s *Server) casePage(w http.ResponseWriter, r *http.Request) error {
	return s.showCase(w, r, nil)
}

func (s *Server) showCase(w http.ResponseWriter, r *http.Request, problem error) error {
	a := frame.Must(r)
	page, err := s.o.Views.Case(r.Context(), a.Scope(), r.PathValue("no"))
	if err != nil {
		return err
	}
	offered := s.o.Cases.Choices(page.Case, a.Actor())
	v := CaseView{
		CasePage: page, Choices: caseview.Choices(page.Case, offered), Timeline: caseview.Timeline(page, s.Names), Drafts: caseview.Drafts(page),
		Approved: page.Texts[page.Case.Approved.Digest], Files: caseview.Files(page), MayAttach: caseview.MayAttach(offered),
	}
	lists, err := s.lists(r)
	if err != nil {
		return err
	}
	for i := range v.Choices {
		v.Choices[i].Fill(page.Case, lists)
	}
	if v.Templates, err = s.o.Drafting.Offer(r.Context(), page); err != nil {
		return err
	}
	if v.Publishing, err = s.o.Publishing.Publishing(r.Context(), page); err != nil {
		return err
	}
	caseview.Begin(v.Choices, v.Templates, r.URL.Query().Get("template"))
	caseview.KeepTyped(v.Choices, r)
	p := s.Base(r, "web.case.title")
	p.Main, p.Problem = v, problem
	return s.Answer(w, r, "case", p)
}

// lists is what the selects of a case's forms choose from.
func (s *Server) lists(r *http.Request) (l caseview.Lists, err error) {
	l = caseview.Lists{Unit: s.Names.Unit, Now: s.o.Now().In(s.o.Zone)}
	if l.Units, err = s.o.Units(r.Context()); err == nil {
		l.People, err = s.colleagues(r.Context())
	}
	return l, err
}

// act takes one step of the case.
func (s *Server) act(w http.ResponseWriter, r *http.Request) error {
	a := frame.Must(r)
	no := r.PathValue("no")
	// What another unit's case looks like is not told through its refusals.
	if _, err := s.o.Views.Seen(r.Context(), a.Scope(), no); err != nil {
		return err
	}
	cmd, err := caseview.Step(r, no, a.Actor())
	if err == nil {
		_, err = s.o.Cases.Do(r.Context(), cmd)
	}
	switch {
	case err == nil:
		return frame.Done(w, r, afterStep(r, no, cmd.Action))
	case frame.Ours(err):
		return err
	}
	return s.showCase(w, r, err)
}

// afterStep is where to go when a step is done: back to the list it was taken
// from, if that says so.
func afterStep(r *http.Request, no, action string) string {
	q := url.Values{"done": {action}}.Encode()
	if back := ownPath(r.PostFormValue("back")); back == "/alerts" {
		return back + "?" + q
	}
	return "/cases/" + no + "?" + q
}

// colleagues are the people who may own a case, by unit.
func (s *Server) colleagues(ctx context.Context) ([]huiying.Person, error) {
	accounts, err := s.o.Accounts.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	var people []huiying.Person
	for _, a := range accounts {
		if !a.Disabled && a.Actor().Has(huiying.RoleResponder) {
			people = append(people, a.Person)
		}
	}
	return people, nil
}
