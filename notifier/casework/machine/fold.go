package machine

import (
	"fmt"
	"slices"

	"huiying"
)

// Version is raised with every change of what the same steps make of a case, so
// that stored cases are folded anew once.
const Version = 2

// Apply makes the case that follows c by the step s. It is the one place where
// a case changes: whoever takes a step and Fold both go through it.
func (m *Machine) Apply(c huiying.Case, s huiying.Step) (huiying.Case, error) {
	row, ok, _ := m.Find(s.From, s.Action)
	if !ok || s.From != c.State || s.To != row.Target(s.From) {
		return c, fmt.Errorf("step %d of case %s: no step %s from %q to %q", c.Version+1, s.CaseNo, s.Action, s.From, s.To)
	}
	c.Clocks, c.Posts, c.Drafts = slices.Clone(c.Clocks), slices.Clone(c.Posts), slices.Clone(c.Drafts)
	c.Answers, c.Files = slices.Clone(c.Answers), slices.Clone(c.Files)
	c.No, c.State = s.CaseNo, s.To
	c.Version++
	for _, effect := range row.Effects {
		if err := effect(&c, s); err != nil {
			return c, fmt.Errorf("step %d of case %s: %w", c.Version, s.CaseNo, err)
		}
	}
	if err := applyClocks(&c, s.Payload); err != nil {
		return c, fmt.Errorf("step %d of case %s: %w", c.Version, s.CaseNo, err)
	}
	if err := applyLadder(&c, s.Payload); err != nil {
		return c, fmt.Errorf("step %d of case %s: %w", c.Version, s.CaseNo, err)
	}
	return c, nil
}

// Fold rebuilds a case from its steps, the first to the last; the result is
// the stored case byte for byte. Steps that do not follow one another by the
// machine, or are not all of one case, are an error that names the step.
func (m *Machine) Fold(steps []huiying.Step) (huiying.Case, error) {
	if len(steps) == 0 {
		return huiying.Case{}, huiying.Errorf(huiying.NotFound, "case.no_steps")
	}
	var c huiying.Case
	for i, s := range steps {
		if s.N != i+1 || s.CaseNo != steps[0].CaseNo {
			return huiying.Case{}, fmt.Errorf("step %d of case %s: found step %d of case %s in its place", i+1, steps[0].CaseNo, s.N, s.CaseNo)
		}
		var err error
		if c, err = m.Apply(c, s); err != nil {
			return huiying.Case{}, err
		}
	}
	return c, nil
}
