package casework_test

import (
	"context"
	"testing"
	"time"

	"huiying"
	"huiying/notifier/casework"
)

// twoRungs is a policy of two rungs that red cases need two people to stop.
func twoRungs(c huiying.Case) huiying.Ladder {
	l := huiying.Ladder{
		Policy: string(c.Level), Rungs: []huiying.Rung{{After: 5 * time.Minute, Notify: []string{c.Unit}}, {After: 10 * time.Minute, Notify: []string{"boss"}}},
		Repeat: 1, RemindEvery: time.Hour, UnackAfter: 30 * time.Minute,
	}
	if c.Level == huiying.LevelRed {
		l.Needs = 2
	}
	return l
}

func (w *world) climb(told ...string) (huiying.Case, error) {
	w.t.Helper()
	var c huiying.Case
	err := w.ledger.InTx(context.Background(), func(tx casework.Tx) error {
		var err error
		c, err = w.engine.Climb(context.Background(), tx, casework.Climb{CaseNo: no, Told: told})
		return err
	})
	return c, err
}

func withLadder(o *casework.Options) { o.Ladders = twoRungs }

// An unacknowledged case climbs rung by rung, as often as its policy says, and
// the record holds every hop with its receipts.
func TestClimb(t *testing.T) {
	w := newWorld(t, withLadder)
	w.toState(huiying.StateAwaitingAck)
	assigned := w.stored().AssignedAt
	_, err := w.climb("d-1")
	w.refused(err, huiying.Conflict, "case.no_rung")
	for i, want := range []struct {
		after time.Duration
		told  []string
		next  time.Duration
	}{
		{5 * time.Minute, []string{"d-1"}, 15 * time.Minute},
		{15 * time.Minute, nil, 20 * time.Minute}, // told nobody: but a new round begins
		{20 * time.Minute, nil, 20 * time.Minute}, // told nobody: the next at once
		{20 * time.Minute, []string{"d-3"}, 0},
	} {
		w.now = assigned.Add(want.after)
		c, err := w.climb(want.told...)
		if err != nil {
			t.Fatalf("hop %d: %v", i+1, err)
		}
		if want.next == 0 && !c.Ladder.NextAt.IsZero() || want.next > 0 && !c.Ladder.NextAt.Equal(assigned.Add(want.next)) {
			t.Errorf("hop %d: next at %v", i+1, c.Ladder.NextAt.Sub(assigned))
		}
	}
	steps := w.ledger.steps[no]
	if last := steps[len(steps)-1]; last.Action != "ack_timeout" || last.Payload["told"] != "d-3" {
		t.Errorf("last step %+v", last)
	}
	if folded, err := casework.Fold(steps); err != nil || !sameBytes(folded, w.stored()) {
		t.Errorf("fold %+v, %v", folded, err)
	}
}

// A red case takes two people; the first starts the work, the second ends the
// climbing.
func TestTwoAcknowledge(t *testing.T) {
	w := newWorld(t, withLadder)
	w.open(huiying.LevelRed)
	w.must(officer, "assign", "unit", "u-hall")
	c := w.must(responder, "ack")
	if c.State != huiying.StateHandling || c.Ladder.NextAt.IsZero() {
		t.Errorf("after one: %+v", c.Ladder)
	}
	_, err := w.do(responder, "co_ack")
	w.refused(err, huiying.Conflict, "case.guard.co_ack_same")
	c = w.must(officer, "co_ack")
	if !c.Ladder.NextAt.IsZero() || len(c.Ladder.Acks) != 2 {
		t.Errorf("after two: %+v", c.Ladder)
	}
	_, err = w.do(manager, "co_ack")
	w.refused(err, huiying.Conflict, "case.guard.co_ack")
}

// Acknowledged and nothing done: a reminder, and when that stays unanswered
// the acknowledgement is taken back and the ladder climbed anew.
func TestRemindAndUnack(t *testing.T) {
	w := newWorld(t, withLadder)
	c := w.toState(huiying.StateHandling)
	remind := func() (c huiying.Case, err error) {
		err = w.ledger.InTx(context.Background(), func(tx casework.Tx) error {
			c, err = w.engine.Remind(context.Background(), tx, no, []string{"d-r"})
			return err
		})
		return c, err
	}
	w.now = c.Ladder.RemindAt
	c, err := remind()
	if err != nil || c.Ladder.UnackAt.IsZero() {
		t.Fatalf("%+v, %v", c.Ladder, err)
	}
	c = w.must(responder, "note", "note", "正在核实") // a sign of life
	if !c.Ladder.UnackAt.IsZero() || !c.Ladder.RemindAt.Equal(w.now.Add(time.Hour)) {
		t.Errorf("after a sign of life %+v", c.Ladder)
	}
	w.now = c.Ladder.RemindAt
	if c, err = remind(); err != nil {
		t.Fatal(err)
	}
	w.now = c.Ladder.UnackAt
	err = w.ledger.InTx(context.Background(), func(tx casework.Tx) error {
		c, err = w.engine.Unack(context.Background(), tx, no)
		return err
	})
	if err != nil || c.State != huiying.StateAwaitingAck || !c.Ladder.NextAt.Equal(w.now.Add(5*time.Minute)) || !c.AckedAt.IsZero() {
		t.Errorf("%s %+v, %v", c.State, c.Ladder, err)
	}
	if k := clockOf(t, c, "yq.ack"); k.Preset == "" {
		t.Error("no clock waits for the new acknowledgement")
	}
}

// A person may make the next rung due at once.
func TestEscalateByHand(t *testing.T) {
	w := newWorld(t, withLadder)
	w.toState(huiying.StateHandling)
	c := w.must(responder, "escalate", "reason", "需要领导协调")
	if !c.Ladder.NextAt.Equal(w.now) {
		t.Errorf("got %+v", c.Ladder)
	}
	if c, err := w.climb("d-1"); err != nil || c.State != huiying.StateHandling {
		t.Errorf("%s, %v", c.State, err)
	}
}

// Of a case that enough people acknowledged a person escalates one rung: the
// ladder stops there, and the next time it is the rung above.
func TestEscalateAcknowledged(t *testing.T) {
	w := newWorld(t, withLadder)
	w.toState(huiying.StateHandling)
	for _, want := range []int{1, 0} {
		w.must(responder, "escalate", "reason", "需要领导协调")
		c, err := w.climb("d-1")
		if err != nil || !c.Ladder.NextAt.IsZero() || c.Ladder.Next != want {
			t.Fatalf("%+v, %v", c.Ladder, err)
		}
		w.now = w.now.Add(time.Hour)
		_, err = w.climb("d-2")
		w.refused(err, huiying.Conflict, "case.no_rung")
	}
	w.must(responder, "escalate", "reason", "需要领导协调")
	if c, err := w.climb(); err != nil || !c.Ladder.NextAt.Equal(w.now) {
		t.Errorf("an empty rung ends it: %+v, %v", c.Ladder, err)
	}
}

// A higher level brings its own policy while nobody has acknowledged.
func TestLadderFollowsTheLevel(t *testing.T) {
	w := newWorld(t, withLadder)
	w.toState(huiying.StateAwaitingAck)
	w.now = w.now.Add(time.Minute)
	c := w.must(officer, "regrade", "level", "red", "reason", "媒体介入")
	if c.Ladder.Policy != "red" || !c.Ladder.NextAt.Equal(w.now.Add(5*time.Minute)) {
		t.Errorf("got %+v", c.Ladder)
	}
	c = w.must(officer, "regrade", "level", "yellow", "reason", "平息")
	if c.Ladder.Policy != "red" {
		t.Errorf("a lower level changed the ladder: %+v", c.Ladder)
	}
}

// Where the higher level has no policy, or one without steps, the ladder that
// runs goes on.
func TestLadderGoesOnWithoutAPolicy(t *testing.T) {
	for name, red := range map[string]huiying.Ladder{"none": {}, "no steps": {Policy: "red"}} {
		w := newWorld(t, func(o *casework.Options) {
			o.Ladders = func(c huiying.Case) huiying.Ladder {
				if c.Level == huiying.LevelRed {
					return red
				}
				return twoRungs(c)
			}
		})
		before := w.toState(huiying.StateAwaitingAck).Ladder
		c := w.must(officer, "regrade", "level", "red", "reason", "媒体介入")
		if c.Ladder.Policy != before.Policy || !c.Ladder.NextAt.Equal(before.NextAt) {
			t.Errorf("%s: %+v", name, c.Ladder)
		}
	}
}
