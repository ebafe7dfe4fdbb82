package search

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestSplitIsThePart: the parts of a span are the span, without overlap, the
// newest first, and splitting comes to an end.
func TestSplitIsThePart(t *testing.T) {
	zone := time.FixedZone("CST", 8*60*60)
	rapid.Check(t, func(rt *rapid.T) {
		from := time.Date(2026, 11, 1, 0, 0, 0, 0, zone).Add(time.Duration(rapid.IntRange(0, 2000).Draw(rt, "minutes")) * time.Minute)
		s := around(from, from.Add(time.Duration(rapid.IntRange(0, 9000).Draw(rt, "long"))*time.Minute))
		if s.From > from.Unix() || s.From%hour != 0 || s.To%hour != 0 || s.To <= s.From {
			rt.Fatalf("%+v is not around %v", s, from)
		}
		for s.To-s.From > hour {
			parts := s.split(zone)
			at := s.To
			for _, p := range parts {
				if p.To != at || p.From >= p.To || p.Province != 0 {
					rt.Fatalf("%+v of %+v", p, s)
				}
				at = p.From
			}
			if at != s.From || len(parts) < 2 {
				rt.Fatalf("%+v has parts %+v", s, parts)
			}
			s = parts[rapid.IntRange(0, len(parts)-1).Draw(rt, "part")]
		}
		places := s.split(zone)
		if len(places) != 36 || len(slices.Compact(slices.Clone(places))) != 36 || places[0].split(zone) != nil {
			rt.Fatalf("an hour has parts %+v", places)
		}
	})
}

func TestTimescope(t *testing.T) {
	zone := time.FixedZone("CST", 8*60*60)
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, zone)
	for want, s := range map[string]span{
		"custom:2026-11-01-0:2026-11-02-0":   around(at, at.Add(24*time.Hour)),
		"custom:2026-11-01-9:2026-11-01-10":  around(at.Add(9*time.Hour+time.Minute), at.Add(9*time.Hour+2*time.Minute)),
		"custom:2026-10-31-23:2026-11-01-13": around(at.Add(-time.Second), at.Add(12*time.Hour+time.Second)),
	} {
		if got := s.timescope(zone); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
