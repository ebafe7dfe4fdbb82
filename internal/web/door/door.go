// Package door is what stands between a request and a page: who asks, whether
// they may, and what an error looks like from outside. It refuses to show the
// cause of a failure that is ours.
package door

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net"
	"net/http"
	"slices"
	"strings"

	"huiying"
	"huiying/internal/query"
)

// Sessions knows whose login a token is; huiying.Unauthorized when it is
// nobody's.
type Sessions interface {
	Session(ctx context.Context, token string) (query.Account, error)
}

// Who may pass: everybody, everybody who is signed in, or those with a role.
type Who struct {
	Public   bool
	Roles    []huiying.Role // none = whoever is signed in
	Entering bool           // also those who must still set up their second factor
	Walls    bool           // also accounts of a wall, which else pass only where their role is named
	Scope    string         // what a program's token must be for; "" = no token will do
}

// AnyScope is the scope of what every token may do.
const AnyScope = "any"

// Public lets everybody pass.
func Public() Who { return Who{Public: true} }

// SignedIn lets everybody pass who is signed in.
func SignedIn() Who { return Who{} }

// Entering lets everybody pass who is signed in, whether or not they have the
// second factor that their role requires.
func Entering() Who { return Who{Entering: true} }

// Roles lets those pass who hold one of the roles.
func Roles(roles ...huiying.Role) Who { return Who{Roles: roles} }

// Triagers decide what becomes a case and to whom it goes.
func Triagers() Who { return Roles(huiying.RoleOfficer, huiying.RoleManager) }

// Correctors say what a judgement should have been; models learn it.
func Correctors() Who { return Roles(huiying.RoleOfficer, huiying.RoleManager) }

// CaseRoom works on cases; responders see those of their unit.
func CaseRoom() Who {
	return Roles(huiying.RoleOfficer, huiying.RoleResponder, huiying.RoleReviewer, huiying.RoleManager)
}

// Watchers see every post.
func Watchers() Who { return Roles(huiying.RoleOfficer, huiying.RoleReviewer, huiying.RoleManager) }

// RuleReaders see the rules.
func RuleReaders() Who {
	return Roles(huiying.RoleOfficer, huiying.RoleReviewer, huiying.RoleManager, huiying.RoleAdmin)
}

// RuleWriters change the draft of the rules and try it.
func RuleWriters() Who {
	return Roles(huiying.RoleOfficer, huiying.RoleManager, huiying.RoleAdmin)
}

// RulePublishers put rules in force.
func RulePublishers() Who { return Roles(huiying.RoleAdmin) }

// Machines look after what collects.
func Machines() Who { return Roles(huiying.RoleOfficer, huiying.RoleManager, huiying.RoleAdmin) }

// Clerks bring hand-overs of other offices in.
func Clerks() Who { return Roles(huiying.RoleOfficer, huiying.RoleAdmin) }

// Admins look after accounts.
func Admins() Who { return Roles(huiying.RoleAdmin) }

// Revealers may see personal data of posts that a case needs.
func Revealers() Who { return Roles(huiying.RoleOfficer, huiying.RoleResponder) }

// Investigators may open the evidence of a case that they see.
func Investigators() Who {
	return Roles(huiying.RoleOfficer, huiying.RoleResponder, huiying.RoleReviewer)
}

// Lets reports whether the account may pass.
func (w Who) Lets(a query.Account) bool {
	if w.Public || len(w.Roles) > 0 {
		return w.Public || a.Actor().Has(w.Roles...)
	}
	return w.Entering || w.Walls || !a.OnlyDisplays()
}

// Check is nil when the account in ctx may pass, else huiying.Unauthorized or
// huiying.Forbidden with the roles that may.
func (w Who) Check(ctx context.Context) error {
	if w.Public {
		return nil
	}
	a, ok := Account(ctx)
	if !ok {
		return nobody(ctx)
	}
	if a.Token != "" && !w.inScope(a) {
		return w.outOfScope()
	}
	if a.FactorDue && !w.Entering {
		return &Due{}
	}
	if !w.Lets(a) {
		if len(w.Roles) == 0 {
			return &Missing{Roles: huiying.Working()}
		}
		return &Missing{Roles: slices.Clone(w.Roles)}
	}
	return nil
}

// nobody is the refusal of whoever is not signed in: what was wrong with the
// login or token that was shown, where one was.
func nobody(ctx context.Context) error {
	if over, ok := ctx.Value(keyOver).(error); ok {
		return over
	}
	return huiying.Errorf(huiying.Unauthorized, "account.sign_in_first")
}

func (w Who) inScope(a query.Account) bool {
	return w.Scope == AnyScope || w.Scope != "" && slices.Contains(a.Scopes, w.Scope)
}

func (w Who) outOfScope() error {
	if w.Scope == "" {
		return huiying.Errorf(huiying.Forbidden, "token.never")
	}
	return huiying.Errorf(huiying.Forbidden, "token.scope", w.Scope)
}

// Missing is a refusal for want of a role; the page names the roles and who
// grants them.
type Missing struct{ Roles []huiying.Role }

// Error is the text for logs.
func (m *Missing) Error() string { return "needs a role" }

// Unwrap gives the sentence for people.
func (m *Missing) Unwrap() error { return huiying.Errorf(huiying.Forbidden, "web.error.role") }

// Due is a refusal until the person has set up the second factor that the role
// requires; pages lead there.
type Due struct{}

// Error is the text for logs.
func (*Due) Error() string { return "needs a second factor" }

// Unwrap gives the sentence for people.
func (*Due) Unwrap() error { return huiying.Errorf(huiying.Forbidden, "factor.enrol_first") }

type contextKey int

const (
	keyAccount contextKey = iota
	keyToken
	keyRequest
	keyOver
	keyHTTPS
)

// Account is who is signed in.
func Account(ctx context.Context) (query.Account, bool) {
	a, ok := ctx.Value(keyAccount).(query.Account)
	return a, ok
}

// Token is the session token the request came with, "" when nobody is signed
// in.
func Token(ctx context.Context) string {
	t, _ := ctx.Value(keyToken).(string)
	return t
}

// RequestID names the request in the log and on the error page.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(keyRequest).(string)
	return id
}

// NewRequest gives the request its id.
func NewRequest(r *http.Request) *http.Request {
	b := make([]byte, 6)
	rand.Read(b) // never fails (crypto/rand)
	return r.WithContext(context.WithValue(r.Context(), keyRequest, hex.EncodeToString(b)))
}

// Tokens knows whom a program's token acts for; huiying.Unauthorized when it
// is nobody's.
type Tokens interface {
	Use(ctx context.Context, token string, from query.Visitor) (query.Account, error)
}

// tokenPrefix is how programs' tokens begin.
const tokenPrefix = "hy_"

// Known are those who know people by what they show.
type Known struct {
	Sessions Sessions
	Tokens   Tokens // nil = there are none
	Secure   bool   // people come over https
}

// Identify finds who is signed in, by cookie or by "Authorization: Bearer" with
// the same token, or which token a program shows there. What has ended counts as
// none; only a failing store is an error.
func Identify(r *http.Request, k Known) (*http.Request, error) {
	token := bearer(r)
	if c, err := r.Cookie(CookieName(k.Secure)); token == "" && err == nil && !strings.HasPrefix(c.Value, tokenPrefix) {
		token = c.Value
	}
	if token == "" {
		return r, nil
	}
	a, err := k.whose(r, token)
	if huiying.ErrorCode(err) == huiying.Unauthorized {
		return r.WithContext(context.WithValue(r.Context(), keyOver, err)), nil
	}
	if err != nil {
		return r, err
	}
	ctx := context.WithValue(r.Context(), keyAccount, a)
	return r.WithContext(context.WithValue(ctx, keyToken, token)), nil
}

func (k Known) whose(r *http.Request, token string) (query.Account, error) {
	if k.Tokens != nil && strings.HasPrefix(token, tokenPrefix) {
		return k.Tokens.Use(r.Context(), token, Visitor(r))
	}
	return k.Sessions.Session(r.Context(), token)
}

func bearer(r *http.Request) string {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// Visitor is where a request comes from. The address is that of the nearest
// peer, or what Proxies.Behind made of it: a header anybody can set is not
// believed.
func Visitor(r *http.Request) query.Visitor {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return query.Visitor{Address: host, Agent: r.UserAgent()}
}

// Status is the one mapping from the codes of errors to HTTP.
func Status(code huiying.Code) int {
	switch code {
	case huiying.Invalid:
		return http.StatusUnprocessableEntity
	case huiying.NotFound:
		return http.StatusNotFound
	case huiying.Conflict:
		return http.StatusConflict
	case huiying.Forbidden:
		return http.StatusForbidden
	case huiying.Unauthorized:
		return http.StatusUnauthorized
	case huiying.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
