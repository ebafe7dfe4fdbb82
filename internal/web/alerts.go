package web

import (
	"net/http"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/door"
	"huiying/internal/web/filter"
	"huiying/internal/web/frame"
)

// AlertsView is the list of alerts.
type AlertsView struct {
	Show   string // open, mine, all
	Levels []string
	Period string // of the first page, "" = all
	Shows  []SavedView
	List   query.AlertList
	Gaps   query.Gapped // of the last day
	Next   string
	Query  string // the filter as it stands in the address
	Mine   bool   // may acknowledge
	Unit   string
	Phone  string // of the office on duty
}

func (s *Server) alerts(w http.ResponseWriter, r *http.Request) error {
	a, q := frame.Must(r), r.URL.Query()
	f := filter.ReadAlerts(q)
	v := AlertsView{Show: f.Show, Levels: f.Levels, Period: f.Period, Query: f.Query(""), Mine: a.Actor().Has(huiying.RoleResponder), Unit: a.Person.Unit, Phone: s.o.DutyPhone}
	ask := f.Ask(a, s.o.Now(), s.o.Zone)
	ask.Reader = a.Person.ID
	ask.Before, ask.After = api.ReadPlace(q.Get("before"))
	var err error
	if v.List, err = s.o.Views.Alerts(r.Context(), ask); err != nil {
		return err
	}
	if v.Gaps, err = s.o.Views.Gaps(r.Context(), query.CoverageFilter{From: s.o.Now().Add(-24 * time.Hour)}); err != nil {
		return err
	}
	for _, show := range filter.AlertShows() {
		v.Shows = append(v.Shows, SavedView{Name: show, Href: "/alerts?" + filter.Alerts{Show: show, Levels: f.Levels, Period: f.Period}.Query(""), Active: show == f.Show})
	}
	if !v.List.Next.IsZero() {
		v.Next = "/alerts?" + f.Query(api.Place(v.List.Next, v.List.NextID))
	}
	p := s.Base(r, "web.nav.alerts")
	p.Main = v
	return s.Show(w, r, http.StatusOK, "alerts", p)
}

// CardView is the page behind the link in an alert.
type CardView struct {
	Card  huiying.Card
	Post  string // where the form goes
	Known bool   // the reader is signed in and may open the case
	Done  string // what was just done
	Phone string // of the office on duty
}

func (s *Server) cardPage(w http.ResponseWriter, r *http.Request) error {
	return s.showCard(w, r, "", nil)
}

// card does what its reader asks; only a POST does.
func (s *Server) card(w http.ResponseWriter, r *http.Request) error {
	action := r.PostFormValue("action")
	_, err := s.o.Links.Act(r.Context(), r.PathValue("token"), action, r.PostFormValue("to"))
	if err != nil && frame.Ours(err) {
		return err
	}
	return s.showCard(w, r, action, err)
}

func (s *Server) showCard(w http.ResponseWriter, r *http.Request, did string, problem error) error {
	card, err := s.o.Links.Card(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	p := s.Base(r, "web.card.title")
	v := CardView{Card: card, Post: r.URL.Path, Phone: s.o.DutyPhone}
	if p.Account != nil && card.Case.No != "" {
		v.Known = door.CaseRoom().Lets(*p.Account) && p.Account.Scope().SeesCase(card.Case)
	}
	p.Problem = problem
	if problem == nil {
		v.Done = did
	}
	p.Main = v
	return s.Answer(w, r, "card", p)
}
