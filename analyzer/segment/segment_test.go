package segment_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/yanyiwu/gojieba"
	"pgregory.net/rapid"

	"huiying"
	"huiying/analyzer/dict"
	"huiying/analyzer/fold"
	"huiying/analyzer/segment"
)

func files(t testing.TB) dict.Files {
	t.Helper()
	f, err := dict.Locate(dict.Options{State: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func newSegmenter(t testing.TB, words ...segment.Word) *segment.Segmenter {
	t.Helper()
	s, err := segment.New(files(t), words)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// cut gives the words of a text joined by |.
func cut(t testing.TB, s *segment.Segmenter, text string) string {
	t.Helper()
	c, ok := s.Acquire()
	if !ok {
		t.Fatal("closed")
	}
	defer c.Release()
	folded := fold.New(text)
	tokens, err := c.Cut(nil, folded)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	at := int32(0)
	for _, token := range tokens {
		if token.Start != at {
			t.Fatalf("%q: a gap before %v", text, token)
		}
		at = token.End
		words = append(words, folded.Slice(folded.At(token)))
	}
	if int(at) != len(folded.Runes) {
		t.Fatalf("%q: cut %d of %d characters", text, at, len(folded.Runes))
	}
	return strings.Join(words, "|")
}

func TestCut(t *testing.T) {
	s := newSegmenter(t)
	for text, want := range map[string]string{
		"":              "",
		"中卫市政务大厅排队三小时":  "中卫市|政务|大厅|排队|三|小时",
		"集中卫生整治":        "集中|卫生|整治",
		"在政務大廳排隊，":      "在|政務|大廳|排隊|，",
		"好[doge]了":      "好|[doge]|了",
		"[怒][怒]":        "[怒]|[怒]",
		"ＣＯＶＩＤ-19":      "ＣＯＶＩＤ|-|19",
		"3.5元":          "3.5|元",
		"坏\xff字节\x00后面": "坏|\xff|字节|\x00|后面",
		"零\u200b宽":      "零\u200b宽",
		"👨\u200d👩哈哈":    "👨|👩|哈哈",
	} {
		got := cut(t, s, text)
		if text == "零\u200b宽" || strings.Contains(text, "👨") { // dropped characters belong to no token
			got, want = strings.ReplaceAll(got, "\u200d", ""), strings.ReplaceAll(want, "\u200d", "")
			if strings.ReplaceAll(got, "|", "") != strings.ReplaceAll(want, "|", "") {
				t.Errorf("%q: got %s, want %s", text, got, want)
			}
			continue
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// The cut is gojieba's own, whatever is done about separators and emoticons.
func TestAgreesWithGojieba(t *testing.T) {
	f := files(t)
	s := newSegmenter(t)
	raw := gojieba.NewJieba(f.Main, f.HMM, "", f.IDF, f.StopWords)
	defer raw.Free()
	parts := []string{"中卫", "市政务", "大厅", "排队", "集中卫生", "，", "。", " ", "abc", "12.5", "！", "怒", "工作", "人员", "的", "C++", "AT&T", "、", "我", "在", "😡", "@", "1", "x"}
	rapid.Check(t, func(rt *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 40).Draw(rt, "parts"), "")
		// Folding makes ！ a character of ASCII, which gojieba's model of unknown
		// words takes for a border and the wide one for a word's part.
		narrow := strings.NewReplacer("！", "!")
		want := strings.Join(raw.Cut(narrow.Replace(strings.ToLower(text)), true), "|")
		if got := narrow.Replace(strings.ToLower(cut(t, s, text))); got != want {
			rt.Fatalf("%q:\n got %s\nwant %s", text, got, want)
		}
	})
}

// Has is what the search-mode cut gives inside longer words.
func TestHasAgreesWithSearchMode(t *testing.T) {
	f := files(t)
	s := newSegmenter(t)
	raw := gojieba.NewJieba(f.Main, f.HMM, "", f.IDF, f.StopWords)
	defer raw.Free()
	c, _ := s.Acquire()
	defer c.Release()
	for _, word := range []string{"中卫市", "政务服务", "中华人民共和国", "人力资源和社会保障部", "清华大学", "公共汽车站", "联合国教科文组织"} {
		runes := []rune(word)
		found := map[string]bool{}
		for _, w := range raw.Tokenize(word, gojieba.SearchMode, true) {
			found[w.Str] = true
		}
		whole := len(raw.Cut(word, true)) == 1
		for n := 2; n <= 3 && n < len(runes); n++ {
			for i := 0; i+n <= len(runes); i++ {
				part := string(runes[i : i+n])
				if whole && c.Has(part) != found[part] {
					t.Errorf("%s in %s: Has %v, search mode %v", part, word, c.Has(part), found[part])
				}
			}
		}
	}
	for _, odd := range []string{"", "中", "\xff\xff", "中\x00卫", "不存在的词语啊"} {
		if c.Has(odd) {
			t.Errorf("Has(%q) is true", odd)
		}
	}
}

// A post of 5 MB is cut in pieces, at separators where there are any.
func TestHuge(t *testing.T) {
	s := newSegmenter(t)
	sentence := "政务大厅排队三小时。"
	got := cut(t, s, strings.Repeat(sentence, 170_000))
	if want := strings.Repeat("政务|大厅|排队|三|小时|。|", 170_000); got+"|" != want {
		t.Error("the pieces of a long text are cut otherwise than short ones")
	}
	cut(t, s, strings.Repeat("没有标点的文字连绵不断", 100_000))
	cut(t, s, strings.Repeat("x", 3_000_000))
}

func TestUserWords(t *testing.T) {
	plain := newSegmenter(t)
	if got := cut(t, plain, "政务服务好差评"); got != "政务|服务|好|差评" {
		t.Logf("without the user's words: %s", got)
	}
	words, err := segment.ParseUserDictionary("user.txt", []byte("政务服务\n好差评 5000\n美麗利 800 ns\n# 注释\n\nＣＴ机 300 n\n"))
	if err != nil {
		t.Fatal(err)
	}
	s := newSegmenter(t, words...)
	for text, want := range map[string]string{
		"政务服务好差评": "政务服务|好差评",
		"在美丽利开会":  "在|美丽利|开会",
		"做了ct机检查": "做|了|ct机|检查",
	} {
		if got := cut(t, s, text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestBadUserDictionary(t *testing.T) {
	for line, key := range map[string]string{
		"中\xff卫":                "analyzer.user_not_utf8",
		"中\x00卫":                "analyzer.user_control",
		"一 二 三 四":               "analyzer.user_fields",
		"词 0":                   "analyzer.user_frequency",
		"词 -5 n":                "analyzer.user_frequency",
		"词 99999999999999":      "analyzer.user_frequency",
		"词 很多 n":                "analyzer.user_frequency",
		"词 5 名词":                "analyzer.user_tag",
		"好":                     "analyzer.user_twice",
		"有，逗号":                  "analyzer.user_word",
		"\u200b":                "analyzer.user_word",
		strings.Repeat("长", 25): "analyzer.user_word",
	} {
		words, err := segment.ParseUserDictionary("user.txt", []byte("\ufeff好 5 a\n"+line+"\n"))
		var e *huiying.Error
		if words != nil || !errors.As(err, &e) || e.Key != "analyzer.user_line" || e.Args[1] != 2 {
			t.Errorf("%q: got %v, %v; want one sentence about line 2", line, words, err)
			continue
		}
		if problem := e.Args[2].(*huiying.Error); problem.Key != key {
			t.Errorf("%q: got %s, want %s", line, problem.Key, key)
		}
	}
	_, err := segment.ParseUserDictionary("user.txt", []byte("甲 x\n乙 0\n丙 0\n"))
	var all interface{ Unwrap() []error }
	if !errors.As(err, &all) || len(all.Unwrap()) != 2 {
		t.Errorf("two bad lines: got %v", err)
	}
}

func TestReadUserDictionary(t *testing.T) {
	if words, err := segment.ReadUserDictionary(""); words != nil || err != nil {
		t.Errorf("no file: %v, %v", words, err)
	}
	if _, err := segment.ReadUserDictionary(filepath.Join(t.TempDir(), "none")); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("a missing file: %v", err)
	}
}

// Files that would end the process are refused before gojieba sees them.
func TestMalformedDictionaries(t *testing.T) {
	good := files(t)
	for _, c := range []struct {
		name, content string
		put           func(*dict.Files, string)
	}{
		{"main", "词 5\n", func(f *dict.Files, p string) { f.Main = p }},
		{"main", "词 五 n\n", func(f *dict.Files, p string) { f.Main = p }},
		{"main", "词 0 n\n", func(f *dict.Files, p string) { f.Main = p }},
		{"main", "词 5 n x\n", func(f *dict.Files, p string) { f.Main = p }},
		{"main", "\xff 5 n\n", func(f *dict.Files, p string) { f.Main = p }},
		{"main", "", func(f *dict.Files, p string) { f.Main = p }},
		{"hmm", "#只有注释\n", func(f *dict.Files, p string) { f.HMM = p }},
		{"hmm", "1 2 3\n", func(f *dict.Files, p string) { f.HMM = p }},
		{"hmm", "1 2 3 4\n1 2 3 4\n1 2 3 4\n1 2 3 4\n1 2 3 4\n中卫:1\n", func(f *dict.Files, p string) { f.HMM = p }},
	} {
		path := filepath.Join(t.TempDir(), c.name)
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		f := good
		c.put(&f, path)
		if s, err := segment.New(f, nil); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%s %q: got %v, %v", c.name, c.content, s, err)
		}
	}
}

// Close waits for those who cut, and nobody cuts after it.
func TestClose(t *testing.T) {
	s := newSegmenter(t)
	var cutting sync.WaitGroup
	started := make(chan struct{}, 4)
	for range 4 {
		cutting.Go(func() {
			for i := 0; ; i++ {
				c, ok := s.Acquire()
				if !ok {
					return
				}
				if _, err := c.Cut(nil, fold.New(fmt.Sprint("排队三小时", i))); err != nil {
					t.Error(err)
				}
				c.Release()
				if i == 10 {
					started <- struct{}{}
				}
			}
		})
	}
	for range 4 {
		<-started
	}
	s.Close()
	cutting.Wait()
	s.Close()
	if _, ok := s.Acquire(); ok {
		t.Error("acquired after Close")
	}
}

func FuzzCut(f *testing.F) {
	s := newSegmenter(f)
	for _, text := range []string{"", "排队", "\xff\x00", "[doge", "a.b.1.2", strings.Repeat("好", 3000), "，。 \n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { cut(t, s, text) })
}
