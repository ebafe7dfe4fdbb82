package app

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"huiying"
	"huiying/internal/config"
	"huiying/internal/oidc"
	"huiying/internal/query"
	"huiying/internal/store/identities"
	"huiying/internal/web"
)

// sso signs people in whom the office's identity provider vouches for.
type sso struct {
	app      *App
	config   config.OIDC
	provider *oidc.Provider
	book     *identities.Book
}

// singleSignOn is nil where no identity provider is configured.
func (a *App) singleSignOn() web.SSO {
	o := a.config.SignIn.OIDC
	if o.Issuer == "" {
		return nil
	}
	return sso{app: a, config: o, book: identities.New(a.store, a.users), provider: oidc.New(oidc.Options{
		Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: string(o.ClientSecret), Scopes: o.Scopes, Key: a.keys.signIn, Now: a.now,
		RedirectURL: strings.TrimSuffix(a.config.PublicURL, "/") + web.SSOBack,
	})}
}

// Name is what the button says.
func (s sso) Name() string { return s.config.Name }

// Begin leads to the provider.
func (s sso) Begin(ctx context.Context, next string) (address, cookie string, err error) {
	address, cookie, err = s.provider.Begin(ctx, next)
	return address, cookie, s.logged(ctx, err)
}

// Finish signs in whom the provider vouches for.
func (s sso) Finish(ctx context.Context, cookie string, answer url.Values, from query.Visitor) (e query.Entered, next string, err error) {
	who, next, err := s.provider.Finish(ctx, cookie, answer)
	if err != nil {
		return e, next, s.logged(ctx, err)
	}
	account, err := s.book.Resolve(ctx, s.person(who))
	if err != nil {
		return e, next, s.logged(ctx, err)
	}
	e, err = s.app.users.EnterSSO(ctx, account, from)
	return e, next, err
}

// logged keeps the cause for the operator; the person reads one sentence.
func (s sso) logged(ctx context.Context, err error) error {
	if e, ok := errors.AsType[*huiying.Error](err); ok && e.Err != nil {
		s.app.logger.WarnContext(ctx, "single sign-on was refused", "why", e.Key, "error", e.Err)
	}
	return err
}

// person is what the configuration makes of a person's claims.
func (s sso) person(who oidc.Person) query.SSOPerson {
	p := query.SSOPerson{Issuer: who.Issuer, Subject: who.Subject, Name: who.Text("name"), Mapped: len(s.config.Roles) > 0}
	name := strings.ToLower(who.Text(s.config.UsernameClaim))
	switch s.config.Match {
	case "email":
		p.Email = who.Email()
	case "username":
		p.Account = name
	}
	if s.config.Create {
		p.New = name
	}
	p.Roles, p.Unit = s.config.Rights(who.Values)
	return p
}
