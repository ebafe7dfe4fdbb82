package notifier

import (
	"context"
	"strconv"
	"time"

	"huiying"
	"huiying/notifier/casework/machine"
)

// audience is who hears of a step.
type audience int

const (
	nobody  audience = iota
	handler          // the owner, or the unit while nobody owns it
	drafter          // who wrote the reply
	desk             // the duty officers
	both             // handler and desk
)

// listeners is who hears of which step beside those whom an assignment or a
// rung of the ladder tells: those who must act on it now.
func listeners(action string) audience {
	switch action {
	case machine.ActionWarn, machine.ActionSupervise, machine.ActionNewWave, machine.ActionRateBad, machine.ActionReopen:
		return handler
	case machine.ActionBreach:
		return both
	case machine.ActionReviewReject, machine.ActionApprove:
		return drafter
	case machine.ActionReturnBack, machine.ActionReturned, machine.ActionUnmerge:
		return desk
	}
	return nobody
}

// Heard queues the alerts about a step, inside the step's transaction. Who took
// the step is not told of it.
func (d *Desk) Heard(ctx context.Context, tx Tx, c huiying.Case, s huiying.Step) error {
	to, err := d.audience(ctx, c, s)
	if err != nil || len(to) == 0 {
		return err
	}
	alert := aboutCase(huiying.DeriveID("a-", "heard", c.No, strconv.Itoa(c.Version)), c)
	alert.Cause, alert.RaisedAt = s.Action, s.At.UTC().Truncate(time.Microsecond)
	_, err = Tell(ctx, tx, Notice{Alert: alert, To: to, Receiver: receiverOf(c)})
	return err
}

func (d *Desk) audience(ctx context.Context, c huiying.Case, s huiying.Step) ([]Recipient, error) {
	var ids []string
	who := listeners(s.Action)
	switch who {
	case nobody:
		return nil, nil
	case handler, both:
		ids = handlersOf(c)
	case drafter:
		ids = []string{c.Drafter}
	}
	var out []Recipient
	add := func(list []Recipient) {
		for _, r := range list {
			if r.Channel != "" && r.Person.ID != s.Actor {
				out = append(out, r)
			}
		}
	}
	if len(ids) > 0 {
		found, err := d.o.Directory.Recipients(ctx, ids)
		if err != nil {
			return nil, err
		}
		add(found)
	}
	if who == desk || who == both || len(ids) == 0 {
		officers, err := d.o.Directory.Recipients(ctx, nil)
		if err != nil {
			return nil, err
		}
		add(officers)
	}
	return out, nil
}

// handlersOf is the owner, or the unit while nobody owns the case; nobody
// before it is assigned.
func handlersOf(c huiying.Case) []string {
	switch {
	case c.Owner != "":
		return []string{c.Owner}
	case c.Unit != "":
		return []string{c.Unit}
	}
	return nil
}
