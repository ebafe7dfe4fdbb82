package learn

import (
	"fmt"
	"maps"
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
	aside := map[string]bool{} // texts that do not train, of the sets so far
	for _, s := range t.Sets {
		rows, sums, err := s.read(dir)
		if err != nil {
			return nil, err
		}
		rows = s.unseen(rows, aside)
		if !s.Whole || s.Part != Held {
			maps.Copy(t.Training.Sets, sums)
		}
		train = append(train, s.examples(of(Train, rows), t.Training.Classes)...)
		if len(s.Among) == 0 {
			calibrate = append(calibrate, s.examples(of(Calibrate, rows), t.Training.Classes)...)
		}
	}
	m := linear.Train(t.Training, train)
	m.Calibrate(calibrate, t.Right)
	return m, nil
}

// unseen leaves out of an office's own lessons those whose text an earlier set
// does not train on: nothing that is measured may have been learnt.
func (s Set) unseen(rows []row, aside map[string]bool) []row {
	if s.Dir != "" && s.Whole && s.Part == Train {
		return slices.DeleteFunc(rows, func(r row) bool { return aside[r.bare()] })
	}
	for _, r := range rows {
		if r.part != Train {
			aside[r.bare()] = true
		}
	}
	return rows
}

// Measure holds a model against the bars of a task, on rows held back from its
// training, and the rule of the task beside it on the same rows.
func Measure(t Task, m *linear.Model, dir string) ([]Line, error) {
	var out []Line
	said := map[string]answers{} // by set
	for _, b := range t.Bars {
		a, ok := said[b.File]
		if !ok {
			var err error
			if a, err = t.answers(m, b.File, dir); err != nil {
				return nil, err
			}
			said[b.File] = a
		}
		out = append(out, b.line(m.Classes, a))
	}
	if t.Also == nil {
		return out, nil
	}
	also, err := t.Also()
	return append(out, also...), err
}

// answers are what a model and, where a task has one, a rule say of the rows
// of a set that were held back.
type answers struct{ model, rule []verdict }

func (t Task) answers(m *linear.Model, file, dir string) (answers, error) {
	s := t.Sets[slices.IndexFunc(t.Sets, func(s Set) bool { return s.File == file })]
	rows, _, err := s.read(dir)
	if err != nil {
		return answers{}, err
	}
	rows = of(Held, rows)
	a := answers{model: judged(m, s.examples(rows, m.Classes))}
	if t.Rule == nil {
		return a, nil
	}
	for _, r := range rows {
		said := slices.Index(m.Classes, t.Rule(r.title, r.text))
		a.rule = append(a.rule, verdict{truth: slices.Index(m.Classes, r.class), said: said, second: -1, sure: 1, surely: true})
	}
	return a, nil
}

// line measures one figure.
func (b Bar) line(classes []string, a answers) Line {
	if a.rule != nil {
		b.Baseline = fmt.Sprintf("cue words %.3f", b.figure(classes, a.rule))
	}
	got := b.figure(classes, a.model)
	met := got >= b.Least
	if b.Figure == "calibration" {
		met = got <= b.Least
	}
	return Line{b, len(a.model), got, met}
}

// verdict is one answer beside the truth.
type verdict struct {
	truth, said, second int
	sure                float64
	surely              bool // surer than the model's bound
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
		v.surely = a.Sure && a.Class == v.said
		out = append(out, v)
	}
	return out
}
