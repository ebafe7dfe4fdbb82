// Package place knows places of China by name and finds which of them a text
// names: the most specific one of a nested mention, once. The built-in table is
// names for recognition, from general knowledge and compared with a public copy
// of the statistical codes, and not a legal register: all provincial and
// prefecture-level units, and 中卫市 down to its townships. A file of the office
// adds its own area, down to villages.
//
// A name counts only where the words of the text begin and end: 集中卫生 does not
// name 中卫. A short form that is a word or a person's name as well, and a name
// that several places share, count only with evidence (see Gazetteer.Find). The
// package refuses to guess: what stays open is left out. It names no places
// outside its table, so a town elsewhere that shares the name of one of the
// office's is taken for the latter unless the text names where it lies.
package place

import (
	"cmp"
	"slices"
	"sync"
	"unicode/utf8"

	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/rule/automaton"
)

// Level is the rank of a place.
type Level string

// The levels, the widest first. A county under no city (仙桃市) has its province
// as parent.
const (
	Province Level = "province" // 省, 自治区, 直辖市, 特别行政区
	City     Level = "city"     // prefecture level: 地级市, 地区, 自治州, 盟
	County   Level = "county"   // 县, 市辖区, 县级市, 旗
	Township Level = "township" // 镇, 乡, 街道
	Village  Level = "village"  // 村, 社区
)

// levels in the order of their ranks, from 1.
const levels = "province city county township village"

// rank is 1 for a province to 5 for a village, 0 for an unknown level.
func (l Level) rank() int {
	switch l {
	case Province:
		return 1
	case City:
		return 2
	case County:
		return 3
	case Township:
		return 4
	case Village:
		return 5
	}
	return 0
}

// Place is a place of the table.
type Place struct {
	Code  string // GB/T 2260, six digits; nine for townships, twelve for villages
	Level Level
	Name  string // official, such as 沙坡头区
	Path  string // 宁夏回族自治区/中卫市/沙坡头区
}

// Found is a place that a text names. Span is in the folded runes: of a nested
// mention (宁夏中卫市沙坡头区) the whole.
type Found struct {
	Place
	Span fold.Span
}

// Gazetteer finds the places of a table. It never changes and is safe for
// concurrent use.
type Gazetteer struct {
	nodes []node
	terms []term
	scan  *automaton.Automaton
	spare sync.Pool // of *scratch
}

// node is a place in the tree.
type node struct {
	Place
	rank   int
	parent int32 // -1 = none
	group  int32 // the city it is or lies in; failing that the province
	own    bool  // in the office's own area
}

// term is a text that is looked for: a name of places, a word that excludes
// places, or both.
type term struct {
	length   int32 // in runes
	named    []candidate
	excludes []int32 // places
}

// candidate is a place that a name may mean.
type candidate struct {
	place    int32
	short    bool // by a short form
	doubtful bool // by a short form that needs evidence
}

// New makes a gazetteer of a table. own is the code of the office's own area,
// "" for none. An own code that is not in the table is huiying.Invalid.
func New(t *Table, own string) (*Gazetteer, error) {
	if _, ok := t.at(own); !ok && own != "" {
		return nil, huiying.Errorf(huiying.Invalid, "place.unknown_own", own)
	}
	g := &Gazetteer{nodes: make([]node, len(t.rows))}
	for i := range t.rows {
		g.nodes[i] = node{rank: t.rows[i].level.rank(), parent: -1}
		if p, ok := t.at(t.rows[i].parent); ok {
			g.nodes[i].parent = int32(p)
		}
	}
	for i := range t.rows {
		g.describe(t, int32(i), own)
	}
	texts := g.index(t)
	g.scan = automaton.New(texts)
	g.spare.New = func() any {
		return &scratch{g: g, notes: make([]note, len(g.nodes)), seen: make([]uint64, len(g.terms))}
	}
	return g, nil
}

// describe fills in what a node takes from those above it.
func (g *Gazetteer) describe(t *Table, i int32, own string) {
	n, r := &g.nodes[i], &t.rows[i]
	n.Place = Place{Code: r.code, Level: r.level, Name: r.name, Path: r.name}
	n.own, n.group = r.code == own, i
	for at := n.parent; at >= 0; at = g.nodes[at].parent {
		above := &t.rows[at]
		n.Path = above.name + "/" + n.Path
		n.own = n.own || above.code == own
		if g.nodes[n.group].rank > City.rank() {
			n.group = at
		}
	}
}

// index numbers the texts of names and excluding words, in an order that does
// not depend on that of any file.
func (g *Gazetteer) index(t *Table) (texts []string) {
	numbers := map[string]int32{}
	at := func(text string) *term {
		n, ok := numbers[text]
		if !ok {
			n = int32(len(g.terms))
			numbers[text] = n
			texts = append(texts, text)
			g.terms = append(g.terms, term{length: int32(utf8.RuneCountInString(text))})
		}
		return &g.terms[n]
	}
	for i := range t.rows {
		r := &t.rows[i]
		name := at(fold.String(r.name))
		name.named = append(name.named, candidate{place: int32(i)})
		for _, s := range r.shorts {
			short := at(s.text)
			short.named = append(short.named, candidate{place: int32(i), short: true, doubtful: s.doubtful})
		}
		for _, word := range r.excluding {
			x := at(word)
			x.excludes = append(x.excludes, int32(i))
		}
	}
	return texts
}

// FoldedNames gives the official names as fold.String writes them, sorted, each
// once: words worth telling a segmenter. Short forms are left out, because as
// the segmenter's words they would take 集中卫生 to pieces.
func (g *Gazetteer) FoldedNames() []string {
	names := make([]string, len(g.nodes))
	for i := range g.nodes {
		names[i] = fold.String(g.nodes[i].Name)
	}
	slices.SortFunc(names, cmp.Compare)
	return slices.Compact(names)
}

// below reports whether a place lies in another, at any depth.
func (g *Gazetteer) below(place, above int32) bool {
	for at := g.nodes[place].parent; at >= 0; at = g.nodes[at].parent {
		if at == above {
			return true
		}
	}
	return false
}
