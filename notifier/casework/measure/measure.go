// Package measure computes the response figures of a period from the record of
// cases: every figure with its numerator, its denominator and the cases behind
// both. It knows no database; it refuses to give a rate of nothing, and counts
// what is still open and overdue against the office, not for it.
package measure

import (
	"time"

	"huiying"
	"huiying/notifier/casework/machine"
)

// History is a case with its record, the first step to the last.
type History struct {
	Case  huiying.Case
	Steps []huiying.Step
}

// Office is what the formulas need to know of the office.
type Office struct {
	Zone  *time.Location             // decides what one day is
	MetBy func(preset string) string // the action that meets a time limit
}

// Period is a half-open span of time, and the moment from which it is looked
// at: what is overdue depends on it.
type Period struct {
	From, To, Now time.Time
}

// Figure is one measure. A rate has Numerator and Denominator, a duration has
// Median, P90 and Max over Denominator cases.
type Figure struct {
	ID          string          `json:"id"`
	Numerator   int             `json:"numerator"`
	Denominator int             `json:"denominator"`
	Median      time.Duration   `json:"-"`
	P90         time.Duration   `json:"-"`
	Max         time.Duration   `json:"-"`
	Lasts       bool            `json:"-"`   // a duration, not a rate
	Took        []time.Duration `json:"-"`   // of a duration: each, sorted
	In          []string        `json:"in"`  // numbers of the numerator's cases
	Out         []string        `json:"out"` // those of the denominator that are not in it
}

// Rate is the share in 0…1; ok is false where there is nothing to measure.
func (f Figure) Rate() (rate float64, ok bool) {
	if f.Denominator == 0 || f.Lasts {
		return 0, false
	}
	return float64(f.Numerator) / float64(f.Denominator), true
}

// Edition names this set of formulas. Whoever changes what a figure says raises
// it, so that pages and exports can tell which figures may be compared.
const Edition = 1

// definition is one row of the table of figures.
type definition struct {
	id    string
	share func(History, Office) Mark
	lasts func(History, Office) []Mark
}

// definitions is every figure, in the order they are shown. The formulas are
// those of docs/measures.md.
func definitions() []definition {
	assigned := func(h History) time.Time { return firstAt(h, machine.ActionAssign) }
	acked := func(h History) time.Time { return firstAt(h, machine.ActionAck) }
	seen := func(h History) time.Time { return h.Case.FirstSeenAt }
	asked := func(h History) time.Time { return firstAt(h, machine.ActionRequestRating) }
	return []definition{
		{id: "ack_rate", share: ackedInTime},
		{id: "instant_rate", share: answeredTheSameDay},
		{id: "on_time_official", share: onTimeOfDue},
		{id: "on_time_honest", share: onTimeOfOwed},
		{id: "on_time_seen", share: onTimeFromSeen},
		{id: "hit_5h", share: within(5*time.Hour, huiying.LevelRed)},
		{id: "hit_24h", share: within(24*time.Hour, huiying.LevelRed)},
		{id: "hit_48h", share: within(48*time.Hour, huiying.LevelOrange, huiying.LevelYellow, huiying.LevelBlue, huiying.LevelNone)},
		{id: "closing_rate", share: closedOfAccepted},
		{id: "closing_in_time", share: closedInTime},
		{id: "reply_rate", share: lettersAnswered},
		{id: "response_rate", share: answeredOfAccepted},
		{id: "solved_rate", share: solvedOfClosed},
		{id: "satisfied_rate", share: satisfiedOfRated},
		{id: "follow_up_rate", share: ratedInTime},
		{id: "return_rate", share: returnedOfAssigned},
		{id: "redo_rate", share: redoneOfClosed},
		{id: "reopen_rate", share: reopenedOfClosed},
		{id: "repeat_rate", share: repeatedOfAccepted},
		{id: "ack_time", lasts: since(assigned, acked)},
		{id: "response_time", lasts: since(seen, firstAnswer)},
		{id: "response_time_published", lasts: since(func(h History) time.Time { return h.Case.PublishedAt }, firstAnswer)},
		{id: "closing_time", lasts: since(seen, closing)},
		{id: "follow_up_time", lasts: since(asked, firstRating)},
		{id: "update_gap", lasts: silences},
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
func Figures(all []History, o Office, p Period) []Figure {
	sheets := make([]*Sheet, len(all))
	for i, h := range all {
		sheets[i] = Sum(h, o)
	}
	return Tally(sheets, p)
}

// Quantile is the nearest-rank percentile of sorted durations; 0 of none.
func Quantile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := (len(sorted)*percent + 99) / 100
	return sorted[max(rank, 1)-1]
}
