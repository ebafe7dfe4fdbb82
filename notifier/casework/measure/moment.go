package measure

import (
	"time"

	"huiying"
	"huiying/notifier/casework/machine"
)

// Moment is a step that tells of the work of a unit rather than of the matter.
type Moment struct {
	At     time.Time
	Action string
	Actor  string
	Unit   string // that had the case then
}

// Returned reports that the unit gave the case back.
func (m Moment) Returned() bool { return m.Action == machine.ActionReturnBack }

// Urged reports that the head, or the system on its behalf, pressed the unit.
func (m Moment) Urged() bool { return !m.Returned() }

// urges reports whether a step presses the unit: the head's order, a reminder,
// an acknowledgement that did not come, and the ladder that climbs. Who asks for
// help upward by escalating presses nobody.
func urges(s huiying.Step) bool {
	switch s.Action {
	case machine.ActionSupervise, machine.ActionRemind, machine.ActionAckTimeout, machine.ActionUnackTimeout:
		return true
	case machine.ActionEscalate:
		return s.Actor == huiying.SystemActor().ID
	}
	return false
}

// moments goes through the record with the unit that had the case before each
// step.
func moments(h History) (out []Moment) {
	unit := ""
	for _, s := range h.Steps {
		if s.Action == machine.ActionReturnBack || urges(s) {
			out = append(out, Moment{At: s.At, Action: s.Action, Actor: s.Actor, Unit: unit})
		}
		switch given := s.Payload[machine.FieldUnit]; {
		case s.To == huiying.StatePendingTriage:
			unit = ""
		case given != "" && (s.Action == machine.ActionAssign || s.Action == machine.ActionReassign):
			unit = given
		}
	}
	return out
}

// pressesAt is when the limit ends that an open case has to meet first; a
// missed one presses until it is met, one that is suspended does not.
func pressesAt(c huiying.Case) (at time.Time) {
	if !c.State.Open() {
		return at
	}
	for _, k := range c.Clocks {
		if k.MetAt.IsZero() && k.PausedAt.IsZero() && !k.DueAt.IsZero() && (at.IsZero() || k.DueAt.Before(at)) {
			at = k.DueAt
		}
	}
	return at
}

// Overdue lists the open cases of which a limit has ended and is not met.
func Overdue(sheets []*Sheet, now time.Time) (out []*Sheet) {
	for _, s := range sheets {
		if !s.PressesAt.IsZero() && !s.PressesAt.After(now) {
			out = append(out, s)
		}
	}
	return out
}
