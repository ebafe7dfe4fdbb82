package web

import (
	"context"
	"net/http"
	"net/url"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
)

// SSO signs people in at the office's identity provider.
type SSO interface {
	// Name is what the button says.
	Name() string
	// Begin gives the address to go to and the cookie to come back with.
	Begin(ctx context.Context, next string) (address, cookie string, err error)
	// Finish takes the provider's answer.
	Finish(ctx context.Context, cookie string, answer url.Values, from query.Visitor) (e query.Entered, next string, err error)
}

// SSOBack is where people come back to from the identity provider.
const SSOBack = "/login/sso/back"

// ssoName is the provider's name for the button, "" where there is none.
func (s *Server) ssoName() string {
	if s.o.SSO == nil {
		return ""
	}
	return s.o.SSO.Name()
}

// ssoBegin leads to the provider. Nothing is stored for it: the browser carries
// the sign-in along, sealed.
func (s *Server) ssoBegin(w http.ResponseWriter, r *http.Request) error {
	if s.o.SSO == nil {
		return huiying.Errorf(huiying.NotFound, "sso.nowhere")
	}
	address, cookie, err := s.o.SSO.Begin(r.Context(), ownPath(r.URL.Query().Get("next")))
	if err != nil {
		return s.ssoFailed(w, r, "", err)
	}
	http.SetCookie(w, door.SSOCookie(cookie, s.secure(r)))
	http.Redirect(w, r, address, http.StatusFound)
	return nil
}

// ssoBack takes the provider's answer. It is the one GET that begins a login:
// the protocol comes back so. Only the browser that asked, by its cookie, gets
// anything from it.
func (s *Server) ssoBack(w http.ResponseWriter, r *http.Request) error {
	if s.o.SSO == nil {
		return huiying.Errorf(huiying.NotFound, "sso.nowhere")
	}
	cookie := ""
	if c, err := r.Cookie(door.SSOCookie("", s.secure(r)).Name); err == nil {
		cookie = c.Value
	}
	e, next, err := s.o.SSO.Finish(r.Context(), cookie, r.URL.Query(), s.browser(r))
	http.SetCookie(w, door.SSOCookie("", s.secure(r)))
	if err != nil {
		return s.ssoFailed(w, r, next, err)
	}
	return s.entered(w, r, e, ownPath(next))
}

// ssoFailed shows the sign-in page with what was wrong: the local account
// remains.
func (s *Server) ssoFailed(w http.ResponseWriter, r *http.Request, next string, err error) error {
	code := huiying.ErrorCode(err)
	if code == huiying.Internal {
		return err
	}
	p := s.Base(r, "web.login.title")
	p.Main, p.Problem = LoginView{Next: next, SSO: s.ssoName()}, err
	return s.Show(w, r, door.Status(code), "login", p)
}
