package foreign

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"huiying"
	"huiying/analyzer/fold"
)

// kind says what a node is.
type kind int

const (
	lost    kind = iota // text as it was written, why: cannot be carried over
	term                // text, word
	regex               // text: RE2
	and                 // kids
	or                  // kids
	not                 // one kid
	near                // two kids, n tokens, ordered
	field               // name, one kid
	meta                // name, text
	count               // name, op, n
	atLeast             // n, one kid
	except              // two kids: places of the first without one of the second
)

// node is one part of a rule on its way into our language.
type node struct {
	kind    kind
	at      place
	text    string
	name    string
	op      string
	n       int
	word    bool
	ordered bool
	why     *huiying.Error
	kids    []*node
}

// join makes one node of several operands; nil ones are none.
func join(k kind, at place, kids ...*node) *node {
	out := &node{kind: k, at: at}
	for _, kid := range kids {
		if kid != nil {
			out.kids = append(out.kids, kid)
		}
	}
	switch len(out.kids) {
	case 0:
		return nil
	case 1:
		return out.kids[0]
	}
	return out
}

// chain puts each part as near to the one before it as link says.
func chain(link node, parts []*node) *node {
	out := parts[0]
	for _, part := range parts[1:] {
		next := link
		next.kind, next.kids = near, []*node{out, part}
		out = &next
	}
	return out
}

// onlyNot reports whether a rule says only what must not be there.
func onlyNot(n *node) bool {
	switch n.kind {
	case not:
		return true
	case and, or:
		return !slices.ContainsFunc(n.kids, func(k *node) bool { return !onlyNot(k) })
	}
	return false
}

// located reports whether a node has places in the text by itself, as the
// language asks of what atleast counts.
func located(n *node) bool {
	switch n.kind {
	case term, regex, near, except:
		return true
	case or, field, atLeast:
		return !slices.ContainsFunc(n.kids, func(k *node) bool { return !located(k) })
	}
	return false
}

// placed reports whether a node may be an operand of NEAR, which the language
// spreads over AND and NOT.
func placed(n *node) bool {
	switch n.kind {
	case and:
		found := false
		for _, k := range n.kids {
			inner := k
			if k.kind == not {
				inner = k.kids[0]
			}
			if !placed(inner) {
				return false
			}
			found = found || k.kind != not
		}
		return found
	case or, field:
		return !slices.ContainsFunc(n.kids, func(k *node) bool { return !placed(k) })
	}
	return located(n)
}

// How tightly kinds bind when they are written.
const (
	looseOr = iota
	looseAnd
	looseNear
	tight
)

func binding(n *node) int {
	switch n.kind {
	case or:
		return looseOr
	case and, not:
		return looseAnd
	case near, except:
		return looseNear
	}
	return tight
}

// write gives the expression of a node, with the brackets it needs.
func write(n *node) string {
	switch n.kind {
	case lost:
		return n.text
	case and:
		return writeAnd(n)
	case or:
		parts := make([]string, len(n.kids))
		for i, k := range n.kids {
			parts[i] = clearly(k, looseOr)
			if k.kind == and {
				parts[i] = "(" + write(k) + ")"
			}
		}
		return strings.Join(parts, " OR ")
	case not:
		return "NOT " + operand(n.kids[0], tight)
	case near:
		return writeNear(n)
	case except:
		return clearly(n.kids[0], tight) + " EXCEPT " + operand(n.kids[1], tight)
	case field:
		return n.name + ":(" + write(n.kids[0]) + ")"
	case meta:
		return n.name + ":" + quote(n.text)
	case count:
		return n.name + n.op + strconv.Itoa(n.n)
	case atLeast:
		return "atleast(" + strconv.Itoa(n.n) + ", " + write(n.kids[0]) + ")"
	case regex:
		return "/" + strings.NewReplacer("/", `\/`, "／", `\x{FF0F}`).Replace(n.text) + "/"
	}
	if n.word {
		return "word(" + quote(n.text) + ")"
	}
	return quote(n.text)
}

func writeNear(n *node) string {
	op := " NEAR/"
	if n.ordered {
		op = " ONEAR/"
	}
	left := operand(n.kids[0], looseNear)
	if n.kids[0].kind == except {
		left = clearly(n.kids[0], tight)
	}
	return left + op + strconv.Itoa(n.n) + "t " + operand(n.kids[1], tight)
}

func writeAnd(n *node) string {
	var b strings.Builder
	for i, k := range n.kids {
		switch {
		case k.kind == not && i > 0:
			b.WriteString(" " + write(k))
			continue
		case i > 0:
			b.WriteString(" AND ")
		}
		b.WriteString(clearly(k, looseAnd))
	}
	return b.String()
}

// clearly writes an operand, NEAR and EXCEPT always in brackets: people lose
// track of what binds tighter.
func clearly(n *node, least int) string {
	if n.kind == near || n.kind == except {
		return "(" + write(n) + ")"
	}
	return operand(n, least)
}

// operand writes a node in brackets unless it binds at least so tightly.
func operand(n *node, least int) string {
	if binding(n) < least {
		return "(" + write(n) + ")"
	}
	return write(n)
}

// quote writes a term, in quotes unless the language reads it as it stands
// whatever it becomes: signs may gain a meaning, letters and digits do not.
func quote(s string) string {
	plain := s != ""
	for i, r := range s {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r)
		if !letter && (i == 0 || !strings.ContainsRune("-_.+&%'", r)) {
			plain = false
		}
	}
	if plain && !slices.Contains([]string{"AND", "OR", "NOT", "NEAR", "ONEAR", "EXCEPT"}, strings.ToUpper(fold.String(s))) {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "＂", `\"`).Replace(s) + `"`
}
