package lang

import (
	"strconv"
	"strings"
	"unicode"
)

// String writes the node as an expression that parses to the same meaning, in
// one way however it was written: expressions that say the same word for word
// give the same string.
func (n *Node) String() string { return form{}.node(n) }

// Written is String with terms as they were written and no more brackets than
// reading needs: for people.
func (n *Node) Written() string { return form{written: true}.node(n) }

// form is a way to write.
type form struct{ written bool }

func (f form) node(n *Node) string {
	switch n.Kind {
	case Term, Set, Regex, Wild:
		return f.leaf(n)
	case Not:
		return "NOT " + f.operand(n.Kids[0])
	case And:
		return f.and(n)
	case Or:
		return f.join(n, " OR ")
	case Near:
		op := "NEAR/"
		if n.Ordered {
			op = "ONEAR/"
		}
		op += strconv.Itoa(n.N)
		if n.Tokens {
			op += "t"
		}
		return f.join(n, " "+op+" ")
	case Except:
		return f.join(n, " EXCEPT ")
	case Score:
		return f.score(n)
	case Time:
		return n.Name + ":" + n.span()
	case Sentence, Paragraph:
		name := "sentence("
		if n.Kind == Paragraph {
			name = "paragraph("
		}
		parts := make([]string, len(n.Kids))
		for i, k := range n.Kids {
			parts[i] = f.node(k)
		}
		return name + strings.Join(parts, ", ") + ")"
	case AtLeast:
		return "atleast(" + strconv.Itoa(n.N) + ", " + f.node(n.Kids[0]) + ")"
	case Field:
		return n.Name + ":(" + f.node(n.Kids[0]) + ")"
	case Meta:
		return n.Name + ":" + quote(f.text(n), false)
	}
	return n.Name + n.Op + strconv.Itoa(n.N) // Count
}

// text is a term or value as it was written, or folded.
func (f form) text(n *Node) string {
	if f.written && n.Raw != "" {
		return n.Raw
	}
	return n.Text
}

// and writes A AND B; for people A NOT B.
func (f form) and(n *Node) string {
	if !f.written {
		return f.join(n, " AND ")
	}
	var b strings.Builder
	for i, k := range n.Kids {
		switch {
		case k.Kind == Not && i > 0:
			b.WriteString(" " + f.node(k))
		case k.Kind == Not:
			b.WriteString(f.node(k))
		case i > 0:
			b.WriteString(" AND " + f.operand(k))
		default:
			b.WriteString(f.operand(k))
		}
	}
	return b.String()
}

// score writes a score.
func (f form) score(n *Node) string {
	parts := []string{"score(" + number(n.Least)}
	for i, k := range n.Kids {
		item := f.node(k)
		if w := n.Weights[i]; w != 1 {
			item = f.operand(k) + "^" + number(w)
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

func (f form) leaf(n *Node) string {
	var s string
	switch {
	case n.Kind == Wild:
		s = n.Text
	case n.Kind == Regex:
		s = "/" + strings.ReplaceAll(n.Text, "/", `\/`) + "/"
	case n.Kind == Set:
		s = "set(" + quote(n.Name, false) + ")"
	default:
		s = quote(f.text(n), n.Quoted)
	}
	if n.Word {
		s = "word(" + s + ")"
	}
	if n.In != "" {
		s = n.In + ":(" + s + ")"
	}
	return s
}

func (f form) join(n *Node, op string) string {
	parts := make([]string, len(n.Kids))
	for i, k := range n.Kids {
		parts[i] = f.operand(k)
	}
	return strings.Join(parts, op)
}

// operand writes a node inside another one, in brackets where it needs them.
func (f form) operand(n *Node) string {
	switch n.Kind {
	case And, Or, Near, Not, Except:
		return "(" + f.node(n) + ")"
	}
	return f.node(n)
}

// quote writes a term in quotes where it would be read otherwise.
func quote(s string, always bool) string {
	plain := !always && operator(lexeme{kind: word, text: s}) == "" && s != "NEAR" && s != "ONEAR" && !strings.ContainsAny(s, "*?^＾")
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
