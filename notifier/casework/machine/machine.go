// Package machine is the case machine itself: which step may follow which, who
// may take it, what it needs, and what the case is after it. It knows no
// database and no time but what it is given; it refuses a step that is not in
// its table, and to make a case of a record that does not follow it.
package machine

import (
	"slices"

	"huiying"
)

// AnyOpen stands for every state in which work is still owed.
const AnyOpen huiying.CaseState = "*open*"

// Transition is one row of the machine.
type Transition struct {
	From     huiying.CaseState // AnyOpen for every open state, "" for no case yet
	Action   string
	To       huiying.CaseState // "" keeps the state
	Roles    []huiying.Role    // who may; none = only the system and rules
	Guards   []Guard
	Required []string
	Optional []string
	Effects  []Effect
}

// Table gives a copy of the machine, in the order pages offer the actions.
func Table() []Transition {
	rows := slices.Concat(opening(), handling(), review(), ending(), anyOpen())
	return rows
}

// Leads reports whether the row may be taken in the state.
func (t Transition) Leads(from huiying.CaseState) bool {
	if t.From == AnyOpen {
		return from.Open()
	}
	return t.From == from
}

// Target is the state after the row is taken in the state from.
func (t Transition) Target(from huiying.CaseState) huiying.CaseState {
	if t.To == "" {
		return from
	}
	return t.To
}

// Fields lists the fields the row takes; a required one ends in "!".
func (t Transition) Fields() []string {
	out := make([]string, 0, len(t.Required)+len(t.Optional))
	for _, f := range t.Required {
		out = append(out, f+"!")
	}
	return append(out, t.Optional...)
}

func (t Transition) takes(field string) bool {
	return slices.Contains(t.Required, field) || slices.Contains(t.Optional, field)
}

// Machine is the table made ready to be asked. It is immutable.
type Machine struct {
	rows []Transition
}

// New makes the machine of Table.
func New() *Machine { return &Machine{rows: Table()} }

// Find gives the row for an action in a state. known says whether any state
// has the action.
func (m *Machine) Find(from huiying.CaseState, action string) (row Transition, ok, known bool) {
	for _, t := range m.rows {
		if t.Action != action {
			continue
		}
		known = true
		if t.Leads(from) {
			return t, true, true
		}
	}
	return Transition{}, false, known
}

// Rows are the rows a person may be offered in a state, in the table's order.
func (m *Machine) Rows(from huiying.CaseState) []Transition {
	var out []Transition
	for _, t := range m.rows {
		if len(t.Roles) > 0 && t.Leads(from) {
			out = append(out, t)
		}
	}
	return out
}
