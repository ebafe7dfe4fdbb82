// Package mine is the pages where people look after their own sign-in: display,
// password, logins, second factor. It refuses to change anything of anybody
// else, and shows a secret only while it does not count yet.
package mine

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/door"
	"huiying/internal/web/frame"
)

// Logins are the active sign-ins of a person.
type Logins interface {
	Logins(ctx context.Context, id string) ([]query.Login, error)
	EndLogin(ctx context.Context, id, loginID string) error
	EndLogins(ctx context.Context, by, id, keep string) (int64, error)
}

// Secrets is what takes the password or a code of the second factor.
type Secrets interface {
	ChangePassword(ctx context.Context, c query.PasswordChange, from query.Visitor) error
	RenewRecovery(ctx context.Context, id, code string, from query.Visitor) ([]string, error)
	DropFactor(ctx context.Context, id, code string, from query.Visitor) error
}

// Accounts is what people change about themselves.
type Accounts interface {
	SetLook(ctx context.Context, id, lang, theme string) error
	Contacts
	Logins
	Secrets
}

// Factor is the second factors.
type Factor interface {
	State(ctx context.Context, id string) (query.Factor, error)
	Begin(ctx context.Context, id string) (query.Enrolment, error)
	Pending(ctx context.Context, id string) (query.Enrolment, error)
	Confirm(ctx context.Context, id, code string) (recovery []string, err error)
}

// Options is what the pages work with; all are required.
type Options struct {
	Frame     *frame.Frame
	Catalogue *locale.Catalogue
	Accounts  Accounts
	Factor    Factor
	Tokens    Tokens
	Scopes    []string // that tokens may be made for
	Now       func() time.Time
	Visitor   func(r *http.Request) query.Visitor
	Browsers  Browsers
	Offer     func() (query.PushOffer, error) // to browsers
	Ways      Ways
	Quiet     Quiet
	Proofs    Proofs
}

// Pages answers the pages.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the pages.
func New(o Options) *Pages { return &Pages{o.Frame, o} }

// Login is an active sign-in as the page shows it.
type Login struct {
	query.Login
	Device  string
	Address string // shortened: enough to know it again
}

// View is what people change about themselves.
type View struct {
	Logins []Login
	Others int    // logins beside the one that asks
	Theme  string // "", light, dark
	Large  bool
	Lang   string
	Factor query.Factor

	Contacts     []Contact
	Browsers     []BrowserRow
	Offer        query.PushOffer
	First        bool         // browsers are told first
	OnlyBrowsers bool         // there is no other contact
	Trial        *query.Trial // just made
	Sent         *query.Trial // a code, just now
	Provable     bool         // codes are sent here
	Channels     []string     // over which people may be told
	File         string       // that says how the person is told; "" = the person may

	Quiet QuietView
}

// AnyUnproven reports a contact that nobody knows to reach the person.
func (v View) AnyUnproven() bool {
	return slices.ContainsFunc(v.Contacts, func(c Contact) bool { return c.Unproven })
}

// Me shows the page.
func (s *Pages) Me(w http.ResponseWriter, r *http.Request) error { return s.show(w, r, nil) }

func (s *Pages) show(w http.ResponseWriter, r *http.Request, problem error) error {
	return s.fill(w, r, View{}, problem)
}

// showTried shows the page with what became of a trial.
func (s *Pages) showTried(w http.ResponseWriter, r *http.Request, t *query.Trial) error {
	return s.fill(w, r, View{Trial: t}, nil)
}

func (s *Pages) fill(w http.ResponseWriter, r *http.Request, v View, problem error) error {
	a := frame.Must(r)
	p := s.Base(r, "web.nav.me")
	v.Lang, v.Large = a.Lang, slices.Contains(strings.Fields(a.Theme), "large")
	for _, word := range strings.Fields(a.Theme) {
		if word != "large" {
			v.Theme = word
		}
	}
	var err error
	if v.Factor, err = s.o.Factor.State(r.Context(), a.Person.ID); err != nil {
		return err
	}
	logins, err := s.o.Accounts.Logins(r.Context(), a.Person.ID)
	if err != nil {
		return err
	}
	v.Logins = Listed(logins, door.LoginID(r.Context()), func(key string) string { return s.o.Catalogue.Text(p.Lang, key) })
	for _, l := range v.Logins {
		if !l.Current {
			v.Others++
		}
	}
	if err := s.contacts(r, &v); err != nil {
		return err
	}
	if err := s.quiet(r, &v); err != nil {
		return err
	}
	p.Main, p.Problem = v, problem
	return s.Answer(w, r, "me", p)
}

// Listed are logins as pages show them; current is the Login.ID of the one that
// asks.
func Listed(list []query.Login, current string, words func(key string) string) []Login {
	out := make([]Login, 0, len(list))
	for _, l := range list {
		l.Current = l.ID == current
		out = append(out, Login{Login: l, Device: device(l.Visitor.Agent, words), Address: ShortAddress(l.Visitor.Address)})
	}
	return out
}

// Change keeps the look or quiet hours, changes the password, or ends logins.
func (s *Pages) Change(w http.ResponseWriter, r *http.Request) error {
	a := frame.Must(r)
	var err error
	done := "saved"
	switch r.PostFormValue("action") {
	case "quiet":
		return s.changeQuiet(w, r)
	case "look":
		err = s.look(r, a)
	case "password":
		done, err = "password", s.password(r, a)
	case "end":
		done, err = "ended", s.o.Accounts.EndLogin(r.Context(), a.Person.ID, r.PostFormValue("login"))
	case "end-others":
		done = "ended_others"
		_, err = s.o.Accounts.EndLogins(r.Context(), a.Person.ID, a.Person.ID, door.Token(r.Context()))
	default:
		return huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	if err == nil {
		return frame.Done(w, r, "/me?done="+done)
	}
	if code := huiying.ErrorCode(err); code != huiying.Invalid && code != huiying.Conflict {
		return err
	}
	return s.show(w, r, err)
}

func (s *Pages) look(r *http.Request, a query.Account) error {
	lang, theme := r.PostFormValue("lang"), r.PostFormValue("theme")
	if !slices.Contains([]string{"", "zh", "en"}, lang) || !slices.Contains([]string{"", "light", "dark"}, theme) {
		return huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	if r.PostFormValue("large") != "" {
		theme = strings.TrimSpace(theme + " large")
	}
	return s.o.Accounts.SetLook(r.Context(), a.Person.ID, lang, theme)
}

func (s *Pages) password(r *http.Request, a query.Account) error {
	c := query.PasswordChange{
		Account: a.Person.ID, Old: r.PostFormValue("old"), New: r.PostFormValue("password"), Keep: door.Token(r.Context()),
	}
	if c.New != r.PostFormValue("again") {
		return huiying.Errorf(huiying.Invalid, "web.error.passwords_differ")
	}
	return s.o.Accounts.ChangePassword(r.Context(), c, s.o.Visitor(r))
}
