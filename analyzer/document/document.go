// Package document finds the official documents and policies that a text
// names: document numbers (国发〔2019〕12号), titles in 《》, and laws and
// policies of a table that stand there without quotation marks, so that a post
// can be linked to the policy it is about. It finds names only; it refuses to
// tell whether such a document exists or what it says, and passes over 《通知》
// and 《条例》 alone, which name nothing.
package document

import (
	"cmp"
	"slices"

	"huiying/analyzer/fold"
)

// Kinds of mentions.
const (
	Number = "number" // of a document, an order or an announcement
	Title  = "title"  // in quotation marks
	Law    = "law"    // of the table, with or without quotation marks
	Policy = "policy" // of the table
)

// Mention is a place where a document or policy is named.
type Mention struct {
	Kind string
	// Name is folded (simplified, half-width, lower case) and without 《》.
	// Numbers have Arabic digits, 〔〕 around the year and no 第; laws and policies
	// their name in the table; titles within titles stand in 〈〉 (GB/T 15834).
	Name string
	// Field, Start and End are the place in runes of the string as received,
	// with the quotation marks of a title.
	Field      string
	Start, End int
}

// maxHits bounds what is looked at in one text.
const maxHits = 20_000

// Find gives the mentions in a field, in order and without overlap: what is
// named within a title is part of it.
func Find(field string, t *fold.Text) []Mention {
	book := terms()
	hits, _ := book.machine.Scan(nil, t.Runes, maxHits)
	if len(hits) == 0 {
		return nil
	}
	r := reader{runes: t.Runes}
	for _, h := range hits {
		r.look(book.terms[h.Term], int(h.End))
	}
	named := r.outermost()
	if len(named) == 0 {
		return nil
	}
	out := make([]Mention, len(named))
	for i, n := range named {
		s := t.At(fold.Span{Start: int32(n.start), End: int32(n.end)})
		out[i] = Mention{Kind: n.kind, Name: n.name, Field: field, Start: int(s.Start), End: int(s.End)}
	}
	return out
}

// named is a mention in folded runes.
type named struct {
	kind, name string
	start, end int
}

// quoted is a place in 《》, in folded runes with the marks; what follows the
// core is in brackets: (试行).
type quoted struct{ start, core, end int }

// reader is one text being read.
type reader struct {
	runes  []rune
	found  []named
	quotes []quoted
}

// look reads what a term of the table announces; end is where the term ends.
func (r *reader) look(t term, end int) {
	start := end - t.size
	var n named
	ok := false
	switch t.kind {
	case opening:
		n, ok = r.title(start)
	case bracket:
		n, ok = r.number(start)
	case order:
		n, ok = r.order(start, end)
	case Law:
		n, ok = r.law(t.name, start, end)
	default:
		n, ok = named{kind: t.kind, name: t.name, start: start, end: end}, true
	}
	if ok {
		r.found = append(r.found, n)
	}
}

// outermost orders the mentions and keeps those that lie in no other. A title
// that is the name of a law and nothing else is one.
func (r *reader) outermost() []named {
	for i := range r.found {
		n := &r.found[i]
		if n.kind != Law {
			continue
		}
		at, ok := slices.BinarySearchFunc(r.quotes, n.start-1, func(q quoted, start int) int { return q.start - start })
		if ok && r.quotes[at].core == n.end {
			n.start, n.end = r.quotes[at].start, r.quotes[at].end
		}
	}
	slices.SortStableFunc(r.found, func(a, b named) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end), cmp.Compare(a.kind, b.kind))
	})
	end := 0
	return slices.DeleteFunc(r.found, func(n named) bool {
		if n.start < end {
			return true
		}
		end = n.end
		return false
	})
}

// at is a rune of the text, 0 beyond its ends.
func (r *reader) at(i int) rune {
	if i < 0 || i >= len(r.runes) {
		return 0
	}
	return r.runes[i]
}

func han(r rune) bool { return r >= 0x4E00 && r <= 0x9FFF }

// begins is where a word ends that begins at i; -1 for none.
func (r *reader) begins(i int, word string) int {
	for _, c := range word {
		if r.at(i) != c {
			return -1
		}
		i++
	}
	return i
}
