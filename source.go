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
	Disabled bool            `json:"disabled,omitempty"`
	Register Register        `json:"register"`
	Options  json.RawMessage `json:"options"` // the kind's own settings
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

// LedgerEntry is one visit's row in the coverage ledger: what was asked, what
// came, and what is known to be missing.
type LedgerEntry struct {
	Source   string        `json:"source"`
	At       time.Time     `json:"at"`
	Took     time.Duration `json:"took"`
	State    SourceState   `json:"state"`
	Pages    int           `json:"pages"`
	Posts    int           `json:"posts"`    // seen on the pages
	Accepted int           `json:"accepted"` // new or changed, handed to the bus
	Capped   bool          `json:"capped"`   // stopped before the end was reached
	Reason   string        `json:"reason"`   // catalogue key of why the state is not ok
	Detail   string        `json:"detail"`   // which page, which status
	NextAt   time.Time     `json:"next_at"`
}
