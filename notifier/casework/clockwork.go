package casework

import (
	"slices"
	"time"

	"huiying"
	"huiying/notifier/casework/machine"
)

// work is what an action does to clocks, apart from meeting them: stops come
// before starts.
type work struct {
	stop  []string // triggers whose clocks are taken off; everything = all
	start []string // triggers whose clocks start
}

// everything stands for every trigger, the deadline of a hand-over included.
const everything = "*"

// works lists what actions do to clocks.
func works(s huiying.Step, before huiying.Case) work {
	switch s.Action {
	case machine.ActionDetect, machine.ActionReturned, machine.ActionUnmerge:
		return work{start: []string{StartsDetected}}
	case machine.ActionReopen:
		if before.State == huiying.StateDismissed {
			return work{start: []string{StartsDetected}}
		}
	case machine.ActionAssign, machine.ActionReassign, machine.ActionUnackTimeout:
		return work{stop: []string{StartsAssigned}, start: []string{StartsAssigned, StartsDetected}}
	case machine.ActionReturnBack:
		return work{stop: []string{StartsAssigned}}
	case machine.ActionRequestRating:
		return work{start: []string{StartsRating}}
	case machine.ActionRateBad:
		return work{stop: []string{StartsRating}, start: []string{StartsBad}}
	case machine.ActionNewWave:
		return work{start: []string{StartsWave}}
	case machine.ActionDismiss, machine.ActionCloseNoAction, machine.ActionMerge, machine.ActionTransferOut,
		machine.ActionClose, machine.ActionRateOK, machine.ActionRatingTimeout:
		return work{stop: []string{everything}}
	case machine.ActionRegrade:
		if s.To == huiying.StateAwaitingAck {
			return work{start: []string{StartsDetected, StartsAssigned}}
		}
		return work{start: []string{StartsDetected}}
	}
	return work{}
}

// clockWork adds to the step's payload everything it does to clocks.
func (e *Engine) clockWork(s huiying.Step, before, after huiying.Case) error {
	e.meetClocks(s.Payload, before, s.Action, s.At)
	switch s.Action {
	case machine.ActionSuspend:
		pauseClocks(s.Payload, before, s.At)
	case machine.ActionResume:
		return e.resumeClocks(s.Payload, before, s.At)
	case machine.ActionAttach:
		return e.earlier(s.Payload, before, after)
	}
	w := works(s, before)
	for _, trigger := range w.stop {
		e.stopClocks(s.Payload, before, trigger, s.At)
	}
	for _, trigger := range w.start {
		if err := e.startClocks(s, after, trigger); err != nil {
			return err
		}
	}
	return nil
}

// stopClocks adds to the payload the clocks of a trigger that no longer make
// sense; a breach is never taken off.
func (e *Engine) stopClocks(payload map[string]string, c huiying.Case, trigger string, at time.Time) {
	for _, k := range c.Clocks {
		_, met := payload[machine.ClockMet+k.Preset]
		if met || !k.MetAt.IsZero() || !k.BreachedAt.IsZero() {
			continue
		}
		p, known := e.Preset(k.Preset)
		if trigger == everything || known && p.Starts == trigger {
			payload[machine.ClockStop+k.Preset] = machine.Stamp(at)
		}
	}
}

// startClocks adds to the payload the clocks of a trigger that are to run and
// do not run yet.
func (e *Engine) startClocks(s huiying.Step, c huiying.Case, trigger string) error {
	from, starts := s.At, trigger
	switch trigger {
	case StartsDetected:
		if !c.RespondedAt.IsZero() {
			return nil // the response these clocks wait for is out
		}
		from = c.FirstSeenAt
	case StartsWave:
		starts = StartsDetected // the same limits, counted anew
	}
	for _, p := range e.presets {
		if p.Starts != starts || !p.holds(c) || stands(s, c, standing{p.ID, trigger}) {
			continue
		}
		span, err := e.span(p, from)
		if err != nil {
			return err
		}
		s.Payload[machine.ClockStart+p.ID] = span.String()
	}
	return nil
}

// standing is a preset about to start for a trigger.
type standing struct{ preset, trigger string }

// stands reports whether a clock of the preset stands in the way of a new one:
// a clock from the first sighting runs once in the life of a case, any other
// as often as its trigger comes.
func stands(s huiying.Step, c huiying.Case, o standing) bool {
	if _, stopped := s.Payload[machine.ClockStop+o.preset]; stopped && o.trigger != StartsDetected {
		return false
	}
	return slices.ContainsFunc(c.Clocks, func(k huiying.Clock) bool {
		return k.Preset == o.preset && (o.trigger == StartsDetected || k.Running() || !k.PausedAt.IsZero())
	})
}

// pauseClocks stops the time of every clock that may be paused.
func pauseClocks(payload map[string]string, c huiying.Case, at time.Time) {
	for _, k := range c.Clocks {
		if k.Running() && k.Pausable {
			payload[machine.ClockPause+k.Preset] = machine.Stamp(at)
		}
	}
}

// resumeClocks lets paused clocks go on with what was left of their time.
func (e *Engine) resumeClocks(payload map[string]string, c huiying.Case, at time.Time) error {
	for _, k := range c.Clocks {
		if k.PausedAt.IsZero() || !k.MetAt.IsZero() || !k.BreachedAt.IsZero() {
			continue
		}
		span, err := e.resumed(k, at)
		if err != nil {
			return err
		}
		payload[machine.ClockDue+k.Preset] = span.String()
	}
	return nil
}

// earlier moves the clocks that count from the first sighting when a case that
// joins was seen first: they end earlier, never later.
func (e *Engine) earlier(payload map[string]string, before, after huiying.Case) error {
	if !after.FirstSeenAt.Before(before.FirstSeenAt) {
		return nil
	}
	for _, k := range before.Clocks {
		p, known := e.Preset(k.Preset)
		if !k.Running() || !known || p.Starts != StartsDetected || !k.StartedAt.Equal(before.FirstSeenAt) {
			continue
		}
		span, err := e.span(p, after.FirstSeenAt)
		if err != nil {
			return err
		}
		if span.Due.Before(k.DueAt) {
			payload[machine.ClockDue+k.Preset] = span.String()
		}
	}
	return nil
}
