package huiying

import "time"

// Command asks for one step of one case, whichever door it comes through.
type Command struct {
	CaseNo  string
	Action  string // an action of the case machine: assign, ack, submit …
	Actor   Actor
	Version int               // the version the actor saw; 0 where it does not matter
	Fields  map[string]string // by name: unit, owner, level, text, url, reason, note, at, delivery_id, channel
}

// MaxTogether is how many cases may take a step together.
const MaxTogether = 50

// Choice is one action as the page and the API offer it: whether this person
// may take it now, and if not, the sentence that says what is missing.
type Choice struct {
	Action  string
	Allowed bool
	Why     error    // nil when allowed
	Fields  []string // the fields it takes; a required one ends in "!"
	Presets []string // the time limits it may name, of an action that names one
}

// StepFields lists the fields of a step that are told as they stand, in the
// order in which they are told; words and what a step did to clocks are told
// besides.
func StepFields() []string {
	return []string{
		"unit", "owner", "helpers", "level", "kind", "disposition", "settlement", "organ", "grade", "into", "from", "preset", "instead", "days", "platform",
		"url", "receipt", "at", "post", "posts", "channel", "secrecy", "business", "checked", "designated", "via",
	}
}

// Card is what the link in an alert shows and lets its one reader do:
// acknowledge, hand on, be reminded, call it a false alarm. It carries no personal
// data.
type Card struct {
	Delivery Delivery
	Case     Case // zero below orange
	AckedBy  string
	AckedAt  time.Time
	AckToo   bool     // the case wants this reader's acknowledgement as well
	HandTo   []Person // who it may be handed to; a unit stands as one, by its id and name
	Remind   []int    // after how many minutes one may be reminded; none = not any more
	False    bool     // the reader may call it a false alarm
	Expires  time.Time
}
