package huiying

import (
	"strconv"
	"time"
)

// What an alert does to a case, as routes see it.
const (
	AlertOpens = "opens" // it opens a case: the event's own alert
	AlertJoins = "joins" // one more post of an open case
	AlertPost  = "post"  // it has no case
	AlertGiven = "given" // a case is given to somebody
)

// AlertKinds lists what an alert may do to a case.
func AlertKinds() []string { return []string{AlertOpens, AlertJoins, AlertPost, AlertGiven} }

// Platforms lists the platforms that posts come from, the system's own
// findings among them.
func Platforms() []string {
	return []string{
		PlatformWeibo, PlatformPortal, PlatformForum, PlatformFeed, PlatformHotline, PlatformMailbox,
		PlatformConsult, PlatformNews, PlatformWechat, PlatformSystem,
	}
}

// AlertFacts is what routes, silences and inhibitions know of an alert: no
// words and no person.
type AlertFacts struct {
	Alert    string    `json:"alert"`
	Post     string    `json:"post,omitempty"`
	Case     string    `json:"case,omitempty"`
	Topic    string    `json:"topic,omitempty"`
	Kind     string    `json:"kind"` // one of AlertKinds
	Level    Level     `json:"level"`
	Unit     string    `json:"unit,omitempty"`
	Rule     string    `json:"rule,omitempty"`  // that names it
	Rules    []string  `json:"rules,omitempty"` // every one that holds
	Places   []string  `json:"places,omitempty"`
	Platform string    `json:"platform,omitempty"`
	Source   string    `json:"source,omitempty"` // that the post was collected from
	Intent   string    `json:"intent,omitempty"`
	At       time.Time `json:"at"` // when it was raised
}

// AlertMatch says which alerts are meant: every field that is not empty must
// hold, and one of its values is enough.
type AlertMatch struct {
	Levels    []Level  `json:"levels,omitempty"`
	Units     []string `json:"units,omitempty"`
	Rules     []string `json:"rules,omitempty"`
	Places    []string `json:"places,omitempty"`
	Platforms []string `json:"platforms,omitempty"`
	Sources   []string `json:"sources,omitempty"`
	Intents   []string `json:"intents,omitempty"`
	Kinds     []string `json:"kinds,omitempty"`
	Topics    []string `json:"topics,omitempty"`
	Cases     []string `json:"cases,omitempty"`
	Hours     []string `json:"hours,omitempty"` // "mon-fri 22:00-07:00" in the office zone
}

// Silence keeps people from being told of what it matches, for a while. It
// never stops a case or the record, and is never deleted.
type Silence struct {
	ID        string     `json:"id"`
	Match     AlertMatch `json:"match"`
	Red       bool       `json:"red"` // red alerts too, for a day at most
	From      time.Time  `json:"from"`
	Until     time.Time  `json:"until"`
	Author    string     `json:"author"`
	Reason    string     `json:"reason"`
	CreatedAt time.Time  `json:"created_at"`
	EndedBy   string     `json:"ended_by,omitempty"` // who ended it early
	EndedAt   time.Time  `json:"ended_at,omitzero"`
}

// SilenceLimits are how long a silence may be.
const (
	LongestSilence    = 30 * 24 * time.Hour
	LongestRedSilence = 24 * time.Hour
)

// In reports whether the silence is in force at t.
func (s Silence) In(t time.Time) bool {
	return !t.Before(s.From) && t.Before(s.End())
}

// End is when the silence ends or was ended.
func (s Silence) End() time.Time {
	if !s.EndedAt.IsZero() && s.EndedAt.Before(s.Until) {
		return s.EndedAt
	}
	return s.Until
}

// Why somebody is told, or not.
const (
	TellNow         = "told"
	TellMuted       = "muted"       // told when the mute hours end
	TellGrouped     = "grouped"     // told together with others of the group
	TellJoined      = "joined"      // not told: one more post of a case that is known
	TellSilenced    = "silenced"    // not told: a silence
	TellInhibited   = "inhibited"   // not told: another alert of the same matter was told
	TellElsewhere   = "elsewhere"   // told already by another route
	TellUnreachable = "unreachable" // not told: there is no channel
	TellNobody      = "nobody"      // the route says so
	TellGiven       = "given"       // told because the case is given to them
	TellHandedOn    = "handed_on"   // told because By handed the alert on to them
	TellQuiet       = "quiet"       // told when the person's own quiet hours end
)

// Telling is what was decided about one recipient of an alert, and by what.
type Telling struct {
	Path     string    `json:"path"`               // the route that decided: root/night
	Receiver string    `json:"receiver,omitempty"` // as the route names it
	Person   string    `json:"person,omitempty"`
	Unit     string    `json:"unit,omitempty"`
	Channel  string    `json:"channel,omitempty"`
	Why      string    `json:"why"`
	By       string    `json:"by,omitempty"`    // the silence, the alert, the route that told already, or who handed on
	Group    string    `json:"group,omitempty"` // what is told together
	At       time.Time `json:"at,omitzero"`     // not before
}

// Tells reports whether the recipient is told, now or later.
func (t Telling) Tells() bool {
	switch t.Why {
	case TellNow, TellMuted, TellGrouped, TellGiven, TellHandedOn, TellQuiet:
		return true
	}
	return false
}

// SameMatter asks who was told of earlier alerts about the same matter: those
// that have every field in common that is not empty, raised since.
type SameMatter struct {
	Topic, Case, Unit string
	Since             time.Time
}

// Told is an alert and somebody who was told of it.
type Told struct {
	Facts   AlertFacts
	Person  string
	Channel string
}

// Repeat is the telling of somebody again and again, until somebody answers.
// There is one for each person and channel of a case, or of an alert that has
// none.
type Repeat struct {
	ID      string        `json:"id"` // RepeatID
	Alert   Alert         `json:"alert"`
	Person  string        `json:"person"`
	Unit    string        `json:"unit"`
	Channel string        `json:"channel"`
	Address string        `json:"-"`
	Path    string        `json:"path"` // of the route
	Every   time.Duration `json:"every"`
	Until   string        `json:"until"` // ack or close
	Most    int           `json:"most"`  // how often at most
	N       int           `json:"n"`     // so often so far
	NextAt  time.Time     `json:"next_at"`
}

// RepeatID is the id of the repeat of an alert for a person and channel.
func RepeatID(a Alert, person, channel string) string {
	if a.CaseNo != "" {
		return DeriveID("r-", a.CaseNo, person, channel)
	}
	return DeriveID("r-", a.ID, person, channel)
}

// ReminderPath stands in the place of a route for reminders that people asked
// for themselves; no route has it, for theirs begin with the root.
const ReminderPath = "reminder"

// ReminderID is the id of a person's own reminder of an alert.
func ReminderID(alert, person string) string { return DeriveID("r-", alert, ReminderPath, person) }

// Delivery is the id of the n-th repeat; it is the same after any crash.
func (r Repeat) Delivery(n int) string { return DeriveID("d-", r.ID, "repeat", strconv.Itoa(n)) }
