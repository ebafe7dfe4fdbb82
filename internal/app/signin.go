package app

import (
	"context"
	"time"

	"huiying/internal/store/factor"
	"huiying/internal/store/users"
)

// seenEvery is how often it is stored when logins were last seen.
const seenEvery = time.Minute

// openAccounts makes the accounts over the store.
func (a *App) openAccounts() {
	s := a.config.SignIn
	a.factor = factor.New(a.store, a.keys.signIn, a.config.Office.Name)
	a.users = users.New(a.store, users.Options{
		Failures: s.Failures, Lockout: time.Duration(s.Lockout), SessionFor: time.Duration(s.Session),
		Factor: a.factor, Required: s.SecondFactor, TrustIssuer: s.OIDC.SecondFactor == "issuer",
	})
	a.life.onStop("logins", a.users.FlushSeen)
	a.life.loop("logins", func(ctx context.Context) error {
		every := time.NewTicker(seenEvery)
		defer every.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-every.C:
				if err := a.users.FlushSeen(ctx); err != nil {
					return err
				}
			}
		}
	})
}
