// Package oidc signs people in at the office's identity provider (OpenID
// Connect, authorization code with PKCE) and says whom it vouches for. It
// refuses an answer that does not belong to the browser that asked, a token for
// somebody else, of somebody else, over or badly signed, and never says more
// than one sentence of why: the cause is in the log.
package oidc

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"huiying"
)

// Options is what a Provider works with; all but Client are required.
type Options struct {
	Issuer       string
	ClientID     string
	ClientSecret string
	RedirectURL  string   // where people come back to
	Scopes       []string // beside openid
	Key          []byte   // seals sign-ins that are under way, 32 bytes
	Now          func() time.Time
	Client       *http.Client // nil = one with a time limit
}

// Provider is one identity provider. It is asked about itself when first needed:
// one that is down keeps nothing from starting.
type Provider struct {
	o Options

	mu    sync.Mutex
	found *oidc.Provider
}

// askWithin bounds every question to the provider.
const askWithin = 10 * time.Second

// New makes a Provider; nothing is asked yet.
func New(o Options) *Provider {
	if o.Client == nil {
		o.Client = &http.Client{Timeout: askWithin}
	}
	return &Provider{o: o}
}

// Person is somebody whom the provider vouches for.
type Person struct {
	Issuer  string
	Subject string
	Claims  map[string]any
}

// Begin gives the address where the person signs in, and the cookie that the
// answer must come back with. next is where they want to go.
func (p *Provider) Begin(ctx context.Context, next string) (address, cookie string, err error) {
	config, _, err := p.config(ctx)
	if err != nil {
		return "", "", err
	}
	f := flow{State: token(), Nonce: token(), Verifier: oauth2.GenerateVerifier(), Next: next, Until: p.o.Now().Add(flowFor).Unix()}
	if cookie, err = p.seal(f); err != nil {
		return "", "", err
	}
	return config.AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), cookie, nil
}

// Finish checks what the provider's answer brings, and gives the person and
// where they wanted to go.
func (p *Provider) Finish(ctx context.Context, cookie string, answer url.Values) (who Person, next string, err error) {
	f, err := p.open(cookie)
	if err != nil {
		return who, "", err
	}
	if err := p.belongs(f, answer); err != nil {
		return who, f.Next, err
	}
	config, provider, err := p.config(ctx)
	if err != nil {
		return who, f.Next, err
	}
	ctx = oidc.ClientContext(ctx, p.o.Client)
	got, err := config.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return who, f.Next, exchange(err)
	}
	raw, ok := got.Extra("id_token").(string)
	if !ok {
		return who, f.Next, refused(errors.New("no id_token in the answer"))
	}
	id, err := provider.Verifier(&oidc.Config{ClientID: p.o.ClientID, Now: p.o.Now}).Verify(ctx, raw)
	if err != nil {
		return who, f.Next, refused(err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1 {
		return who, f.Next, refused(errors.New("the nonce is another one"))
	}
	if id.Subject == "" {
		return who, f.Next, refused(errors.New("no subject"))
	}
	who = Person{Issuer: id.Issuer, Subject: id.Subject, Claims: map[string]any{}}
	if err := id.Claims(&who.Claims); err != nil {
		return who, f.Next, refused(err)
	}
	return who, f.Next, nil
}

// belongs reports whether an answer is to the question of this browser.
func (p *Provider) belongs(f flow, answer url.Values) error {
	if subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(f.State)) != 1 {
		return huiying.Errorf(huiying.Unauthorized, "sso.stale")
	}
	if iss := answer.Get("iss"); iss != "" && iss != p.o.Issuer {
		return refused(fmt.Errorf("the answer is of %q", iss))
	}
	switch code := answer.Get("error"); {
	case code == "access_denied":
		return huiying.Errorf(huiying.Unauthorized, "sso.denied")
	case code != "":
		return refused(fmt.Errorf("the provider says %q", code))
	case answer.Get("code") == "":
		return refused(errors.New("no code in the answer"))
	}
	return nil
}

// config asks the provider about itself, once it answers.
func (p *Provider) config(ctx context.Context) (*oauth2.Config, *oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found == nil {
		// What is found outlives the request: its keys are fetched anew later.
		found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.o.Client), p.o.Issuer)
		if err != nil {
			return nil, nil, unreachable(err)
		}
		p.found = found
	}
	return &oauth2.Config{
		ClientID: p.o.ClientID, ClientSecret: p.o.ClientSecret, Endpoint: p.found.Endpoint(), RedirectURL: p.o.RedirectURL,
		Scopes: append([]string{oidc.ScopeOpenID}, p.o.Scopes...),
	}, p.found, nil
}

// exchange tells a provider that refuses the code from one that does not answer.
func exchange(err error) error {
	var told *oauth2.RetrieveError
	if errors.As(err, &told) && told.Response != nil && told.Response.StatusCode < http.StatusInternalServerError {
		return refused(err)
	}
	return unreachable(err)
}

// refused and unreachable tell people one sentence and keep the cause for the
// log.
func refused(cause error) error {
	return because(huiying.Errorf(huiying.Unauthorized, "sso.refused"), cause)
}

func unreachable(cause error) error {
	return because(huiying.Errorf(huiying.Unavailable, "sso.unreachable"), cause)
}

func because(e *huiying.Error, cause error) error {
	e.Err = cause
	return e
}
