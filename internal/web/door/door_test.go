package door_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
)

// sessions knows one token.
type sessions map[string]query.Account

func (s sessions) Session(_ context.Context, token string) (query.Account, error) {
	if token == "broken" {
		return query.Account{}, errors.New("no disk")
	}
	a, ok := s[token]
	if !ok {
		return a, huiying.Errorf(huiying.Unauthorized, "account.sign_in_first")
	}
	return a, nil
}

func person(roles ...huiying.Role) query.Account {
	return query.Account{Person: huiying.Person{ID: "p", Roles: roles}}
}

func TestIdentify(t *testing.T) {
	s := sessions{"good": person(huiying.RoleOfficer)}
	for name, c := range map[string]struct {
		cookie, bearer string
		secure         bool
		want           bool
		fails          bool
	}{
		"nobody":             {},
		"cookie":             {cookie: "huiying=good", want: true},
		"bearer":             {bearer: "Bearer good", want: true},
		"bearer in lower":    {bearer: "bearer good", want: true},
		"other scheme":       {bearer: "Basic good"},
		"ended":              {cookie: "huiying=old"},
		"secure cookie":      {cookie: "__Host-huiying=good", secure: true, want: true},
		"plain where secure": {cookie: "huiying=good", secure: true},
		"store fails":        {cookie: "huiying=broken", fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			if c.cookie != "" {
				r.Header.Set("Cookie", c.cookie)
			}
			if c.bearer != "" {
				r.Header.Set("Authorization", c.bearer)
			}
			got, err := door.Identify(r, door.Known{Sessions: s, Secure: c.secure})
			if (err != nil) != c.fails {
				t.Fatal(err)
			}
			if _, ok := door.Account(got.Context()); ok != c.want {
				t.Errorf("signed in: %v", ok)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	in := func(a query.Account) context.Context {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", "Bearer good")
		got, err := door.Identify(r, door.Known{Sessions: sessions{"good": a}})
		if err != nil {
			t.Fatal(err)
		}
		return got.Context()
	}
	for _, c := range []struct {
		who  door.Who
		ctx  context.Context
		want huiying.Code
	}{
		{door.Public(), t.Context(), ""},
		{door.SignedIn(), t.Context(), huiying.Unauthorized},
		{door.SignedIn(), in(person()), ""},
		{door.Admins(), in(person(huiying.RoleOfficer)), huiying.Forbidden},
		{door.Admins(), in(person(huiying.RoleOfficer, huiying.RoleAdmin)), ""},
		{door.CaseRoom(), in(person(huiying.RoleAdmin)), huiying.Forbidden},
		{door.Watchers(), in(person(huiying.RoleResponder)), huiying.Forbidden},
		{door.Machines(), in(person(huiying.RoleReviewer)), huiying.Forbidden},
		{door.Triagers(), in(person(huiying.RoleReviewer)), huiying.Forbidden},
		{door.Revealers(), in(person(huiying.RoleManager)), huiying.Forbidden},
	} {
		err := c.who.Check(c.ctx)
		if got := huiying.ErrorCode(err); got != c.want {
			t.Errorf("%+v: %q, want %q", c.who, got, c.want)
		}
		if missing, ok := errors.AsType[*door.Missing](err); ok != (c.want == huiying.Forbidden) || ok && len(missing.Roles) == 0 {
			t.Errorf("%+v: the missing roles are not named", c.who)
		}
	}
}

func TestStatus(t *testing.T) {
	for code, want := range map[huiying.Code]int{
		huiying.Invalid: 422, huiying.NotFound: 404, huiying.Conflict: 409, huiying.Forbidden: 403, huiying.Unauthorized: 401,
		huiying.Unavailable: 503, huiying.Internal: 500, "made-up": 500,
	} {
		if got := door.Status(code); got != want {
			t.Errorf("%s: %d", code, got)
		}
	}
}

func TestCookie(t *testing.T) {
	c := door.Cookie("t", 90*24*time.Hour, true)
	if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Name != "__Host-huiying" || c.Path != "/" || c.Domain != "" || c.MaxAge != 90*24*3600 {
		t.Errorf("%+v", c)
	}
	if door.Cookie("", 0, false).MaxAge >= 0 {
		t.Error("signing out leaves the cookie")
	}
}

func TestVisitor(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = "192.0.2.7:1234"
	r.Header.Set("X-Forwarded-For", "203.0.113.1")
	if got := door.Visitor(r).Address; got != "192.0.2.7" {
		t.Errorf("%s: a header anybody can set was believed", got)
	}
}
