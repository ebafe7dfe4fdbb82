package casework

import (
	"fmt"

	"huiying"
)

// Fold rebuilds a case from its steps, the first to the last; the result is
// the stored case byte for byte. Steps that do not follow one another by the
// machine, or are not all of one case, are an error that names the step.
func Fold(steps []huiying.Step) (huiying.Case, error) {
	if len(steps) == 0 {
		return huiying.Case{}, huiying.Errorf(huiying.NotFound, "case.no_steps")
	}
	var c huiying.Case
	for i, s := range steps {
		if s.N != i+1 || s.CaseNo != steps[0].CaseNo {
			return huiying.Case{}, fmt.Errorf("step %d of case %s: found step %d of case %s in its place", i+1, steps[0].CaseNo, s.N, s.CaseNo)
		}
		var err error
		if c, err = apply(machine, c, s); err != nil {
			return huiying.Case{}, err
		}
	}
	return c, nil
}
