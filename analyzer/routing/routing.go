// Package routing suggests the units that may be responsible for a post: from a
// model over departments, and from the office's own units, keywords and service
// items. It suggests two at most, with a probability; it assigns nothing, and
// what it does not know of a unit it does not make up.
package routing

import (
	"cmp"
	"embed"
	"slices"

	"huiying"
	"huiying/analyzer/catalogue"
	"huiying/analyzer/linear"
)

//go:embed weights/*.model
var weights embed.FS

// Name is the model's name and, with ".model", its file's.
const Name = "routing"

// Unit is a unit of the office. Classes are the classes of the model that it is
// responsible for: departments of the default model, ids of units in a model
// that was trained on the office's own cases.
type Unit struct {
	ID      string
	Name    string
	Classes []string
}

// Router suggests units. It never changes and is safe for concurrent use.
type Router struct {
	model *linear.Model
	units []Unit
	heirs [][]int // by class of the model: the units responsible for it
	index *catalogue.Index
}

// Options are what a Router is made of.
type Options struct {
	Folder string // of models of the office's own; "" = that inside the binary
	Units  []Unit
	Index  *catalogue.Index // units and service items; nil = none
}

// New makes a Router.
func New(o Options) (*Router, error) {
	m, err := linear.Open(o.Folder, Name, weights)
	if err != nil {
		return nil, err //nolint:wrapcheck // a sentence already
	}
	r := &Router{model: m, units: o.Units, heirs: make([][]int, len(m.Classes)), index: o.Index}
	for u, unit := range o.Units {
		for c, class := range m.Classes {
			if class == unit.ID || slices.Contains(unit.Classes, class) {
				r.heirs[c] = append(r.heirs[c], u)
			}
		}
	}
	return r, nil
}

// Model is the model over departments.
func (r *Router) Model() *linear.Model { return r.model }

// Suggestion is what a Router says of a post.
type Suggestion struct {
	Items  []string        // codes of the service items it is about
	Routes []huiying.Route // the likeliest first, two at most
}

// Desk is the working memory for one post at a time.
type Desk struct {
	router    *Router
	explainer linear.Explainer
	odds      [8]float64
	scores    []score
}

// score is how likely a unit is, and what the models and the catalogue said.
type score struct {
	unit int
	p    float64
	why  []huiying.Why
}

// NewDesk gives a Desk.
func NewDesk(r *Router) *Desk { return &Desk{router: r} }

const (
	most = 2 // units that are suggested
	// likely is the probability below which nobody is suggested, least that below
	// which a second is not worth naming.
	likely, least = 0.4, 0.05
	// reasons is how many words are shown.
	reasons = 3
)

// Suggest says who may be responsible. Where the office has named no unit for
// any class of the model, the classes themselves are suggested, without an id.
func (d *Desk) Suggest(t linear.Text) Suggestion {
	var out Suggestion
	d.scores = d.scores[:0]
	if d.router.index != nil {
		found := d.router.index.Find(catalogue.Document{Texts: t.Fields, Tokens: t.Words})
		for _, it := range found.Items {
			out.Items = append(out.Items, it.Code)
		}
		for _, u := range found.Units {
			if i := d.unit(u.ID); i >= 0 {
				d.add(i, u.Score, u.Why)
			}
		}
	}
	if len(t.Features.Hashes) == 0 {
		out.Routes = d.routes(nil)
		return out
	}
	a := d.router.model.Judge(t.Features, d.odds[:0])
	named := false
	for c, p := range a.Probabilities {
		heirs := d.router.heirs[c]
		for _, u := range heirs {
			named = true
			d.add(u, p/float64(len(heirs)), nil)
		}
	}
	if !named && len(d.scores) == 0 {
		out.Routes = d.departments(t, a)
		return out
	}
	out.Routes = d.routes(&asked{t, a})
	return out
}

// asked is what the model was asked and answered.
type asked struct {
	text   linear.Text
	answer linear.Answer
}

func (d *Desk) unit(id string) int {
	return slices.IndexFunc(d.router.units, func(u Unit) bool { return u.ID == id })
}

// add joins what independent signs say: a unit is missed only where all of them
// are wrong.
func (d *Desk) add(unit int, p float64, why []huiying.Why) {
	for i := range d.scores {
		if s := &d.scores[i]; s.unit == unit {
			s.p = 1 - (1-s.p)*(1-p)
			s.why = append(s.why, why...)
			return
		}
	}
	d.scores = append(d.scores, score{unit, p, why})
}

// routes are the likeliest units, the first with its reasons.
func (d *Desk) routes(m *asked) []huiying.Route {
	slices.SortStableFunc(d.scores, func(a, b score) int { return cmp.Compare(b.p, a.p) })
	var out []huiying.Route
	for _, s := range d.scores[:min(len(d.scores), most)] {
		if s.p < least || len(out) == 0 && s.p < likely {
			break
		}
		u := d.router.units[s.unit]
		if len(s.why) == 0 && m != nil && len(out) == 0 {
			s.why = d.why(m, d.classOf(s.unit, m.answer))
		}
		out = append(out, huiying.Route{Unit: u.ID, Name: u.Name, Score: linear.Rounded(s.p), Why: s.why[:min(len(s.why), reasons)]})
	}
	return out
}

// classOf is the likeliest class that a unit is responsible for, or -1.
func (d *Desk) classOf(unit int, a linear.Answer) int {
	best := -1
	for c, heirs := range d.router.heirs {
		if slices.Contains(heirs, unit) && (best < 0 || a.Probabilities[c] > a.Probabilities[best]) {
			best = c
		}
	}
	return best
}

func (d *Desk) why(m *asked, class int) []huiying.Why {
	if class < 0 {
		return nil
	}
	return m.text.Reasons([]huiying.Why{}, d.explainer.Explain(d.router.model, m.text.Features, class, reasons, m.text.Words[:]))
}

// departments are the likeliest classes themselves.
func (d *Desk) departments(t linear.Text, a linear.Answer) []huiying.Route {
	var out []huiying.Route
	for range most {
		best := -1
		for c, p := range a.Probabilities {
			taken := slices.ContainsFunc(out, func(r huiying.Route) bool { return r.Name == d.router.model.Classes[c] })
			if !taken && p >= least && (len(out) > 0 || p >= likely) && (best < 0 || p > a.Probabilities[best]) {
				best = c
			}
		}
		if best < 0 {
			return out
		}
		out = append(out, huiying.Route{Name: d.router.model.Classes[best], Score: linear.Rounded(a.Probabilities[best])})
		if len(out) == 1 {
			out[0].Why = d.why(&asked{t, a}, best)
		}
	}
	return out
}
