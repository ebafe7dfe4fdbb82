package tokens_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/storetest"
	"huiying/internal/store/tokens"
	"huiying/internal/store/users"
)

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func code(t testing.TB, err error, want huiying.Code) {
	t.Helper()
	if got := huiying.ErrorCode(err); got != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}

func newBook(t testing.TB) (*tokens.Book, *users.Users, *store.Store, *clock) {
	t.Helper()
	c := &clock{now: time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)}
	s := storetest.New(t, store.Options{Now: c.Now})
	u := users.New(s, users.Options{Cost: users.Cost{Memory: 64, Time: 1, Threads: 1}})
	must(t, u.Create(t.Context(), "", huiying.Person{ID: "officer", Name: "甲", Roles: []huiying.Role{huiying.RoleOfficer}}))
	return tokens.New(s, tokens.Options{Scopes: []string{"ingest", "read:cases"}, People: u.ByID}), u, s, c
}

func TestPersonsToken(t *testing.T) {
	b, u, s, c := newBook(t)
	ask := query.NewToken{Name: " 日报 ", Account: "officer", Scopes: []string{"read:cases"}, For: 24 * time.Hour, By: "officer"}
	token, made, err := b.Make(t.Context(), ask)
	must(t, err)
	if !strings.HasPrefix(token, tokens.Prefix) || len(token) < 40 || made.Name != "日报" || made.State(c.Now()) != query.TokenWorks {
		t.Errorf("%s %+v", token, made)
	}
	var kept string
	must(t, s.Reader().QueryRow(`SELECT token_hash FROM api_tokens`).Scan(&kept))
	if strings.Contains(kept, token[3:]) {
		t.Error("the token itself is stored")
	}
	a, err := b.Use(t.Context(), token, query.Visitor{Address: "192.0.2.1"})
	must(t, err)
	if a.Person.ID != "officer" || !a.Actor().Has(huiying.RoleOfficer) || a.Token != made.ID || a.Actor().Via != "token:"+made.ID || a.Scopes[0] != "read:cases" {
		t.Errorf("%+v", a)
	}
	var used int64
	must(t, s.Reader().QueryRow(`SELECT used_at FROM api_tokens`).Scan(&used))
	if used != 0 {
		t.Error("using it wrote something")
	}
	list, err := b.Of(t.Context(), "officer")
	must(t, err)
	if len(list) != 1 || !list[0].UsedAt.Equal(c.Now()) || list[0].UsedFrom != "192.0.2.1" {
		t.Errorf("%+v", list)
	}
	must(t, b.Flush(t.Context()))
	must(t, s.Reader().QueryRow(`SELECT used_at FROM api_tokens`).Scan(&used))
	if used == 0 {
		t.Error("when it was used is not kept")
	}
	// Whatever becomes of the person becomes of the token.
	must(t, u.Update(t.Context(), "", huiying.Person{ID: "officer", Name: "甲", Roles: []huiying.Role{huiying.RoleManager}}))
	a, err = b.Use(t.Context(), token, query.Visitor{})
	must(t, err)
	if a.Actor().Has(huiying.RoleOfficer) {
		t.Error("the token keeps a role that the person lost")
	}
	must(t, u.SetDisabled(t.Context(), "", "officer", true))
	_, err = b.Use(t.Context(), token, query.Visitor{})
	code(t, err, huiying.Unauthorized)
	must(t, u.SetDisabled(t.Context(), "", "officer", false))
	c.pass(24 * time.Hour)
	_, err = b.Use(t.Context(), token, query.Visitor{})
	code(t, err, huiying.Unauthorized)
}

func TestServicesToken(t *testing.T) {
	b, _, s, _ := newBook(t)
	token, made, err := b.Make(t.Context(), query.NewToken{
		Name: "移交", Service: "hotline", Roles: []huiying.Role{huiying.RoleAdmin}, Scopes: []string{"ingest"}, For: time.Hour, By: "boss",
	})
	must(t, err)
	a, err := b.Use(t.Context(), token, query.Visitor{})
	must(t, err)
	if a.Person.ID != "service:hotline" || !a.Actor().Has(huiying.RoleAdmin) {
		t.Errorf("%+v", a)
	}
	must(t, b.Acted(t.Context(), a, "POST /api/v1/handovers"))
	code(t, b.Revoke(t.Context(), "officer", "officer", made.ID), huiying.NotFound) // it is not theirs
	must(t, b.Revoke(t.Context(), "boss", "", made.ID))
	must(t, b.Revoke(t.Context(), "boss", "", made.ID)) // twice does no harm
	_, err = b.Use(t.Context(), token, query.Visitor{})
	code(t, err, huiying.Unauthorized)
	all, err := b.All(t.Context())
	must(t, err)
	if len(all) != 1 || all[0].RevokedBy != "boss" || all[0].State(time.Now()) != query.TokenRevoked {
		t.Errorf("%+v", all)
	}
	entries, err := access.New(s).Search(t.Context(), query.AccessFilter{Actions: []string{access.TokenMade, access.TokenActed, access.TokenRevoked}, Limit: 9})
	must(t, err)
	if len(entries) != 3 || entries[0].Action != access.TokenRevoked || entries[1].Actor != "service:hotline" || entries[1].Object != made.ID || entries[2].Object != "service:hotline" {
		t.Errorf("%+v", entries)
	}
	for _, e := range entries {
		if strings.Contains(e.Detail+e.Object, token) {
			t.Error("the log holds the token")
		}
	}
}

func TestRefusedTokens(t *testing.T) {
	b, _, _, _ := newBook(t)
	good := query.NewToken{Name: "n", Account: "officer", Scopes: []string{"ingest"}, For: time.Hour, By: "officer"}
	for name, spoil := range map[string]func(*query.NewToken){
		"no name":      func(n *query.NewToken) { n.Name = "  " },
		"long name":    func(n *query.NewToken) { n.Name = strings.Repeat("长", 61) },
		"no scope":     func(n *query.NewToken) { n.Scopes = nil },
		"no such":      func(n *query.NewToken) { n.Scopes = []string{"root"} },
		"for ever":     func(n *query.NewToken) { n.For = tokens.Longest + 1 },
		"no span":      func(n *query.NewToken) { n.For = 0 },
		"nobody's":     func(n *query.NewToken) { n.Account = "" },
		"both":         func(n *query.NewToken) { n.Service = "x"; n.Roles = huiying.Roles() },
		"bad service":  func(n *query.NewToken) { n.Account, n.Service, n.Roles = "", "X y", huiying.Roles()[:1] },
		"no role":      func(n *query.NewToken) { n.Account, n.Service = "", "x" },
		"no such role": func(n *query.NewToken) { n.Account, n.Service, n.Roles = "", "x", []huiying.Role{"king"} },
		"a wall's role": func(n *query.NewToken) {
			n.Account, n.Service, n.Roles = "", "x", []huiying.Role{huiying.RoleManager, huiying.RoleDisplay}
		},
		"no unit": func(n *query.NewToken) {
			n.Account, n.Service, n.Roles = "", "x", []huiying.Role{huiying.RoleResponder}
		},
	} {
		n := good
		spoil(&n)
		_, _, err := b.Make(t.Context(), n)
		if huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for range 20 {
		_, _, err := b.Make(t.Context(), good)
		must(t, err)
	}
	_, _, err := b.Make(t.Context(), good)
	code(t, err, huiying.Conflict)
	_, err = b.Use(t.Context(), "hy_made-up", query.Visitor{})
	code(t, err, huiying.Unauthorized)
}

// What a token asked for and is done later knows whom it acts for by its id,
// as long as the token works.
func TestAccountOfToken(t *testing.T) {
	b, u, _, c := newBook(t)
	_, own, err := b.Make(t.Context(), query.NewToken{Name: "n", Account: "officer", Scopes: []string{"read:cases"}, For: time.Hour, By: "officer"})
	must(t, err)
	_, service, err := b.Make(t.Context(), query.NewToken{
		Name: "m", Service: "report", Roles: []huiying.Role{huiying.RoleManager}, Scopes: []string{"read:cases"}, For: 3 * time.Hour, By: "boss",
	})
	must(t, err)
	a, err := b.Account(t.Context(), service.ID)
	must(t, err)
	if a.Person.ID != "service:report" || a.Token != service.ID || len(a.Scopes) != 1 || !a.Actor().Has(huiying.RoleManager) {
		t.Errorf("%+v", a)
	}
	a, err = b.Account(t.Context(), own.ID)
	must(t, err)
	if a.Person.ID != "officer" || a.Token != own.ID {
		t.Errorf("%+v", a)
	}
	must(t, u.SetDisabled(t.Context(), "", "officer", true))
	_, err = b.Account(t.Context(), own.ID)
	code(t, err, huiying.Unauthorized)
	must(t, u.SetDisabled(t.Context(), "", "officer", false))
	c.pass(time.Hour)
	_, err = b.Account(t.Context(), own.ID) // expired
	code(t, err, huiying.Unauthorized)
	must(t, b.Revoke(t.Context(), "boss", "", service.ID))
	_, err = b.Account(t.Context(), service.ID)
	code(t, err, huiying.Unauthorized)
	_, err = b.Account(t.Context(), "made-up")
	code(t, err, huiying.Unauthorized)
}
