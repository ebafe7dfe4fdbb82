package tool

import (
	"bytes"
	"fmt"
	"os"
	"text/tabwriter"

	"huiying"
	"huiying/analyzer/learn"
	"huiying/analyzer/linear"
)

// ModelOptions say what is trained or measured, and on what.
type ModelOptions struct {
	Task  string // "" = every task, for ModelEval
	Data  string // folder of the labelled sets
	Out   string
	Model string // a file; "" = one is trained
	TSV   string // a labelled file of somebody's own
	// Corrections and Cases are an office's own files to learn from; see package
	// learn.
	Corrections, Cases string
	JSON               bool
}

// ModelTrain makes a model and writes it to a file.
func ModelTrain(s Streams, o ModelOptions) error {
	task, err := o.task()
	if err != nil {
		return err
	}
	m, err := learn.Build(task, o.Data)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := m.Encode(&b); err != nil {
		return err
	}
	if err := os.WriteFile(o.Out, b.Bytes(), 0o644); err != nil { //nolint:gosec // a model is no secret
		return fmt.Errorf("write the model: %w", err)
	}
	s.say("cli.model_written", o.Task, o.Out, b.Len())
	return nil
}

// task is what is to be learnt, from the office's own files too.
func (o ModelOptions) task() (learn.Task, error) {
	task, err := learn.TaskOf(o.Task)
	if err == nil && o.Cases != "" {
		task, err = learn.RoutingOwn(o.Cases)
	}
	if err != nil {
		return learn.Task{}, err
	}
	if o.Corrections != "" {
		task = task.With(learn.Corrections(task, o.Corrections))
	}
	return task, nil
}

// ModelEval prints every line of the measurement. It fails when a bar is
// missed.
func ModelEval(s Streams, o ModelOptions) error {
	var lines []modelLine
	var err error
	if o.TSV != "" {
		lines, err = ownLines(o)
	} else {
		lines, err = taskLines(o)
	}
	if err != nil {
		return err
	}
	missed := false
	w := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
	if !o.JSON {
		fmt.Fprintln(w, s.Words.Text(s.Lang, "cli.model_head"))
	}
	for _, l := range lines {
		missed = missed || !l.Met
		if o.JSON {
			if err := s.line(l); err != nil {
				return err
			}
			continue
		}
		met := map[bool]string{true: "+", false: "-"}[l.Met]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%.3f\t%.3f\t%s\t%s\n", l.Task, l.What, l.Data, l.Figure, l.Rows, l.Got, l.Bar, met, l.Baseline)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	if missed {
		return ErrFailed
	}
	return nil
}

// modelLine is one measured figure as it is printed.
type modelLine struct {
	Task     string  `json:"task"`
	What     string  `json:"what"`
	Data     string  `json:"data"`
	Figure   string  `json:"figure"`
	Rows     int     `json:"rows"`
	Got      float64 `json:"got"`
	Bar      float64 `json:"bar"`
	Met      bool    `json:"met"`
	Baseline string  `json:"baseline,omitempty"`
}

func printable(task string, list []learn.Line) (out []modelLine) {
	for _, l := range list {
		out = append(out, modelLine{task, l.What, l.File, l.Figure, l.Rows, l.Got, l.Least, l.Met, l.Baseline})
	}
	return out
}

func ownLines(o ModelOptions) ([]modelLine, error) {
	m, err := readModel(o.Model)
	if err != nil {
		return nil, err
	}
	lines, err := learn.Own(m, o.TSV)
	return printable(m.Name, lines), err
}

func taskLines(o ModelOptions) (out []modelLine, err error) {
	tasks := learn.Tasks()
	if o.Task != "" {
		one, err := learn.TaskOf(o.Task)
		if err != nil {
			return nil, err
		}
		tasks = []learn.Task{one}
	}
	for _, t := range tasks {
		var m *linear.Model
		if o.Model != "" {
			m, err = readModel(o.Model)
		} else {
			m, err = learn.Build(t, o.Data)
		}
		if err != nil {
			return nil, err
		}
		lines, err := learn.Measure(t, m, o.Data)
		if err != nil {
			return nil, err
		}
		out = append(out, printable(t.Training.Name, lines)...)
	}
	return out, nil
}

func readModel(file string) (*linear.Model, error) {
	body, err := os.ReadFile(file)
	if err != nil {
		return nil, huiying.Errorf(huiying.NotFound, "learn.bad_model", file, err)
	}
	m, err := linear.Decode(body)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "learn.bad_model", file, err)
	}
	return m, nil
}
