package query

import (
	"time"

	"huiying"
)

// AccessEntry is one row of the log of access: who looked at what is masked, who
// signed in, who changed accounts.
type AccessEntry struct {
	N      int64
	At     time.Time
	Actor  string
	Action string
	Object string
	Detail string
}

// AccessFilter chooses rows of the log of access, the newest first.
type AccessFilter struct {
	Actor   string
	Actions []string // none = all
	Object  string   // a post, a case, an account
	From    time.Time
	To      time.Time
	Before  int64 // rows older than this one; 0 = from the newest on
	Limit   int
}

// Identity is who a person is at the identity provider.
type Identity struct {
	Issuer   string
	Subject  string
	Account  string
	LinkedBy string // an administrator, or "sso" by e-mail or name
	LinkedAt time.Time
	UsedAt   time.Time
}

// SSOPerson is somebody whom the identity provider vouches for, and what the
// configuration makes of them.
type SSOPerson struct {
	Issuer  string
	Subject string
	Name    string
	Account string // the account that a claim names, where accounts are found so
	Email   string // a verified one, where accounts are found so
	Mapped  bool   // roles and unit come from the table, not from the account
	Roles   []huiying.Role
	Unit    string
	New     string // the account to make where there is none; "" = none is made
}
