package near_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"huiying/analyzer/fold"
	"huiying/analyzer/topic"
)

var monday = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

func normal(s string) []rune { return topic.Normal(nil, fold.New(s)) }

// source makes texts and what becomes of them; the same seed, the same texts.
type source struct {
	*rand.Rand
	words [][]rune // the often used first
	often *rand.Zipf
}

func newSource(seed uint64) *source {
	s := &source{Rand: rand.New(rand.NewPCG(seed, 1))}
	for range 4000 {
		word := make([]rune, []int{1, 2, 2, 2, 2, 3, 4}[s.IntN(7)])
		for i := range word {
			word[i] = s.char()
		}
		s.words = append(s.words, word)
	}
	s.often = rand.NewZipf(s.Rand, 1.1, 10, uint64(len(s.words)-1))
	return s
}

// char is any of two thousand characters.
func (s *source) char() rune { return rune(0x4e00 + 7*s.IntN(2000)) }

// text makes a text of n characters out of made-up words, of which few make up
// most, as in any language.
func (s *source) text(n int) []rune {
	var out []rune
	for len(out) < n {
		out = append(out, s.words[s.often.Uint64()]...)
	}
	return out[:n]
}

func (s *source) noise(n int) []rune {
	out := make([]rune, n)
	for i := range out {
		out[i] = s.char()
	}
	return out
}

// quoted is a text inside a comment of 30 to 80 characters.
func (s *source) quoted(text []rune) []rune {
	comment := s.noise(30 + s.IntN(51))
	at := s.IntN(len(comment) + 1)
	return slices.Concat(comment[:at], text, comment[at:])
}

// edited is a text after so many changes of one character each per hundred.
func (s *source) edited(text []rune, percent int) []rune {
	out := slices.Clone(text)
	for range (len(text)*percent + 50) / 100 {
		at := s.IntN(len(out))
		switch s.IntN(3) {
		case 0:
			out[at] = s.char()
		case 1:
			out = slices.Delete(out, at, at+1)
		default:
			out = slices.Insert(out, at, s.char())
		}
	}
	return out
}

// letters gives the normal forms of real letters, whole and cut as a post
// would be; it skips the test where they are not at hand.
func letters(t *testing.T) (long, short [][]rune) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "complaints_timed.tsv"))
	if err != nil {
		t.Skip("../shared/data/complaints_timed.tsv is not on this machine")
	}
	for line := range bytes.Lines(raw) {
		columns := bytes.Split(bytes.TrimSpace(line), []byte("\t"))
		if len(columns) < 6 {
			continue
		}
		text := []rune(string(columns[5]))
		long = append(long, normal(string(text)))
		short = append(short, normal(string(columns[4])+string(text[:min(len(text), 60)])))
	}
	return long, short
}

// generated gives 2,000 made-up texts, long and short.
func generated() (long, short [][]rune) {
	s := newSource(11)
	for range 2000 {
		long = append(long, normal(string(s.text(80+s.IntN(400)))))
		short = append(short, normal(string(s.text(40+s.IntN(50)))))
	}
	return long, short
}
