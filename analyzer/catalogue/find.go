package catalogue

import (
	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/rule/automaton"
)

// Document is a post that is folded and cut already: its title, then its text;
// what is nil is empty.
type Document struct {
	Texts  [2]*fold.Text
	Tokens [2][]fold.Span
}

// Found is what a post is about, the surest first; at most three of each.
type Found struct {
	Items []ItemHit
	Units []UnitHit
}

// ItemHit is an item, how sure it is (0 to 1) and the words that decided.
type ItemHit struct {
	Code, Name string
	Unit       string // the id of the unit, "" where the catalogue has none
	Score      float64
	Why        []huiying.Why
}

// UnitHit is a unit, how sure it is (0 to 1) and the words that decided.
type UnitHit struct {
	ID, Name string
	Score    float64
	Why      []huiying.Why
}

const (
	// maxRunes is how much of a text is looked at; what it is about shows
	// before that.
	maxRunes = 4_000
	// maxHits bounds the terms noted of one text.
	maxHits = 4_096
	// maxPlaces is how many places of one word are noted.
	maxPlaces = 16
	// near is how far from each other words may begin that count together, in
	// characters.
	near = 40
	// beside is the same for words none of which is of this trade.
	beside = 12
)

// scratch is the memory of one Find.
type scratch struct {
	round   uint32
	hits    []automaton.Hit
	edges   edges
	named   []naming
	cues    []int32 // places
	spots   []spot
	present []int32 // words, in the order they were noted
	states  []wordState
	sums    []itemState
	touched []int32
	telling bool // whether a word is more than an everyday one
	units   []unitEvidence

	own          []member // the words of an item that are in the post
	matches, try []match  // the words of an item that stand together
	part         []match  // those of one phrase
	candidates   []candidate
	chosen       []int32
	arena        []match
}

// naming is a name found as a whole, between two places.
type naming struct {
	term       int32
	start, end int32
}

// holds reports whether a place is within the name.
func (n naming) holds(at int32) bool { return n.term >= 0 && n.start <= at && at < n.end }

// spot is one place of a word.
type spot struct {
	at, next, term int32 // next: another spot of the word, or -1
	tier           tier
	factor         float32
}

type wordState struct {
	round  uint32
	head   int32
	places int32
	tier   tier
}

type itemState struct {
	round uint32
	sum   float32
}

func newScratch(x *Index) *scratch {
	return &scratch{states: make([]wordState, len(x.words)), sums: make([]itemState, len(x.items))}
}

func (s *scratch) reset() {
	if s.round++; s.round == 0 { // after four billion posts
		clear(s.states)
		clear(s.sums)
		s.round = 1
	}
	s.named, s.cues, s.spots, s.present, s.touched = s.named[:0], s.cues[:0], s.spots[:0], s.present[:0], s.touched[:0]
	s.units, s.candidates, s.arena, s.telling = s.units[:0], s.candidates[:0], s.arena[:0], false
}

// Find says which items and units a post is about. It keeps nothing of the
// document.
func (x *Index) Find(d Document) Found {
	s := x.scratches.Get().(*scratch)
	defer x.scratches.Put(s)
	s.reset()
	for i, t := range d.Texts {
		if t != nil {
			runes := t.Runes[:min(len(t.Runes), maxRunes)]
			first := int32(0)
			if i == 0 { // the title stands before the text, below zero
				first = int32(-1 - len(runes))
			}
			x.scan(s, runes, d.Tokens[i], first)
		}
	}
	if len(s.named) == 0 && len(s.units) == 0 && len(s.cues) == 0 && !s.telling {
		return Found{}
	}
	s.longestNames()
	x.propose(s)
	items := x.choose(s)
	return Found{Items: items, Units: x.unitsOf(s, items)}
}

// scan notes all terms of a text whose first character is at the place first.
// It goes backwards, so that of words within each other only the longest
// counts.
func (x *Index) scan(s *scratch, runes []rune, tokens []fold.Span, first int32) {
	s.hits, _ = x.automaton.Scan(s.hits[:0], runes, maxHits)
	if len(s.hits) == 0 {
		return
	}
	s.edges.set(tokens, len(runes))
	least := int32(len(runes)) // where the words begin that end here or further on
	for to := len(s.hits); to > 0; {
		from := to - 1
		for from > 0 && s.hits[from-1].End == s.hits[from].End {
			from--
		}
		for _, h := range s.hits[from:to] { // the longest first
			least = x.note(s, h, first, least)
		}
		to = from
	}
}

// note keeps one hit unless it stands within another: no hit that ended there
// or further on may begin before least. It gives the new least.
func (x *Index) note(s *scratch, h automaton.Hit, first, least int32) int32 {
	t := &x.terms[h.Term]
	start := h.End - t.runes
	if !s.edges.fit(start, h.End) {
		return least
	}
	at := first + start
	if len(t.phrases) > 0 {
		s.named = append(s.named, naming{h.Term, at, first + h.End})
	}
	if start >= least || len(t.links)+len(t.units) == 0 && !t.cue {
		return least
	}
	if t.cue {
		s.cues = append(s.cues, at)
	}
	for _, l := range t.links {
		s.mark(l, spot{at: at, term: h.Term, tier: l.tier, factor: l.factor})
	}
	for _, u := range t.units {
		s.units = append(s.units, unitEvidence{unit: u.unit, term: h.Term, weight: u.weight})
	}
	return start
}

// mark notes one place of a word.
func (s *scratch) mark(l link, sp spot) {
	w := &s.states[l.word]
	if w.round != s.round {
		*w = wordState{round: s.round, head: -1}
		s.present = append(s.present, l.word)
	}
	if w.places >= maxPlaces && l.tier <= w.tier {
		return
	}
	w.places++
	w.tier = max(w.tier, l.tier)
	s.telling = s.telling || !l.tier.everyday()
	sp.next, w.head = w.head, int32(len(s.spots))
	s.spots = append(s.spots, sp)
}

// longestNames drops names that stand within longer ones: who writes the long
// one does not mean the short one.
func (s *scratch) longestNames() {
	kept := s.named[:0]
	for i, n := range s.named {
		inside := false
		for j, m := range s.named {
			inside = inside || i != j && m.start <= n.start && m.end >= n.end && m.end-m.start > n.end-n.start
		}
		if !inside {
			kept = append(kept, n)
		}
	}
	s.named = kept
}

// edges are the places where the tokens of a text begin and where it ends, a
// bit each.
type edges struct {
	bits []uint64
}

func (e *edges) set(tokens []fold.Span, n int) {
	size := n>>6 + 1
	if cap(e.bits) < size {
		e.bits = make([]uint64, size)
	}
	e.bits = e.bits[:size]
	clear(e.bits)
	e.bits[0] |= 1
	e.bits[n>>6] |= 1 << (n & 63)
	part, at := uint64(0), int32(0) // one of bits, kept in a register
	for _, t := range tokens {
		if int(t.Start) >= n {
			break
		}
		if i := t.Start >> 6; i != at {
			e.bits[at] |= part
			part, at = 0, i
		}
		part |= 1 << (t.Start & 63)
	}
	e.bits[at] |= part
}

func (e *edges) at(i int32) bool { return e.bits[i>>6]>>(i&63)&1 != 0 }

// sure is from how many characters on a term cannot be put together by chance
// from the ends of two words.
const sure = 3

// fit reports whether a term stands in the text as words do: a run of whole
// tokens or a part of one. A single character must be a token.
func (e *edges) fit(start, end int32) bool {
	if end-start >= sure || e.at(start) && e.at(end) {
		return true
	}
	return end-start == 2 && !e.at(start+1)
}
