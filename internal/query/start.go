package query

import (
	"slices"
	"time"

	"huiying"
)

// The steps from an empty office to its first alert, in their order.
const (
	StepAddress = "address"
	StepPeople  = "people"
	StepSource  = "source"
	StepRule    = "rule"
	StepRoster  = "roster"
	StepDrill   = "drill"
)

// How far a step is.
const (
	StepTodo = "todo"
	StepHalf = "half" // begun: something is there and does not work yet
	StepDone = "done"
)

// StartStep is one step as the stored state tells it.
type StartStep struct {
	Key   string
	State string
}

// Start is how far an office is from its first alert.
type Start struct {
	At        time.Time
	File      string // the configuration, "" = built in
	PublicURL string
	Office    string
	Contact   string // shown to the sites that are read
	Channels  []ChannelRow
	People    []StartPerson
	Units     []huiying.Unit
	Sources   []StartSource
	Rules     []RuleRow // in force and of the draft
	Draft     int       // version of the draft
	Differs   bool      // the draft is not what is in force
	Rosters   []DutyRoster
	Drills    []StartDelivery // of the last drill
	DrilledAt time.Time
	Steps     []StartStep
}

// Ready reports that nothing is left to be done.
func (s Start) Ready() bool { return s.Next() == "" }

// Next is the first step that is not done, "" when all are.
func (s Start) Next() string {
	for _, step := range s.Steps {
		if step.State != StepDone {
			return step.Key
		}
	}
	return ""
}

// State is how far one step is.
func (s Start) State(key string) string {
	for _, step := range s.Steps {
		if step.Key == key {
			return step.State
		}
	}
	return StepTodo
}

// DutyTold reports that the last drill went to somebody who is on duty.
func (s Start) DutyTold() bool {
	return slices.ContainsFunc(s.Drills, func(d StartDelivery) bool { return d.OnDuty })
}

// Drillable are the rules of which a drill may be sent: those that tell people
// and are in force as they are shown.
func (s Start) Drillable() []RuleRow {
	var out []RuleRow
	for _, r := range s.Rules {
		if r.Drillable() {
			out = append(out, r)
		}
	}
	return out
}

// StartPerson is a person who works here.
type StartPerson struct {
	huiying.Person
	Reachable bool // over a channel that there is
	OnDuty    bool // now
	File      bool // a file defines the person
}

// StartSource is a source with what was read of it.
type StartSource struct {
	huiying.Source
	File string              // which defines it, "" = registered on a page
	Last huiying.LedgerEntry // zero = not read yet
	Read int                 // posts of the last 24 hours
}

// StartDelivery is a delivery of the last drill.
type StartDelivery struct {
	huiying.Delivery
	OnDuty bool // its person, now
}

// NewSource is a source as it is registered on a page.
type NewSource struct {
	Way       string // how it is read: one of the ways of the desk
	Address   string // of a page, a feed or an account; the number of an account
	Name      string
	Basis     string // of its row in the register of automated collection
	Reference string
	Holder    string
	Expires   string // 2027-12-31
	By        huiying.Actor
}

// SourceTrial is what one reading of a source gave. Nothing of it is stored.
type SourceTrial struct {
	Way    string // that read it
	State  huiying.SourceState
	Reason string // catalogue key of why the state is not ok
	Detail string
	Posts  []TriedPost // the first ones
	Seen   int
	Asked  int // questions put to the site
	Took   time.Duration
}

// TriedPost is one post of a trial: what shows that the right thing was read,
// with personal data masked, and no author.
type TriedPost struct {
	Begins      string // of its title, or of its words
	URL         string
	PublishedAt time.Time
	Length      int      // characters of its words
	Missing     []string // fields that a reader would look for in vain
}

// PlaceAdvice says how a place name meets other words.
type PlaceAdvice struct {
	Word   string
	Short  bool   // so short that it is met by chance
	Left   string // two words at whose border it is met most often, "" = hardly ever
	Right  string
	Longer []string // longer words that it lies inside of, not at the head
}

// Whole reports that the name must be met as a whole word.
func (a PlaceAdvice) Whole() bool { return a.Short || a.Left != "" || len(a.Longer) > 0 }
