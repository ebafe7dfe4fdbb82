package notifier_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"

	"huiying"
	"huiying/notifier"
	"huiying/notifier/casework"
)

type desk struct {
	t      testing.TB
	store  *memory
	alerts *notifier.Alerts
	cases  *casework.Engine
	now    time.Time
	woken  int
	reg    *prometheus.Registry
}

func newDesk(t testing.TB) *desk {
	d := &desk{t: t, store: newMemory(), now: start, reg: prometheus.NewRegistry()}
	clock := func() time.Time { return d.now }
	d.cases = engine(clock)
	d.alerts = notifier.NewAlerts(notifier.AlertsOptions{
		Ledger: d.store, Cases: d.cases, Directory: directory{}, Now: clock, Zone: office,
		Woken: []func(){func() { d.woken++ }}, Registerer: d.reg,
	})
	return d
}

func (d *desk) handle(ev huiying.Event) {
	d.t.Helper()
	if err := d.alerts.Handle(context.Background(), ev); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) theCase() huiying.Case {
	d.t.Helper()
	c, err := d.store.Case(context.Background(), "HY20261123-0001")
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// told lists who is told over what, in order.
func (d *desk) told() string {
	data := d.store.snapshot()
	var out []string
	for _, id := range data.order {
		v := data.deliveries[id]
		out = append(out, v.Person+">"+v.Channel)
	}
	return strings.Join(out, " ")
}

func notify(ids ...string) func(*huiying.Judgement) {
	return func(j *huiying.Judgement) { j.Tags[0].Notify = ids }
}

func topic(t string) func(*huiying.Judgement) { return func(j *huiying.Judgement) { j.Topic = t } }

// A red post opens one case, assigns it to the rule's unit and tells its
// people; the same event again does nothing.
func TestAlertOpensCase(t *testing.T) {
	d := newDesk(t)
	for range 3 {
		d.handle(event("weibo:1", huiying.LevelRed))
	}
	c := d.theCase()
	if c.State != huiying.StateAwaitingAck || c.Unit != "u-hall" || c.Level != huiying.LevelRed || c.Title != "排队" || c.Version != 2 {
		t.Errorf("case %+v", c)
	}
	data := d.store.snapshot()
	if got, want := d.told(), "amin>robot bo>mail"; got != want {
		t.Errorf("told %q, want %q", got, want)
	}
	if len(data.alerts) != 1 || len(data.cases) != 1 || d.woken != 1 {
		t.Errorf("%d alerts, %d cases, woken %d times", len(data.alerts), len(data.cases), d.woken)
	}
	a := data.alerts[huiying.AlertID("weibo:1", "r-queue", huiying.LevelRed)]
	if a.CaseNo != c.No || a.Unit != "u-hall" || !a.AcceptedAt.Equal(start) || a.Topic != "t-queue" || a.PostURL == "" {
		t.Errorf("alert %+v", a)
	}
	if first := data.bus[0]; first.Subject != "huiying.alert.red.u-hall" || first.MsgID != a.ID {
		t.Errorf("message %+v", first)
	}
	if n := testutil.ToFloat64(counter(t, d.reg, "huiying_notifier_alerts_total")); n != 1 {
		t.Errorf("counted %v alerts", n)
	}
}

// counter finds a registered collector by name through a gather, as a scraper
// would see it.
func counter(t *testing.T, reg *prometheus.Registry, name string) prometheus.Gauge {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := prometheus.NewGauge(prometheus.GaugeOpts{Name: "sum"})
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			sum.Add(m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount()))
		}
	}
	return sum
}

func TestWhoIsTold(t *testing.T) {
	second := func(level huiying.Level, to ...string) func(*huiying.Judgement) {
		return func(j *huiying.Judgement) {
			j.Tags = append(j.Tags, huiying.Tag{Rule: "r-road", Name: "道路", Level: level, Notify: to})
		}
	}
	cases := []struct {
		name string
		ev   huiying.Event
		told string
		unit string
	}{
		{"a rule's unit", event("weibo:1", huiying.LevelOrange), "amin>robot bo>mail", "u-hall"},
		{"nobody named", event("weibo:1", huiying.LevelOrange, notify()), "duty>robot", ""},
		{"a person brings the unit", event("weibo:1", huiying.LevelOrange, notify("bo")), "bo>mail", "u-hall"},
		{"a group's robot", event("weibo:1", huiying.LevelOrange, notify("group")), ">group", ""},
		{"robot and unit", event("weibo:1", huiying.LevelOrange, notify("group", "u-hall")), ">group amin>robot bo>mail", "u-hall"},
		{"a unit nobody can be reached in", event("weibo:1", huiying.LevelOrange, notify("u-empty")), "duty>robot", "u-empty"},
		{"an id nobody has", event("weibo:1", huiying.LevelOrange, notify("u-gone")), "duty>robot", ""},
		{"each rule to its own", event("weibo:1", huiying.LevelOrange, second(huiying.LevelYellow, "group")), "amin>robot bo>mail >group", "u-hall"},
		{"nobody twice", event("weibo:1", huiying.LevelOrange, second(huiying.LevelYellow, "bo")), "amin>robot bo>mail", "u-hall"},
		{"a rule without level tells nobody", event("weibo:1", huiying.LevelOrange, second(huiying.LevelNone, "group")), "amin>robot bo>mail", "u-hall"},
		{"second rule names nobody", event("weibo:1", huiying.LevelOrange, second(huiying.LevelYellow)), "amin>robot bo>mail duty>robot", "u-hall"},
		{"raised without a rule", event("weibo:1", huiying.LevelOrange, func(j *huiying.Judgement) { j.Tags = nil }), "duty>robot", ""},
		{"raised above its rule", event("weibo:1", huiying.LevelRed, func(j *huiying.Judgement) { j.Tags[0].Level = huiying.LevelNone }), "amin>robot bo>mail", "u-hall"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.handle(c.ev)
			if got := d.told(); got != c.told {
				t.Errorf("told %q, want %q", got, c.told)
			}
			if got := d.theCase().Unit; got != c.unit {
				t.Errorf("unit %q, want %q", got, c.unit)
			}
		})
	}
}

// A case that no rule assigns goes to the unit that is surely responsible, and
// to nobody below the threshold or where there is none.
func TestRouted(t *testing.T) {
	to := func(unit string, score float64) func(*huiying.Judgement) {
		return func(j *huiying.Judgement) {
			j.Tags[0].Notify = nil
			j.Routing = []huiying.Route{{Unit: unit, Score: score}}
		}
	}
	for name, c := range map[string]struct {
		above float64
		how   func(*huiying.Judgement)
		told  string
		unit  string
	}{
		"sure":          {.9, to("u-hall", .95), "amin>robot bo>mail duty>robot", "u-hall"},
		"not sure":      {.9, to("u-hall", .85), "duty>robot", ""},
		"never":         {0, to("u-hall", 1), "duty>robot", ""},
		"a department":  {.9, to("", .99), "duty>robot", ""},
		"a unit gone":   {.9, to("u-gone", .99), "duty>robot", ""},
		"the rule says": {.1, func(j *huiying.Judgement) { j.Routing = []huiying.Route{{Unit: "u-empty", Score: .99}} }, "amin>robot bo>mail", "u-hall"},
	} {
		d := newDesk(t)
		d.alerts = notifier.NewAlerts(notifier.AlertsOptions{
			Ledger: d.store, Cases: d.cases, Directory: directory{}, Now: func() time.Time { return d.now }, Zone: office, AssignAbove: c.above,
		})
		d.handle(event("weibo:1", huiying.LevelOrange, c.how))
		if got := d.told(); got != c.told {
			t.Errorf("%s: told %q, want %q", name, got, c.told)
		}
		if got := d.theCase().Unit; got != c.unit {
			t.Errorf("%s: unit %q, want %q", name, got, c.unit)
		}
	}
}

func TestBelowOrangeOpensNoCase(t *testing.T) {
	d := newDesk(t)
	d.handle(event("weibo:1", huiying.LevelYellow))
	d.handle(event("weibo:1", huiying.LevelYellow))
	d.handle(event("weibo:2", huiying.LevelNone))
	data := d.store.snapshot()
	if len(data.cases) != 0 || len(data.alerts) != 1 || len(data.deliveries) != 2 || d.woken != 1 {
		t.Errorf("%d cases, %d alerts, %d deliveries, woken %d", len(data.cases), len(data.alerts), len(data.deliveries), d.woken)
	}
	if _, ok := data.posts["weibo:2"]; ok {
		t.Error("an event that alerts nobody is the archive's")
	}
}

// A held post alerts nobody and opens nothing, and neither does a later
// revision of one that stands held.
func TestHeldPosts(t *testing.T) {
	d := newDesk(t)
	d.handle(event("weibo:1", huiying.LevelRed, func(j *huiying.Judgement) { j.Post.Held = true }))
	d.store.data.held = map[string]bool{"weibo:2": true}
	d.handle(event("weibo:2", huiying.LevelRed))
	data := d.store.snapshot()
	if len(data.cases) != 0 || len(data.alerts) != 0 || len(data.deliveries) != 0 || d.woken != 0 {
		t.Errorf("%d cases, %d alerts, %d deliveries, woken %d", len(data.cases), len(data.alerts), len(data.deliveries), d.woken)
	}
	if _, ok := data.posts["weibo:2"]; !ok {
		t.Error("the revision of a held post is lost")
	}
}

// Every post of a topic has its alert; people are told of the first, of every
// doubling, and when it gets more urgent.
func TestJoining(t *testing.T) {
	d := newDesk(t)
	var toldAt []int
	before := 0
	for n := 1; n <= 20; n++ {
		d.now = d.now.Add(time.Second)
		d.handle(event("weibo:"+strconv.Itoa(n), huiying.LevelOrange))
		if now := len(d.store.snapshot().deliveries); now > before {
			toldAt, before = append(toldAt, n), now
		}
	}
	if want := []int{1, 2, 4, 8, 16}; !slices.Equal(toldAt, want) {
		t.Errorf("told at posts %v, want %v", toldAt, want)
	}
	d.handle(event("weibo:21", huiying.LevelRed))
	data := d.store.snapshot()
	if len(data.deliveries) != before+2 {
		t.Error("nobody was told that it got more urgent")
	}
	c := d.theCase()
	if len(data.alerts) != 21 || len(data.cases) != 1 || len(c.Posts) != 21 || c.Level != huiying.LevelRed {
		t.Errorf("%d alerts, %d cases, %d posts, level %s", len(data.alerts), len(data.cases), len(c.Posts), c.Level)
	}
}

// A revision at the same level is no news; at a higher one it is.
func TestRevisions(t *testing.T) {
	d := newDesk(t)
	d.handle(event("weibo:1", huiying.LevelOrange))
	told := len(d.store.snapshot().deliveries)
	edited := event("weibo:1", huiying.LevelOrange, func(j *huiying.Judgement) { j.Post.Text += "（已编辑）" })
	d.handle(edited)
	data := d.store.snapshot()
	if len(data.deliveries) != told || !data.revisions[edited.ID] {
		t.Errorf("%d deliveries, saved %v", len(data.deliveries), data.revisions[edited.ID])
	}
	d.handle(event("weibo:1", huiying.LevelRed))
	data = d.store.snapshot()
	if len(data.deliveries) != 2*told || len(data.alerts) != 2 || len(data.cases) != 1 || d.theCase().Level != huiying.LevelRed {
		t.Errorf("%d deliveries, %d alerts, %d cases", len(data.deliveries), len(data.alerts), len(data.cases))
	}
}

// A dismissed matter is not opened anew by a repeat of its own post, only by
// another post; and no case number is lost on the way.
func TestDismissedStaysDismissed(t *testing.T) {
	d := newDesk(t)
	d.handle(event("weibo:1", huiying.LevelOrange, notify()))
	err := d.store.InTx(context.Background(), func(tx notifier.Tx) error {
		_, err := d.cases.DoIn(context.Background(), tx, huiying.Command{
			CaseNo: "HY20261123-0001", Action: "dismiss", Fields: map[string]string{"reason": "球赛"},
			Actor: huiying.Actor{ID: "duty", Roles: []huiying.Role{huiying.RoleOfficer}},
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	grown := event("weibo:1", huiying.LevelOrange, notify(), func(j *huiying.Judgement) { j.Post.Engagement.Reposts = 900 })
	d.handle(grown)
	data := d.store.snapshot()
	if len(data.cases) != 1 || len(data.alerts) != 1 || !data.revisions[grown.ID] {
		t.Errorf("%d cases, %d alerts, saved %v", len(data.cases), len(data.alerts), data.revisions[grown.ID])
	}
	d.handle(event("weibo:2", huiying.LevelOrange, notify()))
	if _, err := d.store.Case(context.Background(), "HY20261123-0002"); err != nil {
		t.Errorf("the next case did not get the next number: %v", err)
	}
}

// A case opened before its topic was known is found by the post itself, by
// what it repeats and by what it answers.
func TestCaseFoundWithoutTopic(t *testing.T) {
	for name, second := range map[string]func(*huiying.Judgement){
		"topic found later": func(j *huiying.Judgement) { j.Post.ID, j.Topic = "weibo:1", "t-9" },
		"duplicate":         func(j *huiying.Judgement) { j.DuplicateOf = "weibo:1" },
		"repost":            func(j *huiying.Judgement) { j.Post.RootID = "weibo:1" },
		"comment":           func(j *huiying.Judgement) { j.Post.ParentID = "weibo:1" },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.handle(event("weibo:1", huiying.LevelOrange, topic("")))
			d.handle(event("weibo:2", huiying.LevelRed, topic(""), second))
			if data := d.store.snapshot(); len(data.cases) != 1 || len(data.alerts) != 2 {
				t.Errorf("%d cases, %d alerts", len(data.cases), len(data.alerts))
			}
		})
	}
	d := newDesk(t)
	d.handle(event("weibo:1", huiying.LevelOrange, topic("")))
	d.handle(event("weibo:2", huiying.LevelOrange, topic("")))
	if data := d.store.snapshot(); len(data.cases) != 2 {
		t.Errorf("%d cases for two matters", len(data.cases))
	}
}

// Whatever fails, nothing is half done, and the repeat makes it whole.
func TestAlertAllOrNothing(t *testing.T) {
	for _, method := range []string{"SaveEvent", "OpenCase", "AddAlert", "PutCase", "Enqueue"} {
		t.Run(method, func(t *testing.T) {
			d := newDesk(t)
			d.store.fail[method] = errDisk
			if err := d.alerts.Handle(context.Background(), event("weibo:1", huiying.LevelRed)); !errors.Is(err, errDisk) {
				t.Fatalf("got %v", err)
			}
			data := d.store.snapshot()
			if left := len(data.posts) + len(data.alerts) + len(data.cases) + len(data.deliveries) + len(data.bus); left != 0 || d.woken != 0 {
				t.Errorf("%d things left behind, woken %d", left, d.woken)
			}
			d.handle(event("weibo:1", huiying.LevelRed))
			if data = d.store.snapshot(); len(data.alerts) != 1 || len(data.deliveries) != 2 {
				t.Errorf("%d alerts, %d deliveries", len(data.alerts), len(data.deliveries))
			}
		})
	}
	d := newDesk(t)
	broken := notifier.NewAlerts(notifier.AlertsOptions{
		Ledger: d.store, Cases: d.cases, Directory: directory{err: errDisk}, Now: func() time.Time { return start },
	})
	for _, ev := range []huiying.Event{event("weibo:1", huiying.LevelRed), event("weibo:1", huiying.LevelRed, notify())} {
		if err := broken.Handle(context.Background(), ev); !errors.Is(err, errDisk) {
			t.Errorf("got %v", err)
		}
	}
}

// Events in any order, repeated at will: every one that alerts has its alert,
// no topic has two open cases, and nobody is told twice for one cause.
func TestAnyOrderAnyRepeat(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := newDesk(t)
		var seen []huiying.Event
		for range rapid.IntRange(1, 40).Draw(rt, "events") {
			ev := event(
				"weibo:"+strconv.Itoa(rapid.IntRange(1, 8).Draw(rt, "post")), rapid.SampledFrom(huiying.Levels()).Draw(rt, "level"),
				topic(rapid.SampledFrom([]string{"", "t-1", "t-2"}).Draw(rt, "topic")),
				notify(rapid.SliceOfN(rapid.SampledFrom([]string{"u-hall", "u-empty", "bo", "group"}), 0, 3).Draw(rt, "notify")...),
				func(j *huiying.Judgement) { j.Post.Engagement.Likes = int64(rapid.IntRange(0, 99).Draw(rt, "likes")) },
			)
			seen = append(seen, ev)
			d.handle(ev)
			if rapid.Bool().Draw(rt, "repeat") {
				d.handle(rapid.SampledFrom(seen).Draw(rt, "again"))
			}
		}
		data := d.store.snapshot()
		for _, ev := range seen {
			_, ok := data.alerts[huiying.AlertID(ev.Subject, "r-queue", ev.Data.Level)]
			if ok != ev.Data.Level.Alerts() {
				rt.Fatalf("event %s at %s: alert %v", ev.ID, ev.Data.Level, ok)
			}
		}
		topics := map[string]string{}
		for no := range data.cases {
			c, err := d.store.Case(context.Background(), no)
			if err != nil {
				rt.Fatal(err)
			}
			if other, twice := topics[c.Topic]; twice && c.State.Open() {
				rt.Fatalf("%s and %s are both open for %s", no, other, c.Topic)
			}
			topics[c.Topic] = no
			if folded, err := casework.Fold(data.steps[no]); err != nil || folded.Version != c.Version {
				rt.Fatalf("fold: %v, version %d, want %d", err, folded.Version, c.Version)
			}
		}
		causes := map[string]bool{}
		for _, v := range data.deliveries {
			cause := fmt.Sprint(v.Alert.ID, v.Person, v.Channel)
			if causes[cause] {
				rt.Fatalf("told twice: %s", cause)
			}
			causes[cause] = true
		}
	})
}

type archive struct {
	sizes []int
	err   error
}

func (a *archive) SaveEvents(_ context.Context, evs []huiying.Event) error {
	a.sizes = append(a.sizes, len(evs))
	return a.err
}

func TestArchiver(t *testing.T) {
	evs := make([]huiying.Event, 450)
	reg := prometheus.NewRegistry()
	store := &archive{}
	if err := notifier.NewArchiver(store, reg).HandleBatch(context.Background(), evs); err != nil {
		t.Fatal(err)
	}
	if want := []int{200, 200, 50}; !slices.Equal(store.sizes, want) {
		t.Errorf("transactions of %v, want %v", store.sizes, want)
	}
	if n := testutil.ToFloat64(counter(t, reg, "huiying_notifier_archived_total")); n != 450 {
		t.Errorf("counted %v", n)
	}
	store.err = errDisk
	if err := notifier.NewArchiver(store, nil).HandleBatch(context.Background(), evs); !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
	if err := notifier.NewArchiver(store, nil).HandleBatch(context.Background(), nil); err != nil {
		t.Errorf("an empty batch: %v", err)
	}
}
