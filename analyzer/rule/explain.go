package rule

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/rule/lang"
)

// Say renders a sentence of the catalogue.
type Say func(key string, args ...any) string

// Explanation says why a rule holds for a post or does not.
type Explanation struct {
	Rule   string          `json:"rule"`
	Name   string          `json:"name"`
	Level  huiying.Level   `json:"level"`
	Line   int             `json:"line"`
	When   string          `json:"when"`
	Holds  bool            `json:"holds"`
	Why    string          `json:"why"`
	Root   Part            `json:"root"`
	Match  []huiying.Match `json:"matches"`
	Tokens []FieldTokens   `json:"tokens"` // the words the text was cut into
}

// Part is one part of the expression: whether it holds, where it is seen, and
// a sentence that says why.
type Part struct {
	Expression string          `json:"expression"`
	Holds      bool            `json:"holds"`
	Why        string          `json:"why"`
	Matches    []huiying.Match `json:"matches,omitempty"`
	Nearest    []string        `json:"nearest,omitempty"` // words of the text most like a term that is missing
	Parts      []Part          `json:"parts,omitempty"`
}

// FieldTokens are the words of one field, in order.
type FieldTokens struct {
	Field  string   `json:"field"`
	Tokens []string `json:"tokens"`
}

// Explain evaluates every part of a rule. huiying.NotFound when there is no
// such rule.
func (p *Program) Explain(d *Document, id string, say Say) (Explanation, error) {
	i := slices.IndexFunc(p.rules, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Explanation{}, huiying.Errorf(huiying.NotFound, "rule.none", id)
	}
	s := newScratch(p)
	s.begin(d)
	e := &explainer{s: s, say: say}
	r := p.rules[i]
	out := Explanation{
		Rule: r.ID, Name: r.Name, Level: r.Level, Line: r.Line, When: r.When,
		Root: e.part(p.roots[i]), Tokens: tokensOf(d),
	}
	out.Holds, out.Why = out.Root.Holds, out.Root.Why
	out.Match = []huiying.Match{}
	if out.Holds {
		out.Match = s.matches(s.places(p.roots[i], everywhere, nil))
	}
	return out, nil
}

func tokensOf(d *Document) []FieldTokens {
	var out []FieldTokens
	for f := range 2 {
		field := d.field(f)
		if len(field.Tokens) == 0 {
			continue
		}
		list := FieldTokens{Field: fieldName(f)}
		for _, t := range field.Tokens {
			list.Tokens = append(list.Tokens, field.Text.Slice(field.Text.At(t)))
		}
		out = append(out, list)
	}
	return out
}

type explainer struct {
	s   *scratch
	say Say
}

func (e *explainer) part(o *op) Part {
	p := Part{Expression: o.node.String(), Holds: e.s.holds(o, everywhere)}
	for _, k := range o.kids {
		p.Parts = append(p.Parts, e.part(k))
	}
	if p.Holds && o.kind != lang.Not {
		p.Matches = e.s.matches(e.s.places(o, everywhere, nil))
	}
	switch o.kind {
	case lang.Term, lang.Set, lang.Regex, lang.Wild:
		e.leaf(o, &p)
	case lang.And, lang.Or:
		e.list(o, &p)
	case lang.Not:
		p.Why = e.either(p.Holds, "rule.why_absent", "rule.why_present", p.Parts[0].Expression)
	case lang.Near:
		e.near(o, &p)
	case lang.Sentence:
		p.Why = e.either(p.Holds, "rule.why_sentence", "rule.why_no_sentence")
	case lang.Paragraph:
		p.Why = e.either(p.Holds, "rule.why_paragraph", "rule.why_no_paragraph")
	case lang.AtLeast:
		n := apart(e.s.places(o.kids[0], everywhere, nil))
		p.Why = e.say("rule.why_atleast", n, o.node.N)
	case lang.Meta:
		if actual := e.s.property(o.node.Name); actual != "" {
			p.Why = e.say("rule.why_value", o.node.Name, actual)
		} else {
			p.Why = e.say("rule.why_unknown", o.node.Name)
		}
	case lang.Count:
		p.Why = e.say("rule.why_value", o.node.Name, e.s.countOf(o.node.Name))
	case lang.Except, lang.Score, lang.Time:
		e.other(o, &p)
	}
	return p
}

// other explains the kinds that are asked for seldom.
func (e *explainer) other(o *op, p *Part) {
	switch o.kind {
	case lang.Except:
		all := len(sorted(e.s.places(o.kids[0], everywhere, nil)))
		p.Why = e.say("rule.why_except", all, all-len(sorted(e.s.except(o, everywhere, nil))))
	case lang.Score:
		p.Why = e.say("rule.why_score", figure(e.s.score(o, everywhere)), figure(thousandths(o.node.Least)))
	case lang.Time:
		value, known := e.s.clock(o.node.Name)
		if !known {
			p.Why = e.say("rule.why_unknown", o.node.Name)
			return
		}
		p.Why = e.say("rule.why_value", o.node.Name, value)
	}
}

// figure writes thousandths as people do.
func figure(n int64) string { return strconv.FormatFloat(float64(n)/1000, 'f', -1, 64) }

func (e *explainer) either(holds bool, yes, no string, args ...any) string {
	if holds {
		return e.say(yes, args...)
	}
	return e.say(no, args...)
}

func (e *explainer) list(o *op, p *Part) {
	var broken []string
	for _, k := range p.Parts {
		if !k.Holds {
			broken = append(broken, k.Expression)
		}
	}
	switch {
	case o.kind == lang.Or && p.Holds:
		p.Why = e.say("rule.why_some")
	case o.kind == lang.Or:
		p.Why = e.say("rule.why_none")
	case p.Holds:
		p.Why = e.say("rule.why_all")
	default:
		p.Why = e.say("rule.why_broken", strings.Join(broken, "; "))
	}
}

// leaf explains a term, set or pattern: found, found only inside other words,
// or missing.
func (e *explainer) leaf(o *op, p *Part) {
	if p.Holds {
		p.Why = e.say("rule.why_found", len(p.Matches))
		return
	}
	for f := range e.s.fields {
		if o.field >= 0 && o.field != f || !o.node.Word {
			continue
		}
		for _, term := range o.terms {
			if spans := e.s.spansOf(term, f); len(spans) > 0 {
				words := e.around(f, spans[0])
				p.Nearest = append(p.Nearest, words...)
				p.Why = e.say("rule.why_inside", e.s.p.terms[term], strings.Join(words, "|"))
				return
			}
		}
	}
	p.Why = e.say("rule.why_missing")
	if o.kind != lang.Regex {
		for _, term := range o.terms[:min(len(o.terms), 20)] {
			p.Nearest = append(p.Nearest, e.alike(e.s.p.terms[term])...)
		}
		slices.Sort(p.Nearest)
		p.Nearest = slices.Compact(p.Nearest)
	}
}

// around gives the words that a span of a field touches.
func (e *explainer) around(f int, span fold.Span) []string {
	var words []string
	field := e.s.doc.field(f)
	for _, t := range field.Tokens {
		if t.Start < span.End && span.Start < t.End {
			words = append(words, field.Text.Slice(field.Text.At(t)))
		}
	}
	return words
}

// alike gives up to three words that share the most characters with a term.
func (e *explainer) alike(term string) []string {
	type candidate struct {
		word   string
		shared int
	}
	var list []candidate
	for f := range e.s.fields {
		field := e.s.doc.field(f)
		for _, t := range field.Tokens {
			word := field.Text.Term(t)
			shared := 0
			for _, r := range word {
				if !unicode.IsSpace(r) && !unicode.IsPunct(r) && strings.ContainsRune(term, r) {
					shared++
				}
			}
			c := candidate{field.Text.Slice(field.Text.At(t)), shared}
			if shared > 0 && !slices.Contains(list, c) {
				list = append(list, c)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return b.shared - a.shared })
	var words []string
	for _, c := range list[:min(len(list), 3)] {
		words = append(words, c.word)
	}
	return words
}

// near says how far apart the operands are at the nearest.
func (e *explainer) near(o *op, p *Part) {
	left := sorted(e.s.places(o.kids[0], everywhere, nil))
	right := sorted(e.s.places(o.kids[1], everywhere, nil))
	best := e.nearest(o.node, left, right, -1)
	if !o.node.Ordered {
		best = e.nearest(o.node, right, left, best)
	}
	unit := "rule.why_near"
	if o.node.Tokens {
		unit = "rule.why_near_tokens"
	}
	switch {
	case len(left) == 0 || len(right) == 0:
		p.Why = e.say("rule.why_near_missing")
	case best < 0:
		p.Why = e.say("rule.why_near_never")
	default:
		p.Why = e.say(unit, best, o.node.N)
	}
}

func (e *explainer) nearest(n *lang.Node, before, after []spot, best int) int {
	for _, a := range before {
		for _, b := range after {
			if a.field == b.field && b.Start >= a.End {
				if g := e.s.gap(n, a, b); best < 0 || g < best {
					best = g
				}
				break // the rest is farther
			}
		}
	}
	return best
}

// IDs lists the rules in their order.
func (p *Program) IDs() []string {
	ids := make([]string, len(p.rules))
	for i, r := range p.rules {
		ids[i] = r.ID
	}
	return ids
}
