package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"huiying"
)

// SignIn is how people sign in.
type SignIn struct {
	SecondFactor []huiying.Role `yaml:"second_factor"` // roles that must have two-step sign-in
	Failures     int            `yaml:"failures"`      // wrong passwords in a row until an account is locked for an address
	Lockout      Duration       `yaml:"lockout"`       // for how long
	Session      Duration       `yaml:"session"`       // how long a sign-in lasts
	OIDC         OIDC           `yaml:"oidc"`
}

// OIDC is the office's identity provider (OpenID Connect); "" as the issuer =
// there is none.
type OIDC struct {
	Issuer           string   `yaml:"issuer"`
	ClientID         string   `yaml:"client_id"`
	ClientSecret     Secret   `yaml:"client_secret"`
	ClientSecretFile string   `yaml:"client_secret_file"`
	Name             string   `yaml:"name"`   // on the button
	Scopes           []string `yaml:"scopes"` // beside openid
	// Match is how somebody who comes for the first time finds their account:
	// link (an administrator links them), email (a verified one that is among
	// the account's contacts) or username (a claim that is the account).
	Match         string    `yaml:"match"`
	UsernameClaim string    `yaml:"username_claim"` // for match: username
	SecondFactor  string    `yaml:"second_factor"`  // own: people show ours too; issuer: theirs is enough
	Create        bool      `yaml:"create"`         // make an account for whom the table gives roles
	Roles         []OIDCRow `yaml:"roles"`          // [] = accounts keep the roles they have here
}

// OIDCRow gives roles, and a unit, to whoever has a value among a claim's.
type OIDCRow struct {
	Claim string         `yaml:"claim"`
	Value string         `yaml:"value"`
	Roles []huiying.Role `yaml:"roles"`
	Unit  string         `yaml:"unit"`
}

func defaultSignIn() SignIn {
	return SignIn{
		Failures: 5, Lockout: Duration(15 * time.Minute), Session: Duration(24 * time.Hour),
		OIDC: OIDC{Name: "统一身份认证", Scopes: []string{"profile", "email"}, Match: "link", UsernameClaim: "preferred_username", SecondFactor: "own"},
	}
}

func (c *Config) validateSignIn(d *decoder, units map[string]bool) {
	s := c.SignIn
	d.roles("sign_in.second_factor", s.SecondFactor)
	if s.Failures < 3 || s.Failures > 100 {
		d.problem("sign_in.failures", "config.range", s.Failures, 3, 100)
	}
	for path, v := range map[string]Duration{"sign_in.lockout": s.Lockout, "sign_in.session": s.Session} {
		if v := time.Duration(v); v < time.Minute || v > 30*24*time.Hour {
			d.problem(path, "config.signin_span", v)
		}
	}
	for i, p := range c.TrustedProxies {
		if !proxyName(p) {
			d.problem(fmt.Sprintf("trusted_proxies[%d]", i), "config.proxy", p)
		}
	}
	c.validateOIDC(d, units)
}

// proxyName reports whether a proxy is named by network, address or host name.
func proxyName(p string) bool {
	if _, err := netip.ParsePrefix(p); err == nil {
		return true
	}
	if _, err := netip.ParseAddr(p); err == nil {
		return true
	}
	return p != "" && !strings.ContainsAny(p, "/:*@ ?#")
}

func (c *Config) validateOIDC(d *decoder, units map[string]bool) {
	o := c.SignIn.OIDC
	if o.Issuer == "" {
		if o.ClientID != "" {
			d.problem("sign_in.oidc.issuer", "config.oidc_missing", "issuer")
		}
		return
	}
	d.url("sign_in.oidc.issuer", o.Issuer)
	for name, missing := range map[string]bool{"client_id": o.ClientID == "", "client_secret": o.ClientSecret == "", "name": o.Name == ""} {
		if missing {
			d.problem("sign_in.oidc."+name, "config.oidc_missing", name)
		}
	}
	if c.PublicURL == "" {
		d.problem("sign_in.oidc", "config.oidc_public_url")
	}
	d.oneOf("sign_in.oidc.match", o.Match, "link", "email", "username")
	d.oneOf("sign_in.oidc.second_factor", o.SecondFactor, "own", "issuer")
	if o.Create && len(o.Roles) == 0 {
		d.problem("sign_in.oidc.create", "config.oidc_create")
	}
	for i, row := range o.Roles {
		at := fmt.Sprintf("sign_in.oidc.roles[%d]", i)
		if row.Claim == "" || row.Value == "" || len(row.Roles) == 0 {
			d.problem(at, "config.oidc_row")
		}
		d.roles(at+".roles", row.Roles)
		if row.Unit != "" && !units[row.Unit] {
			d.problem(at+".unit", "config.no_unit", row.Unit)
		}
	}
}

func (d *decoder) roles(path string, list []huiying.Role) {
	for i, r := range list {
		if !slices.Contains(huiying.Roles(), r) {
			d.problem(fmt.Sprintf("%s[%d]", path, i), "config.one_of", string(r), "officer, responder, reviewer, manager, admin")
		}
	}
}

func (d *decoder) oneOf(path, value string, known ...string) {
	if !slices.Contains(known, value) {
		d.problem(path, "config.one_of", value, strings.Join(known, ", "))
	}
}

// Rights are the roles and the unit of whoever has these values of claims; the
// unit is that of the first row that names one.
func (o OIDC) Rights(values func(claim string) []string) (roles []huiying.Role, unit string) {
	for _, row := range o.Roles {
		if !slices.Contains(values(row.Claim), row.Value) {
			continue
		}
		for _, r := range row.Roles {
			if !slices.Contains(roles, r) {
				roles = append(roles, r)
			}
		}
		if unit == "" {
			unit = row.Unit
		}
	}
	return roles, unit
}
