package casework

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"huiying"
	"huiying/notifier/casework/limit"
	"huiying/notifier/casework/machine"
)

// Recompute gives provisional due times their right value when the calendar of
// a further year is known, with a step in the record of every case it changes,
// and says how many. What it cannot settle yet stays provisional, and so does a
// case that fails; the error joins what went wrong.
func (e *Engine) Recompute(ctx context.Context) (int, error) {
	const batch = 100
	changed, after := 0, ""
	var failed []error
	for {
		nos, err := e.deadlines.Provisional(ctx, after, batch)
		if err != nil {
			return changed, fmt.Errorf("finding provisional due times: %w", err)
		}
		for _, no := range nos {
			did, err := e.recomputeCase(ctx, no)
			if err != nil {
				failed = append(failed, fmt.Errorf("computing the clocks of case %s anew: %w", no, err))
			}
			if did {
				changed++
			}
			after = no
		}
		if len(nos) < batch {
			return changed, errors.Join(failed...)
		}
	}
}

func (e *Engine) recomputeCase(ctx context.Context, no string) (changed bool, err error) {
	err = e.ledger.InTx(ctx, func(tx Tx) error {
		c, err := tx.Case(ctx, no)
		if err != nil {
			return err
		}
		payload, err := e.recomputed(ctx, tx, c)
		if err != nil || len(payload) == 0 {
			return err
		}
		changed = true
		_, err = e.system(ctx, tx, c, huiying.Step{At: e.clock(), Action: machine.ActionRecomputed, Payload: payload})
		return err
	})
	return changed && err == nil, err
}

// recomputed are the clocks of a case whose due time another calendar changes
// or settles. A clock that was paused is settled when it goes on.
func (e *Engine) recomputed(ctx context.Context, tx Tx, c huiying.Case) (map[string]string, error) {
	payload := map[string]string{}
	for _, k := range c.Clocks {
		p, known := e.Preset(k.Preset)
		if !k.Running() || !k.Provisional || !known || k.Calendar == e.calendar().Version() {
			continue
		}
		steps, err := tx.Steps(ctx, c.No)
		if err != nil {
			return nil, err
		}
		d, err := e.replay(p, k, steps)
		if err != nil {
			return nil, err
		}
		if d.At.Equal(k.DueAt) && d.Provisional {
			continue
		}
		span, err := e.later(p, k, spanFrom{e.clock(), d})
		if err != nil {
			return nil, err
		}
		payload[machine.ClockDue+k.Preset] = span.String()
	}
	return payload, nil
}

// replay is the end of a clock on the calendar of today, with the pauses and
// the extension that its record holds.
func (e *Engine) replay(p limit.Preset, k huiying.Clock, steps []huiying.Step) (limit.Deadline, error) {
	d, err := limit.Due(p, k.StartedAt, e.calendar())
	var paused time.Time
	for _, s := range steps {
		if err != nil || s.At.Before(k.StartedAt) {
			continue
		}
		_, pauses := s.Payload[machine.ClockPause+k.Preset]
		switch {
		case pauses:
			paused = s.At
		case s.Action == machine.ActionResume && !paused.IsZero():
			p.Pausable = true
			d, err = limit.Resume(p, d, limit.Pause{From: paused, To: s.At}, e.calendar())
			paused = time.Time{}
		case s.Action == machine.ActionExtend && s.Payload[machine.FieldPreset] == k.Preset:
			more, bad := strconv.Atoi(s.Payload[machine.FieldDays])
			if bad != nil {
				return d, bad
			}
			k.DueAt = d.At
			d, err = e.further(p, k, more)
		}
	}
	return d, err
}
