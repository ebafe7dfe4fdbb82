package machine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"huiying"
)

// Payload keys of clock changes, each followed by the preset. A step names
// every change it makes to the clocks, so that the record does not depend on
// presets and calendars that are edited later.
const (
	ClockStart  = "clock.start."  // a Span
	ClockMet    = "clock.met."    // when
	ClockStop   = "clock.stop."   // when; a clock in time is taken off
	ClockBreach = "clock.breach." // the due time that was missed
	ClockPause  = "clock.pause."  // when
	ClockDue    = "clock.due."    // a Span: it goes on with another due time, paused no more
	ClockWarn   = "clock.warn."   // the warning that was given
)

// Span is the beginning and end of a clock as a step writes it.
type Span struct {
	Start, Due  time.Time
	Calendar    string // version of the working calendar, "" where none was needed
	Provisional bool
	Pausable    bool
	Extended    bool        // it was before it came here
	Warn        []time.Time // ascending
}

// String writes the span: start/due, and behind further slashes what not every
// clock has: cal=VERSION, provisional, pausable, extended, warn=TIME.
func (s Span) String() string {
	parts := []string{Stamp(s.Start), Stamp(s.Due)}
	if s.Calendar != "" {
		parts = append(parts, "cal="+s.Calendar)
	}
	if s.Provisional {
		parts = append(parts, "provisional")
	}
	if s.Pausable {
		parts = append(parts, "pausable")
	}
	if s.Extended {
		parts = append(parts, "extended")
	}
	for _, w := range s.Warn {
		parts = append(parts, "warn="+Stamp(w))
	}
	return strings.Join(parts, "/")
}

// ParseSpan reads what String wrote.
func ParseSpan(text string) (s Span, err error) {
	parts := strings.Split(text, "/")
	if len(parts) < 2 {
		return s, fmt.Errorf("clock in the record: %q has no end", text)
	}
	if s.Start, err = parseStamp(parts[0]); err != nil {
		return s, err
	}
	if s.Due, err = parseStamp(parts[1]); err != nil {
		return s, err
	}
	for _, p := range parts[2:] {
		key, value, _ := strings.Cut(p, "=")
		switch key {
		case "cal":
			s.Calendar = value
		case "provisional":
			s.Provisional = true
		case "pausable":
			s.Pausable = true
		case "extended":
			s.Extended = true
		case "warn":
			at, err := parseStamp(value)
			if err != nil {
				return s, err
			}
			s.Warn = append(s.Warn, at)
		default:
			return s, fmt.Errorf("clock in the record: %q is not known", p)
		}
	}
	return s, nil
}

// applyClocks does to the case what the payload says of its clocks, in the
// order stop, met, breach, warn, pause, due, start.
func applyClocks(c *huiying.Case, payload map[string]string) error {
	c.Clocks = slices.DeleteFunc(c.Clocks, func(k huiying.Clock) bool {
		_, stop := payload[ClockStop+k.Preset]
		return stop && unsettled(k)
	})
	for i := range c.Clocks {
		if err := change(&c.Clocks[i], payload); err != nil {
			return err
		}
	}
	return addClocks(c, payload)
}

// unsettled reports that the clock was neither met nor missed; it may be
// paused.
func unsettled(k huiying.Clock) bool { return k.MetAt.IsZero() && k.BreachedAt.IsZero() }

// change does to one clock what the payload says of its preset.
func change(k *huiying.Clock, payload map[string]string) (err error) {
	set := func(key string, at *time.Time, when bool) {
		if v, ok := payload[key+k.Preset]; ok && when && err == nil {
			*at, err = parseStamp(v)
		}
	}
	set(ClockMet, &k.MetAt, k.MetAt.IsZero())
	set(ClockBreach, &k.BreachedAt, k.Running())
	if warned, ok := payload[ClockWarn+k.Preset]; ok && err == nil {
		err = warn(k, warned)
	}
	set(ClockPause, &k.PausedAt, k.Running())
	if span, ok := payload[ClockDue+k.Preset]; ok && err == nil && unsettled(*k) {
		err = move(k, span)
	}
	return err
}

// warn takes the warnings given by now off the list.
func warn(k *huiying.Clock, text string) error {
	at, err := parseStamp(text)
	if err != nil {
		return err
	}
	k.Warn = slices.DeleteFunc(slices.Clone(k.Warn), func(w time.Time) bool { return !w.After(at) })
	if len(k.Warn) == 0 {
		k.Warn = nil
	}
	return nil
}

func move(k *huiying.Clock, text string) error {
	s, err := ParseSpan(text)
	if err != nil {
		return err
	}
	k.StartedAt, k.DueAt, k.PausedAt = s.Start, s.Due, time.Time{}
	k.Calendar, k.Provisional, k.Pausable, k.Warn = s.Calendar, s.Provisional, s.Pausable, s.Warn
	k.Extended = k.Extended || s.Extended
	return nil
}

func addClocks(c *huiying.Case, payload map[string]string) error {
	var presets []string
	for key := range payload {
		if preset, ok := strings.CutPrefix(key, ClockStart); ok {
			presets = append(presets, preset)
		}
	}
	slices.Sort(presets)
	for _, preset := range presets {
		k := huiying.Clock{Preset: preset}
		if err := move(&k, payload[ClockStart+preset]); err != nil {
			return err
		}
		c.Clocks = append(c.Clocks, k)
	}
	return nil
}

// Overdue gives the running clocks due at or before now, the earliest first.
func Overdue(c huiying.Case, now time.Time) []huiying.Clock {
	var late []huiying.Clock
	for _, k := range c.Clocks {
		if k.Running() && !k.DueAt.After(now) {
			late = append(late, k)
		}
	}
	slices.SortStableFunc(late, func(a, b huiying.Clock) int { return a.DueAt.Compare(b.DueAt) })
	return late
}

// ToWarn gives the running clocks that have a warning due at or before now.
func ToWarn(c huiying.Case, now time.Time) []huiying.Clock {
	var near []huiying.Clock
	for _, k := range c.Clocks {
		if k.Running() && len(k.Warn) > 0 && !k.Warn[0].After(now) {
			near = append(near, k)
		}
	}
	return near
}
