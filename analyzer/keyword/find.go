package keyword

import (
	"math"
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
	stops *Stops
	spare [][]huiying.Keyword // memory for the next answers
}

// word is a word of the post: where it stands first and how weighty it is.
type word struct {
	hash   uint64
	token  fold.Span
	field  int32
	times  int32
	weight float32 // of one occurrence
	total  float32
}

// NewFinder gives a Finder over a table.
func NewFinder(t *Table) *Finder { return &Finder{table: t} }

// Reuse takes an answer back that nobody looks at any more, for the next one.
// Without it every answer has memory of its own.
func (f *Finder) Reuse(answer []huiying.Keyword) { f.spare = append(f.spare, answer[:0]) }

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
		all := text.Runes
		for _, t := range tokens[i][:min(len(tokens[i]), maxTokens)] {
			if t.End-t.Start < 2 {
				continue
			}
			if runes := all[t.Start:t.End]; telling(runes) {
				f.count(hashOf(runes), int32(i), t)
			}
		}
	}
	f.weigh()
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
			w.times++
			return
		}
	}
	f.words = append(f.words, word{hash: hash, token: t, field: field, times: 1})
	f.index[i] = int32(len(f.words))
}

// weigh looks the words up one right after the other, so that the memory brings
// many at once.
func (f *Finder) weigh() {
	for i := range f.words {
		w := &f.words[i]
		w.weight = f.table.weight(w.hash)
		if f.stops.has(w.hash) {
			w.weight = stopped
		}
		for range w.times {
			w.total += w.weight
		}
	}
}

// keywords picks the weightiest words and writes them into one string.
func (f *Finder) keywords(texts [2]*fold.Text) []huiying.Keyword {
	// A rank holds the weight above and, counted down, the place below, so that
	// of equal weights the first wins. Positive floats order as their bits do.
	var ranks [top]uint64
	n := 0
	for i := range f.words {
		w := &f.words[i]
		if w.weight == stopped {
			continue
		}
		rank := uint64(math.Float32bits(w.total))<<32 | uint64(^uint32(i))
		if n == top && rank <= ranks[top-1] {
			continue
		}
		n = min(n+1, top)
		at := n - 1
		for at > 0 && ranks[at-1] < rank {
			ranks[at] = ranks[at-1]
			at--
		}
		ranks[at] = rank
	}
	f.text = f.text[:0]
	var ends [top]int
	for i, rank := range ranks[:n] {
		w := &f.words[^uint32(rank)]
		for _, r := range texts[w.field].Runes[w.token.Start:w.token.End] {
			f.text = utf8.AppendRune(f.text, r)
		}
		ends[i] = len(f.text)
	}
	all, from := string(f.text), 0
	out := f.memory(n)
	for i, rank := range ranks[:n] {
		out[i] = huiying.Keyword{Word: all[from:ends[i]], Weight: rounded(f.words[^uint32(rank)].total)}
		from = ends[i]
	}
	return out
}

// memory is room for n keywords, used before where there is some.
func (f *Finder) memory(n int) []huiying.Keyword {
	if last := len(f.spare) - 1; last >= 0 {
		out := f.spare[last]
		if f.spare = f.spare[:last]; cap(out) >= n {
			return out[:n]
		}
	}
	return make([]huiying.Keyword, n, top)
}

// rounded keeps two decimals: more would only be noise in messages.
func rounded(w float32) float64 { return float64(int(w*100+0.5)) / 100 }

// telling reports whether a token can be a keyword: two to 24 characters with
// a letter among them, no emoticon.
func telling(runes []rune) bool {
	if len(runes) < 2 || len(runes) > 24 || runes[0] == '[' {
		return false
	}
	if runes[0] >= 0x4E00 && runes[0] <= 0x9FFF {
		return true // nearly all
	}
	for _, r := range runes {
		if r >= 0x80 && fold.Letter(r) || r >= 'a' && r <= 'z' {
			return true
		}
	}
	return false
}
