package casework_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"huiying"
	"huiying/notifier/casework"
	"huiying/notifier/casework/machine"
)

func asError(err error, target **huiying.Error) bool { return errors.As(err, target) }

// The core path leaves a record that rebuilds the case, with every word kept
// beside it and none in it.
func TestCorePath(t *testing.T) {
	w := newWorld(t)
	c := w.toState(huiying.StateClosed)
	steps := w.ledger.steps[no]
	var actions []string
	for _, s := range steps {
		actions = append(actions, s.Action)
		for key, v := range s.Payload {
			if strings.Contains(v, "窗口") {
				t.Errorf("step %s carries words in %s", s.Action, key)
			}
		}
	}
	if got, want := strings.Join(actions, " "), "detect assign ack submit approve publish close"; got != want {
		t.Errorf("record %q, want %q", got, want)
	}
	folded, err := casework.Fold(steps)
	if err != nil {
		t.Fatal(err)
	}
	if !sameBytes(folded, c) || !sameBytes(folded, w.stored()) {
		t.Errorf("fold differs:\n%+v\n%+v", folded, c)
	}
	if w.ledger.texts[c.Response.Digest] != reply {
		t.Error("the published words are not kept beside the record")
	}
	for _, k := range c.Clocks {
		if k.MetAt.IsZero() || !k.BreachedAt.IsZero() {
			t.Errorf("clock %s: met %v, breached %v", k.Preset, k.MetAt, k.BreachedAt)
		}
	}
}

// Each refusal says what is missing.
func TestRefusals(t *testing.T) {
	later := start.Add(time.Hour).Format(time.RFC3339)
	at := start.Add(4 * time.Minute).Format(time.RFC3339)
	cases := []struct {
		name   string
		state  huiying.CaseState
		who    huiying.Actor
		action string
		fields []string
		code   huiying.Code
		key    string
	}{
		{"unit", huiying.StatePendingTriage, officer, "assign", nil, huiying.Invalid, "case.need.unit"},
		{"blank unit", huiying.StatePendingTriage, officer, "assign", []string{"unit", "  "}, huiying.Invalid, "case.need.unit"},
		{"role", huiying.StatePendingTriage, responder, "assign", []string{"unit", "u-hall"}, huiying.Forbidden, "case.role.assign"},
		{"bad level", huiying.StatePendingTriage, officer, "assign", []string{"unit", "u-hall", "level", "purple"}, huiying.Invalid, "case.guard.level"},
		{"bad kind", huiying.StatePendingTriage, officer, "assign", []string{"unit", "u-hall", "kind", "x"}, huiying.Invalid, "case.guard.kind"},
		{"bad disposition", huiying.StatePendingTriage, officer, "assign", []string{"unit", "u-hall", "disposition", "x"}, huiying.Invalid, "case.guard.disposition"},
		{"dismiss without reason", huiying.StatePendingTriage, officer, "dismiss", nil, huiying.Invalid, "case.need.reason"},
		{"ack too early", huiying.StatePendingTriage, responder, "ack", nil, huiying.Conflict, "case.not_now.ack"},
		{"unknown action", huiying.StatePendingTriage, officer, "explode", nil, huiying.Invalid, "case.unknown_action"},
		{"not from outside", huiying.StatePendingTriage, officer, "breach", nil, huiying.Invalid, "case.unknown_action"},
		{"unknown field", huiying.StatePendingTriage, officer, "assign", []string{"unit", "u-hall", "colour", "red"}, huiying.Invalid, "case.unknown_field"},
		{"other unit", huiying.StateAwaitingAck, stranger, "ack", nil, huiying.Forbidden, "case.guard.own_unit"},
		{"admin", huiying.StateAwaitingAck, admin, "ack", nil, huiying.Forbidden, "case.role.ack"},
		{"return reason", huiying.StateAwaitingAck, responder, "return_back", nil, huiying.Invalid, "case.need.reason"},
		{"reassign to nobody", huiying.StateAwaitingAck, officer, "reassign", nil, huiying.Invalid, "case.guard.target"},
		{"reassign out of the unit", huiying.StateAwaitingAck, responder, "reassign", []string{"unit", "u-road"}, huiying.Forbidden, "case.guard.within_unit"},
		{"empty draft", huiying.StateHandling, responder, "submit", []string{"text", " \n"}, huiying.Invalid, "case.need.text"},
		{"submit elsewhere", huiying.StateHandling, stranger, "submit", []string{"text", "x"}, huiying.Forbidden, "case.guard.own_unit"},
		{"publish too early", huiying.StateHandling, responder, "publish", nil, huiying.Conflict, "case.not_now.publish"},
		{"close too early", huiying.StateHandling, officer, "close", nil, huiying.Conflict, "case.not_now.close"},
		{"approve unchecked", huiying.StateInReview, manager, "approve", nil, huiying.Invalid, "case.need.secrecy"},
		{"approve without secrecy", huiying.StateInReview, manager, "approve", []string{"secrecy", "false", "business", "on"}, huiying.Invalid, "case.guard.secrecy"},
		{"approve without business", huiying.StateInReview, manager, "approve", []string{"secrecy", "on", "business", "no"}, huiying.Invalid, "case.guard.business"},
		{"responder approves", huiying.StateInReview, colleague, "approve", []string{"secrecy", "on", "business", "on"}, huiying.Forbidden, "case.role.approve"},
		{"reject reason", huiying.StateInReview, reviewer, "review_reject", nil, huiying.Invalid, "case.need.reason"},
		{"nowhere", huiying.StateApproved, responder, "publish", []string{"at", at, "text", reply}, huiying.Invalid, "case.guard.place"},
		{"no time", huiying.StateApproved, responder, "publish", []string{"url", "https://x.example/1", "text", reply}, huiying.Invalid, "case.need.at"},
		{"script for an address", huiying.StateApproved, responder, "publish", []string{"url", "javascript:alert(1)", "text", reply, "at", at}, huiying.Invalid, "case.guard.url"},
		{"no host", huiying.StateApproved, responder, "publish", []string{"url", "https:/1", "text", reply, "at", at}, huiying.Invalid, "case.guard.url"},
		{"odd time", huiying.StateApproved, responder, "publish", []string{"url", "https://x.example/1", "text", reply, "at", "yesterday"}, huiying.Invalid, "case.guard.time"},
		{"future", huiying.StateApproved, responder, "publish", []string{"url", "https://x.example/1", "text", reply, "at", later}, huiying.Invalid, "case.guard.future"},
		{"before approval", huiying.StateApproved, responder, "publish", []string{"url", "https://x.example/1", "text", reply, "at", start.Add(-time.Hour).Format(time.RFC3339)}, huiying.Invalid, "case.guard.after_approval"},
		{"no text", huiying.StateApproved, responder, "publish", []string{"url", "https://x.example/1", "at", at}, huiying.Invalid, "case.guard.text_needed"},
		{"altered", huiying.StateApproved, responder, "publish", []string{"url", "https://x.example/1", "at", at, "text", reply + "!"}, huiying.Conflict, "case.guard.text_altered"},
		{"altered digest", huiying.StateApproved, responder, "publish", []string{"url", "https://x.example/1", "at", at, "digest", huiying.Digest("x")}, huiying.Conflict, "case.guard.text_altered"},
		{"digest and text differ", huiying.StateApproved, responder, "publish", []string{"url", "https://x.example/1", "at", at, "text", reply, "digest", huiying.Digest("x")}, huiying.Conflict, "case.guard.text_altered"},
		{"recall reason", huiying.StateApproved, responder, "recall", nil, huiying.Invalid, "case.need.reason"},
		{"update by admin", huiying.StateResponded, admin, "publish_update", nil, huiying.Forbidden, "case.role.publish_update"},
		{"reopen by responder", huiying.StateClosed, responder, "reopen", []string{"reason", "x"}, huiying.Forbidden, "case.role.reopen"},
		{"reopen reason", huiying.StateClosed, officer, "reopen", nil, huiying.Invalid, "case.need.reason"},
		{"note on closed", huiying.StateClosed, officer, "note", []string{"note", "x"}, huiying.Conflict, "case.not_now.note"},
		{"empty note", huiying.StateHandling, officer, "note", nil, huiying.Invalid, "case.need.note"},
		{"same level", huiying.StateHandling, officer, "regrade", []string{"level", "orange", "reason", "x"}, huiying.Conflict, "case.guard.other_level"},
		{"attach twice", huiying.StateHandling, officer, "attach_mention", []string{"post", "weibo:1"}, huiying.Conflict, "case.guard.new_post"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			before := w.toState(c.state)
			_, err := w.do(c.who, c.action, c.fields...)
			w.refused(err, c.code, c.key)
			if !sameBytes(before, w.stored()) || len(w.ledger.steps[no]) != before.Version {
				t.Error("a refused step changed the case")
			}
		})
	}
}

func TestNobodyApprovesTheOwnDraft(t *testing.T) {
	w := newWorld(t)
	both := huiying.Actor{ID: "resp", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder, huiying.RoleReviewer, huiying.RoleManager}}
	w.toState(huiying.StateHandling)
	w.must(both, "submit", "text", reply)
	_, err := w.do(both, "approve", "secrecy", "on", "business", "on")
	w.refused(err, huiying.Forbidden, "case.guard.not_drafter")
	_, err = w.do(both, "review_reject", "reason", "x")
	w.refused(err, huiying.Forbidden, "case.guard.not_drafter")
	w.must(manager, "approve", "secrecy", "on", "business", "on")
}

// Machines cannot come in by the people's door.
func TestOnlyPeopleCommand(t *testing.T) {
	w := newWorld(t)
	w.open(huiying.LevelOrange)
	for _, who := range []huiying.Actor{{}, huiying.SystemActor(), huiying.RuleActor("r-queue")} {
		who.Roles = huiying.Roles()
		_, err := w.do(who, "assign", "unit", "u-hall")
		w.refused(err, huiying.Forbidden, "case.no_person")
	}
}

func TestVersion(t *testing.T) {
	w := newWorld(t)
	seen := w.toState(huiying.StateAwaitingAck).Version
	w.attach("weibo:2", huiying.LevelOrange)
	w.must(officer, "note", "note", "催过一次")
	ack := huiying.Command{CaseNo: no, Action: "ack", Actor: responder, Version: seen}
	if _, err := w.engine.Do(context.Background(), ack); err != nil {
		t.Fatalf("a joined post and a note made the form stale: %v", err)
	}
	again := huiying.Command{CaseNo: no, Action: "submit", Actor: responder, Version: seen, Fields: map[string]string{"text": reply}}
	_, err := w.engine.Do(context.Background(), again)
	w.refused(err, huiying.Conflict, "case.version")
	again.Version = 99
	_, err = w.engine.Do(context.Background(), again)
	w.refused(err, huiying.Conflict, "case.version")
}

// The ladder that moved on meanwhile takes nothing from what people see.
func TestVersionAndLadder(t *testing.T) {
	w := newWorld(t, withLadder)
	seen := w.toState(huiying.StateAwaitingAck).Version
	w.now = w.now.Add(5 * time.Minute)
	if _, err := w.climb("d-1"); err != nil {
		t.Fatal(err)
	}
	cmd := huiying.Command{CaseNo: no, Action: "ack", Actor: responder, Version: seen}
	c, err := w.engine.Do(context.Background(), cmd)
	if err != nil {
		t.Fatalf("refused for a rung that was climbed: %v", err)
	}
	w.must(responder, "escalate", "reason", "需要领导协调")
	cmd = huiying.Command{CaseNo: no, Action: "draft", Actor: responder, Version: c.Version, Fields: map[string]string{"text": reply}}
	if _, err := w.engine.Do(context.Background(), cmd); err != nil {
		t.Errorf("refused for an escalation: %v", err)
	}
}

func TestUnknownCase(t *testing.T) {
	w := newWorld(t)
	if _, err := w.do(officer, "note", "note", "x"); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("got %v", err)
	}
}

// A failure anywhere in the transaction leaves nothing behind.
func TestAllOrNothing(t *testing.T) {
	for _, method := range []string{"Case", "PutCase", "Append", "PutText"} {
		t.Run(method, func(t *testing.T) {
			w := newWorld(t)
			before := w.toState(huiying.StateHandling)
			w.ledger.fail = method
			_, err := w.do(responder, "submit", "text", "new words")
			if err == nil || huiying.ErrorCode(err) != huiying.Internal {
				t.Fatalf("got %v", err)
			}
			if !sameBytes(before, w.stored()) || len(w.ledger.steps[no]) != before.Version || w.ledger.texts[huiying.Digest("new words")] != "" {
				t.Error("something was left behind")
			}
		})
	}
}

func TestReturnedOnce(t *testing.T) {
	w := newWorld(t)
	w.toState(huiying.StateAwaitingAck)
	c := w.must(responder, "return_back", "reason", "不属本单位")
	if c.State != huiying.StatePendingTriage || c.Unit != "" || c.Returned != 1 {
		t.Errorf("got %+v", c)
	}
	// A rule does not undo what a person did.
	err := w.ledger.InTx(context.Background(), func(tx casework.Tx) error {
		_, err := w.engine.AssignByRule(context.Background(), tx, casework.Assignment{CaseNo: no, Rule: "r-queue", Unit: "u-hall"})
		return err
	})
	if err != nil || w.stored().State != huiying.StatePendingTriage {
		t.Errorf("%v, state %s", err, w.stored().State)
	}
	w.must(officer, "assign", "unit", "u-hall")
	_, err = w.do(responder, "return_back", "reason", "x")
	w.refused(err, huiying.Conflict, "case.guard.return_once")
}

func TestReassign(t *testing.T) {
	w := newWorld(t)
	w.toState(huiying.StateHandling)
	c := w.must(responder, "reassign", "owner", "colleague")
	if c.State != huiying.StateAwaitingAck || c.Unit != "u-hall" || c.Owner != "colleague" || !c.AckedAt.IsZero() {
		t.Errorf("got %+v", c)
	}
	c = w.must(officer, "reassign", "unit", "u-road", "reason", "归交通")
	if c.Unit != "u-road" || c.Owner != "" {
		t.Errorf("got unit %q owner %q", c.Unit, c.Owner)
	}
	c = w.must(stranger, "ack", "delivery_id", "d-1", "channel", "wecom")
	if c.Owner != "stranger" || c.AckedAt.IsZero() {
		t.Errorf("got %+v", c)
	}
}

func TestReview(t *testing.T) {
	w := newWorld(t)
	w.toState(huiying.StateInReview)
	c := w.must(reviewer, "review_reject", "reason", "缺少数字")
	if c.State != huiying.StateHandling || c.Draft.Digest == "" {
		t.Errorf("got %+v", c)
	}
	w.must(colleague, "submit", "text", "第二稿")
	c = w.must(manager, "approve", "secrecy", "1", "business", "yes")
	if c.Reviewer != "boss" || c.Approved.Digest != huiying.Digest("第二稿") {
		t.Errorf("got %+v", c.Approved)
	}
	c = w.must(responder, "recall", "reason", "数字有误")
	if c.State != huiying.StateHandling || c.Approved.Digest != "" {
		t.Errorf("got %+v", c.Approved)
	}
}

// The head signs the two highest levels, unless the office says otherwise.
func TestApproversByLevel(t *testing.T) {
	w := newWorld(t)
	w.toState(huiying.StateInReview)
	_, err := w.do(reviewer, "approve", "secrecy", "on", "business", "on")
	w.refused(err, huiying.Forbidden, "case.guard.approver")
	w.must(manager, "approve", "secrecy", "on", "business", "on")

	w = newWorld(t, func(o *casework.Options) { o.Policy = &machine.Policy{} })
	w.toState(huiying.StateInReview)
	w.must(reviewer, "approve", "secrecy", "on", "business", "on")
}

// A receipt serves where there is no address, a form's local time is the
// office's, and an update needs the checks again.
func TestPublish(t *testing.T) {
	w := newWorld(t)
	w.toState(huiying.StateApproved)
	local := w.now.In(time.FixedZone("office", 8*3600)).Format("2006-01-02T15:04")
	c := w.must(responder, "publish", "receipt", "回执 7", "at", local, "digest", huiying.Digest(reply))
	if c.Response.URL != "回执 7" || !c.RespondedAt.Equal(w.now.Truncate(time.Minute)) {
		t.Errorf("got %+v at %v", c.Response, c.RespondedAt)
	}
	if len(c.Answers) != 1 || c.Answers[0].Platform != "weibo" {
		t.Errorf("answers %+v", c.Answers)
	}
}

// The approved words may go out on further platforms; other words take a
// drafter and a checker who are not the same.
func TestPublishUpdate(t *testing.T) {
	w := newWorld(t)
	w.toState(huiying.StateResponded)
	at := w.now.Format(time.RFC3339)
	c := w.must(responder, "publish_update", "digest", huiying.Digest(reply), "receipt", "T-1", "platform", "hotline", "at", at)
	if len(c.Answers) != 2 || c.Answers[1].Platform != "hotline" || c.State != huiying.StateResponded {
		t.Errorf("answers %+v", c.Answers)
	}
	update := []string{"text", "今日进展", "url", "https://x.example/2", "at", at, "secrecy", "on", "business", "on"}
	_, err := w.do(manager, "publish_update", update...)
	w.refused(err, huiying.Conflict, "case.guard.update_draft")
	w.must(responder, "draft", "text", "今日进展")
	_, err = w.do(reviewer, "publish_update", update...)
	w.refused(err, huiying.Forbidden, "case.guard.approver")
	both := huiying.Actor{ID: "resp", Unit: "u-hall", Roles: huiying.Roles()}
	_, err = w.do(both, "publish_update", update...)
	w.refused(err, huiying.Forbidden, "case.guard.not_drafter")
	c = w.must(manager, "publish_update", update...)
	if len(c.Answers) != 3 || c.Answers[2].Digest != huiying.Digest("今日进展") || w.ledger.texts[huiying.Digest("今日进展")] == "" {
		t.Errorf("answers %+v", c.Answers)
	}
}

func TestChoices(t *testing.T) {
	w := newWorld(t)
	c := w.toState(huiying.StateInReview)
	type offer struct {
		allowed bool
		key     string
	}
	check := func(who huiying.Actor, want map[string]offer) {
		t.Helper()
		for _, choice := range w.engine.Choices(c, who) {
			if choice.Allowed != (choice.Why == nil) {
				t.Errorf("%s: allowed %v but why %v", choice.Action, choice.Allowed, choice.Why)
			}
			got := offer{allowed: choice.Allowed}
			var e *huiying.Error
			if asError(choice.Why, &e) {
				got.key = e.Key
			}
			if got != want[choice.Action] {
				t.Errorf("%s for %s: %+v, want %+v", choice.Action, who.ID, got, want[choice.Action])
			}
			delete(want, choice.Action)
		}
		for action := range want {
			t.Errorf("%s is not offered to %s", action, who.ID)
		}
	}
	check(manager, map[string]offer{
		"approve": {true, ""}, "review_reject": {true, ""}, "note": {true, ""}, "attach_file": {true, ""}, "escalate": {true, ""},
		"regrade": {true, ""}, "attach_mention": {true, ""}, "supervise": {true, ""}, "extend": {true, ""},
		"draft": {false, "case.role.draft"}, "co_ack": {false, "case.guard.co_ack"},
		"start_clock": {true, ""}, "meet_clock": {true, ""},
	})
	check(responder, map[string]offer{
		"approve": {false, "case.role.approve"}, "review_reject": {false, "case.role.review_reject"}, "note": {true, ""},
		"regrade": {false, "case.role.regrade"}, "attach_mention": {false, "case.role.attach_mention"},
		"attach_file": {true, ""}, "escalate": {true, ""}, "supervise": {false, "case.role.supervise"},
		"extend": {false, "case.role.extend"}, "draft": {false, "case.guard.draftable"}, "co_ack": {false, "case.guard.co_ack"},
		"start_clock": {false, "case.role.start_clock"}, "meet_clock": {true, ""},
	})
	for _, choice := range w.engine.Choices(c, manager) {
		if choice.Action == "approve" && strings.Join(choice.Fields, " ") != "secrecy! business! note" {
			t.Errorf("fields %v", choice.Fields)
		}
	}
}

func TestCountsBreaches(t *testing.T) {
	reg := prometheus.NewRegistry()
	w := newWorld(t, func(o *casework.Options) { o.Registerer = reg })
	w.toState(huiying.StateAwaitingAck)
	w.now = w.now.Add(time.Hour)
	// Refused: undone, so not counted yet.
	if _, err := w.do(stranger, "ack"); err == nil {
		t.Fatal("want a refusal")
	}
	if n, err := testutil.GatherAndCount(reg, "huiying_notifier_breaches_total"); err != nil || n != 0 {
		t.Errorf("%d series, %v", n, err)
	}
	w.must(responder, "ack")
	want := "# HELP huiying_notifier_breaches_total Time limits of cases that were missed, by preset.\n" +
		"# TYPE huiying_notifier_breaches_total counter\nhuiying_notifier_breaches_total{preset=\"yq.ack\"} 1\n"
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "huiying_notifier_breaches_total"); err != nil {
		t.Error(err)
	}
}
