package foreign

import (
	"slices"
	"strconv"
	"strings"
)

// Limits of a query.
const (
	maxDepth = 50     // brackets and NOTs within each other; the language takes 64
	maxGap   = 10_000 // of NEAR in the language
	meltGap  = 4      // of NEAR without a number in Meltwater
)

// parser reads the tokens of one query.
type parser struct {
	lex     *lexer
	dialect string
	tokens  []token // the last is end
	at      int
	depth   int
	deep    bool
	scope   scope
	under   string // the name of the field that scope is about, as written
	notes   []Note
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) take() token {
	t := p.tokens[p.at]
	if t.shape != end {
		p.at++
	}
	return t
}

// is reports whether one of the operators comes next.
func (p *parser) is(names ...string) bool {
	t := p.peek()
	return t.shape == operator && slices.Contains(names, t.text)
}

// note tells something once for a query.
func (p *parser) note(at place, key string, args ...any) {
	p.notes = once(p.notes, at.note(key, args...))
}

// operator takes an operator and tells when Brandwatch would not have read it
// as one.
func (p *parser) operator() token {
	t := p.take()
	if p.dialect == Brandwatch && strings.ContainsAny(t.op, "andorntxe") && t.op != "" {
		p.note(t.at, "rule.import_lower", t.op)
	}
	return t
}

// deeper reads something nested; too deep, the rest of the query is dropped.
func (p *parser) deeper(read func() *node) *node {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		if !p.deep {
			p.notes = append(p.notes, p.peek().at.note("rule.too_deep", maxDepth))
		}
		p.deep = true
		p.at = len(p.tokens) - 1
		return nil
	}
	return read()
}

func (p *parser) or() *node {
	at := p.peek().at
	first, joined := p.and()
	kids := []*node{first}
	for p.is("OR") {
		op := p.operator()
		kid, more := p.and()
		if kid == nil {
			p.note(op.at, "rule.import_no_operand", op.text)
		}
		kids, joined = append(kids, kid), joined || more
	}
	if len(kids) > 1 && joined {
		p.note(at, "rule.import_precedence")
	}
	return join(or, at, kids...)
}

// and reads operands joined by AND, NOT or nothing; joined says that there
// were several.
func (p *parser) and() (n *node, joined bool) {
	at := p.peek().at
	kids := []*node{p.near()}
	for {
		op := p.peek()
		switch {
		case p.is("AND"):
			p.operator()
		case p.is("NOT"):
		case op.shape == end || op.shape == closed || p.is("OR"):
			return join(and, at, kids...), len(kids) > 1
		default:
			p.note(op.at, "rule.import_side_by_side")
		}
		kid := p.near()
		if kid == nil {
			p.note(op.at, "rule.import_no_operand", op.text)
		}
		kids = append(kids, kid)
	}
}

func (p *parser) near() *node {
	left := p.unary()
	for p.is("NEAR", "ONEAR", "XNOT") {
		op := p.operator()
		right := p.unary()
		switch {
		case right == nil:
			p.note(op.at, "rule.import_no_operand", op.op)
		case left == nil:
			left = right
		case op.text == "XNOT":
			left = &node{kind: except, at: op.at, kids: []*node{left, right}}
		default:
			left = p.nearby(op, left, right)
		}
	}
	return left
}

// nearby makes a NEAR, or an AND where the distance has no counterpart.
func (p *parser) nearby(op token, left, right *node) *node {
	gap := op.n
	switch {
	case gap < 0 && p.dialect == Meltwater:
		gap = meltGap
		p.note(op.at, "rule.import_near_default", op.op, gap)
	case gap < 0 || gap > maxGap:
		p.note(op.at, "rule.import_near_number", op.op)
		return join(and, op.at, left, right)
	}
	for _, side := range []**node{&left, &right} {
		if (*side).kind == not {
			*side = lose((*side).at, write(*side), "rule.near_not")
		}
	}
	return &node{kind: near, at: op.at, op: op.op, n: gap, ordered: op.text == "ONEAR", kids: []*node{left, right}}
}

func (p *parser) unary() *node {
	if !p.is("NOT", "XNOT") {
		return p.primary()
	}
	from := p.at
	op := p.operator()
	if op.op == "" {
		p.note(op.at, "rule.import_minus")
	}
	kid := p.deeper(p.unary)
	switch {
	case kid == nil:
		p.note(op.at, "rule.import_no_operand", op.text)
		return nil
	case op.text == "XNOT": // it takes places from nothing
		return lose(op.at, p.source(from), "rule.import_no_operand", op.op)
	case kid.kind == not:
		return kid.kids[0]
	}
	return &node{kind: not, at: op.at, kids: []*node{kid}}
}

// source is what was read since the token at from, short enough for a note.
func (p *parser) source(from int) string {
	if from >= p.at {
		return ""
	}
	return shorten(string(p.lex.src[p.tokens[from].from:p.tokens[p.at-1].to]), maxQuote)
}

// primary reads a term, a group or a field with what is attached to it; nil
// when there is none. Operators that have nothing before them are passed.
func (p *parser) primary() *node {
	for p.stray() {
	}
	if p.is("NOT", "XNOT") {
		return p.deeper(p.unary)
	}
	t := p.peek()
	switch t.shape {
	case end, closed:
		return nil
	case opened:
		return p.group()
	}
	p.take()
	switch t.shape {
	case fieldName:
		return p.attached(t, p.field(t))
	case compared:
		return p.attached(t, p.comparison(t))
	case phrase:
		return p.attached(t, p.phrase(t))
	}
	return p.attached(t, p.leaf(t))
}

// stray passes an operator or a sign that has nothing before it.
func (p *parser) stray() bool {
	t := p.peek()
	switch {
	case p.is("AND", "OR", "NEAR", "ONEAR"):
		p.operator()
		p.note(t.at, "rule.import_stray_operator", t.op)
	case attaches(t) || t.shape == span:
		p.take()
		p.note(t.at, "rule.import_stray_sign", p.lex.text(t))
	default:
		return false
	}
	return true
}

// attaches reports whether a token belongs to what stands before it.
func attaches(t token) bool { return t.shape == tilde || t.shape == boost || t.shape == frequency }

func (p *parser) group() *node {
	t := p.take()
	inner := p.deeper(p.or)
	if p.peek().shape == closed {
		p.take()
	}
	if inner == nil && !p.deep {
		p.note(t.at, "rule.empty_group")
	}
	if p.peek().shape == tilde {
		inner = p.groupWithin(t, inner, p.take().n)
	}
	return p.attached(t, inner)
}

// phrase reads a phrase, which may have a distance.
func (p *parser) phrase(t token) *node {
	if p.peek().shape == tilde {
		return p.within(t, p.take().n)
	}
	return p.leaf(t)
}

// within reads "a b"~5: the words of a phrase in any order, near each other.
func (p *parser) within(t token, gap int) *node {
	words, written := strings.Fields(t.text), "~"+strconv.Itoa(gap)
	if len(words) < 2 || gap > maxGap {
		p.note(t.at, "rule.import_tilde", p.lex.text(t))
		return p.leaf(t)
	}
	leaves := make([]*node, len(words))
	for i, w := range words {
		part := t
		part.shape, part.text = word, w
		leaves[i] = p.leaf(part)
	}
	return chain(node{at: t.at, op: written, n: gap}, leaves)
}

// groupWithin reads (a AND b)~5.
func (p *parser) groupWithin(t token, inner *node, gap int) *node {
	if inner == nil || inner.kind != and || gap > maxGap || slices.ContainsFunc(inner.kids, func(k *node) bool { return k.kind == not }) {
		p.note(t.at, "rule.import_tilde", "( )")
		return inner
	}
	return chain(node{at: t.at, op: "~" + strconv.Itoa(gap), n: gap}, inner.kids)
}

// attached reads ~5, ^2 and {3} behind an operand.
func (p *parser) attached(t token, n *node) *node {
	for {
		s := p.peek()
		switch s.shape {
		case tilde:
			p.note(s.at, "rule.import_tilde", p.lex.text(t))
		case boost:
			p.note(s.at, "rule.import_boost", p.lex.text(s))
		case frequency:
			n = p.often(s, n)
		default:
			return n
		}
		p.take()
	}
}

// often makes a{3} at least three times, a{3,5} and not six times. A number
// that has no counterpart is dropped, not what is counted.
func (p *parser) often(s token, n *node) *node {
	if n == nil {
		return nil
	}
	if s.n < 1 || max(s.n, s.n2+1) > maxGap || !countable(n) {
		p.note(s.at, "rule.import_frequency", p.lex.text(s))
		return n
	}
	times := func(count int) *node {
		return &node{kind: atLeast, at: s.at, n: count, kids: []*node{n}}
	}
	lower := n
	if s.n > 1 {
		lower = times(s.n)
	}
	if s.n2 == 0 {
		return lower
	}
	return join(and, s.at, lower, &node{kind: not, at: s.at, kids: []*node{times(s.n2 + 1)}})
}

// countable reports whether atleast may count a node once what is lost is out
// of it.
func countable(n *node) bool {
	if n.kind == or || n.kind == field {
		return !slices.ContainsFunc(n.kids, func(k *node) bool { return !countable(k) })
	}
	return n.kind == lost || located(n)
}
