// Package keyword finds the weighty words of a text that is cut already, by
// TF-IDF with the segmenter's own table. It holds the table compactly (about
// 6 MB) and refuses to cut anything itself.
package keyword

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"os"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"

	"huiying"
	"huiying/analyzer/fold"
)

const (
	// top is how many keywords a text has at most.
	top = 8
	// maxTokens is how many tokens are weighed; what a text is about shows
	// before that.
	maxTokens = 20_000
)

// Table weighs words. It never changes and is safe for concurrent use.
type Table struct {
	seed    maphash.Seed
	slots   []slot // open addressing; a power of two of them
	average float32
	stop    map[uint64]bool
}

type slot struct {
	hash   uint64
	weight float32
}

// Load reads the table of weights ("word idf" lines) and the stop words (one a
// line).
func Load(idfFile, stopFile string) (*Table, error) {
	idf, err := os.ReadFile(idfFile)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "analyzer.dictionary_missing", idfFile, err)
	}
	stop, err := os.ReadFile(stopFile)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "analyzer.dictionary_missing", stopFile, err)
	}
	t := &Table{seed: maphash.MakeSeed(), stop: map[uint64]bool{}}
	if bad := t.weights(idf); bad > 0 {
		return nil, huiying.Errorf(huiying.Invalid, "analyzer.dictionary_line", idfFile, bad)
	}
	for line := range bytes.Lines(stop) {
		if word := bytes.TrimSpace(line); len(word) > 0 {
			t.stop[maphash.Bytes(t.seed, bytes.ToLower(word))] = true
		}
	}
	return t, nil
}

// weights fills the table; bad is the number of the first malformed line.
func (t *Table) weights(idf []byte) (bad int) {
	size := 1
	for size < 2*bytes.Count(idf, []byte("\n"))+2 {
		size *= 2
	}
	t.slots = make([]slot, size)
	number, sum := 0, 0.0
	for line := range bytes.Lines(idf) {
		number++
		word, figure, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
		weight, err := strconv.ParseFloat(string(figure), 32)
		if err != nil || len(word) == 0 || weight <= 0 {
			return number
		}
		sum += weight
		t.put(maphash.Bytes(t.seed, bytes.ToLower(word)), float32(weight))
	}
	if number == 0 {
		return 1
	}
	t.average = float32(sum / float64(number))
	return 0
}

func (t *Table) put(hash uint64, weight float32) {
	for i := hash; ; i++ {
		s := &t.slots[i&uint64(len(t.slots)-1)]
		if s.weight == 0 || s.hash == hash {
			*s = slot{hash, weight}
			return
		}
	}
}

// weight is the word's idf, or the average of all for a word that is new.
func (t *Table) weight(hash uint64) float32 {
	for i := hash; ; i++ {
		s := t.slots[i&uint64(len(t.slots)-1)]
		switch {
		case s.weight == 0:
			return t.average
		case s.hash == hash:
			return s.weight
		}
	}
}

// word is a token that may be a keyword.
type word struct {
	hash   uint64
	field  int
	token  fold.Span
	weight float32
}

// Find gives the keywords of the fields of one post, the weightiest first.
// Words of one character, numbers, signs and stop words are none.
func (t *Table) Find(texts []*fold.Text, tokens [][]fold.Span) []huiying.Keyword {
	var list []word
	var buffer [64]byte
	for f, text := range texts {
		spans := tokens[f][:min(len(tokens[f]), maxTokens)]
		for _, span := range spans {
			if !telling(text.Runes[span.Start:span.End]) {
				continue
			}
			b := buffer[:0]
			for _, r := range text.Runes[span.Start:span.End] {
				b = utf8.AppendRune(b, r)
			}
			hash := maphash.Bytes(t.seed, b)
			if !t.stop[hash] {
				list = append(list, word{hash: hash, field: f, token: span})
			}
		}
	}
	return t.heaviest(texts, list)
}

// heaviest adds up equal words and keeps the top of them. Ties go to the word
// that comes first.
func (t *Table) heaviest(texts []*fold.Text, list []word) []huiying.Keyword {
	slices.SortStableFunc(list, func(a, b word) int { return cmp.Compare(a.hash, b.hash) })
	out := list[:0]
	for i := 0; i < len(list); {
		w, n := list[i], i
		for n < len(list) && list[n].hash == w.hash {
			n++
		}
		w.weight = float32(n-i) * t.weight(w.hash)
		out, i = append(out, w), n
	}
	slices.SortFunc(out, func(a, b word) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), a.field-b.field, int(a.token.Start-b.token.Start))
	})
	keywords := make([]huiying.Keyword, 0, min(len(out), top))
	for _, w := range out[:min(len(out), top)] {
		keywords = append(keywords, huiying.Keyword{Word: texts[w.field].Term(w.token), Weight: rounded(w.weight)})
	}
	return keywords
}

// rounded keeps two decimals: more would only be noise in messages.
func rounded(w float32) float64 { return float64(int(w*100+0.5)) / 100 }

// telling reports whether a token can be a keyword: two characters or more
// with a letter among them, no emoticon.
func telling(runes []rune) bool {
	if len(runes) < 2 || len(runes) > 24 || runes[0] == '[' {
		return false
	}
	for _, r := range runes {
		if unicode.IsLetter(r) {
			return true
		}
	}
	return false
}
