package lang

import (
	"strconv"
	"strings"
	"unicode"
)

// String writes the node as an expression that parses to the same meaning.
func (n *Node) String() string {
	switch n.Kind {
	case Term, Set, Regex, Wild:
		return n.leaf()
	case Not:
		return "NOT " + n.Kids[0].operand()
	case And:
		return n.join(" AND ")
	case Or:
		return n.join(" OR ")
	case Near:
		op := "NEAR/"
		if n.Ordered {
			op = "ONEAR/"
		}
		op += strconv.Itoa(n.N)
		if n.Tokens {
			op += "t"
		}
		return n.join(" " + op + " ")
	case Except:
		return n.join(" EXCEPT ")
	case Score:
		return n.score()
	case Time:
		return n.Name + ":" + n.span()
	case Sentence, Paragraph:
		name := "sentence("
		if n.Kind == Paragraph {
			name = "paragraph("
		}
		parts := make([]string, len(n.Kids))
		for i, k := range n.Kids {
			parts[i] = k.String()
		}
		return name + strings.Join(parts, ", ") + ")"
	case AtLeast:
		return "atleast(" + strconv.Itoa(n.N) + ", " + n.Kids[0].String() + ")"
	case Field:
		return n.Name + ":(" + n.Kids[0].String() + ")"
	case Meta:
		return n.Name + ":" + quote(n.Text, false)
	}
	return n.Name + n.Op + strconv.Itoa(n.N) // Count
}

// score writes a score.
func (n *Node) score() string {
	parts := []string{"score(" + number(n.Least)}
	for i, k := range n.Kids {
		item := k.String()
		if w := n.Weights[i]; w != 1 {
			item = k.operand() + "^" + number(w)
		}
		parts = append(parts, item)
	}
	return strings.Join(parts, ", ") + ")"
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// span writes hours or days of the week.
func (n *Node) span() string {
	from := strconv.Itoa(n.N)
	if n.Name == "hour" && n.Upto == n.N+1 || n.Name == "weekday" && n.Upto == n.N {
		return from
	}
	return from + "-" + strconv.Itoa(n.Upto)
}

func (n *Node) leaf() string {
	var s string
	switch {
	case n.Kind == Wild:
		s = n.Text
	case n.Kind == Regex:
		s = "/" + strings.ReplaceAll(n.Text, "/", `\/`) + "/"
	case n.Kind == Set:
		s = "set(" + quote(n.Name, false) + ")"
	default:
		s = quote(n.Text, n.Quoted)
	}
	if n.Word {
		s = "word(" + s + ")"
	}
	if n.In != "" {
		s = n.In + ":(" + s + ")"
	}
	return s
}

func (n *Node) join(op string) string {
	parts := make([]string, len(n.Kids))
	for i, k := range n.Kids {
		parts[i] = k.operand()
	}
	return strings.Join(parts, op)
}

// operand writes a node inside another one, in brackets where it needs them.
func (n *Node) operand() string {
	switch n.Kind {
	case And, Or, Near, Not, Except:
		return "(" + n.String() + ")"
	}
	return n.String()
}

// quote writes a term in quotes where it would be read otherwise.
func quote(s string, always bool) string {
	plain := !always && operator(lexeme{kind: word, text: s}) == "" && s != "NEAR" && s != "ONEAR" && !strings.ContainsAny(s, "*?^")
	for i, r := range s {
		if unicode.IsSpace(r) || strings.ContainsRune("()（）,，:：#＃\"“”＂<>=≥≤＜＞＝", r) || i == 0 && strings.ContainsRune("/／&|!", r) {
			plain = false
		}
	}
	switch strings.ToUpper(s) {
	case "AND", "OR", "NOT":
		plain = false
	}
	if plain {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
