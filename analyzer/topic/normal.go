package topic

import (
	"slices"
	"unicode/utf8"

	"huiying/analyzer/fold"
)

const (
	// maxNormal is how many characters of a text are compared.
	maxNormal = 400
	// minExact is the shortest normal form that makes two posts duplicates:
	// 支持 and 转发微博 are said by everybody.
	minExact = 12
)

// Normal appends to out what of a text counts when two are compared: letters and digits,
// without emoticons, links, names after @ and the marks of forwarding.
func Normal(out []rune, t *fold.Text) []rune {
	runes, from := t.Runes, len(out)
	for i := 0; i < len(runes); {
		switch r := runes[i]; {
		case r == '[':
			i = skipBracket(runes, i)
		case r == '@':
			i = skipName(runes, i+1)
		case r == 'h' && isLink(runes[i:]):
			i = skipLink(runes, i)
		case fold.Letter(r):
			out = append(out, r)
			i++
		default:
			i++
		}
	}
	for _, said := range []string{"转发微博", "回复"} {
		if begins(out[from:], said) {
			out = slices.Delete(out, from, from+utf8.RuneCountInString(said))
		}
	}
	return out
}

func begins(runes []rune, prefix string) bool {
	i := 0
	for _, r := range prefix {
		if i >= len(runes) || runes[i] != r {
			return false
		}
		i++
	}
	return true
}

// skipBracket passes [doge]; a bracket that is not closed soon is passed alone.
func skipBracket(runes []rune, i int) int {
	for end := i + 1; end < len(runes) && end-i <= 10; end++ {
		if runes[end] == ']' {
			return end + 1
		}
	}
	return i + 1
}

// skipName passes the name after @ and the colon of a forward.
func skipName(runes []rune, i int) int {
	for n := 0; i < len(runes) && n < 30; n++ {
		r := runes[i]
		if !fold.Letter(r) && r != '_' && r != '-' {
			break
		}
		i++
	}
	return i
}

func isLink(runes []rune) bool {
	return begins(runes, "http://") || begins(runes, "https://")
}

func skipLink(runes []rune, i int) int {
	for i < len(runes) && runes[i] > ' ' && runes[i] < 0x80 {
		i++
	}
	return i
}

// exact names a normal form within one process; ok is false for one too short
// to say anything.
func exact(normal []rune) (sum uint64, ok bool) {
	even := len(normal) &^ 1
	for i := 0; i < even; i += 2 {
		sum = (sum ^ uint64(normal[i])<<32 ^ uint64(normal[i+1])) * 0x9E3779B97F4A7C15
		sum ^= sum >> 32
	}
	for _, r := range normal[even:] {
		sum = (sum ^ uint64(r)) * 0x9E3779B97F4A7C15
		sum ^= sum >> 32
	}
	return sum, len(normal) >= minExact
}

// gram stands for two characters that follow each other; never 0. It is a
// hash, so that what is kept of a topic holds nobody's words.
type gram uint32

func gramOf(a, b rune) gram {
	h := (uint64(a)<<32 | uint64(b)) * 0x9E3779B97F4A7C15
	h = (h ^ h>>29) * 0xBF58476D1CE4E5B9
	return gram(h>>32) | 1
}

// gramSet is a set of grams that is quick to ask.
type gramSet struct {
	list  []gram // each once, in the order of the text
	slots []gram // open addressing; 0 = free; a power of two of them
}

// fill makes the set of a normal form.
func (s *gramSet) fill(normal []rune) {
	normal = normal[:min(len(normal), maxNormal)]
	size := 64
	for size < 3*len(normal) {
		size *= 2
	}
	if cap(s.slots) < size {
		s.slots = make([]gram, size)
	}
	s.slots, s.list = s.slots[:size], s.list[:0]
	clear(s.slots)
	for i := 1; i < len(normal); i++ {
		g := gramOf(normal[i-1], normal[i])
		at := s.find(g)
		if s.slots[at] == 0 {
			s.slots[at] = g
			s.list = append(s.list, g)
		}
	}
}

// find gives the slot that holds a gram, or the free one where it would go.
func (s *gramSet) find(g gram) uint32 {
	mask := uint32(len(s.slots) - 1)
	at := uint32(uint64(g)*0x9E3779B97F4A7C15>>40) & mask
	for s.slots[at] != 0 && s.slots[at] != g {
		at = (at + 1) & mask
	}
	return at
}

// shared counts how many of some grams are in the set; it may stop, with any
// smaller number, when that cannot be need.
func (s *gramSet) shared(grams []gram, need int) int {
	n := 0
	for i, g := range grams {
		if s.slots[s.find(g)] == g {
			n++
		} else if n+len(grams)-i-1 < need {
			break
		}
	}
	return n
}

// likeness is how alike two sets of sizes a and b are that have n in common, 0
// to 1: the share of n in both together, or, where one text may be part of the
// other, a little less than its share in the shorter one. Very short texts are
// never a part of anything.
func likeness(n, a, b int) float64 {
	if a == 0 || b == 0 {
		return 0
	}
	n = min(n, a, b)
	jaccard := float64(n) / float64(a+b-n)
	if least := min(a, b); least >= minContained {
		return max(jaccard, float64(n)/float64(least)*containedWeight)
	}
	return jaccard
}

// needed is the least that two sets of sizes a and b must have in common to be
// alike.
func needed(like float64, a, b int) int {
	n := int(like * float64(a+b) / (1 + like))
	if least := min(a, b); least >= minContained {
		n = min(n, int(like/containedWeight*float64(least)))
	}
	return n
}
