package query

import (
	"time"

	"huiying"
)

// Duty is the rosters of the office over a span, and how escalation stands.
type Duty struct {
	From     time.Time
	Until    time.Time
	Rosters  []DutyRoster
	People   []huiying.Person // who may be put on duty
	Ladders  []huiying.Ladder // the policies in force, nothing climbed
	Levels   map[string][]huiying.Level
	Findings []huiying.DutyFinding
	// Heartbeat is how the outside monitor hears us; nil = none is configured.
	Heartbeat *Heartbeat
}

// DutyRoster is one roster over the span.
type DutyRoster struct {
	Roster  huiying.Roster
	Now     []huiying.DutyShift
	Shifts  []huiying.DutyShift
	Gaps    []huiying.DutyGap
	Changes []huiying.DutyChange // that touch the span, the latest made first
	File    string               // that defines it; "" = made here
}

// Heartbeat is how the heartbeat to the outside stands.
type Heartbeat struct {
	LastAt time.Time // of the last one that was taken; zero = none yet
	Err    error     // why there was none since
}

// DutyTable is a table of a roster as it was handed in, and whether its rows
// are meant to count or only to be looked at.
type DutyTable struct {
	Roster string
	Name   string // of the file; decides csv or xlsx
	Body   []byte
	Actor  huiying.Actor
	Try    bool
}

// For is what a person may see of it: findings name cases of every unit, and
// are for those who can see to them.
func (d Duty) For(who huiying.Actor) Duty {
	if !who.Has(huiying.RoleOfficer, huiying.RoleManager, huiying.RoleAdmin) {
		d.Findings = nil
	}
	return d
}
