package linear

import (
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
	shares []float64
	found  []Reason
}

// Explain gives up to most reasons for an answer, the strongest first. What an
// n-gram counts is shared among its characters, and what characters count is
// added up over the words that the fields were cut into (by field, in order).
func (x *Explainer) Explain(m *Model, f *Features, class, most int, words [][]fold.Span) []Reason {
	x.share(m, f, class)
	x.found = x.found[:0]
	at := 0
	for field := range words {
		for at < len(f.marks) && int(f.marks[at].field) < field {
			at++
		}
		for _, w := range words[field] {
			sum := 0.0
			for at < len(f.marks) && int(f.marks[at].field) == field && f.marks[at].span.Start < w.End {
				if f.marks[at].span.Start >= w.Start {
					sum += x.shares[at]
				}
				at++
			}
			x.keep(Reason{field, w, sum}, most)
		}
	}
	return x.found
}

// share adds up what each mark counts: the n-grams that end at a mark are one,
// two and three marks long and, behind a negation, two once more.
func (x *Explainer) share(m *Model, f *Features, class int) {
	x.shares = slices.Grow(x.shares[:0], len(f.marks))[:len(f.marks)]
	k, from, rows := len(m.Classes), 0, f.rowsOf(m)
	unit := m.Scale * norm(len(f.Hashes)) / m.Temperature / float64(k-1)
	for i, end := range f.ends {
		x.shares[i] = 0
		at, n := from, int(end)-from
		from = int(end)
		if n < 3 || i < 1 {
			continue
		}
		two := rows.contrast(at+1, class, k)
		if n > 3 {
			two += rows.contrast(at+3, class, k)
		}
		second, third := float64(two)*unit/2, float64(rows.contrast(at+2, class, k))*unit/3
		x.shares[i] = float64(rows.contrast(at, class, k))*unit + second + third
		x.shares[i-1] += second + third
		if i > 1 {
			x.shares[i-2] += third
		}
	}
}

// least is the smallest weight that is worth naming.
const least = 0.05

func (x *Explainer) keep(r Reason, most int) {
	if r.Weight < least {
		return
	}
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
