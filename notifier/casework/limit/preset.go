package limit

import (
	"slices"

	"huiying"
)

// Preset is one time limit as data.
type Preset struct {
	ID       string
	Limit    Limit
	Use      Use
	Starts   string // the trigger
	MetBy    string // the action that meets it, or ByHand
	Pausable bool
	Extend   int // how many more units an approver may give, once; 0 = none
	Warn     []Warning
	Share    int // percent that Rate and Watch are held against
	Off      bool
	Source   string // the rule, "" for a default of this product
	Verified string // how well the rule is known

	Levels    []huiying.Level // it holds for; empty = all
	Platforms []string        // of the post; empty = all
	Kinds     []string        // of the post; empty = all
	Intents   []string        // of the post; empty = all, and a post of no known intent counts as other
}

// Use is what a limit is for.
type Use string

// The uses.
const (
	Clock Use = "clock" // runs on cases, and is breached
	Guard Use = "guard" // bounds when another action may be taken
	Rate  Use = "rate"  // measured over many
	Watch Use = "watch" // judged by the inspection of the office's own site
)

// Triggers of a clock.
const (
	StartsDetected = "detected" // counts from Case.FirstSeenAt
	StartsReceived = "received" // counts from the receipt of a letter or hand-over
	StartsAssigned = "assigned" // counts from the assignment
	StartsHanded   = "handed"   // runs to the deadline that a hand-over came with
	StartsRated    = "rate_bad" // counts from a bad rating
	StartsRating   = "rating"   // counts from the request for the citizen's rating
	StartsYearly   = "yearly"   // returns each year
	StartsManual   = "manual"   // a person starts it
)

// ByHand is a limit that a person records as met, because no action of the case
// machine does it.
const ByHand = "hand"

// Meeting lists what may meet a limit: the actions of the case machine by which
// something is done, and ByHand.
func Meeting() []string {
	return []string{
		"assign", "ack", "return_back", "submit", "approve", "publish", "request_rating", "rate_ok", "receipt", "close", ByHand,
	}
}

// How well a preset's source is known.
const (
	VerifiedLaw  = "law"             // the law's text was read in full
	VerifiedPage = "government page" // a government page repeats the number
	VerifiedCopy = "copy"            // only a copy of the text was read
	VerifiedCase = "case"            // the hand-over itself names it
	NoRule       = "no rule"         // default of this product
)

// intentOther stands for what no intent is known of.
const intentOther = "other"

// Subject is what a preset may hold for.
type Subject struct {
	Level    huiying.Level
	Platform string
	Kind     string
	Intent   string
}

// Holds reports whether the preset is in force for a subject.
func (p Preset) Holds(s Subject) bool {
	if s.Intent == "" {
		s.Intent = intentOther
	}
	return !p.Off && allows(p.Levels, s.Level) && allows(p.Platforms, s.Platform) && allows(p.Kinds, s.Kind) && allows(p.Intents, s.Intent)
}

func allows[T comparable](list []T, v T) bool { return len(list) == 0 || slices.Contains(list, v) }

// Find gives the preset of an id.
func Find(table []Preset, id string) (Preset, bool) {
	i := slices.IndexFunc(table, func(p Preset) bool { return p.ID == id })
	if i < 0 {
		return Preset{}, false
	}
	return table[i], true
}

// MetBy gives the action that meets the clock of a preset, by its id.
func MetBy(table []Preset) func(id string) string {
	return func(id string) string {
		p, _ := Find(table, id)
		return p.MetBy
	}
}

// For gives the clocks that a trigger starts for a subject, in the table's
// order.
func For(table []Preset, trigger string, s Subject) []Preset {
	var out []Preset
	for _, p := range table {
		if p.Use == Clock && p.Starts == trigger && p.Holds(s) {
			out = append(out, p)
		}
	}
	return out
}
