// Package screen is the big screen of a hall or a duty room: figures in large
// type, cases by time left, the trend, the newest alerts and the state of the
// sources, for whoever stands before it. It shows no author, no text of a post
// and no person, titles only masked, and has nothing to press.
package screen

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/chart"
	"huiying/internal/web/door"
	"huiying/internal/web/frame"
	"huiying/internal/web/gathering"
)

// Views reads figures, cases and alerts.
type Views interface {
	Overview(ctx context.Context, s query.Scope) (query.Overview, error)
	Cases(ctx context.Context, f query.CaseFilter) (query.CaseList, error)
	Alerts(ctx context.Context, f query.AlertFilter) (query.AlertList, error)
	Gaps(ctx context.Context, f query.CoverageFilter) (query.Gapped, error)
}

// Options is what the screen works with; all are required.
type Options struct {
	Frame *frame.Frame
	Views Views
	Lines func(ctx context.Context) ([]gathering.SourceLine, error)
	Mask  func(text string) string // hides personal data
	Zone  *time.Location
	Now   func() time.Time
}

// Pages answers the screen.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the screen.
func New(o Options) *Pages { return &Pages{o.Frame, o} }

// View is the screen.
type View struct {
	Figures query.Overview
	Stale   bool // the newest data is old
	Chart   chart.Levels
	Levels  []LevelCount
	Open    int // cases
	Cases   []CaseLine
	Alerts  []AlertLine
	Long    bool // more alerts than the box holds
	Sources []gathering.SourceLine
	Ill     []gathering.SourceLine // of them, those that are not well
	Offset  int                    // of the office's clock, in minutes
}

// LevelCount is how many cases of a level are open.
type LevelCount struct {
	Level huiying.Level
	N     int
}

// CaseLine is a case as the screen shows it.
type CaseLine struct {
	Case  huiying.Case // for its clocks
	Title string       // masked
}

// AlertLine is an alert as the screen shows it.
type AlertLine struct {
	Level    huiying.Level
	Title    string // masked
	Platform string
	At       time.Time
	Acked    bool
}

// What a screen holds.
const (
	mostCases  = 8
	mostAlerts = 24
	boxAlerts  = 8 // that the box shows at once
	staleAfter = 30 * time.Minute
	mostIll    = 4
)

// Parts that are asked for alone while the screen is up.
const (
	partFigures = "part-wall-figures"
	partChart   = "part-wall-chart"
	partCases   = "part-wall-cases"
	partAlerts  = "part-wall-alerts"
	partSources = "part-wall-sources"
)

// Show shows the screen, or a part of it.
func (p *Pages) Show(w http.ResponseWriter, r *http.Request) error {
	v := View{}
	_, offset := p.o.Now().In(p.o.Zone).Zone()
	v.Offset = offset / 60
	part := ""
	if r.Header.Get("HX-Request") == "true" {
		part = r.Header.Get("HX-Target")
	}
	var wanted []func(context.Context) error
	for _, load := range []struct {
		parts []string
		do    func(context.Context, *View) error
	}{
		{[]string{partFigures, partChart}, p.figures}, {[]string{partFigures, partCases}, p.cases}, {[]string{partAlerts}, p.alerts}, {[]string{partSources}, p.sources},
	} {
		if part == "" || slices.Contains(load.parts, part) {
			wanted = append(wanted, func(ctx context.Context) error { return load.do(ctx, &v) })
		}
	}
	if err := frame.Together(r.Context(), wanted...); err != nil { // each fills fields of its own
		return err
	}
	base := p.Base(r, "web.nav.screen")
	base.Main = v
	return p.Frame.Show(w, r, http.StatusOK, "screen", base)
}

// everything is what the screen may see: whoever passes its door sees every
// unit's matters, and a wall sees no more than their number.
func everything() query.Scope { return query.Scope{All: true} }

func (p *Pages) figures(ctx context.Context, v *View) error {
	var err error
	if v.Figures, err = p.o.Views.Overview(ctx, everything()); err != nil {
		return err
	}
	v.Stale = !v.Figures.DataAt.IsZero() && p.o.Now().Sub(v.Figures.DataAt) > staleAfter
	v.Chart = chart.ByLevel(v.Figures.Hours, p.o.Zone)
	if len(v.Figures.Hours) > 0 {
		gaps, err := p.o.Views.Gaps(ctx, query.CoverageFilter{From: v.Figures.Hours[0].From})
		if err != nil {
			return err
		}
		v.Chart.Mark(v.Figures.Hours, gaps)
	}
	return nil
}

func (p *Pages) cases(ctx context.Context, v *View) error {
	list, err := p.o.Views.Cases(ctx, query.CaseFilter{Scope: everything(), Open: true, ByDue: true, Count: true, Limit: mostCases})
	if err != nil {
		return err
	}
	v.Open = list.Total
	for _, c := range list.Rows {
		v.Cases = append(v.Cases, CaseLine{Case: c, Title: p.o.Mask(c.Title)})
	}
	counted := map[string]int{}
	for _, c := range list.Counts[query.ByLevel] {
		counted[c.Value] = c.N
	}
	for _, level := range huiying.Levels() {
		if level.Alerts() {
			v.Levels = append(v.Levels, LevelCount{level, counted[string(level)]})
		}
	}
	return nil
}

func (p *Pages) alerts(ctx context.Context, v *View) error {
	list, err := p.o.Views.Alerts(ctx, query.AlertFilter{Scope: everything(), Limit: mostAlerts})
	if err != nil {
		return err
	}
	for _, a := range list.Rows {
		v.Alerts = append(v.Alerts, AlertLine{Level: a.Alert.Level, Title: p.o.Mask(a.Alert.RuleName), Platform: a.Alert.Platform, At: a.Alert.RaisedAt, Acked: !a.AckedAt.IsZero()})
	}
	v.Long = len(v.Alerts) > boxAlerts
	return nil
}

func (p *Pages) sources(ctx context.Context, v *View) error {
	var err error
	if v.Sources, err = p.o.Lines(ctx); err != nil {
		return err
	}
	for _, l := range v.Sources {
		if ill(l) {
			v.Ill = append(v.Ill, l)
		}
	}
	return nil
}

func ill(l gathering.SourceLine) bool {
	switch l.State {
	case huiying.SourceOK, huiying.SourceEmpty, huiying.SourceNew, huiying.SourcePaused:
		return l.Overdue
	}
	return true
}

// Well is how many sources are well.
func (v View) Well() int { return len(v.Sources) - len(v.Ill) }

// Named are the sources that are not well, as many as the box holds.
func (v View) Named() []gathering.SourceLine { return v.Ill[:min(len(v.Ill), mostIll)] }

// Rest is how many more there are.
func (v View) Rest() int { return max(0, len(v.Ill)-mostIll) }

// OffsetText is the offset for the clock of the page.
func (v View) OffsetText() string { return strconv.Itoa(v.Offset) }

// Redirect leads a wall, which may open nothing else, to the screen.
func Redirect(w http.ResponseWriter, r *http.Request) (led bool) {
	if a, ok := door.Account(r.Context()); !ok || !a.OnlyDisplays() {
		return false
	}
	http.Redirect(w, r, "/screen", http.StatusSeeOther)
	return true
}
