package learn

import (
	"math"
	"path/filepath"
	"slices"

	"huiying/analyzer/linear"
)

// Line is one measured figure.
type Line struct {
	Bar
	Rows int
	Got  float64
	Met  bool
}

// Build trains the model of a task on the sets of a folder and calibrates it.
func Build(t Task, dir string) (*linear.Model, error) {
	var train, calibrate []linear.Example
	t.Training.Sets = map[string]string{}
	for _, s := range t.Sets {
		rows, sum, err := s.read(dir)
		if err != nil {
			return nil, err
		}
		if !s.Whole || s.Part != Held {
			t.Training.Sets[s.File] = sum
		}
		train = append(train, s.examples(rows, Train, t.Training.Classes)...)
		if len(s.Among) == 0 {
			calibrate = append(calibrate, s.examples(rows, Calibrate, t.Training.Classes)...)
		}
	}
	m := linear.Train(t.Training, train)
	m.Calibrate(calibrate, t.Right)
	return m, nil
}

// Measure holds a model against the bars of a task, on rows held back from its
// training.
func Measure(t Task, m *linear.Model, dir string) ([]Line, error) {
	var out []Line
	for _, b := range t.Bars {
		i := slices.IndexFunc(t.Sets, func(s Set) bool { return s.File == b.File })
		rows, _, err := t.Sets[i].read(dir)
		if err != nil {
			return nil, err
		}
		list := t.Sets[i].examples(rows, Held, m.Classes)
		got := figure(b.Figure, judged(m, list))
		met := got >= b.Least
		if b.Figure == "calibration" {
			met = got <= b.Least
		}
		out = append(out, Line{b, len(list), got, met})
	}
	return out, nil
}

// verdict is one answer beside the truth.
type verdict struct {
	truth, said, second int
	sure                float64
}

// judged has the model answer; where the labeller chose among some classes, so
// does the model.
func judged(m *linear.Model, list []linear.Example) []verdict {
	out := make([]verdict, 0, len(list))
	for _, e := range list {
		a := m.Judge(&linear.Features{Hashes: e.Hashes}, nil)
		v, all := verdict{truth: e.Class, said: -1, second: -1}, 0.0
		for c, p := range a.Probabilities {
			if e.Among != 0 && e.Among>>c&1 == 0 {
				continue
			}
			all += p
			switch {
			case v.said < 0 || p > a.Probabilities[v.said]:
				v.said, v.second = c, v.said
			case v.second < 0 || p > a.Probabilities[v.second]:
				v.second = c
			}
		}
		v.sure = a.Probabilities[v.said] / all
		out = append(out, v)
	}
	return out
}

func figure(name string, list []verdict) float64 {
	switch name {
	case "macro_f1":
		return macroF1(list)
	case "top_two":
		return share(list, func(v verdict) bool { return v.truth == v.said || v.truth == v.second })
	case "calibration":
		return calibrationError(list)
	}
	return share(list, func(v verdict) bool { return v.truth == v.said })
}

func share(list []verdict, holds func(verdict) bool) float64 {
	n := 0
	for _, v := range list {
		if holds(v) {
			n++
		}
	}
	return float64(n) / float64(max(1, len(list)))
}

// macroF1 is the mean of the F1 of every class that is in the truth.
func macroF1(list []verdict) float64 {
	right, truth, said := map[int]int{}, map[int]int{}, map[int]int{}
	for _, v := range list {
		truth[v.truth]++
		said[v.said]++
		if v.truth == v.said {
			right[v.truth]++
		}
	}
	sum := 0.0
	for c, n := range truth {
		sum += 2 * float64(right[c]) / float64(n+said[c])
	}
	return sum / float64(max(1, len(truth)))
}

// calibrationError is the expected calibration error over ten bins: how far
// the probability of an answer is from how often it is right.
func calibrationError(list []verdict) float64 {
	var n, right, sure [10]float64
	for _, v := range list {
		b := min(9, int(v.sure*10))
		n[b]++
		sure[b] += v.sure
		if v.truth == v.said {
			right[b]++
		}
	}
	e := 0.0
	for b := range n {
		e += math.Abs(right[b] - sure[b])
	}
	return e / float64(max(1, len(list)))
}

// Own measures a model on a labelled file of somebody's own: a line is a class,
// a tab, the text, and all of it is held back.
func Own(m *linear.Model, file string) ([]Line, error) {
	set := Set{File: filepath.Base(file), Labels: map[string]string{}, Whole: true, Part: Held}
	for _, c := range m.Classes {
		set.Labels[c] = c
	}
	rows, _, err := set.read(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	list := judged(m, set.examples(rows, Held, m.Classes))
	var out []Line
	for _, name := range []string{"accuracy", "macro_f1", "top_two", "calibration"} {
		out = append(out, Line{Bar: Bar{What: "own", File: set.File, Figure: name}, Rows: len(list), Got: figure(name, list), Met: true})
	}
	return out, nil
}
