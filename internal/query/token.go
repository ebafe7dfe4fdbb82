package query

import (
	"time"

	"huiying"
)

// Token is a token of the API: of a person, or of a service with roles of its
// own. What it may do is its scopes, within the roles.
type Token struct {
	ID        string         `json:"id"`
	Name      string         `json:"name"` // what it is for
	Account   string         `json:"account,omitempty"`
	Service   string         `json:"service,omitempty"`
	Roles     []huiying.Role `json:"roles,omitempty"` // of a service
	Unit      string         `json:"unit,omitempty"`  // of a service
	Scopes    []string       `json:"scopes"`
	MadeBy    string         `json:"made_by"`
	MadeAt    time.Time      `json:"made_at"`
	ExpiresAt time.Time      `json:"expires_at"`
	UsedAt    time.Time      `json:"used_at"` // to about a minute
	UsedFrom  string         `json:"used_from,omitempty"`
	RevokedAt time.Time      `json:"revoked_at"`
	RevokedBy string         `json:"revoked_by,omitempty"`
}

// States of tokens.
const (
	TokenWorks   = "works"
	TokenExpired = "expired"
	TokenRevoked = "revoked"
)

// State is whether the token works.
func (t Token) State(now time.Time) string {
	switch {
	case !t.RevokedAt.IsZero():
		return TokenRevoked
	case !now.Before(t.ExpiresAt):
		return TokenExpired
	}
	return TokenWorks
}

// NewToken asks for one: for Account, or for Service with Roles and Unit.
type NewToken struct {
	Name    string
	Account string
	Service string
	Roles   []huiying.Role
	Unit    string
	Scopes  []string
	For     time.Duration
	By      string
}
