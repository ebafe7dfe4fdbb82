package supervision

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
)

// View is the page.
type View struct {
	Filter         Filter
	Periods        []string
	All            bool // sees every unit
	Titled         bool // sees the titles of cases
	Shown          bool // there is a period to show
	From, Last     time.Time
	Data           query.Supervision
	Lists          []List
	Praised, Named []query.Mention
	Measures       []query.ScoreMeasure
	May            May
	Typed          Typed
	Edit           []Row // of the formula, with empty ones to fill in
	Bounds         [2]string
	Draws          int // version that the form begins with, where it is an old one
}

// May is what whoever looks may do.
type May struct{ Mention, Score bool }

// Typed is what was typed in a form that was refused.
type Typed struct {
	Kind, Unit, CaseNo, Reason string
	Rows                       []Row
	Bounds                     [2]string
	Note                       string
}

// Row is one term of the formula in its form.
type Row struct{ Measure, Direction, Target, Weight, Cap string }

// List is one list of cases.
type List struct {
	Name   string
	Data   query.SupervisionList
	Href   string // of the whole
	Titled bool
}

// Choice is a link that chooses something.
type Choice struct {
	Name, Href string
	Active     bool
}

// CasesView is the page of one list.
type CasesView struct {
	Filter     Filter
	List       List
	Part       string
	Parts      []Choice
	From, Last time.Time
	Back, Next string
}

// empties is how many rows the form has to add terms.
const empties = 3

// edit fills the form of the formula: what was typed, an earlier version that
// the address names, or what is in force.
func (v *View) edit(version string) {
	from := v.Data.Scoring
	for _, s := range v.Data.Versions {
		if strconv.Itoa(s.Version) == version && s.Version != v.Data.Scoring.Version {
			from, v.Draws = s, s.Version
		}
	}
	v.Edit, v.Bounds = v.Typed.Rows, v.Typed.Bounds
	if v.Edit == nil {
		for _, t := range from.Terms {
			v.Edit = append(v.Edit, Row{t.Measure, t.Direction, Num(t.Target), Num(t.Weight), Num(t.Cap)})
		}
		v.Bounds = [2]string{Num(from.PraiseAt), Num(from.NameBelow)}
	}
	for range empties {
		v.Edit = append(v.Edit, Row{})
	}
}

// typedFormula reads the form; huiying.Invalid for what is no number.
func typedFormula(r *http.Request) (t Typed, c query.ScoringChange, err error) {
	if err := r.ParseForm(); err != nil {
		return t, c, huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	column := func(name string, i int) string {
		if list := r.PostForm[name]; i < len(list) {
			return strings.TrimSpace(list[i])
		}
		return ""
	}
	number := func(text string) (v float64) {
		v, bad := strconv.ParseFloat(text, 64)
		if bad != nil && err == nil {
			err = huiying.Errorf(huiying.Invalid, "supervision.no_number", text)
		}
		return v
	}
	for i, measure := range r.PostForm["measure"] {
		if measure == "" {
			continue
		}
		row := Row{measure, column("direction", i), column("target", i), column("weight", i), column("cap", i)}
		t.Rows = append(t.Rows, row)
		c.Terms = append(c.Terms, query.ScoreTerm{Measure: row.Measure, Direction: row.Direction, Target: number(row.Target), Weight: number(row.Weight), Cap: number(row.Cap)})
	}
	t.Bounds, t.Note = [2]string{column("praise_at", 0), column("name_below", 0)}, column("note", 0)
	c.PraiseAt, c.NameBelow, c.Note = number(t.Bounds[0]), number(t.Bounds[1]), t.Note
	seen, bad := strconv.Atoi(column("version", 0))
	if bad != nil && err == nil {
		err = huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	c.Seen = seen
	return t, c, err
}

// Num is a number as people write it.
func Num(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// Num is Num for the page.
func (View) Num(v float64) string { return Num(v) }

// Two is a number with both its decimals.
func (View) Two(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

// Value is what was measured for a term, as the formula takes it.
func (v View) Value(t query.ScoredTerm) string {
	switch {
	case !t.Counted:
		return "—"
	case t.Outcome.Lasts:
		return v.Two(t.Value) + " h"
	}
	return v.Two(t.Value) + "%"
}

// Target is what a term aims at.
func (v View) Target(t query.ScoreTerm) string {
	if slices.Contains(v.Measures, query.ScoreMeasure{ID: t.Measure, Lasts: true}) {
		return Num(t.Target) + " h"
	}
	return Num(t.Target) + "%"
}

// Sum is how the points come about, for whoever recomputes them.
func (v View) Sum(t query.ScoredTerm) string {
	value, target := v.Two(t.Value), Num(t.Target)
	switch {
	case !t.Counted:
		return "—"
	case t.Direction == query.ScoreMore:
		return Num(t.Weight) + " × " + value + " ÷ " + target
	case t.Value == 0:
		return Num(t.Cap)
	}
	return Num(t.Weight) + " × " + target + " ÷ " + value
}

// In and Of lead to the numerator and to all of a figure of a unit.
func (v View) In(unit, figure string) string { return v.Filter.Of(unit).list(figure, query.PartIn, 1) }

// Of leads to all cases of a figure of a unit, or to a list of the page.
func (v View) Of(unit, figure string) string { return v.Filter.Of(unit).list(figure, query.PartAll, 1) }

// Percent is a rate with one decimal, cut.
func (View) Percent(o query.Outcome) string {
	if o.Of == 0 {
		return "—"
	}
	return strconv.FormatFloat(float64(o.N*1000/o.Of)/10, 'f', -1, 64) + "%"
}

// Card leads to the page of one unit.
func (v View) Card(unit string) string { return "/supervision?" + v.Filter.Of(unit).Query() }

// Proposed lists the units that the figures propose for a kind of mention.
func (v View) Proposed(kind string) (out []query.UnitScore) {
	for _, u := range v.Data.Units {
		if u.Proposed(v.Data.Scoring) == kind {
			out = append(out, u)
		}
	}
	return out
}
