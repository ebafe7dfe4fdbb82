// Package ladder makes sure that somebody takes an urgent case: it climbs the
// rungs of the escalation policy a case was given, reminds whoever acknowledged
// and did nothing, and takes the acknowledgement back where that stays
// unanswered. Every hop is one transaction of step, alert and deliveries, and
// what is due stands in the database, so that a crash neither skips nor repeats
// one. An auditor that shares nothing with the climber looks for cases it left
// behind, and a heartbeat to the outside stops when either does. The package
// refuses to keep silent: a ladder on which nobody stands tells the officers.
package ladder

import (
	"slices"
	"time"

	"huiying"
)

// Words that a rung may name beside the ids of units, users, channels and duty
// rosters ("duty", "duty:<id>").
const (
	WordUnit     = "unit"     // the unit that has the case
	WordOwner    = "owner"    // the person who has it
	WordHead     = "head"     // the management: the unit's own, else everybody's
	WordOfficers = "officers" // 值班员
	WordAdmins   = "admins"
	WordDuty     = "duty" // who is on duty in any roster
	PrefixDuty   = "duty:"
	PrefixHead   = "head:" // the management of a unit; only made by Notify
)

// Words lists those without an id.
func Words() []string {
	return []string{WordUnit, WordOwner, WordHead, WordOfficers, WordAdmins, WordDuty}
}

// Policy is who is told when nobody acknowledges.
type Policy struct {
	ID          string
	Levels      []huiying.Level
	Units       []string // none = every unit, and cases that no unit has yet
	Rungs       []huiying.Rung
	Repeat      int           // how often it is climbed again from the first rung
	Needs       int           // acknowledgements it takes; 0 = 1
	RemindEvery time.Duration // after the acknowledgement, while nothing is done; 0 = never
	UnackAfter  time.Duration // of an unanswered reminder; 0 = never
}

// Policies are the policies of an office; the first that fits a case is its.
type Policies []Policy

// For is the ladder a case is given as it stands: the zero one where no policy
// fits, and for a case that is neither urgent nor anybody's yet.
func (p Policies) For(c huiying.Case) huiying.Ladder {
	if c.State == huiying.StatePendingTriage && !c.Level.OpensCase() {
		return huiying.Ladder{}
	}
	i := slices.IndexFunc(p, func(one Policy) bool {
		return slices.Contains(one.Levels, c.Level) && (len(one.Units) == 0 || slices.Contains(one.Units, c.Unit))
	})
	if i < 0 {
		return huiying.Ladder{}
	}
	return p[i].Ladder()
}

// Ladder is the policy as a case is given it, nothing climbed.
func (p Policy) Ladder() huiying.Ladder {
	return huiying.Ladder{
		Policy: p.ID, Rungs: cloned(p.Rungs), Repeat: p.Repeat, Needs: p.Needs, RemindEvery: p.RemindEvery, UnackAfter: p.UnackAfter,
	}
}

func cloned(rungs []huiying.Rung) []huiying.Rung {
	out := slices.Clone(rungs)
	for i := range out {
		out[i].Notify = slices.Clone(out[i].Notify)
	}
	return out
}

// Without are the levels that open cases and that no policy covers for every
// unit.
func (p Policies) Without() []huiying.Level {
	var out []huiying.Level
	for _, level := range huiying.Levels() {
		covered := slices.ContainsFunc(p, func(one Policy) bool { return len(one.Units) == 0 && slices.Contains(one.Levels, level) })
		if level.OpensCase() && !covered {
			out = append(out, level)
		}
	}
	return out
}

// DefaultPolicies hold where an office wrote none: a red case that nobody
// acknowledges reaches the management within half an hour, an orange one within
// two.
func DefaultPolicies() Policies {
	return Policies{
		{
			ID: "red", Levels: []huiying.Level{huiying.LevelRed}, Repeat: 3, RemindEvery: 2 * time.Hour, UnackAfter: time.Hour,
			Rungs: []huiying.Rung{
				{After: 10 * time.Minute, Notify: []string{WordUnit, WordDuty}},
				{After: 10 * time.Minute, Notify: []string{WordOfficers, WordHead, WordDuty}},
				{After: 10 * time.Minute, Notify: []string{WordOfficers, WordHead}},
			},
		},
		{
			ID: "orange", Levels: []huiying.Level{huiying.LevelOrange}, Repeat: 2, RemindEvery: 8 * time.Hour, UnackAfter: 4 * time.Hour,
			Rungs: []huiying.Rung{
				{After: 30 * time.Minute, Notify: []string{WordUnit}},
				{After: 30 * time.Minute, Notify: []string{WordOfficers, WordDuty}},
				{After: time.Hour, Notify: []string{WordHead, WordOfficers}},
			},
		},
	}
}

// Notify is whom a rung names of a case: its words about the case are replaced
// by ids, the others are left to the directory.
func Notify(c huiying.Case, notify []string) []string {
	var out []string
	add := func(id string) {
		if id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	for _, word := range notify {
		switch {
		case word == WordUnit:
			add(c.Unit)
		case word == WordOwner:
			add(c.Owner)
		case word == WordHead && c.Unit != "":
			add(PrefixHead + c.Unit)
		default:
			add(word)
		}
	}
	return out
}
