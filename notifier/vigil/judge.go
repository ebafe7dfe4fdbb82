package vigil

import (
	"slices"
	"time"

	"huiying"
)

// The checks.
const (
	CheckStopped = "collection-stopped" // no source at all is visited
	CheckSilent  = "source-silent"
	CheckWall    = "source-wall" // it asks for a sign-in or refuses us: a person must act
	CheckFailing = "source-failing"
	CheckDead    = "source-dead"
	CheckEmpty   = "source-empty"
	CheckCapped  = "source-capped"
	CheckSwitch  = "collection-switched-off" // a person stopped all of it: it must not be forgotten
)

// everything is the source of a finding about all of them.
const everything = "collection"

// Threshold says from when on a check is told, and how urgently: after so many
// visits in a row, so many of the source's own periods, and so long.
type Threshold struct {
	Check   string
	Level   huiying.Level
	Visits  int
	Periods int
	After   time.Duration
}

// DefaultThresholds is the policy. Orange opens a case: only what a person
// must act on, or what has lasted for hours, is.
func DefaultThresholds() []Threshold {
	return []Threshold{
		{Check: CheckStopped, Level: huiying.LevelOrange},
		{Check: CheckSwitch, Level: huiying.LevelYellow},
		{Check: CheckWall, Level: huiying.LevelOrange, Visits: 1},
		{Check: CheckDead, Level: huiying.LevelOrange, Visits: 3, Periods: 2, After: 6 * time.Hour},
		{Check: CheckSilent, Level: huiying.LevelYellow},
		{Check: CheckFailing, Level: huiying.LevelYellow, Visits: 3, Periods: 2, After: 5 * time.Minute},
		{Check: CheckEmpty, Level: huiying.LevelYellow, Visits: 3, Periods: 2},
		{Check: CheckCapped, Level: huiying.LevelYellow, Visits: 3},
	}
}

// settling is how long after its own start a Vigil waits at most before it
// takes a missed visit for silence: what was down with it is visited first.
const settling = 10 * time.Minute

// incident is a check that holds.
type incident struct {
	standing Standing
	check    string
	level    huiying.Level
	from     time.Time
	limit    string // catalogue key
	args     []any
}

// judge lists what holds now. Sources that are switched off are not judged.
func (v *Vigil) judge(standings []Standing, now time.Time) []incident {
	if since, off := v.o.Stopped(); off {
		t, _ := v.threshold(CheckSwitch)
		return append(v.eachOf(standings, now, CheckWall), incident{
			standing: Standing{Source: everything}, check: CheckSwitch, level: t.Level, from: since, limit: "vigil.limit.switch",
		})
	}
	if i, stopped := v.stopped(standings, now); stopped {
		return append(v.eachOf(standings, now, CheckWall), i)
	}
	return v.eachOf(standings, now, CheckWall, CheckDead, CheckSilent, CheckFailing, CheckEmpty, CheckCapped)
}

// unasked lists the sources that are not visited for reasons of our own: what
// was told of them can neither go on nor be over.
func (v *Vigil) unasked(standings []Standing) map[string]bool {
	_, off := v.o.Stopped()
	set := map[string]bool{}
	for _, s := range standings {
		set[s.Source] = off || s.State == huiying.SourcePaused
	}
	return set
}

// stopped reports that every source is missed: nothing is collected, or the
// ledger does not arrive. One source alone is silent, not everything.
func (v *Vigil) stopped(standings []Standing, now time.Time) (incident, bool) {
	t, ok := v.threshold(CheckStopped)
	if !ok || len(standings) < 2 {
		return incident{}, false
	}
	var last time.Time
	for _, s := range standings {
		if s.LastAt.After(last) {
			last = s.LastAt
		}
		// A source that waits long, by cron or behind a wall, is not due yet
		// and says nothing either way; one that is visited is enough.
		if !v.missed(s, now) && now.Sub(s.LastAt) < 2*s.Period {
			return incident{}, false
		}
	}
	due := slices.ContainsFunc(standings, func(s Standing) bool { return v.missed(s, now) })
	i := incident{standing: Standing{Source: everything}, check: CheckStopped, level: t.Level, from: last, limit: "vigil.limit.periods", args: []any{2}}
	return i, due && !last.IsZero()
}

// eachOf judges every source by some checks, at most one of each.
func (v *Vigil) eachOf(standings []Standing, now time.Time, checks ...string) (out []incident) {
	for _, s := range standings {
		for _, check := range checks {
			if t, ok := v.threshold(check); ok {
				if i, holds := v.holds(t, s, now); holds {
					out = append(out, i)
				}
			}
		}
	}
	return out
}

func (v *Vigil) threshold(check string) (Threshold, bool) {
	i := slices.IndexFunc(v.o.Thresholds, func(t Threshold) bool { return t.Check == check })
	if i < 0 {
		return Threshold{}, false
	}
	return v.o.Thresholds[i], true
}

// missed reports that the source's visit is missed and that there was time to
// make it since this watch began.
func (v *Vigil) missed(s Standing, now time.Time) bool {
	return !s.Missed.IsZero() && now.After(s.Missed) && now.After(v.begun.Add(min(2*s.Period, settling)))
}

// holds judges one source by one check.
func (v *Vigil) holds(t Threshold, s Standing, now time.Time) (incident, bool) {
	i := incident{standing: s, check: t.Check, level: t.Level, limit: "vigil.limit.visits", args: []any{max(t.Visits, 1)}}
	if t.Check == CheckSilent {
		i.from, i.limit, i.args = s.LastAt, "vigil.limit.periods", []any{2}
		if i.from.IsZero() {
			i.from = s.Missed
		}
		return i, v.missed(s, now)
	}
	var n int
	i.from, n = beginning(t.Check, s)
	lasted := now.Sub(i.from)
	return i, n > 0 && n >= t.Visits && lasted >= time.Duration(t.Periods)*s.Period && lasted >= t.After
}

// beginning is since when a check's condition holds and for how many visits.
func beginning(check string, s Standing) (time.Time, int) {
	wall := needsPerson(s.State)
	switch {
	case check == CheckWall && wall:
		return s.SameFrom, 1
	case (check == CheckFailing || check == CheckDead) && !wall && s.State != huiying.SourcePaused: // pauses are our own
		return s.BadFrom, s.Bad
	case check == CheckEmpty && s.Always:
		return s.Empty.From, s.Empty.N
	case check == CheckCapped:
		return s.Capped.From, s.Capped.N
	}
	return time.Time{}, 0
}

// needsPerson reports a state that does not end by itself.
func needsPerson(s huiying.SourceState) bool {
	switch s {
	case huiying.SourceLoginNeeded, huiying.SourceBlocked, huiying.SourceForbidden, huiying.SourceRobotsDisallowed:
		return true
	}
	return false
}
