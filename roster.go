package huiying

import "time"

// Roster is a duty roster (值班表): who is on call when. Its days and hours are
// those of the office zone.
type Roster struct {
	ID     string        `json:"id"`
	Name   string        `json:"name"`
	Hours  string        `json:"hours,omitempty"` // "08:30-18:00": when somebody must be on duty; "" = round the clock
	Layers []RosterLayer `json:"layers"`
	Fixed  []DutyRow     `json:"fixed,omitempty"`
}

// RosterLayer is one post of a roster, such as 带班领导 or 值班员. Its people take
// turns; a day that a row of a table names belongs to the people of the row.
type RosterLayer struct {
	ID       string        `json:"id"`
	Name     string        `json:"name"`
	Days     string        `json:"days,omitempty"`      // one of DutyDays; "" = every day
	Shifts   []RosterShift `json:"shifts,omitempty"`    // none = one of 24 hours from HandOver
	HandOver string        `json:"hand_over,omitempty"` // "08:30"; "" = 00:00
	Turn     string        `json:"turn,omitempty"`      // after what the next person follows, one of DutyTurns; "" = day
	Length   int           `json:"length,omitempty"`    // after so many of them; 0 = 1
	Start    string        `json:"start,omitempty"`     // 2026-11-23: the day on which the first person begins
	People   []string      `json:"people,omitempty"`    // ids in their order
}

// RosterShift is one shift of a layer's day. One that does not end after its
// beginning ends on the next day.
type RosterShift struct {
	Name string `json:"name"`
	From string `json:"from"` // 08:30
	To   string `json:"to"`   // 18:00
}

// The days a layer may be for.
const (
	DutyWorkdays = "workdays" // 工作日, make-up days among them
	DutyRestDays = "restdays" // every other day
	DutyWeekends = "weekends" // rest days that belong to no holiday
	DutyHolidays = "holidays" // a run of rest days that holds a Monday to Friday
)

// DutyDays lists them.
func DutyDays() []string { return []string{DutyWorkdays, DutyRestDays, DutyWeekends, DutyHolidays} }

// What ends a turn.
const (
	TurnShift = "shift"
	TurnDay   = "day"
	TurnWeek  = "week"
)

// DutyTurns lists them.
func DutyTurns() []string { return []string{TurnShift, TurnDay, TurnWeek} }

// DutyRow is one row of a table as offices write it for holidays: who is on
// duty on a day.
type DutyRow struct {
	Date   string   `json:"date"`            // 2026-10-01
	Layer  string   `json:"layer,omitempty"` // "" = the first one
	Shift  string   `json:"shift,omitempty"` // its name; "" = all shifts of the day
	People []string `json:"people"`          // ids
	Note   string   `json:"note,omitempty"`
}

// Kinds of changes of a roster.
const (
	DutyOverride = "override" // 替班: Who instead of Instead, or Who as well where Instead is ""
	DutySwap     = "swap"     // 换班: and Instead in place of Who from BackFrom to BackUntil
)

// DutyChange is what a person changed of a roster for a time. Of two that
// contradict each other the later made holds. Nothing deletes one.
type DutyChange struct {
	ID          string    `json:"id"`
	Roster      string    `json:"roster"`
	Kind        string    `json:"kind"`
	Instead     string    `json:"instead"`
	Who         string    `json:"who"`
	From        time.Time `json:"from"`
	Until       time.Time `json:"until"`
	BackFrom    time.Time `json:"back_from,omitzero"`
	BackUntil   time.Time `json:"back_until,omitzero"`
	Reason      string    `json:"reason"`
	By          string    `json:"by"`
	At          time.Time `json:"at"`
	WithdrawnBy string    `json:"withdrawn_by,omitempty"`
	WithdrawnAt time.Time `json:"withdrawn_at,omitzero"`
}

// In returns c with every time in the zone loc.
func (c DutyChange) In(loc *time.Location) DutyChange {
	for _, t := range []*time.Time{&c.From, &c.Until, &c.BackFrom, &c.BackUntil, &c.At, &c.WithdrawnAt} {
		*t = inZone(*t, loc)
	}
	return c
}

// DutyShift is a span in which one person is on duty in one layer.
type DutyShift struct {
	Roster   string    `json:"roster"`
	Layer    string    `json:"layer"` // "" for an extra person
	Name     string    `json:"name"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	Person   string    `json:"person"`
	Rostered string    `json:"rostered"`         // whom the roster names; another than Person after a change
	Change   string    `json:"change,omitempty"` // the id of the change
}

// In returns s with its times in the zone loc.
func (s DutyShift) In(loc *time.Location) DutyShift {
	s.From, s.Until = inZone(s.From, loc), inZone(s.Until, loc)
	return s
}

// Kinds of gaps of a roster.
const (
	GapNobody      = "nobody"      // nobody is on duty
	GapUnknown     = "unknown"     // somebody who is no user, or no more
	GapUnreachable = "unreachable" // somebody without a working channel
)

// DutyGap is a span in which a roster reaches nobody, or not everybody it
// names.
type DutyGap struct {
	Roster string    `json:"roster"`
	Kind   string    `json:"kind"`
	Person string    `json:"person,omitempty"` // "" for GapNobody
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
}

// In returns g with its times in the zone loc.
func (g DutyGap) In(loc *time.Location) DutyGap {
	g.From, g.Until = inZone(g.From, loc), inZone(g.Until, loc)
	return g
}

// DutyFinding is something about duty or escalation that a person must see to.
type DutyFinding struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind"`    // one of notifier/ladder's
	Subject string    `json:"subject"` // a case number, the id of a policy or a roster, "" = the service
	FoundAt time.Time `json:"found_at"`
	ToldAt  time.Time `json:"told_at,omitzero"`
	OverAt  time.Time `json:"over_at,omitzero"` // zero while it lasts
}

// In returns f with its times in the zone loc.
func (f DutyFinding) In(loc *time.Location) DutyFinding {
	f.FoundAt, f.ToldAt, f.OverAt = inZone(f.FoundAt, loc), inZone(f.ToldAt, loc), inZone(f.OverAt, loc)
	return f
}
