package rights

import (
	"net/http"
	"net/url"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
	"huiying/internal/web/frame"
	"huiying/internal/web/mine"
)

// PersonView is how one person signs in.
type PersonView struct {
	Account    query.Account
	Logins     []mine.Login
	Factor     query.Factor
	Identities []query.Identity
	Issuer     string
	Tokens     []mine.TokenRow
	Subject    string // what was refused
}

// Person shows the page.
func (s *Pages) Person(w http.ResponseWriter, r *http.Request) error { return s.showPerson(w, r, nil) }

func (s *Pages) showPerson(w http.ResponseWriter, r *http.Request, problem error) error {
	id := r.PathValue("id")
	p := s.Base(r, "web.person.title")
	v := PersonView{Issuer: s.o.Issuer, Subject: r.PostFormValue("subject")}
	var err error
	if v.Account, err = s.o.People.ByID(r.Context(), id); err != nil {
		return err
	}
	if v.Factor, err = s.o.Factor.State(r.Context(), id); err != nil {
		return err
	}
	if v.Identities, err = s.o.Identities.Of(r.Context(), id); err != nil {
		return err
	}
	logins, err := s.o.People.Logins(r.Context(), id)
	if err != nil {
		return err
	}
	tokens, err := s.o.Tokens.Of(r.Context(), id)
	if err != nil {
		return err
	}
	v.Logins = mine.Listed(logins, door.LoginID(r.Context()), func(key string) string { return s.o.Catalogue.Text(p.Lang, key) })
	v.Tokens = mine.Rows(tokens, s.o.Now())
	p.Main, p.Problem = v, problem
	return s.Answer(w, r, "person", p)
}

// ChangePerson ends logins, resets the second factor, links an identity or
// revokes a token.
func (s *Pages) ChangePerson(w http.ResponseWriter, r *http.Request) error {
	by, id := frame.Must(r).Person.ID, r.PathValue("id")
	identity := query.Identity{Issuer: s.o.Issuer, Subject: r.PostFormValue("subject"), Account: id, LinkedBy: by}
	done := "saved"
	var err error
	switch r.PostFormValue("action") {
	case "end-all":
		done = "ended_all"
		keep := ""
		if by == id { // the administrator stays where they are
			keep = door.Token(r.Context())
		}
		_, err = s.o.People.EndLogins(r.Context(), by, id, keep)
	case "reset-factor":
		if by == id { // one's own takes a code
			err = huiying.Errorf(huiying.Conflict, "factor.own")
			break
		}
		done, err = "factor_reset", s.o.Factor.Reset(r.Context(), by, id)
	case "link":
		err = s.o.Identities.Link(r.Context(), identity)
	case "unlink":
		identity.Issuer = r.PostFormValue("issuer")
		err = s.o.Identities.Unlink(r.Context(), by, identity)
	case "revoke":
		done, err = "revoked", s.o.Tokens.Revoke(r.Context(), by, id, r.PostFormValue("token"))
	default:
		return huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	switch {
	case err == nil:
		return frame.Done(w, r, "/admin/users/"+url.PathEscape(id)+"?done="+done)
	case frame.Ours(err):
		return err
	}
	return s.showPerson(w, r, err)
}
