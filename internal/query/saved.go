package query

import (
	"strings"
	"time"

	"huiying"
)

// Pages that views are kept of.
const (
	PageStream = "stream"
	PageCases  = "cases"
)

// SavedView is the state of a list's filter under a name (方案).
type SavedView struct {
	ID        string    `json:"id"`
	Owner     string    `json:"owner"`
	Page      string    `json:"page" enum:"stream,cases"`
	Name      string    `json:"name"`
	Query     string    `json:"query" doc:"As it stands in the address of the page"`
	Shared    string    `json:"shared" doc:"Empty = the owner's alone, role:ROLE, unit:UNIT"`
	CreatedAt time.Time `json:"created_at"`
	Default   bool      `json:"default" doc:"The page opens with it for the caller"`

	Subscription *Subscription `json:"subscription,omitempty" doc:"The caller's"`
}

// Href is the list that the view is.
func (v SavedView) Href() string { return "/" + v.Page + "?" + v.Query }

// Seen reports whether the account may use the view: its owner, or whoever it
// is shared with, as long as they may open the page.
func (v SavedView) Seen(a Account) bool {
	if v.Page == PageStream && !a.Scope().All {
		return false
	}
	if v.Owner == a.Person.ID {
		return true
	}
	if role, ok := strings.CutPrefix(v.Shared, "role:"); ok {
		return a.Actor().Has(huiying.Role(role))
	}
	unit, ok := strings.CutPrefix(v.Shared, "unit:")
	return ok && unit != "" && unit == a.Person.Unit
}

// Hours in which a subscription tells.
const (
	HoursAlways = "always"
	HoursOffice = "office" // working hours of working days
)

// Subscription is a person who is told of new posts of a view.
type Subscription struct {
	Every  int       `json:"every" doc:"Minutes between two messages at least"`
	Hours  string    `json:"hours" enum:"always,office"`
	ToldAt time.Time `json:"told_at,omitzero"`
	Told   int       `json:"told" doc:"Posts that the last message told of"`
}

// What is done to a view.
const (
	ViewRename      = "rename"
	ViewShare       = "share"
	ViewDelete      = "delete"
	ViewDefault     = "default"
	ViewUndefault   = "undefault"
	ViewSubscribe   = "subscribe"
	ViewUnsubscribe = "unsubscribe"
)

// ViewChanges lists what is done to a view.
func ViewChanges() []string {
	return []string{ViewRename, ViewShare, ViewDelete, ViewDefault, ViewUndefault, ViewSubscribe, ViewUnsubscribe}
}

// ViewChange is a person changing a view, or what it is to them.
type ViewChange struct {
	View   string
	Action string
	Name   string // of ViewRename
	Shared string // of ViewShare
	Every  int    // of ViewSubscribe
	Hours  string
}
