package web_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"huiying/internal/query"
	"huiying/internal/web/api"
)

// The pages of signing in and of rights in a real browser, as
// TestPagesInBrowser looks at the others.
func TestSignInPagesInBrowser(t *testing.T) {
	script := needBrowser(t)
	s := newSeeded(t)
	pages := covering(t, s.signInPages(), "mine", "factor-begun", "tokens", "permissions")
	for _, f := range s.look(script, pages, looks()) {
		if f.Kind != "seen" {
			t.Errorf("%s (%s) %s: %s", f.Page, f.Look, f.Kind, f.Text)
		}
	}
}

func (s *seeded) signInPages() []visit {
	s.t.Helper()
	ctx := s.t.Context()
	s.must(s.users.SetPassword(ctx, "hrss", password))
	s.must(s.users.SetPassword(ctx, "reviewer", password))
	admin, officer, hrss := s.as("admin"), s.as("officer"), s.as("hrss")
	if res := officer.post("/me/factor", url.Values{"action": {"begin"}}); res.status != http.StatusSeeOther {
		s.t.Fatal(res.status)
	}
	hrss.enrol(s.world)
	s.token(query.NewToken{Account: "hrss", Scopes: []string{"read:cases", "act:cases"}})
	s.token(query.NewToken{Service: "hotline", Roles: s.actor("admin").Roles, Scopes: []string{"ingest"}})
	_, gone := s.token(query.NewToken{Account: "officer", Scopes: api.Scopes()})
	s.must(s.tokens.Revoke(ctx, "admin", "", gone))
	s.must(s.identity.Link(ctx, query.Identity{Issuer: "https://id.example.org", Subject: "c0ffee", Account: "hrss", LinkedBy: "admin"}))
	setup, err := s.users.Link(ctx, query.LinkSetup, "", time.Hour)
	s.must(err)
	return []visit{
		{Name: "mine", Path: "/me", Cookie: hrss.cookie()},
		{Name: "factor-off", Path: "/me/factor", Cookie: admin.cookie()},
		{Name: "factor-begun", Path: "/me/factor", Cookie: officer.cookie()},
		{Name: "factor-on", Path: "/me/factor", Cookie: hrss.cookie()},
		{Name: "tokens", Path: "/me/tokens", Cookie: hrss.cookie()},
		{Name: "tokens-none", Path: "/me/tokens", Cookie: admin.cookie()},
		{Name: "all-tokens", Path: "/admin/tokens", Cookie: admin.cookie()},
		{Name: "person", Path: "/admin/users/hrss", Cookie: admin.cookie()},
		{Name: "permissions", Path: "/admin/permissions", Cookie: admin.cookie()},
		{Name: "access", Path: "/admin/access", Cookie: admin.cookie()},
		{Name: "access-nothing", Path: "/admin/access?action=personal", Cookie: admin.cookie()},
		{Name: "accounts", Path: "/admin/users", Cookie: admin.cookie()},
		{Name: "setup", Path: setup},
	}
}
