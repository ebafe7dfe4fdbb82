package query

import (
	"slices"
	"time"

	"huiying"
)

// Account is a person who may sign in.
type Account struct {
	Person      huiying.Person
	Lang        string // zh, en, "" = as the browser asks
	Theme       string // "", light, dark; with " large" for large print
	Origin      string // the file that defines the person, "" when made on a page
	Disabled    bool
	HasPassword bool
	CreatedAt   time.Time
	HasFactor   bool // a second factor counts
	FactorDue   bool // one of the roles requires a second factor and there is none

	Token  string   // id of the token a program acts with; "" = the person is signed in
	Scopes []string // of the token
}

// Actor is the account as the case machine sees it.
func (a Account) Actor() huiying.Actor {
	actor := huiying.Actor{ID: a.Person.ID, Unit: a.Person.Unit, Roles: a.Person.Roles}
	if a.Token != "" {
		actor.Via = "token:" + a.Token
	}
	return actor
}

// OnlyDisplays reports an account of a wall: it may look at the big screen and
// at nothing else.
func (a Account) OnlyDisplays() bool {
	return len(a.Person.Roles) > 0 && !slices.ContainsFunc(a.Person.Roles, func(r huiying.Role) bool { return r != huiying.RoleDisplay })
}

// Scope is what the account may see: officers, reviewers and the management
// see every unit's matters, responders their own unit's.
func (a Account) Scope() Scope {
	return Scope{All: a.Actor().Has(huiying.RoleOfficer, huiying.RoleReviewer, huiying.RoleManager), Unit: a.Person.Unit}
}

// Visitor is where a request comes from, for the list of active logins.
type Visitor struct {
	Address  string
	Agent    string
	Browser  string // token by which the browser says that it was here before; "" = it does not
	Remember bool   // it is a browser and may be given such a token
}

// Login is one active sign-in.
type Login struct {
	ID        string // not the token: a digest of it
	Account   string
	CreatedAt time.Time
	ExpiresAt time.Time
	SeenAt    time.Time // when it last asked for anything, to about a minute
	How       string    // ByPassword, ByLink, BySSO
	Current   bool      // it is the one that asks
	Visitor   Visitor
}

// Purposes of one-time links.
const (
	LinkSetup    = "setup"    // creates the first administrator
	LinkPassword = "password" // sets a password: invitation and reset
	LinkSignIn   = "signin"   // signs in once
)

// Link is what a one-time link is for.
type Link struct {
	Purpose   string
	Account   string // "" for setup
	ExpiresAt time.Time
}

// NewAdmin is what the set-up page asks for.
type NewAdmin struct {
	ID       string
	Name     string
	Password string
}
