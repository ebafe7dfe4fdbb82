package linear

import (
	"math"
	"slices"

	"huiying/analyzer/fold"
)

// Reason is a word of the text and how much it spoke for the class rather than
// for the average of the others, in logits.
type Reason struct {
	Field  int
	Span   fold.Span // in the field's folded runes
	Weight float64
}

// Explainer finds the words that decided. It is for one goroutine at a time
// and reuses its memory.
type Explainer struct {
	contrasts []int32 // by hash
	before    []int   // by mark: what the marks before it count, in parts
	found     []Reason
}

// parts is how many a whole has: a mark counts wholes, halves and thirds of what
// n-grams do, and sums of integers are exact in any order.
const parts = 6

// least is the smallest weight that is worth naming.
const least = 0.05

// Explain gives up to most reasons for an answer, the strongest first, of
// equals those that stand first. What an n-gram counts is shared among its
// characters, and what characters count is added up over the words that the
// fields were cut into (by field, in order).
func (x *Explainer) Explain(m *Model, f *Features, class, most int, words [][]fold.Span) []Reason {
	x.share(m, f, class)
	x.found = x.found[:0]
	unit := m.Scale * norm(len(f.Hashes)) / m.Temperature / float64(len(m.Classes)-1) / parts
	low := enough(unit)
	for field := range min(len(words), len(f.places)) {
		places := f.places[field]
		last := int32(len(places) - 1)
		if last < 0 { // nothing was read of it
			continue
		}
		for _, w := range words[field] {
			sum := x.before[places[min(w.End, last)]] - x.before[places[min(w.Start, last)]]
			if sum < low {
				continue
			}
			if x.keep(Reason{field, w, float64(sum)}, most); len(x.found) == most {
				low = max(low, int(x.found[most-1].Weight)+1)
			}
		}
	}
	for i := range x.found {
		x.found[i].Weight *= unit // they were kept in parts
	}
	return x.found
}

// enough is the least number of parts that are worth naming.
func enough(unit float64) int {
	if n := math.Ceil(least / unit); n < math.MaxInt32 {
		return int(n)
	}
	return math.MaxInt32
}

// share adds up what each mark counts: the n-grams that end at a mark are one,
// two and three marks long and, behind a negation, two once more.
func (x *Explainer) share(m *Model, f *Features, class int) {
	x.contrasts = f.rowsOf(m).contrasts(class, len(m.Classes), x.contrasts)
	x.before = slices.Grow(x.before[:0], len(f.ends)+1)[:len(f.ends)+1]
	clear(x.before)
	shares, from := x.before[1:], 0
	for i, end := range f.ends {
		grams := x.contrasts[from:end]
		from = int(end)
		if len(grams) < 3 || i < 1 {
			continue
		}
		two, third := int(grams[1]), int(grams[2])*(parts/3)
		if len(grams) > 3 {
			two += int(grams[3])
		}
		both := two*(parts/2) + third
		shares[i] += int(grams[0])*parts + both
		shares[i-1] += both
		if i > 1 {
			shares[i-2] += third
		}
	}
	sum := 0
	for i := range x.before {
		sum += x.before[i]
		x.before[i] = sum
	}
}

func (x *Explainer) keep(r Reason, most int) {
	at := len(x.found)
	for at > 0 && x.found[at-1].Weight < r.Weight {
		at--
	}
	if at == most {
		return
	}
	if len(x.found) == most {
		x.found = x.found[:most-1]
	}
	x.found = slices.Insert(x.found, at, r)
}
