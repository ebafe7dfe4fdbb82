package rule

import (
	"cmp"
	"regexp"
	"slices"
	"sync"
	"unicode/utf8"

	"huiying/analyzer/fold"
	"huiying/analyzer/rule/automaton"
	"huiying/analyzer/rule/lang"
)

// Options are what a program is made of.
type Options struct {
	Rules  *File      // nil = none
	Places []string   // names that are looked for as whole words
	Known  Dictionary // the words the search-mode cut knows
}

// Program is a list of rules and places made ready. It never changes
// and is safe for concurrent use.
type Program struct {
	rules    []Rule
	places   []string
	roots    []*op // of the rules, the places
	machine  *automaton.Automaton
	terms    []string
	lengths  []int32   // runes of each term
	triggers [][]int32 // by term: roots to be evaluated when it is met
	always   []int32   // roots evaluated for every post
	patterns int
	scratch  sync.Pool
}

// op is one node of an expression with its terms resolved.
type op struct {
	node    *lang.Node
	kind    lang.Kind
	terms   []int32
	known   []bool // by term, for whole words: the dictionaries hold it
	field   int    // where a leaf is looked for: 0 title, 1 text, -1 both
	pattern int    // number of a regex
	re      *regexp.Regexp
	kids    []*op
}

// Compile makes rules and places ready.
func Compile(o Options) (*Program, error) {
	if o.Rules == nil {
		o.Rules = &File{}
	}
	var exprs []*lang.Node
	for _, name := range o.Places {
		exprs = append(exprs, &lang.Node{Kind: lang.Term, Text: fold.String(name), Word: true})
	}
	p := &Program{rules: o.Rules.Rules, places: o.Places}
	c := &compiler{program: p, known: o.Known, numbers: map[string]int32{}}
	for _, r := range p.rules {
		p.roots = append(p.roots, c.op(r.expr))
	}
	for _, e := range exprs {
		p.roots = append(p.roots, c.op(e))
	}
	c.chooseTriggers()
	p.machine = automaton.New(p.terms)
	p.scratch.New = func() any { return newScratch(p) }
	return p, nil
}

// Rules is how many rules the program has.
func (p *Program) Rules() int { return len(p.rules) }

type compiler struct {
	program *Program
	known   Dictionary
	numbers map[string]int32
}

func (c *compiler) op(n *lang.Node) *op {
	o := &op{node: n, kind: n.Kind, field: -1}
	switch n.In {
	case Title:
		o.field = 0
	case Text:
		o.field = 1
	}
	switch n.Kind {
	case lang.Term:
		c.term(o, n.Text)
	case lang.Set:
		for _, w := range n.Words {
			c.term(o, w)
		}
	case lang.Wild:
		for _, l := range n.Parts.Literals {
			o.terms = append(o.terms, c.number(l))
		}
	case lang.Regex:
		for _, g := range n.Gates {
			o.terms = append(o.terms, c.number(g))
		}
		o.re, o.pattern = n.Re, c.program.patterns
		c.program.patterns++
	}
	for _, k := range n.Kids {
		o.kids = append(o.kids, c.op(k))
	}
	return o
}

func (c *compiler) term(o *op, text string) {
	o.terms = append(o.terms, c.number(text))
	if o.node.Word {
		n := utf8.RuneCountInString(text)
		o.known = append(o.known, (n == 2 || n == 3) && c.known != nil && c.known.Has(text))
	}
}

func (c *compiler) number(text string) int32 {
	if n, ok := c.numbers[text]; ok {
		return n
	}
	n := int32(len(c.program.terms))
	c.numbers[text] = n
	c.program.terms = append(c.program.terms, text)
	c.program.lengths = append(c.program.lengths, int32(utf8.RuneCountInString(text)))
	return n
}

// chooseTriggers finds for each root a set of terms one of which must be met
// for it to hold. Where an AND leaves a choice, terms that few rules use and
// that are long are taken, because they are met least.
func (c *compiler) chooseTriggers() {
	p := c.program
	uses := make([]int, len(p.terms))
	for _, root := range p.roots {
		for _, t := range distinct(root.allTerms(nil)) {
			uses[t]++
		}
	}
	cost := func(t int32) float64 {
		n := float64(p.lengths[t])
		return float64(uses[t]) / (n * n * n)
	}
	p.triggers = make([][]int32, len(p.terms))
	for i, root := range p.roots {
		terms, ok := root.needs(cost)
		if !ok {
			p.always = append(p.always, int32(i))
			continue
		}
		for _, t := range distinct(terms) {
			p.triggers[t] = append(p.triggers[t], int32(i))
		}
	}
}

func distinct(terms []int32) []int32 {
	terms = slices.Clone(terms)
	slices.Sort(terms)
	return slices.Compact(terms)
}

func (o *op) allTerms(out []int32) []int32 {
	out = append(out, o.terms...)
	for _, k := range o.kids {
		out = k.allTerms(out)
	}
	return out
}

// needs gives terms one of which is met whenever o holds; ok is false when it
// may hold without any.
func (o *op) needs(cost func(int32) float64) (terms []int32, ok bool) {
	switch o.kind {
	case lang.Term, lang.Set:
		return o.terms, true
	case lang.Regex:
		return o.terms, len(o.terms) > 0
	case lang.Wild: // all are met; the rarest will do
		return []int32{slices.MinFunc(o.terms, func(a, b int32) int { return cmp.Compare(cost(a), cost(b)) })}, true
	case lang.Except:
		return o.kids[0].needs(cost)
	case lang.Score:
		return o.needsOfScore(cost)
	case lang.Or:
		for _, k := range o.kids {
			t, ok := k.needs(cost)
			if !ok {
				return nil, false
			}
			terms = append(terms, t...)
		}
		return terms, true
	case lang.And, lang.Near, lang.Sentence, lang.Paragraph, lang.AtLeast:
		best := 0.0
		for _, k := range o.kids {
			t, found := k.needs(cost)
			if !found {
				continue
			}
			sum := 0.0
			for _, n := range t {
				sum += cost(n)
			}
			if !ok || sum < best {
				terms, best, ok = t, sum, true
			}
		}
		return terms, ok
	}
	return nil, false
}
