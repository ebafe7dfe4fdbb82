package keyword

import (
	"unicode/utf8"

	"huiying"
	"huiying/analyzer/fold"
)

// Finder finds keywords with a table. It is for one goroutine at a time; its
// memory is used again.
type Finder struct {
	table *Table
	words []word
	index []int32 // open addressing over words, +1; a power of two
	text  []byte
}

// word is a word of the post: where it stands first and how weighty it is.
type word struct {
	hash   uint64
	token  fold.Span
	field  int32
	weight float32 // of one occurrence
	total  float32
}

// NewFinder gives a Finder over a table.
func NewFinder(t *Table) *Finder { return &Finder{table: t} }

// Find gives the keywords of title and text of one post, the weightiest first, of
// equal ones the one that comes first. Words of one character, numbers, signs,
// emoticons and stop words are none.
func (f *Finder) Find(texts [2]*fold.Text, tokens [2][]fold.Span) []huiying.Keyword {
	f.words = f.words[:0]
	total := 0
	for i := range tokens {
		total += min(len(tokens[i]), maxTokens)
	}
	f.clear(total)
	for i, text := range texts {
		for _, t := range tokens[i][:min(len(tokens[i]), maxTokens)] {
			if runes := text.Runes[t.Start:t.End]; telling(runes) {
				f.count(hashOf(runes), int32(i), t)
			}
		}
	}
	return f.keywords(texts)
}

// clear empties the index and makes it large enough for n words.
func (f *Finder) clear(n int) {
	size := 64
	for size < 2*n {
		size *= 2
	}
	if len(f.index) != size {
		if cap(f.index) < size {
			f.index = make([]int32, size)
		}
		f.index = f.index[:size]
	}
	clear(f.index)
}

func (f *Finder) count(hash uint64, field int32, t fold.Span) {
	mask := uint64(len(f.index) - 1)
	i := hash & mask
	for ; f.index[i] != 0; i = (i + 1) & mask {
		if w := &f.words[f.index[i]-1]; w.hash == hash {
			w.total += w.weight
			return
		}
	}
	weight := f.table.weight(hash)
	f.words = append(f.words, word{hash: hash, token: t, field: field, weight: weight, total: weight})
	f.index[i] = int32(len(f.words))
}

// keywords picks the weightiest words and writes them into one string.
func (f *Finder) keywords(texts [2]*fold.Text) []huiying.Keyword {
	var best [top]*word
	n := 0
	for i := range f.words {
		w := &f.words[i]
		if w.weight == stopped || n == top && w.total <= best[n-1].total {
			continue
		}
		at := min(n, top-1)
		for at > 0 && best[at-1].total < w.total {
			best[at] = best[at-1]
			at--
		}
		best[at] = w
		n = min(n+1, top)
	}
	f.text = f.text[:0]
	var ends [top]int
	for i, w := range best[:n] {
		for _, r := range texts[w.field].Runes[w.token.Start:w.token.End] {
			f.text = utf8.AppendRune(f.text, r)
		}
		ends[i] = len(f.text)
	}
	all, from := string(f.text), 0
	out := make([]huiying.Keyword, n)
	for i, w := range best[:n] {
		out[i] = huiying.Keyword{Word: all[from:ends[i]], Weight: rounded(w.total)}
		from = ends[i]
	}
	return out
}

// rounded keeps two decimals: more would only be noise in messages.
func rounded(w float32) float64 { return float64(int(w*100+0.5)) / 100 }

// telling reports whether a token can be a keyword: two to 24 characters with
// a letter among them, no emoticon.
func telling(runes []rune) bool {
	if len(runes) < 2 || len(runes) > 24 || runes[0] == '[' {
		return false
	}
	for _, r := range runes {
		if r >= 0x80 && fold.Letter(r) || r >= 'a' && r <= 'z' {
			return true
		}
	}
	return false
}
