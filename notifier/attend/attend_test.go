package attend_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/outbox"
	"huiying/internal/store/record"
	"huiying/internal/store/routes"
	"huiying/internal/store/storetest"
	"huiying/notifier"
	"huiying/notifier/attend"
	"huiying/notifier/casework"
	"huiying/notifier/repeat"
	"huiying/notifier/route"
)

func people() []huiying.Person {
	person := func(id, unit string, roles ...huiying.Role) huiying.Person {
		return huiying.Person{ID: id, Name: "同事" + id, Unit: unit, Roles: roles, Contacts: []huiying.Contact{{Channel: "robot", Address: id}}}
	}
	mute := person("mute", "u-hall", huiying.RoleResponder)
	mute.Contacts = nil
	return []huiying.Person{
		person("duty", "", huiying.RoleOfficer), person("night", "", huiying.RoleOfficer), person("boss", "", huiying.RoleManager),
		person("an", "u-hall", huiying.RoleResponder), person("bo", "u-hall", huiying.RoleResponder), person("lu", "u-road", huiying.RoleResponder),
		person("chief", "u-hall", huiying.RoleReviewer), person("root", "", huiying.RoleAdmin), mute,
	}
}

type directory struct{}

func (directory) Recipients(_ context.Context, ids []string) (out []notifier.Recipient, err error) {
	for _, p := range people() {
		if !slices.Contains(ids, p.ID) && (p.Unit == "" || !slices.Contains(ids, p.Unit) || !slices.Contains(p.Roles, huiying.RoleResponder)) {
			continue
		}
		r := notifier.Recipient{Person: p, Unit: p.Unit}
		if len(p.Contacts) > 0 {
			r.Channel, r.Address = p.Contacts[0].Channel, p.Contacts[0].Address
		}
		out = append(out, r)
	}
	return out, nil
}

// room is an office with one orange case of u-hall that nobody has acknowledged,
// whose ladder climbs in twenty minutes, and an alert below orange.
type room struct {
	t      *testing.T
	s      *store.Store
	clock  *storetest.Clock
	ledger *record.Ledger
	engine *casework.Engine
	desk   *attend.Desk
	aside  []string
	woken  int
	urgent huiying.Alert
	plain  huiying.Alert
}

func newRoom(t *testing.T) *room {
	t.Helper()
	r := &room{t: t, clock: storetest.NewClock()}
	o := storetest.Options(r.clock)
	r.s = storetest.Engines()[0].Open(t, o)
	r.ledger = record.New(r.s)
	ladder := huiying.Ladder{Policy: "orange", Needs: 1, Rungs: []huiying.Rung{{After: 20 * time.Minute, Notify: []string{"duty"}}, {After: 20 * time.Minute, Notify: []string{"boss"}}}}
	r.engine = casework.New(casework.Options{
		Now: r.clock.Now, Ladders: func(huiying.Case) huiying.Ladder { return ladder },
		Ledger: casework.LedgerFunc(func(ctx context.Context, f func(casework.Tx) error) error {
			return r.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
		}),
	})
	words, err := locale.Load()
	r.must(err)
	r.desk = attend.New(attend.Options{
		InTx: func(ctx context.Context, f func(attend.Tx) error) error {
			return r.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
		},
		Cases: r.engine, Directory: directory{}, Now: r.clock.Now, Woken: func() { r.woken++ },
		People: func(context.Context) ([]huiying.Person, error) { return people(), nil },
		Units: func(context.Context) ([]huiying.Unit, error) {
			return []huiying.Unit{{ID: "u-hall", Name: "大厅"}, {ID: "u-road", Name: "交通"}, {ID: "u-empty", Name: "空"}}, nil
		},
		Aside: func(_ context.Context, post string, by huiying.Actor, note string) error {
			r.aside = append(r.aside, strings.TrimSpace(post+" "+by.ID+" "+note))
			return nil
		},
		Texts: func(key string, args ...any) string { return words.Text(locale.Chinese, key, args...) },
	})
	r.raise()
	return r
}

func (r *room) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) raise() {
	r.t.Helper()
	r.urgent = huiying.Alert{ID: "a-urgent", PostID: "weibo:1", Rule: "r", RuleName: "大厅排队", Level: huiying.LevelOrange, Unit: "u-hall", Topic: "t1", CaseNo: "HY20261123-0001", RaisedAt: r.clock.Now()}
	r.plain = huiying.Alert{ID: "a-plain", PostID: "weibo:2", Rule: "r", RuleName: "大厅排队", Level: huiying.LevelYellow, Unit: "u-hall", Topic: "t2", RaisedAt: r.clock.Now()}
	r.must(r.ledger.InTx(r.t.Context(), func(tx *record.Tx) error {
		_, err := r.engine.Detect(r.t.Context(), tx, casework.Opening{
			No: r.urgent.CaseNo, Level: huiying.LevelOrange, Title: "大厅排队", Topic: "t1", Rule: "r", Post: "weibo:1", FirstSeenAt: r.clock.Now(), PublishedAt: r.clock.Now(),
		})
		if err != nil {
			return err
		}
		for _, a := range []huiying.Alert{r.urgent, r.plain} {
			if _, err := tx.AddAlert(r.t.Context(), a); err != nil {
				return err
			}
		}
		return nil
	}))
	r.step("duty", "assign", "unit", "u-hall")
}

func (r *room) person(id string) huiying.Person {
	list := people()
	return list[slices.IndexFunc(list, func(p huiying.Person) bool { return p.ID == id })]
}

func (r *room) step(who, action string, fields ...string) {
	r.t.Helper()
	p := r.person(who)
	cmd := huiying.Command{CaseNo: r.urgent.CaseNo, Action: action, Actor: huiying.Actor{ID: p.ID, Unit: p.Unit, Roles: p.Roles}, Fields: map[string]string{}}
	for i := 0; i < len(fields); i += 2 {
		cmd.Fields[fields[i]] = fields[i+1]
	}
	_, err := r.engine.Do(r.t.Context(), cmd)
	r.must(err)
}

func (r *room) do(d attend.Deed) (attend.Done, error) { return r.desk.Do(r.t.Context(), d) }

func (r *room) theCase() huiying.Case {
	r.t.Helper()
	c, err := r.ledger.Case(r.t.Context(), r.urgent.CaseNo)
	r.must(err)
	return c
}

// told are the deliveries of an alert as person/address, and the tellings by whom.
func (r *room) told(a huiying.Alert) (to, by []string) {
	r.t.Helper()
	list, err := outbox.NewDeliveries(r.s).List(r.t.Context(), query.DeliveryFilter{})
	r.must(err)
	for _, d := range list {
		if d.Alert.ID == a.ID {
			to = append(to, d.Person+" "+d.Address)
		}
	}
	kept, err := routes.Of(r.t.Context(), r.s.Reader(), a.ID)
	if huiying.ErrorCode(err) != huiying.NotFound {
		r.must(err)
	}
	for _, t := range kept.Tellings {
		by = append(by, t.By+" "+t.Why+" "+t.Person)
	}
	slices.Sort(to)
	return to, by
}

func key(err error) string {
	if e, ok := errors.AsType[*huiying.Error](err); ok {
		return e.Key
	}
	return ""
}

// A colleague gets the case along with the alert, the one who handed on stays in
// the record, and the ladder climbs when it would have.
func TestHandOnToColleague(t *testing.T) {
	r := newRoom(t)
	climbs := r.theCase().Ladder.NextAt
	r.clock.Advance(15 * time.Minute)
	if _, err := r.do(attend.Deed{Alert: r.urgent, Action: attend.HandOn, By: r.person("an"), To: "bo", Reason: "我在外地"}); err != nil {
		t.Fatal(err)
	}
	c := r.theCase()
	if c.Owner != "bo" || c.State != huiying.StateAwaitingAck || !c.AckedAt.IsZero() {
		t.Errorf("%s owned by %s", c.State, c.Owner)
	}
	if !c.Ladder.NextAt.Equal(climbs) || c.Ladder.Next != 0 {
		t.Errorf("it climbs at %v, not at %v as before", c.Ladder.NextAt, climbs)
	}
	to, by := r.told(r.urgent)
	if !slices.Equal(to, []string{"bo bo"}) || !slices.Equal(by, []string{"an handed_on bo"}) || r.woken != 1 {
		t.Errorf("told %v, because of %v", to, by)
	}
	steps, err := r.ledger.Steps(t.Context(), c.No)
	r.must(err)
	if last := steps[len(steps)-1]; last.Action != "reassign" || last.Actor != "an" {
		t.Errorf("the record says %s by %s", last.Action, last.Actor)
	}
	r.step("bo", "ack")
	if c := r.theCase(); !c.Ladder.NextAt.IsZero() {
		t.Error("it climbs though the new one acknowledged")
	}
}

// Another unit gets the case; its ladder begins anew, but no later than the old
// one would have climbed.
func TestHandOnToUnit(t *testing.T) {
	r := newRoom(t)
	climbs := r.theCase().Ladder.NextAt
	r.clock.Advance(15 * time.Minute)
	if _, err := r.do(attend.Deed{Alert: r.urgent, Action: attend.HandOn, By: r.person("duty"), To: "u-road"}); err != nil {
		t.Fatal(err)
	}
	c := r.theCase()
	if c.Unit != "u-road" || c.Owner != "" || !c.Ladder.NextAt.Equal(climbs) {
		t.Errorf("with %s, climbs at %v", c.Unit, c.Ladder.NextAt)
	}
	if to, _ := r.told(r.urgent); !slices.Equal(to, []string{"lu lu"}) {
		t.Errorf("told %v", to)
	}
}

// Whoever could not handle the case is told of it alone; the record says by whom.
func TestHandOnTellsOnly(t *testing.T) {
	r := newRoom(t)
	before := r.theCase()
	if _, err := r.do(attend.Deed{Alert: r.urgent, Action: attend.HandOn, By: r.person("duty"), To: "night", Reason: "换我休息"}); err != nil {
		t.Fatal(err)
	}
	after := r.theCase()
	if after.Unit != before.Unit || after.Owner != before.Owner || after.State != before.State || !after.Ladder.NextAt.Equal(before.Ladder.NextAt) {
		t.Errorf("%+v", after)
	}
	steps, err := r.ledger.Steps(t.Context(), after.No)
	r.must(err)
	text := ""
	for _, v := range steps[len(steps)-1].Payload {
		if strings.HasPrefix(v, "sha256:") {
			if text, err = r.ledger.Text(t.Context(), v); err != nil {
				t.Fatal(err)
			}
		}
	}
	if last := steps[len(steps)-1]; last.Action != "note" || last.Actor != "duty" || !strings.Contains(text+last.Payload["note"], "把预警转给同事night：换我休息") {
		t.Errorf("the record says %+v %q", last, text)
	}
	if to, by := r.told(r.urgent); !slices.Equal(to, []string{"night night"}) || !slices.Equal(by, []string{"duty handed_on night"}) {
		t.Errorf("told %v, because of %v", to, by)
	}
}

// Without a case there is nothing but the telling, which is kept once.
func TestHandOnWithoutCase(t *testing.T) {
	r := newRoom(t)
	deed := attend.Deed{Alert: r.plain, Action: attend.HandOn, By: r.person("an"), To: "duty"}
	if _, err := r.do(deed); err != nil {
		t.Fatal(err)
	}
	if _, err := r.do(deed); key(err) != "attend.handed_already" {
		t.Errorf("twice: %v", err)
	}
	deed.By, deed.To = r.person("duty"), "u-hall"
	if _, err := r.do(deed); err != nil {
		t.Fatal(err)
	}
	to, by := r.told(r.plain)
	if !slices.Equal(to, []string{"an an", "bo bo", "duty duty"}) || !slices.Equal(by, []string{"an handed_on duty", "duty handed_on an", "duty handed_on bo"}) {
		t.Errorf("told %v, because of %v", to, by)
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name, who string
		deed      attend.Deed
		ended     bool
		want      string
	}{
		{"what there is not", "an", attend.Deed{Action: "mute"}, false, "attend.action"},
		{"to nobody", "an", attend.Deed{Action: attend.HandOn}, false, "attend.no_target"},
		{"to oneself", "an", attend.Deed{Action: attend.HandOn, To: "an"}, false, "attend.no_target"},
		{"to another unit's", "an", attend.Deed{Action: attend.HandOn, To: "lu"}, false, "attend.no_target"},
		{"a responder to a unit", "an", attend.Deed{Action: attend.HandOn, To: "u-road"}, false, "attend.no_target"},
		{"to an administrator", "duty", attend.Deed{Action: attend.HandOn, To: "root"}, false, "attend.no_target"},
		{"to whom no channel reaches", "an", attend.Deed{Action: attend.HandOn, To: "mute"}, false, "attend.no_target"},
		{"to a unit of nobody", "duty", attend.Deed{Action: attend.HandOn, To: "u-empty"}, false, "attend.unreachable"},
		{"of a case that ended", "duty", attend.Deed{Action: attend.HandOn, To: "night"}, true, "attend.closed"},
		{"in ten minutes", "an", attend.Deed{Action: attend.Snooze, Minutes: 10}, false, "attend.minutes"},
		{"whom nothing reaches", "mute", attend.Deed{Action: attend.Snooze, Minutes: 15}, false, "attend.no_contact"},
		{"of an ended case", "an", attend.Deed{Action: attend.Snooze, Minutes: 15}, true, "attend.closed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRoom(t)
			if c.ended {
				r.step("an", "return_back", "reason", "x")
				r.step("duty", "dismiss", "reason", "x")
			}
			before := r.theCase().Version
			c.deed.Alert, c.deed.By = r.urgent, r.person(c.who)
			if _, err := r.do(c.deed); key(err) != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if to, _ := r.told(r.urgent); len(to) > 0 || r.theCase().Version != before || r.woken != 0 {
				t.Errorf("something was done: %v", to)
			}
		})
	}
}

// repeater is the loop that tells again, as the service runs it.
func (r *room) repeater() *repeat.Repeater {
	tree, err := route.New(route.Node{To: []string{"duty"}}, nil, route.Clock{Zone: time.UTC})
	r.must(err)
	return repeat.New(repeat.Options{
		Due: routes.New(r.s), Routes: tree, Now: r.clock.Now, Logger: slog.New(slog.DiscardHandler),
		InTx: func(ctx context.Context, f func(repeat.Tx) error) error {
			return r.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
		},
	})
}

// A reminder comes once, to the one who asked, before the ladder climbs, and the
// ladder climbs all the same.
func TestSnooze(t *testing.T) {
	r := newRoom(t)
	climbs := r.theCase().Ladder.NextAt
	loop := r.repeater()
	ask := func(minutes int) attend.Done {
		t.Helper()
		done, err := r.do(attend.Deed{Alert: r.urgent, Action: attend.Snooze, By: r.person("an"), Minutes: minutes})
		r.must(err)
		return done
	}
	if done := ask(15); done.Sooner || !done.At.Equal(r.clock.Now().Add(15*time.Minute).Truncate(time.Microsecond)) {
		t.Errorf("%+v", done)
	}
	done := ask(60) // the last asked for holds
	if !done.Sooner || !done.At.Equal(climbs.Add(-2*time.Minute)) {
		t.Errorf("at %v, sooner %v; it climbs at %v", done.At, done.Sooner, climbs)
	}
	look := func(want int) {
		t.Helper()
		r.must(loop.Tick(t.Context()))
		if to, _ := r.told(r.urgent); len(to) != want || want > 0 && to[0] != "an an" {
			t.Errorf("told %v, want %d", to, want)
		}
	}
	r.clock.Advance(15 * time.Minute)
	look(0)
	r.clock.Advance(3 * time.Minute)
	look(1)
	look(1)
	if c := r.theCase(); !c.Ladder.NextAt.Equal(climbs) {
		t.Errorf("it climbs at %v, not %v", c.Ladder.NextAt, climbs)
	}
	if _, err := r.do(attend.Deed{Alert: r.urgent, Action: attend.Snooze, By: r.person("an"), Minutes: 15}); key(err) != "attend.too_late" {
		t.Errorf("when it is about to climb: %v", err)
	}
	r.clock.Advance(24 * time.Hour)
	look(1)
}

// Nobody is reminded of what was acknowledged meanwhile.
func TestSnoozeEnds(t *testing.T) {
	r := newRoom(t)
	for _, a := range []huiying.Alert{r.urgent, r.plain} {
		_, err := r.do(attend.Deed{Alert: a, Action: attend.Snooze, By: r.person("an"), Minutes: 15, Over: huiying.Contact{Channel: "mail", Address: "an@example.org"}})
		r.must(err)
	}
	r.step("bo", "ack")
	r.clock.Advance(16 * time.Minute)
	r.must(r.repeater().Tick(t.Context()))
	if to, _ := r.told(r.urgent); len(to) > 0 {
		t.Errorf("reminded of what is acknowledged: %v", to)
	}
	if to, _ := r.told(r.plain); !slices.Equal(to, []string{"an an@example.org"}) {
		t.Errorf("told %v", to)
	}
	if _, err := r.do(attend.Deed{Alert: r.urgent, Action: attend.Snooze, By: r.person("an"), Minutes: 15}); key(err) != "attend.acked" {
		t.Errorf("%v", err)
	}
}

func TestFalseAlarm(t *testing.T) {
	r := newRoom(t)
	say := func(a huiying.Alert, who, why string) error {
		_, err := r.do(attend.Deed{Alert: a, Action: attend.FalseAlarm, By: r.person(who), Reason: why})
		return err
	}
	may := func(a huiying.Alert, who string) bool {
		p := r.person(who)
		c := huiying.Case{}
		if a.CaseNo != "" {
			c = r.theCase()
		}
		return attend.MayBeFalse(a, c, huiying.Actor{ID: p.ID, Unit: p.Unit, Roles: p.Roles})
	}
	if may(r.plain, "an") || key(say(r.plain, "an", "")) != "attend.false_role" {
		t.Error("a responder sets a post aside")
	}
	if !may(r.plain, "duty") || say(r.plain, "duty", " 是歌词 ") != nil || !slices.Equal(r.aside, []string{"weibo:2 duty 是歌词"}) {
		t.Errorf("set aside %v", r.aside)
	}
	if may(r.urgent, "lu") || may(r.urgent, "duty") || !may(r.urgent, "an") {
		t.Error("who may call it false while the unit has it")
	}
	if err := say(r.urgent, "lu", ""); huiying.ErrorCode(err) != huiying.Forbidden {
		t.Errorf("another unit: %v", err)
	}
	r.must(say(r.urgent, "an", "同名的另一个大厅"))
	if c := r.theCase(); c.State != huiying.StatePendingTriage {
		t.Errorf("given back it is %s", c.State)
	}
	if may(r.urgent, "an") || !may(r.urgent, "duty") {
		t.Error("who may call it false in triage")
	}
	r.must(say(r.urgent, "duty", ""))
	if c := r.theCase(); c.State != huiying.StateDismissed {
		t.Errorf("it is %s", c.State)
	}
	if key(say(r.urgent, "duty", "")) != "attend.closed" {
		t.Error("twice")
	}
}
