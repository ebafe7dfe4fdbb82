// Package automaton finds all terms of all rules in one pass over a text
// (Aho and Corasick, 1975) on a double array over runes. It finds every
// occurrence, overlapping ones too, and knows nothing of rules.
package automaton

import (
	"slices"
	"unicode/utf8"
)

// Hit is one occurrence of a term: its number and the rune offset of its end.
type Hit struct {
	Term int32
	End  int32
}

// Automaton finds a fixed list of terms. It never changes and is safe for
// concurrent use.
type Automaton struct {
	classes []uint16        // class of each rune of the basic plane; 0 = in no term
	astral  map[rune]int32  // class of the others
	first   []int32         // from the root by class
	begins  [1 << 10]uint64 // a bit for each rune of the basic plane that begins a term
	states  []state
}

// state is one node of the trie in the double array.
type state struct {
	base  int32 // children are at base + class
	check int32 // parent; free slots hold -1
	fail  int32 // longest proper suffix that is a node
	term  int32 // term that ends here, or -1
	next  int32 // nearest suffix at which a term ends, or 0
}

// New builds the automaton of the terms, which are numbered in their order. An
// empty term is never found; a repeated term is found under its first number.
func New(terms []string) *Automaton {
	b := builder{a: &Automaton{classes: make([]uint16, 1<<16), astral: map[rune]int32{}}}
	b.alphabet(terms)
	b.trie(terms)
	b.layOut()
	b.link()
	return b.a
}

// maxClasses keeps classes of the basic plane within 16 bits; characters
// beyond it (there are not that many) go to the map.
const maxClasses = 1<<16 - 1

type node struct {
	kids  []edge
	term  int32
	index int32 // slot in the double array
}

type edge struct {
	class int32
	to    int32
}

type builder struct {
	a     *Automaton
	nodes []node
	count int32 // classes
	used  []bool
	free  int32 // no free slot lies below
}

// alphabet numbers the runes of the terms, the frequent ones first, which
// keeps the double array dense.
func (b *builder) alphabet(terms []string) {
	seen := map[rune]int{}
	for _, t := range terms {
		for _, r := range t {
			seen[r]++
		}
	}
	runes := make([]rune, 0, len(seen))
	for r := range seen {
		runes = append(runes, r)
	}
	slices.SortFunc(runes, func(x, y rune) int {
		if seen[x] != seen[y] {
			return seen[y] - seen[x]
		}
		return int(x - y)
	})
	for _, r := range runes {
		b.count++
		if r < 1<<16 && b.count <= maxClasses {
			b.a.classes[r] = uint16(b.count)
		} else {
			b.a.astral[r] = b.count
		}
	}
}

func (a *Automaton) class(r rune) int32 {
	if uint32(r) < 1<<16 {
		if c := a.classes[r]; c != 0 || len(a.astral) == 0 {
			return int32(c)
		}
	}
	return a.astral[r]
}

func (b *builder) trie(terms []string) {
	b.nodes = []node{{term: -1}}
	for i, t := range terms {
		if r, _ := utf8.DecodeRuneInString(t); t != "" && r < 1<<16 {
			b.a.begins[r>>6] |= 1 << (r & 63)
		}
		at := int32(0)
		for _, r := range t {
			at = b.child(at, b.a.class(r))
		}
		if at != 0 && b.nodes[at].term < 0 {
			b.nodes[at].term = int32(i)
		}
	}
}

func (b *builder) child(at, class int32) int32 {
	kids := b.nodes[at].kids
	i, found := slices.BinarySearchFunc(kids, class, func(e edge, c int32) int { return int(e.class - c) })
	if found {
		return kids[i].to
	}
	to := int32(len(b.nodes))
	b.nodes = append(b.nodes, node{term: -1})
	b.nodes[at].kids = slices.Insert(kids, i, edge{class, to})
	return to
}

// layOut puts the trie into the double array, breadth first.
func (b *builder) layOut() {
	b.grow(int(b.count) + 2)
	b.used[0] = true
	b.a.states[0] = state{check: -1, term: -1}
	queue := []int32{0}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		n := b.nodes[at]
		if len(n.kids) == 0 {
			b.a.states[n.index].base = -1
			continue
		}
		base := b.fit(n.kids)
		b.a.states[n.index].base = base
		for _, e := range n.kids {
			slot := base + e.class
			b.used[slot] = true
			b.a.states[slot] = state{check: n.index, term: b.nodes[e.to].term}
			b.nodes[e.to].index = slot
			queue = append(queue, e.to)
		}
	}
	b.a.first = make([]int32, b.count+1)
	for _, e := range b.nodes[0].kids {
		b.a.first[e.class] = b.nodes[e.to].index
	}
}

// fit finds the lowest base at which all children fall on free slots.
func (b *builder) fit(kids []edge) int32 {
	for b.free < int32(len(b.used)) && b.used[b.free] {
		b.free++
	}
	low := kids[0].class
	for base := max(b.free-low, 0); ; base++ {
		b.grow(int(base+b.count) + 2)
		if !slices.ContainsFunc(kids, func(e edge) bool { return b.used[base+e.class] }) {
			return base
		}
	}
}

func (b *builder) grow(n int) {
	for len(b.used) < n {
		size := max(n, 2*len(b.used))
		b.used = append(b.used, make([]bool, size-len(b.used))...)
		for len(b.a.states) < size {
			b.a.states = append(b.a.states, state{check: -1, term: -1, base: -1})
		}
	}
}

// link sets the suffix links, breadth first.
func (b *builder) link() {
	s := b.a.states
	queue := []int32{0}
	for len(queue) > 0 {
		n := b.nodes[queue[0]]
		queue = queue[1:]
		for _, e := range n.kids {
			queue = append(queue, e.to)
			to := b.nodes[e.to].index
			if n.index != 0 {
				s[to].fail = b.a.step(s[n.index].fail, e.class)
			}
			fail := s[to].fail
			if s[to].next = s[fail].next; s[fail].term >= 0 {
				s[to].next = fail
			}
		}
	}
}

// step follows one class, along the suffix links where there is no child.
func (a *Automaton) step(at, class int32) int32 {
	for at != 0 {
		if base := a.states[at].base; base >= 0 {
			if to := base + class; int(to) < len(a.states) && a.states[to].check == at {
				return to
			}
		}
		at = a.states[at].fail
	}
	return a.first[class]
}

// Scan appends every occurrence in the text to hits, ordered by end, at most
// limit of them. complete is false when there are more.
func (a *Automaton) Scan(hits []Hit, text []rune, limit int) (_ []Hit, complete bool) {
	if a.first == nil || len(a.states) == 0 {
		return hits, true
	}
	at := int32(0)
	classes, first := (*[1 << 16]uint16)(a.classes), a.first
	for i, r := range text {
		if at == 0 && uint32(r) < 1<<16 && a.begins[uint16(r)>>6]>>(r&63)&1 == 0 {
			continue // most of any text
		}
		class := int32(0)
		if uint32(r) < 1<<16 {
			class = int32(classes[uint16(r)])
		}
		if class == 0 && len(a.astral) > 0 {
			class = a.astral[r]
		}
		if class == 0 {
			at = 0
			continue
		}
		if at == 0 {
			if at = first[class]; at == 0 {
				continue
			}
		} else {
			at = a.step(at, class)
		}
		for out := at; out != 0; out = a.states[out].next {
			if term := a.states[out].term; term >= 0 {
				if len(hits) >= limit {
					return hits, false
				}
				hits = append(hits, Hit{Term: term, End: int32(i + 1)})
			}
		}
	}
	return hits, true
}
