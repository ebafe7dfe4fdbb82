package timing_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying"
	"huiying/crawler/timing"
)

var shanghai = time.FixedZone("CST", 8*3600)

func policy() timing.Timing {
	return timing.Timing{Patience: timing.DefaultPatience(), Zone: shanghai, Random: func() float64 { return 0.5 }}
}

func TestNext(t *testing.T) {
	const m, h = time.Minute, time.Hour
	now := time.Date(2026, 11, 27, 1, 0, 0, 0, time.UTC) // Friday 09:00 in the office
	every := huiying.Source{Every: 10 * m}
	slow := huiying.Source{Every: 10 * m, Slowest: h}
	daily := huiying.Source{Every: 5 * m, Cron: "30 8 * * 1-5"}
	for name, tc := range map[string]struct {
		ended timing.Ended
		want  time.Duration
	}{
		"its interval":                  {timing.Ended{Source: every, State: huiying.SourceOK, Quiet: 9}, 10 * m},
		"no interval":                   {timing.Ended{State: huiying.SourceOK}, 5 * m},
		"news keeps it fast":            {timing.Ended{Source: slow, State: huiying.SourceOK}, 10 * m},
		"quiet slows it":                {timing.Ended{Source: slow, State: huiying.SourceOK, Quiet: 1}, 15 * m},
		"quieter":                       {timing.Ended{Source: slow, State: huiying.SourceEmpty, Quiet: 3}, 33*m + 45*time.Second},
		"no slower than that":           {timing.Ended{Source: slow, State: huiying.SourceOK, Quiet: 90}, h},
		"the next working day":          {timing.Ended{Source: daily, State: huiying.SourceOK}, 71*h + 30*m},
		"a wall outlasts the line":      {timing.Ended{Source: huiying.Source{Cron: "* * * * *"}, State: huiying.SourceLoginNeeded, Failures: 1}, 6 * h},
		"unreachable comes sooner":      {timing.Ended{Source: daily, State: huiying.SourceUnreachable, Failures: 1}, 15 * time.Second},
		"our own fault comes soon":      {timing.Ended{Source: every, State: huiying.SourceMalformed, Soon: true}, 15 * time.Second},
		"a resting host is not asked":   {timing.Ended{Source: every, State: huiying.SourceOK, NotUntil: now.Add(2 * h)}, 2 * h},
		"not even for our own fault":    {timing.Ended{Source: every, Soon: true, NotUntil: now.Add(h)}, h},
		"a ban doubles up to its bound": {timing.Ended{Source: every, State: huiying.SourceBlocked, Failures: 99}, 24 * h},
	} {
		if got := policy().Next(now, tc.ended).Sub(now); got != tc.want {
			t.Errorf("%s: in %s, want %s", name, got, tc.want)
		}
	}
}

// Whatever happened, a source is due in the future, not before a rest has
// ended, and within a day and a tenth, or its own plan if that is longer.
func TestNextBounds(t *testing.T) {
	states := []huiying.SourceState{
		huiying.SourceOK, huiying.SourceEmpty, huiying.SourceLoginNeeded, huiying.SourceBlocked, huiying.SourceRateLimited,
		huiying.SourceForbidden, huiying.SourceMaintenance, huiying.SourceMalformed, huiying.SourceUnreachable, huiying.SourceRobotsDisallowed,
	}
	rapid.Check(t, func(rt *rapid.T) {
		p := policy()
		p.Random = func() float64 { return rapid.Float64Range(0, 0.999).Draw(rt, "random") }
		now := time.Unix(rapid.Int64Range(1.7e9, 2e9).Draw(rt, "now"), 0)
		s := huiying.Source{Every: time.Duration(rapid.Int64Range(0, int64(24*time.Hour)).Draw(rt, "every"))}
		s.Slowest = s.Every * time.Duration(rapid.IntRange(0, 5).Draw(rt, "slowest"))
		e := timing.Ended{
			Source: s, State: rapid.SampledFrom(states).Draw(rt, "state"), Failures: rapid.IntRange(0, 1000).Draw(rt, "failures"),
			Quiet: rapid.IntRange(0, 1000).Draw(rt, "quiet"), Soon: rapid.Bool().Draw(rt, "soon"),
		}
		if rapid.Bool().Draw(rt, "rests") {
			e.NotUntil = now.Add(time.Duration(rapid.Int64Range(0, int64(24*time.Hour)).Draw(rt, "rest")))
		}
		at := p.Next(now, e)
		most := max(24*time.Hour, timing.Interval(s, e.Quiet)) + max(24*time.Hour, timing.Interval(s, e.Quiet))/10
		if !at.After(now) && !at.Equal(now) || at.Before(e.NotUntil) || at.After(now.Add(most)) {
			rt.Fatalf("due %s after %+v", at.Sub(now), e)
		}
	})
}
