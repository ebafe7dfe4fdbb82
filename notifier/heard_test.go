package notifier_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"

	"huiying"
	"huiying/notifier"
	"huiying/notifier/casework/machine"
)

// Who must act on a step hears of it, once, and not from the own hand.
func TestStepsAreHeard(t *testing.T) {
	owned := huiying.Case{No: "HY20261123-0001", Unit: "u-hall", Owner: "amin", Drafter: "bo", Level: huiying.LevelRed, Title: "排队"}
	unit := owned
	unit.Owner = ""
	loose := huiying.Case{No: owned.No, Level: huiying.LevelRed}
	for i, row := range []struct {
		c     huiying.Case
		act   string
		actor string
		want  string
	}{
		{owned, machine.ActionWarn, "system", "amin>robot"},
		{unit, machine.ActionWarn, "system", "amin>robot bo>mail"},
		{loose, machine.ActionWarn, "system", "duty>robot"},
		{owned, machine.ActionBreach, "system", "amin>robot duty>robot"},
		{owned, machine.ActionSupervise, "boss", "amin>robot"},
		{owned, machine.ActionReviewReject, "rev", "bo>mail"},
		{owned, machine.ActionApprove, "bo", ""},
		{owned, machine.ActionReturnBack, "amin", "duty>robot"},
		{owned, machine.ActionNote, "amin", ""},
		{owned, machine.ActionSubmit, "bo", ""},
	} {
		t.Run(row.act+strconv.Itoa(i), func(t *testing.T) {
			r := newCounterRoom(t)
			for range 2 { // a repeat is a repeat of the alert
				err := r.store.InTx(context.Background(), func(tx notifier.Tx) error {
					return r.people.Heard(context.Background(), tx, row.c, huiying.Step{CaseNo: row.c.No, Action: row.act, Actor: row.actor, At: start})
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			data := r.store.snapshot()
			var told []string
			for _, id := range data.order {
				d := data.deliveries[id]
				told = append(told, d.Person+">"+d.Channel)
				if d.Alert.Cause != row.act || d.Alert.CaseNo != row.c.No {
					t.Errorf("alert %+v", d.Alert)
				}
			}
			slices.Sort(told)
			if got := strings.Join(told, " "); got != row.want {
				t.Errorf("told %q, want %q", got, row.want)
			}
		})
	}
}
