package casework

import (
	"context"
	"errors"
	"fmt"
	"time"

	"huiying"
	"huiying/notifier/casework/machine"
)

// breach writes one step for every clock that ran out by now and names their
// presets. The wait for a citizen's rating is no duty: its end closes the case.
func (e *Engine) breach(ctx context.Context, tx Tx, c huiying.Case, now time.Time) (after huiying.Case, missed []string, err error) {
	if !c.State.Open() {
		return c, nil, nil
	}
	for _, k := range machine.Overdue(c, now) {
		action, key := machine.ActionBreach, machine.ClockBreach
		if k.Preset == clockRating {
			action, key = machine.ActionRatingTimeout, machine.ClockMet
		}
		if _, ok, _ := e.machine.Find(c.State, action); !ok {
			continue
		}
		c, err = e.system(ctx, tx, c, huiying.Step{
			At: now, Action: action, Payload: map[string]string{key + k.Preset: machine.Stamp(k.DueAt)},
		})
		if err != nil {
			return c, nil, err
		}
		if action == machine.ActionBreach {
			missed = append(missed, k.Preset)
		}
	}
	return c, missed, nil
}

// warn writes one step for every clock that came near its end.
func (e *Engine) warn(ctx context.Context, tx Tx, c huiying.Case, now time.Time) (huiying.Case, error) {
	if !c.State.Open() {
		return c, nil
	}
	var err error
	for _, k := range machine.ToWarn(c, now) {
		// Warnings that were missed while nothing ran are one warning.
		c, err = e.system(ctx, tx, c, huiying.Step{
			At: now, Action: machine.ActionWarn,
			Payload: map[string]string{machine.ClockWarn + k.Preset: machine.Stamp(now)},
		})
		if err != nil {
			return c, err
		}
	}
	return c, nil
}

// system writes a step that nobody takes.
func (e *Engine) system(ctx context.Context, tx Tx, c huiying.Case, s huiying.Step) (huiying.Case, error) {
	s.Actor = huiying.SystemActor().ID
	return e.write(ctx, tx, c, s)
}

// Tick writes the breaches of every clock that ran out, however long ago, and
// the warnings that are due, and says how many steps it wrote. A breach carries
// the time it was due, not the time it was found. A case that fails does not
// hold up the others; the error joins what went wrong.
func (e *Engine) Tick(ctx context.Context) (int, error) {
	const batch = 100
	total := 0
	for {
		nos, err := e.deadlines.Due(ctx, e.clock(), batch)
		if err != nil {
			return total, fmt.Errorf("finding cases that are due: %w", err)
		}
		found := 0
		var failed []error
		for _, no := range nos {
			n, err := e.tickCase(ctx, no)
			failed = append(failed, err)
			found += n
		}
		total += found
		if err := errors.Join(failed...); err != nil || len(nos) < batch || found == 0 {
			return total, err
		}
	}
}

func (e *Engine) tickCase(ctx context.Context, no string) (int, error) {
	var missed []string
	steps := 0
	err := e.ledger.InTx(ctx, func(tx Tx) error {
		c, err := tx.Case(ctx, no)
		if err != nil {
			return err
		}
		before, now := c.Version, e.clock()
		if c, missed, err = e.breach(ctx, tx, c, now); err != nil {
			return err
		}
		c, err = e.warn(ctx, tx, c, now)
		steps = c.Version - before
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("checking the clocks of case %s: %w", no, err)
	}
	e.count(missed)
	return steps, nil
}
