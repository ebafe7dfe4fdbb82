package segment

import (
	"bytes"
	"cmp"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"huiying"
)

// Borders knows how often words of the main dictionary begin and end with some
// characters, and so how often a term is met at the border of two words
// (中卫 in 集中|卫生). It is made for advice on rules and never changes.
type Borders struct {
	ends, begins map[string]edge
	words        map[string]float64
	total        float64
}

// edge is some characters at one side of words: how often, and the commonest.
type edge struct {
	sum  float64
	word string
	most float64
}

// maxEdge is how many characters of a word are taken as its side.
const maxEdge = 2

// ReadBorders reads the main dictionary. It takes about half a second.
func ReadBorders(path string) (*Borders, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "analyzer.dictionary_missing", path, err)
	}
	b := &Borders{ends: map[string]edge{}, begins: map[string]edge{}, words: map[string]float64{}}
	for line := range bytes.Lines(raw) {
		word, rest, _ := bytes.Cut(line, []byte(" "))
		digits, _, _ := bytes.Cut(rest, []byte(" "))
		n, err := strconv.ParseFloat(string(digits), 64)
		if err != nil {
			continue // New refuses such a file
		}
		b.total += n
		b.add(string(word), n)
	}
	return b, nil
}

func (b *Borders) add(word string, n float64) {
	runes := []rune(word)
	if len(runes) <= maxTerm {
		b.words[word] = n
	}
	for k := 1; k <= maxEdge && k < len(runes); k++ {
		note(b.ends, string(runes[len(runes)-k:]), word, n)
		note(b.begins, string(runes[:k]), word, n)
	}
}

// maxTerm is the longest term that is asked about: longer ones are hardly ever
// met by accident.
const maxTerm = 2 * maxEdge

func note(edges map[string]edge, side, word string, n float64) {
	e := edges[side]
	e.sum += n
	if n > e.most {
		e.word, e.most = word, n
	}
	edges[side] = e
}

// Across gives two words at whose border a term is met most often, and how many
// times as often that is expected as the term by itself; 0 where it never is or
// the term is too long to tell. Words are taken to follow each other by chance.
func (b *Borders) Across(term string) (left, right string, times float64) {
	if n := utf8.RuneCountInString(term); n < 2 || n > maxTerm {
		return "", "", 0
	}
	runes, most := []rune(term), 0.0
	for k := 1; k < len(runes); k++ {
		l, r := b.ends[string(runes[:k])], b.begins[string(runes[k:])]
		expected := l.sum * r.sum / b.total
		times += expected
		if expected > most {
			left, right, most = l.word, r.word, expected
		}
	}
	return left, right, times / max(b.words[term], rare)
}

// Inside lists the commonest longer words of four characters at most that a term
// lies inside of and does not begin, up to n.
func (b *Borders) Inside(term string, n int) []string {
	var out []string
	for word := range b.words {
		if len(word) > len(term) && strings.Contains(word, term) && !strings.HasPrefix(word, term) {
			out = append(out, word)
		}
	}
	slices.SortFunc(out, func(x, y string) int {
		return cmp.Or(cmp.Compare(b.words[y], b.words[x]), cmp.Compare(x, y))
	})
	return out[:min(n, len(out))]
}

// rare is how often a word that the dictionary does not hold is taken to be
// met.
const rare = 20
