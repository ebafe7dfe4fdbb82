package place_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/place"
)

var update = flag.Bool("update", false, "write the golden files anew")

func read(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// table lays files of testdata over the built-in table.
func table(t testing.TB, names ...string) *place.Table {
	t.Helper()
	out := place.Builtin()
	for _, name := range names {
		var err error
		if out, err = place.Parse(name, read(t, filepath.Join("testdata", name)), out); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func gazetteer(t testing.TB, on *place.Table, own string) *place.Gazetteer {
	t.Helper()
	g, err := place.New(on, own)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// The built-in table holds what it says, with codes that fit their parents and
// no name or clear short form that two places share.
func TestBuiltin(t *testing.T) {
	count, names := map[string]int{}, map[string]string{}
	for line := range strings.Lines(string(read(t, "places.tsv"))) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := append(strings.Split(strings.TrimSpace(line), "\t"), "", "")
		code, level, parent, name, shorts := f[0], f[1], f[2], f[3], f[4]
		count[level]++
		prefix := map[string]int{"province": 0, "city": 2, "county": 4, "township": 6}[level]
		if want := (code[:prefix] + "000000")[:6]; level != "province" && parent != want {
			t.Errorf("%s %s lies in %s, want %s", code, name, parent, want)
		}
		for _, text := range append(strings.Split(shorts, "|"), name) {
			if text == "" || strings.HasPrefix(text, "?") {
				continue
			}
			if names[text] != "" {
				t.Errorf("%s is a name of %s and %s", text, names[text], code)
			}
			names[text] = code
		}
		if suffixes := map[string]string{
			"province": "市 省 自治区 特别行政区", "city": "市 地区 自治州 盟", "county": "区 县", "township": "镇 乡",
		}[level]; !endsWith(name, suffixes) {
			t.Errorf("%s is no official name of a %s", name, level)
		}
	}
	if diff := cmp.Diff(map[string]int{"province": 34, "city": 333, "county": 3, "township": 40}, count); diff != "" {
		t.Error(diff)
	}
	if n := place.Builtin().Len(); n != 410 {
		t.Errorf("%d places", n)
	}
}

func endsWith(name, suffixes string) bool {
	for _, s := range strings.Fields(suffixes) {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	return false
}

// Every mistake of a file is told at once, with its line, in the file's order,
// and nothing is taken.
func TestBrokenFile(t *testing.T) {
	out, err := place.Parse("broken.tsv", read(t, "testdata/broken.tsv"), place.Builtin())
	if out != nil || huiying.ErrorCode(err) != huiying.Invalid {
		t.Fatalf("got %v, %v", out, err)
	}
	got, golden := err.Error()+"\n", filepath.Join("testdata", "broken.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(read(t, golden)), got); diff != "" {
		t.Error(diff)
	}
}

// Each kind of mistake by itself: one sentence, about its line.
func TestMistakes(t *testing.T) {
	const good = "640502101201\tvillage\t640502101\t柳湾村\n"
	for row, want := range map[string]string{
		"640502101202\thamlet\t640502101\t沙井村":                                "place.unknown_level",
		"640502101202\tvillage\t640509101\t沙井村":                               "place.unknown_parent",
		"640502101202\tvillage\t\t沙井村":                                        "place.no_parent",
		"640502101201\tvillage\t640502101\t沙井村":                               "place.code_twice",
		"640502101202\tvillage\t640502101\t ":                                 "place.empty_name",
		"640502101202\tvillage\t640502101\t\u200b":                            "place.empty_name",
		"640502101202\tvillage\t640502101\t" + strings.Repeat("长", 25):        "place.long_name",
		"640502101202\tvillage\t640502101\t沙井村\t" + strings.Repeat("长", 25):   "place.long_name",
		"640502101202\tvillage\t640502101\t村":                                 "place.one_character",
		"640502101202\tvillage\t640502101\t沙 井村":                              "place.name_sign",
		"640502101202\tvillage\t640502101\t沙井村\t沙井|":                          "place.empty_name",
		"640502101202\tvillage\t640502101\t沙井村\t?":                            "place.empty_name",
		"640502101202\tvillage\t640502101\t沙井村\t沙井|沙井":                        "place.short_twice",
		"640502101202\tvillage\t640502101\t沙井村\t?沙井\t井":                       "place.one_character",
		"640502101202\tvillage\t640502101\t沙井村\t沙井\t球队":                       "place.excluding_unused",
		"640502101202\tvillage\t640502101\t柳灣村":                               "place.name_twice",
		"640502101202\tvillage\t640502101201\t沙井村":                            "place.parent_level",
		"640502101202\tvillage\t640502101202\t沙井村":                            "place.parent_level",
		"640502\ttownship\t640500\t沙坡头区":                                      "place.level_changed",
		"650001\tprovince\t640000\t柳湾省":                                       "place.province_parent",
		"64050\tcounty\t640500\t柳湾县":                                          "place.bad_code",
		"6405020000000\tvillage\t640502101\t沙井村":                              "place.bad_code",
		"640502101202 village 640502101 沙井村":                                  "place.fields",
		"640502101202\tvillage\t640502101\t沙井村\t沙井\t球队\t":                     "place.fields",
		"640502101202\tvillage\t640502101\t\xc1\xf8":                          "place.not_utf8",
		"640502101202\tvillage\t640502101\t沙井村\t" + strings.Repeat("沙井|", 65): "place.many_items",
	} {
		out, err := place.Parse("own.tsv", []byte("\ufeff"+good+"\r\n# 注释\n"+row+"\n"), place.Builtin())
		var e *huiying.Error
		if out != nil || !errors.As(err, &e) || e.Key != "place.line" || e.Args[0] != "own.tsv" || e.Args[1] != 4 {
			t.Errorf("%q: got %v, want one sentence about line 4", row, err)
			continue
		}
		if problem := e.Args[2].(*huiying.Error); problem.Key != want {
			t.Errorf("%q: got %s, want %s", row, problem.Key, want)
		}
		if all := err.(interface{ Unwrap() []error }).Unwrap(); len(all) != 1 {
			t.Errorf("%q: %d sentences: %v", row, len(all), err)
		}
	}
}

func TestTooManyRows(t *testing.T) {
	var b strings.Builder
	for i := range 20_001 {
		fmt.Fprintf(&b, "640502%06d\tvillage\t640502101\t第%d村\n", i, i)
	}
	_, err := place.Parse("own.tsv", []byte(b.String()), place.Builtin())
	var e *huiying.Error
	if !errors.As(err, &e) || e.Args[1] != 20_001 || e.Args[2].(*huiying.Error).Key != "place.too_many" {
		t.Errorf("got %.200v", err)
	}
}

// A row of the office's file replaces that of its code, the table beneath stays
// as it is.
func TestReplace(t *testing.T) {
	own, err := place.Parse("own.tsv", []byte("640502101\ttownship\t640502\t文昌街道\n640502901\ttownship\t640502\t云湖镇"), place.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	if n := own.Len(); n != 411 {
		t.Errorf("%d places, want one more than the built-in 410", n)
	}
	for text, want := range map[string]string{"文昌街道": "宁夏回族自治区/中卫市/沙坡头区/文昌街道", "文昌镇": "", "云湖镇": "宁夏回族自治区/中卫市/沙坡头区/云湖镇"} {
		if got := paths(whole(gazetteer(t, own, ""), text)); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	if got := paths(whole(gazetteer(t, place.Builtin(), ""), "文昌镇")); got == "" {
		t.Error("the built-in table has lost 文昌镇")
	}
}

func TestNew(t *testing.T) {
	if _, err := place.New(place.Builtin(), "640599"); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("an own area that is not in the table: %v", err)
	}
	empty, err := place.Parse("empty", nil, nil)
	if err != nil || empty.Len() != 0 {
		t.Fatalf("an empty file: %v, %v", empty, err)
	}
	if got := whole(gazetteer(t, empty, ""), "中卫市"); got != nil {
		t.Errorf("nothing finds %v", got)
	}
}

// Every official name stands for its place where it is a word, and its nested
// form, written on from the province, is one mention.
func TestEveryName(t *testing.T) {
	g := gazetteer(t, place.Builtin(), "")
	names := g.FoldedNames()
	if len(names) != 410 {
		t.Errorf("%d names of 410 places", len(names))
	}
	for _, name := range names {
		if name != fold.String(name) {
			t.Errorf("%s is not folded", name)
		}
		found := whole(g, name)
		if len(found) != 1 || found[0].Name != name {
			t.Errorf("%s: got %v", name, found)
			continue
		}
		parts := strings.Split(found[0].Path, "/")
		text, tokens := split(strings.Join(parts, " "))
		if nested := g.Find(text, tokens); len(nested) != 1 || nested[0].Place != found[0].Place || int(nested[0].Span.End) != len(text.Runes) {
			t.Errorf("%s: got %v", found[0].Path, nested)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"office.tsv", "shared.tsv"} { // small ones: a large seed is minimized for a minute
		f.Add(read(f, filepath.Join("testdata", name)))
	}
	f.Add([]byte("640502\ttownship\t640509\t沙坡头区\t?|沙坡\t后卫\n640502\tvillage\n"))
	f.Add([]byte("\ufeff650000\tprovince\t\t？？\t?"))
	f.Add([]byte("640500\tcity\t640000\t中卫市\t?中卫|卫市\t中卫\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, over := range []*place.Table{nil, place.Builtin()} {
			out, err := place.Parse("fuzz", raw, over)
			if (out == nil) == (err == nil) {
				t.Fatalf("a table and an error, or neither: %v %v", out, err)
			}
			if err != nil {
				if huiying.ErrorCode(err) != huiying.Invalid {
					t.Fatal(err)
				}
				continue
			}
			g := gazetteer(t, out, "")
			text := fold.New(string(raw))
			tokens := make([]fold.Span, len(text.Runes))
			for i := range tokens {
				tokens[i] = fold.Span{Start: int32(i), End: int32(i) + 1}
			}
			for _, found := range g.Find(text, tokens) {
				if found.Span.Start >= found.Span.End || int(found.Span.End) > len(text.Runes) || found.Name == "" || !strings.HasSuffix(found.Path, found.Name) {
					t.Fatalf("found %+v in %d runes", found, len(text.Runes))
				}
			}
		}
	})
}
