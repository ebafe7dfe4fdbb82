package notifier_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

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

// heard is who is told of a step of the case, the steps before it known.
func (r *counterRoom) heard(c huiying.Case, s huiying.Step, before ...huiying.Step) string {
	r.t.Helper()
	r.store.data.steps[c.No] = before
	s.CaseNo, s.At, s.N = c.No, start, len(before)+1
	err := r.store.InTx(context.Background(), func(tx notifier.Tx) error {
		return r.people.Heard(context.Background(), tx, c, s)
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return r.told()
}

// Whoever may approve hears of a draft; where an owner cannot be told the unit
// is, and the officers where nobody of it can.
func TestHeardBySomebody(t *testing.T) {
	c := huiying.Case{No: "HY20261123-0001", Unit: "u-hall", Owner: "amin", Drafter: "amin", Level: huiying.LevelRed, Title: "排队"}
	submit := huiying.Step{Action: machine.ActionSubmit, Actor: "amin"}
	r := newCounterRoom(t)
	signers := []notifier.Recipient{{Person: huiying.Person{ID: "boss"}, Channel: "robot"}, {Person: huiying.Person{ID: "amin"}, Channel: "robot"}, {Person: huiying.Person{ID: "mute"}}}
	r.people = notifier.NewDesk(notifier.DeskOptions{
		Ledger: r.store, Cases: r.cases, Directory: directory{}, Now: func() time.Time { return r.now }, Zone: office,
		Signers: func(context.Context, huiying.Case) ([]notifier.Recipient, error) { return signers, nil },
	})
	if got := r.heard(c, submit); got != "boss>robot" {
		t.Errorf("of a draft %q", got)
	}
	signers = nil
	c.Version++
	if got := r.heard(c, submit); got != "boss>robot duty>robot" {
		t.Errorf("of a draft that nobody may approve %q", got)
	}
	warn := huiying.Step{Action: machine.ActionWarn, Actor: "system"}
	for owner, want := range map[string]string{"gone": "amin>robot bo>mail", "bo": "bo>mail"} {
		r, c := newCounterRoom(t), c
		c.Owner = owner
		if got := r.heard(c, warn); got != want {
			t.Errorf("owner %s: %q, want %q", owner, got, want)
		}
	}
	r, c = newCounterRoom(t), huiying.Case{No: c.No, Unit: "u-empty", Level: huiying.LevelRed}
	if got := r.heard(c, warn); got != "duty>robot" {
		t.Errorf("an empty unit: %q", got)
	}
}

// A level that a person raises is heard of by those who have the case; by a
// rule its own alert tells.
func TestRaisedLevelIsHeard(t *testing.T) {
	c := huiying.Case{No: "HY20261123-0001", Unit: "u-hall", Owner: "amin", Level: huiying.LevelOrange, Title: "排队"}
	step := func(action, actor, level string) huiying.Step {
		return huiying.Step{Action: action, Actor: actor, Payload: map[string]string{machine.FieldLevel: level}}
	}
	for _, row := range []struct {
		was, actor, want string
	}{{"blue", "duty", "amin>robot"}, {"red", "duty", ""}, {"blue", "rule:r-queue", ""}, {"blue", "amin", ""}} {
		r := newCounterRoom(t)
		if got := r.heard(c, step(machine.ActionRegrade, row.actor, "orange"), step(machine.ActionDetect, "rule:r-queue", row.was)); got != row.want {
			t.Errorf("from %s by %s: %q, want %q", row.was, row.actor, got, row.want)
		}
	}
}

// An assisting unit hears that it is one.
func TestHelpersAreTold(t *testing.T) {
	r := newCounterRoom(t)
	r.handle(event("weibo:1", huiying.LevelOrange, notify()))
	before := r.told()
	if _, err := r.do(dutyOfficer, "assign", "unit", "u-empty", "helpers", "u-hall"); err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(strings.TrimPrefix(r.told(), before)); got != "amin>robot bo>mail" {
		t.Errorf("told %q", got)
	}
}

// While a ladder climbs, its rungs tell of an acknowledgement that is owed: the
// limit of it tells nobody a second time. Other limits do.
func TestLadderTellsOfAcknowledgement(t *testing.T) {
	climbing := huiying.Case{No: "HY20261123-0001", State: huiying.StateAwaitingAck, Unit: "u-hall", Owner: "amin", Level: huiying.LevelRed,
		Ladder: huiying.Ladder{Policy: "red", NextAt: start}}
	still := climbing
	still.Ladder.NextAt = time.Time{}
	for _, row := range []struct {
		c         huiying.Case
		act, key  string
		toldOfAck string
	}{
		{climbing, machine.ActionBreach, "clock.breach.", ""},
		{climbing, machine.ActionWarn, "clock.warn.", ""},
		{still, machine.ActionBreach, "clock.breach.", "amin>robot duty>robot"},
		{still, machine.ActionWarn, "clock.warn.", "amin>robot"},
	} {
		for preset, met := range map[string]string{"yq.ack.major": machine.ActionAck, "yq.major.press": machine.ActionPublish} {
			r := newCounterRoom(t)
			r.people = notifier.NewDesk(notifier.DeskOptions{
				Ledger: r.store, Cases: r.cases, Directory: directory{}, Now: func() time.Time { return r.now }, Zone: office,
				MetBy: func(string) string { return met },
			})
			told := r.heard(row.c, huiying.Step{Action: row.act, Actor: "system", Payload: map[string]string{row.key + preset: machine.Stamp(start)}})
			if met == machine.ActionAck && told != row.toldOfAck || met != machine.ActionAck && told == "" {
				t.Errorf("%s of %s: told %q", row.act, preset, told)
			}
		}
	}
}
