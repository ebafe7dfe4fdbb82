package web

import (
	"context"
	"net/http"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/chart"
	"huiying/internal/web/door"
	"huiying/internal/web/frame"
	"huiying/internal/web/gathering"
	"huiying/internal/web/live"
	"huiying/internal/web/pulse"
	"huiying/internal/web/screen"
	"huiying/internal/web/start"
)

// OverviewView is the first page. Lists a person may not open are empty.
type OverviewView struct {
	Figures  query.Overview
	Stale    bool // the newest data is old
	Chart    chart.Levels
	Pressing []huiying.Case
	Posts    []query.PostRow
	Sources  []gathering.SourceLine
	Gaps     query.Gapped // of the 24 hours that are drawn
	Watcher  bool         // may see posts
	Triager  bool         // may open the inbox
	CaseRoom bool
	Machines bool // may see sources

	Pulse pulse.View // what posts are about, for a watcher
	Lead  start.Lead // while nothing is there
}

// Parts of the overview that are asked for alone while the page is open.
const (
	partFigures  = "part-figures"
	partChart    = "part-chart"
	partStream   = "part-stream"
	partPressing = "part-pressing"
	partSources  = "part-sources"
	partPulse    = "part-pulse"
)

// staleAfter is how old the newest post may be before the page says so.
const staleAfterMinutes = 30

func (s *Server) overview(w http.ResponseWriter, r *http.Request) error {
	if screen.Redirect(w, r) {
		return nil
	}
	a := frame.Must(r)
	p := s.Base(r, "web.nav.overview")
	v := OverviewView{Watcher: door.Watchers().Lets(a), Triager: door.Triagers().Lets(a), CaseRoom: door.CaseRoom().Lets(a), Machines: door.Machines().Lets(a)}
	for _, load := range []struct {
		part string
		may  bool
		do   func(context.Context, query.Account, *OverviewView) error
	}{
		{partFigures, true, s.loadFigures}, {partChart, true, s.loadFigures},
		{partPressing, v.CaseRoom, s.loadPressing}, {partStream, v.Watcher, s.loadStream}, {partSources, v.Machines, s.loadSources},
		{partPulse, v.Watcher, s.loadPulse},
	} {
		wanted := r.Header.Get("HX-Request") != "true" || r.Header.Get("HX-Target") == load.part
		if load.part == partChart && r.Header.Get("HX-Request") != "true" {
			wanted = false // the figures have loaded it
		}
		if !wanted || !load.may {
			continue
		}
		if err := load.do(r.Context(), a, &v); err != nil {
			return err
		}
	}
	if r.Header.Get("HX-Request") != "true" && v.Figures.DataAt.IsZero() {
		var err error
		if v.Lead, err = s.start.Lead(r.Context(), a); err != nil {
			return err
		}
	}
	p.Main = v
	return s.Show(w, r, http.StatusOK, "overview", p)
}

func (s *Server) loadFigures(ctx context.Context, a query.Account, v *OverviewView) error {
	var err error
	if v.Figures, err = s.o.Views.Overview(ctx, a.Scope()); err != nil {
		return err
	}
	v.Stale = !v.Figures.DataAt.IsZero() && s.o.Now().Sub(v.Figures.DataAt).Minutes() > staleAfterMinutes
	v.Chart = chart.ByLevel(v.Figures.Hours, s.o.Zone)
	if len(v.Figures.Hours) > 0 {
		v.Gaps, err = s.o.Views.Gaps(ctx, query.CoverageFilter{From: v.Figures.Hours[0].From})
		v.Chart.Mark(v.Figures.Hours, v.Gaps)
	}
	return err
}

func (s *Server) loadPressing(ctx context.Context, a query.Account, v *OverviewView) error {
	list, err := s.o.Views.Cases(ctx, query.CaseFilter{Scope: a.Scope(), ByDue: true, Limit: 8})
	v.Pressing = list.Rows
	return err
}

func (s *Server) loadStream(ctx context.Context, a query.Account, v *OverviewView) error {
	found, err := s.o.Views.Find(ctx, query.PostSearch{Scope: a.Scope(), Tagged: true, Limit: 12})
	v.Posts = found.Rows
	return err
}

func (s *Server) loadSources(ctx context.Context, _ query.Account, v *OverviewView) error {
	var err error
	v.Sources, err = s.gathering.Lines(ctx)
	return err
}

func (s *Server) loadPulse(ctx context.Context, a query.Account, v *OverviewView) error {
	var err error
	v.Pulse, err = s.pulse.Load(ctx, a.Scope())
	if huiying.ErrorCode(err) == huiying.Unavailable {
		return nil // the index is being made: the rest of the page needs none
	}
	return err
}

// live answers the stream of one browser. The login is looked at again with
// every heartbeat, so that one that was ended stops hearing.
func (s *Server) live(w http.ResponseWriter, r *http.Request) error {
	token := door.Token(r.Context())
	err := s.hub.Serve(w, r, func(ctx context.Context) bool {
		_, err := s.o.Accounts.Session(ctx, token)
		return err == nil
	})
	if err != nil {
		return huiying.Errorf(huiying.Unavailable, "web.error.no_live")
	}
	return nil
}

// LiveSubjects are the bus subjects the live stream follows.
func LiveSubjects() []string { return live.Subjects() }
