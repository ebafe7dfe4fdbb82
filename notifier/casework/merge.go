package casework

import (
	"context"
	"strings"

	"huiying"
	"huiying/notifier/casework/limit"
	"huiying/notifier/casework/machine"
)

// merge lets a case go into another, open one: its posts join, the earliest
// sighting counts for both, and the higher level holds.
func (e *Engine) merge(ctx context.Context, tx Tx, c huiying.Case, s huiying.Step) (huiying.Case, error) {
	into, err := tx.Case(ctx, s.Payload[machine.FieldInto])
	if err != nil {
		return huiying.Case{}, err
	}
	if !into.State.Open() {
		return huiying.Case{}, huiying.Errorf(huiying.Conflict, "case.guard.into_closed", into.No)
	}
	if into.State == huiying.StateSuspended { // its limits stand still, and what is brought would run on or be lost
		return huiying.Case{}, huiying.Errorf(huiying.Conflict, "case.guard.into_suspended", into.No)
	}
	into, missed, err := e.breach(ctx, tx, into, s.At)
	if err != nil {
		return huiying.Case{}, err
	}
	done, err := e.write(ctx, tx, c, s)
	if err != nil {
		return huiying.Case{}, err
	}
	if err := e.absorb(ctx, tx, into, absorbed{from: c, by: s}); err != nil {
		return huiying.Case{}, err
	}
	e.count(missed)
	return done, nil
}

// absorbed is a case on its way into another one.
type absorbed struct {
	from huiying.Case // before it was merged
	by   huiying.Step
}

func (e *Engine) absorb(ctx context.Context, tx Tx, into huiying.Case, a absorbed) error {
	payload := map[string]string{
		machine.PayloadFrom: a.from.No, machine.PayloadPosts: strings.Join(a.from.Posts, " "),
		machine.PayloadFirstSeen: machine.Stamp(a.from.FirstSeenAt), machine.PayloadPublished: machine.Stamp(a.from.PublishedAt),
	}
	for _, k := range a.from.Clocks {
		if k.Preset == clockHandover && k.Running() {
			if err := e.handOver(payload, into, k.StartedAt, k.DueAt); err != nil {
				return err
			}
			continue
		}
		e.carry(payload, into, k)
	}
	into, err := e.write(ctx, tx, into, huiying.Step{At: a.by.At, Actor: a.by.Actor, Action: machine.ActionAttach, Payload: payload})
	if err != nil || a.from.Level.Rank() <= into.Level.Rank() {
		return err
	}
	_, err = e.write(ctx, tx, into, huiying.Step{At: a.by.At, Actor: a.by.Actor, Action: machine.ActionRegrade,
		Payload: map[string]string{machine.FieldLevel: string(a.from.Level), machine.PayloadFrom: a.from.No}})
	return err
}

// carry adds to the payload a limit that goes over with a merged case: what is
// owed to whoever wrote, and what a person started. The others count from the
// first sighting, which goes over itself. Of two the earlier end holds.
func (e *Engine) carry(payload map[string]string, into huiying.Case, k huiying.Clock) {
	p, known := e.Preset(k.Preset)
	owed := !known || p.Starts == limit.StartsReceived || p.Starts == limit.StartsManual
	if !k.Running() || !owed || past(p, into) {
		return
	}
	span := machine.Span{Start: k.StartedAt, Due: k.DueAt, Calendar: k.Calendar, Provisional: k.Provisional, Pausable: k.Pausable, Extended: k.Extended, Warn: k.Warn}
	for _, own := range into.Clocks {
		switch {
		case own.Preset != k.Preset || !lasts(own):
		case own.Running() && k.DueAt.Before(own.DueAt):
			payload[machine.ClockDue+k.Preset] = span.String()
			return
		default:
			return
		}
	}
	payload[machine.ClockStart+k.Preset] = span.String()
}
