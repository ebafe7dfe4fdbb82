package near_test

import (
	"fmt"
	"testing"

	"huiying/analyzer/near"
)

// What a kind of copy is made by and how many of 1,000 copies must be found.
var kinds = []struct {
	name  string
	least float64
	of    func(*source, []rune) []rune
}{
	{"forward", .95, func(_ *source, text []rune) []rune { return normal("//@某某：" + string(text)) }},
	{"quote", .95, (*source).quoted},
	{"2 % edits", .95, func(s *source, text []rune) []rune { return s.edited(text, 2) }},
	{"5 % edits", .95, func(s *source, text []rune) []rune { return s.edited(text, 5) }},
	{"10 % edits", .95, func(s *source, text []rune) []rune { return s.edited(text, 10) }},
	{"cut to 60 %", .92, func(_ *source, text []rune) []rune { return text[:len(text)*6/10] }},
}

func TestGeneratedTexts(t *testing.T) {
	long, short := generated()
	t.Run("long", func(t *testing.T) { protocol(t, long) })
	t.Run("short", func(t *testing.T) { protocol(t, short) })
}

func TestLetters(t *testing.T) {
	long, short := letters(t)
	t.Run("long", func(t *testing.T) { protocol(t, long) })
	t.Run("short", func(t *testing.T) { protocol(t, short) })
}

// protocol is that of the measurements which chose the method: copies of 1,000
// texts must be found among all, different texts must stay apart.
func protocol(t *testing.T, texts [][]rune) {
	_, originals := indexOf(texts)
	falsePairs(t, texts, originals)
	for _, kind := range kinds {
		x, originals := indexOf(texts)
		s := newSource(5)
		found, of, sum := 0, 0, 0.0
		for i, text := range texts {
			if len(text) < 20 || of == 1000 { // shorter ones, cut to 60 %, would not be judged
				continue
			}
			of++
			o, likeness, ok := x.Seen(fmt.Sprint("copy:", i), kind.of(s, text), monday)
			if ok && o == originals[i] {
				found++
				sum += likeness
			}
		}
		share := float64(found) / float64(of)
		t.Logf("%-11s recall %.3f of %d, likeness %.2f on average", kind.name, share, of, sum/float64(found))
		if of != 1000 || share < kind.least {
			t.Errorf("%s: recall %.3f of %d, want %.2f of 1000", kind.name, share, of, kind.least)
		}
	}
}

// indexOf fills an index with texts, and says what each came under.
func indexOf(texts [][]rune) (x *near.Index, originals []string) {
	x = near.New(2 * len(texts))
	for i, text := range texts {
		id := fmt.Sprint("letter:", i)
		if original, _, ok := x.Seen(id, text, monday); ok {
			id = original
		}
		originals = append(originals, id)
	}
	return x, originals
}

// falsePairs counts the pairs of texts with one original that have little in
// common (some letters were truly sent twice).
func falsePairs(t *testing.T, texts [][]rune, originals []string) {
	groups := map[string][]int{}
	for i, o := range originals {
		groups[o] = append(groups[o], i)
	}
	pairs, wrong := 0, 0
	for _, group := range groups {
		for n, i := range group {
			for _, j := range group[:n] {
				if pairs++; jaccard(texts[i], texts[j]) < .3 {
					wrong++
				}
			}
		}
	}
	share := float64(wrong) / (float64(len(texts)) * float64(len(texts)-1) / 2)
	t.Logf("%d texts: %d pairs judged duplicates, %d of them false: %.1e of all pairs", len(texts), pairs, wrong, share)
	if share >= 1e-4 {
		t.Errorf("share of false pairs %.1e, want less than 1e-4", share)
	}
}

// jaccard compares whole texts, character by character and without hashing.
func jaccard(a, b []rune) float64 {
	in, both := grams(a), 0
	other := grams(b)
	for g := range other {
		if in[g] {
			both++
		}
	}
	return float64(both) / float64(len(in)+len(other)-both)
}

func grams(text []rune) map[[3]rune]bool {
	set := map[[3]rune]bool{}
	for i := 2; i < len(text); i++ {
		set[[3]rune(text[i-2:i+1])] = true
	}
	return set
}
