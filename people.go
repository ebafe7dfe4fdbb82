package huiying

import (
	"slices"
	"strings"
	"time"
)

// Role is what a person may do.
type Role string

// The five roles of people, and that of a wall of figures.
const (
	RoleOfficer   Role = "officer"   // 值班员: triages, opens, assigns
	RoleResponder Role = "responder" // 承办人: acknowledges, handles, drafts
	RoleReviewer  Role = "reviewer"  // 审核人: secrecy and release review
	RoleManager   Role = "manager"   // 领导: reads metrics, signs
	RoleAdmin     Role = "admin"     // 管理员: sources, rules, users
	RoleDisplay   Role = "display"   // 大屏: looks at the big screen, and does nothing
)

// Working lists the roles of people who do something.
func Working() []Role {
	return []Role{RoleOfficer, RoleResponder, RoleReviewer, RoleManager, RoleAdmin}
}

// Roles lists every role.
func Roles() []Role { return append(Working(), RoleDisplay) }

// Actor is who acts: a person with roles, a rule, or the system itself.
type Actor struct {
	ID    string
	Unit  string
	Roles []Role
	Via   string // "token:<id>" when a program acts with a token of the person or service
}

// Has reports whether the actor holds one of the roles.
func (a Actor) Has(roles ...Role) bool {
	return slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(a.Roles, r) })
}

// SystemActor acts for clocks and start-up.
func SystemActor() Actor { return Actor{ID: "system"} }

// RuleActor acts for a rule that assigns.
func RuleActor(rule string) Actor { return Actor{ID: "rule:" + rule} }

// ServiceActor acts for a service that holds a token of its own.
func ServiceActor(service string) Actor { return Actor{ID: "service:" + service} }

// Unit is an organisational unit that handles cases.
type Unit struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Person is a user of the system as other rooms see one.
type Person struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Unit     string    `json:"unit"`
	Roles    []Role    `json:"roles"`
	Contacts []Contact `json:"contacts"`
	// Quiet are the hours in which the person is told of nothing below red, as
	// routes write hours: "mon,tue 22:00-07:00". They are the person's own and
	// given to nobody.
	Quiet []string `json:"-"`
}

// Contact is one way to reach a person: a channel definition and, where the
// channel needs one, the address on it.
type Contact struct {
	Channel string `json:"channel"`
	Address string `json:"address,omitempty"`

	// Own: the person entered it, not an administrator or a file. ProvenAt is when
	// the person last showed that what is sent to it arrives with them; zero =
	// never of this address. Both are computed, and kept beside the contacts.
	Own      bool      `json:"-"`
	ProvenAt time.Time `json:"-"`
}

// Unproven reports a contact of which nobody knows that it reaches the person:
// alerts go to it all the same. A browser has shown it by turning push on.
func (c Contact) Unproven() bool {
	return c.ProvenAt.IsZero() && !strings.HasPrefix(c.Address, BrowsersOf)
}

// BrowsersOf begins the address of the contact that stands for all browsers in
// which a person has asked to be told; the person's id follows. It comes and
// goes with them and is never kept among the contacts that are written down.
const BrowsersOf = "browsers:"

// Shown is the address as people read it: that of the browsers is none.
func (c Contact) Shown() string {
	if strings.HasPrefix(c.Address, BrowsersOf) {
		return ""
	}
	return c.Address
}
