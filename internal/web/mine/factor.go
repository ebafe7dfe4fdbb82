package mine

import (
	"context"
	"net/http"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/frame"
)

// FactorView is the page of the second factor: none, one that is being set up,
// or one that counts.
type FactorView struct {
	Factor   query.Factor
	Due      bool             // the role requires one
	Enrol    *query.Enrolment // being set up
	Picture  Picture          // of Enrol
	Recovery []string         // just made, shown once
}

// Factor shows the page.
func (s *Pages) Factor(w http.ResponseWriter, r *http.Request) error {
	return s.showFactor(w, r, FactorView{}, nil)
}

func (s *Pages) showFactor(w http.ResponseWriter, r *http.Request, v FactorView, problem error) error {
	a := frame.Must(r)
	v.Due = a.FactorDue
	var err error
	if v.Factor, err = s.o.Factor.State(r.Context(), a.Person.ID); err != nil {
		return err
	}
	if v.Factor.Since.IsZero() {
		e, err := s.o.Factor.Pending(r.Context(), a.Person.ID)
		if err != nil && huiying.ErrorCode(err) != huiying.NotFound {
			return err
		}
		if err == nil {
			v.Enrol = &e
			if v.Picture, err = picture(e.URI); err != nil {
				return err
			}
		}
	}
	p := s.Base(r, "web.factor.title")
	p.Main, p.Problem = v, problem
	return s.Answer(w, r, "factor", p)
}

// ChangeFactor begins, confirms, renews or drops. Recovery codes stand in the
// answer itself: nobody can ask for them again.
func (s *Pages) ChangeFactor(w http.ResponseWriter, r *http.Request) error {
	id, code := frame.Must(r).Person.ID, r.PostFormValue("code")
	var v FactorView
	var err error
	switch r.PostFormValue("action") {
	case "begin":
		if _, err = s.o.Factor.Begin(r.Context(), id); err == nil {
			return frame.Done(w, r, "/me/factor")
		}
	case "confirm":
		v.Recovery, err = s.o.Factor.Confirm(r.Context(), id, code)
	case "renew":
		v.Recovery, err = s.o.Accounts.RenewRecovery(r.Context(), id, code, s.o.Visitor(r))
	case "drop":
		if err = s.o.Accounts.DropFactor(r.Context(), id, code, s.o.Visitor(r)); err == nil {
			return frame.Done(w, r, "/me/factor?done=factor_off")
		}
	default:
		return huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	switch huiying.ErrorCode(err) {
	case "", huiying.Invalid, huiying.Conflict, huiying.NotFound:
		return s.showFactor(w, r, v, err)
	}
	return err
}

// Nowhere is no second factors at all.
type Nowhere struct{}

// State has nothing.
func (Nowhere) State(context.Context, string) (query.Factor, error) { return query.Factor{}, nil }

// Begin says that there are none here.
func (Nowhere) Begin(context.Context, string) (query.Enrolment, error) {
	return query.Enrolment{}, huiying.Errorf(huiying.Unavailable, "factor.nowhere")
}

// Pending has nothing.
func (Nowhere) Pending(context.Context, string) (query.Enrolment, error) {
	return query.Enrolment{}, huiying.Errorf(huiying.NotFound, "factor.none")
}

// Confirm says that there are none here.
func (Nowhere) Confirm(context.Context, string, string) ([]string, error) {
	return nil, huiying.Errorf(huiying.Unavailable, "factor.nowhere")
}

// Reset says that there are none here.
func (Nowhere) Reset(context.Context, string, string) error {
	return huiying.Errorf(huiying.Unavailable, "factor.nowhere")
}
