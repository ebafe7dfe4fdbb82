package lane_test

import (
	"testing"
	"time"

	"huiying/notifier/channel"
	"huiying/notifier/lane"
)

var now = time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)

// What is counted is the whole channel or each address, as its provider does.
func TestKeys(t *testing.T) {
	minute := []channel.Rate{{Messages: 20, Window: time.Minute}}
	l := lane.New(4, map[string]channel.Limits{
		"robot": {Rates: minute}, "app": {Rates: minute, PerAddress: true}, "free": {},
	})
	for _, c := range []struct {
		over, address string
		want          lane.Key
		counted       bool
	}{
		{"robot", "a", lane.Key{Channel: "robot"}, true}, {"app", "a", lane.Key{Channel: "app", Address: "a"}, true},
		{"free", "a", lane.Key{}, false}, {"unknown", "", lane.Key{}, false},
	} {
		if got, counted := l.Of(c.over, c.address); got != c.want || counted != c.counted {
			t.Errorf("%s %s: %+v %v", c.over, c.address, got, counted)
		}
	}
	if l.Longest() != time.Minute {
		t.Errorf("longest %v", l.Longest())
	}
	a, b := l.Counted(lane.Key{Channel: "app", Address: "a"}), l.Counted(lane.Key{Channel: "app", Address: "b"})
	if !a.Hold() || a.Hold() || !b.Hold() || l.Counted(lane.Key{Channel: "app", Address: "a"}) != a {
		t.Error("one at a time over each key")
	}
	a.Free()
	if !a.Hold() {
		t.Error("not given back")
	}
}

// Three slow failures in a row close a channel for a while; a quick answer, or
// an acceptance, opens it.
func TestClosed(t *testing.T) {
	l := lane.New(4, nil)
	fail := func(took time.Duration) time.Time {
		if wait := l.Enter("robot", now); wait > 0 {
			t.Fatalf("waits %v", wait)
		}
		end := now.Add(took)
		l.Leave("robot", now, end, channel.Retry)
		return end
	}
	fail(2 * time.Second)
	fail(2 * time.Second)
	fail(time.Millisecond) // it answers after all
	fail(2 * time.Second)
	fail(2 * time.Second)
	end := fail(2 * time.Second)
	if wait := l.Enter("robot", end); wait != 15*time.Second {
		t.Errorf("waits %v", wait)
	}
	if wait := l.Enter("mail", end); wait != 0 {
		t.Errorf("another waits %v", wait)
	}
	if wait := l.Enter("robot", end.Add(15*time.Second)); wait != 0 {
		t.Errorf("the one that tries it waits %v", wait)
	}
	if wait := l.Enter("robot", end.Add(15*time.Second)); wait == 0 {
		t.Error("a second tries it, too")
	}
}
