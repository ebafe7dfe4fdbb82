package channel_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying/notifier/channel"
)

// However messages come, no window of any rate ever holds more than it may, and
// whoever waits as told gets through.
func TestNoWindowIsEverOverfull(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rates := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) channel.Rate {
			return channel.Rate{
				Messages: rapid.IntRange(1, 30).Draw(rt, "messages"),
				Window:   rapid.SampledFrom([]time.Duration{time.Second, time.Minute, 5 * time.Minute, time.Hour}).Draw(rt, "window"),
			}
		}), 1, 2).Draw(rt, "rates")
		l, at := channel.NewLimiter(rates), now
		var sent []time.Time
		for range rapid.IntRange(1, 200).Draw(rt, "asked") {
			at = at.Add(time.Duration(rapid.IntRange(0, 3000).Draw(rt, "ms")) * time.Millisecond)
			if wait := l.Wait(at); wait > 0 {
				at = at.Add(wait)
				if rest := l.Wait(at); rest > 0 {
					rt.Fatalf("told to wait %v, then %v more", wait, rest)
				}
			}
			if l.Room(at) < 1 {
				rt.Fatalf("no room, and no wait")
			}
			l.Take(at)
			sent = append(sent, at)
		}
		for _, r := range rates {
			for i := r.Messages; i < len(sent); i++ {
				if gap := sent[i].Sub(sent[i-r.Messages]); gap < r.Window {
					rt.Fatalf("%d messages within %v, of %+v", r.Messages+1, gap, r)
				}
			}
		}
	})
}

// Half of a minute's messages go out at once; the other half is spread, so that
// something goes out every few seconds.
func TestTheOtherHalfIsSpread(t *testing.T) {
	l, at := channel.NewLimiter([]channel.Rate{{Messages: 20, Window: time.Minute}}), now
	if !l.Quiet(at) || l.Room(at) != 10 {
		t.Fatalf("quiet %v, room %d", l.Quiet(at), l.Room(at))
	}
	for range 10 {
		if wait := l.Wait(at); wait != 0 {
			t.Fatalf("waits %v within the first half", wait)
		}
		l.Take(at)
	}
	for range 30 {
		wait := l.Wait(at)
		if wait != 6*time.Second && wait > 6*time.Second {
			t.Fatalf("waits %v", wait)
		}
		at = at.Add(wait)
		l.Take(at)
	}
	if l.Quiet(at) {
		t.Error("quiet while sending")
	}
}

func TestCloseAndRemember(t *testing.T) {
	l := channel.NewLimiter([]channel.Rate{{Messages: 20, Window: time.Minute}})
	for i := range 20 {
		l.Sent(now.Add(-time.Duration(20-i) * time.Second))
	}
	if wait := l.Wait(now); wait != 40*time.Second {
		t.Errorf("after a start waits %v, want 40s", wait)
	}
	l.Close(now.Add(10 * time.Minute))
	l.Close(now.Add(time.Minute))
	if wait := l.Wait(now); wait != 10*time.Minute {
		t.Errorf("muted: waits %v", wait)
	}
}

// An office may lower what the provider states and never raise it.
func TestLower(t *testing.T) {
	robot := channel.Limits{Rates: []channel.Rate{{Messages: 20, Window: time.Minute}, {Messages: 1000, Window: time.Hour}}}
	for n, want := range map[int]int{0: 20, 5: 5, 20: 20, 21: 20, 1000: 20} {
		if got := robot.Lower(n); got.PerMinute() != want || len(got.Rates) != 2 {
			t.Errorf("lowered to %d: %+v", n, got)
		}
	}
	if got := (channel.Limits{}).Lower(7); got.PerMinute() != 7 {
		t.Errorf("none stated: %+v", got)
	}
}
