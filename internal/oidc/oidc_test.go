package oidc_test

import (
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"huiying"
	"huiying/internal/oidc"
	"huiying/internal/oidc/oidctest"
)

func provider(t testing.TB, i *oidctest.Issuer, now func() time.Time) *oidc.Provider {
	t.Helper()
	return oidc.New(oidc.Options{
		Issuer: i.URL(), ClientID: oidctest.ClientID, ClientSecret: oidctest.ClientSecret, RedirectURL: "https://huiying.example.org/login/sso/back",
		Scopes: []string{"profile", "email"}, Key: []byte(strings.Repeat("k", 32)), Now: now,
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestSignIn(t *testing.T) {
	i := oidctest.New(t)
	p := provider(t, i, time.Now)
	i.Says(map[string]any{"email": "yi@example.org", "email_verified": true, "preferred_username": "yi", "groups": []string{"staff", "press"},
		"realm_access": map[string]any{"roles": []string{"officer"}}, "level": 3}, oidctest.How{})
	address, cookie, err := p.Begin(t.Context(), "/cases")
	must(t, err)
	u, err := url.Parse(address)
	must(t, err)
	if q := u.Query(); q.Get("scope") != "openid profile email" || q.Get("state") == "" || strings.Contains(cookie, q.Get("state")) {
		t.Errorf("%v", q)
	}
	who, next, err := p.Finish(t.Context(), cookie, i.SignIn(address))
	must(t, err)
	if who.Subject != "subject-1" || who.Issuer != i.URL() || next != "/cases" || who.Email() != "yi@example.org" || who.Text("preferred_username") != "yi" {
		t.Errorf("%+v to %s", who, next)
	}
	for claim, want := range map[string][]string{"groups": {"staff", "press"}, "realm_access.roles": {"officer"}, "level": {"3"}, "none": nil, "groups.deep": nil, "sub": {"subject-1"}} {
		if got := who.Values(claim); !slices.Equal(got, want) {
			t.Errorf("%s: %v", claim, got)
		}
	}
	// An answer is good once: the provider has used its code up.
	back := i.SignIn(address)
	_, _, err = p.Finish(t.Context(), cookie, back)
	must(t, err)
	if _, _, err = p.Finish(t.Context(), cookie, back); huiying.ErrorCode(err) != huiying.Unauthorized {
		t.Errorf("a code used twice: %v", err)
	}
}

// Whatever is wrong with the token: one sentence, nobody gets in.
func TestBadTokens(t *testing.T) {
	i := oidctest.New(t)
	p := provider(t, i, time.Now)
	for name, c := range map[string]struct {
		claims map[string]any
		how    oidctest.How
	}{
		"for another client": {claims: map[string]any{"aud": "somebody-else"}},
		"for nobody":         {claims: map[string]any{"aud": nil}},
		"another nonce":      {claims: map[string]any{"nonce": "guess"}},
		"no nonce":           {claims: map[string]any{"nonce": nil}},
		"over":               {claims: map[string]any{"exp": time.Now().Add(-time.Minute).Unix()}},
		"no end":             {claims: map[string]any{"exp": nil}},
		"yet to come":        {claims: map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}},
		"of another issuer":  {claims: map[string]any{"iss": "https://elsewhere.example"}},
		"of nobody":          {claims: map[string]any{"sub": nil}},
		"an unknown key":     {how: oidctest.How{UnknownKey: true}},
		"not signed":         {how: oidctest.How{None: true}},
		"no token":           {how: oidctest.How{NoToken: true}},
	} {
		i.Says(c.claims, c.how)
		address, cookie, err := p.Begin(t.Context(), "/")
		must(t, err)
		_, _, err = p.Finish(t.Context(), cookie, i.SignIn(address))
		if huiying.ErrorCode(err) != huiying.Unauthorized || !strings.Contains(err.Error(), "sso.refused") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An answer belongs to the browser that asked, for ten minutes.
func TestForeignAnswers(t *testing.T) {
	i := oidctest.New(t)
	var late atomic.Int64
	p := provider(t, i, func() time.Time { return time.Now().Add(time.Duration(late.Load())) })
	address, cookie, err := p.Begin(t.Context(), "/")
	must(t, err)
	_, otherCookie, err := p.Begin(t.Context(), "/")
	must(t, err)
	back := func(change func(url.Values)) url.Values {
		v := i.SignIn(address)
		change(v)
		return v
	}
	same := func(url.Values) {}
	for name, c := range map[string]struct {
		cookie string
		answer url.Values
		want   string
	}{
		"no cookie":          {"", back(same), "sso.stale"},
		"another browser's":  {otherCookie, back(same), "sso.stale"},
		"a changed cookie":   {cookie[:len(cookie)-4] + "AAAA", back(same), "sso.stale"},
		"no base64":          {"***", back(same), "sso.stale"},
		"no state":           {cookie, back(func(v url.Values) { v.Del("state") }), "sso.stale"},
		"another state":      {cookie, back(func(v url.Values) { v.Set("state", "guess") }), "sso.stale"},
		"another issuer's":   {cookie, back(func(v url.Values) { v.Set("iss", "https://elsewhere.example") }), "sso.refused"},
		"no code":            {cookie, back(func(v url.Values) { v.Del("code") }), "sso.refused"},
		"a made-up code":     {cookie, back(func(v url.Values) { v.Set("code", "guess") }), "sso.refused"},
		"the person refused": {cookie, back(func(v url.Values) { v.Set("error", "access_denied") }), "sso.denied"},
		"another error":      {cookie, back(func(v url.Values) { v.Set("error", "server_error") }), "sso.refused"},
	} {
		if _, _, err := p.Finish(t.Context(), c.cookie, c.answer); huiying.ErrorCode(err) != huiying.Unauthorized || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	late.Store(int64(10 * time.Minute))
	if _, _, err := p.Finish(t.Context(), cookie, back(same)); err == nil || !strings.Contains(err.Error(), "sso.stale") {
		t.Errorf("after ten minutes: %v", err)
	}
}

// A code that was taken from one browser is of no use with the cookie of
// another, even where the state is made to fit: the verifier is sealed.
func TestCodeIsBound(t *testing.T) {
	i := oidctest.New(t)
	p := provider(t, i, time.Now)
	victim, _, err := p.Begin(t.Context(), "/")
	must(t, err)
	mine, cookie, err := p.Begin(t.Context(), "/")
	must(t, err)
	stolen := i.SignIn(victim)
	u, err := url.Parse(mine)
	must(t, err)
	stolen.Set("state", u.Query().Get("state"))
	if _, _, err := p.Finish(t.Context(), cookie, stolen); huiying.ErrorCode(err) != huiying.Unauthorized || !strings.Contains(err.Error(), "sso.refused") {
		t.Errorf("%v", err)
	}
}

// A provider that is down is said to be, and works once it is back.
func TestProviderDown(t *testing.T) {
	i := oidctest.New(t)
	p := provider(t, i, time.Now)
	i.Says(nil, oidctest.How{Down: true})
	if _, _, err := p.Begin(t.Context(), "/"); huiying.ErrorCode(err) != huiying.Unavailable {
		t.Errorf("%v", err)
	}
	i.Says(nil, oidctest.How{})
	address, cookie, err := p.Begin(t.Context(), "/")
	must(t, err)
	back := i.SignIn(address)
	i.Says(nil, oidctest.How{Down: true})
	if _, _, err := p.Finish(t.Context(), cookie, back); huiying.ErrorCode(err) != huiying.Unavailable {
		t.Errorf("%v", err)
	}
}

func TestVerifiedEmailOnly(t *testing.T) {
	for _, c := range []struct {
		claims map[string]any
		want   string
	}{
		{map[string]any{"email": "a@b.c", "email_verified": true}, "a@b.c"}, {map[string]any{"email": "a@b.c", "email_verified": "true"}, "a@b.c"},
		{map[string]any{"email": "a@b.c", "email_verified": false}, ""}, {map[string]any{"email": "a@b.c", "email_verified": "false"}, ""},
		{map[string]any{"email": "a@b.c"}, ""}, {map[string]any{"email_verified": true}, ""},
	} {
		if got := (oidc.Person{Claims: c.claims}).Email(); got != c.want {
			t.Errorf("%v: %q", c.claims, got)
		}
	}
}

func FuzzCookie(f *testing.F) {
	i := oidctest.New(f)
	p := provider(f, i, time.Now)
	_, cookie, err := p.Begin(f.Context(), "/")
	must(f, err)
	f.Add(cookie)
	f.Add("")
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, c string) {
		if _, _, err := p.Finish(t.Context(), c, url.Values{"state": {"x"}}); huiying.ErrorCode(err) != huiying.Unauthorized {
			t.Errorf("%q: %v", c, err)
		}
	})
}
