// Package disclosure is the page of the register of the yearly report on the
// openness of government information (信息公开登记): the numbers of a year, who
// says so, and the forms by which people enter and correct them with a reason.
// It computes nothing, and keeps what was typed where it is refused.
package disclosure

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/door"
	"huiying/internal/web/frame"
)

// Register keeps the numbers.
type Register interface {
	Page(ctx context.Context, year int, english bool) (query.DisclosurePage, error)
	Enter(ctx context.Context, e query.DisclosureEntry) error
}

// Nowhere stands where none is kept.
type Nowhere struct{}

// Page implements Register.
func (Nowhere) Page(context.Context, int, bool) (query.DisclosurePage, error) {
	return query.DisclosurePage{}, huiying.Errorf(huiying.Unavailable, "measure.nowhere")
}

// Enter implements Register.
func (Nowhere) Enter(context.Context, query.DisclosureEntry) error {
	return huiying.Errorf(huiying.Unavailable, "measure.nowhere")
}

// Pages answers the page.
type Pages struct {
	*frame.Frame
	register Register
}

// New makes the page; both are required.
func New(f *frame.Frame, r Register) *Pages { return &Pages{f, r} }

// View is the page.
type View struct {
	query.DisclosurePage
	May    bool                 // whoever looks may enter
	Edit   *query.DisclosureRow // the number that is being entered
	Column *query.DisclosureColumn
	Typed  map[string]string // what was typed, where it was refused
	Note   string
	Reason string
}

// Value is what stands in the field of a row.
func (v View) Value(r query.DisclosureRow) string {
	if typed, ok := v.Typed[r.Key]; ok {
		return typed
	}
	if r.Source == query.FactCounted {
		return "" // left empty it goes on being counted
	}
	return r.Text
}

// Even reports that a column comes out even.
func (View) Even(c query.DisclosureColumn) bool { return c.Left == c.Right }

// Show shows a year.
func (p *Pages) Show(w http.ResponseWriter, r *http.Request) error { return p.show(w, r, View{}, nil) }

func (p *Pages) show(w http.ResponseWriter, r *http.Request, v View, problem error) error {
	q := r.URL.Query()
	year, err := strconv.Atoi(q.Get("year"))
	if err != nil {
		year = 0 // the newest
	}
	page := p.Base(r, "web.nav.disclosure")
	if v.DisclosurePage, err = p.register.Page(r.Context(), year, page.Lang == locale.English); err != nil {
		return err
	}
	v.May = door.Triagers().Lets(frame.Must(r))
	v.choose(q.Get("edit"), q.Get("column"))
	page.Main, page.Problem = v, problem
	return p.Answer(w, r, "disclosure", page)
}

// choose finds the number or column that is being entered.
func (v *View) choose(edit, column string) {
	if !v.May {
		return
	}
	for i := range v.Groups {
		if n := slices.IndexFunc(v.Groups[i].Rows, func(r query.DisclosureRow) bool { return r.Key == edit }); n >= 0 {
			v.Edit = &v.Groups[i].Rows[n]
		}
	}
	if n := slices.IndexFunc(v.Columns, func(c query.DisclosureColumn) bool { return c.ID == column && column != "" }); n >= 0 {
		v.Column = &v.Columns[n]
	}
}

// Enter enters or corrects what a form says.
func (p *Pages) Enter(w http.ResponseWriter, r *http.Request) error {
	year, err := strconv.Atoi(r.URL.Query().Get("year"))
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "annual.year", r.URL.Query().Get("year"))
	}
	read, err := strconv.ParseInt(r.PostFormValue("read"), 10, 64)
	if err != nil {
		return huiying.Errorf(huiying.Conflict, "annual.changed")
	}
	v := View{Typed: map[string]string{}, Note: r.PostFormValue("note"), Reason: r.PostFormValue("reason")}
	e := query.DisclosureEntry{Year: year, Read: read, Note: v.Note, Reason: v.Reason, Actor: frame.Must(r).Actor()}
	keys, values := r.PostForm["key"], r.PostForm["value"]
	for i := range min(len(keys), len(values)) {
		v.Typed[keys[i]] = values[i]
		e.Values = append(e.Values, query.DisclosureValue{Key: keys[i], Text: values[i]})
	}
	err = p.register.Enter(r.Context(), e)
	switch {
	case err == nil:
		return frame.Done(w, r, "/disclosure?year="+strconv.Itoa(year)+"&done=disclosure")
	case frame.Ours(err):
		return err
	}
	return p.show(w, r, v, err)
}
