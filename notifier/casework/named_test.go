package casework_test

import (
	"slices"
	"testing"

	"huiying"
	"huiying/notifier/casework/limit"
	"huiying/notifier/casework/machine"
)

// offered are the time limits that an action may name.
func (w *world) offered(c huiying.Case, who huiying.Actor, action string) []string {
	w.t.Helper()
	for _, choice := range w.engine.Choices(c, who) {
		if choice.Action == action {
			return choice.Presets
		}
	}
	w.t.Fatalf("%s is not offered to %s", action, who.ID)
	return nil
}

// Only a limit that no action of the machine meets is recorded as met by hand:
// nobody is on time by saying so.
func TestMeetClockByHandOnly(t *testing.T) {
	w := newWorld(t)
	w.toState(huiying.StateHandling)
	c := w.must(officer, "start_clock", "preset", "yq.verify", "reason", "须核实")
	if got := w.offered(c, responder, "meet_clock"); !slices.Equal(got, []string{"yq.verify"}) {
		t.Errorf("offered %v", got)
	}
	_, err := w.do(responder, "meet_clock", "preset", "yq.other.respond", "note", "已回应")
	w.refused(err, huiying.Conflict, "case.guard.met_by")
	c = w.must(responder, "meet_clock", "preset", "yq.verify", "note", "已核实")
	if k := clockOf(t, c, "yq.verify"); !k.MetAt.Equal(w.now) {
		t.Errorf("the verification is not met: %+v", k)
	}
	if k := clockOf(t, c, "yq.other.respond"); !k.MetAt.IsZero() {
		t.Errorf("the answer is met: %+v", k)
	}
}

// What a form offers is what the engine takes.
func TestPresetsThatActionsName(t *testing.T) {
	w := newWorld(t)
	c := w.toState(huiying.StateHandling)
	manual := w.offered(c, officer, "start_clock")
	for preset, there := range map[string]bool{"foi.reply": true, "yq.report_leader": true, "yq.other.respond": false, "handover.due": false} {
		if slices.Contains(manual, preset) != there {
			t.Errorf("%s among %v: want %v", preset, manual, there)
		}
	}
	if got := w.offered(c, manager, "extend"); len(got) != 0 {
		t.Errorf("hours may be extended: %v", got)
	}
	c = w.must(officer, "start_clock", "preset", "foi.reply", "reason", "依申请公开")
	if slices.Contains(w.offered(c, officer, "start_clock"), "foi.reply") {
		t.Error("a limit that runs may be started")
	}
	if got := w.offered(c, manager, "extend"); !slices.Equal(got, []string{"foi.reply"}) {
		t.Errorf("to extend %v", got)
	}
	c = w.must(manager, "extend", "preset", "foi.reply", "days", "5", "reason", "案情复杂")
	if got := w.offered(c, manager, "extend"); len(got) != 0 {
		t.Errorf("may be extended twice: %v", got)
	}
}

// A person starts only what holds for the case: its level, and the platform of
// any of its posts.
func TestStartClockHolds(t *testing.T) {
	w := newWorld(t)
	c := w.toState(huiying.StateHandling)
	for _, preset := range []string{"yq.emergency.report_up", "portal.error_report", "media.silence"} {
		_, err := w.do(officer, "start_clock", "preset", preset, "reason", "须办理")
		w.refused(err, huiying.Invalid, "case.guard.manual")
		if slices.Contains(w.offered(c, officer, "start_clock"), preset) {
			t.Errorf("%s is offered", preset)
		}
	}
	w.attach("portal:7", huiying.LevelRed)
	w.must(officer, "start_clock", "preset", "portal.error_report", "reason", "网民纠错")
	w.must(officer, "start_clock", "preset", "yq.emergency.report_up", "reason", "突发事件")
}

// What may meet a limit is an action of the machine.
func TestMeetingActionsExist(t *testing.T) {
	for _, action := range limit.Meeting() {
		exists := slices.ContainsFunc(machine.Table(), func(row machine.Transition) bool { return row.Action == action })
		if !exists && action != limit.ByHand {
			t.Errorf("%s is no action", action)
		}
	}
}
