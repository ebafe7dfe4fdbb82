package wording_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"huiying/crawler/patrol/wording"
)

func TestFind(t *testing.T) {
	list := wording.New(append(wording.Builtin(), wording.Word{Wrong: "中卫县政府", Right: "中卫市政府"}, wording.Word{Wrong: "政务厅", Right: "政务厅大厅"})...)
	for _, c := range []struct {
		text string
		want []string
	}{
		{"截至目前，全部署名发布署期已定，发布署名文章。", nil},
		{"会议布署了下一步工作，发布署名文章。", []string{"布署"}},
		{"发布署名文章；又布署工作，再布署一次。", []string{"布署"}},
		{"中华人名共和国\n截止目前办结一件", []string{"中华人名共和国", "截止目前"}},
		{"中卫县政府", []string{"中卫县政府"}},
		{"政务厅大厅", nil},
		{"", nil},
		{"布署", []string{"布署"}},
	} {
		var got []string
		for _, h := range list.Find(c.text) {
			got = append(got, h.Wrong)
			if !strings.HasPrefix(c.text[h.Start:], h.Wrong) || !strings.Contains(h.Excerpt, h.Wrong) || h.Level == "" {
				t.Errorf("%+v", h)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.text, got, c.want)
		}
	}
	long := strings.Repeat("前文", 30) + "全力已赴" + strings.Repeat("后文", 30)
	if got := list.Find(long)[0].Excerpt; got != strings.Repeat("前文", 6)+"全力已赴"+strings.Repeat("后文", 6) {
		t.Error(got)
	}
}

// The right spellings of the built-in list are clean by it.
func TestBuiltinIsRight(t *testing.T) {
	list := wording.New(wording.Builtin()...)
	for _, w := range wording.Builtin() {
		if got := list.Find(w.Right); len(got) > 0 {
			t.Errorf("%s holds %s", w.Right, got[0].Wrong)
		}
		if len(list.Find(w.Wrong)) == 0 || w.Level == "" {
			t.Errorf("%s is not found", w.Wrong)
		}
		for _, e := range w.Except {
			if len(list.Find(e)) > 0 {
				t.Errorf("%s is no mistake", e)
			}
		}
	}
}

func TestParse(t *testing.T) {
	for text, good := range map[string]bool{
		"words: [{wrong: 错词, right: 对词}]":               true,
		"words: [{wrong: 错, right: 对}]":                 false,
		"words: [{wrong: 错词, right: 错词}]":               false,
		"words: [{wrong: 错词, right: 对词, level: grave}]": false,
		"words: [{wrong: 错词, right: 对词, except: [别的]}]": false,
		"words: [{wrong: 错词, right: 对词, colour: red}]":  false,
		"words: {": false,
	} {
		if _, err := wording.Parse("x.yaml", []byte(text)); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"会议布署了", "发布署名", "\xe5\xb8布署\xff", "中华人民共和囯"} {
		f.Add(s)
	}
	list := wording.New(wording.Builtin()...)
	f.Fuzz(func(t *testing.T, s string) {
		for _, h := range list.Find(s) {
			if s[h.Start:h.Start+len(h.Wrong)] != h.Wrong || !strings.Contains(h.Excerpt, h.Wrong) {
				t.Errorf("%+v", h)
			}
			if utf8.ValidString(s) && !utf8.ValidString(h.Excerpt) {
				t.Errorf("%q", h.Excerpt)
			}
		}
	})
}
