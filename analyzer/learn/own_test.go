package learn_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/learn"
	"huiying/analyzer/linear"
)

// file writes a file of an office's own.
func file(t testing.TB, body string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "own.tsv")
	if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// What an office has put right, the model answers the office's way.
func TestCorrections(t *testing.T) {
	dir := write(t, 600, true)
	class := func(task learn.Task) string {
		m, err := learn.Build(task, dir)
		if err != nil {
			t.Fatal(err)
		}
		var f linear.Features
		f.Read(fold.New("自助机又吞了号"))
		return m.Classes[m.Judge(&f, nil).Class]
	}
	for _, want := range []string{"good", "bad"} {
		body := "label\ttext\n" + strings.Repeat(want+"\t自助机又吞了号\n", 20)
		corrected := task().With(learn.Corrections(task(), file(t, body)))
		if got := class(corrected); got != want {
			t.Errorf("corrected to %s, said %s", want, got)
		}
	}
	if n := len(task().Sets); n != 1 {
		t.Errorf("the task itself has %d sets now", n)
	}
	corrected := task().With(learn.Corrections(task(), file(t, "good\t很快\nfine\t还行\n")))
	if _, err := learn.Build(corrected, dir); huiying.ErrorCode(err) != huiying.Invalid || !strings.Contains(err.Error(), "own.tsv 2 fine") {
		t.Errorf("a class that is none: %v", err)
	}
	m, err := learn.Build(task().With(learn.Corrections(task(), file(t, "good\t很快\n"))), dir)
	if err != nil || len(m.Sets) != 2 || m.Sets["own/own.tsv"] == "" {
		t.Errorf("the sets of the model are %v, %v", m.Sets, err)
	}
}

// A correction whose text is held back, or sets the temperature, does not
// train, whatever its spaces and emoticons: else the measurement would be of what was learnt.
func TestCorrectionsKeepOutOfWhatIsMeasured(t *testing.T) {
	dir := write(t, 600, true)
	raw, err := os.ReadFile(filepath.Join(dir, "made.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder // every text, put wrong
	for line := range strings.Lines(string(raw)) {
		label, text, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if wrong, ok := map[string]string{"b": "good", "g": "bad"}[label]; ok {
			fmt.Fprintf(&all, "%s\t%s\n", wrong, strings.ReplaceAll(text, "，", "， "))
		}
	}
	corrected := task().With(learn.Corrections(task(), file(t, all.String())))
	held, lessons, err := learn.Lessons(corrected, dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(held) < 60 || len(lessons) < 300 || len(held)+len(lessons) > 600 {
		t.Fatalf("%d texts aside, %d lessons", len(held), len(lessons))
	}
	for _, text := range lessons {
		if held[text] {
			t.Fatalf("%q is both learnt and measured", text)
		}
	}
}

// Of an office with more units than a model has classes, a unit that is not
// among the commonest is corrected to the others, as its cases are.
func TestCorrectionsOfUnits(t *testing.T) {
	cases := map[string]int{}
	for i, u := range []string{"甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬"} {
		cases[u] = 20 - i
	}
	task, err := learn.RoutingOwn(file(t, closed(cases)))
	if err != nil {
		t.Fatal(err)
	}
	classes, err := learn.ReadOwn(task.With(learn.Corrections(task, file(t, "unit\ttext\n甲\t路灯\n壬\t井盖\n癸\t水管\n"))))
	if want := []string{"甲", learn.OtherUnits, learn.OtherUnits}; err != nil || !slices.Equal(classes, want) {
		t.Errorf("%v, %v", classes, err)
	}
	few, err := learn.RoutingOwn(file(t, closed(map[string]int{"甲": 5, "乙": 5})))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := learn.ReadOwn(few.With(learn.Corrections(few, file(t, "甲\t路灯\n癸\t水管\n")))); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("a unit without a class: %v", err)
	}
}

// closed are closed cases: how many each unit had, with words of its own.
func closed(units map[string]int) string {
	var b strings.Builder
	b.WriteString("unit\ttext\n")
	for u, n := range units {
		for i := range n {
			fmt.Fprintf(&b, "%s\t第%d件是关于%s%s的事\n", u, i, u, u)
		}
	}
	return b.String()
}

func TestRoutingOwn(t *testing.T) {
	units := map[string]int{"甲科": 90, "乙科": 80, "丙股": 70, "丁股": 60, "戊队": 50, "己所": 45, "庚站": 40, "辛办": 12, "壬办": 11, "癸办": 10}
	task, err := learn.RoutingOwn(file(t, closed(units)))
	if err != nil || len(task.Training.Classes) != 8 || task.Training.Classes[0] != "甲科" || task.Training.Classes[7] != learn.OtherUnits {
		t.Fatalf("%v, %v", task.Training.Classes, err)
	}
	m, err := learn.Build(task, "")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := learn.Measure(task, m, "")
	if err != nil || len(lines) != len(task.Bars) {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for _, l := range lines {
		if !l.Met || l.Rows < 20 || l.Rows > 90 {
			t.Errorf("%+v", l)
		}
		if l.Figure == "macro_f1" && l.Got < .8 {
			t.Errorf("units that name themselves: %+v", l)
		}
	}
}

func TestFewUnits(t *testing.T) {
	task, err := learn.RoutingOwn(file(t, "单位\t内容\n甲科\t路灯\n乙科\t社保\n甲科\t井盖\n"))
	if err != nil || !slices.Equal(task.Training.Classes, []string{"甲科", "乙科"}) {
		t.Errorf("two units: %v, %v", task.Training.Classes, err)
	}
	for name, body := range map[string]string{"one": "甲科\t路灯\n甲科\t井盖\n", "none": "", "columns": "单位\t内容\n甲科\t路灯\n甲科\t井盖\n"} {
		if _, err := learn.RoutingOwn(file(t, body)); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := learn.RoutingOwn(filepath.Join(t.TempDir(), "none.tsv")); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("no file: %v", err)
	}
}

// However many units there are, a model has room for them, the commonest keep
// their names and none is lost.
func TestUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸", learn.OtherUnits})
		cases := rapid.MapOfN(name, rapid.IntRange(1, 9), 2, 11).Draw(t, "cases")
		classes, labels := learn.Units(cases)
		if len(classes) != min(8, len(cases)) || len(labels) != len(cases) {
			t.Fatalf("%d classes and %d labels of %d units", len(classes), len(labels), len(cases))
		}
		least, most := 10, 0 // cases of a unit that kept its name, and of one that did not
		for unit, class := range labels {
			switch {
			case !slices.Contains(classes, class) || class != unit && class != learn.OtherUnits:
				t.Fatalf("%s became %s among %v", unit, class, classes)
			case class == unit && unit != learn.OtherUnits:
				least = min(least, cases[unit])
			case class != unit:
				most = max(most, cases[unit])
			}
		}
		if most > least {
			t.Fatalf("a unit of %d cases lost its name to one of %d: %v", most, least, cases)
		}
	})
}

// FuzzOwn reads files of an office's own as both kinds.
func FuzzOwn(f *testing.F) {
	for _, body := range []string{"", "a\tb\nc\td\na\tb\n", "unit\ttext\n甲\t路灯\n乙\t社保\n", "a\n", "\t\n\t\n", "甲\t\xff\x00\r\n乙\tx\ty\n", "其他\tx\n甲\tx\n"} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		name := file(t, body)
		if task, err := learn.RoutingOwn(name); err == nil {
			if n := len(task.Training.Classes); n < 2 || n > 8 {
				t.Fatalf("%d classes", n)
			}
			known(t, task)
		}
		known(t, task().With(learn.Corrections(task(), name)))
	})
}

// known fails where a row is of a class that the task does not have.
func known(t *testing.T, task learn.Task) {
	t.Helper()
	classes, err := learn.ReadOwn(task)
	if err != nil {
		return
	}
	for _, c := range classes {
		if !slices.Contains(task.Training.Classes, c) {
			t.Fatalf("a row of class %q among %q", c, task.Training.Classes)
		}
	}
}
