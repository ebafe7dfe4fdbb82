package rights

import (
	"net/http"
	"strings"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/frame"
	"huiying/internal/web/mine"
)

// TokensView is every token and the form that makes one for a service.
type TokensView struct {
	mine.TokensView
	Roles []huiying.Role
	Units []huiying.Unit
}

// Tokens shows the page.
func (s *Pages) Tokens(w http.ResponseWriter, r *http.Request) error {
	return s.showTokens(w, r, mine.TokensView{Days: 365}, nil)
}

func (s *Pages) showTokens(w http.ResponseWriter, r *http.Request, v mine.TokensView, problem error) error {
	list, err := s.o.Tokens.All(r.Context())
	if err != nil {
		return err
	}
	units, err := s.o.Units(r.Context())
	if err != nil {
		return err
	}
	v.Rows, v.Scopes, v.Spans = mine.Rows(list, s.o.Now()), s.o.Scopes, mine.Spans()
	p := s.Base(r, "web.tokens.all")
	p.Main, p.Problem = TokensView{TokensView: v, Roles: huiying.Working(), Units: units}, problem
	return s.Answer(w, r, "service_tokens", p)
}

// ChangeTokens makes a token for a service, or revokes anybody's.
func (s *Pages) ChangeTokens(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	by := frame.Must(r).Person.ID
	v := mine.TokensView{Days: 365}
	var err error
	switch r.PostFormValue("action") {
	case "make":
		v.Typed, v.Days = mine.Asked(r)
		v.Typed.Service, v.Typed.Unit, v.Typed.By = strings.TrimSpace(r.PostFormValue("service")), r.PostFormValue("unit"), by
		for _, role := range r.PostForm["role"] {
			v.Typed.Roles = append(v.Typed.Roles, huiying.Role(role))
		}
		if v.Made, _, err = s.o.Tokens.Make(r.Context(), v.Typed); err == nil {
			v.Typed = query.NewToken{}
		}
	case "revoke":
		if err = s.o.Tokens.Revoke(r.Context(), by, "", r.PostFormValue("token")); err == nil {
			return frame.Done(w, r, "/admin/tokens?done=revoked")
		}
	default:
		return huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	if frame.Ours(err) {
		return err
	}
	return s.showTokens(w, r, v, err)
}
