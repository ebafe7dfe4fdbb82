package keyword_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/keyword"
)

// table writes small files and loads them. The average weight is 5.
func table(t testing.TB) *keyword.Table {
	t.Helper()
	table, err := load(t, "社保 8.0\n排队 6.0\n工作 2.0\nWIFI 4.0\n", "的\n我们\n\n")
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func load(t testing.TB, idf, stop string) (*keyword.Table, error) {
	t.Helper()
	folder := t.TempDir()
	for name, content := range map[string]string{"idf": idf, "stop": stop} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return keyword.Load(filepath.Join(folder, "idf"), filepath.Join(folder, "stop"))
}

// split makes a text of words that are cut already.
func split(words string) (*fold.Text, []fold.Span) {
	var tokens []fold.Span
	at := int32(0)
	for _, w := range strings.Fields(words) {
		n := int32(len([]rune(w)))
		tokens = append(tokens, fold.Span{Start: at, End: at + n})
		at += n
	}
	return fold.New(strings.Join(strings.Fields(words), "")), tokens
}

func find(f *keyword.Finder, title, text string) string {
	a, at := split(title)
	b, bt := split(text)
	var out []string
	for _, k := range f.Find([2]*fold.Text{a, b}, [2][]fold.Span{at, bt}) {
		out = append(out, k.Word)
	}
	return strings.Join(out, " ")
}

func TestFind(t *testing.T) {
	f := keyword.NewFinder(table(t))
	for _, c := range []struct{ title, text, want string }{
		{"", "", ""},
		{"", "我们 的 社保 工作 要 排队", "社保 排队 工作"},
		{"", "工作 工作 工作 工作 社保 排队", "工作 社保 排队"}, // 4×2 = 8: of equals the earlier
		{"排队", "社保", "社保 排队"},
		{"排队", "排队 社保", "排队 社保"}, // counts add up over title and text
		{"", "新词 排队", "排队 新词"},   // a new word weighs as the average
		{"", "2026 12.5 ， 。 [doge] a 好", ""},
		{"", "wifi ＷＩＦＩ", "wifi"},
		{"", "甲一 甲二 甲三 甲四 甲五 甲六 甲七 甲八 甲九", "甲一 甲二 甲三 甲四 甲五 甲六 甲七 甲八"},
	} {
		got := find(f, c.title, c.text)
		if got != c.want {
			t.Errorf("%q, %q: got %q, want %q", c.title, c.text, got, c.want)
		}
	}
}

func TestWeights(t *testing.T) {
	text, tokens := split("社保 排队 社保")
	got := keyword.NewFinder(table(t)).Find([2]*fold.Text{fold.New(""), text}, [2][]fold.Span{nil, tokens})
	if len(got) != 2 || got[0] != (huiying.Keyword{Word: "社保", Weight: 16}) || got[1] != (huiying.Keyword{Word: "排队", Weight: 6}) {
		t.Errorf("got %+v", got)
	}
}

// A Finder forgets the post before, however long.
func TestReuse(t *testing.T) {
	f := keyword.NewFinder(table(t))
	find(f, "", strings.Repeat("社保 排队 新词 ", 30_000))
	if got := find(f, "", "工作"); got != "工作" {
		t.Errorf("got %q", got)
	}
}

func TestBadTables(t *testing.T) {
	for _, idf := range []string{"", "社保\n", "社保 x\n", "社保 -1\n", "社保 8\n 5\n"} {
		if _, err := load(t, idf, ""); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%q: got %v", idf, err)
		}
	}
	if _, err := keyword.Load("none", "none"); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("missing files: %v", err)
	}
}

func BenchmarkFind(b *testing.B) {
	f := keyword.NewFinder(table(b))
	text, tokens := split(strings.Repeat("群众 反映 政务 大厅 窗口 排队 时间 过长 ， 工作 人员 态度 生硬 。 ", 4))
	for b.Loop() {
		f.Find([2]*fold.Text{fold.New(""), text}, [2][]fold.Span{nil, tokens})
	}
}
