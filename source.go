package huiying

import (
	"encoding/json"
	"time"
)

// Source is the definition of one place that is read.
type Source struct {
	ID       string          `json:"id"`   // [a-z0-9-]{1,64}
	Kind     string          `json:"kind"` // weibo, portal, …
	Name     string          `json:"name"`
	BaseURL  string          `json:"base_url"`
	Every    time.Duration   `json:"every"`
	Slowest  time.Duration   `json:"slowest,omitempty"`  // while nothing is new the interval grows from Every up to this
	Cron     string          `json:"cron,omitempty"`     // five fields in the office zone, in place of Every
	Verified string          `json:"verified,omitempty"` // the day it was last checked against the live site, "" = never
	Disabled bool            `json:"disabled,omitempty"`
	Register Register        `json:"register"`
	Public   bool            `json:"public,omitempty"` // made on a page: its addresses are asked only where they are public ones
	Asked    time.Time       `json:"asked,omitzero"`   // when somebody last wanted a visit at once; laid over the definition on its way
	Options  json.RawMessage `json:"options"`          // the kind's own settings
}

// Register is the source's row in the written register of automated
// collection (网络数据安全管理条例 §18): the permission or legal basis the office
// holds where robots.txt disallows.
type Register struct {
	Basis     string    `json:"basis,omitempty"`
	Reference string    `json:"reference,omitempty"`
	Holder    string    `json:"holder,omitempty"`
	Expires   time.Time `json:"expires,omitzero"`
}

// Covers reports whether the row names a basis that is in force at t.
func (r Register) Covers(t time.Time) bool {
	return r.Basis != "" && r.Reference != "" && r.Holder != "" && t.Before(r.Expires)
}

// SourceState is how a source is doing.
type SourceState string

// MayBeAsked reports whether a visit at once may be wanted of a source in that
// state. Where the site refuses, or we pause, nobody hurries us.
func (s SourceState) MayBeAsked() bool {
	switch s {
	case "", SourceOK, SourceNew, SourceEmpty, SourceMaintenance, SourceMalformed, SourceUnreachable:
		return true
	}
	return false
}

// The states of a source.
const (
	SourceOK               SourceState = "ok"
	SourceNew              SourceState = "new"
	SourcePaused           SourceState = "paused"
	SourceEmpty            SourceState = "empty" // fetched fine, nothing found
	SourceLoginNeeded      SourceState = "login-needed"
	SourceBlocked          SourceState = "blocked"
	SourceRateLimited      SourceState = "rate-limited"
	SourceForbidden        SourceState = "forbidden"
	SourceMaintenance      SourceState = "maintenance"
	SourceMalformed        SourceState = "malformed"
	SourceUnreachable      SourceState = "unreachable"
	SourceRobotsDisallowed SourceState = "robots-disallowed"
)
