package rule_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/analyzer/analyzertest"
	"huiying/analyzer/rule"
)

var update = flag.Bool("update", false, "write the golden files anew")

func read(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestParseFile(t *testing.T) {
	f, err := rule.ParseFile(read(t, "good.yaml"))
	if err != nil {
		t.Fatal(sentences(t, err))
	}
	type seen struct {
		id, name, level, notify string
		line                    int
	}
	var got []seen
	for _, r := range f.Rules {
		got = append(got, seen{r.ID, r.Name, string(r.Level), strings.Join(r.Notify, " "), r.Line})
	}
	want := []seen{
		{"r-city", "中卫", "orange", "u-press", 6},
		{"r-queue", "排队", "red", "u-hall u-press", 11},
		{"r-hotline", "r-hotline", "none", "", 18},
	}
	if len(got) == 3 {
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("rule %d: got %+v, want %+v", i, got[i], want[i])
			}
		}
	} else {
		t.Errorf("got %+v", got)
	}
	if diff := cmp.Diff(map[string][]string{"球": {"国足", "中超", "后卫", "球队"}, "热线": {"12345", "市长热线"}}, f.Sets); diff != "" {
		t.Error(diff)
	}
	c := analyzertest.Cutter(t)
	p, err := rule.Compile(rule.Options{Rules: f, Known: c})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(p.Match(document(t, c, "中卫大厅排队，12345没人接")).Tags); n != 3 {
		t.Errorf("%d of 3 rules hold", n)
	}
}

// Every mistake of a file is told at once, with line and column, in the file's
// order, in whole sentences.
func TestBrokenFile(t *testing.T) {
	_, err := rule.ParseFile(read(t, "broken.yaml"))
	if huiying.ErrorCode(err) != huiying.Invalid {
		t.Fatalf("got %v", err)
	}
	got := sentences(t, err) + "\n"
	golden := filepath.Join("testdata", "broken.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(read(t, "broken.golden")), got); diff != "" {
		t.Error(diff)
	}
}

// Columns lie on the very character, in every way YAML writes a text.
func TestColumns(t *testing.T) {
	for name, yaml := range map[string]string{
		"plain":         "rules:\n  - id: r-a\n    when: 甲 AND 乙 丙\n",
		"single":        "rules:\n  - id: r-a\n    when: '甲 AND 乙 丙'\n",
		"double":        "rules:\n  - id: r-a\n    when: \"甲 AND 乙 丙\"\n",
		"flow":          "rules: [{id: r-a, when: 甲 AND 乙 丙}]\n",
		"literal":       "rules:\n  - id: r-a\n    when: |\n      甲 AND\n        乙 丙\n",
		"folded":        "rules:\n  - id: r-a\n    when: >-\n      甲 AND\n      乙\n      丙\n",
		"plain, lines":  "rules:\n  - id: r-a\n    when: 甲 AND\n      乙\n      丙\n",
		"quotes inside": "rules:\n  - id: r-a\n    when: '\"甲 甲\" AND 乙 丙'\n",
		"after a rule":  "rules:\n  - {id: r-x, when: 乙}\n  - id: r-a\n    when: 甲 AND 乙 丙\n",
	} {
		_, err := rule.ParseFile([]byte(yaml))
		var e *huiying.Error
		if !errors.As(err, &e) || e.Key != "rule.at" {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		line, column := e.Args[0].(int), e.Args[1].(int)
		at := []rune(strings.Split(yaml, "\n")[line-1])[column-1:]
		if at[0] != '丙' {
			t.Errorf("%s: line %d column %d is %q, want 丙", name, line, column, string(at))
		}
	}
}

// What is no rules file at all gives one sentence.
func TestNoRulesFile(t *testing.T) {
	for name, c := range map[string]struct{ raw, key string }{
		"not UTF-8":     {"rules:\n  - id: \xff\n", "rule.not_utf8"},
		"NUL":           {"rules:\x00", "rule.nul"},
		"YAML":          {"rules: [", "rule.yaml"},
		"a list":        {"- 甲\n", "rule.want_mapping"},
		"two documents": {"rules: []\n---\nrules: []\n", "rule.one_document"},
		"no rules":      {"sets: {甲: [乙]}\n", "rule.no_rules"},
		"rules no list": {"rules: 甲\n", "rule.want_list"},
		"unknown key":   {"rules: []\nrole: 1\n", "rule.unknown_key"},
	} {
		_, err := rule.ParseFile([]byte(c.raw))
		var e *huiying.Error
		if !errors.As(err, &e) || e.Key != "rule.at" || e.Args[2].(*huiying.Error).Key != c.key {
			t.Errorf("%s: got %v, want %s", name, err, c.key)
		}
	}
	for _, empty := range []string{"", "# nothing\n", "rules: []\n", "rules:\n"} {
		if f, err := rule.ParseFile([]byte(empty)); err != nil || len(f.Rules) != 0 {
			t.Errorf("%q: got %v, %v", empty, f, err)
		}
	}
}

func FuzzParseFile(f *testing.F) {
	f.Add(read(f, "good.yaml"))
	f.Add(read(f, "broken.yaml"))
	f.Add([]byte("rules: [{id: a, when: *x}]"))
	f.Add([]byte("rules: &a [*a]"))
	f.Add([]byte("rules:\n  - id: a\n    when: \"\\u4e2d \\\n  乙\""))
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := rule.ParseFile(raw)
		if (file == nil) == (err == nil) {
			t.Fatalf("a file and an error, or neither: %v %v", file, err)
		}
		if err == nil {
			if _, err := rule.Compile(rule.Options{Rules: file}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
