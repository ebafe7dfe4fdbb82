package casework_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"huiying"
	"huiying/notifier/casework"
	"huiying/notifier/casework/limit"
)

func clockOf(t *testing.T, c huiying.Case, preset string) huiying.Clock {
	t.Helper()
	for _, k := range c.Clocks {
		if k.Preset == preset {
			return k
		}
	}
	t.Fatalf("no clock %s in %+v", preset, c.Clocks)
	return huiying.Clock{}
}

func TestPresetsStart(t *testing.T) {
	for level, want := range map[huiying.Level]map[string]time.Duration{
		huiying.LevelRed:    {"yq.major.first_info": 5 * time.Hour, "yq.major.press": 24 * time.Hour, "yq.ack.major": 10 * time.Minute},
		huiying.LevelOrange: {"yq.other.respond": 48 * time.Hour, "yq.ack": 30 * time.Minute},
	} {
		w := newWorld(t)
		w.open(level)
		c := w.must(officer, "assign", "unit", "u-hall")
		if len(c.Clocks) != len(want) {
			t.Errorf("%s: %d clocks, want %d", level, len(c.Clocks), len(want))
		}
		for preset, length := range want {
			k := clockOf(t, c, preset)
			if !k.DueAt.Equal(start.Add(length)) || !k.StartedAt.Equal(start) {
				t.Errorf("%s %s: %v to %v", level, preset, k.StartedAt, k.DueAt)
			}
		}
	}
}

// Every built-in preset says where it comes from, or that no rule does.
func TestPresetsNameTheirSource(t *testing.T) {
	w := newWorld(t)
	for _, p := range limit.Presets() {
		if (p.Source == "") != (p.Verified == limit.NoRule) || (p.Limit.Kind == limit.Given) != (p.Starts == limit.StartsHanded) {
			t.Errorf("%+v", p)
		}
		if got, ok := w.engine.Preset(p.ID); !ok || got.Limit != p.Limit {
			t.Errorf("preset %s not found", p.ID)
		}
		if !w.text.Has("case.clock." + p.ID) {
			t.Errorf("no name for %s", p.ID)
		}
	}
	if _, ok := w.engine.Preset("x"); ok {
		t.Error("found a preset that does not exist")
	}
}

// A miss is written once, with the time it was due, however late it is found,
// and nothing later erases it.
func TestBreachFoundLate(t *testing.T) {
	w := newWorld(t)
	c := w.toState(huiying.StateAwaitingAck)
	due := clockOf(t, c, "yq.ack").DueAt
	w.now = w.now.Add(72 * time.Hour)
	n, err := w.engine.Tick(context.Background())
	if err != nil || n != 2 {
		t.Fatalf("%d breaches, %v; want the ack and the response clock", n, err)
	}
	if n, err = w.engine.Tick(context.Background()); err != nil || n != 0 {
		t.Errorf("a second look wrote %d, %v", n, err)
	}
	c = w.stored()
	if k := clockOf(t, c, "yq.ack"); !k.BreachedAt.Equal(due) {
		t.Errorf("breached %v, due %v", k.BreachedAt, due)
	}
	steps := w.ledger.steps[no]
	last := steps[len(steps)-1]
	if last.Actor != "system" || last.Action != "breach" || last.From != last.To || !last.At.Equal(w.now) {
		t.Errorf("step %+v", last)
	}
	c = w.must(responder, "ack")
	k := clockOf(t, c, "yq.ack")
	if k.BreachedAt.IsZero() || k.MetAt.IsZero() {
		t.Errorf("late acknowledgement: %+v", k)
	}
}

// Who acts late cannot be quicker than the clock: the miss is written first.
func TestLateStepBreachesFirst(t *testing.T) {
	for _, action := range []string{"ack", "reassign", "dismiss"} {
		t.Run(action, func(t *testing.T) {
			w := newWorld(t)
			if action == "dismiss" {
				w.toState(huiying.StatePendingTriage)
				w.now = w.now.Add(49 * time.Hour)
				w.must(officer, "dismiss", "reason", "重复")
				if clockOf(t, w.stored(), "yq.other.respond").BreachedAt.IsZero() {
					t.Error("dismissing erased the miss")
				}
				return
			}
			w.toState(huiying.StateAwaitingAck)
			w.now = w.now.Add(31 * time.Minute)
			w.must(responder, action, map[string][]string{"reassign": {"owner", "colleague"}}[action]...)
			if clockOf(t, w.stored(), "yq.ack").BreachedAt.IsZero() {
				t.Errorf("%s erased the miss", action)
			}
		})
	}
}

func TestDismissStopsAndReopenRestarts(t *testing.T) {
	w := newWorld(t)
	w.toState(huiying.StatePendingTriage)
	c := w.must(officer, "dismiss", "reason", "误报")
	if len(c.Clocks) != 0 || c.ClosedAt.IsZero() {
		t.Errorf("got %+v", c)
	}
	w.now = w.now.Add(72 * time.Hour)
	if n, err := w.engine.Tick(context.Background()); n != 0 || err != nil {
		t.Errorf("a dismissed case was breached: %d, %v", n, err)
	}
	c = w.must(manager, "reopen", "reason", "确有其事")
	if k := clockOf(t, c, "yq.other.respond"); !k.StartedAt.Equal(start) {
		t.Errorf("the clock counts from %v, want the first sighting", k.StartedAt)
	}
	if n, err := w.engine.Tick(context.Background()); n != 1 || err != nil {
		t.Errorf("%d breaches, %v", n, err)
	}
}

func TestReopenKeepsBreaches(t *testing.T) {
	w := newWorld(t)
	w.toState(huiying.StateAwaitingAck)
	w.now = w.now.Add(time.Hour)
	w.must(responder, "ack")
	w.must(responder, "submit", "text", reply)
	w.must(manager, "approve", "secrecy", "on", "business", "on")
	w.must(responder, "publish", "url", "https://x.example/1", "at", w.now.Format(time.RFC3339), "text", reply)
	w.must(officer, "close", "note", "已回应")
	c := w.must(officer, "reopen", "reason", "市民再次反映")
	if c.State != huiying.StateHandling || c.Approved.Digest != "" || clockOf(t, c, "yq.ack").BreachedAt.IsZero() {
		t.Errorf("got %+v", c)
	}
	_, err := w.do(responder, "publish", "url", "https://x.example/2", "at", w.now.Format(time.RFC3339), "text", reply)
	w.refused(err, huiying.Conflict, "case.not_now.publish")
}

// Upward regrading adds stricter clocks and leaves the others alone; once the
// response is out it adds none.
func TestRegrade(t *testing.T) {
	w := newWorld(t)
	before := w.toState(huiying.StateAwaitingAck)
	c := w.must(officer, "regrade", "level", "red", "reason", "媒体介入")
	for _, k := range before.Clocks {
		if now := clockOf(t, c, k.Preset); !reflect.DeepEqual(now, k) {
			t.Errorf("%s changed: %+v", k.Preset, now)
		}
	}
	if k := clockOf(t, c, "yq.major.first_info"); !k.DueAt.Equal(start.Add(5 * time.Hour)) {
		t.Errorf("first information due %v", k.DueAt)
	}
	if k := clockOf(t, c, "yq.ack.major"); !k.DueAt.Equal(w.now.Add(10 * time.Minute)) {
		t.Errorf("acknowledgement due %v", k.DueAt)
	}
	down := w.must(officer, "regrade", "level", "yellow", "reason", "已平息")
	if len(down.Clocks) != len(c.Clocks) {
		t.Errorf("a lower level took clocks off: %d, had %d", len(down.Clocks), len(c.Clocks))
	}

	w = newWorld(t)
	answered := w.toState(huiying.StateResponded)
	c = w.must(officer, "regrade", "level", "red", "reason", "媒体介入")
	if len(c.Clocks) != len(answered.Clocks) {
		t.Errorf("a clock that waits for a response started after it: %+v", c.Clocks)
	}
}

func TestAttach(t *testing.T) {
	w := newWorld(t)
	w.open(huiying.LevelOrange)
	c, raised := w.attach("weibo:2", huiying.LevelOrange)
	if raised || len(c.Posts) != 2 || !c.PublishedAt.Equal(start.Add(-time.Hour)) {
		t.Errorf("raised %v, %+v", raised, c)
	}
	version := c.Version
	if c, raised = w.attach("weibo:2", huiying.LevelYellow); raised || c.Version != version {
		t.Errorf("a repeat changed the case: %+v", c)
	}
	c, raised = w.attach("weibo:3", huiying.LevelRed)
	if !raised || c.Level != huiying.LevelRed || c.Version != version+2 {
		t.Errorf("raised %v, %+v", raised, c)
	}
	steps := w.ledger.steps[no]
	if last := steps[len(steps)-1]; last.Actor != "rule:r-queue" || last.Payload["post"] != "weibo:3" {
		t.Errorf("step %+v", last)
	}
	w.must(officer, "attach_mention", "post", "portal:x/1")
}

func TestAssignByRule(t *testing.T) {
	w := newWorld(t)
	w.open(huiying.LevelRed)
	for range 2 { // again changes nothing
		err := w.ledger.InTx(context.Background(), func(tx casework.Tx) error {
			_, err := w.engine.AssignByRule(context.Background(), tx, casework.Assignment{CaseNo: no, Rule: "r-queue", Unit: "u-hall", Owner: "resp"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	c := w.stored()
	if c.State != huiying.StateAwaitingAck || c.Unit != "u-hall" || c.Owner != "resp" || c.Version != 2 {
		t.Errorf("got %+v", c)
	}
	if s := w.ledger.steps[no][1]; s.Actor != "rule:r-queue" {
		t.Errorf("actor %s", s.Actor)
	}
}

type brokenDeadlines struct{}

func (brokenDeadlines) Due(context.Context, time.Time, int) ([]string, error) {
	return nil, errors.New("disk on fire")
}

func (brokenDeadlines) Provisional(context.Context, string, int) ([]string, error) {
	return nil, errors.New("disk on fire")
}

func TestTickSaysWhatFailed(t *testing.T) {
	w := newWorld(t, func(o *casework.Options) { o.Deadlines = brokenDeadlines{} })
	if _, err := w.engine.Tick(context.Background()); err == nil {
		t.Error("want an error")
	}
	w = newWorld(t)
	w.toState(huiying.StateAwaitingAck)
	w.now = w.now.Add(time.Hour)
	w.ledger.fail = "PutCase"
	if _, err := w.engine.Tick(context.Background()); err == nil {
		t.Error("want an error")
	}
	if n, err := w.engine.Tick(context.Background()); n != 1 || err != nil {
		t.Errorf("after the failure: %d, %v", n, err)
	}
}

// A hand-over's own deadline runs on its case: the earliest one, met by the
// response and missed by nothing else.
func TestHandoverDeadline(t *testing.T) {
	w := newWorld(t)
	w.due = start.Add(5 * 24 * time.Hour)
	c := w.open(huiying.LevelOrange)
	if k := clockOf(t, c, "handover.due"); !k.DueAt.Equal(w.due) || !k.StartedAt.Equal(start) {
		t.Fatalf("%+v", k)
	}
	w.due = start.Add(9 * 24 * time.Hour) // a later one changes nothing
	c, _ = w.attach("hotline:2", huiying.LevelOrange)
	if k := clockOf(t, c, "handover.due"); !k.DueAt.Equal(start.Add(5 * 24 * time.Hour)) {
		t.Errorf("%+v", k)
	}
	w.due = start.Add(3 * 24 * time.Hour)
	c, _ = w.attach("hotline:3", huiying.LevelOrange)
	if k := clockOf(t, c, "handover.due"); !k.DueAt.Equal(w.due) || !k.StartedAt.Equal(start) {
		t.Errorf("%+v", k)
	}
	w.due = time.Time{}
	w.now = start.Add(4 * 24 * time.Hour)
	if _, err := w.engine.Tick(context.Background()); err != nil {
		t.Fatal(err)
	}
	if k := clockOf(t, w.stored(), "handover.due"); !k.BreachedAt.Equal(start.Add(3 * 24 * time.Hour)) {
		t.Errorf("%+v", k)
	}
	folded, err := casework.Fold(w.ledger.steps[no])
	if err != nil || !sameBytes(folded, w.stored()) {
		t.Errorf("the record tells another case: %v", err)
	}
}

// A hand-over's deadline warns as its row says, once.
func TestHandoverWarns(t *testing.T) {
	w := newWorld(t)
	w.due = start.Add(100 * time.Hour)
	c := w.open(huiying.LevelOrange)
	if k := clockOf(t, c, "handover.due"); len(k.Warn) != 1 || !k.Warn[0].Equal(start.Add(80*time.Hour)) {
		t.Fatalf("%+v", k)
	}
	w.now = start.Add(81 * time.Hour)
	if _, err := w.engine.Tick(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.due = start.Add(95 * time.Hour) // 80 % of the way to it lies behind
	c, _ = w.attach("hotline:2", huiying.LevelOrange)
	if k := clockOf(t, c, "handover.due"); len(k.Warn) != 0 || !k.DueAt.Equal(w.due) {
		t.Errorf("%+v", k)
	}
}

// joinTicket lets a ticket of the hotline join the case.
func (w *world) joinTicket(post string) huiying.Case {
	w.t.Helper()
	err := w.ledger.InTx(context.Background(), func(tx casework.Tx) error {
		_, _, err := w.engine.Attach(context.Background(), tx, casework.Mention{
			CaseNo: no, Post: post, Rule: "r-queue", Level: huiying.LevelOrange, PublishedAt: w.now,
			Origin: huiying.Origin{Platform: "hotline", Kind: "ticket", Intent: "complaint"},
		})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.stored()
}

// A ticket that joins a case which a unit has already needs no assignment; one
// that joins in triage does.
func TestTicketJoinsAssignedCase(t *testing.T) {
	has := func(c huiying.Case, preset string) bool {
		return slices.ContainsFunc(c.Clocks, func(k huiying.Clock) bool { return k.Preset == preset })
	}
	for state, dispatch := range map[huiying.CaseState]bool{huiying.StatePendingTriage: true, huiying.StateAwaitingAck: false, huiying.StateHandling: false} {
		w := newWorld(t)
		w.toState(state)
		c := w.joinTicket("hotline:9")
		if has(c, "hotline.dispatch") != dispatch || !has(c, "hotline.handle") {
			t.Errorf("%s: clocks %+v", state, c.Clocks)
		}
	}
}

// One case that cannot be looked at keeps no other from being found late.
func TestTickGoesOn(t *testing.T) {
	w := newWorld(t)
	w.open(huiying.LevelOrange)
	second := w.other("weibo:8")
	w.now = start.Add(100 * time.Hour)
	w.ledger.fail = "Case"
	n, err := w.engine.Tick(context.Background())
	if err == nil || n == 0 {
		t.Fatalf("%d steps, %v", n, err)
	}
	missed := 0
	for _, at := range []string{no, second} {
		for _, k := range w.ledger.read(at).Clocks {
			if !k.BreachedAt.IsZero() {
				missed++
				break
			}
		}
	}
	if missed != 1 {
		t.Errorf("%d cases were found late, want the one that can be looked at", missed)
	}
}
