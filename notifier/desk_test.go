package notifier_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"huiying"
	"huiying/notifier"
)

var (
	dutyOfficer = huiying.Actor{ID: "duty", Unit: "u-office", Roles: []huiying.Role{huiying.RoleOfficer}}
	amin        = huiying.Actor{ID: "amin", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}}
)

// counterRoom is the desk people use, over the same store as the alerts.
type counterRoom struct {
	*desk
	people *notifier.Desk
	wakes  int
}

func newCounterRoom(t *testing.T) *counterRoom {
	r := &counterRoom{desk: newDesk(t)}
	r.people = notifier.NewDesk(notifier.DeskOptions{
		Ledger: r.store, Cases: r.cases, Directory: directory{}, Now: func() time.Time { return r.now }, Zone: office,
		Woken: []func(){func() { r.wakes++ }},
	})
	return r
}

func (r *counterRoom) do(who huiying.Actor, action string, fields ...string) (huiying.Case, error) {
	cmd := huiying.Command{CaseNo: "HY20261123-0001", Action: action, Actor: who, Fields: map[string]string{}}
	for i := 0; i+1 < len(fields); i += 2 {
		cmd.Fields[fields[i]] = fields[i+1]
	}
	return r.people.Do(context.Background(), cmd)
}

// Whoever gets a case by a step is told of it in the same transaction, except
// who took the step.
func TestDeskTells(t *testing.T) {
	r := newCounterRoom(t)
	r.handle(event("weibo:1", huiying.LevelOrange, notify())) // tells the duty officer
	steps := []struct {
		who    huiying.Actor
		action string
		fields []string
		told   string
	}{
		{dutyOfficer, "note", []string{"note", "看过"}, "duty>robot"},
		{dutyOfficer, "assign", []string{"unit", "u-hall"}, "duty>robot amin>robot bo>mail"},
		{amin, "reassign", []string{"owner", "bo"}, "duty>robot amin>robot bo>mail bo>mail"},
		{amin, "reassign", []string{"owner", "amin"}, "duty>robot amin>robot bo>mail bo>mail"},
		{dutyOfficer, "reassign", []string{"unit", "u-empty"}, "duty>robot amin>robot bo>mail bo>mail"},
	}
	for _, s := range steps {
		c, err := r.do(s.who, s.action, s.fields...)
		if err != nil {
			t.Fatalf("%s: %v", s.action, err)
		}
		if got := r.told(); got != s.told {
			t.Errorf("after %s %v: told %q, want %q", s.action, s.fields, got, s.told)
		}
		if stored := r.theCase(); stored.Version != c.Version {
			t.Errorf("stored version %d, got %d", stored.Version, c.Version)
		}
	}
	if r.wakes != len(steps) {
		t.Errorf("woken %d times", r.wakes)
	}
}

func TestDeskRefuses(t *testing.T) {
	r := newCounterRoom(t)
	r.handle(event("weibo:1", huiying.LevelOrange, notify()))
	before := r.told()
	for _, fields := range [][]string{nil, {"unit", " "}} {
		if _, err := r.do(dutyOfficer, "assign", fields...); key(err) != "case.need.unit" {
			t.Errorf("got %v", err)
		}
	}
	if _, err := r.do(amin, "assign", "unit", "u-hall"); key(err) != "case.role.assign" {
		t.Errorf("got %v", err)
	}
	r.store.fail["Enqueue"] = errDisk
	if _, err := r.do(dutyOfficer, "assign", "unit", "u-hall"); !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
	if c := r.theCase(); c.State != huiying.StatePendingTriage || r.told() != before || r.wakes != 0 {
		t.Errorf("left behind: %s, told %q, woken %d", c.State, r.told(), r.wakes)
	}
	blind := notifier.NewDesk(notifier.DeskOptions{Ledger: r.store, Cases: r.cases, Directory: directory{err: errDisk}, Now: time.Now})
	cmd := huiying.Command{CaseNo: "HY20261123-0001", Action: "assign", Actor: dutyOfficer, Fields: map[string]string{"unit": "u-hall"}}
	if _, err := blind.Do(context.Background(), cmd); !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
	if _, err := blind.Open(context.Background(), notifier.Manual{Event: event("weibo:9", huiying.LevelBlue), Actor: dutyOfficer, Unit: "u-hall"}); !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
}

func TestDeskOpens(t *testing.T) {
	for name, c := range map[string]struct {
		m     notifier.Manual
		level huiying.Level
		state huiying.CaseState
		told  string
	}{
		"in triage":       {notifier.Manual{Event: event("weibo:1", huiying.LevelYellow)}, huiying.LevelYellow, huiying.StatePendingTriage, ""},
		"without a level": {notifier.Manual{Event: event("weibo:1", huiying.LevelNone)}, huiying.LevelBlue, huiying.StatePendingTriage, ""},
		"raised by hand":  {notifier.Manual{Event: event("weibo:1", huiying.LevelNone), Level: huiying.LevelRed}, huiying.LevelRed, huiying.StatePendingTriage, ""},
		"assigned":        {notifier.Manual{Event: event("weibo:1", huiying.LevelYellow), Unit: "u-hall", Note: "请核实"}, huiying.LevelYellow, huiying.StateAwaitingAck, "amin>robot bo>mail"},
		"to a person":     {notifier.Manual{Event: event("weibo:1", huiying.LevelYellow), Unit: "u-hall", Owner: "bo"}, huiying.LevelYellow, huiying.StateAwaitingAck, "bo>mail"},
		"untagged": {notifier.Manual{Event: event("weibo:1", huiying.LevelNone, topic(""), func(j *huiying.Judgement) { j.Tags = nil })},
			huiying.LevelBlue, huiying.StatePendingTriage, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newCounterRoom(t)
			c.m.Actor = dutyOfficer
			got, err := r.people.Open(context.Background(), c.m)
			if err != nil {
				t.Fatal(err)
			}
			if got.Level != c.level || got.State != c.state || r.told() != c.told || !got.FirstSeenAt.Equal(start) {
				t.Errorf("case %+v, told %q", got, r.told())
			}
			if first := r.store.snapshot().steps[got.No][0]; first.Actor != "duty" {
				t.Errorf("opened by %s", first.Actor)
			}
		})
	}
}

// A ticket that a person lets join brings its deadline, its own limits and its
// level, as one that a rule lets join does.
func TestDeskJoinsTicket(t *testing.T) {
	r := newCounterRoom(t)
	r.handle(event("weibo:1", huiying.LevelOrange, notify()))
	due := start.Add(30 * time.Hour)
	ticket := event("hotline:2", huiying.LevelRed, func(j *huiying.Judgement) {
		j.Post.Platform, j.Post.Kind, j.Post.DueAt = "hotline", "ticket", due
	})
	c, err := r.people.Open(context.Background(), notifier.Manual{Event: ticket, Actor: dutyOfficer})
	if err != nil {
		t.Fatal(err)
	}
	var presets []string
	for _, k := range c.Clocks {
		presets = append(presets, k.Preset)
		if k.Preset == "handover.due" && !k.DueAt.Equal(due) {
			t.Errorf("due %v", k.DueAt)
		}
	}
	for _, want := range []string{"handover.due", "hotline.handle", "hotline.dispatch", "yq.major.first_info"} {
		if !slices.Contains(presets, want) {
			t.Errorf("no %s among %v", want, presets)
		}
	}
	steps := r.store.snapshot().steps[c.No]
	if last := steps[len(steps)-1]; c.Level != huiying.LevelRed || last.Actor != "duty" || last.Action != "regrade" {
		t.Errorf("%s, last step %+v", c.Level, last)
	}
}

// Opening what has a case already joins it, and assigns it while it waits.
func TestDeskJoins(t *testing.T) {
	r := newCounterRoom(t)
	r.handle(event("weibo:1", huiying.LevelOrange, notify()))
	c, err := r.people.Open(context.Background(), notifier.Manual{Event: event("weibo:2", huiying.LevelYellow), Actor: dutyOfficer, Unit: "u-hall"})
	if err != nil || c.No != "HY20261123-0001" || len(c.Posts) != 2 || c.State != huiying.StateAwaitingAck {
		t.Fatalf("%+v, %v", c, err)
	}
	c, err = r.people.Open(context.Background(), notifier.Manual{Event: event("weibo:3", huiying.LevelYellow), Actor: dutyOfficer, Unit: "u-empty"})
	if err != nil || c.Unit != "u-hall" || len(c.Posts) != 3 {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err = r.people.Open(context.Background(), notifier.Manual{Event: event("weibo:3", huiying.LevelYellow), Actor: dutyOfficer}); key(err) != "case.guard.new_post" {
		t.Errorf("got %v", err)
	}
	if _, err = r.people.Open(context.Background(), notifier.Manual{Event: event("weibo:4", huiying.LevelYellow), Actor: amin}); key(err) != "desk.open_role" {
		t.Errorf("got %v", err)
	}
}
