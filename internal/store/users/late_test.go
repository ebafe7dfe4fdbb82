package users_test

import (
	"context"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
)

// Whoever signed in with a password that is changed, or closed out, before the
// login is written is not in.
func TestLoginOvertaken(t *testing.T) {
	for name, overtakes := range map[string]string{
		"the password is changed": `UPDATE users SET password_hash = 'another' WHERE id = 'an'`,
		"the account is closed":   `UPDATE users SET disabled = 1 WHERE id = 'an'`,
	} {
		t.Run(name, func(t *testing.T) {
			u, s, _ := newUsers(t)
			must(t, u.Create(t.Context(), "test", person("an", huiying.RoleOfficer)))
			must(t, u.SetPassword(t.Context(), "an", password))
			begun, release := make(chan struct{}), make(chan struct{})
			first := make(chan error, 1)
			go func() {
				first <- s.Write(context.Background(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
					close(begun)
					<-release
					_, err := tx.ExecContext(ctx, overtakes)
					return err
				})
			}()
			<-begun
			in := make(chan error, 1)
			go func() {
				_, err := u.SignIn(context.Background(), "an", password, query.Visitor{Address: "192.0.2.1"})
				in <- err
			}()
			for s.Waiting() == 0 { // the password was right, and the login waits
				time.Sleep(time.Millisecond)
			}
			close(release)
			must(t, <-first)
			code(t, <-in, huiying.Unauthorized)
			if list, err := u.Logins(t.Context(), "an"); err != nil || len(list) != 0 {
				t.Errorf("%d logins, %v", len(list), err)
			}
		})
	}
}

// Nobody whom the identity provider vouches for is in either, once the account
// is closed.
func TestClosedAccountEntersByNoWay(t *testing.T) {
	u, _, _ := newUsers(t)
	must(t, u.Create(t.Context(), "test", person("an", huiying.RoleOfficer)))
	must(t, u.SetDisabled(t.Context(), "test", "an", true))
	_, err := u.EnterSSO(t.Context(), "an", query.Visitor{Address: "192.0.2.1"})
	code(t, err, huiying.Unauthorized)
	must(t, u.SetDisabled(t.Context(), "test", "an", false))
	if list, err := u.Logins(t.Context(), "an"); err != nil || len(list) != 0 {
		t.Errorf("%d logins, %v", len(list), err)
	}
}

// The long login of a wall ends when its account is to open more than the
// screen.
func TestWallThatBecomesAnOfficer(t *testing.T) {
	u, _, c := newUsers(t)
	must(t, u.Create(t.Context(), "test", person("hall", huiying.RoleDisplay)))
	must(t, u.SetPassword(t.Context(), "hall", password))
	e, err := u.SignIn(t.Context(), "hall", password, query.Visitor{Address: "192.0.2.1"})
	must(t, err)
	if got := e.Until.Sub(c.Now()); got != 90*24*time.Hour {
		t.Errorf("a wall's login lasts %v", got)
	}
	must(t, u.Update(t.Context(), "test", huiying.Person{ID: "hall", Name: "大厅", Roles: []huiying.Role{huiying.RoleDisplay}}))
	if _, err := u.Session(t.Context(), e.Session); err != nil {
		t.Errorf("another name ends the login: %v", err)
	}
	must(t, u.Update(t.Context(), "test", person("hall", huiying.RoleDisplay, huiying.RoleOfficer)))
	_, err = u.Session(t.Context(), e.Session)
	code(t, err, huiying.Unauthorized)
}
