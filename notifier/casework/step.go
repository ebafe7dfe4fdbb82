package casework

import (
	"cmp"
	"context"
	"fmt"

	"huiying"
	"huiying/notifier/casework/machine"
)

// take writes the step of a person: words beside the record, then case, then
// step, then what it means for another case.
func (e *Engine) take(ctx context.Context, tx Tx, a machine.Attempt) (huiying.Case, error) {
	payload, err := e.payload(ctx, tx, a)
	if err != nil {
		return huiying.Case{}, err
	}
	s := huiying.Step{At: a.Now, Actor: a.Actor.ID, Action: a.Row.Action, Payload: payload}
	switch a.Row.Action {
	case machine.ActionMerge:
		return e.merge(ctx, tx, a.Case, s)
	case machine.ActionResume:
		err = e.resume(ctx, tx, a, payload)
	case machine.ActionExtend:
		err = e.extend(a, payload)
	case machine.ActionStartClock:
		err = e.begin(a, payload)
	case machine.ActionMeetClock:
		err = e.metByHand(a)
	}
	if err != nil {
		return huiying.Case{}, err
	}
	return e.write(ctx, tx, a.Case, s)
}

// payload is the command's fields as the record keeps them.
func (e *Engine) payload(ctx context.Context, tx Tx, a machine.Attempt) (map[string]string, error) {
	payload := make(map[string]string, len(a.Fields)+4)
	for f, v := range a.Fields {
		switch {
		case machine.Words(f):
			digest := huiying.Digest(v)
			if err := tx.PutText(ctx, digest, v); err != nil {
				return nil, fmt.Errorf("keeping words of case %s: %w", a.Case.No, err)
			}
			payload[f] = digest
		case f == machine.FieldAt:
			at, err := machine.ParseWhen(v, e.zone)
			if err != nil {
				return nil, huiying.Errorf(huiying.Invalid, "case.guard.time", v)
			}
			payload[f] = machine.Stamp(at)
		default:
			payload[f] = v
		}
	}
	return payload, nil
}

// write completes the step with its clocks and its ladder, applies it, stores
// both and tells whoever hears of steps.
func (e *Engine) write(ctx context.Context, tx Tx, c huiying.Case, s huiying.Step) (huiying.Case, error) {
	row, _, _ := e.machine.Find(c.State, s.Action)
	s.CaseNo, s.From, s.To = cmp.Or(s.CaseNo, c.No), c.State, row.Target(c.State)
	s.N = c.Version + 1
	after, err := e.machine.Apply(c, s)
	if err != nil {
		return huiying.Case{}, err
	}
	if err := e.complete(s, c, after); err != nil {
		return huiying.Case{}, err
	}
	if after, err = e.machine.Apply(c, s); err != nil {
		return huiying.Case{}, err
	}
	if err := tx.PutCase(ctx, after); err != nil {
		return huiying.Case{}, err
	}
	written, err := tx.Append(ctx, s)
	if err != nil {
		return huiying.Case{}, fmt.Errorf("recording %s of case %s: %w", s.Action, s.CaseNo, err)
	}
	if e.after != nil {
		if err := e.after(ctx, tx, after, written); err != nil {
			return huiying.Case{}, fmt.Errorf("telling of %s of case %s: %w", s.Action, s.CaseNo, err)
		}
	}
	return after, nil
}

// complete adds to the step what it does to clocks and ladder.
func (e *Engine) complete(s huiying.Step, before, after huiying.Case) error {
	if err := e.clockWork(s, before, after); err != nil {
		return err
	}
	if _, set := s.Payload[machine.PayloadLadder]; set {
		return nil
	}
	ladder := e.machine.Ladder(machine.Climbing{
		Step: s, Before: before, After: after, Fresh: func() huiying.Ladder { return e.ladders(after) },
	})
	return machine.WriteLadder(s.Payload, before.Ladder, ladder)
}
