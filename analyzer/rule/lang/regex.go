package lang

import (
	"regexp"
	"regexp/syntax"
	"unicode"
	"unicode/utf8"

	"huiying/analyzer/fold"
)

// maxPattern bounds a pattern, in runes.
const maxPattern = 1000

// maxFolded is the longest range of a character class that is folded rune by
// rune; longer ones (negations, whole blocks) are left as they are.
const maxFolded = 512

// regex makes a pattern that matches folded text: its letters are folded too.
// A pattern RE2 does not understand, or that matches the empty text, is
// refused, never taken as literal text.
func (p *parser) regex(t lexeme) *Node {
	n := p.node(Node{Kind: Regex, Pos: t.pos, Text: t.text})
	if n == nil {
		return nil
	}
	if t.text == "" || utf8.RuneCountInString(t.text) > maxPattern {
		p.fail(t.pos, "rule.regex_length", maxPattern)
		return n // and on: there may be more to tell
	}
	tree, err := syntax.Parse(t.text, syntax.Perl|syntax.FoldCase)
	if err == nil {
		foldTree(tree)
		n.Re, err = regexp.Compile(tree.String())
	}
	switch {
	case err != nil:
		p.fail(t.pos, "rule.bad_regex", t.text, err.Error())
	case n.Re.MatchString(""):
		p.fail(t.pos, "rule.empty_regex", t.text)
	default:
		n.Gates = gates(tree)
	}
	return n
}

// foldTree folds the literals and small classes of a pattern in place.
func foldTree(re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		if folded := fold.New(string(re.Rune)).Runes; len(folded) > 0 {
			re.Rune = folded
		}
	case syntax.OpCharClass:
		if n := len(re.Rune); n > 0 && re.Rune[n-1] == unicode.MaxRune {
			break // "anything but": what folds to a letter it leaves out must not let that in
		}
		for i, n := 0, len(re.Rune); i+1 < n; i += 2 {
			low, high := re.Rune[i], re.Rune[i+1]
			if high-low > maxFolded {
				continue
			}
			for r := low; r <= high; r++ {
				for _, f := range fold.New(string(r)).Runes {
					if f != r {
						re.Rune = append(re.Rune, f, f)
					}
				}
			}
		}
	}
	for _, sub := range re.Sub {
		foldTree(sub)
	}
}

// gates finds strings one of which every match holds, so that the pattern is
// tried only where the automaton has met one. nil when there are none.
func gates(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		if len(re.Rune) >= 2 {
			return []string{fold.String(string(re.Rune))}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return gates(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return gates(re.Sub[0])
		}
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if g := gates(sub); g != nil && (best == nil || len(g) < len(best)) {
				best = g
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			g := gates(sub)
			if g == nil {
				return nil
			}
			all = append(all, g...)
		}
		return all
	}
	return nil
}
