package api

import (
	"context"
	"net/http"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
)

// Patrol is the desk of the portal inspection.
type Patrol interface {
	PatrolViews
	PatrolOrders
}

// PatrolViews reads what the inspection found.
type PatrolViews interface {
	Sites(ctx context.Context) ([]query.PatrolSite, error)
	Findings(ctx context.Context, f query.PatrolFilter) (query.PatrolFindings, error)
	// Finding gives one; huiying.NotFound when there is none.
	Finding(ctx context.Context, post string) (query.PatrolPage, error)
}

// PatrolOrders is what people order about a finding; huiying.Conflict where it
// is not in the state for it.
type PatrolOrders interface {
	Rescan(ctx context.Context, post string, who huiying.Actor) error
	Except(ctx context.Context, n query.NewException) error
	EndException(ctx context.Context, post string, who huiying.Actor) error
}

// patrolOperations are the rows of the inspection.
func patrolOperations() []operation {
	return []operation{
		op(http.MethodGet, "/patrol", "list-patrol", door.Machines(), (*service).sites),
		op(http.MethodGet, "/patrol/findings", "list-findings", door.Machines(), (*service).findings),
		op(http.MethodGet, "/patrol/finding", "get-finding", door.Machines(), (*service).finding),
	}
}

type sitesOut struct {
	Body struct {
		Sites []patrolSite `json:"sites"`
	}
}

// patrolSite is a site with the availability that its probes come to.
type patrolSite struct {
	query.PatrolSite
	Available int    `json:"available_per_mille" doc:"Share of open probes of the week in thousandths; -1 = none yet"`
	Said      string `json:"problem,omitempty"`
}

func (s *service) sites(ctx context.Context, _ *none) (*sitesOut, error) {
	list, err := s.o.Patrol.Sites(ctx)
	out := &sitesOut{}
	out.Body.Sites = []patrolSite{}
	for _, site := range list {
		site.Visited, site.LettersAt, site.Round.Ended = s.in(site.Visited), s.in(site.LettersAt), s.in(site.Round.Ended)
		site.Cert.At, site.Cert.NotAfter = s.in(site.Cert.At), s.in(site.Cert.NotAfter)
		for i := range site.Columns {
			site.Columns[i].Newest = s.in(site.Columns[i].Newest)
		}
		one := patrolSite{PatrolSite: site, Available: site.Probes.Available()}
		if site.Problem != nil {
			one.Said = s.o.Catalogue.Sentence(langOf(ctx), site.Problem)
		}
		out.Body.Sites = append(out.Body.Sites, one)
	}
	return out, err
}

type findingsIn struct {
	Source string `query:"source"`
	Check  string `query:"check"`
	Column string `query:"column" doc:"Beginning of an address"`
	State  string `query:"state" enum:"open,excepted,over" default:"open"`
}

type findingsOut struct{ Body query.PatrolFindings }

func (s *service) findings(ctx context.Context, in *findingsIn) (*findingsOut, error) {
	l, err := s.o.Patrol.Findings(ctx, query.PatrolFilter{Source: in.Source, Check: in.Check, Column: in.Column, State: in.State})
	for i := range l.Rows {
		s.findingTimes(&l.Rows[i])
	}
	return &findingsOut{l}, err
}

func (s *service) findingTimes(f *query.PatrolFinding) {
	f.Began, f.At, f.LookedAt, f.Asked = s.in(f.Began), s.in(f.At), s.in(f.LookedAt), s.in(f.Asked)
	if f.Exception != nil {
		e := *f.Exception
		e.Until, e.At = s.in(e.Until), s.in(e.At)
		f.Exception = &e
	}
}

type findingIn struct {
	Post string `query:"post" required:"true" doc:"Id of the finding's post"`
}

type findingOut struct{ Body query.PatrolPage }

func (s *service) finding(ctx context.Context, in *findingIn) (*findingOut, error) {
	p, err := s.o.Patrol.Finding(ctx, in.Post)
	s.findingTimes(&p.PatrolFinding)
	p.History = append([]query.PatrolStep{}, p.History...)
	for i := range p.History {
		p.History[i].At = s.in(p.History[i].At)
	}
	return &findingOut{p}, err
}
