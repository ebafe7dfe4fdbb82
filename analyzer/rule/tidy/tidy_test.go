package tidy_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiying/analyzer/rule"
	"huiying/analyzer/rule/tidy"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A file of every style of YAML is written as the golden one, and that one
// stays as it is.
func TestFormat(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "mixed.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := tidy.Format(raw)
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "mixed.golden.yaml")
	if *update {
		if err := os.WriteFile(golden, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
	again, err := tidy.Format(got)
	if err != nil || string(again) != string(got) {
		t.Errorf("formatting twice gives %v\n%s", err, cmp.Diff(string(got), string(again)))
	}
}

func TestBrokenIsLeftAlone(t *testing.T) {
	if _, err := tidy.Format([]byte("rules: [{id: r, when: 甲 乙}]")); err == nil {
		t.Error("no error")
	}
}

// FuzzFormat: whatever reads as rules is written with the same meaning, and
// only once.
func FuzzFormat(f *testing.F) {
	for _, s := range []string{
		"rules: [{id: r, when: 甲   OR 乙}]", "rules:\n- id: a\n  when: |\n    甲\n    OR 乙\n- id: b\n  when: \"甲\\u4e59\"\n", "rules:\n  - when: >\n      甲 AND\n\n      乙\n    id: x\n",
		"rules:\n- {id: r, when: '\"it''s\"'}\n# 尾\n", "sets: {a: [b]}\nrules:\n- id: r\n  when: set(a)   \n", "rules:\r\n- id: r\r\n  when: 甲   OR 乙\r\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := rule.ParseFile([]byte(text)); err != nil {
			t.Skip("no rules")
		}
		out, err := tidy.Format([]byte(text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if again, err := tidy.Format(out); err != nil || string(again) != string(out) {
			t.Fatalf("%q gives %q, then %q %v", text, out, again, err)
		}
	})
}
