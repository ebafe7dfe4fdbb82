package notifier_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"huiying"
	"huiying/notifier"
	"huiying/notifier/channel"
	"huiying/notifier/route"
)

// routedDesk is a desk whose alerts go by a tree.
func routedDesk(t *testing.T, root route.Node, inhibit ...route.Inhibition) *desk {
	t.Helper()
	tree, err := route.New(root, inhibit, route.Clock{Zone: office})
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t)
	d.alerts = notifier.NewAlerts(notifier.AlertsOptions{
		Ledger: d.store, Cases: d.cases, Directory: directory{}, Now: func() time.Time { return d.now }, Zone: office, Routes: tree,
	})
	return d
}

// why lists what was decided about an alert.
func (d *desk) why(post string, level huiying.Level) string {
	var out []string
	for _, t := range d.store.snapshot().tellings[huiying.AlertID(post, "r-queue", level)] {
		one := t.Person + ">" + t.Channel + " " + t.Why
		if t.By != "" {
			one += "(" + t.By + ")"
		}
		out = append(out, one)
	}
	return strings.Join(out, "; ")
}

// Every alert has its decisions kept, also when nobody is told.
func TestTellingsAreKept(t *testing.T) {
	d := newDesk(t)
	for n, want := range []string{"told", "told", "joined(HY20261123-0001)", "told"} {
		id := "weibo:" + string(rune('1'+n))
		d.handle(event(id, huiying.LevelOrange))
		if got, want := d.why(id, huiying.LevelOrange), "amin>robot "+want+"; bo>mail "+want; got != want {
			t.Errorf("post %d: %s, want %s", n+1, got, want)
		}
	}
	f := d.store.snapshot().facts[huiying.AlertID("weibo:2", "r-queue", huiying.LevelOrange)]
	if f.Kind != huiying.AlertJoins || f.Case != "HY20261123-0001" || f.Unit != "u-hall" || f.Topic != "t-queue" || f.Platform != "weibo" {
		t.Errorf("facts %+v", f)
	}
}

// Routes decide who is told; which unit gets the case stays with the rule.
func TestRoutesTell(t *testing.T) {
	night := []route.Mute{{Hours: []string{"09:00-12:00"}}} // it is 09:30 in the office
	for _, c := range []struct {
		name string
		root route.Node
		ev   huiying.Event
		want string
	}{
		{"another unit", route.Node{To: []string{"bo", route.ToDefault}}, event("weibo:1", huiying.LevelOrange), "bo>mail told; duty>robot told"},
		{"on duty", route.Node{To: []string{route.ToDuty}}, event("weibo:1", huiying.LevelOrange), "duty>robot told"},
		{"by kind", route.Node{To: []string{"bo"}, Children: []route.Node{{Match: huiying.AlertMatch{Kinds: []string{"opens"}}, To: []string{"group"}}}}, event("weibo:1", huiying.LevelOrange), ">group told"},
		{"muted", route.Node{To: []string{"bo"}, Mute: night}, event("weibo:1", huiying.LevelOrange), "bo>mail muted"},
		{"red is not", route.Node{To: []string{"bo"}, Mute: night}, event("weibo:1", huiying.LevelRed), "bo>mail told"},
		{"nobody", route.Node{To: []string{route.ToNobody}}, event("weibo:1", huiying.LevelOrange), "> nobody"},
		{"nobody there", route.Node{To: []string{"u-empty"}}, event("weibo:1", huiying.LevelOrange), "> unreachable; duty>robot told"},
	} {
		d := routedDesk(t, c.root)
		d.handle(c.ev)
		if got := d.why("weibo:1", c.ev.Data.Level); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if d.theCase().Unit != "u-hall" {
			t.Errorf("%s: the case is with %q", c.name, d.theCase().Unit)
		}
		for _, out := range d.store.snapshot().deliveries {
			held := strings.Contains(c.want, "muted")
			if noon := time.Date(2026, 11, 23, 12, 0, 0, 0, office); held != out.NextAt.Equal(noon) || held != out.NotBefore.Equal(noon) {
				t.Errorf("%s: next at %v, not before %v", c.name, out.NextAt, out.NotBefore)
			}
		}
	}
}

// A red alert takes what is held of its case along.
func TestRedTakesAlong(t *testing.T) {
	d := routedDesk(t, route.Node{To: []string{"bo"}, Mute: []route.Mute{{Hours: []string{"09:00-12:00"}}}})
	d.handle(event("weibo:1", huiying.LevelOrange))
	d.now = d.now.Add(time.Minute)
	d.handle(event("weibo:2", huiying.LevelRed))
	for _, out := range d.store.snapshot().deliveries {
		if out.NextAt.After(d.now) {
			t.Errorf("%s of %s waits until %v", out.Alert.Level, out.Alert.PostID, out.NextAt)
		}
	}
}

// Silences and inhibitions keep people from being told, never the case, the
// alert or the message to the bus.
func TestSilencedAndInhibited(t *testing.T) {
	rule := route.Inhibition{Source: huiying.AlertMatch{Levels: []huiying.Level{"orange"}}, Target: huiying.AlertMatch{Levels: []huiying.Level{"yellow"}}, Equal: []string{route.ByTopic}}
	d := routedDesk(t, route.Node{To: []string{"bo"}, Repeat: route.Repeat{Every: time.Hour}}, rule)
	d.handle(event("weibo:1", huiying.LevelOrange))
	d.handle(event("weibo:2", huiying.LevelYellow))
	if got, want := d.why("weibo:2", huiying.LevelYellow), "bo>mail inhibited("+huiying.AlertID("weibo:1", "r-queue", huiying.LevelOrange)+")"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	d.store.data.silences = []huiying.Silence{{ID: "sl-1", Match: huiying.AlertMatch{Topics: []string{"t-road"}}, From: start, Until: start.Add(time.Hour)}}
	d.handle(event("weibo:3", huiying.LevelOrange, topic("t-road")))
	if got := d.why("weibo:3", huiying.LevelOrange); got != "bo>mail silenced(sl-1)" {
		t.Error(got)
	}
	data := d.store.snapshot()
	if len(data.cases) != 2 || len(data.alerts) != 3 || len(data.deliveries) != 1 {
		t.Errorf("%d cases, %d alerts, %d deliveries", len(data.cases), len(data.alerts), len(data.deliveries))
	}
	if len(data.repeats) != 2 { // whom a silence kept from hearing is told after it
		t.Errorf("%d repeats", len(data.repeats))
	}
}

// A failure anywhere in the telling undoes the whole alert; the event comes
// again and everything is there once.
func TestTellingIsOneTransaction(t *testing.T) {
	for _, method := range []string{"Silences", "SaveTellings", "AddRepeat"} {
		d := routedDesk(t, route.Node{To: []string{"bo"}, Repeat: route.Repeat{Every: time.Hour}})
		d.store.fail[method] = errDisk
		if err := d.alerts.Handle(context.Background(), event("weibo:1", huiying.LevelOrange)); !errors.Is(err, errDisk) {
			t.Fatalf("%s: %v", method, err)
		}
		if data := d.store.snapshot(); len(data.alerts)+len(data.cases)+len(data.deliveries)+len(data.repeats)+len(data.tellings) != 0 {
			t.Errorf("%s left something behind", method)
		}
		d.handle(event("weibo:1", huiying.LevelOrange))
		if data := d.store.snapshot(); len(data.alerts) != 1 || len(data.deliveries) != 1 || len(data.tellings) != 1 || len(data.repeats) != 1 {
			t.Errorf("%s: not there once", method)
		}
	}
}

// A repeat is kept under the route that asks for it, even where another tells.
func TestRepeatOfTheOtherRoute(t *testing.T) {
	d := routedDesk(t, route.Node{Children: []route.Node{
		{Name: "first", To: []string{"amin"}, Continue: true},
		{Name: "again", To: []string{"amin"}, Repeat: route.Repeat{Every: time.Minute}},
	}})
	d.handle(event("weibo:1", huiying.LevelRed))
	repeats := d.store.snapshot().repeats
	if len(repeats) != 1 {
		t.Fatalf("repeats %+v", repeats)
	}
	for _, r := range repeats {
		if r.Path != "root/again" || r.Every != time.Minute || r.Person != "amin" || r.Channel != "robot" {
			t.Errorf("%+v", r)
		}
	}
}

// Those told in one message share its outcome, and the message is about the
// most urgent of them.
func TestFold(t *testing.T) {
	for name, c := range map[string]struct {
		reply func(int) channel.Outcome
		state huiying.DeliveryState
		mail  int
	}{
		"accepted": {nil, huiying.DeliveryAccepted, 0},
		"later":    {later, huiying.DeliveryRetrying, 0},
		"refused":  {refuse, huiying.DeliveryDead, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPostRoom(t)
				p.robot.reply = c.reply
				var ids []string
				for i, level := range []huiying.Level{huiying.LevelYellow, huiying.LevelOrange, huiying.LevelYellow} {
					d := delivery("amin", "robot", level)
					d.Alert.ID, d.Alert.CaseNo, d.Group = d.Alert.ID+string(rune('a'+i)), "", "topic:t-queue"
					d.ID = huiying.DeliveryID(d.Alert.ID, d.Person, d.Channel)
					ids = append(ids, d.ID)
					p.store.add(d)
				}
				stop := p.run()
				synctest.Wait()
				stop()
				sent := p.robot.messages()
				if len(sent) != 1 || sent[0].Level != huiying.LevelOrange || !strings.Contains(strings.Join(sent[0].Lines, "\n"), "同组另有 2 条：黄 2") {
					t.Fatalf("%d messages: %+v", len(sent), sent)
				}
				for _, id := range ids {
					if d := p.store.delivery(t, id); d.State != c.state || d.Attempts != 1 {
						t.Errorf("%s %s after %d", id, d.State, d.Attempts)
					}
				}
				if mail := p.mail.messages(); len(mail) != c.mail {
					t.Errorf("%d mails", len(mail))
				}
			})
		})
	}
}

// A message of several names every one of them, under an id of its own that a
// repeat keeps; and what failed together is tried again together.
func TestGroupNamesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chance := 0.0
		p := newPostRoom(t, func(o *notifier.SenderOptions) {
			o.Jitter = func() float64 { chance += 0.1; return chance }
		})
		p.robot.reply = func(n int) channel.Outcome {
			if n == 1 {
				return later(n)
			}
			return channel.Outcome{Result: channel.Accepted}
		}
		var want []string
		for i := range 3 {
			d := delivery("amin", "robot", huiying.LevelYellow)
			d.Alert.ID, d.Alert.CaseNo, d.Group = d.Alert.ID+string(rune('a'+i)), "", "topic:t-queue"
			d.ID = huiying.DeliveryID(d.Alert.ID, d.Person, d.Channel)
			want = append(want, d.ID)
			p.store.add(d)
		}
		stop := p.run()
		time.Sleep(5 * time.Minute)
		stop()
		sent := p.robot.messages()
		if len(sent) != 2 || sent[0].DeliveryID != sent[1].DeliveryID || !strings.HasPrefix(sent[0].DeliveryID, "g-") {
			t.Fatalf("%d messages: %+v", len(sent), sent)
		}
		var got []string
		for _, one := range sent[1].Digest {
			got = append(got, one.DeliveryID)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("named %v, want %v", got, want)
		}
		for _, id := range want {
			if d := p.store.delivery(t, id); d.State != huiying.DeliveryAccepted || d.Digest != sent[1].DeliveryID {
				t.Errorf("%+v", d)
			}
		}
	})
}
