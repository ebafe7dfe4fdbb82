package analyzer_test

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"huiying"
)

// written draws the words of generated posts as people write them: by how often
// gojieba's dictionary says each is met in print.
type written struct {
	words []string
	upTo  []int    // the weights of this word and those before it, in all
	names []string // that stand in no dictionary
}

// repeats is the power of how often a word is met that it is drawn with: what
// people say to an office has fewer rare words than books.
const repeats = 1.2

func newWritten(tb testing.TB, r *rand.Rand) *written {
	tb.Helper()
	text, err := os.ReadFile(dictionaries(tb).Main)
	if err != nil {
		tb.Fatal(err)
	}
	w, all := &written{}, 0
	for line := range strings.Lines(string(text)) {
		part := strings.Fields(line) // word, how often, part of speech
		if len(part) < 2 {
			continue
		}
		met, err := strconv.ParseFloat(part[1], 64)
		if err != nil {
			tb.Fatal(err)
		}
		all += int(math.Pow(met, repeats))
		w.words, w.upTo = append(w.words, part[0]), append(w.upTo, all)
	}
	for range 20_000 {
		w.names = append(w.names, w.name(r))
	}
	return w
}

func (w *written) draw(r *rand.Rand) string {
	at, _ := slices.BinarySearch(w.upTo, r.IntN(w.upTo[len(w.upTo)-1])+1)
	return w.words[at]
}

// name is two or three characters that are met often.
func (w *written) name(r *rand.Rand) string {
	var b strings.Builder
	for n := 2 + r.IntN(2); n > 0; {
		if c := w.draw(r); len(c) == len("字") {
			b.WriteString(c)
			n--
		}
	}
	return b.String()
}

// clause appends some words and how they end.
func (w *written) clause(r *rand.Rand, b []rune) []rune {
	for range 3 + r.IntN(6) {
		if r.IntN(25) == 0 {
			b = append(b, []rune(w.names[r.IntN(len(w.names))])...)
		} else {
			b = append(b, []rune(w.draw(r))...)
		}
	}
	switch r.IntN(12) {
	case 0:
		b = append(b, []rune("[doge]")...)
	case 1:
		b = append(b, []rune(strconv.Itoa(r.IntN(500))+"次")...)
	}
	return append(b, []rune("。！，，，？")[r.IntN(6)])
}

// wide makes posts of length characters each that cost what real ones do: their
// words are those of the language and not of five lists, as generate's are, one
// in twenty-five is a name that nobody knows, and one post in three says what an
// office hears of. Two million characters of them hold 86,000 different tokens,
// of public posts 1.6 million hold 79,000, of generate's two million 993; to a
// hundred characters 67, 65 and 60 tokens. The same seed makes the same posts.
func wide(tb testing.TB, n, length int, seed uint64) []huiying.Post {
	tb.Helper()
	r := rand.New(rand.NewPCG(seed, 2))
	w, about := newWritten(tb, r), generate(n/3+1, 30, seed)
	posts := make([]huiying.Post, n)
	for i := range posts {
		var b []rune
		if i%3 == 0 {
			b = append([]rune(about[i/3].Text), '，')
		}
		for len(b) < length {
			b = w.clause(r, b)
		}
		posts[i] = post(strconv.Itoa(i), string(b[:length]))
	}
	return posts
}

// public are posts and letters that people wrote, in a mixed order, the long
// ones in parts of a hundred characters. They lie beside the project.
func public(t *testing.T) []huiying.Post {
	t.Helper()
	var texts []string
	for _, name := range []string{"ws100k", "weibo2018_train", "complaints_timed"} {
		raw, err := os.ReadFile(filepath.Join("../../shared/data", name+".tsv"))
		if err != nil {
			t.Skip("../shared/data is not on this machine")
		}
		for line := range strings.Lines(string(raw)) {
			columns := strings.Split(strings.TrimSpace(line), "\t")
			text := []rune(columns[len(columns)-1])
			for ; len(text) > 150; text = text[100:] {
				texts = append(texts, string(text[:100]))
			}
			if len(text) >= 20 {
				texts = append(texts, string(text))
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
	posts := make([]huiying.Post, len(texts))
	for i, text := range texts {
		posts[i] = post(strconv.Itoa(i), text)
	}
	return posts
}
