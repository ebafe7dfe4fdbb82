// Package lint finds what is written correctly in a rules file and still is
// not meant: rules that can never hold or always do, parts that add nothing,
// rules that another one covers, terms that are met inside other words. It
// advises; it refuses nothing. What it says of a rule it has proved over all
// cases of the rule's parts; where those are too many it says nothing.
package lint

import (
	"slices"
	"strings"

	"huiying"
	"huiying/analyzer/rule"
	"huiying/analyzer/rule/lang"
)

// Finding is one piece of advice: of which rule, where in its file (from 1),
// and the catalogue key with its arguments.
type Finding struct {
	Rule   string
	Line   int
	Column int
	Key    string
	Args   []any
}

// Words knows how words meet in running text.
type Words interface {
	// Across gives two words at whose border a term is met most often, and how
	// many times as often the term is met so as it is met as a word.
	Across(term string) (left, right string, times float64)
}

// Options are what a file is held against.
type Options struct {
	Words  Words    // nil = not asked
	Places []string // names of the office's area, which are short and common
}

// Check advises on a file, in its order.
func Check(f *rule.File, o Options) []Finding {
	c := &checker{options: o}
	rules := make([]*checked, len(f.Rules))
	for i := range f.Rules {
		rules[i] = c.one(&f.Rules[i])
	}
	c.covered(rules)
	slices.SortStableFunc(c.found, func(a, b Finding) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return c.found
}

// checked is a rule with its expression and what is known of it.
type checked struct {
	rule    *rule.Rule
	expr    *lang.Node
	written string
	sound   bool // neither impossible nor certain
}

type checker struct {
	options Options
	found   []Finding
}

func (c *checker) say(r *rule.Rule, pos int, key string, args ...any) {
	line, column := r.Place(pos)
	c.found = append(c.found, Finding{Rule: r.ID, Line: line, Column: column, Key: key, Args: args})
}

// one checks a rule by itself.
func (c *checker) one(r *rule.Rule) *checked {
	k := &checked{rule: r, expr: r.Expr(), sound: true}
	k.written = k.expr.String()
	c.terms(r, k.expr, false)
	t, ok := tableOf(k.expr)
	if !ok {
		return k
	}
	held, all := t.count(k.expr)
	switch {
	case held == 0:
		k.sound = false
		c.say(r, 0, "rule.lint_never")
	case held == all:
		k.sound = false
		c.say(r, 0, "rule.lint_always")
	case t.silent(k.expr):
		c.say(r, 0, "rule.lint_no_word")
	}
	if k.sound {
		c.idle(r, k.expr, t)
	}
	return k
}

// idle finds the parts of the outermost AND or OR without which the expression
// says the same.
func (c *checker) idle(r *rule.Rule, expr *lang.Node, t *table) {
	if expr.Kind != lang.And && expr.Kind != lang.Or {
		return
	}
	without := *expr
	for i, k := range expr.Kids {
		without.Kids = slices.Delete(slices.Clone(expr.Kids), i, i+1)
		if t.same(expr, &without) {
			c.say(r, k.Pos, "rule.lint_idle", k.String(), strings.ToUpper(map[lang.Kind]string{lang.And: "and", lang.Or: "or"}[expr.Kind]))
			return // the others may be needed once it is gone
		}
	}
}

// maxCompared is how many rules are held against each other.
const maxCompared = 2000

// covered finds rules that never hold without another one that asks at least
// as urgently and tells everybody they tell.
func (c *checker) covered(rules []*checked) {
	first := map[string]*checked{}
	for _, k := range rules {
		if twin, ok := first[k.written]; ok {
			c.say(k.rule, 0, "rule.lint_twin", twin.rule.ID)
			k.sound = false
			continue
		}
		first[k.written] = k
	}
	if len(rules) > maxCompared {
		return
	}
	for _, k := range rules {
		for _, by := range rules {
			if k != by && k.sound && by.sound && outranks(by.rule, k.rule) && kin(by.expr, k.expr) && implies(k.expr, by.expr) {
				c.say(k.rule, 0, "rule.lint_covered", by.rule.ID)
				break
			}
		}
	}
}

// outranks reports whether a rule makes another one idle where both hold.
func outranks(by, k *rule.Rule) bool {
	if by.Level.Rank() < k.Level.Rank() || k.Level == huiying.LevelNone { // which only tags
		return false
	}
	return !slices.ContainsFunc(k.Notify, func(id string) bool { return !slices.Contains(by.Notify, id) })
}

// kin reports whether a word of one expression stands in a word of the other:
// without that, neither can follow from the other.
func kin(a, b *lang.Node) bool {
	for _, x := range termsOf(a, nil) {
		for _, y := range termsOf(b, nil) {
			if strings.Contains(y, x) {
				return true
			}
		}
	}
	return false
}

func termsOf(n *lang.Node, out []string) []string {
	switch n.Kind {
	case lang.Term:
		out = append(out, n.Text)
	case lang.Set:
		out = append(out, n.Words...)
	case lang.Wild:
		out = append(out, n.Parts.Literals...)
	}
	for _, k := range n.Kids {
		out = termsOf(k, out)
	}
	return out
}

// implies reports that one expression never holds without the other.
func implies(a, b *lang.Node) bool {
	both := &lang.Node{Kind: lang.And, Kids: []*lang.Node{a, {Kind: lang.Not, Kids: []*lang.Node{b}}}}
	t, ok := tableOf(both)
	if !ok {
		return false
	}
	held, _ := t.count(both)
	return held == 0
}

// Often is how many times as often as a word by itself a term may be met across
// two words before that is told.
const Often = 0.05

// terms advises on the single words of an expression.
func (c *checker) terms(r *rule.Rule, n *lang.Node, denied bool) {
	if n.Kind == lang.Not {
		denied = !denied
	}
	switch {
	case n.Kind == lang.Regex && len(n.Gates) == 0:
		c.say(r, n.Pos, "rule.lint_slow", n.String())
	case n.Kind == lang.Term && !n.Word && !denied:
		c.term(r, n)
	}
	for i, k := range n.Kids {
		if n.Kind == lang.Except && i == 1 {
			continue // what is excepted is meant to be inside
		}
		c.terms(r, k, denied)
	}
}

func (c *checker) term(r *rule.Rule, n *lang.Node) {
	if slices.Contains(c.options.Places, n.Text) && len([]rune(n.Text)) <= 2 {
		c.say(r, n.Pos, "rule.lint_place", n.Text)
		return
	}
	if c.options.Words == nil {
		return
	}
	if left, right, times := c.options.Words.Across(n.Text); times >= Often {
		c.say(r, n.Pos, "rule.lint_across", n.Text, left, right)
	}
}
