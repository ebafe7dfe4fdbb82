// Package administration is the landing page of the administrator: what there
// is, each number with the page that makes it, what the configuration says with
// its line in the file, and the units. It shows no secret, and changes nothing
// but that it has the record checked.
package administration

import (
	"context"
	"net/http"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/frame"
)

// Desk knows what there is.
type Desk interface {
	Standing(ctx context.Context) (query.Admin, error)
	Units(ctx context.Context) (query.UnitList, error)
	// Check has the record checked; huiying.Conflict while it is.
	Check(ctx context.Context, by huiying.Actor) error
}

// Options is what the pages work with; all are required.
type Options struct {
	Frame *frame.Frame
	Desk  Desk
	Start func(ctx context.Context) (query.Start, error) // how far the set-up is
	Doors func() int                                     // rows of the table of permissions
}

// Pages answers the pages.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the pages.
func New(o Options) *Pages { return &Pages{o.Frame, o} }

// View is the landing page.
type View struct {
	query.Admin
	Left int // steps of the set-up that are not done
}

// Page shows it.
func (p *Pages) Page(w http.ResponseWriter, r *http.Request) error { return p.show(w, r, nil) }

func (p *Pages) show(w http.ResponseWriter, r *http.Request, problem error) error {
	var v View
	var err error
	if v.Admin, err = p.o.Desk.Standing(r.Context()); err != nil {
		return err
	}
	v.Figures = append(v.Figures, query.AdminFigure{Key: "permissions", N: p.o.Doors(), Href: "/admin/permissions"})
	start, err := p.o.Start(r.Context())
	if err != nil && huiying.ErrorCode(err) != huiying.Unavailable {
		return err
	}
	for _, s := range start.Steps {
		if s.State != query.StepDone {
			v.Left++
		}
	}
	page := p.Base(r, "web.admin.title")
	page.Main, page.Problem = v, problem
	return p.Answer(w, r, "admin", page)
}

// Check has the record checked.
func (p *Pages) Check(w http.ResponseWriter, r *http.Request) error {
	err := p.o.Desk.Check(r.Context(), frame.Must(r).Actor())
	switch {
	case err == nil:
		return frame.Done(w, r, "/admin?done=admin_check#record")
	case frame.Ours(err):
		return err
	}
	return p.show(w, r, err)
}

// Units lists the units.
func (p *Pages) Units(w http.ResponseWriter, r *http.Request) error {
	list, err := p.o.Desk.Units(r.Context())
	if err != nil {
		return err
	}
	page := p.Base(r, "web.units.title")
	page.Main = list
	return p.Show(w, r, http.StatusOK, "units", page)
}

var _ Desk = Nowhere{}

// Nowhere stands where nothing is administered.
type Nowhere struct{}

func none() error { return huiying.Errorf(huiying.Unavailable, "admin.nowhere") }

// Standing implements Desk.
func (Nowhere) Standing(context.Context) (query.Admin, error) { return query.Admin{}, none() }

// Units implements Desk.
func (Nowhere) Units(context.Context) (query.UnitList, error) { return query.UnitList{}, none() }

// Check implements Desk.
func (Nowhere) Check(context.Context, huiying.Actor) error { return none() }
