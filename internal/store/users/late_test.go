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
