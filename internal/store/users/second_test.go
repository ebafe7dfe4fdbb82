package users_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/access"
	"huiying/internal/store/factor"
	"huiying/internal/store/users"
)

// authenticator is an app of its own: it shares no code with the service.
func authenticator(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(secret, " ", ""))
	must(t, err)
	var step [8]byte
	binary.BigEndian.PutUint64(step[:], uint64(at.Unix()/30))
	mac := hmac.New(sha1.New, key)
	mac.Write(step[:])
	sum := mac.Sum(nil)
	at4 := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at4:])&0x7fffffff%1_000_000)
}

func withFactor(t *testing.T, o users.Options) (*users.Users, *factor.Book, *clock) {
	t.Helper()
	s, c := open(t, t.TempDir())
	t.Cleanup(func() { s.Close() })
	book := factor.New(s, []byte(strings.Repeat("k", factor.KeySize)), "示例中心")
	o.Factor, o.Cost = book, users.Cost{Memory: 64, Time: 1, Threads: 1}
	return users.New(s, o), book, c
}

func enrol(t *testing.T, book *factor.Book, c *clock, id string) (secret string, recovery []string) {
	t.Helper()
	e, err := book.Begin(t.Context(), id)
	must(t, err)
	recovery, err = book.Confirm(t.Context(), id, authenticator(t, e.Secret, c.Now()))
	must(t, err)
	return e.Secret, recovery
}

func TestSecondStep(t *testing.T) {
	u, book, c := withFactor(t, users.Options{})
	known(t, u, "officer")
	before, err := u.SignIn(t.Context(), "officer", password, query.Visitor{})
	must(t, err)
	if before.Session == "" {
		t.Fatal("no login without a second factor")
	}
	secret, recovery := enrol(t, book, c, "officer")
	enter := func() string {
		e, err := u.SignIn(t.Context(), "officer", password, query.Visitor{})
		must(t, err)
		if e.Session != "" || e.Step == "" {
			t.Fatal("let in without the second factor")
		}
		return e.Step
	}
	step := enter()
	_, err = u.Session(t.Context(), step)
	code(t, err, huiying.Unauthorized)
	_, err = u.SecondStep(t.Context(), step, authenticator(t, secret, c.Now()), query.Visitor{})
	says(t, err, "factor.used") // it confirmed already
	c.pass(30 * time.Second)
	in, err := u.SecondStep(t.Context(), step, authenticator(t, secret, c.Now()), query.Visitor{})
	must(t, err)
	a, err := u.Session(t.Context(), in.Session)
	must(t, err)
	if !a.HasFactor || a.FactorDue {
		t.Errorf("%+v", a)
	}
	_, err = u.SecondStep(t.Context(), step, authenticator(t, secret, c.Now()), query.Visitor{})
	says(t, err, "factor.step_over") // it was used
	step = enter()
	in, err = u.SecondStep(t.Context(), step, recovery[3], query.Visitor{})
	must(t, err)
	_, err = u.SecondStep(t.Context(), enter(), recovery[3], query.Visitor{})
	says(t, err, "factor.wrong")
	step = enter()
	c.pass(5 * time.Minute)
	_, err = u.SecondStep(t.Context(), step, authenticator(t, secret, c.Now()), query.Visitor{})
	says(t, err, "factor.step_over")
}

// Whoever has the password but not the factor gets five tries, and a new
// password check in between does not begin them anew.
func TestCodesAreCounted(t *testing.T) {
	u, book, c := withFactor(t, users.Options{})
	known(t, u, "officer")
	secret, _ := enrol(t, book, c, "officer")
	var last error
	for range 5 {
		e, err := u.SignIn(t.Context(), "officer", password, query.Visitor{Address: "203.0.113.9"})
		must(t, err)
		_, last = u.SecondStep(t.Context(), e.Step, "zzzzz-zzzzz", query.Visitor{Address: "203.0.113.9"})
	}
	says(t, last, "account.locked (unauthorized) 15")
	_, err := u.SignIn(t.Context(), "officer", password, query.Visitor{Address: "203.0.113.9"})
	says(t, err, "account.locked")
	c.pass(time.Minute)
	e, err := u.SignIn(t.Context(), "officer", password, query.Visitor{Address: "192.0.2.1"})
	must(t, err)
	_, err = u.SecondStep(t.Context(), e.Step, authenticator(t, secret, c.Now()), query.Visitor{Address: "192.0.2.1"})
	must(t, err)
}

// A link by mail is not enough where a second factor counts.
func TestLinksAskForTheFactor(t *testing.T) {
	u, book, c := withFactor(t, users.Options{})
	known(t, u, "officer")
	enrol(t, book, c, "officer")
	path, err := u.Link(t.Context(), query.LinkPassword, "officer", time.Hour)
	must(t, err)
	e, err := u.UsePassword(t.Context(), path[len("/link/"):], "another long word", query.Visitor{})
	must(t, err)
	if e.Session != "" || e.Step == "" {
		t.Error("the link alone let somebody in")
	}
	path, err = u.Link(t.Context(), query.LinkSignIn, "officer", time.Hour)
	must(t, err)
	e, err = u.UseSignIn(t.Context(), path[len("/link/"):], query.Visitor{})
	must(t, err)
	if e.Session != "" || e.Step == "" {
		t.Error("the link alone let somebody in")
	}
}

func TestRequiredFactor(t *testing.T) {
	u, book, c := withFactor(t, users.Options{Required: []huiying.Role{huiying.RoleAdmin}})
	must(t, u.Create(t.Context(), "", person("boss", huiying.RoleAdmin)))
	known(t, u, "officer")
	must(t, u.SetPassword(t.Context(), "boss", password))
	due := func(id string) bool {
		e, err := u.SignIn(t.Context(), id, password, query.Visitor{})
		must(t, err)
		a, err := u.Session(t.Context(), e.Session)
		must(t, err)
		return a.FactorDue
	}
	if !due("boss") || due("officer") {
		t.Error("the requirement is not by role")
	}
	secret, _ := enrol(t, book, c, "boss")
	c.pass(time.Minute)
	err := u.DropFactor(t.Context(), "boss", authenticator(t, secret, c.Now()), query.Visitor{})
	says(t, err, "factor.required")
	c.pass(time.Minute)
	codes, err := u.RenewRecovery(t.Context(), "boss", authenticator(t, secret, c.Now()), query.Visitor{})
	must(t, err)
	if len(codes) != 10 {
		t.Errorf("%v", codes)
	}
	_, err = u.RenewRecovery(t.Context(), "boss", "000000", query.Visitor{})
	code(t, err, huiying.Invalid)
	must(t, book.Reset(t.Context(), "officer", "boss"))
	if !due("boss") {
		t.Error("a reset factor still counts")
	}
	secret, _ = enrol(t, book, c, "officer")
	c.pass(time.Minute)
	must(t, u.DropFactor(t.Context(), "officer", authenticator(t, secret, c.Now()), query.Visitor{}))
	if due("officer") {
		t.Error("due for whom it is not required")
	}
}

// What happens to a second factor stands in the log of access.
func TestFactorIsLogged(t *testing.T) {
	s, c := open(t, t.TempDir())
	t.Cleanup(func() { s.Close() })
	book := factor.New(s, []byte(strings.Repeat("k", factor.KeySize)), "office")
	u := users.New(s, users.Options{Factor: book, Cost: users.Cost{Memory: 64, Time: 1, Threads: 1}})
	known(t, u, "officer")
	_, recovery := enrol(t, book, c, "officer")
	e, err := u.SignIn(t.Context(), "officer", password, query.Visitor{})
	must(t, err)
	_, err = u.SecondStep(t.Context(), e.Step, recovery[0], query.Visitor{})
	must(t, err)
	must(t, book.Reset(t.Context(), "boss", "officer"))
	code(t, book.Reset(t.Context(), "boss", "officer"), huiying.NotFound)
	for action, actor := range map[string]string{access.FactorMade: "officer", access.RecoveryUsed: "officer", access.FactorReset: "boss"} {
		list, err := access.New(s).Of(t.Context(), "officer", action, 5)
		must(t, err)
		if len(list) != 1 || list[0].Actor != actor || list[0].Detail != "" {
			t.Errorf("%s: %+v", action, list)
		}
	}
}
