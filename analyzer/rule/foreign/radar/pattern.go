package radar

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"huiying/analyzer/rule/foreign"
)

// patternOf translates a Python pattern of TrendRadar. RE2 decides what can be
// carried over; before, what RE2 only writes otherwise is rewritten:
// \uXXXX, \Z, and looking around at the ends of a pattern, which the
// documentation of TrendRadar recommends for Latin words.
func patternOf(l line, body string) (n *foreign.Node, notes []foreign.Note) {
	n = foreign.Checked(&foreign.Node{Kind: foreign.Regex, At: l.at, Text: around(respell(body))}, l.written)
	if n.Kind == foreign.Regex && asciiHere.MatchString(body) {
		notes = append(notes, l.at.Note("rule.import_regex_ascii", foreign.Shorten(l.written, foreign.MaxQuote)))
	}
	return n, notes
}

var (
	// asciiHere finds the classes that know Chinese in Python and ASCII in RE2.
	asciiHere = regexp.MustCompile(`(^|[^\\])(\\\\)*\\[bBwW]`)
	unicode4  = regexp.MustCompile(`^u([0-9A-Fa-f]{4})`)
	unicode8  = regexp.MustCompile(`^U00([0-9A-Fa-f]{6})`)
	// single is a class, an escaped class or one character.
	single = regexp.MustCompile(`^(?:\[\^?(?:\\.|[^\]\\])+\]|\\[wdsWDS]|[^\\()\[\]{}.*+?^$|])$`)
)

// respell writes escapes that RE2 spells otherwise.
func respell(body string) string {
	var b strings.Builder
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' || i+1 == len(body) {
			b.WriteByte(body[i])
			continue
		}
		rest := body[i+1:]
		i++
		switch {
		case rest[0] == '/' || rest[0] >= utf8.RuneSelf: // Python takes \中 for 中
			b.WriteByte(rest[0])
		case rest[0] == 'Z':
			b.WriteString(`\z`)
		case unicode4.MatchString(rest):
			b.WriteString(`\x{` + rest[1:5] + `}`)
			i += 4
		case unicode8.MatchString(rest):
			b.WriteString(`\x{` + rest[3:9] + `}`)
			i += 8
		default:
			b.WriteString(`\` + rest[:1])
		}
	}
	return b.String()
}

// around rewrites looking behind at the start and ahead at the end of each
// alternative into matching: whether a pattern is met stays the same, only
// the place grows by a character.
func around(body string) string {
	alternatives, ok := split(body)
	if !ok {
		return body
	}
	for i, a := range alternatives {
		alternatives[i] = ahead(behind(a))
	}
	return strings.Join(alternatives, "|")
}

func behind(a string) string {
	switch {
	case !strings.HasPrefix(a, "(?<!") && !strings.HasPrefix(a, "(?<="):
		return a
	case closing(a, 0) < 0:
		return a
	}
	end := closing(a, 0)
	inside, rest := a[4:end], a[end+1:]
	if a[3] == '=' {
		return "(?:" + inside + ")" + rest
	}
	if !single.MatchString(inside) {
		return a
	}
	return "(?:^|" + opposite(inside) + ")" + rest
}

func ahead(a string) string {
	for i := 0; i < len(a); i++ {
		switch a[i] {
		case '\\':
			i++
			continue
		case '[':
			i = classEnd(a, i)
			continue
		case '(':
		default:
			continue
		}
		end := closing(a, i)
		if end < 0 {
			return a
		}
		if end == len(a)-1 && i+3 <= end {
			inside := a[i+3 : end]
			switch {
			case strings.HasPrefix(a[i:], "(?="):
				return a[:i] + "(?:" + inside + ")"
			case strings.HasPrefix(a[i:], "(?!") && single.MatchString(inside):
				return a[:i] + "(?:" + opposite(inside) + "|$)"
			}
		}
		i = end
	}
	return a
}

// opposite is the class of all other characters.
func opposite(one string) string {
	switch {
	case strings.HasPrefix(one, "[^"):
		return "[" + one[2:]
	case strings.HasPrefix(one, "["):
		return "[^" + one[1:]
	case len(one) == 2 && one[0] == '\\':
		return `\` + string(one[1]^0x20) // \w and \W
	}
	return "[^" + one + "]"
}

// split cuts a pattern into its alternatives at the top; ok is false when its
// brackets do not pair.
func split(body string) (alternatives []string, ok bool) {
	from := 0
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '\\':
			i++
		case '[':
			i = classEnd(body, i)
		case '(':
			end := closing(body, i)
			if end < 0 {
				return nil, false
			}
			i = end
		case '|':
			alternatives = append(alternatives, body[from:i])
			from = i + 1
		}
	}
	return append(alternatives, body[from:]), true
}

// closing is where the bracket opened at i is closed, -1 when it is not.
func closing(s string, i int) int {
	depth := 0
	for ; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '[':
			i = classEnd(s, i)
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// classEnd is where the class opened at i ends; a ] right after the opening
// stands for itself.
func classEnd(s string, i int) int {
	j := i + 1
	if j < len(s) && s[j] == '^' {
		j++
	}
	if j < len(s) && s[j] == ']' {
		j++
	}
	for ; j < len(s); j++ {
		switch s[j] {
		case '\\':
			j++
		case ']':
			return j
		}
	}
	return len(s)
}
