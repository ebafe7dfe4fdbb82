package foreign

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"huiying"
	"huiying/analyzer/fold"
)

// Kind says what a node is.
type Kind int

// The kinds, with what a node of them has.
const (
	Lost    Kind = iota // text as it was written, why: cannot be carried over
	Term                // text, word
	Regex               // text: RE2
	And                 // kids
	Or                  // kids
	Not                 // one kid
	Near                // two kids, n tokens, ordered
	Field               // name, one kid
	Meta                // name, text
	Count               // name, op, n
	AtLeast             // n, one kid
	Except              // two kids: places of the first without one of the second
)

// Node is one part of a rule on its way into our language.
type Node struct {
	Kind    Kind
	At      Place
	Text    string
	Name    string
	Op      string
	N       int
	Word    bool
	Ordered bool
	why     *huiying.Error
	Kids    []*Node
}

// Join makes one node of several operands; nil ones are none.
func Join(k Kind, at Place, kids ...*Node) *Node {
	out := &Node{Kind: k, At: at}
	for _, kid := range kids {
		if kid != nil {
			out.Kids = append(out.Kids, kid)
		}
	}
	switch len(out.Kids) {
	case 0:
		return nil
	case 1:
		return out.Kids[0]
	}
	return out
}

// Chain puts each part as near to the one before it as link says.
func Chain(link Node, parts []*Node) *Node {
	out := parts[0]
	for _, part := range parts[1:] {
		next := link
		next.Kind, next.Kids = Near, []*Node{out, part}
		out = &next
	}
	return out
}

// onlyNot reports whether a rule says only what must not be there.
func onlyNot(n *Node) bool {
	switch n.Kind {
	case Not:
		return true
	case And, Or:
		return !slices.ContainsFunc(n.Kids, func(k *Node) bool { return !onlyNot(k) })
	}
	return false
}

// Located reports whether a node has places in the text by itself, as the
// language asks of what atleast counts.
func Located(n *Node) bool {
	switch n.Kind {
	case Term, Regex, Near, Except:
		return true
	case Or, Field, AtLeast:
		return !slices.ContainsFunc(n.Kids, func(k *Node) bool { return !Located(k) })
	}
	return false
}

// placed reports whether a node may be an operand of NEAR, which the language
// spreads over AND and NOT.
func placed(n *Node) bool {
	switch n.Kind {
	case And:
		found := false
		for _, k := range n.Kids {
			inner := k
			if k.Kind == Not {
				inner = k.Kids[0]
			}
			if !placed(inner) {
				return false
			}
			found = found || k.Kind != Not
		}
		return found
	case Or, Field:
		return !slices.ContainsFunc(n.Kids, func(k *Node) bool { return !placed(k) })
	}
	return Located(n)
}

// How tightly kinds bind when they are written.
const (
	looseOr = iota
	looseAnd
	looseNear
	tight
)

func binding(n *Node) int {
	switch n.Kind {
	case Or:
		return looseOr
	case And, Not:
		return looseAnd
	case Near, Except:
		return looseNear
	}
	return tight
}

// Write gives the expression of a node, with the brackets it needs.
func Write(n *Node) string {
	switch n.Kind {
	case Lost:
		return n.Text
	case And:
		return writeAnd(n)
	case Or:
		parts := make([]string, len(n.Kids))
		for i, k := range n.Kids {
			parts[i] = clearly(k, looseOr)
			if k.Kind == And {
				parts[i] = "(" + Write(k) + ")"
			}
		}
		return strings.Join(parts, " OR ")
	case Not:
		return "NOT " + operand(n.Kids[0], tight)
	case Near:
		return writeNear(n)
	case Except:
		return clearly(n.Kids[0], tight) + " EXCEPT " + operand(n.Kids[1], tight)
	case Field:
		return n.Name + ":(" + Write(n.Kids[0]) + ")"
	case Meta:
		return n.Name + ":" + quote(n.Text)
	case Count:
		return n.Name + n.Op + strconv.Itoa(n.N)
	case AtLeast:
		return "atleast(" + strconv.Itoa(n.N) + ", " + Write(n.Kids[0]) + ")"
	case Regex:
		return "/" + strings.NewReplacer("/", `\/`, "／", `\x{FF0F}`).Replace(n.Text) + "/"
	}
	if n.Word {
		return "word(" + quote(n.Text) + ")"
	}
	return quote(n.Text)
}

func writeNear(n *Node) string {
	op := " NEAR/"
	if n.Ordered {
		op = " ONEAR/"
	}
	left := operand(n.Kids[0], looseNear)
	if n.Kids[0].Kind == Except {
		left = clearly(n.Kids[0], tight)
	}
	return left + op + strconv.Itoa(n.N) + "t " + operand(n.Kids[1], tight)
}

func writeAnd(n *Node) string {
	var b strings.Builder
	for i, k := range n.Kids {
		switch {
		case k.Kind == Not && i > 0:
			b.WriteString(" " + Write(k))
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
func clearly(n *Node, least int) string {
	if n.Kind == Near || n.Kind == Except {
		return "(" + Write(n) + ")"
	}
	return operand(n, least)
}

// operand writes a node in brackets unless it binds at least so tightly.
func operand(n *Node, least int) string {
	if binding(n) < least {
		return "(" + Write(n) + ")"
	}
	return Write(n)
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

// Checked gives a leaf if the language takes it, else what was lost and why.
func Checked(n *Node, written string) *Node {
	if why := refusal(Write(n)); why != nil {
		return &Node{Kind: Lost, At: n.At, Text: written, why: why}
	}
	return n
}

// Lose makes a node that cannot be carried over.
func Lose(at Place, written, key string, args ...any) *Node {
	return &Node{Kind: Lost, At: at, Text: written, why: huiying.Errorf(huiying.Invalid, key, args...)}
}
