package casework

import (
	"slices"
	"strings"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/casework/limit"
	"huiying/notifier/casework/machine"
)

// nameable lists the time limits that an action may name of a case; nothing
// for an action that names none.
func (e *Engine) nameable(c huiying.Case, action string) []string {
	var out []string
	switch action {
	case machine.ActionStartClock:
		for _, p := range e.presets {
			if manual(p, c) && !slices.ContainsFunc(c.Clocks, func(k huiying.Clock) bool { return k.Preset == p.ID && lasts(k) }) {
				out = append(out, p.ID)
			}
		}
	case machine.ActionMeetClock, machine.ActionExtend:
		for _, k := range c.Clocks {
			if k.Running() && e.fits(k, action) {
				out = append(out, k.Preset)
			}
		}
	}
	return out
}

// fits reports whether a running clock may be extended, or recorded as met.
func (e *Engine) fits(k huiying.Clock, action string) bool {
	p, known := e.Preset(k.Preset)
	if action == machine.ActionExtend {
		return known && p.Extend > 0 && !k.Extended
	}
	return byHand(p, known)
}

// manual reports a limit that a person may start on the case: of its level, and
// of the platform of any of its posts.
func manual(p limit.Preset, c huiying.Case) bool {
	if p.Use != limit.Clock || p.Starts != limit.StartsManual {
		return false
	}
	who := subject(c)
	if p.Holds(who) {
		return true
	}
	return slices.ContainsFunc(c.Posts, func(post string) bool {
		who.Platform, _, _ = strings.Cut(post, ":")
		return p.Holds(who)
	})
}

// lasts reports that a clock runs or is paused.
func lasts(k huiying.Clock) bool { return k.MetAt.IsZero() && k.BreachedAt.IsZero() }

// byHand reports that no action of the case machine meets the limit. One whose
// row is no more is met by nothing else.
func byHand(p limit.Preset, known bool) bool { return !known || p.MetBy == limit.ByHand }

// metByHand refuses to record as met what an action of the case meets: a reply
// is in time by being published, not by somebody's word.
func (e *Engine) metByHand(a machine.Attempt) error {
	id := a.Fields[machine.FieldPreset]
	if p, known := e.Preset(id); !byHand(p, known) {
		return huiying.Errorf(huiying.Conflict, "case.guard.met_by", a.Case.No, limitName(id), locale.Key("case.action."+p.MetBy))
	}
	return nil
}
