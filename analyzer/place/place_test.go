package place_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"huiying/analyzer/analyzertest"
	"huiying/analyzer/dict"
	"huiying/analyzer/fold"
	"huiying/analyzer/place"
	"huiying/analyzer/segment"
)

// split makes a text of words that are cut already.
func split(words string) (*fold.Text, []fold.Span) {
	var tokens []fold.Span
	at := int32(0)
	for w := range strings.FieldsSeq(words) {
		n := int32(len([]rune(w)))
		tokens = append(tokens, fold.Span{Start: at, End: at + n})
		at += n
	}
	return fold.New(strings.Join(strings.Fields(words), "")), tokens
}

// whole finds in a text that is one word.
func whole(g *place.Gazetteer, word string) []place.Found {
	text, tokens := split(word)
	return g.Find(text, tokens)
}

func paths(found []place.Found) string {
	var out []string
	for _, f := range found {
		out = append(out, f.Path)
	}
	return strings.Join(out, " ")
}

// told writes what was found as names with the words that name them.
func told(text *fold.Text, found []place.Found) string {
	var out []string
	for _, f := range found {
		words := text.Term(f.Span)
		if words == f.Name {
			out = append(out, f.Name)
		} else {
			out = append(out, f.Name+"="+words)
		}
	}
	return strings.Join(out, " ")
}

// Invented sentences as the model office, 中卫市, meets them.
func TestFind(t *testing.T) {
	c, g := analyzertest.Cutter(t), gazetteer(t, place.Builtin(), "640500")
	if len(sentences) < 60 {
		t.Fatalf("only %d sentences", len(sentences))
	}
	for _, s := range sentences {
		text, tokens := analyzertest.Cut(t, c, s.text)
		if got := told(text, g.Find(text, tokens)); got != s.want {
			t.Errorf("%s: got %q, want %q (cut %s)", s.text, got, s.want, joined(text, tokens))
		}
	}
}

func joined(text *fold.Text, tokens []fold.Span) string {
	var words []string
	for _, t := range tokens {
		words = append(words, text.Term(t))
	}
	return strings.Join(words, "|")
}

// What a name of several places, or a word, means to which office.
func TestAmbiguous(t *testing.T) {
	c, on := analyzertest.Cutter(t), table(t, "shared.tsv")
	for _, a := range ambiguous {
		text, tokens := analyzertest.Cut(t, c, a.text)
		if got := paths(gazetteer(t, on, a.own).Find(text, tokens)); got != a.want {
			t.Errorf("%s for %q: got %q, want %q (cut %s)", a.text, a.own, got, a.want, joined(text, tokens))
		}
	}
}

// The office's own villages, with the segmenter as it is.
func TestVillages(t *testing.T) {
	c, g := analyzertest.Cutter(t), gazetteer(t, table(t, "office.tsv"), "640500")
	for _, s := range villages {
		text, tokens := analyzertest.Cut(t, c, s.text)
		if got := told(text, g.Find(text, tokens)); got != s.want {
			t.Errorf("%s: got %q, want %q (cut %s)", s.text, got, s.want, joined(text, tokens))
		}
	}
}

// Names told to the segmenter are cut as words.
func TestNamesAsWords(t *testing.T) {
	files, err := dict.Locate(dict.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g := gazetteer(t, table(t, "office.tsv"), "640500")
	var words []segment.Word
	for _, name := range g.FoldedNames() {
		words = append(words, segment.Word{Text: name, Frequency: 20_000, Tag: "ns"})
	}
	s, err := segment.New(files, words)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	c, _ := s.Acquire()
	defer c.Release()
	for _, name := range g.FoldedNames() {
		for _, sentence := range []string{"昨天去" + name + "了", name + "政府回应了", "我是" + name + "人"} {
			text, tokens := analyzertest.Cut(t, c, sentence)
			if found := g.Find(text, tokens); name != "新民村" && (len(found) != 1 || found[0].Name != name) {
				t.Errorf("%s: got %v (cut %s)", sentence, found, joined(text, tokens))
			}
		}
	}
	if text, tokens := analyzertest.Cut(t, c, "集中卫生整治"); g.Find(text, tokens) != nil {
		t.Error("集中卫生 names 中卫")
	}
}

// parts of generated texts.
var parts = []string{
	"中卫", "中卫市", "宁夏", "沙坡头区", "中宁", "海原", "西安镇", "西安", "鼓楼区", "南京", "福州市", "朝阳", "朝阳区", "北京", "城关镇", "平罗县",
	"东方", "海南", "文昌", "新民村", "石空镇", "国足", "后卫", "政府", "人", "路", "的", " ", "·", "，", "集", "生", "[doge]", "\u200b", "x",
}

// Whatever the words, spans begin and end with words, follow each other, and
// no place comes twice.
func TestSpansLieOnTokens(t *testing.T) {
	g := gazetteer(t, table(t, "shared.tsv", "office.tsv"), "640500")
	c := analyzertest.Cutter(t)
	rapid.Check(t, func(rt *rapid.T) {
		text := fold.New(strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 20).Draw(rt, "parts"), ""))
		tokens := anyCut(rt, len(text.Runes))
		if rapid.Bool().Draw(rt, "real") {
			tokens, _ = c.Cut(nil, text)
		}
		last, codes := int32(0), map[string]bool{}
		for _, f := range g.Find(text, tokens) {
			begins := slices.ContainsFunc(tokens, func(s fold.Span) bool { return s.Start == f.Span.Start })
			ends := slices.ContainsFunc(tokens, func(s fold.Span) bool { return s.End == f.Span.End })
			if !begins || !ends || f.Span.Start < last || f.Span.End <= f.Span.Start || codes[f.Code] {
				rt.Fatalf("%s at %v in %s", f.Path, f.Span, joined(text, tokens))
			}
			last, codes[f.Code] = f.Span.End, true
		}
	})
}

// anyCut cuts n runes anywhere.
func anyCut(rt *rapid.T, n int) (tokens []fold.Span) {
	for at := 0; at < n; {
		end := min(n, at+rapid.IntRange(1, 4).Draw(rt, "length"))
		tokens = append(tokens, fold.Span{Start: int32(at), End: int32(end)})
		at = end
	}
	return tokens
}

// The order of the rows of a file is of no account.
func TestOrderOfRows(t *testing.T) {
	lines := slices.Collect(strings.Lines(string(read(t, "testdata/shared.tsv")) + string(read(t, "testdata/office.tsv"))))
	before := gazetteer(t, table(t, "shared.tsv", "office.tsv"), "640500")
	rapid.Check(t, func(rt *rapid.T) {
		mixed := strings.Join(rapid.Permutation(lines).Draw(rt, "lines"), "")
		on, err := place.Parse("mixed", []byte(mixed), place.Builtin())
		if err != nil {
			rt.Fatal(err)
		}
		g := gazetteer(t, on, "640500")
		for range 20 {
			text := fold.New(strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 20).Draw(rt, "parts"), ""))
			tokens := anyCut(rt, len(text.Runes))
			if got, want := g.Find(text, tokens), before.Find(text, tokens); !slices.Equal(got, want) {
				rt.Fatalf("%s: got %v, want %v", joined(text, tokens), got, want)
			}
		}
	})
}

// A gazetteer serves many at once, and no text leaves anything for the next.
func TestConcurrent(t *testing.T) {
	g := gazetteer(t, place.Builtin(), "640500")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 200 {
				for words, want := range map[string]string{
					"国足 的 中卫 失误": "", "中卫 下雨 了": "宁夏回族自治区/中卫市", "辽宁 的 朝阳": "辽宁省/朝阳市", "朝阳 升起": "",
				} {
					if text, tokens := split(words); paths(g.Find(text, tokens)) != want {
						t.Errorf("%s: got %v", words, g.Find(text, tokens))
					}
				}
			}
		})
	}
	all.Wait()
}

// A text of a million names, and names of thousands of places, end soon: what
// is beyond the bounds is not looked at.
func TestBounds(t *testing.T) {
	var rows strings.Builder
	for i := range 2_000 {
		rows.WriteString(village(i))
	}
	on, err := place.Parse("many", []byte(rows.String()), place.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	g := gazetteer(t, on, "640500")
	text, tokens := split(strings.Repeat("中卫市 新民村 ", 100_000))
	if got := paths(g.Find(text, tokens)); got != "宁夏回族自治区/中卫市" {
		t.Errorf("got %s", got)
	}
	if got := whole(g, "新民村"); got != nil {
		t.Errorf("one of 2,000 was chosen: %v", got)
	}
	text, tokens = split("第7镇 新民村")
	if got := paths(g.Find(text, tokens)); got != "宁夏回族自治区/中卫市/中宁县/第7镇/新民村" {
		t.Errorf("got %s", got)
	}
}

// Tokens that are none of the text's, or none, do no harm.
func TestForeignTokens(t *testing.T) {
	g := gazetteer(t, place.Builtin(), "640500")
	text := fold.New("中卫的政务大厅")
	for _, tokens := range [][]fold.Span{nil, {{Start: 0, End: 0}}, {{Start: 5, End: 3}}, {{Start: -3, End: -1}}, {{Start: 1, End: 99}}} {
		if got := g.Find(text, tokens); got != nil {
			t.Errorf("%v: got %v", tokens, got)
		}
	}
	if got := g.Find(text, []fold.Span{{Start: 0, End: 2}, {Start: 2, End: 99}}); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}

func BenchmarkFind(b *testing.B) {
	c, g := analyzertest.Cutter(b), gazetteer(b, table(b, "office.tsv"), "640500")
	for _, x := range []struct{ name, text string }{
		{"none", "今天上午在政务大厅排队三个小时还没有轮到，窗口只开了两个，工作人员说系统慢，大家都站着等，老人孩子也没有地方坐，希望有关部门能管一管，多开几个窗口，不要再让群众跑冤枉路了，明天还要再来一趟。"},
		{"three", "今天上午在中卫市政务大厅排队三个小时还没有轮到，窗口只开了两个，中宁县来的老人孩子也没有地方坐，希望有关部门能管一管，多开几个窗口，不要再让海原的群众跑冤枉路了，明天还要再来一趟，真的很累。"},
	} {
		text, tokens := analyzertest.Cut(b, c, x.text)
		b.Run(x.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				g.Find(text, tokens)
			}
			b.ReportMetric(float64(len(text.Runes)), "characters")
		})
	}
}

func BenchmarkNew(b *testing.B) {
	on := table(b, "office.tsv")
	for b.Loop() {
		gazetteer(b, on, "640500")
	}
}
