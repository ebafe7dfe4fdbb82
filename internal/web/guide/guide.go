// Package guide is the help page: shortcuts, what words and figures mean, how
// far the data has come, and how to ask for help. What it says comes from where
// it is decided: the table of shortcuts that the bundle holds, the formulas'
// own sentences, the glossary, the metrics. It changes nothing.
package guide

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/assets"
	"huiying/internal/web/door"
	"huiying/internal/web/frame"
)

// Desk knows the service.
type Desk interface {
	Flow(ctx context.Context) ([]query.Stage, error)
	Figures() []string
	Metrics(ctx context.Context) ([]query.Metric, error)
	Terms() []query.Term
}

// Options is what the pages work with; all are required.
type Options struct {
	Frame     *frame.Frame
	Catalogue *locale.Catalogue
	Desk      Desk
	Accounts  func(ctx context.Context) ([]query.Account, error)
}

// Pages answers the page.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the page.
func New(o Options) *Pages { return &Pages{o.Frame, o} }

// Key is one shortcut as the page shows it.
type Key struct {
	Keys []string
	Then string // the second key
	Says string // catalogue key
}

// View is the page.
type View struct {
	Keys      []Key
	Words     []string // catalogue keys "web.term." + …
	Figures   []string // catalogue keys "measure." + … and "measure.formula." + …
	Groups    []Group  // of the other numbers on pages
	Metrics   []query.Metric
	Terms     []query.Term
	Flow      []query.Stage
	Elsewhere error // why nothing is known of the flow here
	Helpers   []huiying.Person
	CaseRoom  bool // may open the lists behind the figures
	All       bool // sees every unit's matters
	IsAdmin   bool
}

// Opens reports whether the list behind a figure is the person's to see: what
// was set aside as a false alarm is no unit's.
func (v View) Opens(figure string) bool {
	return v.CaseRoom && (v.All || figure != query.FigureNoise)
}

// words are those of the trade that the page explains in both languages.
func words() []string {
	return []string{"post", "alert", "case", "level", "triage", "clock", "breach", "secrecy", "first_response", "on_time", "overdue_open", "coverage", "record", "mask"}
}

// Page shows it.
func (p *Pages) Page(w http.ResponseWriter, r *http.Request) error {
	a := frame.Must(r)
	page := p.Base(r, "web.nav.help")
	v := View{
		Words: words(), Groups: p.explained(),
		Figures: p.o.Desk.Figures(), Terms: p.o.Desk.Terms(), CaseRoom: door.CaseRoom().Lets(a), IsAdmin: door.Admins().Lets(a), All: a.Scope().All,
	}
	table, err := assets.Shortcuts()
	if err != nil {
		return err
	}
	v.Keys = shown(table, page.Nav)
	if v.Metrics, err = p.o.Desk.Metrics(r.Context()); err != nil && huiying.ErrorCode(err) != huiying.Unavailable {
		return err
	}
	if v.Flow, err = p.o.Desk.Flow(r.Context()); err != nil && huiying.ErrorCode(err) != huiying.Unavailable {
		return err
	}
	v.Elsewhere = err
	accounts, err := p.o.Accounts(r.Context())
	if err != nil {
		return err
	}
	for _, one := range accounts {
		if !one.Disabled && slices.Contains(one.Person.Roles, huiying.RoleAdmin) {
			v.Helpers = append(v.Helpers, one.Person)
		}
	}
	page.Main = v
	return p.Show(w, r, http.StatusOK, "help", page)
}

// Group is the numbers of a page, each with the name that it has there.
type Group struct {
	Key     string   // catalogue key "web.help.group." + Key
	Names   string   // of the catalogue keys of the names: this and one of Figures
	Says    string   // of those of the explanations
	Figures []string // in the order of the alphabet
}

// groups are the pages whose numbers are explained beside the response figures.
func groups() []Group {
	return []Group{
		{Key: "overview", Names: "web.kpi.", Says: "web.help.kpi."},
		{Key: "event", Names: "web.help.name.", Says: "web.help.event."},
		{Key: "source", Names: "web.source.", Says: "web.help.source."},
		{Key: "patrol", Names: "web.patrol.", Says: "web.help.patrol."},
		{Key: "admin", Names: "web.admin.figure.", Says: "web.help.admin."},
	}
}

// explained fills the groups with what the catalogue explains.
func (p *Pages) explained() []Group {
	out := groups()
	for key := range p.o.Catalogue.Entries() {
		for i, g := range out {
			if name, ok := strings.CutPrefix(key, g.Says); ok && p.o.Catalogue.Has(g.Names+name) {
				out[i].Figures = append(g.Figures, name)
			}
		}
	}
	for _, g := range out {
		slices.Sort(g.Figures)
	}
	return out
}

// shown are the shortcuts with what they do; those that lead to a page the
// person may not open are left out, since they lead nowhere.
func shown(table []assets.Shortcut, nav []frame.NavItem) []Key {
	var out []Key
	for _, row := range table {
		if row.Do != "go" {
			out = append(out, Key{Keys: row.Keys, Says: "web.keys." + row.ID})
			continue
		}
		for _, item := range nav {
			for then, path := range row.To {
				if path == item.Href {
					out = append(out, Key{Keys: row.Keys, Then: then, Says: "web.nav." + item.Key})
				}
			}
		}
	}
	return out
}

var _ Desk = Nowhere{}

// Nowhere stands where the service knows nothing of itself.
type Nowhere struct{}

func none() error { return huiying.Errorf(huiying.Unavailable, "web.help.nowhere") }

// Flow implements Desk.
func (Nowhere) Flow(context.Context) ([]query.Stage, error) { return nil, none() }

// Figures implements Desk.
func (Nowhere) Figures() []string { return nil }

// Metrics implements Desk.
func (Nowhere) Metrics(context.Context) ([]query.Metric, error) { return nil, none() }

// Terms implements Desk.
func (Nowhere) Terms() []query.Term { return nil }
