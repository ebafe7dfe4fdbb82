package attend

import (
	"context"
	"slices"
	"strconv"

	"huiying"
	"huiying/notifier"
	"huiying/notifier/casework/machine"
)

// handOn tells another person or unit of the alert. A case that its unit works on
// goes along where they could handle it; of any other the record says who handed
// the alert to whom.
func (d *Desk) handOn(ctx context.Context, deed Deed) (done Done, err error) {
	targets, err := d.Targets(ctx, deed.By)
	if err != nil {
		return done, err
	}
	i := slices.IndexFunc(targets, func(t Target) bool { return t.ID == deed.To })
	if i < 0 {
		return done, huiying.Errorf(huiying.Invalid, "attend.no_target", deed.To)
	}
	to, err := d.reach(ctx, deed)
	if err != nil {
		return done, err
	}
	err = d.o.InTx(ctx, func(tx Tx) error {
		done = Done{}
		c, err := caseOf(ctx, tx, deed.Alert)
		if err != nil {
			return err
		}
		if c.No != "" {
			if c, err = d.o.Cases.DoIn(ctx, tx, d.step(deed, c, targets[i], to)); err != nil {
				return err
			}
		}
		done.Deliver, err = d.tell(ctx, tx, handing{deed, c, to})
		return err
	})
	return done, err
}

// reach are those who are told, without the one who hands on.
func (d *Desk) reach(ctx context.Context, deed Deed) ([]notifier.Recipient, error) {
	found, err := d.o.Directory.Recipients(ctx, []string{deed.To})
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(r notifier.Recipient) bool { return r.Channel == "" || r.Person.ID == deed.By.ID })
	if len(found) == 0 {
		return nil, huiying.Errorf(huiying.Invalid, "attend.unreachable", deed.To)
	}
	return found, nil
}

// step is what the record says of it: the case itself goes to a unit, or to a
// responder of its own; whoever else is told only hears of it.
func (d *Desk) step(deed Deed, c huiying.Case, target Target, to []notifier.Recipient) huiying.Command {
	cmd := huiying.Command{CaseNo: c.No, Action: machine.ActionReassign, Actor: deed.actor(), Fields: map[string]string{}}
	if deed.Reason != "" {
		cmd.Fields[machine.FieldReason] = deed.Reason
	}
	handled := c.State == huiying.StateAwaitingAck || c.State == huiying.StateHandling
	switch {
	case handled && target.Unit && target.ID != c.Unit:
		cmd.Fields[machine.FieldUnit] = target.ID
		return cmd
	case handled && to[0].Person.ID == target.ID && c.Unit != "" && to[0].Person.Unit == c.Unit && slices.Contains(to[0].Person.Roles, huiying.RoleResponder):
		cmd.Fields[machine.FieldOwner] = target.ID
		return cmd
	}
	note := d.o.Texts("attend.note", target.Name)
	if deed.Reason != "" {
		note = d.o.Texts("attend.note_reason", target.Name, deed.Reason)
	}
	cmd.Action, cmd.Fields = machine.ActionNote, map[string]string{machine.FieldNote: note}
	return cmd
}

// handing is an alert on its way to somebody else.
type handing struct {
	deed Deed
	c    huiying.Case // after the step
	to   []notifier.Recipient
}

// tell queues the alert for everybody it is handed to. The ids come of the
// hand-on, since they may have had the alert itself already.
func (d *Desk) tell(ctx context.Context, tx Tx, h handing) (queued []string, err error) {
	now, by := d.now(), h.deed.By.ID
	var tellings []huiying.Telling
	for _, r := range h.to {
		id := huiying.DeriveID("d-", h.deed.Alert.ID, HandOn, by, strconv.Itoa(h.c.Version), r.Person.ID, r.Channel)
		out := notifier.NewDelivery(id, h.deed.Alert, r, now)
		added, err := tx.Enqueue(ctx, out)
		if err != nil {
			return nil, err
		}
		if !added {
			continue // handed to them already, and nothing has changed since
		}
		queued = append(queued, id)
		tellings = append(tellings, huiying.Telling{
			Path: HandOn, Receiver: h.deed.To, Person: r.Person.ID, Unit: r.Unit, Channel: r.Channel, Why: huiying.TellHandedOn, By: by, At: out.NextAt,
		})
	}
	if len(queued) == 0 {
		return nil, huiying.Errorf(huiying.Conflict, "attend.handed_already")
	}
	return queued, tx.AddTellings(ctx, h.deed.Alert, tellings)
}
