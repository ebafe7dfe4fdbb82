package casework

import (
	"slices"
	"time"

	"huiying"
	"huiying/notifier/casework/limit"
	"huiying/notifier/casework/machine"
)

// work is what an action does to clocks, apart from meeting them: stops come
// before starts.
type work struct {
	stop  []string // triggers whose clocks are taken off, or a word for several
	start []string // triggers whose clocks start
}

// What stands for several triggers in work.stop.
const (
	everything = "*"       // every one, the deadline of a hand-over included
	ours       = "ours"    // every one but of what another organ's receipt meets
	receipt    = "receipt" // of what it meets
)

// works lists what actions do to clocks.
func works(s huiying.Step, before huiying.Case) work {
	switch s.Action {
	case machine.ActionReturned:
		return work{stop: []string{receipt}, start: []string{limit.StartsDetected, limit.StartsReceived}}
	case machine.ActionTransferOut:
		return work{stop: []string{ours}}
	case machine.ActionDetect, machine.ActionUnmerge:
		return work{start: []string{limit.StartsDetected, limit.StartsReceived}}
	case machine.ActionReopen:
		if !before.Answered() {
			return work{start: []string{limit.StartsDetected, limit.StartsReceived}}
		}
	case machine.ActionAssign, machine.ActionReassign, machine.ActionUnackTimeout:
		return work{stop: []string{limit.StartsAssigned}, start: []string{limit.StartsAssigned, limit.StartsDetected, limit.StartsReceived}}
	case machine.ActionReturnBack:
		return work{stop: []string{limit.StartsAssigned}}
	case machine.ActionRequestRating:
		return work{start: []string{limit.StartsRating}}
	case machine.ActionRateBad:
		return work{stop: []string{limit.StartsRating}, start: []string{limit.StartsRated}}
	case machine.ActionNewWave:
		return work{start: []string{startsWave}}
	case machine.ActionDismiss, machine.ActionCloseNoAction, machine.ActionMerge,
		machine.ActionClose, machine.ActionRateOK, machine.ActionRatingTimeout:
		return work{stop: []string{everything}}
	case machine.ActionRegrade:
		if s.To == huiying.StateAwaitingAck {
			return work{start: []string{limit.StartsDetected, limit.StartsAssigned}}
		}
		return work{start: []string{limit.StartsDetected, limit.StartsReceived}}
	}
	return work{}
}

// clockWork adds to the step's payload everything it does to clocks.
func (e *Engine) clockWork(s huiying.Step, before, after huiying.Case) error {
	e.meetClocks(s.Payload, before, s.Action, s.At)
	switch s.Action {
	case machine.ActionSuspend:
		pauseClocks(s.Payload, before, s.At)
	case machine.ActionAttach:
		if err := e.earlier(s.Payload, before, after); err != nil {
			return err
		}
		return e.joins(s, after)
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
		if stops(trigger, p, known) {
			payload[machine.ClockStop+k.Preset] = machine.Stamp(at)
		}
	}
}

// stops reports whether a trigger of work.stop means the limit.
func stops(trigger string, p limit.Preset, known bool) bool {
	theirs := known && p.MetBy == machine.ActionReceipt
	switch trigger {
	case everything:
		return true
	case ours:
		return !theirs
	case receipt:
		return theirs
	}
	return known && p.Starts == trigger
}

// startClocks adds to the payload the clocks of a trigger that are to run and
// do not run yet.
func (e *Engine) startClocks(s huiying.Step, c huiying.Case, trigger string) error {
	from, starts := s.At, trigger
	switch trigger {
	case limit.StartsDetected:
		if c.Answered() {
			return nil // the response these clocks wait for is out
		}
		from = c.RoundSince()
	case limit.StartsReceived:
		if c.Answered() {
			return nil
		}
		if from = c.RoundSince(); c.RoundAt.IsZero() {
			from = received(c.PublishedAt, from)
		}
	case startsWave:
		starts = limit.StartsDetected // the same limits, counted anew
	}
	for _, p := range limit.For(e.presets, starts, subject(c)) {
		if stands(s, c, standing{p.ID, trigger}) || past(p, c) {
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

// joins starts the limits that hold for a letter or hand-over that joins a
// case which began elsewhere.
func (e *Engine) joins(s huiying.Step, c huiying.Case) error {
	platform := s.Payload[machine.PayloadPlatform]
	if platform == "" || c.Answered() {
		return nil
	}
	published, err := time.Parse(time.RFC3339Nano, s.Payload[machine.PayloadPublished])
	if err != nil {
		published = time.Time{} // unknown: it counts from now
	}
	who := limit.Subject{Level: c.Level, Platform: platform, Kind: s.Payload[machine.PayloadKind], Intent: s.Payload[machine.PayloadIntent]}
	for _, p := range limit.For(e.presets, limit.StartsReceived, who) {
		if inRound(c, p.ID) || past(p, c) {
			continue
		}
		span, err := e.span(p, received(published, s.At))
		if err != nil {
			return err
		}
		s.Payload[machine.ClockStart+p.ID] = span.String()
	}
	return nil
}

// received is when a letter or hand-over came: when it was written there,
// however late we saw it.
func received(published, seen time.Time) time.Time {
	if published.IsZero() || published.After(seen) {
		return seen
	}
	return published
}

// standing is a preset about to start for a trigger.
type standing struct{ preset, trigger string }

// stands reports whether a clock of the preset stands in the way of a new one:
// a clock from the first sighting runs once in the life of a case (once in a
// round where a finished case comes back), any other as often as its trigger
// comes.
func stands(s huiying.Step, c huiying.Case, o standing) bool {
	once := o.trigger == limit.StartsDetected || o.trigger == limit.StartsReceived
	if once && !s.From.Open() {
		return inRound(c, o.preset)
	}
	if _, stopped := s.Payload[machine.ClockStop+o.preset]; stopped && !once {
		return false
	}
	return slices.ContainsFunc(c.Clocks, func(k huiying.Clock) bool {
		return k.Preset == o.preset && (once || k.Running() || !k.PausedAt.IsZero())
	})
}

// past reports that what would meet the limit lies behind: a case that a unit
// has needs nobody to assign it.
func past(p limit.Preset, c huiying.Case) bool {
	return p.MetBy == machine.ActionAssign && c.State != huiying.StatePendingTriage && c.State != huiying.StateWatching
}

// inRound reports that the present round of the case has a clock of the preset;
// one that was settled before it began is of an earlier round.
func inRound(c huiying.Case, preset string) bool {
	return slices.ContainsFunc(c.Clocks, func(k huiying.Clock) bool {
		old := !lasts(k) && k.MetAt.Before(c.RoundAt) && k.BreachedAt.Before(c.RoundAt)
		return k.Preset == preset && !old
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

// earlier moves the clocks that count from the first sighting when a case that
// joins was seen first: they end earlier, never later.
func (e *Engine) earlier(payload map[string]string, before, after huiying.Case) error {
	if !after.FirstSeenAt.Before(before.FirstSeenAt) {
		return nil
	}
	for _, k := range before.Clocks {
		p, known := e.Preset(k.Preset)
		if !k.Running() || !known || p.Starts != limit.StartsDetected || !k.StartedAt.Equal(before.FirstSeenAt) {
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
