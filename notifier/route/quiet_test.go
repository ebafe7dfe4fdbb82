package route_test

import (
	"testing"
	"time"

	"huiying"
	"huiying/notifier/route"
)

func shift(from, until string) huiying.DutyShift {
	return huiying.DutyShift{Person: "an", From: at(from), Until: at(until)}
}

// 2026-11-23 is a Monday.
func TestQuietUntil(t *testing.T) {
	clock := route.Clock{Zone: zone}
	for _, c := range []struct {
		name, hours, at, until string
		duty                   []huiying.DutyShift
		onDuty                 bool
	}{
		{"by day", "22:00-07:00", "2026-11-23 12:00:00", "2026-11-23 12:00:00", nil, false},
		{"at night", "22:00-07:00", "2026-11-23 22:00:00", "2026-11-24 07:00:00", nil, false},
		{"past midnight", "22:00-07:00", "2026-11-24 00:00:00", "2026-11-24 07:00:00", nil, false},
		{"the last second", "22:00-07:00", "2026-11-24 06:59:59", "2026-11-24 07:00:00", nil, false},
		{"the end", "22:00-07:00", "2026-11-24 07:00:00", "2026-11-24 07:00:00", nil, false},
		{"Friday's night", "fri 22:00-07:00", "2026-11-28 03:00:00", "2026-11-28 07:00:00", nil, false},
		{"not Saturday's", "fri 22:00-07:00", "2026-11-28 23:00:00", "2026-11-28 23:00:00", nil, false},
		{"on duty", "22:00-07:00", "2026-11-23 23:00:00", "2026-11-23 23:00:00", []huiying.DutyShift{shift("2026-11-23 18:00:00", "2026-11-24 08:00:00")}, true},
		{"the duty's first second", "22:00-07:00", "2026-11-24 02:00:00", "2026-11-24 02:00:00", []huiying.DutyShift{shift("2026-11-24 02:00:00", "2026-11-24 04:00:00")}, true},
		{"before the duty", "22:00-07:00", "2026-11-23 23:00:00", "2026-11-24 02:00:00", []huiying.DutyShift{shift("2026-11-24 02:00:00", "2026-11-24 04:00:00")}, false},
		{"after it", "22:00-07:00", "2026-11-24 04:00:00", "2026-11-24 07:00:00", []huiying.DutyShift{shift("2026-11-24 02:00:00", "2026-11-24 04:00:00")}, false},
		{"of two duties the earlier", "22:00-07:00", "2026-11-23 23:00:00", "2026-11-24 01:00:00", []huiying.DutyShift{shift("2026-11-24 03:00:00", "2026-11-24 04:00:00"), shift("2026-11-24 01:00:00", "2026-11-24 02:00:00")}, false},
		{"on duty by day", "22:00-07:00", "2026-11-23 12:00:00", "2026-11-23 12:00:00", []huiying.DutyShift{shift("2026-11-23 08:00:00", "2026-11-23 18:00:00")}, false},
	} {
		q, err := route.NewQuiet([]string{c.hours}, c.duty, clock)
		if err != nil {
			t.Fatal(err)
		}
		if got := q.Until(at(c.at)); !got.Equal(at(c.until)) {
			t.Errorf("%s: until %v, want %s", c.name, got, c.until)
		}
		if q.OnDuty(at(c.at)) != c.onDuty {
			t.Errorf("%s: on duty %v", c.name, !c.onDuty)
		}
	}
}

func TestCheckQuiet(t *testing.T) {
	many := make([]string, 15)
	for i := range many {
		many[i] = "22:00-07:00"
	}
	for _, c := range []struct {
		name  string
		hours []string
		fine  bool
	}{
		{"none", nil, true},
		{"nights and a weekend", []string{"fri 18:00-24:00", "sat,sun", "mon,tue,wed,thu,sun 20:00-08:00"}, true},
		{"every hour", []string{"00:00-24:00"}, false},
		{"hours that follow each other", []string{"08:00-20:00", "20:00-08:00"}, false},
		{"four days", []string{"mon-thu"}, false},
		{"unreadable", []string{"night"}, false},
		{"too many", many, false},
	} {
		if err := route.CheckQuiet(c.hours, at("2026-11-23 12:00:00"), route.Clock{Zone: zone}); (err == nil) != c.fine {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// Mute hours, a group and quiet hours follow upon each other: the message goes
// out when none of them holds.
func TestQuietAfterMute(t *testing.T) {
	hall := func(string) []route.Who { return []route.Who{{Person: "an", Channel: "mail"}} }
	for _, c := range []struct {
		name       string
		node       route.Node
		hours, now string
		level      huiying.Level
		at, why    string
	}{
		{"mute ends in the quiet hours", route.Node{Mute: []route.Mute{{Hours: []string{"20:00-22:30"}}}}, "22:00-07:00", "2026-11-23 21:00:00", "yellow", "2026-11-24 07:00:00", huiying.TellQuiet},
		{"quiet hours end in the mute", route.Node{Mute: []route.Mute{{Hours: []string{"06:00-09:00"}}}}, "22:00-07:00", "2026-11-23 23:00:00", "yellow", "2026-11-24 09:00:00", huiying.TellMuted},
		{"a group's wait ends in them", route.Node{Group: route.Group{By: route.ByRule, Wait: 10 * time.Minute}}, "22:00-07:00", "2026-11-23 21:55:00", "yellow", "2026-11-24 07:00:00", huiying.TellQuiet},
		{"red", route.Node{}, "22:00-07:00", "2026-11-23 23:00:00", "red", "2026-11-23 23:00:00", huiying.TellNow},
		{"orange", route.Node{}, "22:00-07:00", "2026-11-23 23:00:00", "orange", "2026-11-24 07:00:00", huiying.TellQuiet},
		{"both without end", route.Node{Mute: []route.Mute{{Hours: []string{"07:00-22:00"}}}}, "22:00-07:00", "2026-11-23 23:00:00", "blue", "", ""},
	} {
		c.node.To = []string{"u-hall"}
		tree, err := route.New(c.node, nil, route.Clock{Zone: zone})
		if err != nil {
			t.Fatal(err)
		}
		q, err := route.NewQuiet([]string{c.hours}, nil, route.Clock{Zone: zone})
		if err != nil {
			t.Fatal(err)
		}
		d := tree.Decide(route.Input{
			Facts: huiying.AlertFacts{Alert: "a", Level: c.level, Rule: "r", Kind: huiying.AlertPost, At: at(c.now)}, Who: hall,
			Quiet: func(_ string, at time.Time) time.Time { return q.Until(at) },
		})[0]
		if c.at == "" { // it gives up, and does not go round for ever
			if d.At.Sub(at(c.now)) < 24*time.Hour {
				t.Errorf("%s: at %v", c.name, d.At)
			}
			continue
		}
		if !d.At.Equal(at(c.at)) || d.Why != c.why || (d.Group == huiying.QuietGroup) != (c.why != huiying.TellNow) {
			t.Errorf("%s: at %v because of %s with %q", c.name, d.At, d.Why, d.Group)
		}
	}
}
