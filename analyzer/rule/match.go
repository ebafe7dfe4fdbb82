package rule

import (
	"cmp"
	"slices"

	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/rule/automaton"
)

const (
	// maxHits is how many occurrences of terms are looked at in one field.
	maxHits = 1 << 20
	// few is how many rules hold at most for most posts that are tagged.
	few = 4
	// maxMatches is how many places of one rule an event shows.
	maxMatches = 100
)

// Result is what a program found in a document.
type Result struct {
	Tags   []huiying.Tag // in the order of the rules
	Places []string      // those that are named, in the order of the list
	// Partial says that a field held more than a million occurrences of terms
	// and the rest was not looked at.
	Partial bool
}

// Match evaluates the rules for a document.
func (p *Program) Match(d *Document) Result {
	s := p.scratch.Get().(*scratch)
	defer func() {
		s.doc = nil
		p.scratch.Put(s)
	}()
	s.begin(d)
	var out Result
	for _, i := range s.candidates {
		root := p.roots[i]
		if !s.holds(root, everywhere) {
			continue
		}
		if n := int(i) - len(p.rules); n >= 0 {
			out.Places = append(out.Places, p.places[n])
			continue
		}
		r := &p.rules[i]
		spots := s.places(root, everywhere, s.take())
		if out.Tags == nil {
			out.Tags = make([]huiying.Tag, 0, few)
		}
		out.Tags = append(out.Tags, huiying.Tag{Rule: r.ID, Name: r.Name, Level: r.Level, Notify: r.Notify, Matches: s.matches(spots)})
		s.give(spots)
	}
	out.Partial = s.partial
	return out
}

// spot is a place in a field: 0 title, 1 text.
type spot struct {
	field int
	fold.Span
}

func compareSpots(a, b spot) int {
	return cmp.Or(a.field-b.field, int(a.Start-b.Start), int(a.End-b.End))
}

// window is the part of the document that is looked at; field -1 is all.
type window spot

var everywhere = window{field: -1}

// covers reports whether a span of field f lies in the window.
func (w window) covers(f int, s fold.Span) bool {
	return w.field < 0 || w.field == f && w.Start <= s.Start && s.End <= w.End
}

// met is a term that was met: where its spans lie in scratch.spans.
type met struct {
	from, n [2]int32
}

// scratch is the working memory of one evaluation; programs keep some.
type scratch struct {
	p          *Program
	doc        *Document
	generation uint32
	seen       []uint32 // by term: the generation that met it
	slot       []int32  // by term: its place in met
	queued     []uint32 // by root
	candidates []int32
	hits       [2][]automaton.Hit
	met        []met
	spans      []fold.Span
	wild       []fold.Span
	partial    bool
	spare      [][]spot
	fields     [2]fieldScratch
	patterns   []patternScratch
}

func newScratch(p *Program) *scratch {
	return &scratch{
		p: p, seen: make([]uint32, len(p.terms)), slot: make([]int32, len(p.terms)),
		queued: make([]uint32, len(p.roots)), patterns: make([]patternScratch, p.patterns),
	}
}

// take gives an empty list of spots, give takes it back.
func (s *scratch) take() []spot {
	if n := len(s.spare); n > 0 {
		l := s.spare[n-1]
		s.spare = s.spare[:n-1]
		return l[:0]
	}
	return nil
}

func (s *scratch) give(l []spot) {
	if cap(l) < 1<<16 {
		s.spare = append(s.spare, l)
	}
}

// begin scans the document and lists the roots to evaluate, in order.
func (s *scratch) begin(d *Document) {
	s.doc, s.partial = d, false
	s.generation++
	if s.generation == 0 { // wrapped: forget all marks
		clear(s.seen)
		clear(s.queued)
		s.generation = 1
	}
	for i := range s.fields {
		s.fields[i].reset()
	}
	s.met = s.met[:0]
	for f := range s.hits {
		var complete bool
		s.hits[f], complete = s.p.machine.Scan(s.hits[f][:0], d.field(f).Text.Runes, maxHits)
		s.partial = s.partial || !complete
	}
	s.group()
	s.candidates = append(s.candidates[:0], s.p.always...)
	for f := range s.hits {
		for _, h := range s.hits[f] {
			s.queue(h.Term)
		}
	}
	slices.Sort(s.candidates)
}

// queue lists the roots that a term may make true.
func (s *scratch) queue(term int32) {
	for _, root := range s.p.triggers[term] {
		if s.queued[root] != s.generation {
			s.queued[root] = s.generation
			s.candidates = append(s.candidates, root)
		}
	}
}

// group sorts the hits by term: counts, then places.
func (s *scratch) group() {
	for f := range s.hits {
		for _, h := range s.hits[f] {
			if s.seen[h.Term] != s.generation {
				s.seen[h.Term] = s.generation
				s.slot[h.Term] = int32(len(s.met))
				s.met = append(s.met, met{})
			}
			s.met[s.slot[h.Term]].n[f]++
		}
	}
	total := int32(0)
	for i := range s.met {
		for f := range s.met[i].n {
			s.met[i].from[f] = total
			total += s.met[i].n[f]
			s.met[i].n[f] = 0
		}
	}
	s.spans = slices.Grow(s.spans[:0], int(total))[:total]
	for f := range s.hits {
		for _, h := range s.hits[f] {
			m := &s.met[s.slot[h.Term]]
			s.spans[m.from[f]+m.n[f]] = fold.Span{Start: h.End - s.p.lengths[h.Term], End: h.End}
			m.n[f]++
		}
	}
}

// spansOf gives the places of a term in a field, in order.
func (s *scratch) spansOf(term int32, f int) []fold.Span {
	if s.seen[term] != s.generation {
		return nil
	}
	m := &s.met[s.slot[term]]
	return s.spans[m.from[f] : m.from[f]+m.n[f]]
}

// matches makes the places of a rule ready for the event: in the strings as
// received, in order, each once.
func (s *scratch) matches(spots []spot) []huiying.Match {
	slices.SortFunc(spots, compareSpots)
	spots = slices.Compact(spots)
	spots = spots[:min(len(spots), maxMatches)]
	out := make([]huiying.Match, 0, len(spots))
	for _, at := range spots {
		t := s.doc.field(at.field).Text
		received := t.At(at.Span)
		out = append(out, huiying.Match{Field: fieldName(at.field), Start: int(received.Start), End: int(received.End), Text: t.Slice(received)})
	}
	return out
}
