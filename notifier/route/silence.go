package route

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"huiying"
)

// longestReason is how many characters a reason may have.
const longestReason = 200

// CheckSilence refuses a silence that is too long, of everything, without a
// reason, or that means red without saying so. now is when it is made.
func CheckSilence(s huiying.Silence, now time.Time) error {
	reason := strings.TrimSpace(s.Reason)
	if reason == "" || utf8.RuneCountInString(reason) > longestReason {
		return huiying.Errorf(huiying.Invalid, "silence.reason", longestReason)
	}
	return CheckReach(s, now)
}

// CheckReach is CheckSilence but for the reason: what a silence is of, and how
// long.
func CheckReach(s huiying.Silence, now time.Time) error {
	red := slices.Equal(s.Match.Levels, []huiying.Level{huiying.LevelRed})
	switch {
	case Empty(s.Match):
		return huiying.Errorf(huiying.Invalid, "silence.match")
	case !s.Until.After(s.From) || !s.Until.After(now):
		return huiying.Errorf(huiying.Invalid, "silence.span")
	case s.Red && s.Until.Sub(s.From) > huiying.LongestRedSilence:
		return huiying.Errorf(huiying.Invalid, "silence.long", huiying.LongestRedSilence)
	case s.Until.Sub(s.From) > huiying.LongestSilence:
		return huiying.Errorf(huiying.Invalid, "silence.long", huiying.LongestSilence)
	case red && !s.Red:
		return huiying.Errorf(huiying.Invalid, "silence.red")
	}
	return checkValues(s.Match)
}

// checkValues refuses what no alert can ever have.
func checkValues(m huiying.AlertMatch) error {
	var l lint
	l.match(m, "")
	for _, f := range l.list {
		if f.Grave {
			return huiying.Errorf(huiying.Invalid, f.Key, f.Args...)
		}
	}
	return nil
}
