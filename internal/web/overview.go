package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/chart"
	"huiying/internal/web/door"
	"huiying/internal/web/filter"
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
	Period   string // one of query.OverviewPeriods
	Periods  []SavedView
	Self     string        // the address of the page, with its period
	Volume   Versus        // posts of the period
	Now      query.Figures // of the period
	Before   query.Figures // of the one before it
	Unit     string        // whose answers are counted, "" = all
	Stale    bool          // the newest data is old
	Chart    chart.Levels
	Pressing []huiying.Case
	Posts    []query.PostRow
	Sources  []gathering.SourceLine
	Gaps     query.Gapped // of what is drawn
	Watcher  bool         // may see posts
	Triager  bool         // may open the inbox
	CaseRoom bool
	Machines bool // may see sources

	Pulse pulse.View // what posts are about, for a watcher
	Lead  start.Lead // while nothing is there
}

// Versus is a number beside that of the period before.
type Versus struct {
	Now, Before int
	More        bool // at least so many
	Missing     bool // they cannot be counted now
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
	v := OverviewView{Period: overviewPeriod(r), Self: "/", Watcher: door.Watchers().Lets(a), Triager: door.Triagers().Lets(a), CaseRoom: door.CaseRoom().Lets(a), Machines: door.Machines().Lets(a)}
	v.periods()
	if err := s.load(r, a, &v); err != nil {
		return err
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

// load reads what is asked for: all of the page, or one part of it. Parts are
// read at the same time, each into fields of its own.
func (s *Server) load(r *http.Request, a query.Account, v *OverviewView) error {
	var wanted []func(context.Context) error
	for _, load := range []struct {
		part string
		may  bool
		do   func(context.Context, query.Account, *OverviewView) error
	}{
		{partFigures, true, s.loadFigures}, {partFigures, true, s.loadPeriod}, {partChart, true, s.loadChart},
		{partPressing, v.CaseRoom, s.loadPressing}, {partStream, v.Watcher, s.loadStream}, {partSources, v.Machines, s.loadSources},
		{partPulse, v.Watcher, s.loadPulse},
	} {
		if load.may && (r.Header.Get("HX-Request") != "true" || r.Header.Get("HX-Target") == load.part) {
			wanted = append(wanted, func(ctx context.Context) error { return load.do(ctx, a, v) })
		}
	}
	return frame.Together(r.Context(), wanted...)
}

func (s *Server) loadFigures(ctx context.Context, a query.Account, v *OverviewView) error {
	var err error
	if v.Figures, err = s.o.Views.Overview(ctx, a.Scope()); err != nil {
		return err
	}
	now := s.o.Now()
	if v.Volume = (Versus{Now: v.Figures.PostsToday, Before: v.Figures.PostsBefore}); v.Period != query.Today {
		from, _ := filter.Before(v.Period, now, s.o.Zone)
		v.Volume, err = s.counted(ctx, filter.Since(v.Period, now, s.o.Zone), from)
	}
	v.Stale = !v.Figures.DataAt.IsZero() && now.Sub(v.Figures.DataAt).Minutes() > staleAfterMinutes
	return err
}

// loadPeriod reads the figures of the period and of the one before it.
func (s *Server) loadPeriod(ctx context.Context, a query.Account, v *OverviewView) (err error) {
	if !a.Scope().All {
		v.Unit = a.Scope().Unit
	}
	now := s.o.Now()
	from, to := filter.Before(v.Period, now, s.o.Zone)
	if v.Before, err = s.o.Views.Figures(ctx, a.Scope(), from, to); err != nil {
		return err
	}
	v.Now, err = s.o.Views.Figures(ctx, a.Scope(), filter.Since(v.Period, now, s.o.Zone), time.Time{})
	return err
}

// counted counts the posts of a period that is longer than today as its list
// does, and those of the one before.
func (s *Server) counted(ctx context.Context, since, before time.Time) (v Versus, err error) {
	everything := query.Scope{All: true}
	now, err := s.o.Views.Find(ctx, query.PostSearch{Scope: everything, From: since, Limit: 1})
	if err == nil {
		var then query.PostsFound
		then, err = s.o.Views.Find(ctx, query.PostSearch{Scope: everything, From: before, To: since, Limit: 1})
		v = Versus{Now: now.Total, Before: then.Total, More: now.PostList.More}
	}
	if huiying.ErrorCode(err) == huiying.Unavailable {
		return Versus{Missing: true}, nil // the index is being made
	}
	return v, err
}

func (s *Server) loadChart(ctx context.Context, _ query.Account, v *OverviewView) error {
	spread, err := s.o.Volume(ctx, v.Period)
	if err != nil || len(spread.Spans) == 0 {
		return err
	}
	v.Gaps, err = s.o.Views.Gaps(ctx, query.CoverageFilter{From: spread.Spans[0].From})
	v.Chart = chart.Over(spread, v.Gaps, s.o.Zone)
	return err
}

// overviewPeriod is the period that the address names, else the first.
func overviewPeriod(r *http.Request) string {
	periods := query.OverviewPeriods()
	if name := r.URL.Query().Get("period"); slices.Contains(periods, name) {
		return name
	}
	return periods[0]
}

// periods are the switch between periods; the first stands for no address of its
// own.
func (v *OverviewView) periods() {
	for i, name := range query.OverviewPeriods() {
		one := SavedView{Name: name, Href: "/?period=" + name, Active: name == v.Period}
		if i == 0 {
			one.Href = "/"
		}
		if one.Active {
			v.Self = one.Href
		}
		v.Periods = append(v.Periods, one)
	}
}

func (s *Server) loadPressing(ctx context.Context, a query.Account, v *OverviewView) error {
	list, err := s.o.Views.Cases(ctx, query.CaseFilter{Scope: a.Scope(), ByDue: true, Limit: 8})
	v.Pressing = list.Rows
	return err
}

func (s *Server) loadStream(ctx context.Context, a query.Account, v *OverviewView) error {
	found, err := s.o.Views.Find(ctx, query.PostSearch{Scope: a.Scope(), Tagged: true, Limit: 12, Uncounted: true})
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
