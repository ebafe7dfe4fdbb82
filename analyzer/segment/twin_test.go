package segment_test

import (
	"bufio"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huiying/analyzer/fold"
	"huiying/analyzer/segment"
)

// both are the two ways to cut, with the same words of the user's.
func both(tb testing.TB) (own, original segment.Cutter) {
	tb.Helper()
	words, err := segment.ParseUserDictionary("words", []byte("政务服务\n一窗通办 300 n\n办不成事 5 n\n沙坡头区\n囧 4 n\n"))
	if err != nil {
		tb.Fatal(err)
	}
	a, err := segment.New(files(tb), words)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(a.Close)
	b, err := segment.NewGojieba(files(tb), words)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(b.Close)
	own, _ = a.Acquire()
	tb.Cleanup(own.Release)
	original, _ = b.Acquire()
	tb.Cleanup(original.Release)
	return own, original
}

// differs tells where the two ways cut a text differently, if they do.
func differs(tb testing.TB, own, original segment.Cutter, text string) bool {
	tb.Helper()
	t := fold.New(text)
	got, err := own.Cut(nil, t)
	if err != nil {
		tb.Fatal(err)
	}
	want, err := original.Cut(nil, t)
	if err != nil {
		tb.Fatal(err)
	}
	words := func(tokens []segment.Token) string {
		var list []string
		for _, token := range tokens {
			list = append(list, string(t.Runes[token.Start:token.End]))
		}
		return strings.Join(list, "|")
	}
	if g, w := words(got), words(want); g != w {
		tb.Errorf("%q:\n   own %s\ngojieba %s", text, g, w)
		return true
	}
	return false
}

// Texts put together at random from the dictionary's own words, single
// characters, signs and figures, which is where two cutters would differ.
func TestCutsAsGojieba(t *testing.T) {
	own, original := both(t)
	raw, err := os.ReadFile(files(t).Main)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for line := range strings.Lines(string(raw)) {
		word, _, _ := strings.Cut(line, " ")
		words = append(words, word)
	}
	r := rand.New(rand.NewPCG(4, 4))
	signs := strings.Fields("， 。 ！ ? abc X9 3.5 12 [doge] 😡 囧 政务服务 办不成事 | 的 不 龘 ㈱ é")
	for range 20_000 {
		var b strings.Builder
		for range 1 + r.IntN(30) {
			switch word := words[r.IntN(len(words))]; r.IntN(5) {
			case 0:
				b.WriteString(signs[r.IntN(len(signs))])
			case 1:
				runes := []rune(word)
				b.WriteString(string(runes[:1+r.IntN(len(runes))]))
			case 2:
				b.WriteRune(rune(0x4E00 + r.IntN(0x5200)))
			default:
				b.WriteString(word)
			}
		}
		if differs(t, own, original, b.String()) {
			return
		}
	}
}

// Real texts, where they lie beside the project.
func TestCutsRealTextAsGojieba(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "data")
	sets, _ := filepath.Glob(filepath.Join(dir, "*.tsv"))
	if len(sets) == 0 {
		t.Skip("the shared data are absent: " + dir)
	}
	if testing.Short() || raceEnabled {
		t.Skip("many thousand texts are cut twice: without -short and -race")
	}
	own, original := both(t)
	n := 0
	for _, set := range sets {
		f, err := os.Open(set)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for i := 0; i < 8000 && lines.Scan(); i++ {
			n++
			if differs(t, own, original, lines.Text()) {
				return
			}
		}
	}
	t.Logf("%d texts cut alike", n)
}

func BenchmarkCut(b *testing.B) {
	own, original := both(b)
	text := fold.New("今天上午在政务大厅社保窗口排队三个小时还没轮到，工作人员说系统又崩溃办不了业务，材料要求跑四五趟，电话一直打不通，希望有人管一管。老人孩子都在等，明天还要上班呢，已经反映过两次了，真的太让人无语了")
	for name, c := range map[string]segment.Cutter{"own": own, "gojieba": original} {
		b.Run(name, func(b *testing.B) {
			var tokens []segment.Token
			for b.Loop() {
				tokens, _ = c.Cut(tokens[:0], text)
			}
		})
	}
}
