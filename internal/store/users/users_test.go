package users_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/storetest"
	"huiying/internal/store/users"
)

const password = "correct horse battery"

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

func open(t testing.TB, dir string) (*store.Store, *clock) {
	t.Helper()
	c := &clock{now: time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)}
	return storetest.New(t, store.Options{Path: filepath.Join(dir, "huiying.db"), Now: c.Now}), c
}

func newUsers(t *testing.T) (*users.Users, *store.Store, *clock) {
	t.Helper()
	s, c := open(t, t.TempDir())
	t.Cleanup(func() { s.Close() })
	return users.New(s, users.Options{Cost: users.Cost{Memory: 64, Time: 1, Threads: 1}}), s, c
}

func person(id string, roles ...huiying.Role) huiying.Person {
	return huiying.Person{ID: id, Name: "n " + id, Roles: roles}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func code(t *testing.T, err error, want huiying.Code) {
	t.Helper()
	if got := huiying.ErrorCode(err); got != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}

func TestCreate(t *testing.T) {
	u, _, _ := newUsers(t)
	p := huiying.Person{ID: "hall", Name: "甲", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}, Contacts: []huiying.Contact{{Channel: "mail", Address: "a@example.org"}}}
	must(t, u.Create(t.Context(), "admin", p))
	code(t, u.Create(t.Context(), "admin", p), huiying.Conflict)
	a, err := u.ByID(t.Context(), "hall")
	must(t, err)
	if a.Person.Name != "甲" || a.Person.Contacts[0].Address != "a@example.org" || a.HasPassword || a.Disabled || a.CreatedAt.IsZero() {
		t.Errorf("%+v", a)
	}
	for _, bad := range []huiying.Person{
		person("Bad", huiying.RoleAdmin), person("", huiying.RoleAdmin), {ID: "x", Roles: []huiying.Role{huiying.RoleAdmin}}, person("x"), person("x", "king"),
		person("x", huiying.RoleResponder), // without a unit
	} {
		code(t, u.Create(t.Context(), "admin", bad), huiying.Invalid)
	}
	_, err = u.ByID(t.Context(), "nobody")
	code(t, err, huiying.NotFound)
}

func TestPasswordRules(t *testing.T) {
	u, s, _ := newUsers(t)
	must(t, u.Create(t.Context(), "", person("somebody-new", huiying.RoleOfficer)))
	for _, bad := range []string{"", "short", "somebody-new", strings.Repeat("a", 12), strings.Repeat("长", 201)} {
		code(t, u.SetPassword(t.Context(), "somebody-new", bad), huiying.Invalid)
	}
	must(t, u.SetPassword(t.Context(), "somebody-new", "一句不难记的话就行了"))
	code(t, u.SetPassword(t.Context(), "nobody", password), huiying.NotFound)
	var record string
	must(t, s.Reader().QueryRow(`SELECT password_hash FROM users`).Scan(&record))
	if !strings.HasPrefix(record, "$argon2id$v=19$m=64,t=1,p=1$") || strings.Contains(record, "难记") {
		t.Errorf("%s", record)
	}
}

func TestSignInAndOut(t *testing.T) {
	u, s, c := newUsers(t)
	must(t, u.Create(t.Context(), "", person("officer", huiying.RoleOfficer)))
	must(t, u.SetPassword(t.Context(), "officer", password))
	from := query.Visitor{Address: "192.0.2.1", Agent: strings.Repeat("x", 500)}
	token, err := u.SignIn(t.Context(), "officer", password, from)
	must(t, err)
	a, err := u.Session(t.Context(), token.Session)
	must(t, err)
	if a.Person.ID != "officer" {
		t.Errorf("%+v", a)
	}
	var kept string
	must(t, s.Reader().QueryRow(`SELECT token_hash FROM sessions`).Scan(&kept))
	if kept == token.Session || strings.Contains(kept, token.Session) {
		t.Error("the token itself is stored")
	}
	logins, err := u.Logins(t.Context(), "officer")
	must(t, err)
	if len(logins) != 1 || logins[0].ID != query.LoginID(token.Session) || logins[0].Visitor.Address != "192.0.2.1" || len(logins[0].Visitor.Agent) != 200 {
		t.Errorf("%+v", logins)
	}
	must(t, u.SignOut(t.Context(), token.Session))
	must(t, u.SignOut(t.Context(), token.Session)) // twice does no harm
	_, err = u.Session(t.Context(), token.Session)
	code(t, err, huiying.Unauthorized)
	token, err = u.SignIn(t.Context(), "officer", password, from)
	must(t, err)
	c.pass(25 * time.Hour)
	_, err = u.Session(t.Context(), token.Session)
	code(t, err, huiying.Unauthorized)
	entries, err := access.New(s).Entries(t.Context(), "officer", 10)
	must(t, err)
	var actions []string
	for _, e := range entries {
		actions = append(actions, e.Action)
	}
	if strings.Join(actions, " ") != "sign_in sign_out sign_in password_set account_made" {
		t.Errorf("%v", actions)
	}
}

func TestLockOut(t *testing.T) {
	u, _, c := newUsers(t)
	must(t, u.Create(t.Context(), "", person("officer", huiying.RoleOfficer)))
	must(t, u.SetPassword(t.Context(), "officer", password))
	try := func(id, word string) error { _, err := u.SignIn(t.Context(), id, word, query.Visitor{}); return err }
	for _, id := range []string{"officer", "ghost"} {
		for range 4 {
			if err := try(id, "wrong"); !strings.Contains(err.Error(), "account.wrong") {
				t.Errorf("%s: %v", id, err)
			}
		}
		if err := try(id, "wrong"); !strings.Contains(err.Error(), "account.locked (unauthorized) 15") {
			t.Errorf("%s: %v", id, err)
		}
		c.pass(5*time.Minute + time.Second)
		if err := try(id, password); !strings.Contains(err.Error(), "account.locked (unauthorized) 10") {
			t.Errorf("%s: %v", id, err)
		}
		c.pass(10 * time.Minute)
		if err := try(id, "wrong"); !strings.Contains(err.Error(), "account.wrong") {
			t.Errorf("%s after the lock: %v", id, err)
		}
	}
	must(t, try("officer", password))
	for range 4 {
		code(t, try("officer", "wrong"), huiying.Unauthorized)
	}
	must(t, try("officer", password)) // a success clears the failures
	code(t, try("officer", "wrong"), huiying.Unauthorized)
	must(t, try("officer", password))
}

func TestNoPasswordNoEntry(t *testing.T) {
	u, _, _ := newUsers(t)
	must(t, u.Create(t.Context(), "", person("invited", huiying.RoleOfficer)))
	must(t, u.Create(t.Context(), "", person("gone", huiying.RoleOfficer)))
	must(t, u.SetPassword(t.Context(), "gone", password))
	must(t, u.SetDisabled(t.Context(), "", "gone", true))
	for id, word := range map[string]string{"invited": "", "gone": password} {
		_, err := u.SignIn(t.Context(), id, word, query.Visitor{})
		code(t, err, huiying.Unauthorized)
	}
}

func TestLinks(t *testing.T) {
	u, s, c := newUsers(t)
	must(t, u.Create(t.Context(), "", person("hall2", huiying.RoleOfficer)))
	tokenOf := func(path string) string { return path[strings.LastIndex(path, "/")+1:] }
	path, err := u.Link(t.Context(), query.LinkSignIn, "hall2", time.Hour)
	must(t, err)
	if !strings.HasPrefix(path, "/link/") {
		t.Errorf("%s", path)
	}
	for range 3 { // looking uses nothing up
		l, err := u.PeekLink(t.Context(), tokenOf(path))
		must(t, err)
		if l.Purpose != query.LinkSignIn || l.Account != "hall2" {
			t.Errorf("%+v", l)
		}
	}
	_, err = u.UsePassword(t.Context(), tokenOf(path), password, query.Visitor{})
	code(t, err, huiying.NotFound) // it is for another purpose
	token, err := u.UseSignIn(t.Context(), tokenOf(path), query.Visitor{})
	must(t, err)
	if _, err := u.Session(t.Context(), token.Session); err != nil {
		t.Error(err)
	}
	_, err = u.UseSignIn(t.Context(), tokenOf(path), query.Visitor{})
	code(t, err, huiying.NotFound)
	invite, err := u.Link(t.Context(), query.LinkPassword, "hall2", time.Hour)
	must(t, err)
	newer, err := u.Link(t.Context(), query.LinkPassword, "hall2", time.Hour)
	must(t, err)
	_, err = u.PeekLink(t.Context(), tokenOf(invite))
	code(t, err, huiying.NotFound) // the newer one replaces it
	_, err = u.UsePassword(t.Context(), tokenOf(newer), "short", query.Visitor{})
	code(t, err, huiying.Invalid)
	if _, err = u.UsePassword(t.Context(), tokenOf(newer), password, query.Visitor{}); err != nil {
		t.Fatal(err)
	}
	if _, err := u.Session(t.Context(), token.Session); huiying.ErrorCode(err) != huiying.Unauthorized {
		t.Error("a new password leaves old logins")
	}
	late, err := u.Link(t.Context(), query.LinkSignIn, "hall2", time.Hour)
	must(t, err)
	c.pass(61 * time.Minute)
	_, err = u.UseSignIn(t.Context(), tokenOf(late), query.Visitor{})
	code(t, err, huiying.NotFound)
	_, err = u.Link(t.Context(), query.LinkSignIn, "nobody", time.Hour)
	code(t, err, huiying.NotFound)
	var n int
	must(t, s.Reader().QueryRow(`SELECT count(*) FROM links WHERE token_hash = $1`, tokenOf(late)).Scan(&n))
	if n != 0 {
		t.Error("the token itself is stored")
	}
}

// Two browsers press the button at once: one gets in.
func TestLinkIsUsedOnce(t *testing.T) {
	u, _, _ := newUsers(t)
	must(t, u.Create(t.Context(), "", person("hall2", huiying.RoleOfficer)))
	path, err := u.Link(t.Context(), query.LinkSignIn, "hall2", time.Hour)
	must(t, err)
	token := path[len("/link/"):]
	var wait sync.WaitGroup
	got := make(chan error, 8)
	for range 8 {
		wait.Go(func() { _, err := u.UseSignIn(context.Background(), token, query.Visitor{}); got <- err })
	}
	wait.Wait()
	close(got)
	in := 0
	for err := range got {
		if err == nil {
			in++
		}
	}
	if in != 1 {
		t.Errorf("%d got in", in)
	}
}

func TestSetup(t *testing.T) {
	u, _, _ := newUsers(t)
	path, err := u.EnsureSetupLink(t.Context(), time.Hour)
	must(t, err)
	again, err := u.EnsureSetupLink(t.Context(), time.Hour)
	must(t, err)
	if _, err := u.PeekLink(t.Context(), path[len("/setup/"):]); huiying.ErrorCode(err) != huiying.NotFound {
		t.Error("two set-up links at once")
	}
	token := again[len("/setup/"):]
	_, err = u.UseSetup(t.Context(), token, query.NewAdmin{ID: "first", Password: password}, query.Visitor{})
	code(t, err, huiying.Invalid)
	session, err := u.UseSetup(t.Context(), token, query.NewAdmin{ID: "first", Name: "甲", Password: password}, query.Visitor{})
	must(t, err)
	a, err := u.Session(t.Context(), session.Session)
	must(t, err)
	if !a.Actor().Has(huiying.RoleAdmin) {
		t.Errorf("%+v", a)
	}
	if _, err = u.UseSetup(t.Context(), token, query.NewAdmin{ID: "second", Name: "乙", Password: password}, query.Visitor{}); err == nil {
		t.Error("a second administrator by the same link")
	}
	if none, err := u.EnsureSetupLink(t.Context(), time.Hour); err != nil || none != "" {
		t.Errorf("%q %v", none, err)
	}
}

// A configuration file that names people but no administrator still leads to
// one: the set-up link stands beside them.
func TestSetupBesideOthers(t *testing.T) {
	u, _, _ := newUsers(t)
	must(t, u.Create(t.Context(), "", person("duty", huiying.RoleOfficer)))
	path, err := u.EnsureSetupLink(t.Context(), time.Hour)
	must(t, err)
	if path == "" {
		t.Fatal("no set-up link though nobody is an administrator")
	}
	token := path[len("/setup/"):]
	_, err = u.UseSetup(t.Context(), token, query.NewAdmin{ID: "duty", Name: "甲", Password: password}, query.Visitor{})
	code(t, err, huiying.Conflict)
	_, err = u.UseSetup(t.Context(), token, query.NewAdmin{ID: "first", Name: "甲", Password: password}, query.Visitor{})
	must(t, err)
	if none, err := u.EnsureSetupLink(t.Context(), time.Hour); err != nil || none != "" {
		t.Errorf("%q %v", none, err)
	}
}

func TestLastAdministrator(t *testing.T) {
	u, _, _ := newUsers(t)
	must(t, u.Create(t.Context(), "", person("one", huiying.RoleAdmin)))
	code(t, u.SetDisabled(t.Context(), "", "one", true), huiying.Conflict)
	code(t, u.Update(t.Context(), "", person("one", huiying.RoleOfficer)), huiying.Conflict)
	must(t, u.Create(t.Context(), "", person("two", huiying.RoleAdmin)))
	must(t, u.SetDisabled(t.Context(), "", "one", true))
	code(t, u.SetDisabled(t.Context(), "", "two", true), huiying.Conflict)
	must(t, u.SetDisabled(t.Context(), "", "one", false))
	must(t, u.Update(t.Context(), "", person("two", huiying.RoleOfficer)))
	list, err := u.List(t.Context())
	must(t, err)
	if len(list) != 2 || list[1].Roles[0] != huiying.RoleOfficer {
		t.Errorf("%+v", list)
	}
}

func TestImport(t *testing.T) {
	u, _, _ := newUsers(t)
	must(t, u.Create(t.Context(), "", person("page", huiying.RoleOfficer)))
	must(t, u.Create(t.Context(), "", person("both", huiying.RoleOfficer)))
	must(t, u.SetPassword(t.Context(), "both", password))
	must(t, u.Import(t.Context(), "huiying.yaml", []huiying.Person{person("both", huiying.RoleManager), person("file", huiying.RoleOfficer)}))
	token, err := u.SignIn(t.Context(), "both", password, query.Visitor{})
	must(t, err) // the password stays
	code(t, u.SetDisabled(t.Context(), "", "file", true), huiying.Forbidden)
	code(t, u.Update(t.Context(), "", person("file", huiying.RoleAdmin)), huiying.Forbidden)
	must(t, u.Import(t.Context(), "huiying.yaml", []huiying.Person{person("file", huiying.RoleReviewer)}))
	_, err = u.Session(t.Context(), token.Session)
	code(t, err, huiying.Unauthorized) // both is gone from the file
	accounts, err := u.Accounts(t.Context())
	must(t, err)
	got := map[string]string{}
	for _, a := range accounts {
		state := "in"
		if a.Disabled {
			state = "out"
		}
		got[a.Person.ID] = state + " " + string(a.Person.Roles[0]) + " " + a.Origin
	}
	want := map[string]string{"page": "in officer ", "both": "out manager huiying.yaml", "file": "in reviewer huiying.yaml"}
	for id := range want {
		if got[id] != want[id] {
			t.Errorf("%s: %q, want %q", id, got[id], want[id])
		}
	}
	must(t, u.Import(t.Context(), "huiying.yaml", []huiying.Person{person("file", huiying.RoleReviewer), person("both", huiying.RoleOfficer)}))
	if a, err := u.ByID(t.Context(), "both"); err != nil || a.Disabled {
		t.Errorf("back in the file, still out: %+v %v", a, err)
	}
	code(t, u.Import(t.Context(), "f", []huiying.Person{person("BAD", huiying.RoleAdmin)}), huiying.Invalid)
}

// Whatever is tried in whatever order: a locked or disabled account never gets
// in, a used link never works again, and a session ends when it was ended.
func TestSignInMachine(t *testing.T) {
	dir := t.TempDir()
	s, c := open(t, dir)
	t.Cleanup(func() { s.Close() })
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		u := users.New(s, users.Options{Cost: users.Cost{Memory: 8, Time: 1, Threads: 1}, Failures: 3})
		id := "p-" + strings.Repeat("x", n%40) + strings.ReplaceAll(time.Duration(n).String(), "µ", "u")
		id = strings.ReplaceAll(id, ".", "-")
		if err := u.Create(context.Background(), "", person(id, huiying.RoleOfficer)); err != nil {
			rt.Fatal(err)
		}
		if err := u.SetPassword(context.Background(), id, password); err != nil {
			rt.Fatal(err)
		}
		failures, lockedUntil, disabled := 0, time.Time{}, false
		fail := func() { // a disabled account counts like any other: nobody is to tell them apart
			if c.Now().Before(lockedUntil) {
				return
			}
			if failures++; failures == 3 {
				failures, lockedUntil = 0, c.Now().Add(15*time.Minute)
			}
		}
		var live []string
		rt.Repeat(map[string]func(*rapid.T){
			"right": func(rt *rapid.T) {
				token, err := u.SignIn(context.Background(), id, password, query.Visitor{})
				allowed := !disabled && !c.Now().Before(lockedUntil)
				if (err == nil) != allowed {
					rt.Fatalf("let in: %v, want %v", err, allowed)
				}
				if disabled {
					fail()
				}
				if err == nil {
					failures, lockedUntil = 0, time.Time{}
					live = append(live, token.Session)
				}
			},
			"wrong": func(rt *rapid.T) {
				if _, err := u.SignIn(context.Background(), id, "nope", query.Visitor{}); huiying.ErrorCode(err) != huiying.Unauthorized {
					rt.Fatal(err)
				}
				fail()
			},
			"wait": func(*rapid.T) { c.pass(4 * time.Minute) },
			"disable": func(rt *rapid.T) {
				if err := u.SetDisabled(context.Background(), "", id, true); err != nil {
					rt.Fatal(err)
				}
				disabled, live = true, nil
			},
			"enable": func(rt *rapid.T) {
				if err := u.SetDisabled(context.Background(), "", id, false); err != nil {
					rt.Fatal(err)
				}
				disabled = false
			},
			"out": func(rt *rapid.T) {
				if len(live) == 0 {
					return
				}
				if err := u.SignOut(context.Background(), live[0]); err != nil {
					rt.Fatal(err)
				}
				if _, err := u.Session(context.Background(), live[0]); err == nil {
					rt.Fatal("an ended login works")
				}
				live = live[1:]
			},
			"": func(rt *rapid.T) {
				logins, err := u.Logins(context.Background(), id)
				if err != nil || len(logins) > len(live) {
					rt.Fatalf("%d logins, %d known: %v", len(logins), len(live), err)
				}
			},
		})
	})
}
