package caseview

import (
	"slices"

	"huiying"
	"huiying/internal/query"
)

// presets are the time limits that a field of an action may name in every one
// of the cases.
func (l Lists) presets(action, kind string, cases []huiying.Case) []string {
	var out []string
	for _, one := range l.Limits {
		every := !slices.ContainsFunc(cases, func(c huiying.Case) bool { return !offers(one, action, kind, c) })
		if every {
			out = append(out, one.ID)
		}
	}
	return out
}

// offers reports whether a time limit may be named in one case.
func offers(l query.Limit, action, kind string, c huiying.Case) bool {
	has := func(is func(huiying.Clock) bool) bool {
		return slices.ContainsFunc(c.Clocks, func(k huiying.Clock) bool { return k.Preset == l.ID && is(k) })
	}
	switch {
	case kind == "instead":
		return has(huiying.Clock.Running)
	case action == "extend":
		return l.Extends && has(huiying.Clock.Running) && !has(func(k huiying.Clock) bool { return k.Extended })
	case action == "meet_clock":
		return l.ByHand && has(huiying.Clock.Running)
	case action == "start_clock":
		return l.Manual && !has(func(k huiying.Clock) bool { return k.MetAt.IsZero() && k.BreachedAt.IsZero() })
	}
	return false
}
