package app

import (
	"context"
	"errors"
	"time"

	"huiying/internal/store/factor"
	"huiying/internal/store/tokens"
	"huiying/internal/store/users"
	"huiying/internal/web/api"
)

// seenEvery is how often it is stored when logins and tokens were last used.
const seenEvery = time.Minute

// openAccounts makes the accounts over the store.
func (a *App) openAccounts() {
	s := a.config.SignIn
	a.factor = factor.New(a.store, a.keys.signIn, a.config.Office.Name)
	a.users = users.New(a.store, users.Options{
		Failures: s.Failures, Lockout: time.Duration(s.Lockout), SessionFor: time.Duration(s.Session),
		Factor: a.factor, Required: s.SecondFactor, TrustIssuer: s.OIDC.SecondFactor == "issuer",
	})
	a.tokens = tokens.New(a.store, tokens.Options{Scopes: api.Scopes(), People: a.users.ByID})
	flush := func(ctx context.Context) error { return errors.Join(a.users.FlushSeen(ctx), a.tokens.Flush(ctx)) }
	a.life.every("logins", seenEvery, flush)
}
