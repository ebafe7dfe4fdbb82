package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/door"
	"huiying/internal/web/frame"
)

// LoginView is the sign-in form.
type LoginView struct {
	ID   string
	Next string
	SSO  string // name of the identity provider, "" = there is none
}

// ownPath is a path of ours to go to, never another site's.
func ownPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) {
		return "/"
	}
	return next
}

func (s *Server) loginPage(w http.ResponseWriter, r *http.Request) error {
	if _, ok := door.Account(r.Context()); ok {
		return frame.Done(w, r, ownPath(r.URL.Query().Get("next")))
	}
	p := s.Base(r, "web.login.title")
	p.Main = LoginView{Next: r.URL.Query().Get("next"), SSO: s.ssoName()}
	if lang := r.URL.Query().Get("lang"); lang != "" {
		p.Lang = locale.ParseLang(lang)
	}
	return s.Show(w, r, http.StatusOK, "login", p)
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) error {
	id, next := strings.TrimSpace(r.PostFormValue("id")), r.PostFormValue("next")
	e, err := s.o.Accounts.SignIn(r.Context(), id, r.PostFormValue("password"), s.browser(r))
	if huiying.ErrorCode(err) == huiying.Unauthorized {
		p := s.Base(r, "web.login.title")
		p.Main, p.Problem = LoginView{ID: id, Next: next, SSO: s.ssoName()}, err
		return s.Show(w, r, http.StatusUnauthorized, "login", p)
	}
	if err != nil {
		return err
	}
	return s.entered(w, r, e, ownPath(next))
}

// browser is where a sign-in comes from.
func (s *Server) browser(r *http.Request) query.Visitor { return door.Browser(r, s.secure(r)) }

// secure reports whether the person comes over https.
func (s *Server) secure(r *http.Request) bool { return s.o.secure() || door.HTTPS(r) }

// entered answers a sign-in: with the login, or with the form that asks for the
// code of the second factor.
func (s *Server) entered(w http.ResponseWriter, r *http.Request, e query.Entered, next string) error {
	if e.Session == "" {
		return s.showCode(w, r, CodeView{Step: e.Step, Next: next}, nil)
	}
	http.SetCookie(w, door.Cookie(e.Session, e.Until.Sub(s.o.Now()), s.secure(r)))
	if e.Browser != "" {
		http.SetCookie(w, door.BrowserCookie(e.Browser, s.secure(r)))
	}
	return frame.Done(w, r, next)
}

// CodeView is the form that asks for the code of the second factor.
type CodeView struct {
	Step string
	Next string
}

func (s *Server) showCode(w http.ResponseWriter, r *http.Request, v CodeView, problem error) error {
	p := s.Base(r, "web.code.title")
	p.Main, p.Problem = v, problem
	status := http.StatusOK
	if problem != nil {
		status = http.StatusUnauthorized
	}
	return s.Show(w, r, status, "code", p)
}

// code takes the second step of a sign-in. A step that is over leads back to the
// beginning.
func (s *Server) code(w http.ResponseWriter, r *http.Request) error {
	v := CodeView{Step: r.PostFormValue("step"), Next: ownPath(r.PostFormValue("next"))}
	e, err := s.o.Accounts.SecondStep(r.Context(), v.Step, r.PostFormValue("code"), s.browser(r))
	switch {
	case err == nil:
		return s.entered(w, r, e, v.Next)
	case huiying.ErrorCode(err) != huiying.Unauthorized:
		return err
	case errorKey(err) == "factor.step_over":
		p := s.Base(r, "web.login.title")
		p.Main, p.Problem = LoginView{Next: v.Next, SSO: s.ssoName()}, err
		return s.Show(w, r, http.StatusUnauthorized, "login", p)
	}
	return s.showCode(w, r, v, err)
}

func errorKey(err error) string {
	if e, ok := errors.AsType[*huiying.Error](err); ok {
		return e.Key
	}
	return ""
}

func (s *Server) logout(w http.ResponseWriter, r *http.Request) error {
	if err := s.o.Accounts.SignOut(r.Context(), door.Token(r.Context())); err != nil {
		return err
	}
	http.SetCookie(w, door.Cookie("", 0, s.secure(r)))
	return frame.Done(w, r, "/login")
}

// LinkView is the page of a one-time link: a button, never an effect, so that
// the preview of a chat program uses nothing up.
type LinkView struct {
	Link query.Link
	ID   string
	Name string
	Post string // where the form goes
}

func (s *Server) setupPage(w http.ResponseWriter, r *http.Request) error {
	return s.oneTime(w, r, query.LinkSetup)
}

func (s *Server) linkPage(w http.ResponseWriter, r *http.Request) error { return s.oneTime(w, r, "") }

// oneTime shows the form of a link; purpose "" takes those of /link.
func (s *Server) oneTime(w http.ResponseWriter, r *http.Request, purpose string) error {
	l, err := s.o.Accounts.PeekLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	if (l.Purpose == query.LinkSetup) != (purpose == query.LinkSetup) {
		return huiying.Errorf(huiying.NotFound, "account.link_over")
	}
	return s.showLink(w, r, l, nil)
}

func (s *Server) showLink(w http.ResponseWriter, r *http.Request, l query.Link, problem error) error {
	p := s.Base(r, "web.link.title."+l.Purpose)
	p.Problem = problem
	p.Main = LinkView{Link: l, ID: r.PostFormValue("id"), Name: r.PostFormValue("name"), Post: r.URL.Path}
	return s.Answer(w, r, "link", p)
}

func (s *Server) setup(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	l, err := s.o.Accounts.PeekLink(r.Context(), token)
	if err != nil {
		return err
	}
	password, err := passwordOf(r)
	if err == nil {
		var e query.Entered
		n := query.NewAdmin{ID: strings.TrimSpace(r.PostFormValue("id")), Name: strings.TrimSpace(r.PostFormValue("name")), Password: password}
		if e, err = s.o.Accounts.UseSetup(r.Context(), token, n, s.browser(r)); err == nil {
			return s.entered(w, r, e, "/admin/users?done=setup")
		}
	}
	return s.again(w, r, l, err)
}

func (s *Server) link(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	l, err := s.o.Accounts.PeekLink(r.Context(), token)
	if err != nil {
		return err
	}
	var e query.Entered
	switch l.Purpose {
	case query.LinkSignIn:
		e, err = s.o.Accounts.UseSignIn(r.Context(), token, s.browser(r))
	case query.LinkPassword:
		var password string
		if password, err = passwordOf(r); err == nil {
			e, err = s.o.Accounts.UsePassword(r.Context(), token, password, s.browser(r))
		}
	default:
		err = huiying.Errorf(huiying.NotFound, "account.link_over")
	}
	if err != nil {
		return s.again(w, r, l, err)
	}
	return s.entered(w, r, e, "/")
}

// again shows the form once more with what was wrong, unless the link itself
// is the problem.
func (s *Server) again(w http.ResponseWriter, r *http.Request, l query.Link, err error) error {
	if huiying.ErrorCode(err) != huiying.Invalid {
		return err
	}
	return s.showLink(w, r, l, err)
}

// passwordOf reads a new password, typed twice.
func passwordOf(r *http.Request) (string, error) {
	password := r.PostFormValue("password")
	if password != r.PostFormValue("again") {
		return "", huiying.Errorf(huiying.Invalid, "web.error.passwords_differ")
	}
	return password, nil
}
