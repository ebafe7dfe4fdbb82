package measure_test

import (
	"testing"
	"time"

	"huiying"
	"huiying/notifier/casework/machine"
	"huiying/notifier/casework/measure"
)

// An answer that was in time because the limit was suspended and put off is not
// in time from first seen; one whose limit was shortened is held against that.
func TestFromFirstSeen(t *testing.T) {
	weibo := huiying.Origin{Platform: "weibo", Kind: "post"}
	const respond = "yq.other.respond"
	extended := open(t, "1-extended", huiying.LevelOrange, weibo)
	extended.step(time.Minute, "assign", "desk", map[string]string{"unit": "u"}).step(2*time.Minute, "ack", "resp", map[string]string{})
	extended.step(10*time.Hour, "extend", "boss", map[string]string{"reason": "sha256:1", "preset": respond,
		machine.ClockDue + respond: machine.Span{Start: start, Due: start.Add(96 * time.Hour), Extended: true}.String()})
	extended.step(60*time.Hour, "submit", "resp", map[string]string{"text": "sha256:1"})
	extended.step(61*time.Hour, "approve", "boss", map[string]string{"secrecy": "on", "business": "on"})
	extended.step(62*time.Hour, "publish", "resp", map[string]string{"at": machine.Stamp(start.Add(62 * time.Hour)), machine.ClockMet + respond: machine.Stamp(start.Add(62 * time.Hour))})
	shorter := open(t, "2-shorter", huiying.LevelOrange, weibo)
	shorter.step(time.Minute, "regrade", "desk", map[string]string{"level": "red", machine.ClockDue + respond: machine.Span{Start: start, Due: start.Add(5 * time.Hour)}.String()})
	shorter.answered(4 * time.Hour)
	got := figures(extended.done(), shorter.done())
	if f := got["on_time_official"]; f.Numerator != 2 || f.Denominator != 2 {
		t.Errorf("official: %+v", f)
	}
	if f := got["on_time_seen"]; f.Numerator != 1 || f.Denominator != 2 || f.Out[0] != "1-extended" {
		t.Errorf("from first seen: %+v", f)
	}
}

// A step counts for the unit that had the case when it was taken, whoever has
// it now.
func TestMomentsAreOfTheUnitThen(t *testing.T) {
	h := open(t, "1-moved", huiying.LevelOrange, huiying.Origin{Platform: "weibo", Kind: "post"})
	h.step(time.Minute, "assign", "desk", map[string]string{"unit": "u-first"}).
		step(2*time.Minute, "remind", "system", map[string]string{}).
		step(3*time.Minute, "return_back", "resp", map[string]string{"reason": "sha256:3"}).
		step(4*time.Minute, "assign", "desk", map[string]string{"unit": "u-second"}).
		step(5*time.Minute, "supervise", "boss", map[string]string{"reason": "sha256:4"})
	s := measure.Sum(h.done(), ours)
	want := []struct {
		unit, actor string
		returned    bool
	}{{"u-first", "system", false}, {"u-first", "resp", true}, {"u-second", "boss", false}}
	if len(s.Moments) != len(want) {
		t.Fatalf("%+v", s.Moments)
	}
	for i, w := range want {
		if m := s.Moments[i]; m.Unit != w.unit || m.Actor != w.actor || m.Returned() != w.returned || m.Urged() == w.returned {
			t.Errorf("%d: %+v", i, m)
		}
	}
	if at := start.Add(48 * time.Hour); !s.PressesAt.Equal(at) || len(measure.Overdue([]*measure.Sheet{s}, at)) != 1 || len(measure.Overdue([]*measure.Sheet{s}, at.Add(-1))) != 0 {
		t.Errorf("presses at %v", s.PressesAt)
	}
}
