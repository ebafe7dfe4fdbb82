package segment

import (
	"bytes"
	"math"
	"os"
	"strconv"
	"unicode/utf8"

	"huiying"
)

// lexicon holds the words of the dictionaries with their weights, the
// logarithms of their shares. It is a trie laid into one open-addressing table
// whose slots are the nodes: a step is one hash and mostly one line of memory.
// Most characters begin no word with the one behind them, which a bit tells
// without a look at the table. It never changes once made.
type lexicon struct {
	nodes  []node
	mask   uint32
	first  []start        // by rune of the basic plane
	rest   map[rune]start // of the others
	pairs  []uint64       // a bit for the two runes that begin a word, by their hash
	sole   map[rune]bool  // words of one character that the user has added
	least  float64        // weight of what is in no dictionary
	filled int
}

// start is where words that begin with a rune do.
type start struct {
	weight float64 // of the rune alone; the least when that is no word
	at     int32   // its node, or none
}

// node is a prefix of a word, found by the node before it and its last rune.
type node struct {
	weight float64 // of the word that ends here; noWord when none does
	before int32   // 1 + the node before, root for the first rune; 0 = a free slot
	sign   uint32  // the rune; more = longer words go on from here
}

const (
	root   = math.MaxInt32
	none   = -1
	noWord = 1 // logarithms of shares are at most 0
	more   = 1 << 31
	// pairBits sets one bit in eight, in a quarter of a megabyte.
	pairBits = 21
)

// lexeme is a word on its way into a lexicon.
type lexeme struct {
	text   []byte
	weight float64
}

// readLexicon reads the main dictionary and adds the user's words. The file
// has been checked.
func readLexicon(path string, words []Word) (*lexicon, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "analyzer.dictionary_missing", path, err)
	}
	list := make([]lexeme, 0, bytes.Count(raw, []byte("\n"))+1+len(words))
	sum, least := 0.0, math.Inf(1)
	for line := range bytes.Lines(raw) {
		word, rest, _ := bytes.Cut(line, []byte(" "))
		digits, _, _ := bytes.Cut(rest, []byte(" "))
		n, err := strconv.ParseFloat(string(digits), 64)
		if err != nil {
			return nil, huiying.Errorf(huiying.Invalid, "analyzer.dictionary_line", path, len(list)+1)
		}
		sum, least = sum+n, min(least, n)
		list = append(list, lexeme{word, n})
	}
	for i := range list {
		list[i].weight = math.Log(list[i].weight / sum)
	}
	for _, w := range words {
		list = append(list, lexeme{[]byte(w.Text), math.Log(float64(w.Frequency) / sum)})
	}
	l := newLexicon(list, math.Log(least/sum))
	for _, w := range words {
		if r, size := utf8.DecodeRuneInString(w.Text); size == len(w.Text) {
			l.sole[r] = true
		}
	}
	return l, nil
}

// newLexicon lays out a list of words; of a word that stands in it twice the
// later weight counts.
func newLexicon(list []lexeme, least float64) *lexicon {
	for size := 1024; ; size *= 2 {
		if size < 2*len(list) { // there are more prefixes than words
			continue
		}
		l := &lexicon{
			nodes: make([]node, size), mask: uint32(size - 1), pairs: make([]uint64, 1<<pairBits/64),
			first: make([]start, 1<<16), rest: map[rune]start{}, sole: map[rune]bool{}, least: least,
		}
		for i := range l.first {
			l.first[i] = start{least, none}
		}
		if l.addAll(list) {
			return l
		}
	}
}

// addAll reports whether the words fit without crowding the table.
func (l *lexicon) addAll(list []lexeme) bool {
	for _, w := range list {
		l.add(w)
		if 4*l.filled > 3*len(l.nodes) {
			return false
		}
	}
	return true
}

func (l *lexicon) add(w lexeme) {
	at, before := int32(none), int32(root)
	var first rune
	for rest := w.text; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		rest = rest[size:]
		if at != none {
			if before == root {
				word, bit := pairOf(first, r)
				l.pairs[word] |= bit
			}
			l.nodes[at].sign |= more
			before = at + 1
		} else {
			first = r
		}
		at = l.put(before, r)
	}
	if at == none {
		return
	}
	if l.nodes[at].weight = w.weight; before == root {
		l.begins(first, start{w.weight, at})
	}
}

// begins notes where words with a first rune begin.
func (l *lexicon) begins(r rune, s start) {
	if uint32(r) < 1<<16 {
		l.first[r] = s
	} else {
		l.rest[r] = s
	}
}

// pairOf is where the bit of two runes is.
func pairOf(a, b rune) (word uint32, bit uint64) {
	h := (uint32(a)*0x9E3779B1 ^ uint32(b)) * 0x85EBCA77 >> (32 - pairBits)
	return h >> 6, 1 << (h & 63)
}

// pair reports whether a word may begin with two runes: of those that begin none
// it says so of seven in eight.
func (l *lexicon) pair(a, b rune) bool {
	word, bit := pairOf(a, b)
	return l.pairs[word]&bit != 0
}

// put gives the node of a rune behind another one, made if it is not there.
func (l *lexicon) put(before int32, r rune) int32 {
	i := slotOf(before, r) & l.mask
	for ; l.nodes[i].before != 0; i = (i + 1) & l.mask {
		if n := &l.nodes[i]; n.before == before && n.sign&^more == uint32(r) {
			return int32(i)
		}
	}
	l.nodes[i] = node{weight: noWord, before: before, sign: uint32(r)}
	l.filled++
	if before == root {
		l.begins(r, start{l.least, int32(i)})
	}
	return int32(i)
}

func slotOf(before int32, r rune) uint32 {
	h := (uint64(uint32(before))<<21 ^ uint64(uint32(r))) * 0x9E3779B97F4A7C15
	return uint32(h >> 32)
}

// begin says where words with a first rune begin.
func (l *lexicon) begin(r rune) start {
	if uint32(r) < 1<<16 {
		return l.first[r]
	}
	if s, ok := l.rest[r]; ok {
		return s
	}
	return start{l.least, none}
}

// alone reports a word of one character that the user has added.
func (l *lexicon) alone(r rune) bool { return len(l.sole) > 0 && l.sole[r] }

// next gives the node of a rune behind another one, or none.
func (l *lexicon) next(at int32, r rune) int32 {
	if l.nodes[at].sign&more == 0 {
		return none
	}
	before := at + 1
	for i := slotOf(before, r) & l.mask; ; i = (i + 1) & l.mask {
		switch n := &l.nodes[i]; {
		case n.before == 0:
			return none
		case n.before == before && n.sign&^more == uint32(r):
			return int32(i)
		}
	}
}

// has reports whether the dictionaries hold a word.
func (l *lexicon) has(word string) bool {
	at := int32(none)
	for i, r := range word {
		if i == 0 {
			at = l.begin(r).at
		} else {
			at = l.next(at, r)
		}
		if at == none {
			return false
		}
	}
	return at != none && l.nodes[at].weight != noWord
}
