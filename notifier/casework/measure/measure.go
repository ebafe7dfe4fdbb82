// Package measure computes the response figures of a period from the record of
// cases: every figure with its numerator, its denominator and the cases behind
// both. It knows no database; it refuses to give a rate of nothing, and counts
// what is still open and overdue against the office, not for it.
package measure

import (
	"slices"
	"time"

	"huiying"
	"huiying/notifier/casework/machine"
)

// History is a case with its record, the first step to the last.
type History struct {
	Case  huiying.Case
	Steps []huiying.Step
}

// Period is a half-open span of time, and the moment from which it is looked
// at: what is overdue depends on it.
type Period struct {
	From, To, Now time.Time
	Zone          *time.Location             // of the office: decides what one day is
	MetBy         func(preset string) string // the action that meets a time limit
}

func (p Period) holds(t time.Time) bool { return !t.IsZero() && !t.Before(p.From) && t.Before(p.To) }

// Figure is one measure. A rate has Numerator and Denominator, a duration has
// Median, P90 and Max over Denominator cases.
type Figure struct {
	ID          string        `json:"id"`
	Numerator   int           `json:"numerator"`
	Denominator int           `json:"denominator"`
	Median      time.Duration `json:"-"`
	P90         time.Duration `json:"-"`
	Max         time.Duration `json:"-"`
	Lasts       bool          `json:"-"`   // a duration, not a rate
	In          []string      `json:"in"`  // numbers of the numerator's cases
	Out         []string      `json:"out"` // those of the denominator that are not in it
}

// Rate is the share in 0…1; ok is false where there is nothing to measure.
func (f Figure) Rate() (rate float64, ok bool) {
	if f.Denominator == 0 || f.Lasts {
		return 0, false
	}
	return float64(f.Numerator) / float64(f.Denominator), true
}

// of is what a figure looks at in one case: whether it belongs to the
// denominator and the numerator, and how long it took where that is measured.
type of func(h History, p Period) (counts, hits bool)

type lasting func(h History, p Period) (took time.Duration, counts bool)

// definition is one row of the table of figures.
type definition struct {
	id    string
	share of
	lasts lasting
}

// definitions is every figure, in the order they are shown. The formulas are
// those of docs/measures.md.
func definitions() []definition {
	return []definition{
		{id: "ack_rate", share: ackedInTime},
		{id: "instant_rate", share: answeredTheSameDay},
		{id: "on_time_official", share: onTimeOfDue},
		{id: "on_time_honest", share: onTimeOfOwed},
		{id: "hit_5h", share: within(5*time.Hour, huiying.LevelRed)},
		{id: "hit_24h", share: within(24*time.Hour, huiying.LevelRed)},
		{id: "hit_48h", share: within(48*time.Hour, huiying.LevelOrange, huiying.LevelYellow, huiying.LevelBlue, huiying.LevelNone)},
		{id: "closing_rate", share: closedOfAccepted},
		{id: "reply_rate", share: lettersAnswered},
		{id: "response_rate", share: answeredOfAccepted},
		{id: "solved_rate", share: solvedOfClosed},
		{id: "satisfied_rate", share: satisfiedOfRated},
		{id: "return_rate", share: returnedOfAssigned},
		{id: "redo_rate", share: redoneOfClosed},
		{id: "ack_time", lasts: since(func(h History) time.Time { return firstAt(h, machine.ActionAssign) }, func(h History) time.Time { return firstAt(h, machine.ActionAck) })},
		{id: "response_time", lasts: since(func(h History) time.Time { return h.Case.FirstSeenAt }, firstAnswer)},
		{id: "response_time_published", lasts: since(func(h History) time.Time { return h.Case.PublishedAt }, firstAnswer)},
		{id: "closing_time", lasts: since(func(h History) time.Time { return h.Case.FirstSeenAt }, closing)},
		{id: "update_gap", lasts: longestSilence},
	}
}

// IDs names every figure.
func IDs() []string {
	var out []string
	for _, d := range definitions() {
		out = append(out, d.id)
	}
	return out
}

// Figures measures the cases of a period.
func Figures(all []History, p Period) []Figure {
	out := make([]Figure, 0, len(definitions()))
	for _, d := range definitions() {
		if d.share != nil {
			out = append(out, share(d, all, p))
		} else {
			out = append(out, duration(d, all, p))
		}
	}
	return out
}

func share(d definition, all []History, p Period) Figure {
	f := Figure{ID: d.id, In: []string{}, Out: []string{}}
	for _, h := range all {
		switch counts, hits := d.share(h, p); {
		case !counts:
		case hits:
			f.Numerator, f.Denominator, f.In = f.Numerator+1, f.Denominator+1, append(f.In, h.Case.No)
		default:
			f.Denominator, f.Out = f.Denominator+1, append(f.Out, h.Case.No)
		}
	}
	return f
}

func duration(d definition, all []History, p Period) Figure {
	f := Figure{ID: d.id, Lasts: true, In: []string{}, Out: []string{}}
	var took []time.Duration
	for _, h := range all {
		if t, counts := d.lasts(h, p); counts {
			took, f.In = append(took, t), append(f.In, h.Case.No)
		}
	}
	f.Numerator, f.Denominator = len(took), len(took)
	slices.Sort(took)
	f.Median, f.P90 = Quantile(took, 50), Quantile(took, 90)
	if len(took) > 0 {
		f.Max = took[len(took)-1]
	}
	return f
}

// Quantile is the nearest-rank percentile of sorted durations; 0 of none.
func Quantile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := (len(sorted)*percent + 99) / 100
	return sorted[max(rank, 1)-1]
}
