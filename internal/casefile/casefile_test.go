package casefile_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"huiying"
	"huiying/internal/app/papers"
	"huiying/internal/casefile"
	"huiying/internal/locale"
)

// key signed testdata/case.json, which the tests of internal/app/papers write.
var key = []byte("the key that the database never holds")

func golden(t testing.TB) []byte {
	t.Helper()
	raw, err := os.ReadFile("testdata/case.json")
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func verify(t testing.TB, raw []byte, key []byte) casefile.Report {
	t.Helper()
	report, err := casefile.Verify(raw, papers.Rules(key))
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestGoldenIsClean(t *testing.T) {
	for _, k := range [][]byte{key, nil} {
		r := verify(t, golden(t), k)
		if !r.Clean() || r.Signed != (k != nil) || (len(r.Notices) == 0) != (k != nil) {
			t.Errorf("%+v", r)
		}
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, golden(t)); err != nil {
		t.Fatal(err)
	}
	if r := verify(t, compact.Bytes(), key); !r.Clean() {
		t.Errorf("written without spaces it is the same file: %v", r.Findings)
	}
	if r := verify(t, golden(t), []byte("another key of the same length, or so")); r.Clean() {
		t.Error("another key fits")
	}
}

// tree is the golden as JSON; at calls back for every leaf with its path.
func tree(t testing.TB, raw []byte) map[string]any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func leaves(v any, path string, do func(path string, old any, set func(any))) {
	switch v := v.(type) {
	case map[string]any:
		for k, child := range v {
			leaf(child, path+"/"+k, do, func(n any) { v[k] = n })
		}
	case []any:
		for i, child := range v {
			leaf(child, fmt.Sprintf("%s/%d", path, i), do, func(n any) { v[i] = n })
		}
	}
}

func leaf(child any, path string, do func(string, any, func(any)), set func(any)) {
	switch child.(type) {
	case map[string]any, []any:
		leaves(child, path, do)
	default:
		do(path, child, set)
	}
}

// other is a value of the same kind that is not the same.
func other(old any) any {
	switch v := old.(type) {
	case json.Number:
		return json.Number("1" + v.String())
	case bool:
		return !v
	case string:
		if len(v) == len("2026-11-23T01:30:00Z") && strings.HasSuffix(v, "Z") {
			return v[:len(v)-2] + "7Z"
		}
		return v + "改"
	}
	return "改"
}

// Whatever is edited, however small, is found, and the place is named.
func TestEveryEditIsNamed(t *testing.T) {
	edits := 0
	doc := tree(t, golden(t))
	leaves(doc, "", func(path string, old any, set func(any)) {
		edits++
		set(other(old))
		raw, err := json.Marshal(doc)
		set(old)
		if err != nil {
			t.Fatal(err)
		}
		report, err := casefile.Verify(raw, papers.Rules(key))
		if err != nil {
			if huiying.ErrorCode(err) != huiying.Invalid {
				t.Errorf("%s: %v", path, err)
			}
			return // no case file any more: the format, or a field of another kind
		}
		section := strings.Split(path, "/")[1]
		if section == "statement" {
			if report.Clean() {
				t.Errorf("%s: not found", path)
			}
			return
		}
		named := slices.ContainsFunc(report.Findings, func(f casefile.Finding) bool { return f.Section == section })
		if !named {
			t.Errorf("%s: %v does not name it", path, report.Findings)
		}
		if section == "steps" && !namesStep(report, path) {
			t.Errorf("%s: the step is not named: %v", path, report.Findings)
		}
	})
	if edits < 250 {
		t.Errorf("only %d places were edited", edits)
	}
}

// namesStep reports whether a finding names the step of a path /steps/3/…; an
// edited signature is named as well.
func namesStep(r casefile.Report, path string) bool {
	var i int
	if _, err := fmt.Sscanf(path, "/steps/%d/", &i); err != nil {
		return false
	}
	return slices.ContainsFunc(r.Findings, func(f casefile.Finding) bool { return f.Section == "steps" && f.N == i+1 })
}

// restated gives a file whose statement fits its sections again: what somebody
// without the key can do.
func restated(t *testing.T, f casefile.File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := casefile.JSON(&b, f, func(string, ...string) (string, error) { return f.Statement.MAC, nil }); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Somebody who knows how the file is made and has no key: with the key every
// change is found, without it every change that does not fit the record.
func TestForgery(t *testing.T) {
	for name, c := range map[string]struct {
		forge func(f *casefile.File)
		want  casefile.Kind // found even without the key, "" when it is not
	}{
		"nothing":        {func(*casefile.File) {}, ""},
		"a post":         {func(f *casefile.File) { f.Posts[0].Text = "今天大厅很好。" }, ""},
		"a receipt":      {func(f *casefile.File) { f.Case.Response.URL = "https://example.org/other" }, casefile.KindState},
		"the state":      {func(f *casefile.File) { f.Case.State = huiying.StateArchived }, casefile.KindState},
		"a due time":     {func(f *casefile.File) { f.Case.Clocks[0].DueAt = f.Case.Clocks[0].DueAt.AddDate(0, 0, 1) }, casefile.KindState},
		"who":            {func(f *casefile.File) { f.Steps[2].Actor = "hall2" }, casefile.KindEdited},
		"when":           {func(f *casefile.File) { f.Steps[2].At = f.Steps[2].At.Add(-1e9) }, casefile.KindEdited},
		"words":          {func(f *casefile.File) { kept(f).Text = "别的话" }, casefile.KindWords},
		"words gone":     {func(f *casefile.File) { kept(f).State = casefile.Lost }, casefile.KindWords},
		"words purged":   {func(f *casefile.File) { kept(f).State, kept(f).Text = casefile.Purged, "" }, casefile.KindWords},
		"words left out": {func(f *casefile.File) { f.Words = f.Words[1:] }, casefile.KindWords},
		"words twice":    {func(f *casefile.File) { f.Words = append(f.Words, f.Words[0]) }, casefile.KindWords},
		"a step less":    {func(f *casefile.File) { f.Steps = slices.Delete(f.Steps, 3, 4) }, casefile.KindOrder},
		"no steps":       {func(f *casefile.File) { f.Steps = nil }, casefile.KindOrder},
		"swapped":        {func(f *casefile.File) { f.Steps[3], f.Steps[4] = f.Steps[4], f.Steps[3] }, casefile.KindOrder},
		"the last less":  {func(f *casefile.File) { f.Steps = f.Steps[:len(f.Steps)-1] }, casefile.KindState},
		"another case":   {func(f *casefile.File) { f.Case.No = "HY20261123-0002" }, casefile.KindOrder},
		"no attachment":  {func(f *casefile.File) { f.Attachments = nil }, casefile.KindFile},
		"file not kept":  {func(f *casefile.File) { f.Attachments[0].Kept = false }, casefile.KindFile},
		"its name":       {func(f *casefile.File) { f.Attachments[0].Name = "别的.pdf" }, casefile.KindFile},
		"an old head":    {func(f *casefile.File) { f.Head.Seq = 3 }, casefile.KindHead},
		"another head":   {func(f *casefile.File) { f.Head.Hash = strings.Repeat("0", 64) }, casefile.KindHead},
		"rehashed": {func(f *casefile.File) {
			f.Steps[2].Actor = "hall2"
			f.Steps[2].Hash, _ = papers.Rules(nil).Hash(f.Steps[2])
		}, casefile.KindOrder},
	} {
		f, err := casefile.Read(golden(t))
		if err != nil {
			t.Fatal(err)
		}
		c.forge(&f)
		raw := restated(t, f)
		with, without := verify(t, raw, key), verify(t, raw, nil)
		if with.Clean() != (name == "nothing") {
			t.Errorf("%s: with the key %v", name, with.Findings)
		}
		if has := slices.ContainsFunc(without.Findings, func(f casefile.Finding) bool { return f.Kind == c.want }); has != (c.want != "") {
			t.Errorf("%s: without the key %v, want %q", name, without.Findings, c.want)
		}
	}
}

// kept are the first words that stand as they were written.
func kept(f *casefile.File) *casefile.Words {
	for i := range f.Words {
		if f.Words[i].Digest == f.Case.Approved.Digest {
			return &f.Words[i]
		}
	}
	return &f.Words[0]
}

// The whole record written anew by somebody without the key looks sound without
// it, and is told with it.
func TestWrittenAnew(t *testing.T) {
	f, err := casefile.Read(golden(t))
	if err != nil {
		t.Fatal(err)
	}
	rules := papers.Rules(nil)
	f.Steps[1].Payload["unit"] = "u-it"
	for i := range f.Steps {
		if i > 0 {
			f.Steps[i].Prev = f.Steps[i-1].Hash
		}
		if f.Steps[i].Hash, err = rules.Hash(f.Steps[i]); err != nil {
			t.Fatal(err)
		}
	}
	f.Head.Hash = f.Steps[len(f.Steps)-1].Hash
	if f.Case, err = rules.Fold(f.Steps); err != nil {
		t.Fatal(err)
	}
	raw := restated(t, f)
	if r := verify(t, raw, nil); !r.Clean() || len(r.Notices) != 1 {
		t.Errorf("without the key: %+v", r)
	}
	r := verify(t, raw, key)
	for _, want := range []casefile.Kind{casefile.KindStatement, casefile.KindUnsigned, casefile.KindHead} {
		if !slices.ContainsFunc(r.Findings, func(f casefile.Finding) bool { return f.Kind == want }) {
			t.Errorf("%s is not found: %v", want, r.Findings)
		}
	}
}

func TestNoCaseFile(t *testing.T) {
	good := string(golden(t))
	for name, raw := range map[string]string{
		"nothing": "", "text": "办件档案", "array": "[]", "another": `{"format":"x"}`, "cut off": good[:len(good)/2], "two": good + good,
		"unknown":     strings.Replace(good, `"office"`, `"bureau": 1, "office"`, 1),
		"key twice":   strings.Replace(good, `"office"`, `"Office": "别处", "office"`, 1),
		"twice below": strings.Replace(good, `"no": "HY`, `"NO": "HY1", "no": "HY`, 1),
		"nested":      `{"format":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "}",
		"large":       strings.Repeat(" ", casefile.MaxSize) + good,
	} {
		if _, err := casefile.Verify([]byte(raw), papers.Rules(key)); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Sentences of findings are told in both languages.
func TestSentences(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	f, err := casefile.Read(golden(t))
	if err != nil {
		t.Fatal(err)
	}
	f.Steps[2].Actor, f.Attachments, f.Head.Seq, kept(&f).Text = "hall2", nil, 1, "x"
	for _, finding := range verify(t, restated(t, f), key).Findings {
		for _, lang := range []locale.Lang{locale.Chinese, locale.English} {
			if said := words.Sentence(lang, finding.Err); strings.Contains(said, "casefile.") || strings.Contains(said, "%!") {
				t.Errorf("%q", said)
			}
		}
	}
}

// Nothing that is called sound with the key says anything else than the file
// that was exported.
func FuzzVerify(f *testing.F) {
	good := golden(f)
	f.Add(good)
	f.Add([]byte(`{"format":"huiying.casefile.v1","steps":[{}],"case":{}}`))
	f.Add(bytes.Replace(good, []byte("hall"), []byte("hell"), 1))
	want, err := casefile.Read(good)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		report, err := casefile.Verify(raw, papers.Rules(key))
		if err != nil || !report.Clean() {
			return
		}
		got, err := casefile.Read(raw)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("another file is called sound")
		}
	})
}
