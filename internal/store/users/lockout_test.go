package users_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/users"
)

func known(t *testing.T, u *users.Users, id string) {
	t.Helper()
	must(t, u.Create(t.Context(), "", person(id, huiying.RoleOfficer)))
	must(t, u.SetPassword(t.Context(), id, password))
}

func says(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// Guesses made at once are counted one by one: none gets past the fifth, and
// those that were under way lift no lock.
func TestGuessesAtOnce(t *testing.T) {
	u, _, _ := newUsers(t)
	known(t, u, "officer")
	from := query.Visitor{Address: "203.0.113.9"}
	var all sync.WaitGroup
	var wrong, shut atomic.Int32
	for range 12 {
		all.Go(func() {
			_, err := u.SignIn(t.Context(), "officer", "wrong", from)
			switch {
			case strings.Contains(err.Error(), "account.wrong"):
				wrong.Add(1)
			case strings.Contains(err.Error(), "account.locked"):
				shut.Add(1)
			}
		})
	}
	all.Wait()
	if wrong.Load() != 4 || shut.Load() != 8 {
		t.Errorf("%d passwords were tried and %d refused unseen, want 4 and 8", wrong.Load(), shut.Load())
	}
	_, err := u.SignIn(t.Context(), "officer", password, from)
	says(t, err, "account.locked")
}

// Somebody else's guesses lock that somebody out, not the person: neither at
// another address nor, however many guess, in the browser they use.
func TestStrangersLockThemselvesOut(t *testing.T) {
	u, _, c := newUsers(t)
	known(t, u, "officer")
	own := query.Visitor{Address: "192.0.2.1", Remember: true}
	first, err := u.SignIn(t.Context(), "officer", password, own)
	must(t, err)
	if first.Browser == "" {
		t.Fatal("the browser is not remembered")
	}
	guess := func(address string) error {
		_, err := u.SignIn(t.Context(), "officer", "wrong", query.Visitor{Address: address})
		return err
	}
	for range 5 {
		err = guess("203.0.113.9")
	}
	says(t, err, "account.locked (unauthorized) 15")
	if _, err = u.SignIn(t.Context(), "officer", password, query.Visitor{Address: "198.51.100.4"}); err != nil {
		t.Errorf("another address is locked too: %v", err)
	}
	for i := range 50 { // many addresses, each below its own limit
		err = guess(fmt.Sprintf("198.18.%d.1", i))
	}
	says(t, err, "account.locked")
	_, err = u.SignIn(t.Context(), "officer", password, query.Visitor{Address: "198.51.100.4"})
	says(t, err, "account.locked") // for whoever is not known
	own.Browser = first.Browser
	again, err := u.SignIn(t.Context(), "officer", password, own)
	must(t, err) // but not in the person's own browser
	if again.Browser != first.Browser {
		t.Error("the browser is another one by now")
	}
	for range 5 {
		_, err = u.SignIn(t.Context(), "officer", "wrong", own)
	}
	says(t, err, "account.locked") // which has its own count
	c.pass(16 * time.Minute)
	_, err = u.SignIn(t.Context(), "officer", password, query.Visitor{Address: "203.0.113.9"})
	must(t, err)
}

// One address that guesses at many accounts is locked for all of them, whether
// they exist or not.
func TestAddressLocks(t *testing.T) {
	u, _, _ := newUsers(t)
	known(t, u, "officer")
	var err error
	for i := range 50 {
		_, err = u.SignIn(t.Context(), fmt.Sprintf("p%d", i), "wrong", query.Visitor{Address: fmt.Sprintf("2001:db8:0:7::%x", i)})
	}
	says(t, err, "account.locked")
	_, err = u.SignIn(t.Context(), "officer", password, query.Visitor{Address: "2001:db8:0:7:ffff::1"})
	says(t, err, "account.locked")
	_, err = u.SignIn(t.Context(), "officer", password, query.Visitor{Address: "2001:db8:0:8::1"})
	must(t, err)
}

// A token that somebody put into another's browser is not taken over.
func TestForeignBrowserToken(t *testing.T) {
	u, _, _ := newUsers(t)
	known(t, u, "officer")
	e, err := u.SignIn(t.Context(), "officer", password, query.Visitor{Browser: "planted", Remember: true})
	must(t, err)
	if e.Browser == "planted" || e.Browser == "" {
		t.Errorf("%q", e.Browser)
	}
	known(t, u, "deputy") // two people at one machine
	second, err := u.SignIn(t.Context(), "deputy", password, query.Visitor{Browser: e.Browser, Remember: true})
	must(t, err)
	if second.Browser != e.Browser {
		t.Error("one browser, two tokens")
	}
}

func TestChangePassword(t *testing.T) {
	u, _, c := newUsers(t)
	known(t, u, "officer")
	stays, err := u.SignIn(t.Context(), "officer", password, query.Visitor{})
	must(t, err)
	goes, err := u.SignIn(t.Context(), "officer", password, query.Visitor{})
	must(t, err)
	change := query.PasswordChange{Account: "officer", Old: "wrong", New: "another long word", Keep: stays.Session}
	err = u.ChangePassword(t.Context(), change, query.Visitor{})
	code(t, err, huiying.Invalid)
	says(t, err, "account.old_wrong")
	change.Old, change.New = password, "short"
	code(t, u.ChangePassword(t.Context(), change, query.Visitor{}), huiying.Invalid)
	change.New = "another long word"
	must(t, u.ChangePassword(t.Context(), change, query.Visitor{}))
	_, err = u.Session(t.Context(), stays.Session)
	must(t, err)
	_, err = u.Session(t.Context(), goes.Session)
	code(t, err, huiying.Unauthorized)
	_, err = u.SignIn(t.Context(), "officer", "another long word", query.Visitor{})
	must(t, err)
	change.Old = "wrong"
	for range 5 {
		err = u.ChangePassword(t.Context(), change, query.Visitor{})
	}
	says(t, err, "account.locked")
	code(t, err, huiying.Invalid) // still signed in
	c.pass(time.Hour)
}

func TestEndLoginsAndSeen(t *testing.T) {
	u, s, c := newUsers(t)
	known(t, u, "officer")
	var all []query.Entered
	for range 3 {
		e, err := u.SignIn(t.Context(), "officer", password, query.Visitor{})
		must(t, err)
		all = append(all, e)
	}
	c.pass(10 * time.Minute)
	_, err := u.Session(t.Context(), all[0].Session)
	must(t, err)
	stored := func() (n int) {
		must(t, s.Reader().QueryRow(`SELECT count(*) FROM sessions WHERE last_seen > created_at`).Scan(&n))
		return n
	}
	if stored() != 0 {
		t.Error("looking wrote something")
	}
	logins, err := u.Logins(t.Context(), "officer")
	must(t, err)
	seen := 0
	for _, l := range logins {
		if l.SeenAt.Equal(c.Now()) {
			seen++
		}
	}
	if seen != 1 {
		t.Errorf("%d seen just now: %+v", seen, logins)
	}
	must(t, u.FlushSeen(t.Context()))
	if stored() != 1 {
		t.Error("when it was seen is not kept")
	}
	n, err := u.EndLogins(t.Context(), "officer", "officer", all[1].Session)
	must(t, err)
	if n != 2 {
		t.Errorf("%d ended", n)
	}
	for i, e := range all {
		if _, err := u.Session(t.Context(), e.Session); (err == nil) != (i == 1) {
			t.Errorf("login %d: %v", i, err)
		}
	}
	_, err = u.EndLogins(t.Context(), "admin", "officer", "")
	must(t, err)
	_, err = u.Session(t.Context(), all[1].Session)
	code(t, err, huiying.Unauthorized)
	_, err = u.EndLogins(t.Context(), "admin", "nobody", "")
	code(t, err, huiying.NotFound)
}
