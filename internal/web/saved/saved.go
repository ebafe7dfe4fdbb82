// Package saved is the page of the views a person keeps (方案): names, with
// whom they are shared, which a page opens with, and what the person is told of.
// It decides nothing: what may be done to a view is the desk's business.
package saved

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/filter"
	"huiying/internal/web/frame"
)

// Options is what the page works with; all are required.
type Options struct {
	Frame *frame.Frame
	Saved api.SavedViews
}

// Pages answers the page.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the page.
func New(o Options) *Pages { return &Pages{o.Frame, o} }

// View is the page.
type View struct {
	Rows   []Row
	Shares []Share
	Every  []int // minutes
	Hours  []string
}

// Row is a view as it is listed.
type Row struct {
	query.SavedView
	Mine bool
}

// Share is somebody a view may be shared with.
type Share struct{ Value, Role, Unit string }

// Shares are those the account may share with, itself alone first.
func Shares(a query.Account) []Share {
	out := []Share{{}}
	for _, role := range []huiying.Role{huiying.RoleOfficer, huiying.RoleResponder, huiying.RoleReviewer, huiying.RoleManager} {
		out = append(out, Share{Value: "role:" + string(role), Role: string(role)})
	}
	if unit := a.Person.Unit; unit != "" {
		out = append(out, Share{Value: "unit:" + unit, Unit: unit})
	}
	return out
}

// Bar is the views of one page as that page shows them.
type Bar struct {
	Page   string
	Query  string // what would be saved
	Views  []query.SavedView
	Shares []Share
}

// Bar reads the views of a page; state is its filter as it stands.
func (p *Pages) Bar(r *http.Request, page, state string) (Bar, error) {
	a := frame.Must(r)
	list, err := p.o.Saved.Views(r.Context(), a)
	if huiying.ErrorCode(err) == huiying.Unavailable {
		return Bar{}, nil // none are kept here
	}
	list = slices.DeleteFunc(list, func(v query.SavedView) bool { return v.Page != page })
	return Bar{Page: page, Query: state, Views: list, Shares: Shares(a)}, err
}

// Default is where a page that was opened without a filter leads to, "" to
// nowhere else.
func (p *Pages) Default(r *http.Request, page string) (string, error) {
	if r.URL.RawQuery != "" || r.Header.Get("HX-Request") != "" {
		return "", nil
	}
	bar, err := p.Bar(r, page, "")
	for _, v := range bar.Views {
		if v.Default && v.Query != "" {
			return v.Href(), nil
		}
	}
	return "", err
}

// List shows the views a person may use.
func (p *Pages) List(w http.ResponseWriter, r *http.Request) error { return p.show(w, r, nil) }

func (p *Pages) show(w http.ResponseWriter, r *http.Request, problem error) error {
	a := frame.Must(r)
	list, err := p.o.Saved.Views(r.Context(), a)
	if err != nil {
		return err
	}
	v := View{Shares: Shares(a), Every: []int{15, 30, 60, 240, 1440}, Hours: []string{query.HoursOffice, query.HoursAlways}}
	for _, one := range list {
		v.Rows = append(v.Rows, Row{SavedView: one, Mine: one.Owner == a.Person.ID})
	}
	page := p.Base(r, "web.views.title")
	page.Main, page.Problem = v, problem
	return p.Answer(w, r, "views", page)
}

// Open leads to the list that a view is, as messages link to it.
func (p *Pages) Open(w http.ResponseWriter, r *http.Request) error {
	list, err := p.o.Saved.Views(r.Context(), frame.Must(r))
	if err != nil {
		return err
	}
	for _, v := range list {
		if v.ID == r.PathValue("id") {
			return frame.Done(w, r, v.Href())
		}
	}
	return huiying.Errorf(huiying.NotFound, "saved.none")
}

// Change saves a view, or changes one.
func (p *Pages) Change(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	a := frame.Must(r)
	form := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	back := "/views?done=saved"
	var err error
	if form("action") == "save" {
		v := query.SavedView{Page: form("page"), Name: form("name"), Query: Canonical(form("page"), form("query")), Shared: form("shared")}
		_, err = p.o.Saved.Save(r.Context(), a, v)
		back = v.Href() + "&done=saved"
	} else {
		every, _ := strconv.Atoi(form("every")) // what is no number is refused as an interval
		err = p.o.Saved.Change(r.Context(), a, query.ViewChange{
			View: form("view"), Action: form("action"), Name: form("name"), Shared: form("shared"), Every: every, Hours: form("hours"),
		})
	}
	switch {
	case err == nil:
		return frame.Done(w, r, back)
	case frame.Ours(err):
		return err
	}
	return p.show(w, r, err)
}

// Canonical keeps of an address what its page knows.
func Canonical(page, raw string) string {
	q, err := url.ParseQuery(raw)
	if err != nil {
		return ""
	}
	if page == query.PageCases {
		f, _ := filter.ReadCases(q)
		return f.Query("")
	}
	f, _ := filter.ReadPosts(q)
	f.Page = 0
	return f.Query(0)
}
