package learn_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huiying"
	"huiying/analyzer/learn"
	"huiying/analyzer/linear"
)

// task is a small question about texts made here.
func task() learn.Task {
	labels := map[string]string{"b": "bad", "g": "good"}
	return learn.Task{
		Training: linear.Training{Name: "made", Classes: []string{"bad", "good"}, Bits: 12, Epochs: 6, Rate: .2, Decay: 1e-5, Seed: 1},
		Sets:     []learn.Set{{File: "made.tsv", Labels: labels, Stripped: true}},
		Right:    .9,
		Bars: []learn.Bar{
			{What: "two classes", File: "made.tsv", Figure: "accuracy", Least: .95},
			{What: "out of reach", File: "made.tsv", Figure: "macro_f1", Least: 1.01},
			{What: "calibration", File: "made.tsv", Figure: "calibration", Least: .1},
		},
	}
}

// write makes a labelled file; the emoticon gives every label away.
func write(t *testing.T, rows int, honest bool) (dir string) {
	t.Helper()
	r := rand.New(rand.NewPCG(7, 7))
	words := map[string][]string{"b": {"太慢了", "没人管", "推来推去"}, "g": {"办得快", "很耐心", "点个赞"}}
	var b strings.Builder
	b.WriteString("label\ttext\n")
	for i := range rows {
		label := []string{"b", "g"}[r.IntN(2)]
		telling := words[label][r.IntN(3)]
		if !honest {
			telling = "大厅"
		}
		fmt.Fprintf(&b, "%s\t第%d号窗口%s[%s]，%s\n", label, r.IntN(90), telling, map[string]string{"b": "怒", "g": "赞"}[label], strings.Repeat("好", i%3))
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "made.tsv"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func measure(t *testing.T, dir string) map[string]learn.Line {
	t.Helper()
	m, err := learn.Build(task(), dir)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := learn.Measure(task(), m, dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]learn.Line{}
	for _, l := range lines {
		out[l.What] = l
	}
	return out
}

func TestMeasure(t *testing.T) {
	got := measure(t, write(t, 2000, true))
	if l := got["two classes"]; !l.Met || l.Got < .99 || l.Rows < 20 || l.Rows > 400 {
		t.Errorf("%+v", l)
	}
	if l := got["out of reach"]; l.Met {
		t.Errorf("%+v", l)
	}
	if l := got["calibration"]; !l.Met {
		t.Errorf("%+v", l)
	}
}

// Where only an emoticon tells, nothing is learnt from a set that is stripped
// of them.
func TestEmoticonsDoNotTell(t *testing.T) {
	if l := measure(t, write(t, 2000, false))["two classes"]; l.Got > .75 {
		t.Errorf("%+v", l)
	}
}

func TestBadSets(t *testing.T) {
	if _, err := learn.Build(task(), t.TempDir()); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("no file: %v", err)
	}
	for name, text := range map[string]string{"label": "b\t太慢\nx\t什么\n", "no text": "b\t太慢\ng\n"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "made.tsv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := learn.Build(task(), dir); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := learn.TaskOf("none"); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("no such task: %v", err)
	}
}

// shared is the folder of the shared sets, for tests that learn from them.
func shared(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join("..", "..", "..", "shared", "data")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the shared data are absent: " + dir)
	}
	if testing.Short() || raceEnabled {
		t.Skip("a hundred thousand texts are learnt: without -short and -race (make models)")
	}
	return dir
}

func report(t *testing.T, name string, lines []learn.Line) {
	t.Helper()
	for _, l := range lines {
		t.Logf("%-10s %-36s %-22s %-13s %5d rows  %.3f  (bar %.3f; %s)", name, l.What, l.File, l.Figure, l.Rows, l.Got, l.Least, l.Baseline)
		if !l.Met {
			t.Errorf("%s: %s, %s of %s is %.3f, bar %.3f", name, l.What, l.Figure, l.File, l.Got, l.Least)
		}
	}
}

// TestBars trains the real models on the shared sets, where they lie beside
// the project, and holds them against their bars and their size.
func TestBars(t *testing.T) {
	dir, all := shared(t), 0
	for _, task := range learn.Tasks() {
		m, err := learn.Build(task, dir)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := learn.Measure(task, m, dir)
		if err != nil {
			t.Fatal(err)
		}
		report(t, m.Name, lines)
		var b bytes.Buffer
		if err := m.Encode(&b); err != nil {
			t.Fatal(err)
		}
		t.Logf("%-10s %d bytes, temperature %.2f, sure from %.2f", m.Name, b.Len(), m.Temperature, m.Sure)
		if all += b.Len(); m.Name == "intent" && b.Len() > 900_000 {
			t.Errorf("the intent model has %d bytes", b.Len())
		}
	}
	if all > 3<<20 {
		t.Errorf("the models have %d bytes together", all)
	}
}

// TestBarsByFolds holds the intent task against its bars on all letters that
// were read twice, each judged by a model that has not seen it; one part held
// back is too small for stable figures.
func TestBarsByFolds(t *testing.T) {
	lines, err := learn.IntentByFolds(shared(t))
	if err != nil {
		t.Fatal(err)
	}
	for i := range lines {
		if l := &lines[i]; l.Figure == "calibration" {
			l.Least = .05
			l.Met = l.Got <= l.Least
		}
	}
	report(t, "folds", lines)
}

// A file of somebody's own is measured by the classes of the model.
func TestOwn(t *testing.T) {
	m, err := learn.Build(task(), write(t, 1000, true))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "own.tsv")
	if err := os.WriteFile(file, []byte("bad\t窗口太慢了\ngood\t大厅很耐心\nbad\t第三号窗口没人管\nbad\t点个赞\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	lines, err := learn.Own(m, file)
	if err != nil || len(lines) != 4 || lines[0].Rows != 4 || lines[0].Got != .75 || lines[2].Got != 1 {
		t.Errorf("%+v, %v", lines, err)
	}
}
