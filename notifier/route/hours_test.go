package route_test

import (
	"testing"
	"time"

	"huiying"
	"huiying/notifier/route"
)

var zone = time.FixedZone("office", 8*3600)

func at(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", text, zone)
	if err != nil {
		panic(err)
	}
	return t
}

// feast has one holiday on a Wednesday and one Sunday that is worked.
type feast struct{}

func (feast) WorkedOn(t time.Time) (worked, known bool) {
	switch t.In(zone).Format(time.DateOnly) {
	case "2026-11-25":
		return false, true
	case "2026-11-29":
		return true, true
	}
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday, true
}

// 2026-11-23 is a Monday.
func TestWindows(t *testing.T) {
	clock := route.Clock{Zone: zone, Calendar: feast{}}
	for _, c := range []struct {
		window, time string
		holds        bool
	}{
		{"22:00-07:00", "2026-11-23 22:00:00", true},
		{"22:00-07:00", "2026-11-23 06:59:59", true},
		{"22:00-07:00", "2026-11-23 07:00:00", false},
		{"22:00-07:00", "2026-11-23 21:59:59", false},
		{"22:00-00:00", "2026-11-23 23:59:59", true},
		{"22:00-00:00", "2026-11-24 00:00:00", false},
		{"22:00-24:00", "2026-11-23 23:59:59", true},
		{"00:00-24:00", "2026-11-23 00:00:00", true},
		{"08:30-18:00", "2026-11-23 08:29:59", false},
		{"08:30-18:00", "2026-11-23 08:30:00", true},
		{"fri 22:00-07:00", "2026-11-27 23:00:00", true},
		{"fri 22:00-07:00", "2026-11-28 06:00:00", true}, // Saturday morning is Friday's night
		{"fri 22:00-07:00", "2026-11-27 06:00:00", false},
		{"sat,sun", "2026-11-28 12:00:00", true},
		{"sat,sun", "2026-11-23 12:00:00", false},
		{"fri-mon", "2026-11-23 12:00:00", true}, // over the end of the week
		{"fri-mon", "2026-11-24 12:00:00", false},
		{"Mon-Fri 08:00-18:00", "2026-11-24 08:00:00", true},
		{"workdays 08:30-18:00", "2026-11-25 10:00:00", false},
		{"holidays", "2026-11-25 10:00:00", true},
		{"workdays", "2026-11-29 10:00:00", true},
		{"holidays 18:00-08:00", "2026-11-26 07:00:00", true}, // the night of the holiday
		{"holidays 18:00-08:00", "2026-11-25 07:00:00", false},
	} {
		w, err := route.ParseWindow(c.window)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.Holds(at(c.time), clock); got != c.holds {
			t.Errorf("%s at %s: %v", c.window, c.time, got)
		}
		// Whatever zone the time is written in.
		if got := w.Holds(at(c.time).UTC(), clock); got != c.holds {
			t.Errorf("%s at %s in UTC: %v", c.window, c.time, got)
		}
	}
}

func TestBadWindows(t *testing.T) {
	for _, text := range []string{
		"", "7:00-9:00", "07:00", "07:00-", "07:00-07:00", "24:00-07:00", "25:00-07:00", "07:60-08:00", "monday", "mon tue",
		"mon 07:00-08:00 x", "mon-", ",", "22:00-07:00 mon", "+1:00-02:00", "夜里",
	} {
		if _, err := route.ParseWindow(text); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParseWindow(f *testing.F) {
	for _, s := range []string{"22:00-07:00", "mon-fri 18:00-08:30", "sat,sun", "holidays", "workdays 00:00-24:00"} {
		f.Add(s, int64(1795400000))
	}
	clock := route.Clock{Zone: zone}
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		w, err := route.ParseWindow(text)
		if err != nil {
			return
		}
		now := time.Unix(unix%4e9, 0)
		w.Holds(now, clock)
		tree, err := route.New(route.Node{To: []string{"x"}, Mute: []route.Mute{{Hours: []string{text}}}}, nil, clock)
		if err != nil {
			t.Fatal(err)
		}
		b := tree.Branches(huiying.AlertFacts{Level: huiying.LevelBlue, At: now})[0]
		if until := tree.MutedUntil(b, huiying.LevelBlue, now); until.Before(now) || until.Sub(now) > 41*24*time.Hour {
			t.Errorf("%q at %v mutes until %v", text, now, until)
		}
	})
}

// Mute hours that follow upon each other end together, and red is muted only
// where both the level and the tick say so.
func TestMutedUntil(t *testing.T) {
	clock := route.Clock{Zone: zone, Calendar: feast{}}
	mute := func(list ...route.Mute) route.Node { return route.Node{To: []string{"x"}, Mute: list} }
	night := []string{"22:00-07:00"}
	for _, c := range []struct {
		name  string
		node  route.Node
		level huiying.Level
		now   string
		until string // "" = not muted
	}{
		{"night", mute(route.Mute{Hours: night}), "yellow", "2026-11-23 23:10:00", "2026-11-24 07:00:00"},
		{"after midnight", mute(route.Mute{Hours: night}), "yellow", "2026-11-24 03:00:00", "2026-11-24 07:00:00"},
		{"by day", mute(route.Mute{Hours: night}), "yellow", "2026-11-23 12:00:00", ""},
		{"weekend and night", mute(route.Mute{Hours: []string{"22:00-07:00", "sat,sun"}}), "blue", "2026-11-27 23:00:00", "2026-11-30 07:00:00"},
		{"holiday between", mute(route.Mute{Hours: []string{"workdays 18:00-08:00", "holidays"}}), "blue", "2026-11-24 19:00:00", "2026-11-26 00:00:00"},
		{"another level", mute(route.Mute{Levels: []huiying.Level{"blue"}, Hours: night}), "yellow", "2026-11-23 23:10:00", ""},
		{"red", mute(route.Mute{Hours: night}), "red", "2026-11-23 23:10:00", ""},
		{"red named alone", mute(route.Mute{Levels: []huiying.Level{"red"}, Hours: night}), "red", "2026-11-23 23:10:00", ""},
		{"red ticked", mute(route.Mute{Levels: []huiying.Level{"red"}, Hours: night, Red: true}), "red", "2026-11-23 23:10:00", "2026-11-24 07:00:00"},
		{"always", mute(route.Mute{Hours: []string{"00:00-24:00"}}), "blue", "2026-11-23 23:10:00", "2027-01-02 23:10:00"},
	} {
		tree, err := route.New(c.node, nil, clock)
		if err != nil {
			t.Fatal(err)
		}
		f := huiying.AlertFacts{Level: c.level, At: at(c.now)}
		got := tree.MutedUntil(tree.Branches(f)[0], c.level, f.At)
		want := f.At
		if c.until != "" {
			want = at(c.until)
		}
		if !got.Equal(want) {
			t.Errorf("%s: until %v, want %v", c.name, got, want)
		}
	}
}
