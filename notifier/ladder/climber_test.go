package ladder_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"huiying"
	"huiying/internal/store/outbox"
	"huiying/internal/store/record"
	"huiying/internal/store/storetest"
	"huiying/notifier/ladder"
)

const no = "HY20261123-0001"

// run moves the clock on minute by minute and has the climber look each time.
func (w *world) run(d time.Duration) {
	w.t.Helper()
	for range int(d / time.Minute) {
		w.clock.Advance(time.Minute)
		w.look()
	}
}

// An unacknowledged red case climbs over a restart and a gap of the roster, and
// every hop has its receipts.
func TestClimbsOverRestartAndGap(t *testing.T) {
	w := newWorld(t)
	w.open(huiying.LevelRed)
	w.run(12 * time.Minute)
	w.restart()
	w.people.set("duty:main") // nobody is on duty when its rung is due
	w.run(14 * time.Minute)
	w.people.set("duty:main", "wu") // somebody else is in the next round
	w.run(2 * time.Hour)
	want := []string{
		"10m0s ack_timeout han he",
		"15m0s ack_timeout gap", "15m0s ack_timeout lin",
		"25m0s ack_timeout han he", "30m0s ack_timeout wu", "45m0s ack_timeout lin",
	}
	if diff := cmp.Diff(want, w.told(no)); diff != "" {
		t.Error(diff)
	}
	if c := w.kase(no); !c.Ladder.NextAt.IsZero() {
		t.Errorf("the ladder goes on after its last round: %+v", c.Ladder)
	}
	if err := verify(w); err != nil {
		t.Error(err)
	}
}

// A person's next channel takes over at the end of the step that told, at the
// latest; the last step of all has none.
func TestStepsEnd(t *testing.T) {
	w := newWorld(t)
	w.open(huiying.LevelRed)
	w.run(3 * time.Hour)
	rows, err := w.store.Reader().QueryContext(t.Context(), `SELECT person, CASE WHEN step_due = 0 THEN 0 ELSE step_due - created_at END
		FROM deliveries d ORDER BY created_at, person`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }() // read to its end below
	var got []string
	for rows.Next() {
		var person string
		var step int64
		if err := rows.Scan(&person, &step); err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %v", person, time.Duration(step)*time.Microsecond))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	want := []string{"han 5m0s", "he 5m0s", "zhou 15m0s", "lin 10m0s", "han 5m0s", "he 5m0s", "zhou 15m0s", "lin 0s"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// verify checks the record: chain, signatures, and that it makes the cases.
func verify(w *world) error {
	r, err := w.ledger.Verify(context.Background(), record.VerifyOptions{})
	if err == nil && len(r.Findings) > 0 {
		err = fmt.Errorf("the record does not verify: %+v", r.Findings)
	}
	return err
}

// What was due while no process ran is climbed at its start, once.
func TestDueWhileDown(t *testing.T) {
	w := newWorld(t)
	w.open(huiying.LevelRed)
	w.clock.Advance(3 * time.Hour)
	w.restart()
	for range 5 {
		w.look()
	}
	if diff := cmp.Diff([]string{"3h0m0s ack_timeout han he"}, w.told(no)); diff != "" {
		t.Error(diff)
	}
}

// A case in triage climbs too: nobody has it, so its unit's rung is empty.
func TestUntriaged(t *testing.T) {
	w := newWorld(t)
	w.open(huiying.LevelRed)
	w.do(no, han, "return_back", "reason", "不归我们管")
	w.people.set("head", "lin")
	w.run(40 * time.Minute)
	want := []string{"10m0s escalate empty", "10m0s escalate zhou", "25m0s escalate lin", "35m0s escalate empty", "35m0s escalate zhou"}
	if diff := cmp.Diff(want, w.told(no)); diff != "" {
		t.Error(diff)
	}
}

// Where nobody stands on any rung, the officers are told instead.
func TestNobodyOnTheLadder(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"u-hall", "duty:main", "head:u-hall"} {
		w.people.set(id)
	}
	w.open(huiying.LevelRed)
	w.run(11 * time.Minute)
	if diff := cmp.Diff([]string{"10m0s ack_timeout root zhou"}, w.told(no)); diff != "" {
		t.Error(diff)
	}
}

// An acknowledged case stops climbing; its owner is reminded, and what stays
// unanswered is taken back and climbs anew.
func TestRemindAndUnack(t *testing.T) {
	w := newWorld(t)
	w.people.set("han", "han")
	w.open(huiying.LevelRed)
	w.run(11 * time.Minute)
	w.do(no, han, "ack")
	w.run(101*time.Minute + 30*time.Second)
	want := []string{
		"10m0s ack_timeout han he", "1h11m0s remind han", "1h41m0s unack_timeout", "1h51m0s ack_timeout han he",
	}
	if diff := cmp.Diff(want, w.told(no)); diff != "" {
		t.Error(diff)
	}
	if c := w.kase(no); c.State != huiying.StateAwaitingAck {
		t.Errorf("state %s", c.State)
	}
}

// Work answers a reminder.
func TestWorkAnswersTheReminder(t *testing.T) {
	w := newWorld(t)
	w.people.set("han", "han")
	w.open(huiying.LevelRed)
	w.do(no, han, "ack")
	w.run(61 * time.Minute)
	w.do(no, han, "note", "note", "已联系当事人")
	w.run(45 * time.Minute)
	if diff := cmp.Diff([]string{"1h0m0s remind han"}, w.told(no)); diff != "" {
		t.Error(diff)
	}
}

// A policy that is changed later does not change the ladder of a case.
func TestPolicyIsASnapshot(t *testing.T) {
	w := newWorld(t)
	w.open(huiying.LevelRed)
	w.policies[0].Rungs[0].Notify[0], w.policies[0].Rungs[1].After = "head", time.Second
	w.run(16 * time.Minute)
	if diff := cmp.Diff([]string{"10m0s ack_timeout han he", "15m0s ack_timeout zhou"}, w.told(no)); diff != "" {
		t.Error(diff)
	}
}

// A case that is stuck does not hold up another.
func TestOneFailsTheOtherClimbs(t *testing.T) {
	w := newWorld(t)
	w.open(huiying.LevelRed)
	other := w.open(huiying.LevelRed)
	storetest.Exec(t, w.store, `UPDATE cases SET body = 'no json' WHERE no = '`+no+`'`)
	w.clock.Advance(10 * time.Minute)
	if err := w.climber.Look(context.Background()); err == nil || !strings.Contains(err.Error(), no) {
		t.Errorf("the failure is not told: %v", err)
	}
	if got := w.told(other); len(got) != 1 {
		t.Errorf("the other case: %v", got)
	}
}

// The message says which call it is and holds nothing a citizen wrote.
func TestAlertOfAHop(t *testing.T) {
	w := newWorld(t)
	w.open(huiying.LevelRed)
	w.run(16 * time.Minute)
	d, err := outbox.Get(t.Context(), w.store.Reader(), w.hops(no)[1].Payload["told"])
	if err != nil {
		t.Fatal(err)
	}
	a := d.Alert
	if a.RuleName != "第 2 次催签 · 排队" || a.Cause != "ack_timeout" || a.CaseNo != no || a.PostID != "" || a.PostURL != "" || a.Level != huiying.LevelRed {
		t.Errorf("%+v", a)
	}
}

func TestFor(t *testing.T) {
	p := ladder.Policies{
		{ID: "hall", Levels: []huiying.Level{huiying.LevelRed}, Units: []string{"u-hall"}},
		{ID: "all", Levels: []huiying.Level{huiying.LevelRed, huiying.LevelYellow}, Needs: 2},
	}
	for _, c := range []struct {
		kase huiying.Case
		want string
	}{
		{huiying.Case{Level: huiying.LevelRed, Unit: "u-hall", State: huiying.StateAwaitingAck}, "hall"},
		{huiying.Case{Level: huiying.LevelRed, Unit: "u-it", State: huiying.StateAwaitingAck}, "all"},
		{huiying.Case{Level: huiying.LevelRed, State: huiying.StatePendingTriage}, "all"},
		{huiying.Case{Level: huiying.LevelOrange, Unit: "u-hall", State: huiying.StateAwaitingAck}, ""},
		{huiying.Case{Level: huiying.LevelYellow, Unit: "u-hall", State: huiying.StateAwaitingAck}, "all"},
		{huiying.Case{Level: huiying.LevelYellow, State: huiying.StatePendingTriage}, ""},
	} {
		if got := p.For(c.kase).Policy; got != c.want {
			t.Errorf("%+v: %q, want %q", c.kase, got, c.want)
		}
	}
	if got := p.Without(); !slices.Equal(got, []huiying.Level{huiying.LevelOrange}) {
		t.Errorf("without a policy: %v", got)
	}
	if got := ladder.DefaultPolicies().Without(); len(got) != 0 {
		t.Errorf("the defaults leave out %v", got)
	}
}

// Run looks every second and at once when woken, and leaves nothing behind.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		due := &counted{}
		c := ladder.NewClimber(ladder.ClimberOptions{Due: due, Now: time.Now})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- c.Run(ctx) }()
		synctest.Wait()
		c.Wake()
		synctest.Wait()
		if due.n.Load() != 2 {
			t.Errorf("%d looks after a wake", due.n.Load())
		}
		time.Sleep(3500 * time.Millisecond)
		if due.n.Load() != 5 {
			t.Errorf("%d looks after three seconds and a half", due.n.Load())
		}
		if c.Pulse().Last().IsZero() {
			t.Error("no pulse")
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// counted counts looks and finds nothing.
type counted struct{ n atomic.Int64 }

func (c *counted) Ladders(context.Context, time.Time, int) ([]string, error) {
	c.n.Add(1)
	return nil, nil
}

func (c *counted) Case(context.Context, string) (huiying.Case, error) { return huiying.Case{}, nil }

// Wherever the process ends, whoever is missing and whenever it looks again: no
// rung is skipped or climbed twice, none before its time, and exactly those are
// told whom the record names.
func TestNoRungIsSkippedOrRepeated(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		w.crash = ""
		for _, id := range []string{"u-hall", "duty:main", "head:u-hall"} {
			w.people.set(id, "p-"+id)
		}
		w.restart()
		no := w.open(huiying.LevelRed)
		w.only = no
		acked := false
		for range rapid.IntRange(5, 30).Draw(t, "moves") {
			switch rapid.SampledFrom([]string{"look", "look", "wait", "wait", "crash", "restart", "missing", "ack"}).Draw(t, "move") {
			case "look":
				w.lookOrRestart()
			case "wait":
				w.clock.Advance(time.Duration(rapid.IntRange(1, 20).Draw(t, "minutes")) * time.Minute)
			case "crash":
				w.crash = rapid.SampledFrom([]string{"ladder.hop", "after the commit"}).Draw(t, "point")
			case "restart":
				w.restart()
			case "missing":
				id := rapid.SampledFrom([]string{"u-hall", "duty:main", "head:u-hall"}).Draw(t, "who")
				w.people.set(id, slices.Repeat([]string{"p-" + id}, rapid.IntRange(0, 1).Draw(t, "there"))...)
			case "ack":
				if w.kase(no).State == huiying.StateAwaitingAck && rapid.IntRange(0, 4).Draw(t, "acknowledge") == 0 {
					w.do(no, han, "ack")
					acked = true
				}
			}
		}
		w.crash = ""
		w.lookOrRestart()
		checkHops(t, w, no, acked)
	})
	if err := verify(w); err != nil {
		t.Error(err)
	}
}

func (w *world) lookOrRestart() {
	for w.look() {
		w.restart()
	}
}

func checkHops(t *rapid.T, w *world, no string, acked bool) {
	rungs := len(policy()[0].Rungs)
	steps, err := w.ledger.Steps(context.Background(), no)
	if err != nil {
		t.Fatal(err)
	}
	var before huiying.Ladder
	receipts := map[string]bool{}
	for _, s := range steps {
		after := before
		if text, ok := s.Payload["ladder"]; ok {
			after = huiying.Ladder{}
			if err := json.Unmarshal([]byte(text), &after); err != nil {
				t.Fatal(err)
			}
		}
		if s.Action == "ack_timeout" {
			if got, want := after.Round*rungs+after.Next, before.Round*rungs+before.Next+1; got != want {
				t.Fatalf("step %d leads to rung %d, want %d", s.N, got, want)
			}
			if s.At.Before(before.NextAt) {
				t.Fatalf("step %d comes %s before its time", s.N, before.NextAt.Sub(s.At))
			}
			if (s.Payload["told"] == "") == (s.Payload["why"] == "") {
				t.Fatalf("step %d tells somebody, or says why not: %v", s.N, s.Payload)
			}
		}
		for id := range strings.FieldsSeq(s.Payload["told"]) {
			if receipts[id] {
				t.Fatalf("receipt %s twice", id)
			}
			receipts[id] = true
			if _, err := outbox.Get(context.Background(), w.store.Reader(), id); err != nil {
				t.Fatalf("step %d: %v", s.N, err)
			}
		}
		before = after
	}
	if got := w.deliveries(no); got != len(receipts) {
		t.Fatalf("%d deliveries, the record names %d", got, len(receipts))
	}
	if c := w.kase(no); !acked && !c.Ladder.NextAt.IsZero() && !c.Ladder.NextAt.After(w.clock.Now()) {
		t.Fatalf("a rung is due and was not climbed: %+v", c.Ladder)
	}
}
