package casework_test

import (
	"context"
	"testing"
	"time"

	"huiying"
	"huiying/notifier/casework"
)

// other opens a second case, of its own topic, seen an hour before the world's
// time.
func (w *world) other(post string) string {
	w.t.Helper()
	const second = "HY20261123-0002"
	err := w.ledger.InTx(context.Background(), func(tx casework.Tx) error {
		_, err := w.engine.Detect(context.Background(), tx, casework.Opening{
			No: second, Level: huiying.LevelRed, Title: "排队", Topic: "t-2", Rule: "r-queue", Post: post,
			FirstSeenAt: w.now.Add(-time.Hour), PublishedAt: w.now.Add(-2 * time.Hour), DueAt: w.due,
		})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return second
}

func (w *world) doTo(who huiying.Actor, at, action string, fields ...string) (huiying.Case, error) {
	cmd := huiying.Command{CaseNo: at, Action: action, Actor: who, Fields: map[string]string{}}
	for i := 0; i+1 < len(fields); i += 2 {
		cmd.Fields[fields[i]] = fields[i+1]
	}
	return w.engine.Do(context.Background(), cmd)
}

// Nothing is left undone by one person alone.
func TestCloseWithoutActionTakesTwo(t *testing.T) {
	w := newWorld(t)
	w.open(huiying.LevelYellow)
	w.must(officer, "watch", "reason", "观察一天")
	_, err := w.do(officer, "close_no_action", "reason", "已平息")
	w.refused(err, huiying.Forbidden, "case.guard.second_person")
	c := w.must(manager, "close_no_action", "reason", "已平息")
	if c.State != huiying.StateClosed || len(running(c)) != 0 {
		t.Errorf("got %s with clocks %+v", c.State, c.Clocks)
	}
}

func running(c huiying.Case) []huiying.Clock {
	var out []huiying.Clock
	for _, k := range c.Clocks {
		if k.Running() {
			out = append(out, k)
		}
	}
	return out
}

// A merged case gives the other one its posts, its earlier sighting and its
// higher level; the other's limits end earlier by it.
func TestMerge(t *testing.T) {
	w := newWorld(t)
	before := w.open(huiying.LevelOrange)
	second := w.other("portal:x/1")
	_, err := w.do(officer, "merge", "into", no)
	w.refused(err, huiying.Invalid, "case.guard.into_itself")
	done, err := w.doTo(officer, second, "merge", "into", no, "reason", "同一件事")
	if err != nil {
		t.Fatal(err)
	}
	if done.State != huiying.StateMerged || done.MergedInto != no || len(running(done)) != 0 {
		t.Errorf("merged %+v", done)
	}
	c := w.stored()
	if !c.FirstSeenAt.Equal(before.FirstSeenAt.Add(-time.Hour)) || c.Level != huiying.LevelRed || len(c.Posts) != 2 {
		t.Errorf("into: seen %v, %s, posts %v", c.FirstSeenAt, c.Level, c.Posts)
	}
	if k := clockOf(t, c, "yq.other.respond"); !k.DueAt.Equal(start.Add(47 * time.Hour)) {
		t.Errorf("due %v, want an hour earlier than before", k.DueAt)
	}
	if k := clockOf(t, c, "yq.major.first_info"); !k.DueAt.Equal(start.Add(4 * time.Hour)) {
		t.Errorf("first information due %v, counted from the earliest sighting", k.DueAt)
	}
	back, err := w.doTo(officer, second, "unmerge", "reason", "不是一件事")
	if err != nil || back.State != huiying.StatePendingTriage || back.MergedInto != "" || len(running(back)) == 0 {
		t.Errorf("taken out: %+v, %v", back, err)
	}
	w.must(officer, "dismiss", "reason", "误报")
	if _, err := w.doTo(officer, second, "merge", "into", no); err == nil {
		t.Error("merged into a case that is finished")
	}
}

// A case of another organ is closed by its receipt alone, or comes back.
func TestTransfer(t *testing.T) {
	w := newWorld(t)
	w.open(huiying.LevelOrange)
	_, err := w.do(officer, "transfer_out", "organ", "friends", "reason", "谣言")
	w.refused(err, huiying.Invalid, "case.guard.organ")
	c := w.must(officer, "transfer_out", "organ", "police", "reason", "谣言")
	if c.Transfer.Organ != "police" || len(running(c)) != 0 {
		t.Errorf("got %+v", c)
	}
	_, err = w.do(officer, "receipt", "receipt", "R-1", "at", w.now.Add(-time.Hour).Format(time.RFC3339))
	w.refused(err, huiying.Invalid, "case.guard.after_transfer")
	c = w.must(officer, "returned", "reason", "不属其管辖")
	if c.State != huiying.StatePendingTriage || len(running(c)) == 0 || !c.Transfer.At.IsZero() {
		t.Errorf("came back as %+v", c)
	}
	w.must(officer, "transfer_out", "organ", "petition", "reason", "信访事项")
	c = w.must(officer, "receipt", "receipt", "R-2", "at", w.now.Format(time.RFC3339))
	if c.State != huiying.StateClosed || c.Transfer.Receipt != "R-2" {
		t.Errorf("got %+v", c)
	}
}

// Limits in hours never pause, so a case that has one cannot be suspended.
func TestSuspendOnlyPausable(t *testing.T) {
	w := newWorld(t)
	w.toState(huiying.StateHandling)
	_, err := w.do(responder, "suspend", "reason", "征求第三方意见")
	w.refused(err, huiying.Conflict, "case.guard.pausable")
}

// The citizen's word is asked by somebody else than the handler; a bad one
// brings the case back, silence closes it.
func TestFollowUp(t *testing.T) {
	w := newWorld(t)
	w.toState(huiying.StateResponded)
	w.must(responder, "request_rating")
	both := huiying.Actor{ID: "resp", Unit: "u-hall", Roles: huiying.Roles()}
	_, err := w.do(both, "rate_ok", "grade", "satisfied")
	w.refused(err, huiying.Forbidden, "case.guard.other_than_handler")
	_, err = w.do(officer, "rate_ok", "grade", "dissatisfied")
	w.refused(err, huiying.Invalid, "case.guard.grade_ok")
	c := w.must(officer, "rate_bad", "grade", "dissatisfied", "reason", "仍在排队")
	if c.State != huiying.StateHandling || c.Rating != "dissatisfied" || c.Approved.Digest != "" || len(running(c)) == 0 {
		t.Errorf("got %+v", c)
	}
	w.must(responder, "submit", "text", "再次整改。")
	w.must(manager, "approve", "secrecy", "on", "business", "on")
	w.must(responder, "publish", "text", "再次整改。", "url", "https://x.example/2", "at", w.now.Format(time.RFC3339))
	w.must(responder, "request_rating")
	w.now = w.now.Add(60 * 24 * time.Hour)
	if _, err := w.engine.Tick(context.Background()); err != nil {
		t.Fatal(err)
	}
	if c := w.stored(); c.State != huiying.StateClosed || c.Rating != "dissatisfied" {
		t.Errorf("after a long silence %s, rating %q", c.State, c.Rating)
	}
}

// A new wave counts the limits of a response anew and keeps what was missed.
func TestNewWave(t *testing.T) {
	w := newWorld(t)
	w.toState(huiying.StateResponded)
	w.now = w.now.Add(100 * time.Hour)
	c := w.must(officer, "new_wave", "reason", "再次发酵")
	k := running(c)
	if c.State != huiying.StateHandling || len(k) != 1 || !k[0].DueAt.Equal(w.now.Add(48*time.Hour)) {
		t.Errorf("got %s with %+v", c.State, k)
	}
}

// Who asked the office directly is answered where he asked.
func TestEveryPlatformIsAnswered(t *testing.T) {
	w := newWorld(t)
	w.toState(huiying.StateApproved)
	w.attach("hotline:T-1", huiying.LevelOrange)
	at := w.now.Format(time.RFC3339)
	w.must(responder, "publish", "text", reply, "url", "https://x.example/2", "at", at)
	_, err := w.do(officer, "close")
	w.refused(err, huiying.Conflict, "case.guard.every_platform")
	w.must(responder, "publish_update", "digest", huiying.Digest(reply), "receipt", "T-1", "platform", "hotline", "at", at)
	w.must(officer, "close", "settlement", "solved", "disposition", "difficulty")
}

// Whoever wrote a version in this round is one of the drafters.
func TestEveryDrafterIsOne(t *testing.T) {
	w := newWorld(t)
	w.toState(huiying.StateHandling)
	head := huiying.Actor{ID: "head", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder, huiying.RoleManager}}
	w.must(head, "draft", "text", "初稿")
	w.must(responder, "submit", "text", reply)
	_, err := w.do(head, "approve", "secrecy", "on", "business", "on")
	w.refused(err, huiying.Forbidden, "case.guard.not_drafter")
	w.must(manager, "approve", "secrecy", "on", "business", "on")
}

// An assisting unit helps with words and papers; the lead unit answers.
func TestHelpers(t *testing.T) {
	w := newWorld(t)
	w.open(huiying.LevelOrange)
	_, err := w.do(officer, "assign", "unit", "u-hall", "helpers", "u-road u-hall")
	w.refused(err, huiying.Invalid, "case.guard.helpers")
	c := w.must(officer, "assign", "unit", "u-hall", "helpers", "u-road u-it", "designated", "on")
	if len(c.Helpers) != 2 || !c.Designated {
		t.Errorf("got %+v", c)
	}
	w.must(stranger, "note", "note", "已核实路段")
	_, err = w.do(stranger, "ack")
	w.refused(err, huiying.Forbidden, "case.guard.own_unit")
	_, err = w.do(responder, "return_back", "reason", "不是我们的")
	w.refused(err, huiying.Conflict, "case.guard.designated")
}

// A file is named once, by its digest; its name stays out of the record.
func TestAttachFile(t *testing.T) {
	w := newWorld(t)
	w.toState(huiying.StateHandling)
	fields := []string{"digest", huiying.Digest("bytes"), "name", "张某的来信.pdf", "type", "application/pdf", "size", "5"}
	c := w.must(responder, "attach_file", fields...)
	if len(c.Files) != 1 || c.Files[0].Name != huiying.Digest("张某的来信.pdf") {
		t.Errorf("files %+v", c.Files)
	}
	_, err := w.do(responder, "attach_file", fields...)
	w.refused(err, huiying.Conflict, "case.guard.file_twice")
}

// letter opens a second case, of a letter that came days ago.
func (w *world) letter(post string) string {
	w.t.Helper()
	const second = "HY20261123-0002"
	err := w.ledger.InTx(context.Background(), func(tx casework.Tx) error {
		_, err := w.engine.Detect(context.Background(), tx, casework.Opening{
			No: second, Level: huiying.LevelOrange, Title: "排队", Topic: "t-2", Rule: "r-queue", Post: post,
			FirstSeenAt: w.now, PublishedAt: w.now.Add(-72 * time.Hour), Origin: huiying.Origin{Platform: "portal", Kind: "letter", Intent: "complaint"},
		})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return second
}

// The limits of a suspended case stand still: what a merge brings would run on
// beside them, or be lost.
func TestNothingIsMergedIntoASuspendedCase(t *testing.T) {
	w, _ := asked(t)
	w.must(responder, "suspend", "reason", "征求第三方意见")
	second := w.other("portal:x/1")
	_, err := w.doTo(officer, second, "merge", "into", no)
	w.refused(err, huiying.Conflict, "case.guard.into_suspended")
}

// A case that is merged brings the limits that are owed to whoever wrote, and
// those a person started; the earlier end holds for both.
func TestMergeKeepsWhatIsOwed(t *testing.T) {
	w := newWorld(t)
	w.open(huiying.LevelOrange)
	w.must(officer, "start_clock", "preset", "foi.reply", "reason", "依申请公开")
	late := clockOf(t, w.stored(), "foi.reply")
	w.now = w.now.Add(-96 * time.Hour) // it was seen earlier there
	second := w.letter("portal:x/1")
	if _, err := w.doTo(officer, second, "start_clock", "preset", "foi.reply", "reason", "依申请公开"); err != nil {
		t.Fatal(err)
	}
	c, err := w.doTo(manager, second, "extend", "preset", "foi.reply", "days", "1", "reason", "案情复杂")
	if err != nil {
		t.Fatal(err)
	}
	letter, begun := clockOf(t, c, "portal.consult"), clockOf(t, c, "foi.reply")
	if !begun.DueAt.Before(late.DueAt) {
		t.Fatalf("begun %v, late %v", begun.DueAt, late.DueAt)
	}
	w.now = w.now.Add(97 * time.Hour)
	if _, err := w.doTo(officer, second, "merge", "into", no); err != nil {
		t.Fatal(err)
	}
	c = w.stored()
	if k := clockOf(t, c, "portal.consult"); !k.DueAt.Equal(letter.DueAt) || !k.StartedAt.Equal(letter.StartedAt) || len(k.Warn) != len(letter.Warn) {
		t.Errorf("the letter's limit %+v, want %+v", k, letter)
	}
	if k := clockOf(t, c, "foi.reply"); !k.DueAt.Equal(begun.DueAt) || !k.Extended || !k.Pausable || k.Calendar != begun.Calendar {
		t.Errorf("the limit begun by hand %+v, want %+v", k, begun)
	}
	folded, err := casework.Fold(w.ledger.steps[no])
	if err != nil || !sameBytes(folded, c) {
		t.Errorf("the record tells another case: %v", err)
	}
}

// A letter that is merged into an answered case waits for a further answer.
func TestMergeIntoAnswered(t *testing.T) {
	w := newWorld(t)
	w.toState(huiying.StateResponded)
	second := w.letter("portal:x/1")
	if _, err := w.doTo(officer, second, "merge", "into", no); err != nil {
		t.Fatal(err)
	}
	if k := clockOf(t, w.stored(), "portal.consult"); !k.Running() {
		t.Errorf("%+v", k)
	}
	c := w.must(responder, "publish_update", "digest", huiying.Digest(reply), "receipt", "X-1", "platform", "portal", "at", w.now.Format(time.RFC3339))
	if k := clockOf(t, c, "portal.consult"); k.MetAt.IsZero() {
		t.Errorf("%+v", k)
	}
}

// assignByRule is what an alert of the rule asks for.
func (w *world) assignByRule() huiying.Case {
	w.t.Helper()
	err := w.ledger.InTx(context.Background(), func(tx casework.Tx) error {
		_, err := w.engine.AssignByRule(context.Background(), tx, casework.Assignment{CaseNo: no, Rule: "r-queue", Unit: "u-hall"})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.stored()
}

// A case that comes back to triage is nobody's, and stays so until a person
// gives it to somebody: the rule has had its say.
func TestBackInTriageIsNobodys(t *testing.T) {
	w := newWorld(t)
	w.open(huiying.LevelOrange)
	w.must(officer, "assign", "unit", "u-hall", "helpers", "u-road", "designated", "on")
	w.must(responder, "ack")
	w.must(officer, "transfer_out", "organ", "police", "reason", "线索")
	c := w.must(officer, "returned", "reason", "不属其管辖")
	if c.Unit != "" || c.Owner != "" || len(c.Helpers) != 0 || c.Designated || !c.AckedAt.IsZero() || !c.AssignedAt.IsZero() {
		t.Errorf("in triage with %+v", c)
	}
	if c := w.assignByRule(); c.State != huiying.StatePendingTriage {
		t.Errorf("the rule took it to %s of %s", c.State, c.Unit)
	}
	w = newWorld(t)
	w.open(huiying.LevelOrange)
	w.must(officer, "dismiss", "reason", "误报")
	w.must(officer, "reopen", "reason", "确有其事")
	if c := w.assignByRule(); c.State != huiying.StatePendingTriage {
		t.Errorf("the rule took a dismissed case to %s", c.State)
	}
	w = newWorld(t)
	w.open(huiying.LevelOrange)
	w.must(officer, "note", "note", "已阅")
	if c := w.assignByRule(); c.State != huiying.StateAwaitingAck {
		t.Errorf("a note kept the rule from assigning: %s", c.State)
	}
}

// The other organ's limit goes on where the case went, and its receipt meets
// it; a case that comes back has no receipt to wait for.
func TestTransferLimitGoesOn(t *testing.T) {
	w := newWorld(t)
	w.open(huiying.LevelOrange)
	w.must(officer, "start_clock", "preset", "xf.finish", "reason", "信访事项")
	due := clockOf(t, w.stored(), "xf.finish").DueAt
	c := w.must(officer, "transfer_out", "organ", "petition", "reason", "信访事项")
	if k := running(c); len(k) != 1 || k[0].Preset != "xf.finish" || !k[0].DueAt.Equal(due) {
		t.Fatalf("running %+v", k)
	}
	w.now = w.now.Add(24 * time.Hour)
	c = w.must(officer, "receipt", "receipt", "R-2", "at", w.now.Format(time.RFC3339))
	if k := clockOf(t, c, "xf.finish"); !k.MetAt.Equal(w.now) {
		t.Errorf("%+v", k)
	}
	w = newWorld(t)
	w.open(huiying.LevelOrange)
	w.must(officer, "start_clock", "preset", "xf.finish", "reason", "信访事项")
	w.must(officer, "transfer_out", "organ", "petition", "reason", "信访事项")
	c = w.must(officer, "returned", "reason", "不属其管辖")
	for _, k := range running(c) {
		if k.Preset == "xf.finish" {
			t.Errorf("waits for a receipt: %+v", k)
		}
	}
}
