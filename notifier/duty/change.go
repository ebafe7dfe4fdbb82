package duty

import (
	"strings"
	"time"
	"unicode/utf8"

	"huiying"
)

// Limits of a change.
const (
	longestChange = 366 * 24 * time.Hour
	longestReason = 200 // characters
)

// CheckChange says what is wrong with a change that is to be made now, nil when
// nothing is. What is over cannot be changed: who was told stays who was on
// duty.
func CheckChange(c huiying.DutyChange, now time.Time) error {
	switch {
	case c.Kind != huiying.DutyOverride && c.Kind != huiying.DutySwap:
		return huiying.Errorf(huiying.Invalid, "duty.change.kind", c.Kind)
	case c.Who == "" || c.Kind == huiying.DutySwap && c.Instead == "":
		return huiying.Errorf(huiying.Invalid, "duty.change.who")
	case c.Who == c.Instead:
		return huiying.Errorf(huiying.Invalid, "duty.change.same")
	case strings.TrimSpace(c.Reason) == "" || utf8.RuneCountInString(c.Reason) > longestReason:
		return huiying.Errorf(huiying.Invalid, "duty.change.reason", longestReason)
	case c.Kind == huiying.DutyOverride && (!c.BackFrom.IsZero() || !c.BackUntil.IsZero()):
		return huiying.Errorf(huiying.Invalid, "duty.change.back")
	}
	if err := checkSpan(c.From, c.Until, now); err != nil {
		return err
	}
	if c.Kind == huiying.DutySwap {
		if err := checkSpan(c.BackFrom, c.BackUntil, now); err != nil {
			return err
		}
		if c.From.Before(c.BackUntil) && c.BackFrom.Before(c.Until) {
			return huiying.Errorf(huiying.Invalid, "duty.change.overlap")
		}
	}
	return nil
}

// inForce is a change as long as it held: one that was taken back held until
// then, for who was on duty meanwhile stays so.
func inForce(c huiying.DutyChange) huiying.DutyChange {
	if c.WithdrawnAt.IsZero() {
		return c
	}
	for _, until := range []*time.Time{&c.Until, &c.BackUntil} {
		if until.After(c.WithdrawnAt) {
			*until = c.WithdrawnAt
		}
	}
	return c
}

func checkSpan(from, until, now time.Time) error {
	switch {
	case from.IsZero() || !from.Before(until):
		return huiying.Errorf(huiying.Invalid, "duty.change.span")
	case !until.After(now):
		return huiying.Errorf(huiying.Invalid, "duty.change.past")
	case until.Sub(from) > longestChange:
		return huiying.Errorf(huiying.Invalid, "duty.change.long")
	}
	return nil
}

// Effect says whether a change touches any shift of the plan it is not yet part
// of: one that does not is most likely a mistake in its hours.
func (p *Plan) Effect(c huiying.DutyChange) bool {
	if c.Kind == huiying.DutyOverride && c.Instead == "" {
		return true
	}
	if !p.holds(c.Instead, c.From, c.Until) {
		return false
	}
	return c.Kind != huiying.DutySwap || p.holds(c.Who, c.BackFrom, c.BackUntil)
}

func (p *Plan) holds(person string, from, until time.Time) bool {
	for _, s := range p.Shifts(from, until) {
		if s.Person == person || s.Rostered == person {
			return true
		}
	}
	return false
}
