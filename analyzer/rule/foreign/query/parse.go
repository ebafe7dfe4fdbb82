package query

import (
	"slices"
	"strconv"
	"strings"

	"huiying/analyzer/rule/foreign"
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
	notes   []foreign.Note
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
func (p *parser) note(at foreign.Place, key string, args ...any) {
	p.notes = foreign.Once(p.notes, at.Note(key, args...))
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
func (p *parser) deeper(read func() *foreign.Node) *foreign.Node {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		if !p.deep {
			p.notes = append(p.notes, p.peek().at.Note("rule.too_deep", maxDepth))
		}
		p.deep = true
		p.at = len(p.tokens) - 1
		return nil
	}
	return read()
}

func (p *parser) or() *foreign.Node {
	at := p.peek().at
	first, joined := p.and()
	kids := []*foreign.Node{first}
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
	return foreign.Join(foreign.Or, at, kids...)
}

// and reads operands joined by AND, NOT or nothing; joined says that there
// were several.
func (p *parser) and() (n *foreign.Node, joined bool) {
	at := p.peek().at
	kids := []*foreign.Node{p.near()}
	for {
		op := p.peek()
		switch {
		case p.is("AND"):
			p.operator()
		case p.is("NOT"):
		case op.shape == end || op.shape == closed || p.is("OR"):
			return foreign.Join(foreign.And, at, kids...), len(kids) > 1
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

func (p *parser) near() *foreign.Node {
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
			left = &foreign.Node{Kind: foreign.Except, At: op.at, Kids: []*foreign.Node{left, right}}
		default:
			left = p.nearby(op, left, right)
		}
	}
	return left
}

// nearby makes a NEAR, or an AND where the distance has no counterpart.
func (p *parser) nearby(op token, left, right *foreign.Node) *foreign.Node {
	gap := op.n
	switch {
	case gap < 0 && p.dialect == Meltwater:
		gap = meltGap
		p.note(op.at, "rule.import_near_default", op.op, gap)
	case gap < 0 || gap > maxGap:
		p.note(op.at, "rule.import_near_number", op.op)
		return foreign.Join(foreign.And, op.at, left, right)
	}
	for _, side := range []**foreign.Node{&left, &right} {
		if (*side).Kind == foreign.Not {
			*side = foreign.Lose((*side).At, foreign.Write(*side), "rule.near_not")
		}
	}
	return &foreign.Node{Kind: foreign.Near, At: op.at, Op: op.op, N: gap, Ordered: op.text == "ONEAR", Kids: []*foreign.Node{left, right}}
}

func (p *parser) unary() *foreign.Node {
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
		return foreign.Lose(op.at, p.source(from), "rule.import_no_operand", op.op)
	case kid.Kind == foreign.Not:
		return kid.Kids[0]
	}
	return &foreign.Node{Kind: foreign.Not, At: op.at, Kids: []*foreign.Node{kid}}
}

// source is what was read since the token at from, short enough for a note.
func (p *parser) source(from int) string {
	if from >= p.at {
		return ""
	}
	return foreign.Shorten(string(p.lex.src[p.tokens[from].from:p.tokens[p.at-1].to]), foreign.MaxQuote)
}

// primary reads a term, a group or a field with what is attached to it; nil
// when there is none. Operators that have nothing before them are passed.
func (p *parser) primary() *foreign.Node {
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

func (p *parser) group() *foreign.Node {
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
func (p *parser) phrase(t token) *foreign.Node {
	if p.peek().shape == tilde {
		return p.within(t, p.take().n)
	}
	return p.leaf(t)
}

// within reads "a b"~5: the words of a phrase in any order, near each other.
func (p *parser) within(t token, gap int) *foreign.Node {
	words, written := strings.Fields(t.text), "~"+strconv.Itoa(gap)
	if len(words) < 2 || gap > maxGap {
		p.note(t.at, "rule.import_tilde", p.lex.text(t))
		return p.leaf(t)
	}
	leaves := make([]*foreign.Node, len(words))
	for i, w := range words {
		part := t
		part.shape, part.text = word, w
		leaves[i] = p.leaf(part)
	}
	return foreign.Chain(foreign.Node{At: t.at, Op: written, N: gap}, leaves)
}

// groupWithin reads (a AND b)~5.
func (p *parser) groupWithin(t token, inner *foreign.Node, gap int) *foreign.Node {
	if inner == nil || inner.Kind != foreign.And || gap > maxGap || slices.ContainsFunc(inner.Kids, func(k *foreign.Node) bool { return k.Kind == foreign.Not }) {
		p.note(t.at, "rule.import_tilde", "( )")
		return inner
	}
	return foreign.Chain(foreign.Node{At: t.at, Op: "~" + strconv.Itoa(gap), N: gap}, inner.Kids)
}

// attached reads ~5, ^2 and {3} behind an operand.
func (p *parser) attached(t token, n *foreign.Node) *foreign.Node {
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
func (p *parser) often(s token, n *foreign.Node) *foreign.Node {
	if n == nil {
		return nil
	}
	if s.n < 1 || max(s.n, s.n2+1) > maxGap || !countable(n) {
		p.note(s.at, "rule.import_frequency", p.lex.text(s))
		return n
	}
	times := func(count int) *foreign.Node {
		return &foreign.Node{Kind: foreign.AtLeast, At: s.at, N: count, Kids: []*foreign.Node{n}}
	}
	lower := n
	if s.n > 1 {
		lower = times(s.n)
	}
	if s.n2 == 0 {
		return lower
	}
	return foreign.Join(foreign.And, s.at, lower, &foreign.Node{Kind: foreign.Not, At: s.at, Kids: []*foreign.Node{times(s.n2 + 1)}})
}

// countable reports whether atleast may count a node once what is lost is out
// of it.
func countable(n *foreign.Node) bool {
	if n.Kind == foreign.Or || n.Kind == foreign.Field {
		return !slices.ContainsFunc(n.Kids, func(k *foreign.Node) bool { return !countable(k) })
	}
	return n.Kind == foreign.Lost || foreign.Located(n)
}
