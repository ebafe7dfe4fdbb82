package casework

import (
	"slices"
	"time"

	"huiying"
	"huiying/notifier/casework/machine"
)

// Preset is one time limit as data. Limits are hours round the clock; the
// State Council documents do not say from when they count, so they count from
// the moment the post was first seen, and the time of its publication is kept
// beside it.
type Preset struct {
	ID       string
	Limit    time.Duration   // 0 = the deadline comes with the case
	Starts   string          // the trigger: StartsDetected, StartsAssigned or StartsHanded
	MetBy    string          // the action that meets it
	Levels   []huiying.Level // the levels it holds for
	Source   string          // the rule it comes from, "" for a default of this product
	Verified string          // how well the source is known: VerifiedCopy, VerifiedPage, NoRule
}

// Triggers of a clock.
const (
	StartsDetected = "detected" // counts from Case.FirstSeenAt
	StartsAssigned = "assigned" // counts from the assignment
	StartsHanded   = "handed"   // runs to the deadline that a hand-over came with
	StartsRating   = "rating"   // counts from the request for the citizen's rating
	StartsBad      = "bad"      // counts from a bad rating
	StartsWave     = "wave"     // a new wave: the limits of StartsDetected, counted from it
)

// How well a preset's source is known; the original texts on gov.cn have not
// been read yet for any of them.
const (
	VerifiedCopy = "copy"            // only a copy of the text was read
	VerifiedPage = "government page" // a government page repeats the number
	NoRule       = "no rule"         // default of this product
	VerifiedCase = "case"            // the hand-over itself names it
)

// clockHandover runs to the deadline of a hand-over; a case of several has the
// earliest.
const clockHandover = "handover.due"

// clockRating is the wait for the citizen's rating; its end closes the case.
const clockRating = "hcp.rating"

// Presets are the built-in time limits.
func Presets() []Preset {
	red := []huiying.Level{huiying.LevelRed}
	other := []huiying.Level{huiying.LevelOrange, huiying.LevelYellow, huiying.LevelBlue, huiying.LevelNone}
	return []Preset{
		{ID: "yq.major.first_info", Limit: 5 * time.Hour, Starts: StartsDetected, MetBy: machine.ActionPublish, Levels: red,
			Source: "国办发〔2016〕80号", Verified: VerifiedCopy},
		{ID: "yq.major.press", Limit: 24 * time.Hour, Starts: StartsDetected, MetBy: machine.ActionPublish, Levels: red,
			Source: "国办发〔2016〕61号", Verified: VerifiedCopy},
		{ID: "yq.other.respond", Limit: 48 * time.Hour, Starts: StartsDetected, MetBy: machine.ActionPublish, Levels: other,
			Source: "国办发〔2016〕61号", Verified: VerifiedPage},
		{ID: "yq.ack.major", Limit: 10 * time.Minute, Starts: StartsAssigned, MetBy: machine.ActionAck, Levels: red, Verified: NoRule},
		{ID: "yq.ack", Limit: 30 * time.Minute, Starts: StartsAssigned, MetBy: machine.ActionAck, Levels: other, Verified: NoRule},
		{ID: "hcp.fix", Limit: 15 * 24 * time.Hour, Starts: StartsBad, MetBy: machine.ActionPublish, Levels: huiying.Levels(), Source: "地方好差评规定", Verified: VerifiedCopy},
		{ID: clockRating, Limit: 7 * 24 * time.Hour, Starts: StartsRating, MetBy: machine.ActionRateOK, Levels: huiying.Levels(), Verified: NoRule},
		{ID: clockHandover, Starts: StartsHanded, MetBy: machine.ActionPublish, Levels: huiying.Levels(),
			Source: "转办件所载办理期限", Verified: VerifiedCase},
	}
}

func (p Preset) holds(c huiying.Case) bool { return slices.Contains(p.Levels, c.Level) }

func (e *Engine) span(p Preset, from time.Time) (machine.Span, error) {
	return machine.Span{Start: from, Due: from.Add(p.Limit)}, nil
}

func (e *Engine) resumed(k huiying.Clock, at time.Time) (machine.Span, error) {
	return machine.Span{Start: k.StartedAt, Due: k.DueAt.Add(at.Sub(k.PausedAt)), Pausable: true}, nil
}

func (e *Engine) extend(a machine.Attempt, payload map[string]string) error {
	return nil
}

// Preset gives the time limit of an id, for pages that show its source.
func (e *Engine) Preset(id string) (Preset, bool) {
	i := slices.IndexFunc(e.presets, func(p Preset) bool { return p.ID == id })
	if i < 0 {
		return Preset{}, false
	}
	return e.presets[i], true
}

// handOver adds to the payload the clock of a deadline that a post came with.
// An earlier deadline takes the place of a later one that still runs; one that
// was met or missed stays as it is.
func handOver(payload map[string]string, c huiying.Case, from, due time.Time) {
	if due.IsZero() || !c.RespondedAt.IsZero() {
		return
	}
	due = due.Truncate(time.Microsecond)
	for _, k := range c.Clocks {
		switch {
		case k.Preset != clockHandover:
		case k.DueAt.Equal(due) || k.Running() && k.DueAt.Before(due):
			return
		case k.Running():
			payload[machine.ClockStop+clockHandover] = machine.Stamp(from)
			from = k.StartedAt
		}
	}
	payload[machine.ClockStart+clockHandover] = machine.Span{Start: from, Due: due}.String()
}

// meetClocks adds to the payload the clocks that the action meets, late ones
// included.
func (e *Engine) meetClocks(payload map[string]string, c huiying.Case, action string, at time.Time) {
	for _, p := range e.presets {
		if p.MetBy != action {
			continue
		}
		for _, k := range c.Clocks {
			if k.Preset == p.ID && k.MetAt.IsZero() {
				payload[machine.ClockMet+p.ID] = machine.Stamp(at)
			}
		}
	}
}
