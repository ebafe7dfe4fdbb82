package casework

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/notifier/calendar"
	"huiying/notifier/casework/limit"
	"huiying/notifier/casework/machine"
)

// Presets of which the machine knows more than their row says.
const (
	clockHandover = "handover.due" // runs to the deadline of a hand-over; a case of several has the earliest
	clockRating   = "hcp.rating"   // the wait for the citizen's rating; its end closes the case
)

// startsWave is a new wave: the limits of limit.StartsDetected, counted from it.
const startsWave = "wave"

// subject is what the time limits look at. Of a case opened before its origin
// was kept, the first post says what can be known.
func subject(c huiying.Case) limit.Subject {
	if c.Origin == (huiying.Origin{}) && len(c.Posts) > 0 {
		c.Origin.Platform, _, _ = strings.Cut(c.Posts[0], ":")
		c.Origin.Kind = "post"
	}
	return limit.Subject{Level: c.Level, Platform: c.Origin.Platform, Kind: c.Origin.Kind, Intent: c.Origin.Intent}
}

// Preset gives the time limit of an id, for pages that show its source.
func (e *Engine) Preset(id string) (limit.Preset, bool) { return limit.Find(e.presets, id) }

// span is the limit counted from a moment, on the calendar of today.
func (e *Engine) span(p limit.Preset, from time.Time) (machine.Span, error) {
	d, err := limit.Due(p, from, e.calendar())
	if err != nil {
		return machine.Span{}, err
	}
	return e.spanOf(p, from, d)
}

// spanOf is a computed limit as a step writes it.
func (e *Engine) spanOf(p limit.Preset, from time.Time, d limit.Deadline) (machine.Span, error) {
	warn, err := limit.Warnings(p, from, d, e.calendar())
	if err != nil {
		return machine.Span{}, err
	}
	for i := range warn {
		warn[i] = warn[i].UTC().Truncate(time.Microsecond)
	}
	return machine.Span{Start: from.UTC(), Due: d.At.UTC().Truncate(time.Microsecond), Calendar: d.Calendar, Provisional: d.Provisional, Pausable: p.Pausable, Warn: warn}, nil
}

// resume completes the step by which paused clocks go on with what was left of
// their time.
func (e *Engine) resume(ctx context.Context, tx History, a machine.Attempt, payload map[string]string) error {
	steps, err := tx.Steps(ctx, a.Case.No)
	if err != nil {
		return err
	}
	for _, k := range a.Case.Clocks {
		if k.PausedAt.IsZero() || !lasts(k) {
			continue
		}
		span, err := e.resumed(k, a.Now, steps)
		if err != nil {
			return err
		}
		payload[machine.ClockDue+k.Preset] = span.String()
	}
	return nil
}

// resumed is a paused clock that goes on. One that was provisional is counted
// anew: the days it lacked may be known by now.
func (e *Engine) resumed(k huiying.Clock, at time.Time, steps []huiying.Step) (machine.Span, error) {
	p, known := e.Preset(k.Preset)
	if !known { // its row is no more: the time of the pause is given back as it is
		return machine.Span{Start: k.StartedAt, Due: k.DueAt.Add(at.Sub(k.PausedAt)), Calendar: k.Calendar, Provisional: k.Provisional, Pausable: true}, nil
	}
	d, err := deadlineOf(k), error(nil)
	if k.Provisional {
		d, err = e.replay(p, k, steps)
	}
	if err != nil {
		return machine.Span{}, err
	}
	p.Pausable = true
	if d, err = limit.Resume(p, d, limit.Pause{From: k.PausedAt, To: at}, e.calendar()); err != nil {
		return machine.Span{}, err
	}
	return e.later(p, k, spanFrom{at, d})
}

func deadlineOf(k huiying.Clock) limit.Deadline {
	return limit.Deadline{At: k.DueAt, Provisional: k.Provisional, Calendar: k.Calendar}
}

// spanFrom is a new end of a clock that goes on, as decided at a moment.
type spanFrom struct {
	at time.Time
	d  limit.Deadline
}

// later is a clock with another end: it started when it did, and warnings that
// lie behind are not given again.
func (e *Engine) later(p limit.Preset, k huiying.Clock, f spanFrom) (machine.Span, error) {
	span, err := e.spanOf(p, k.StartedAt, f.d)
	span.Warn = slices.DeleteFunc(span.Warn, func(w time.Time) bool { return !w.After(f.at) })
	return span, err
}

// extend completes the step of an extension with the new due time, as far as
// the rule allows one.
func (e *Engine) extend(a machine.Attempt, payload map[string]string) error {
	id := a.Fields[machine.FieldPreset]
	days, err := strconv.Atoi(a.Fields[machine.FieldDays])
	p, known := e.Preset(id)
	if err != nil || !known || p.Extend == 0 {
		return huiying.Errorf(huiying.Conflict, "case.guard.no_extension", limitName(id))
	}
	if days > p.Extend {
		return huiying.Errorf(huiying.Invalid, "case.guard.extension", limitName(id), p.Extend)
	}
	i := slices.IndexFunc(a.Case.Clocks, func(k huiying.Clock) bool { return k.Preset == id && k.Running() })
	k := a.Case.Clocks[i] // guardExtension has seen it
	d, err := e.further(p, k, days)
	if err != nil {
		return err
	}
	span, err := e.later(p, k, spanFrom{a.Now, d})
	payload[machine.ClockDue+id] = span.String()
	return err
}

// further is the end of a clock with more of its units behind it; one that was
// paused before is counted on from its end, another as one limit from its
// start.
func (e *Engine) further(p limit.Preset, k huiying.Clock, more int) (limit.Deadline, error) {
	plain, err := limit.Due(p, k.StartedAt, e.calendar())
	if err != nil || plain.At.Equal(k.DueAt) {
		d, extendErr := limit.Extend(p, k.StartedAt, more, e.calendar())
		return d, firstOf(err, extendErr)
	}
	unit := calendar.Natural
	if p.Limit.Kind == limit.Workdays {
		unit = calendar.Workday
	}
	last := calendar.On(k.DueAt.Add(-time.Nanosecond), e.calendar().Zone())
	r, err := e.calendar().Add(last, more, unit)
	return limit.Deadline{At: r.At, Provisional: r.Provisional || k.Provisional, Calendar: r.Version}, err
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// begin completes the step by which a person starts a time limit, in place of
// another where the head says so.
func (e *Engine) begin(a machine.Attempt, payload map[string]string) error {
	id := a.Fields[machine.FieldPreset]
	p, known := e.Preset(id)
	if !known || !manual(p, a.Case) {
		return huiying.Errorf(huiying.Invalid, "case.guard.manual", id, strings.Join(e.nameable(a.Case, machine.ActionStartClock), " "))
	}
	if slices.ContainsFunc(a.Case.Clocks, func(k huiying.Clock) bool { return k.Preset == id && lasts(k) }) {
		return huiying.Errorf(huiying.Conflict, "case.guard.runs_already", a.Case.No, limitName(id))
	}
	from := a.Now
	if p.MetBy == machine.ActionPublish && !a.Case.PublishedAt.IsZero() && !a.Case.Answered() {
		from = a.Case.RoundSince() // the duty began when the request came, not when somebody saw what it is
	}
	span, err := e.span(p, from)
	if err != nil {
		return err
	}
	payload[machine.ClockStart+id] = span.String()
	if instead := a.Fields[machine.FieldInstead]; instead != "" {
		payload[machine.ClockStop+instead] = machine.Stamp(a.Now)
	}
	return nil
}

// returnBy is until when a case may be returned by its unit, by the limits that
// bound it.
func (e *Engine) returnBy(c huiying.Case) time.Time {
	for _, p := range e.presets {
		if p.Use != limit.Guard || p.MetBy != machine.ActionReturnBack || !p.Holds(subject(c)) {
			continue
		}
		if d, err := limit.Due(p, c.AssignedAt, e.calendar()); err == nil {
			return d.At
		}
	}
	return time.Time{}
}

// handOver adds to the payload the clock of a deadline that a post came with.
// An earlier deadline takes the place of a later one that still runs; one that
// was met or missed stays as it is.
func (e *Engine) handOver(payload map[string]string, c huiying.Case, from, due time.Time) error {
	if due.IsZero() || c.Answered() {
		return nil
	}
	due = due.Truncate(time.Microsecond)
	for _, k := range c.Clocks {
		switch {
		case k.Preset != clockHandover:
		case k.DueAt.Equal(due) || k.Running() && k.DueAt.Before(due):
			return nil
		case k.Running():
			payload[machine.ClockStop+clockHandover] = machine.Stamp(from)
			from = k.StartedAt
		}
	}
	p, _ := e.Preset(clockHandover)
	span, err := e.later(p, huiying.Clock{StartedAt: from}, spanFrom{e.clock(), limit.Deadline{At: due}})
	payload[machine.ClockStart+clockHandover] = span.String()
	return err
}

// meetClocks adds to the payload the clocks that the action meets, late ones
// included. A further publication meets what began after the first.
func (e *Engine) meetClocks(payload map[string]string, c huiying.Case, action string, at time.Time) {
	if action == machine.ActionPublishUpdate {
		action = machine.ActionPublish
	}
	for _, k := range c.Clocks {
		p, known := e.Preset(k.Preset)
		byHand := action == machine.ActionMeetClock && payload[machine.FieldPreset] == k.Preset
		if k.MetAt.IsZero() && (byHand || known && p.MetBy == action) {
			payload[machine.ClockMet+k.Preset] = machine.Stamp(at)
		}
	}
}
