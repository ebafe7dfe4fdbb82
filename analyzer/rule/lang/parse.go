package lang

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"huiying/analyzer/fold"
)

// MaxTerm is the longest term, in characters.
const MaxTerm = 64

// Limits of an expression. They keep a rule readable and its evaluation short.
const (
	maxDepth  = 64
	maxNodes  = 2000
	maxGap    = 10_000
	maxLength = 20_000 // runes of an expression
)

// Sets gives the words of a set, not yet folded.
type Sets map[string][]string

type parser struct {
	sets     Sets
	tokens   []lexeme
	at       int
	depth    int
	nodes    int
	problems []Problem
}

// Parse reads an expression. With problems the tree is not to be used.
func Parse(src string, sets Sets) (*Node, []Problem) {
	if utf8.RuneCountInString(src) > maxLength {
		return nil, []Problem{{Key: "rule.too_long", Args: []any{maxLength}}}
	}
	tokens, problems := lex(src)
	if len(problems) > 0 {
		return nil, problems
	}
	p := &parser{sets: sets, tokens: tokens}
	if p.peek().kind == end {
		return nil, []Problem{{Key: "rule.empty"}}
	}
	n := p.or()
	if n != nil && p.peek().kind != end {
		p.unexpected()
	}
	if len(p.problems) == 0 {
		p.check(n)
	}
	slices.SortStableFunc(p.problems, func(a, b Problem) int { return a.Pos - b.Pos })
	if len(p.problems) > 0 {
		return nil, p.problems
	}
	return n, nil
}

func (p *parser) peek() lexeme { return p.tokens[p.at] }

func (p *parser) take() lexeme {
	t := p.tokens[p.at]
	if t.kind != end {
		p.at++
	}
	return t
}

// fail records a mistake; parsing of the expression stops where a nil node
// comes back.
func (p *parser) fail(pos int, key string, args ...any) *Node {
	p.problems = append(p.problems, Problem{Pos: pos, Key: key, Args: args})
	return nil
}

func (p *parser) node(n Node) *Node {
	p.nodes++
	if p.nodes == maxNodes {
		p.fail(n.Pos, "rule.too_big", maxNodes)
	}
	if p.nodes >= maxNodes {
		return nil
	}
	return &n
}

func (p *parser) unexpected() *Node {
	t := p.peek()
	switch t.kind {
	case closed:
		return p.fail(t.pos, "rule.extra_close")
	case end:
		return p.fail(t.pos, "rule.ends_early")
	case comma:
		return p.fail(t.pos, "rule.stray_comma")
	case colon:
		return p.fail(t.pos, "rule.stray_colon")
	case compare:
		return p.fail(t.pos, "rule.stray_compare", t.text)
	case weight:
		return p.fail(t.pos, "rule.stray_weight", t.text)
	}
	return p.fail(t.pos, "rule.unexpected", t.text)
}

func operator(t lexeme) string {
	if t.kind != word {
		return ""
	}
	switch t.text {
	case "AND", "OR", "NOT", "EXCEPT":
		return t.text
	}
	if name, _, ok := strings.Cut(t.text, "/"); ok && (name == "NEAR" || name == "ONEAR") {
		return name
	}
	return ""
}

func (p *parser) or() *Node {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return p.fail(p.peek().pos, "rule.too_deep", maxDepth)
	}
	return p.list(Or, "OR", p.and)
}

func (p *parser) list(k Kind, op string, operand func() *Node) *Node {
	first := operand()
	if first == nil || operator(p.peek()) != op {
		return first
	}
	n := p.node(Node{Kind: k, Pos: first.Pos, Kids: []*Node{first}})
	for n != nil && operator(p.peek()) == op {
		p.take()
		kid := operand()
		if kid == nil {
			return nil
		}
		n.Kids = append(n.Kids, kid)
	}
	return n
}

// and reads A AND B, A NOT B; two operands side by side are told and read on
// as if AND stood between them.
func (p *parser) and() *Node {
	first := p.near()
	if first == nil {
		return nil
	}
	kids := []*Node{first}
	for {
		t := p.peek()
		switch {
		case operator(t) == "AND":
			p.take()
		case operator(t) == "NOT":
		case t.kind == word && operator(t) == "" || t.kind == phrase || t.kind == pattern || t.kind == open:
			p.sideBySide(t)
		default:
			if len(kids) == 1 {
				return first
			}
			return p.node(Node{Kind: And, Pos: first.Pos, Kids: kids})
		}
		kid := p.near()
		if kid == nil {
			return nil
		}
		kids = append(kids, kid)
	}
}

// sideBySide says that an operator is missing before t, with the most likely
// cause.
func (p *parser) sideBySide(t lexeme) {
	before := p.tokens[p.at-1]
	upper := strings.ToUpper(fold.String(t.text))
	switch name, _, _ := strings.Cut(upper, "/"); {
	case t.kind == word && slices.Contains([]string{"AND", "OR", "NOT", "NEAR", "ONEAR", "EXCEPT"}, name):
		p.fail(t.pos, "rule.lower_operator", t.text, upper)
		p.take()
	case t.kind == open && before.kind == word:
		p.fail(t.pos, "rule.unknown_function", before.text)
	case t.kind == word && strings.ContainsAny(t.text[:1], "&|!") || t.text == "且" || t.text == "或":
		p.fail(t.pos, "rule.foreign_operator", t.text)
	case (t.kind == word || t.kind == phrase) && (before.kind == word || before.kind == phrase):
		p.fail(t.pos, "rule.side_by_side", before.text, t.text)
	default:
		p.fail(t.pos, "rule.missing_operator", t.text)
	}
}

func (p *parser) near() *Node {
	left := p.unary()
	for left != nil {
		t := p.peek()
		op := operator(t)
		if op == "EXCEPT" {
			left = p.except(left)
			continue
		}
		if op != "NEAR" && op != "ONEAR" {
			if t.kind == word && (t.text == "NEAR" || t.text == "ONEAR") {
				return p.fail(t.pos, "rule.near_number", t.text)
			}
			return left
		}
		p.take()
		n, tokens, ok := distance(t.text[len(op)+1:])
		if !ok {
			return p.fail(t.pos, "rule.near_number", op)
		}
		right := p.unary()
		if right == nil {
			return nil
		}
		left = p.node(Node{Kind: Near, Pos: left.Pos, N: n, Tokens: tokens, Ordered: op == "ONEAR", Kids: []*Node{left, right}})
	}
	return nil
}

// except reads what follows EXCEPT.
func (p *parser) except(left *Node) *Node {
	p.take()
	right := p.unary()
	if right == nil {
		return nil
	}
	return p.node(Node{Kind: Except, Pos: left.Pos, Kids: []*Node{left, right}})
}

func distance(s string) (n int, tokens, ok bool) {
	digits, tokens := strings.CutSuffix(s, "t")
	n, err := strconv.Atoi(digits)
	return n, tokens, err == nil && n >= 0 && n <= maxGap && digits[0] != '+'
}

func (p *parser) unary() *Node {
	t := p.peek()
	if operator(t) != "NOT" {
		return p.primary()
	}
	p.take()
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return p.fail(t.pos, "rule.too_deep", maxDepth)
	}
	kid := p.unary()
	if kid == nil {
		return nil
	}
	return p.node(Node{Kind: Not, Pos: t.pos, Kids: []*Node{kid}})
}

func (p *parser) primary() *Node {
	t := p.peek()
	switch {
	case t.kind == open:
		return p.group()
	case t.kind == phrase:
		p.take()
		return p.term(t)
	case t.kind == pattern:
		p.take()
		return p.regex(t)
	case t.kind == word && operator(t) != "":
		return p.fail(t.pos, "rule.operator_place", t.text)
	case t.kind == word && (t.text == "NEAR" || t.text == "ONEAR"):
		return p.fail(t.pos, "rule.near_number", t.text)
	case t.kind != word:
		return p.unexpected()
	}
	p.take()
	switch after := p.peek(); {
	case after.kind == open && after.tight && isFunction(t.text):
		return p.function(t)
	case after.kind == open && after.tight && ascii(t.text):
		return p.fail(t.pos, "rule.unknown_function", t.text)
	case after.kind == colon:
		return p.condition(t)
	case after.kind == compare:
		return p.count(t)
	}
	return p.term(t)
}

func (p *parser) group() *Node {
	opened := p.take()
	if p.peek().kind == closed {
		return p.fail(opened.pos, "rule.empty_group")
	}
	n := p.or()
	if n == nil {
		return nil
	}
	if p.peek().kind != closed {
		if p.peek().kind != end {
			return p.unexpected()
		}
		return p.fail(opened.pos, "rule.unclosed")
	}
	p.take()
	return n
}

// term makes a term of a word or phrase.
func (p *parser) term(t lexeme) *Node {
	folded := fold.String(t.text)
	if t.kind == word {
		upper := strings.ToUpper(folded)
		switch {
		case slices.Contains([]string{"AND", "OR", "NOT"}, upper):
			return p.fail(t.pos, "rule.lower_operator", t.text, upper)
		case strings.ContainsAny(t.text, "*?"):
			return p.wild(t)
		}
	}
	switch n := utf8.RuneCountInString(folded); {
	case strings.TrimSpace(folded) == "":
		return p.fail(t.pos, "rule.empty_term")
	case n > MaxTerm:
		return p.fail(t.pos, "rule.long_term", MaxTerm)
	}
	return p.node(Node{Kind: Term, Pos: t.pos, Text: folded, Raw: t.text, Quoted: t.kind == phrase})
}

func ascii(s string) bool {
	for _, r := range s {
		if r >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
