package casework_test

import (
	"context"
	"testing"
	"time"

	"huiying"
	"huiying/notifier/casework"
)

// again brings an answered case back a week later, in a round of its own.
func again(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.toState(huiying.StateClosed)
	w.now = w.now.Add(7 * 24 * time.Hour)
	c := w.must(officer, "reopen", "reason", "市民再次反映")
	if !c.RoundAt.Equal(w.now) || c.Answered() {
		t.Fatalf("a new round from %v, answered %v", c.RoundAt, c.Answered())
	}
	return w
}

// What was answered in an earlier round is no answer to what comes in this one.
func TestSecondRoundOwesItsOwnAnswer(t *testing.T) {
	w := again(t)
	from := w.now
	w.now = w.now.Add(time.Hour)
	c := w.must(officer, "regrade", "level", "red", "reason", "再次发酵")
	if k := clockOf(t, c, "yq.major.first_info"); !k.StartedAt.Equal(from) || !k.DueAt.Equal(from.Add(5*time.Hour)) {
		t.Errorf("first information of this round: %+v", k)
	}
	w.due = w.now.Add(48 * time.Hour)
	c, _ = w.attach("hotline:7", huiying.LevelRed)
	if k := clockOf(t, c, "handover.due"); !k.DueAt.Equal(w.due) {
		t.Errorf("the deadline of the hand-over: %+v", k)
	}
	w.due = time.Time{}
	c = w.must(officer, "start_clock", "preset", "foi.reply", "reason", "依申请公开")
	if k := clockOf(t, c, "foi.reply"); !k.StartedAt.Equal(from) {
		t.Errorf("a limit met by the answer counts from the round: %+v", k)
	}
	w.must(responder, "submit", "text", "再次答复。")
	w.must(manager, "approve", "secrecy", "on", "business", "on")
	c = w.must(responder, "publish", "text", "再次答复。", "url", "https://x.example/2", "at", w.now.Format(time.RFC3339))
	for _, k := range c.Clocks {
		if k.MetAt.IsZero() {
			t.Errorf("%s is not met by the second answer", k.Preset)
		}
	}
}

// A letter that joins a further round has its own limit, though one of the same
// kind was answered before.
func TestLetterJoinsSecondRound(t *testing.T) {
	w := newWorld(t)
	letter := func(post string) {
		t.Helper()
		err := w.ledger.InTx(context.Background(), func(tx casework.Tx) error {
			_, _, err := w.engine.Attach(context.Background(), tx, casework.Mention{
				CaseNo: no, Post: post, Rule: "r-queue", Level: huiying.LevelOrange, PublishedAt: w.now,
				Origin: huiying.Origin{Platform: "portal", Kind: "letter", Intent: "complaint"},
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	w.toState(huiying.StateHandling)
	letter("portal:1")
	w.must(responder, "submit", "text", reply)
	w.must(manager, "approve", "secrecy", "on", "business", "on")
	w.must(responder, "publish", "text", reply, "url", "https://x.example/1", "at", w.now.Format(time.RFC3339))
	w.now = w.now.Add(24 * time.Hour)
	w.must(officer, "new_wave", "reason", "再次发酵")
	w.now = w.now.Add(time.Hour)
	letter("portal:2")
	letter("portal:3")
	started := 0
	for _, k := range w.stored().Clocks {
		if k.Preset == "portal.consult" {
			started++
		}
	}
	if started != 2 {
		t.Errorf("%d limits of letters, want one a round", started)
	}
}

// A round goes on while it owes an answer: moving a case about gives no time.
func TestRoundGoesOnUnanswered(t *testing.T) {
	w := again(t)
	from := w.now
	w.now = w.now.Add(time.Hour)
	c := w.must(officer, "transfer_out", "organ", "police", "reason", "线索")
	w.now = w.now.Add(time.Hour)
	c = w.must(officer, "returned", "reason", "不属其管辖")
	if !c.RoundAt.Equal(from) {
		t.Errorf("the round counts from %v, want %v", c.RoundAt, from)
	}
}

// A case that ended without an answer owes one again when it comes back,
// counted from its first sighting.
func TestReopenUnanswered(t *testing.T) {
	w := newWorld(t)
	w.open(huiying.LevelOrange)
	w.must(officer, "watch", "reason", "观察一天")
	w.must(manager, "close_no_action", "reason", "已平息")
	w.now = w.now.Add(time.Hour)
	c := w.must(officer, "reopen", "reason", "再次反映")
	if k := clockOf(t, c, "yq.other.respond"); !k.StartedAt.Equal(start) {
		t.Errorf("%+v", k)
	}
	answered := again(t).stored()
	if got := running(answered); len(got) != 0 {
		t.Errorf("an answered case runs %+v", got)
	}
}

// What comes back in a further round has the limits of that round again.
func TestReturnedWave(t *testing.T) {
	w := newWorld(t)
	w.toState(huiying.StateResponded)
	w.now = w.now.Add(100 * time.Hour)
	wave := w.now
	w.must(officer, "new_wave", "reason", "再次发酵")
	w.now = w.now.Add(time.Hour)
	w.must(officer, "transfer_out", "organ", "police", "reason", "线索")
	c := w.must(officer, "returned", "reason", "不属其管辖")
	k := running(c)
	if len(k) != 1 || !k[0].DueAt.Equal(wave.Add(48*time.Hour)) {
		t.Errorf("running %+v, want the limit of the wave", k)
	}
}
