package casework_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying"
	"huiying/notifier/casework"
	"huiying/notifier/casework/machine"
)

// moves are what a random office does: every action by everybody, with fields
// that are sometimes right and sometimes not.
func moves(rt *rapid.T, w *world) {
	people := []huiying.Actor{officer, responder, colleague, stranger, reviewer, manager, admin,
		{ID: "allround", Unit: "u-hall", Roles: huiying.Roles()}}
	actions := []string{"assign", "dismiss", "ack", "return_back", "reassign", "submit", "review_reject", "approve", "recall",
		"publish", "publish_update", "close", "reopen", "regrade", "note", "attach_mention", "breach", "detect", "explode"}
	values := map[string][]string{
		"unit": {"u-hall", "u-road"}, "owner": {"resp", "colleague"}, "level": {"red", "orange", "yellow", "none", "purple"},
		"text": {reply, "别的话"}, "digest": {huiying.Digest(reply), "sha256:0"}, "reason": {"理由"}, "note": {"备注"},
		"post": {"weibo:2", "weibo:3", "portal:x/1"}, "url": {"https://x.example/1"}, "secrecy": {"on", "false"}, "business": {"on"},
		"at": {w.now.Format(time.RFC3339Nano), w.now.Add(-time.Hour).Format(time.RFC3339), w.now.Add(time.Hour).Format(time.RFC3339)},
	}
	who := rapid.SampledFrom(people).Draw(rt, "who")
	action := rapid.SampledFrom(actions).Draw(rt, "action")
	// Mostly the fields the action takes, so that cases get somewhere.
	wanted := map[string][]string{"assign": {"unit"}, "reassign": {"unit", "owner"}, "submit": {"text"}, "approve": {"secrecy", "business"},
		"publish": {"text", "url", "at"}, "regrade": {"level", "reason"}, "note": {"note"}, "attach_mention": {"post"},
		"publish_update": {"text", "url", "at", "secrecy", "business"},
		"dismiss":        {"reason"}, "return_back": {"reason"}, "review_reject": {"reason"}, "recall": {"reason"}, "reopen": {"reason"}}[action]
	if rapid.IntRange(0, 9).Draw(rt, "odd") == 0 {
		wanted = append(slices.Clone(wanted), rapid.SampledFrom(slices.Sorted(maps.Keys(values))).Draw(rt, "extra"))
	}
	var fields []string
	for _, f := range wanted {
		fields = append(fields, f, rapid.SampledFrom(values[f]).Draw(rt, f))
	}
	_, _ = w.do(who, action, fields...) // a refusal is as good as a step here
}

// Whatever an office does in whatever order at whatever time, the record
// rebuilds the case, follows the machine, and forgets no miss.
func TestRecordHolds(t *testing.T) {
	reached, runs := map[huiying.CaseState]int{}, 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		w := newWorld(t)
		w.due = deadline(rt, w.now)
		w.open(rapid.SampledFrom([]huiying.Level{huiying.LevelRed, huiying.LevelOrange}).Draw(rt, "level"))
		breached := map[string]bool{}
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			w.now = w.now.Add(time.Duration(rapid.IntRange(0, 4*3600).Draw(rt, "seconds")) * time.Second)
			before := w.stored()
			switch rapid.IntRange(0, 9).Draw(rt, "kind") {
			case 0:
				if !before.State.Open() {
					continue // the notifier joins open cases only
				}
				w.due = deadline(rt, w.now)
				w.attach("weibo:"+strconv.Itoa(rapid.IntRange(1, 9).Draw(rt, "post")), rapid.SampledFrom(huiying.Levels()).Draw(rt, "post level"))
			case 1:
				if _, err := w.engine.Tick(context.Background()); err != nil {
					rt.Fatal(err)
				}
			case 2, 3, 4: // the straight way on, or most runs would end before the middle
				forward(rt, w)
			default:
				moves(rt, w)
			}
			after := w.stored()
			checkClocks(rt, before, after, breached)
			reached[after.State]++
		}
		checkRecord(rt, w)
	})
	for _, s := range []huiying.CaseState{huiying.StatePendingTriage, huiying.StateAwaitingAck, huiying.StateHandling,
		huiying.StateInReview, huiying.StateApproved, huiying.StateResponded, huiying.StateClosed, huiying.StateDismissed} {
		if reached[s] == 0 && runs >= 100 { // a short test runs too few to reach everything for certain
			t.Errorf("no run reached %s: the test tests too little", s)
		}
	}
}

// deadline is that of a hand-over, none for most posts.
func deadline(rt *rapid.T, now time.Time) time.Time {
	if rapid.IntRange(0, 2).Draw(rt, "handed over") > 0 {
		return time.Time{}
	}
	return now.Add(time.Duration(rapid.IntRange(-3600, 5*86400).Draw(rt, "due in")) * time.Second)
}

func forward(rt *rapid.T, w *world) {
	switch w.stored().State {
	case huiying.StatePendingTriage:
		if rapid.IntRange(0, 3).Draw(rt, "false alarm") == 0 {
			_, _ = w.do(officer, "dismiss", "reason", "r")
			return
		}
		_, _ = w.do(officer, "assign", "unit", "u-hall")
	case huiying.StateAwaitingAck:
		_, _ = w.do(responder, "ack")
	case huiying.StateHandling:
		_, _ = w.do(responder, "submit", "text", reply)
	case huiying.StateInReview:
		_, _ = w.do(manager, "approve", "secrecy", "on", "business", "on")
	case huiying.StateApproved:
		_, _ = w.do(officer, "publish", "text", reply, "url", "https://x.example/1", "at", w.now.Format(time.RFC3339Nano))
	case huiying.StateResponded:
		_, _ = w.do(officer, "close")
	}
}

func checkRecord(rt *rapid.T, w *world) {
	steps, live := w.ledger.steps[no], w.stored()
	folded, err := casework.Fold(steps)
	if err != nil {
		rt.Fatal(err)
	}
	if !sameBytes(folded, live) {
		rt.Fatalf("fold differs from the live case:\n%+v\n%+v", folded, live)
	}
	misses := map[string]int{}
	drafter := ""
	for i, s := range steps {
		if !legal(s) {
			rt.Fatalf("step %d: %s from %q to %q is not in the machine", i+1, s.Action, s.From, s.To)
		}
		switch s.Action {
		case "submit":
			drafter = s.Actor
		case "approve":
			if s.Actor == drafter {
				rt.Fatalf("step %d: %s approved the own draft", i+1, drafter)
			}
		case "breach":
			for key := range s.Payload {
				misses[key+s.Payload[key]]++
			}
		}
	}
	for miss, n := range misses {
		if n > 1 {
			rt.Fatalf("%s was written %d times", miss, n)
		}
	}
}

func legal(s huiying.Step) bool {
	for _, row := range machine.Table() {
		to := row.To
		if to == "" {
			to = s.From
		}
		open := row.From == "*open*" && s.From.Open()
		if row.Action == s.Action && to == s.To && (row.From == s.From || open) {
			return true
		}
	}
	return false
}

// checkClocks: no due time of a clock that goes on is ever moved, the earliest
// due time never gets later while the level rises, and a miss stays.
func checkClocks(rt *rapid.T, before, after huiying.Case, breached map[string]bool) {
	// What stays of a clock that was missed, whatever happens to its case.
	missed := func(k huiying.Clock) string {
		return fmt.Sprint(k.Preset, k.StartedAt, k.DueAt, k.BreachedAt)
	}
	now := map[string]bool{}
	for _, k := range after.Clocks {
		if !k.BreachedAt.IsZero() {
			if !k.BreachedAt.Equal(k.DueAt) {
				rt.Fatalf("missed at %v, due %v", k.BreachedAt, k.DueAt)
			}
			breached[missed(k)], now[missed(k)] = true, true
		}
	}
	for k := range breached {
		if !now[k] {
			rt.Fatalf("the miss %s is gone", k)
		}
	}
	if after.Level.Rank() <= before.Level.Rank() || after.State != before.State {
		return
	}
	for _, k := range before.Clocks {
		same := func(a huiying.Clock) bool {
			return a.Preset == k.Preset && a.StartedAt.Equal(k.StartedAt) && !a.DueAt.After(k.DueAt)
		}
		if !slices.ContainsFunc(after.Clocks, same) {
			rt.Fatalf("a higher level took off or lengthened %+v", k)
		}
	}
}

// A record that was tampered with does not fold.
func TestFoldRefuses(t *testing.T) {
	w := newWorld(t)
	w.toState(huiying.StateClosed)
	steps := w.ledger.steps[no]
	tampered := map[string]func([]huiying.Step) []huiying.Step{
		"empty":      func([]huiying.Step) []huiying.Step { return nil },
		"gap":        func(s []huiying.Step) []huiying.Step { return slices.Delete(s, 2, 3) },
		"swapped":    func(s []huiying.Step) []huiying.Step { s[2], s[3] = s[3], s[2]; return s },
		"no start":   func(s []huiying.Step) []huiying.Step { return s[1:] },
		"other case": func(s []huiying.Step) []huiying.Step { s[1].CaseNo = "HY20261123-0002"; return s },
		"jump":       func(s []huiying.Step) []huiying.Step { s[2].To = huiying.StateClosed; return s },
		"invented":   func(s []huiying.Step) []huiying.Step { s[2].Action = "explode"; return s },
		"bad clock": func(s []huiying.Step) []huiying.Step {
			s[1].Payload = maps.Clone(s[1].Payload)
			s[1].Payload["clock.start.yq.ack"] = "soon/later"
			return s
		},
		"bad miss": func(s []huiying.Step) []huiying.Step {
			s[2].Payload = map[string]string{"clock.met.yq.ack": "x"}
			return s
		},
		"bad time": func(s []huiying.Step) []huiying.Step {
			s[0].Payload = maps.Clone(s[0].Payload)
			s[0].Payload["first_seen_at"] = "once"
			return s
		},
	}
	for name, change := range tampered {
		t.Run(name, func(t *testing.T) {
			if c, err := casework.Fold(change(slices.Clone(steps))); err == nil {
				t.Errorf("folded to %+v", c)
			}
		})
	}
}
