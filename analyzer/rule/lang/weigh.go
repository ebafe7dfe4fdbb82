package lang

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"huiying/analyzer/fold"
)

// score reads score(3, A^2, B, C^-1).
func (p *parser) score(name lexeme) *Node {
	t := p.take()
	least, ok := figure(t.text)
	if t.kind != word || !ok || least <= 0 {
		return p.fail(t.pos, "rule.score_number")
	}
	n := p.node(Node{Kind: Score, Pos: name.pos, Least: least})
	if n == nil {
		return nil
	}
	for p.peek().kind == comma {
		p.take()
		kid := p.or()
		if kid == nil {
			return nil
		}
		w, ok := p.weight()
		if !ok {
			return nil
		}
		n.Kids, n.Weights = append(n.Kids, kid), append(n.Weights, w)
	}
	if len(n.Kids) == 0 {
		return p.fail(p.peek().pos, "rule.score_items")
	}
	return n
}

// weight reads the weight of an item; without one it weighs 1.
func (p *parser) weight() (w float64, ok bool) {
	t := p.peek()
	if t.kind != weight {
		return 1, true
	}
	p.take()
	if w, ok = figure(t.text); !ok || w == 0 {
		p.fail(t.pos, "rule.bad_weight", t.text)
		return 0, false
	}
	return w, true
}

// figure reads a number of sane size with at most three decimals, so that sums
// mean what people add up.
func figure(s string) (x float64, ok bool) {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.Abs(x) > 1_000_000 || strings.ContainsAny(s, "eExXpPnNiI_+") {
		return 0, false
	}
	return x, math.Abs(x*1000-math.Round(x*1000)) < 1e-6
}

// Pattern is a term with wildcards: literal pieces, and how many letters or
// figures stand before the first, between two and behind the last.
type Pattern struct {
	Literals []string // folded, at least one
	Gaps     []Gap    // one more than Literals
}

// Gap is a number of letters or figures, from Min to Max.
type Gap struct{ Min, Max int }

const (
	// maxStar is how many letters or figures a * stands for at most; what lies
	// farther apart is for NEAR.
	maxStar = 10
	// maxWild bounds the wildcards of one term.
	maxWild = 8
)

// wild reads a term with wildcards.
func (p *parser) wild(t lexeme) *Node {
	pattern := Pattern{Gaps: []Gap{{}}}
	var literal []rune
	put := func() {
		if s := fold.String(string(literal)); s != "" {
			pattern.Literals, pattern.Gaps = append(pattern.Literals, s), append(pattern.Gaps, Gap{})
		}
		literal = literal[:0]
	}
	wildcards := 0
	for _, r := range t.text {
		if r != '*' && r != '?' {
			literal = append(literal, r)
			continue
		}
		put()
		wildcards++
		gap := &pattern.Gaps[len(pattern.Gaps)-1]
		if r == '?' {
			gap.Min++
			gap.Max++
		} else {
			gap.Max += maxStar
		}
	}
	put()
	switch {
	case !slices.ContainsFunc(pattern.Literals, lettered):
		return p.fail(t.pos, "rule.only_wildcards", t.text)
	case utf8.RuneCountInString(t.text) > MaxTerm:
		return p.fail(t.pos, "rule.long_term", MaxTerm)
	case wildcards > maxWild:
		return p.fail(t.pos, "rule.many_wildcards", t.text, maxWild)
	}
	return p.node(Node{Kind: Wild, Pos: t.pos, Text: t.text, Parts: pattern})
}

func lettered(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsSpace(r) })
}

// time reads hour:22-6 (from ten in the evening to six in the morning) or
// weekday:6-7 (Monday is 1), both in the office's zone.
func (p *parser) time(field string, t lexeme, v string) *Node {
	first, second, isRange := strings.Cut(v, "-")
	from, ok := clock(field, first)
	to := from
	switch {
	case isRange:
		var fine bool
		to, fine = clock(field, second)
		ok = ok && fine
	case field == "hour":
		to++
	}
	if !ok || field == "hour" && (from == to || from == 24) {
		return p.fail(t.pos, "rule.bad_"+field, t.text)
	}
	return p.node(Node{Kind: Time, Pos: t.pos, Name: field, N: from, Upto: to})
}

// clock reads an hour (0 to 24) or a day of the week: 6, 周六, 星期六, sat.
func clock(field, s string) (n int, ok bool) {
	if n, err := strconv.Atoi(s); err == nil && s[0] != '+' {
		if field == "hour" {
			return n, n >= 0 && n <= 24
		}
		return n, n >= 1 && n <= 7
	}
	if field != "weekday" {
		return 0, false
	}
	for _, prefix := range []string{"周", "星期", "礼拜"} {
		if day, found := strings.CutPrefix(s, prefix); found {
			at := slices.Index([]string{"一", "二", "三", "四", "五", "六", "日", "天"}, day)
			return min(at+1, 7), at >= 0
		}
	}
	at := slices.Index([]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, s)
	return at + 1, at >= 0
}

// Compares reports that a count of the post is as the condition asks.
func (n *Node) Compares(value int64) bool {
	want := int64(n.N)
	switch n.Op {
	case ">=":
		return value >= want
	case ">":
		return value > want
	case "<=":
		return value <= want
	case "<":
		return value < want
	}
	return value == want
}

// Within reports that an hour or a day of the week is one that the condition
// names.
func (n *Node) Within(value int) bool {
	upto := n.Upto
	if n.Name == "weekday" {
		upto++
	}
	if n.N < upto {
		return n.N <= value && value < upto
	}
	return value >= n.N || value < upto
}
