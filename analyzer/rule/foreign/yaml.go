package foreign

import (
	"strings"
	"unicode/utf8"
)

// maxLine is where long expressions are broken, in characters.
const maxLine = 100

// YAML writes a rules file: a list under rules with id, name and when. Long
// expressions are folded over lines between their words.
func YAML(rules []Rule) []byte {
	var b strings.Builder
	if len(rules) == 0 {
		return []byte("rules: []\n")
	}
	b.WriteString("rules:\n")
	for _, r := range rules {
		b.WriteString("  - id: " + r.ID + "\n    name: " + quoted(r.Name) + "\n    when: ")
		lines := broken(r.When)
		if len(lines) == 1 {
			b.WriteString(quoted(r.When) + "\n")
			continue
		}
		b.WriteString(">-\n")
		for _, line := range lines {
			b.WriteString("      " + line + "\n")
		}
	}
	return []byte(b.String())
}

// quoted writes a text of one line as YAML, whatever it holds.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// broken cuts an expression at single spaces outside of quotes, each of which a
// folded scalar gives back for the end of a line.
func broken(s string) []string {
	var lines []string
	for utf8.RuneCountInString(s) > maxLine {
		at := breakAt(s)
		if at < 0 {
			break
		}
		lines = append(lines, s[:at])
		s = s[at+1:]
	}
	return append(lines, s)
}

// breakAt is the last place to break within a line, or the first beyond; -1
// when there is none.
func breakAt(s string) int {
	at, seen, inside := -1, 0, false
	for i, r := range s {
		if seen > maxLine && at >= 0 {
			break
		}
		seen++
		switch {
		case r == '"' && (i == 0 || s[i-1] != '\\'):
			inside = !inside
		case r == ' ' && !inside && i > 0 && s[i-1] != ' ' && i+1 < len(s) && s[i+1] != ' ':
			at = i
		}
	}
	return at
}
