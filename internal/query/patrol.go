package query

import (
	"strconv"
	"time"

	"huiying"
)

// PatrolSite is one inspected site as it stands.
type PatrolSite struct {
	Source    string         `json:"source"`
	Name      string         `json:"name"`
	Home      string         `json:"home"`
	Disabled  bool           `json:"disabled"`
	Visited   time.Time      `json:"visited_at,omitzero"` // the last visit; zero = never
	State     string         `json:"state,omitempty"`     // of that visit
	Problem   error          `json:"-"`                   // its state cannot be read
	Probing   bool           `json:"probing"`
	Probes    PatrolProbes   `json:"probes"`
	Round     PatrolRound    `json:"round"`
	Columns   []PatrolColumn `json:"columns"`
	Cert      PatrolCert     `json:"certificate"`
	Letters   int            `json:"letters"` // kept in mind
	LettersAt time.Time      `json:"letters_at,omitzero"`
	Open      map[string]int `json:"open"` // findings by check
	Total     int            `json:"open_total"`
}

// PatrolProbes is the reachability of a week.
type PatrolProbes struct {
	Slots, Probes, Closed, Slow, Silent, Failing, Gaps, InRow int
	Limit                                                     int // per cent of closed probes at which the week is lost
}

// Available is the share of open probes in thousandths, rounded down; -1 without
// probes.
func (p PatrolProbes) Available() int {
	if p.Probes == 0 {
		return -1
	}
	return (p.Probes - p.Closed) * 1000 / p.Probes
}

// AvailableText is the share as people read it.
func (p PatrolProbes) AvailableText() string {
	n := p.Available()
	if n < 0 {
		return "—"
	}
	return strconv.Itoa(n/10) + "." + strconv.Itoa(n%10) + "%"
}

// PatrolRound is the walk over the site: the last that ended, and the one under
// way.
type PatrolRound struct {
	Ended                            time.Time `json:"ended_at,omitzero"`
	Addresses, Pages, Unread, Unsaid int
	Looked, Of                       int // of the one under way; Of 0 = none is
}

// PatrolColumn is one column as the last round saw it.
type PatrolColumn struct {
	Name    string    `json:"name"`
	URL     string    `json:"url"`
	Newest  time.Time `json:"newest,omitzero"` // zero = it shows no date
	Days    int       `json:"days"`            // since then
	Limit   string    `json:"limit,omitempty"` // in words
	Own     int       `json:"own,omitempty"`   // days by the office's own rule
	Stale   bool      `json:"stale"`
	Overdue bool      `json:"overdue"`
	Blank   bool      `json:"blank"`
}

// PatrolCert is the certificate as it was seen last.
type PatrolCert struct {
	At       time.Time `json:"at,omitzero"`
	NotAfter time.Time `json:"not_after,omitzero"`
	Left     int       `json:"days_left"`
	Name     string    `json:"missing_name,omitempty"`
	Chain    string    `json:"chain,omitempty"`
}

// States of findings.
const (
	FindingOpen     = "open"
	FindingExcepted = "excepted"
	FindingOver     = "over"
)

// PatrolFilter chooses findings.
type PatrolFilter struct {
	Source string // "" = every site
	Check  string // "" = every check
	Column string // an address it begins with; "" = anywhere
	State  string // FindingOpen and so on; "" = open
	Limit  int    // 0 = 200
}

// PatrolFinding is one incident with what became of it.
type PatrolFinding struct {
	Post      string           `json:"post"`
	Source    string           `json:"source"`
	Title     string           `json:"title"`
	URL       string           `json:"url"`
	Object    string           `json:"object,omitempty"` // what it is about; "" when it is over for long
	Text      string           `json:"text,omitempty"`
	Finding   huiying.Finding  `json:"finding"`
	State     string           `json:"state"`
	Began     time.Time        `json:"began_at"`
	At        time.Time        `json:"at"` // told last
	CaseNo    string           `json:"case_no,omitempty"`
	Exception *PatrolException `json:"exception,omitempty"`
	LookedAt  time.Time        `json:"looked_at,omitzero"` // on demand
	Came      string           `json:"came,omitempty"`     // of that look
	Asked     time.Time        `json:"asked_at,omitzero"`  // for a look that is not made yet
}

// PatrolFindings is a list of findings.
type PatrolFindings struct {
	Rows  []PatrolFinding `json:"rows"`
	Total int             `json:"total"`
}

// PatrolPage is one finding with its history.
type PatrolPage struct {
	PatrolFinding
	History []PatrolStep `json:"history"`
}

// PatrolStep is one thing that happened to a finding, the newest first.
type PatrolStep struct {
	At     time.Time     `json:"at"`
	What   string        `json:"what"` // told over patrol_excepted patrol_except_ended patrol_rescanned
	Level  huiying.Level `json:"level,omitempty"`
	Found  string        `json:"found,omitempty"`
	By     string        `json:"by,omitempty"`
	Detail string        `json:"detail,omitempty"`
}

// PatrolException keeps a finding from being one for a while.
type PatrolException struct {
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// NewException is somebody excepting a finding.
type NewException struct {
	Post   string
	Until  time.Time
	Reason string
	Actor  huiying.Actor
}
