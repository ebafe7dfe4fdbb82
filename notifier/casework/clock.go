package casework

import (
	"slices"
	"strings"
	"time"

	"huiying"
)

// Preset is one time limit as data. Limits are hours round the clock; the
// State Council documents do not say from when they count, so they count from
// the moment the post was first seen, and the time of its publication is kept
// beside it.
type Preset struct {
	ID       string
	Limit    time.Duration   // 0 = the deadline comes with the case
	Starts   string          // the trigger: StartsDetected, StartsAssigned or StartsHanded
	MetBy    string          // the action that meets it
	Levels   []huiying.Level // the levels it holds for
	Source   string          // the rule it comes from, "" for a default of this product
	Verified string          // how well the source is known: VerifiedCopy, VerifiedPage, NoRule
}

// Triggers of a clock.
const (
	StartsDetected = "detected" // counts from Case.FirstSeenAt
	StartsAssigned = "assigned" // counts from the assignment
	StartsHanded   = "handed"   // runs to the deadline that a hand-over came with
)

// How well a preset's source is known; the original texts on gov.cn have not
// been read yet for any of them.
const (
	VerifiedCopy = "copy"            // only a copy of the text was read
	VerifiedPage = "government page" // a government page repeats the number
	NoRule       = "no rule"         // default of this product
	VerifiedCase = "case"            // the hand-over itself names it
)

// clockHandover runs to the deadline of a hand-over; a case of several has the
// earliest.
const clockHandover = "handover.due"

// Presets are the built-in time limits.
func Presets() []Preset {
	red := []huiying.Level{huiying.LevelRed}
	other := []huiying.Level{huiying.LevelOrange, huiying.LevelYellow, huiying.LevelBlue, huiying.LevelNone}
	return []Preset{
		{ID: "yq.major.first_info", Limit: 5 * time.Hour, Starts: StartsDetected, MetBy: ActionPublish, Levels: red,
			Source: "国办发〔2016〕80号", Verified: VerifiedCopy},
		{ID: "yq.major.press", Limit: 24 * time.Hour, Starts: StartsDetected, MetBy: ActionPublish, Levels: red,
			Source: "国办发〔2016〕61号", Verified: VerifiedCopy},
		{ID: "yq.other.respond", Limit: 48 * time.Hour, Starts: StartsDetected, MetBy: ActionPublish, Levels: other,
			Source: "国办发〔2016〕61号", Verified: VerifiedPage},
		{ID: "yq.ack.major", Limit: 10 * time.Minute, Starts: StartsAssigned, MetBy: ActionAck, Levels: red, Verified: NoRule},
		{ID: "yq.ack", Limit: 30 * time.Minute, Starts: StartsAssigned, MetBy: ActionAck, Levels: other, Verified: NoRule},
		{ID: clockHandover, Starts: StartsHanded, MetBy: ActionPublish, Levels: huiying.Levels(),
			Source: "转办件所载办理期限", Verified: VerifiedCase},
	}
}

// Payload keys of clock changes. A step names every change it makes to the
// clocks, so that the record does not depend on presets that are edited later.
const (
	payloadStart  = "clock.start."  // + preset: "<started>/<due>"
	payloadMet    = "clock.met."    // + preset: when
	payloadStop   = "clock.stop."   // + preset: when; a clock in time is taken off
	payloadBreach = "clock.breach." // + preset: the due time that was missed
)

// running reports whether the clock still counts and has not run out.
func running(k huiying.Clock) bool { return k.MetAt.IsZero() && k.BreachedAt.IsZero() }

// overdue gives the running clocks due at or before now, the earliest first.
func overdue(c huiying.Case, now time.Time) []huiying.Clock {
	var late []huiying.Clock
	for _, k := range c.Clocks {
		if running(k) && !k.DueAt.After(now) {
			late = append(late, k)
		}
	}
	slices.SortStableFunc(late, func(a, b huiying.Clock) int { return a.DueAt.Compare(b.DueAt) })
	return late
}

// startClocks adds to the payload the clocks of a trigger that are to run and
// do not run yet.
func (e *Engine) startClocks(payload map[string]string, c huiying.Case, trigger string, from time.Time) {
	if trigger == StartsDetected && !c.RespondedAt.IsZero() {
		return // the response these clocks wait for is out
	}
	for _, p := range e.presets {
		if p.Starts != trigger || !slices.Contains(p.Levels, c.Level) || has(c, p.ID, trigger) {
			continue
		}
		payload[payloadStart+p.ID] = stamp(from) + "/" + stamp(from.Add(p.Limit))
	}
}

// handOver adds to the payload the clock of a deadline that a post came with.
// An earlier deadline takes the place of a later one that still runs; one that
// was met or missed stays as it is.
func handOver(payload map[string]string, c huiying.Case, from, due time.Time) {
	if due.IsZero() || !c.RespondedAt.IsZero() {
		return
	}
	due = due.Truncate(time.Microsecond)
	for _, k := range c.Clocks {
		switch {
		case k.Preset != clockHandover:
		case k.DueAt.Equal(due) || running(k) && k.DueAt.Before(due):
			return
		case running(k):
			payload[payloadStop+clockHandover] = stamp(from)
			from = k.StartedAt
		}
	}
	payload[payloadStart+clockHandover] = stamp(from) + "/" + stamp(due)
}

// has reports whether a clock of the preset stands in the way of a new one: a
// clock from the first sighting runs once in the life of a case, one from the
// assignment as often as the case is assigned.
func has(c huiying.Case, preset, trigger string) bool {
	return slices.ContainsFunc(c.Clocks, func(k huiying.Clock) bool {
		return k.Preset == preset && (trigger == StartsDetected || running(k))
	})
}

// meetClocks adds to the payload the clocks that the action meets.
func (e *Engine) meetClocks(payload map[string]string, c huiying.Case, action string, at time.Time) {
	for _, p := range e.presets {
		if p.MetBy != action {
			continue
		}
		for _, k := range c.Clocks {
			if k.Preset == p.ID && k.MetAt.IsZero() {
				payload[payloadMet+p.ID] = stamp(at)
			}
		}
	}
}

// stopClocks adds to the payload the clocks of a trigger that no longer make
// sense; a breach is never taken off.
func (e *Engine) stopClocks(payload map[string]string, c huiying.Case, trigger string, at time.Time) {
	for _, p := range e.presets {
		if trigger != "" && p.Starts != trigger {
			continue
		}
		for _, k := range c.Clocks {
			if k.Preset == p.ID && running(k) {
				payload[payloadStop+p.ID] = stamp(at)
			}
		}
	}
}

// clockWork lists what each action does to clocks, apart from meeting them.
// The order counts: stops before starts.
func (e *Engine) clockWork(s huiying.Step, before, after huiying.Case) {
	payload, at := s.Payload, s.At
	e.meetClocks(payload, before, s.Action, at)
	switch s.Action {
	case ActionDetect:
		e.startClocks(payload, after, StartsDetected, after.FirstSeenAt)
	case ActionAssign, ActionReassign:
		e.stopClocks(payload, before, StartsAssigned, at)
		after.Clocks = withoutRunning(before, e.presets, StartsAssigned)
		e.startClocks(payload, after, StartsAssigned, at)
		e.startClocks(payload, after, StartsDetected, after.FirstSeenAt)
	case ActionRegrade:
		e.startClocks(payload, after, StartsDetected, after.FirstSeenAt)
		if after.State == huiying.StateAwaitingAck {
			e.startClocks(payload, after, StartsAssigned, at)
		}
	case ActionReturnBack:
		e.stopClocks(payload, before, StartsAssigned, at)
	case ActionDismiss:
		e.stopClocks(payload, before, "", at)
	case ActionReopen:
		if before.State == huiying.StateDismissed {
			e.startClocks(payload, after, StartsDetected, after.FirstSeenAt)
		}
	}
}

func withoutRunning(c huiying.Case, presets []Preset, trigger string) []huiying.Clock {
	return slices.DeleteFunc(slices.Clone(c.Clocks), func(k huiying.Clock) bool {
		return running(k) && slices.ContainsFunc(presets, func(p Preset) bool {
			return p.ID == k.Preset && p.Starts == trigger
		})
	})
}

// applyClocks does to the case what the payload says of its clocks, in the
// order stop, met, breach, start.
func applyClocks(c *huiying.Case, payload map[string]string) error {
	c.Clocks = slices.DeleteFunc(c.Clocks, func(k huiying.Clock) bool {
		_, stop := payload[payloadStop+k.Preset]
		return stop && running(k)
	})
	for i := range c.Clocks {
		k := &c.Clocks[i]
		if at, ok := payload[payloadMet+k.Preset]; ok && k.MetAt.IsZero() {
			met, err := parseStamp(at)
			if err != nil {
				return err
			}
			k.MetAt = met
		}
		if at, ok := payload[payloadBreach+k.Preset]; ok && running(*k) {
			missed, err := parseStamp(at)
			if err != nil {
				return err
			}
			k.BreachedAt = missed
		}
	}
	return addClocks(c, payload)
}

func addClocks(c *huiying.Case, payload map[string]string) error {
	var presets []string
	for key := range payload {
		if preset, ok := strings.CutPrefix(key, payloadStart); ok {
			presets = append(presets, preset)
		}
	}
	slices.Sort(presets)
	for _, preset := range presets {
		from, to, _ := strings.Cut(payload[payloadStart+preset], "/")
		started, err := parseStamp(from)
		if err != nil {
			return err
		}
		due, err := parseStamp(to)
		if err != nil {
			return err
		}
		c.Clocks = append(c.Clocks, huiying.Clock{Preset: preset, StartedAt: started, DueAt: due})
	}
	return nil
}
