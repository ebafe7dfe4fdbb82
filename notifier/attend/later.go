package attend

import (
	"context"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/notifier/casework/machine"
)

const (
	// before is how long before the next step of the escalation a reminder comes
	// at the latest: time enough to acknowledge.
	before = 2 * time.Minute
	// again is when a reminder is tried once more whose forerunner is still on
	// its way.
	again = time.Minute
)

// snooze reminds the person of the alert later, once, unless it is acknowledged
// by then. It keeps nobody from being told, and comes before the next step of the
// escalation in any case.
func (d *Desk) snooze(ctx context.Context, deed Deed) (done Done, err error) {
	if !slices.Contains(Minutes(), deed.Minutes) {
		return done, huiying.Errorf(huiying.Invalid, "attend.minutes", deed.Minutes)
	}
	over := deed.Over
	if over.Channel == "" && len(deed.By.Contacts) > 0 {
		over = deed.By.Contacts[0]
	}
	if over.Channel == "" {
		return done, huiying.Errorf(huiying.Invalid, "attend.no_contact")
	}
	err = d.o.InTx(ctx, func(tx Tx) error {
		c, err := caseOf(ctx, tx, deed.Alert)
		if err != nil {
			return err
		}
		if !c.AckedAt.IsZero() {
			return huiying.Errorf(huiying.Conflict, "attend.acked", c.No)
		}
		now := d.now()
		done = Done{At: now.Add(time.Duration(deed.Minutes) * time.Minute)}
		if climbs := c.Ladder.NextAt; !climbs.IsZero() && climbs.Add(-before).Before(done.At) {
			done.At, done.Sooner = climbs.Add(-before), true
			if !done.At.After(now) {
				return huiying.Errorf(huiying.Conflict, "attend.too_late")
			}
		}
		return tx.AddRepeat(ctx, huiying.Repeat{
			ID: huiying.ReminderID(deed.Alert.ID, deed.By.ID), Alert: deed.Alert, Person: deed.By.ID, Unit: deed.By.Unit,
			Channel: over.Channel, Address: over.Address, Path: huiying.ReminderPath, Every: again, Until: "ack", Most: 1, NextAt: done.At,
		})
	})
	return done, err
}

// falseAlarm says that the alert was none: whoever triages sets the post aside or
// dismisses the case, and a responder gives it back to be looked at again.
func (d *Desk) falseAlarm(ctx context.Context, deed Deed) error {
	actor, given := deed.actor(), strings.TrimSpace(deed.Reason)
	if deed.Alert.CaseNo == "" {
		if !actor.Has(huiying.RoleOfficer, huiying.RoleManager) {
			return huiying.Errorf(huiying.Forbidden, "attend.false_role")
		}
		return d.o.Aside(ctx, deed.Alert.PostID, actor, given)
	}
	reason := d.o.Texts("attend.false_alarm")
	if given != "" {
		reason = d.o.Texts("attend.false_alarm_reason", given)
	}
	return d.o.InTx(ctx, func(tx Tx) error {
		c, err := caseOf(ctx, tx, deed.Alert)
		if err != nil {
			return err
		}
		action := machine.ActionDismiss
		if c.State != huiying.StatePendingTriage && c.State != huiying.StateWatching {
			action = machine.ActionReturnBack
		}
		_, err = d.o.Cases.DoIn(ctx, tx, huiying.Command{
			CaseNo: c.No, Action: action, Actor: actor, Fields: map[string]string{machine.FieldReason: reason},
		})
		return err
	})
}

// MayBeFalse reports whether a person may call an alert a false alarm, as its
// case stands.
func MayBeFalse(a huiying.Alert, c huiying.Case, by huiying.Actor) bool {
	triages := by.Has(huiying.RoleOfficer, huiying.RoleManager)
	switch {
	case a.CaseNo == "":
		return triages && a.PostID != ""
	case c.State == huiying.StatePendingTriage || c.State == huiying.StateWatching:
		return triages
	case c.State == huiying.StateAwaitingAck || c.State == huiying.StateHandling:
		return by.Has(huiying.RoleResponder) && by.Unit == c.Unit && c.Unit != "" && c.Returned == 0 && !c.Designated
	}
	return false
}

// Minutes are the times after which one can be reminded.
func Minutes() []int { return []int{15, 30, 60} }
