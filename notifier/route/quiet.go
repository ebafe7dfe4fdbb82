package route

import (
	"slices"
	"time"

	"huiying"
)

const (
	// mostQuiet is how many rows of quiet hours a person may have.
	mostQuiet = 14
	// longestQuiet is how long quiet hours may hold without a pause: a weekend and
	// the nights about it.
	longestQuiet = 72 * time.Hour
)

// Quiet is the quiet hours of a person and when the person is on duty: then
// nothing is held, whatever the hours say. The zero value is no hours.
type Quiet struct {
	windows []Window
	clock   Clock
	duty    []huiying.DutyShift
}

// NewQuiet reads quiet hours; duty are the shifts of the person about the times
// that are asked for.
func NewQuiet(hours []string, duty []huiying.DutyShift, c Clock) (Quiet, error) {
	q := Quiet{clock: c, duty: duty}
	for _, text := range hours {
		w, err := ParseWindow(text)
		if err != nil {
			return q, err
		}
		q.windows = append(q.windows, w)
	}
	return q, nil
}

// CheckQuiet refuses quiet hours that cannot be read, that are too many, or that
// hold for longer than three days without a pause: somebody who is never told is
// no recipient.
func CheckQuiet(hours []string, now time.Time, c Clock) error {
	if len(hours) > mostQuiet {
		return huiying.Errorf(huiying.Invalid, "quiet.many", mostQuiet)
	}
	q, err := NewQuiet(hours, nil, c)
	if err != nil {
		return err
	}
	for at, until := now, now.AddDate(0, 0, mostDays); at.Before(until); at = at.Add(time.Hour) {
		if ends(q.windows, at, c).Sub(at) > longestQuiet {
			return huiying.Errorf(huiying.Invalid, "quiet.long", int(longestQuiet/time.Hour))
		}
	}
	return nil
}

// HeldByQuiet reports whether quiet hours hold a message of the level: red goes
// at any hour.
func HeldByQuiet(level huiying.Level) bool { return level != huiying.LevelRed }

// Until is when the quiet hours that hold at a time end, or the next duty
// begins; the time itself where the person may be told.
func (q Quiet) Until(at time.Time) time.Time {
	until := ends(q.windows, at, q.clock)
	for _, s := range q.duty {
		if !at.Before(s.From) && at.Before(s.Until) {
			return at
		}
		if s.From.After(at) && s.From.Before(until) {
			until = s.From
		}
	}
	return until
}

// OnDuty reports whether hours that would hold at a time do not because the
// person is on duty.
func (q Quiet) OnDuty(at time.Time) bool {
	hour := slices.ContainsFunc(q.windows, func(w Window) bool { return w.Holds(at, q.clock) })
	return hour && !q.Until(at).After(at)
}
