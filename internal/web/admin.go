package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/frame"
	"huiying/internal/web/newcomer"
)

// UsersView is the administration of accounts.
type UsersView struct {
	Accounts []query.Account
	Units    []huiying.Unit
	Channels []string
	Roles    []huiying.Role
	Link     string // a link just made, shown once
	LinkFor  string
	Typed    huiying.Person // what was refused
}

// AnyUnproven reports that somebody has a contact of which nobody knows that it
// reaches them.
func (v UsersView) AnyUnproven() bool {
	return slices.ContainsFunc(v.Accounts, func(a query.Account) bool {
		return slices.ContainsFunc(a.Person.Contacts, huiying.Contact.Unproven)
	})
}

// invitationFor is how long an invitation works.
const invitationFor = 72 * time.Hour

func (s *Server) users(w http.ResponseWriter, r *http.Request) error {
	return s.showUsers(w, r, UsersView{}, nil)
}

func (s *Server) showUsers(w http.ResponseWriter, r *http.Request, v UsersView, problem error) error {
	var err error
	if v.Accounts, err = s.o.Accounts.Accounts(r.Context()); err != nil {
		return err
	}
	if v.Units, err = s.o.Units(r.Context()); err != nil {
		return err
	}
	v.Channels, v.Roles = s.o.Channels, huiying.Roles()
	p := s.Base(r, "web.nav.users")
	p.Main, p.Problem = v, problem
	return s.Answer(w, r, "users", p)
}

// changeUsers adds, invites, disables or enables. A link is shown in the answer
// itself, once: nobody can ask for it again.
func (s *Server) changeUsers(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	by, id := frame.Must(r).Person.ID, strings.TrimSpace(r.PostFormValue("id"))
	var v UsersView
	var err error
	switch r.PostFormValue("action") {
	case "add":
		v.Typed, v.Link, err = newcomer.Add(r, s.o.Accounts, s.invite)
	case "invite":
		v.Link, err = s.invite(r, id)
	case "disable", "enable":
		disabled := r.PostFormValue("action") == "disable"
		if err = s.o.Accounts.SetDisabled(r.Context(), by, id, disabled); err == nil {
			return frame.Done(w, r, "/admin/users?done=saved")
		}
	default:
		err = huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	if err != nil && frame.Ours(err) {
		return err
	}
	v.LinkFor = id
	return s.showUsers(w, r, v, err)
}

// invite makes a whole address that can be sent on: under the public one, or
// under the one the administrator's own browser uses.
func (s *Server) invite(r *http.Request, id string) (string, error) {
	path, err := s.o.Accounts.Link(r.Context(), query.LinkPassword, id, invitationFor)
	if err != nil {
		return "", err
	}
	base := strings.TrimSuffix(s.o.PublicURL, "/")
	if base == "" {
		base = "http://" + r.Host
		if s.secure(r) {
			base = "https://" + r.Host
		}
	}
	return base + path, nil
}
