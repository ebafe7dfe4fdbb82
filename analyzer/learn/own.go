package learn

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"huiying"
	"huiying/analyzer/linear"
)

// correctionWeight is how many texts of the sets one correction counts for.
const correctionWeight = 3

// Corrections are the answers of a task that an office has put right: a line of
// the file is a class of the task (of RoutingOwn any unit), a tab, the text; the
// first line may name the columns. All of them train, each for three, but those
// whose text another set holds back.
func Corrections(t Task, file string) Set {
	s := Set{
		Dir: filepath.Dir(file), File: filepath.Base(file), Labels: same(t.Training.Classes),
		Weight: correctionWeight, Whole: true, Part: Train,
	}
	for _, own := range t.Sets {
		if own.units {
			maps.Copy(s.Labels, own.Labels)
		}
	}
	if slices.Contains(t.Training.Classes, OtherUnits) {
		s.Else = OtherUnits
	}
	return s
}

// With is the task with another set to learn from.
func (t Task) With(s Set) Task {
	t.Sets = append(slices.Clone(t.Sets), s)
	return t
}

// same labels each class by its own name.
func same(classes []string) map[string]string {
	out := map[string]string{}
	for _, c := range classes {
		out[c] = c
	}
	return out
}

// Own measures a model on a labelled file of somebody's own: a line is a class,
// a tab, the text, and all of it is held back.
func Own(m *linear.Model, file string) ([]Line, error) {
	set := Set{Dir: filepath.Dir(file), File: filepath.Base(file), Labels: same(m.Classes), Whole: true, Part: Held}
	rows, _, err := set.read("")
	if err != nil {
		return nil, err
	}
	list := judged(m, set.examples(rows, m.Classes))
	var out []Line
	for _, name := range []string{"accuracy", "macro_f1", "top_two", "calibration"} {
		b := Bar{What: "own", File: set.File, Figure: name}
		out = append(out, Line{Bar: b, Rows: len(list), Got: b.figure(m.Classes, list), Met: true})
	}
	return out, nil
}

// maxUnits is how many classes a model can have.
const maxUnits = 8

// OtherUnits is the class of the units that RoutingOwn puts together.
const OtherUnits = "其他"

// RoutingOwn is the routing task on an office's own closed cases: a line of the
// file is the unit that dealt with the case (a name or an id), a tab, the text.
// A first line whose unit never comes again names the columns. Of more than
// eight units the seven commonest stay and the rest is OtherUnits. A tenth
// each sets the temperature and is held back; its figures have no bar.
// huiying.Invalid when there are fewer than two units.
func RoutingOwn(file string) (Task, error) {
	set := Set{Dir: filepath.Dir(file), File: filepath.Base(file), units: true}
	cases := map[string]int{}
	first := ""
	_, err := scan(set.Dir, set.File, func(n int, line string) error {
		unit, text, ok := strings.Cut(line, "\t")
		if !ok || strings.TrimSpace(text) == "" {
			return nil // told by the reading of the set
		}
		if n == 1 {
			first = unit
		}
		cases[unit]++
		return nil
	})
	if err != nil {
		return Task{}, err
	}
	if cases[first] == 1 {
		delete(cases, first)
	}
	if len(cases) < 2 {
		return Task{}, huiying.Errorf(huiying.Invalid, "learn.units", set.File, len(cases))
	}
	t := routing()
	t.Training.Classes, set.Labels = units(cases)
	t.Sets, t.Bars = []Set{set}, nil
	for _, figure := range []string{"accuracy", "macro_f1", "top_two", "calibration", "sure_share", "sure_accuracy"} {
		b := Bar{What: "own units", File: set.File, Figure: figure}
		if figure == "calibration" {
			b.Least = 1
		}
		t.Bars = append(t.Bars, b)
	}
	return t, nil
}

// units makes classes of the units by how many cases each had.
func units(cases map[string]int) (classes []string, labels map[string]string) {
	byCases := slices.SortedFunc(maps.Keys(cases), func(a, b string) int {
		return cmp.Or(cmp.Compare(cases[b], cases[a]), strings.Compare(a, b))
	})
	if len(byCases) <= maxUnits {
		return byCases, same(byCases)
	}
	labels = map[string]string{}
	for _, u := range byCases {
		labels[u] = OtherUnits
		if len(classes) < maxUnits-1 && u != OtherUnits {
			labels[u] = u
			classes = append(classes, u)
		}
	}
	return append(classes, OtherUnits), labels
}
