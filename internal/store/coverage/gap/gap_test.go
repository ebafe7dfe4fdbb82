package gap_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/coverage/gap"
)

func start() time.Time { return time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC) }

// slow says by definition whether a moment lies in a gap of a cause.
func slow(o gap.Options, kind string, state huiying.SourceState, t time.Time) bool {
	period := o.Source.Every + o.Source.Every/10
	for i, v := range o.Visits {
		next := o.Now
		if i+1 < len(o.Visits) {
			next = o.Visits[i+1].At
		}
		due := v.At.Add(v.Took).Add(period)
		missed := due.Add(period + time.Minute)
		if !gap.Well(v.State) && v.NextAt.After(due) {
			due, missed = v.NextAt, v.NextAt.Add(period+time.Minute)
		}
		late := next.After(missed)
		inForce := !t.Before(v.At) && t.Before(next) && (!late || t.Before(due))
		waited := late && !t.Before(due) && t.Before(next)
		switch kind {
		case query.GapState:
			if inForce && v.State == state && !gap.Well(state) {
				return true
			}
		case query.GapSilent:
			if waited {
				return true
			}
		case query.GapCapped:
			from := v.At
			for j := i - 1; j >= 0; j-- {
				if gap.Well(o.Visits[j].State) {
					from = o.Visits[j].At
					break
				}
			}
			if v.Capped && gap.Well(v.State) && !t.Before(from) && t.Before(v.At.Add(v.Took)) && t.Before(o.Now) {
				return true
			}
		case query.GapEmpty:
			if inForce && v.State == huiying.SourceEmpty {
				return true
			}
		}
	}
	return false
}

func TestFindAgreesWithTheDefinition(t *testing.T) {
	states := []huiying.SourceState{
		huiying.SourceOK, huiying.SourceOK, huiying.SourceOK, huiying.SourceEmpty, huiying.SourceBlocked, huiying.SourceUnreachable,
	}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		o := gap.Options{
			Source: huiying.Source{ID: "s", Every: 5 * time.Minute}, Now: start().Add(6 * time.Hour),
			Alive: func(_, _ time.Time) bool { return true }, Always: func(time.Time) bool { return true },
		}
		for at := start(); at.Before(o.Now); at = at.Add(time.Duration(1+r.IntN(8)+40*(r.IntN(12)/11)) * time.Minute) {
			v := gap.Visit{At: at, Last: at, Took: time.Duration(r.IntN(20)) * time.Second, State: states[r.IntN(len(states))], Capped: r.IntN(10) == 0}
			if !gap.Well(v.State) {
				v.NextAt = at.Add(time.Duration(r.IntN(90)) * time.Minute)
			}
			o.Visits = append(o.Visits, v)
		}
		found := gap.Find(o)
		for at := start(); at.Before(o.Now); at = at.Add(17 * time.Second) {
			for _, cause := range []query.Gap{
				{Kind: query.GapState, State: huiying.SourceBlocked}, {Kind: query.GapState, State: huiying.SourceUnreachable},
				{Kind: query.GapSilent}, {Kind: query.GapCapped}, {Kind: query.GapEmpty},
			} {
				in := 0
				for _, g := range found {
					if g.Kind == cause.Kind && g.State == cause.State && g.Touches(at, at.Add(1)) {
						in++
					}
				}
				want := slow(o, cause.Kind, cause.State, at)
				if in > 1 || (in == 1) != want {
					t.Fatalf("seed %d, %v, %s %s: in %d gaps, by definition %v\n%+v", seed, at, cause.Kind, cause.State, in, want, found)
				}
			}
		}
	}
}

func TestFindByCronAndWithoutVisits(t *testing.T) {
	zone := time.FixedZone("CST", 8*60*60)
	daily := huiying.Source{ID: "s", Cron: "0 8 * * *"}
	at := time.Date(2026, 11, 23, 8, 0, 1, 0, zone)
	o := gap.Options{Source: daily, Zone: zone, Now: at.Add(24*time.Hour + 30*time.Minute), Visits: []gap.Visit{{At: at, Last: at, State: huiying.SourceOK}}}
	if got := gap.Find(o); len(got) != 0 {
		t.Error("an hour is left to a cron line's slot:", got)
	}
	o.Now = o.Now.Add(time.Hour)
	got := gap.Find(o)
	if len(got) != 1 || got[0].Kind != query.GapSilent || !got[0].From.Equal(at.Add(24*time.Hour-time.Second)) || !got[0].Lasts() {
		t.Error(got)
	}
	o.Source.Disabled = true
	if got := gap.Find(o); len(got) != 1 || got[0].Kind != query.GapPaused {
		t.Error(got)
	}
	fresh := gap.Options{Source: huiying.Source{ID: "n", Every: time.Hour}, Since: start(), Now: start().Add(2 * time.Hour)}
	if got := gap.Find(fresh); len(got) != 0 {
		t.Error(got)
	}
	fresh.Now = start().Add(3 * time.Hour)
	if got := gap.Find(fresh); len(got) != 1 || got[0].Kind != query.GapSilent {
		t.Error(got)
	}
}

// A pause says nothing of the site: the wall before it and after it is one.
func TestStandLooksThroughPauses(t *testing.T) {
	o := gap.Options{Source: huiying.Source{ID: "a", Every: 10 * time.Minute}, Zone: time.UTC, Now: start().Add(24 * time.Hour)}
	visit := func(at time.Duration, state huiying.SourceState) {
		v := gap.Visit{At: start().Add(at), Last: start().Add(at), State: state}
		o.Visits = append(o.Visits, v)
	}
	visit(time.Hour, huiying.SourceOK)
	visit(2*time.Hour, huiying.SourceLoginNeeded)
	visit(3*time.Hour, huiying.SourcePaused)
	if s := gap.Stand(o); s.State != huiying.SourcePaused || s.Bad != 1 || !s.LastAt.Equal(start().Add(3*time.Hour)) {
		t.Errorf("paused: %+v", s)
	}
	visit(4*time.Hour, huiying.SourceLoginNeeded)
	if s := gap.Stand(o); !s.SameAs.Equal(start().Add(2*time.Hour)) || s.Bad != 2 || !s.BadFrom.Equal(start().Add(2*time.Hour)) {
		t.Errorf("the same wall: %+v", s)
	}
	visit(5*time.Hour, huiying.SourcePaused)
	visit(6*time.Hour, huiying.SourceBlocked)
	if s := gap.Stand(o); !s.SameAs.Equal(start().Add(6*time.Hour)) || s.Bad != 3 {
		t.Errorf("another wall: %+v", s)
	}
}
