package foreign_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"huiying"
	"huiying/analyzer/rule"
	"huiying/analyzer/rule/foreign"
	"huiying/analyzer/rule/foreign/query"
	"huiying/analyzer/rule/foreign/radar"
	"huiying/analyzer/rule/lang"
	"huiying/internal/locale"
)

var update = flag.Bool("update", false, "write the golden files anew")

// translate reads a file of the named system.
func translate(system string, data []byte) foreign.Result {
	if system == "trendradar" {
		return radar.Translate(data)
	}
	return query.Translate(data, system)
}

// shown writes a result as the tables and goldens hold it: each rule, its notes
// under it, and behind a ! what is about the file.
func shown(res foreign.Result) string {
	var b strings.Builder
	for _, r := range res.Rules {
		fmt.Fprintf(&b, "%s\n", r.When)
		for _, n := range r.Notes {
			fmt.Fprintf(&b, "  %s\n", note(n))
		}
	}
	for _, n := range res.Problems {
		if n.Key != "rule.import_titles" { // of every file; TestTitles looks for it
			fmt.Fprintf(&b, "! %s\n", note(n))
		}
	}
	return b.String()
}

func note(n foreign.Note) string {
	s := fmt.Sprintf("%d:%d %s", n.Line, n.Column, strings.TrimPrefix(n.Key, "rule."))
	for _, a := range n.Args {
		s += " <" + argument(a) + ">"
	}
	return s
}

func argument(a any) string {
	var e *huiying.Error
	if err, ok := a.(error); !ok || !errors.As(err, &e) {
		return fmt.Sprint(a)
	}
	s := strings.TrimPrefix(e.Key, "rule.")
	if e.Key != "rule.bad_regex" { // its arguments are Go's words
		for _, arg := range e.Args {
			s += " " + argument(arg)
		}
	}
	return s
}

// sound checks what holds for every result: the language takes each rule, the
// file that YAML writes is one of ours and says the same, ids are ids, every
// sentence has a key, and a file without rules has a problem that says why.
func sound(t rapid.TB, data []byte, res foreign.Result) {
	t.Helper()
	seen := map[string]bool{}
	for i, r := range res.Rules {
		if _, problems := lang.Parse(r.When, nil); len(problems) > 0 {
			t.Fatalf("%q gives %q, which the language refuses: %v", data, r.When, problems)
		}
		if !huiying.ValidSubject(r.ID) || seen[r.ID] || r.Name == "" || r.Line < 1 || r.Source == "" {
			t.Fatalf("%q: rule %d is %+v", data, i, r)
		}
		seen[r.ID] = true
		places(t, data, r.Notes)
	}
	places(t, data, res.Problems)
	if len(res.Rules) == 0 && len(res.Problems) == 0 {
		t.Fatalf("%q: nothing came out and nothing was told", data)
	}
	file, err := rule.ParseFile(foreign.YAML(res.Rules))
	if err != nil {
		t.Fatalf("%q: %v\n%s", data, err, foreign.YAML(res.Rules))
	}
	if len(file.Rules) != len(res.Rules) {
		t.Fatalf("%q: %d rules written, %d read", data, len(res.Rules), len(file.Rules))
	}
	for i, r := range res.Rules {
		if got := file.Rules[i]; got.When != r.When || got.ID != r.ID || got.Name != r.Name {
			t.Fatalf("%q: written %+v, read %+v", data, r, got)
		}
	}
}

// places checks that notes stand in the file, in its order, and have keys.
func places(t rapid.TB, data []byte, notes []foreign.Note) {
	t.Helper()
	lines := strings.Count(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(data)), "\n") + 1
	line, column := 0, 0
	for _, n := range notes {
		if n.Line < 1 || n.Line > lines || n.Column < 1 || !strings.HasPrefix(n.Key, "rule.") {
			t.Fatalf("%q: note %+v", data, n)
		}
		if n.Line < line || n.Line == line && n.Column < column {
			t.Fatalf("%q: notes out of order: %v", data, notes)
		}
		line, column = n.Line, n.Column
	}
}

func TestTables(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	met, count := map[string]bool{}, 0
	for system, table := range map[string][]translation{
		"trendradar": radarTable(), query.Brandwatch: brandwatchTable(), query.Meltwater: meltwaterTable(),
	} {
		for _, c := range table {
			res := translate(system, []byte(c.in))
			if diff := cmp.Diff(strings.TrimSpace(c.want)+"\n", shown(res)); diff != "" {
				t.Errorf("%s %q: %s", system, c.in, diff)
			}
			sound(t, []byte(c.in), res)
			asked(t, words, res, met)
			count++
		}
	}
	for key := range newKeys() {
		if !met[key] && !slices.Contains([]string{"rule.import_dialect", "rule.import_no_queries", "rule.import_refused"}, key) { // TestNoFile
			t.Errorf("no translation tells %s", key)
		}
	}
	t.Logf("%d translations, %d sentences", count, len(met))
}

// newKeys are the sentences this package asks the catalogue for; the number is
// how many arguments they have.
func newKeys() map[string]int {
	return map[string]int{
		"rule.import_blank_line": 0, "rule.import_boost": 1, "rule.import_bracket_word": 1, "rule.import_case": 1,
		"rule.import_dialect": 2, "rule.import_empty_group": 1, "rule.import_exclusion_scope": 0, "rule.import_extra_close": 0,
		"rule.import_filter_group": 0, "rule.import_filter_sign": 1, "rule.import_frequency": 1, "rule.import_global_filter": 1,
		"rule.import_ingress": 0, "rule.import_left_out": 2, "rule.import_left_out_narrower": 2, "rule.import_left_out_wider": 2,
		"rule.import_limit": 1, "rule.import_limit_bad": 1, "rule.import_lower": 1, "rule.import_minus": 0,
		"rule.import_near_and": 1, "rule.import_near_default": 2, "rule.import_near_number": 1, "rule.import_near_words": 1,
		"rule.import_no_anchor": 0, "rule.import_no_field": 1, "rule.import_no_groups": 0, "rule.import_no_operand": 1,
		"rule.import_no_platform": 1, "rule.import_no_queries": 0, "rule.import_no_value": 1, "rule.import_nothing_left": 1,
		"rule.import_only_not": 1, "rule.import_only_signs": 0, "rule.import_open_comment": 0, "rule.import_phrase_tokens": 1,
		"rule.import_precedence": 0, "rule.import_refused": 2, "rule.import_regex_ascii": 1, "rule.import_section_inside": 1,
		"rule.import_side_by_side": 0, "rule.import_site_path": 0, "rule.import_site_wider": 2, "rule.import_stray_operator": 1,
		"rule.import_stray_sign": 1, "rule.import_tilde": 1, "rule.import_titles": 0, "rule.import_unclosed": 0,
		"rule.import_unclosed_quote": 0, "rule.import_wild_latin": 2, "rule.import_wild_regex": 2,
	}
}

// asked gathers the keys of a result, those of arguments too; each is one of
// the catalogue or of newKeys, with its number of arguments.
func asked(t testing.TB, words *locale.Catalogue, res foreign.Result, met map[string]bool) {
	t.Helper()
	var look func(key string, args []any)
	look = func(key string, args []any) {
		met[key] = true
		if n, ok := newKeys()[key]; ok && n != len(args) || !ok && !words.Has(key) {
			t.Errorf("%s with %d arguments is no sentence", key, len(args))
		}
		for _, a := range args {
			if e, ok := a.(*huiying.Error); ok {
				look(e.Key, e.Args)
			}
		}
	}
	for _, n := range res.Problems {
		look(n.Key, n.Args)
	}
	for _, r := range res.Rules {
		for _, n := range r.Notes {
			look(n.Key, n.Args)
		}
	}
}

// What is no file of such a system is told.
func TestNoFile(t *testing.T) {
	for name, c := range map[string]struct{ system, data, want string }{
		"not UTF-8":   {"trendradar", "甲\n乙\xff", "! 2:2 not_utf8"},
		"NUL":         {query.Brandwatch, "甲\x00", "! 1:2 nul"},
		"empty":       {"trendradar", "", "! 1:1 import_no_groups"},
		"no query":    {query.Meltwater, "# 只有名字\n\n", "! 1:1 import_no_queries"},
		"no dialect":  {"talkwalker", "甲", "! 1:1 import_dialect <talkwalker> <brandwatch meltwater>"},
		"too deep":    {query.Brandwatch, strings.Repeat("(", 60) + "甲" + strings.Repeat(")", 60), "! 1:52 too_deep <50>"},
		"too long":    {query.Meltwater, strings.Repeat("甲 OR ", 6000) + "甲", "! 1:1 import_refused <甲 OR 甲 OR 甲 OR 甲 OR 甲 OR 甲 OR 甲 OR 甲 OR…> <too_long 10000>"},
		"too big":     {"trendradar", strings.Repeat("甲\n", 2500), ""},
		"byte mark":   {"trendradar", "\ufeff甲", "甲"},
		"lone return": {"trendradar", "甲\r\r乙", "甲\n乙"},
	} {
		res := translate(c.system, []byte(c.data))
		sound(t, []byte(c.data), res)
		if name == "too big" {
			last := res.Problems[len(res.Problems)-1]
			if len(res.Rules) != 0 || last.Key != "rule.import_refused" || argument(last.Args[1]) != "too_big 2000" {
				t.Errorf("too big: %v", res.Problems)
			}
			continue
		}
		if diff := cmp.Diff(c.want+"\n", shown(res)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TrendRadar looks at headlines only; that is told once of a file.
func TestTitles(t *testing.T) {
	told := 0
	for _, n := range radar.Translate([]byte("甲\n\n乙")).Problems {
		if n.Key == "rule.import_titles" {
			told++
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}

// Whole files, as the rules file that comes out and what is told.
func TestGolden(t *testing.T) {
	for file, system := range map[string]string{
		"frequency_words.txt": "trendradar", "brandwatch.txt": query.Brandwatch, "meltwater.txt": query.Meltwater,
	} {
		data, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		res := translate(system, data)
		sound(t, data, res)
		var b strings.Builder
		b.Write(foreign.YAML(res.Rules))
		for _, r := range res.Rules {
			for _, n := range r.Notes {
				fmt.Fprintf(&b, "# %s %s\n", r.ID, note(n))
			}
		}
		for _, n := range res.Problems {
			fmt.Fprintf(&b, "# %s\n", note(n))
		}
		golden := filepath.Join("testdata", strings.TrimSuffix(file, ".txt")+".golden")
		if *update {
			if err := os.WriteFile(golden, []byte(b.String()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
}
