package wordbook_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/analyzer"
	"huiying/analyzer/rule"
	"huiying/internal/app/wordbook"
	"huiying/internal/config"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/definitions"
)

// dictionary is the folder in which the dictionary is unpacked once for all
// tests; judge is one analyzer for all of them, for nothing here changes it.
var (
	dictionary string
	judge      = sync.OnceValues(func() (*analyzer.Analyzer, error) {
		words, err := locale.Load()
		if err != nil {
			return nil, err
		}
		return analyzer.New(analyzer.Options{Words: words, Lang: locale.Chinese, DictDir: dictionary})
	})
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	var err error
	if dictionary, err = os.MkdirTemp("", "huiying-wordbook-"); err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dictionary) }()
	return m.Run()
}

// room is a desk over a real store.
type room struct {
	t      *testing.T
	store  *store.Store
	shelf  *definitions.Definitions
	desk   *wordbook.Desk
	shared int
	words  *locale.Catalogue
}

const rules = `rules:
  - {id: r-app, name: 随手拍, when: 'word(随手拍)', level: yellow}
  - {id: r-known, name: 沙坡头, when: 'word(沙坡头)', level: yellow}
  - {id: r-guard, name: 卫生, when: 'word(卫生) OR word(停车)', level: yellow}
  - {id: r-plain, name: 停车, when: 停车, level: yellow}
`

func newRoom(t *testing.T) *room {
	t.Helper()
	return newRoomOf(t, config.Default())
}

func newRoomOf(t *testing.T, c config.Config) *room {
	t.Helper()
	r := &room{t: t}
	now := time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	var err error
	r.store, err = store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "huiying.db"), MACKey: []byte("key"), Now: clock})
	r.must(err)
	t.Cleanup(func() { r.must(r.store.Close()) })
	r.words, err = locale.Load()
	r.must(err)
	r.shelf = definitions.New(r.store)
	file, err := rule.ParseFile([]byte(rules))
	r.must(err)
	shipped, err := wordbook.Beneath(c, dictionary)
	r.must(err)
	marks, err := wordbook.MarksOf(c)
	r.must(err)
	r.desk = &wordbook.Desk{
		Shelf: r.shelf, Store: r.store, Now: clock, Judge: judge, Shipped: shipped, Marks: marks,
		Share: func(context.Context) error { r.shared++; return nil },
		Rules: func(context.Context) (*rule.File, error) { return file, nil },
	}
	return r
}

func (r *room) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) add(list string, seen int, words ...query.Word) (int, error) {
	return r.desk.Change(r.t.Context(), query.WordChange{List: list, Add: words, Note: "试验", Seen: seen, Actor: huiying.Actor{ID: "officer"}})
}

// conflicts are those that a trial of words tells.
func (r *room) conflicts(list string, words ...query.Word) ([]query.WordConflict, error) {
	a, err := r.desk.Try(r.t.Context(), query.WordQuestion{List: list, Add: words, Text: "试"})
	return a.Conflicts, err
}

func texts(list []query.Word) []string {
	var out []string
	for _, w := range list {
		out = append(out, w.Text)
	}
	return out
}

// A change is a version with who, when and why; going back is one more.
func TestVersions(t *testing.T) {
	r := newRoom(t)
	v, err := r.add(query.ListWords, 0, query.Word{Text: "一网通管"}, query.Word{Text: "一网统管", Frequency: 50, Tag: "nz"})
	r.must(err)
	if _, err := r.add(query.ListWords, 0, query.Word{Text: "别的词"}); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("over what somebody else has changed: %v", err)
	}
	v, err = r.desk.Change(t.Context(), query.WordChange{List: query.ListWords, Remove: []string{"一网统管"}, Note: "不用了", Seen: v, Actor: huiying.Actor{ID: "admin"}})
	r.must(err)
	l, err := r.desk.List(t.Context(), query.ListWords, "")
	r.must(err)
	if v != 2 || l.Version != 2 || !slices.Equal(texts(l.Words), []string{"一网通管"}) || l.Words[0].By != "officer" || l.Words[0].Why != "试验" || l.Words[0].At.IsZero() {
		t.Errorf("%+v", l)
	}
	if n := l.Versions[0]; n.By != "admin" || n.Note != "不用了" || !slices.Equal(n.Removed, []string{"一网统管"}) || len(l.Versions[1].Added) != 2 {
		t.Errorf("%+v", l.Versions)
	}
	if v, err = r.desk.Return(t.Context(), query.WordReturn{List: query.ListWords, Back: 1, Seen: v, Note: "回退", Actor: huiying.Actor{ID: "admin"}}); err != nil || v != 3 {
		t.Fatal(v, err)
	}
	l, err = r.desk.List(t.Context(), query.ListWords, "")
	r.must(err)
	if !slices.Equal(texts(l.Words), []string{"一网通管", "一网统管"}) || l.Words[1].Frequency != 50 || l.Words[1].Tag != "nz" || r.shared != 3 {
		t.Errorf("%+v, handed on %d times", l.Words, r.shared)
	}
	if _, err = r.desk.Return(t.Context(), query.WordReturn{List: query.ListWords, Seen: v, Note: "全部", Actor: huiying.Actor{ID: "admin"}}); err != nil {
		t.Fatal(err)
	}
	if l, _ = r.desk.List(t.Context(), query.ListWords, ""); len(l.Words) != 0 {
		t.Errorf("%+v", l.Words)
	}
	log, err := access.New(r.store).Of(t.Context(), query.ListWords, access.LexiconChanged, 10)
	if err != nil || len(log) != 4 {
		t.Errorf("%+v %v", log, err)
	}
}

// A list shows its newest versions, the last of them compared with the one
// before; the lists together show none. Older ones can be gone back to.
func TestManyVersions(t *testing.T) {
	r := newRoom(t)
	for i := range 25 {
		_, err := r.add(query.ListStops, i, query.Word{Text: "虚词" + strconv.Itoa(10+i)})
		r.must(err)
	}
	l, err := r.desk.List(t.Context(), query.ListStops, "")
	r.must(err)
	if n := len(l.Versions); n != 20 || l.Version != 25 || len(l.Words) != 25 || l.Versions[19].Version != 6 || !slices.Equal(l.Versions[19].Added, []string{"虚词15"}) {
		t.Errorf("%d versions: %+v", n, l.Versions)
	}
	all, err := r.desk.Lexicon(t.Context())
	r.must(err)
	if l := all[1]; l.ID != query.ListStops || l.Version != 25 || len(l.Words) != 25 || len(l.Versions) != 0 {
		t.Errorf("%+v", l)
	}
	if _, err := r.desk.Return(t.Context(), query.WordReturn{List: query.ListStops, Back: 1, Seen: 25, Note: "回退", Actor: huiying.Actor{ID: "admin"}}); err != nil {
		t.Error(err)
	}
}

// What a list cannot use is refused, and nothing of the change is kept.
func TestRefusals(t *testing.T) {
	r := newRoom(t)
	long := strings.Repeat("长", 25)
	for _, c := range []struct {
		list string
		word query.Word
	}{
		{query.ListWords, query.Word{Text: "有 空格"}}, {query.ListWords, query.Word{Text: "字"}}, {query.ListWords, query.Word{Text: long}},
		{query.ListWords, query.Word{Text: "#注释"}}, {query.ListWords, query.Word{Text: "词语", Frequency: -1}}, {query.ListWords, query.Word{Text: "词语", Tag: "名词"}},
		{query.ListStops, query.Word{Text: ""}}, {query.ListPlaces, query.Word{Text: "某,地"}},
		{query.ListWrong, query.Word{Text: "错词"}}, {query.ListWrong, query.Word{Text: "错词", Right: "错词"}}, {query.ListWrong, query.Word{Text: "错词", Right: "对", Except: []string{"无关"}}},
		{query.ListWrong, query.Word{Text: "错词", Right: "对词", Level: "fatal"}}, {query.ListSensitive, query.Word{Text: "敏"}}, {query.ListSensitive, query.Word{Text: "敏感", Level: "x"}},
	} {
		if _, err := r.add(c.list, 0, query.Word{Text: "好词", Right: "对词"}, c.word); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%s %+v: %v", c.list, c.word, err)
		}
	}
	for name, c := range map[string]query.WordChange{
		"no reason":         {List: query.ListWords, Add: []query.Word{{Text: "好词"}}},
		"nothing":           {List: query.ListWords, Note: "x"},
		"a list to look":    {List: query.ListSentiment, Note: "x", Add: []query.Word{{Text: "好词"}}},
		"no list":           {List: "nothing", Note: "x", Add: []query.Word{{Text: "好词"}}},
		"what is not there": {List: query.ListWords, Note: "x", Remove: []string{"没有"}},
	} {
		if _, err := r.desk.Change(t.Context(), c); err == nil || huiying.ErrorCode(err) == huiying.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
	if r.shared != 0 {
		t.Error("a refused change was handed on")
	}
}

// Words that would keep a rule's whole word from being found are told, in the
// very text, and refused until that is accepted. Terms that rules look for
// anywhere have no conflicts.
func TestConflicts(t *testing.T) {
	r := newRoom(t)
	for _, c := range []struct {
		word string
		want []string // rule term kind
	}{
		{"随手拍平台", []string{"r-app 随手拍 swallows"}},
		{"生停车位", []string{"r-guard 卫生 splits"}}, // 卫|生停车位
		{"沙坡头景区", nil},                          // a word of the dictionary in a longer one is met all the same
		{"一网通管", nil},
		{"随手拍", nil},
	} {
		found, err := r.conflicts(query.ListWords, query.Word{Text: c.word})
		r.must(err)
		var got []string
		for _, f := range found {
			got = append(got, f.Rule+" "+f.Term+" "+f.Kind)
			if !strings.Contains(f.Text, f.Term) {
				t.Errorf("%+v: the text does not hold the term", f)
			}
		}
		for _, want := range c.want {
			if !slices.Contains(got, want) {
				t.Errorf("%s: %v, want %v", c.word, got, want)
			}
		}
		if len(c.want) == 0 && len(got) > 0 {
			t.Errorf("%s: %v", c.word, got)
		}
	}
	_, err := r.add(query.ListWords, 0, query.Word{Text: "随手拍平台"})
	if odds, ok := errors.AsType[*query.AtOdds](err); huiying.ErrorCode(err) != huiying.Conflict || !ok || odds.Conflicts[0].Rule != "r-app" {
		t.Errorf("%v", err)
	}
	if found, err := r.conflicts(query.ListStops, query.Word{Text: "随手拍平台"}); err != nil || len(found) > 0 {
		t.Errorf("a stop word: %v %v", found, err)
	}
	c := query.WordChange{List: query.ListWords, Add: []query.Word{{Text: "随手拍平台"}}, Note: "新平台", Accept: true, Actor: huiying.Actor{ID: "officer"}}
	if v, err := r.desk.Change(t.Context(), c); err != nil || v != 1 {
		t.Errorf("%d %v", v, err)
	}
}

// meeting are words that each meet 随手拍 in one text.
func meeting(n int) []query.Word {
	out := make([]query.Word, n)
	for i := range out {
		out[i].Text = "拍" + string(rune('一'+i/100)) + string(rune('丁'+i%100))
	}
	return out
}

// However many words come at once, each is looked at, or the change is refused.
func TestConflictsOfMany(t *testing.T) {
	r := newRoom(t)
	found, err := r.conflicts(query.ListWords, append(meeting(2500), query.Word{Text: "随手拍平台"})...)
	r.must(err)
	if !slices.ContainsFunc(found, func(c query.WordConflict) bool { return c.Word == "随手拍平台" }) {
		t.Errorf("%d conflicts, none of the last word", len(found))
	}
	var b strings.Builder
	b.WriteString("rules:\n")
	for i, term := range []string{"甲拍", "乙拍", "丙拍", "丁拍", "戊拍"} {
		b.WriteString("  - {id: r-" + strconv.Itoa(i) + ", name: x, when: 'word(" + term + ")', level: yellow}\n")
	}
	file, err := rule.ParseFile([]byte(b.String()))
	r.must(err)
	r.desk.Rules = func(context.Context) (*rule.File, error) { return file, nil }
	if _, err := r.add(query.ListWords, 0, meeting(4900)...); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("more than can be looked at: %v", err)
	}
}

// A sentence shows what a word would do to it: the cut, the rules, the keywords.
func TestTry(t *testing.T) {
	r := newRoom(t)
	a, err := r.desk.Try(t.Context(), query.WordQuestion{List: query.ListWords, Add: []query.Word{{Text: "随手拍平台"}}, Text: "随手拍平台停车"})
	r.must(err)
	if slices.Contains(a.Before.Tokens, "随手拍平台") || !slices.Contains(a.After.Tokens, "随手拍平台") || !slices.Equal(a.Lost, []string{"r-app"}) || len(a.Gained) != 0 || len(a.Conflicts) == 0 {
		t.Errorf("%+v", a)
	}
	a, err = r.desk.Try(t.Context(), query.WordQuestion{List: query.ListStops, Add: []query.Word{{Text: "停车"}}, Text: "停车停车真难"})
	r.must(err)
	if !slices.Contains(a.Before.Keywords, "停车") || slices.Contains(a.After.Keywords, "停车") || len(a.Lost) != 0 {
		t.Errorf("%+v", a)
	}
	a, err = r.desk.Try(t.Context(), query.WordQuestion{List: query.ListPlaces, Add: []query.Word{{Text: "示例大桥"}}, Text: "示例大桥塌了"})
	r.must(err)
	if len(a.Before.Places) != 0 || !slices.Equal(a.After.Places, []string{"示例大桥"}) {
		t.Errorf("%+v", a)
	}
	a, err = r.desk.Try(t.Context(), query.WordQuestion{List: query.ListWrong, Add: []query.Word{{Text: "服雾", Right: "服务"}}, Text: "欢迎服雾"})
	r.must(err)
	if len(a.Before.Remarks) != 0 || !slices.Equal(a.After.Remarks, []string{"服雾 → 服务"}) {
		t.Errorf("%+v", a)
	}
	if _, err := r.desk.Try(t.Context(), query.WordQuestion{List: query.ListWords, Text: " "}); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("%v", err)
	}
	if l, _ := r.desk.List(t.Context(), query.ListWords, ""); l.Version != 0 {
		t.Error("a trial was kept")
	}
}

// What is remarked on in a sentence is what some reader would find: also the
// words of files for replies and of inspections that look for them.
func TestTryRemarks(t *testing.T) {
	c := config.Default()
	file := filepath.Join(t.TempDir(), "words.yaml")
	if err := os.WriteFile(file, []byte("words: [{wrong: 示例县政府, right: 示例市政府}]\nsensitive: [{word: 老城区}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Reply.Words = []string{file}
	site := func(id string, options map[string]any) config.Source {
		return config.Source{ID: id, Kind: "patrol", BaseURL: "https://example.gov.cn", Options: options}
	}
	add := func(wrong, right string) map[string]any {
		return map[string]any{"add": []map[string]string{{"wrong": wrong, "right": right}}}
	}
	c.Sources = []config.Source{
		site("first", map[string]any{"words": add("示例厂", "示例场")}),
		site("second", map[string]any{"words": add("静默词", "响亮词"), "off": []string{"wording"}}),
	}
	r := newRoomOf(t, c)
	a, err := r.desk.Try(t.Context(), query.WordQuestion{List: query.ListWrong, Add: []query.Word{{Text: "示例厂", Right: "示范场"}}, Text: "示例县政府在老城区，示例厂有静默词"})
	r.must(err)
	if want := []string{"示例县政府 → 示例市政府", "示例厂 → 示例场", "老城区"}; !slices.Equal(a.Before.Remarks, want) {
		t.Errorf("%q, want %q", a.Before.Remarks, want)
	}
	if want := []string{"示例县政府 → 示例市政府", "示例厂 → 示范场", "老城区"}; !slices.Equal(a.After.Remarks, want) {
		t.Errorf("%q, want %q", a.After.Remarks, want)
	}
}

// A file goes in whole or not at all, and what goes out comes in again; a cell
// that a spreadsheet would take for a formula is quoted.
func TestFiles(t *testing.T) {
	r := newRoom(t)
	who := huiying.Actor{ID: "officer"}
	in := func(list, body string, seen int) error {
		_, _, err := r.desk.Import(t.Context(), strings.NewReader(body), query.WordChange{List: list, Note: "导入", Seen: seen, Actor: who})
		return err
	}
	r.must(in(query.ListWrong, "\ufefftext,right,level,except,why\n服雾,服务,serious,,文件\n=SUM政俯,政府,,,'=1+1\n", 0))
	l, err := r.desk.List(t.Context(), query.ListWrong, "")
	r.must(err)
	if len(l.Words) != 2 || l.Words[0].Level != "serious" || l.Words[0].Why != "文件" || l.Words[1].Level != "common" || l.Words[1].Why != "=1+1" {
		t.Fatalf("%+v", l.Words)
	}
	out, err := r.desk.Export(t.Context(), query.ListWrong, who)
	r.must(err)
	if body := string(out.Body); !strings.Contains(body, "'=SUM政俯") || !strings.Contains(body, "'=1+1") || strings.Contains(body, "\n=") {
		t.Errorf("%s", body)
	}
	r.must(in(query.ListSensitive, "text\n＝求和\n", 0))
	if wide, err := r.desk.Export(t.Context(), query.ListSensitive, who); err != nil || !strings.Contains(string(wide.Body), "\n'＝求和,") {
		t.Errorf("%s %v", wide.Body, err)
	}
	again := query.WordReturn{List: query.ListWrong, Seen: 1, Note: "空", Actor: who}
	_, err = r.desk.Return(t.Context(), again)
	r.must(err)
	r.must(in(query.ListWrong, string(out.Body), 2))
	if l, err = r.desk.List(t.Context(), query.ListWrong, ""); err != nil || len(l.Words) != 2 || l.Words[1].Text != "=SUM政俯" {
		t.Errorf("%+v %v", l.Words, err)
	}
	r.must(in(query.ListWords, string([]byte{0xB4, 0xCA, '\n', 0xCB, 0xE6, 0xCA, 0xD6, 0xC5, 0xC4, '\n'}), 0)) // 词, 随手拍 in GB18030
	for name, body := range map[string]string{
		"no head": "随手拍\n", "an unknown column": "text,color\n词语,红\n", "a bad row": "text\n好词\n有 空格\n", "nothing": "text\n", "bad bytes": "text\n\xff\xff\n", "a bad figure": "text,frequency\n词语,多\n",
	} {
		if err := in(query.ListWords, body, 1); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if l, _ = r.desk.List(t.Context(), query.ListWords, ""); !slices.Equal(texts(l.Words), []string{"随手拍"}) || l.Version != 1 {
		t.Errorf("%+v", l)
	}
	log, err := access.New(r.store).Of(t.Context(), query.ListWrong, access.LexiconExported, 10)
	if err != nil || len(log) != 1 || log[0].Actor != "officer" {
		t.Errorf("%+v %v", log, err)
	}
}

// What is shipped is shown with its file, and found in.
func TestShipped(t *testing.T) {
	r := newRoom(t)
	all, err := r.desk.Lexicon(t.Context())
	r.must(err)
	if len(all) != len(query.Lists()) {
		t.Fatalf("%d lists", len(all))
	}
	for _, l := range all {
		if l.ID != query.ListSynonyms && len(l.Sources) == 0 {
			t.Errorf("%s has nothing beneath", l.ID)
		}
	}
	l, err := r.desk.List(t.Context(), query.ListWords, "政务")
	r.must(err)
	if s := l.Sources[0]; s.File != "jieba.dict.utf8" || s.Of < 300_000 || s.Found == 0 || len(s.Rows) == 0 || !strings.Contains(s.Rows[0].Text, "政务") {
		t.Errorf("%+v", s)
	}
	if _, err := r.desk.List(t.Context(), "nothing", ""); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("%v", err)
	}
}

// Bodies as they travel become what the readers take.
func TestRead(t *testing.T) {
	r := newRoom(t)
	_, err := r.add(query.ListWords, 0, query.Word{Text: "ＡＢ平台"})
	r.must(err)
	_, err = r.add(query.ListSensitive, 0, query.Word{Text: "爱莫能助", Level: "dismissive"})
	r.must(err)
	current, err := r.shelf.Current(t.Context(), wordbook.Kind)
	r.must(err)
	var bodies [][]byte
	for _, d := range current {
		if !json.Valid(d.Body) {
			t.Errorf("%s", d.Body)
		}
		bodies = append(bodies, d.Body)
	}
	own, err := wordbook.Read(bodies)
	if err != nil || len(own.Lexicon.Words) != 1 || own.Lexicon.Words[0].Text != "ab平台" || len(own.Sensitive) != 1 {
		t.Errorf("%+v %v", own, err)
	}
}

// Whatever bytes are brought in, there is an answer.
func FuzzReadFile(f *testing.F) {
	for _, seed := range []string{"text\n词语\n", "text,why\n\"a\n", "\xff\xfe", "词,词频\n好词,3\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, list := range []string{query.ListWords, query.ListWrong, query.ListSensitive, query.ListStops} {
			words, err := wordbook.ReadFile(list, strings.NewReader(body))
			if err == nil && len(words) == 0 {
				t.Errorf("%s: neither words nor an error", list)
			}
		}
	})
}
