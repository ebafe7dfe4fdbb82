package users_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/storetest"
	"huiying/internal/store/users"
)

// proving is an office with one person whom mail and a robot reach.
func proving(t *testing.T, s *store.Store) *users.Users {
	t.Helper()
	u := users.New(s, users.Options{Cost: users.Cost{Memory: 64, Time: 1, Threads: 1}})
	p := person("an", huiying.RoleOfficer)
	p.Contacts = []huiying.Contact{{Channel: "mail", Address: "an@example.org"}, {Channel: "robot"}}
	must(t, u.Create(t.Context(), "", p))
	return u
}

func issued(t *testing.T, u *users.Users, channel string) string {
	t.Helper()
	c, err := u.NewContactCode(t.Context(), "an", channel)
	must(t, err)
	if len(c.Code) != 6 || strings.Trim(c.Code, "0123456789") != "" {
		t.Fatalf("the code is %q", c.Code)
	}
	return c.Code
}

// other is a code that is not the given one.
func other(code string, n int) string {
	var was int
	fmt.Sscanf(code, "%d", &was)
	return fmt.Sprintf("%06d", (was+n)%1_000_000)
}

func provenAt(t *testing.T, u *users.Users, channel string) time.Time {
	t.Helper()
	a, err := u.ByID(t.Context(), "an")
	must(t, err)
	for _, c := range a.Person.Contacts {
		if c.Channel == channel {
			if c.Unproven() != c.ProvenAt.IsZero() {
				t.Errorf("%+v", c)
			}
			return c.ProvenAt
		}
	}
	t.Fatalf("no contact on %s", channel)
	return time.Time{}
}

// The right code marks the contact with the time, once; it stays so when the
// person is written anew, and goes with the address, whoever changes it.
func TestProveContact(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		u := proving(t, s)
		code6 := issued(t, u, "mail")
		for _, statement := range []string{`SELECT code FROM contact_codes`, `SELECT address FROM contact_codes`} {
			var text string
			must(t, s.Reader().QueryRow(statement).Scan(&text))
			if strings.Contains(text, code6) || strings.Contains(text, "an@example.org") {
				t.Errorf("%s gives %s", statement, text)
			}
		}
		clock.Advance(9*time.Minute + 59*time.Second)
		must(t, u.ProveContact(t.Context(), "an", "mail", " "+code6+" "))
		if !provenAt(t, u, "mail").Equal(s.Now()) || !provenAt(t, u, "robot").IsZero() {
			t.Errorf("mail %v, robot %v", provenAt(t, u, "mail"), provenAt(t, u, "robot"))
		}
		code(t, u.ProveContact(t.Context(), "an", "mail", code6), huiying.Conflict) // replay
		if _, err := u.NewContactCode(t.Context(), "an", "mail"); huiying.ErrorCode(err) != huiying.Conflict {
			t.Errorf("a code for a proven contact: %v", err)
		}
		a, err := u.ByID(t.Context(), "an")
		must(t, err)
		a.Person.Name = "another"
		must(t, u.Update(t.Context(), "admin", a.Person))
		if provenAt(t, u, "mail").IsZero() {
			t.Error("a new name unproves the contact")
		}
		a.Person.Contacts[0] = huiying.Contact{Channel: "mail", Address: "new@example.org"}
		must(t, u.Update(t.Context(), "admin", a.Person))
		if !provenAt(t, u, "mail").IsZero() {
			t.Error("another address is proven")
		}
		code(t, u.ProveContact(t.Context(), "an", "mail", code6), huiying.Conflict)
		for _, c := range []struct{ id, channel string }{{"an", "sms"}, {"nobody", "mail"}} {
			if _, err := u.NewContactCode(t.Context(), c.id, c.channel); huiying.ErrorCode(err) != huiying.NotFound {
				t.Errorf("%v: %v", c, err)
			}
			code(t, u.ProveContact(t.Context(), c.id, c.channel, code6), huiying.NotFound)
		}
		for action, n := range map[string]int{access.ContactCode: 1, access.ContactProven: 1} {
			log, err := access.New(s).Of(t.Context(), "an", action, 9)
			must(t, err)
			if len(log) != n || log[0].Detail != "mail" || log[0].Actor != "an" {
				t.Errorf("%s: %+v", action, log)
			}
		}
	})
}

// Five tries, and the sixth is refused whatever it says, be they one after the
// other or all at once.
func TestCodesBruteForce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		u := proving(t, s)
		right := issued(t, u, "mail")
		for n := range 4 {
			err := u.ProveContact(t.Context(), "an", "mail", other(right, n+1))
			if huiying.ErrorCode(err) != huiying.Invalid || !strings.Contains(err.Error(), fmt.Sprintf("contact.wrong (invalid) %d", 4-n)) {
				t.Errorf("try %d: %v", n+1, err)
			}
		}
		if p, err := u.ContactCodes(t.Context(), "an"); err != nil || p["mail"].Left != 1 {
			t.Errorf("%+v %v", p, err)
		}
		code(t, u.ProveContact(t.Context(), "an", "mail", other(right, 9)), huiying.Conflict)
		code(t, u.ProveContact(t.Context(), "an", "mail", right), huiying.Conflict)
		if p, err := u.ContactCodes(t.Context(), "an"); err != nil || len(p) != 0 {
			t.Errorf("%+v %v", p, err)
		}
		right = issued(t, u, "mail") // a new one begins anew
		var wait sync.WaitGroup
		looked := make(chan error, 20)
		for n := range 20 {
			wait.Go(func() { looked <- u.ProveContact(context.Background(), "an", "mail", other(right, n+1)) })
		}
		wait.Wait()
		close(looked)
		wrong := 0
		for err := range looked {
			if strings.Contains(err.Error(), "contact.wrong") {
				wrong++
			}
		}
		if wrong != 4 { // the fifth says that the code is over
			t.Errorf("%d of 20 at once were told how many are left", wrong)
		}
		var tries int
		must(t, s.Reader().QueryRow(`SELECT tries FROM contact_codes ORDER BY n DESC LIMIT 1`).Scan(&tries))
		if tries != 5 || !provenAt(t, u, "mail").IsZero() {
			t.Errorf("%d tries", tries)
		}
	})
}

// A code ends after ten minutes, with the next one, and with the address it was
// sent to; an hour brings three.
func TestCodesEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		u := proving(t, s)
		first := issued(t, u, "mail")
		clock.Advance(10 * time.Minute)
		code(t, u.ProveContact(t.Context(), "an", "mail", first), huiying.Conflict)
		second := issued(t, u, "mail")
		third := issued(t, u, "mail")
		if second != third {
			code(t, u.ProveContact(t.Context(), "an", "mail", second), huiying.Invalid)
		}
		_, err := u.NewContactCode(t.Context(), "an", "mail")
		if huiying.ErrorCode(err) != huiying.Conflict || !strings.Contains(err.Error(), "contact.codes (conflict) 3 50") {
			t.Errorf("the fourth in an hour: %v", err)
		}
		robot := issued(t, u, "robot") // of another channel
		code(t, u.ProveContact(t.Context(), "an", "mail", robot), huiying.Invalid)
		must(t, u.PutContact(t.Context(), "an", huiying.Contact{Channel: "mail", Address: "b@example.org"}))
		code(t, u.ProveContact(t.Context(), "an", "mail", third), huiying.Conflict)
		if _, err := u.NewContactCode(t.Context(), "an", "mail"); huiying.ErrorCode(err) != huiying.Conflict {
			t.Errorf("another address brings more codes: %v", err)
		}
		clock.Advance(50 * time.Minute)
		must(t, u.ProveContact(t.Context(), "an", "mail", issued(t, u, "mail")))
	})
}

// People change their own contacts, but not those of a file, not the last one,
// and not to what is no address.
func TestOwnContacts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		u := proving(t, s)
		put := func(channel, address string) error {
			return u.PutContact(t.Context(), "an", huiying.Contact{Channel: channel, Address: address})
		}
		must(t, u.ProveContact(t.Context(), "an", "robot", issued(t, u, "robot")))
		must(t, put("sms", "13900000000"))
		must(t, put("mail", " c@example.org "))
		must(t, put("mail", "c@example.org")) // changes nothing
		a, err := u.ByID(t.Context(), "an")
		must(t, err)
		var got []string
		for _, c := range a.Person.Contacts {
			got = append(got, fmt.Sprint(c.Channel, " ", c.Address, " ", c.Own, " ", !c.ProvenAt.IsZero()))
		}
		if want := "mail c@example.org true false; robot  false true; sms 13900000000 true false"; strings.Join(got, "; ") != want {
			t.Errorf("%s, want %s", strings.Join(got, "; "), want)
		}
		for _, bad := range []string{strings.Repeat("x", 201), "a\r\nBcc: b", huiying.BrowsersOf + "bo"} {
			code(t, put("mail", bad), huiying.Invalid)
		}
		must(t, u.DropContact(t.Context(), "an", "mail"))
		must(t, u.DropContact(t.Context(), "an", "sms"))
		code(t, u.DropContact(t.Context(), "an", "sms"), huiying.NotFound)
		code(t, u.DropContact(t.Context(), "an", "robot"), huiying.Conflict)
		if provenAt(t, u, "robot").IsZero() {
			t.Error("other contacts unprove it")
		}
		log, err := access.New(s).Of(t.Context(), "an", access.ContactSet, 9)
		must(t, err)
		if len(log) != 4 || strings.Contains(fmt.Sprint(log), "13900000000") {
			t.Errorf("%+v", log)
		}
		must(t, u.Import(t.Context(), "huiying.yaml", []huiying.Person{{ID: "file", Name: "f", Roles: []huiying.Role{huiying.RoleOfficer}, Contacts: []huiying.Contact{{Channel: "mail", Address: "f@example.org"}}}}))
		code(t, u.PutContact(t.Context(), "file", huiying.Contact{Channel: "sms", Address: "13900000000"}), huiying.Forbidden)
		code(t, u.DropContact(t.Context(), "file", "mail"), huiying.Forbidden)
		c, err := u.NewContactCode(t.Context(), "file", "mail") // but they verify it
		must(t, err)
		must(t, u.ProveContact(t.Context(), "file", "mail", c.Code))
	})
}
