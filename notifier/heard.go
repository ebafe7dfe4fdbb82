package notifier

import (
	"context"
	"slices"
	"strconv"
	"strings"
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
	signer           // who may approve the reply
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
	case machine.ActionSubmit:
		return signer
	case machine.ActionReturnBack, machine.ActionReturned, machine.ActionUnmerge:
		return desk
	}
	return nobody
}

// Heard queues the alerts about a step, inside the step's transaction. Who took
// the step is not told of it.
func (d *Desk) Heard(ctx context.Context, tx Tx, c huiying.Case, s huiying.Step) error {
	who := listeners(s.Action)
	if !c.Ladder.NextAt.IsZero() && d.ofAck(s) {
		return nil // the rungs tell
	}
	if raised, err := raisedByHand(ctx, tx, s); err != nil {
		return err
	} else if raised {
		who = handler
	}
	to, err := d.audience(ctx, c, s, who)
	if err != nil || len(to) == 0 {
		return err
	}
	alert := aboutCase(huiying.DeriveID("a-", "heard", c.No, strconv.Itoa(c.Version)), c)
	alert.Cause, alert.RaisedAt = s.Action, s.At.UTC().Truncate(time.Microsecond)
	_, err = Tell(ctx, tx, Notice{Alert: alert, To: to, Receiver: receiverOf(c)})
	return err
}

// audience are the people of it who can be told, but who took the step.
func (d *Desk) audience(ctx context.Context, c huiying.Case, s huiying.Step, who audience) (out []Recipient, err error) {
	switch who {
	case nobody:
		return nil, nil
	case signer:
		out, err = d.signers(ctx, c)
	case drafter:
		out, err = d.reach(ctx, c.Drafter, c.Owner, c.Unit)
	case desk:
		out, err = d.reach(ctx)
	default:
		out, err = d.reach(ctx, c.Owner, c.Unit)
	}
	if err == nil && who == both {
		var officers []Recipient
		officers, err = d.reach(ctx)
		out = append(out, officers...)
	}
	return slices.DeleteFunc(out, func(r Recipient) bool { return r.Person.ID == s.Actor }), err
}

// reach are those of the first id of whom somebody can be told, and the default
// recipients where nobody can of any. Ids that a case lacks are "".
func (d *Desk) reach(ctx context.Context, ids ...string) ([]Recipient, error) {
	for _, id := range ids {
		if id == "" {
			continue
		}
		found, err := d.o.Directory.Recipients(ctx, []string{id})
		if found = Tellable(found); err != nil || len(found) > 0 {
			return found, err
		}
	}
	found, err := d.o.Directory.Recipients(ctx, nil)
	return Tellable(found), err
}

// signers are those who may approve the reply, and the default recipients where
// none of them can be told: somebody must find one.
func (d *Desk) signers(ctx context.Context, c huiying.Case) ([]Recipient, error) {
	if d.o.Signers == nil {
		return nil, nil
	}
	found, err := d.o.Signers(ctx, c)
	if found = Tellable(found); err != nil || len(found) > 0 {
		return found, err
	}
	return d.reach(ctx)
}

// Tellable leaves those out who have no channel: a directory names them all the
// same, as a case can still be given to them. It works within the list.
func Tellable(list []Recipient) []Recipient {
	return slices.DeleteFunc(list, func(r Recipient) bool { return r.Channel == "" })
}

// ofAck reports a step about the limit of an acknowledgement.
func (d *Desk) ofAck(s huiying.Step) bool {
	if d.o.MetBy == nil || s.Action != machine.ActionWarn && s.Action != machine.ActionBreach {
		return false
	}
	for key := range s.Payload {
		for _, of := range []string{machine.ClockWarn, machine.ClockBreach} {
			if preset, found := strings.CutPrefix(key, of); found && d.o.MetBy(preset) == machine.ActionAck {
				return true
			}
		}
	}
	return false
}

// raisedByHand reports a step by which a person raises the level: of one that a
// rule takes the alert of its post tells.
func raisedByHand(ctx context.Context, tx Tx, s huiying.Step) (bool, error) {
	if s.Action != machine.ActionRegrade || strings.HasPrefix(s.Actor, huiying.RuleActor("").ID) {
		return false, nil
	}
	steps, err := tx.Steps(ctx, s.CaseNo)
	if err != nil {
		return false, err
	}
	var was huiying.Level
	for _, one := range steps[:min(len(steps), s.N-1)] {
		if level := one.Payload[machine.FieldLevel]; level != "" {
			was = huiying.Level(level)
		}
	}
	return huiying.Level(s.Payload[machine.FieldLevel]).Rank() > was.Rank(), nil
}
