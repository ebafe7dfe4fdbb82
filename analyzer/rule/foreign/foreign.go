// Package foreign makes rules of ours of the keyword rules of other systems.
// Its folders read them, one a system, into trees of nodes; the package keeps of
// a tree what our language can say, writes the expression, tells what became of
// the rest, and writes the rules as a file.
//
// It refuses to lose anything silently. What our language cannot express is
// left out with a note that says whether the rule now catches more or less;
// where a part is read in one of several ways the note says which; a rule of
// which nothing to look for is left is left out and told. Every expression that
// comes out is accepted by the language (lang.Parse without sets).
package foreign

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"huiying"
	"huiying/analyzer/rule/lang"
)

// Result is what came of a file.
type Result struct {
	Rules []Rule
	// Problems are about the file as a whole or about rules that did not come
	// out, in the order of the file.
	Problems []Note
}

// Rule is a translated rule.
type Rule struct {
	ID     string // import-1, import-2 … in the order of the file
	Name   string // its name there, else what it looks for, shortened; one line
	When   string // the expression in our language, one line
	Source string // the rule as it was written
	Line   int    // of its first line, from 1
	Notes  []Note // what became of its parts, in the order of the file
}

// Note is something to tell people: a sentence of the catalogue with its
// arguments, which may be huiying.Errors that are sentences themselves. Line
// and Column count from 1, columns in characters.
type Note struct {
	Line, Column int
	Key          string
	Args         []any
}

// Place is where something stands in the file.
type Place struct{ Line, Column int }

// Note is something to tell of the place.
func (p Place) Note(key string, args ...any) Note {
	return Note{Line: p.Line, Column: p.Column, Key: key, Args: args}
}

// Once adds a note unless the same was told of another place.
func Once(notes []Note, n Note) []Note {
	if slices.ContainsFunc(notes, func(m Note) bool { return m.Key == n.Key && slices.Equal(m.Args, n.Args) }) {
		return notes
	}
	return append(notes, n)
}

// SortNotes puts notes into the order of the file.
func SortNotes(notes []Note) {
	slices.SortStableFunc(notes, func(a, b Note) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// Add takes a translated rule into the result, or tells why it cannot: root is
// what is left of it, nil when nothing is.
func (res *Result) Add(r Rule, root *Node, notes []Note) {
	at := Place{r.Line, 1}
	r.ID = "import-" + strconv.Itoa(len(res.Rules)+1)
	r.Name = cmp.Or(r.Name, r.ID)
	switch {
	case root == nil:
		notes = append(notes, at.Note("rule.import_nothing_left", r.Name))
	case onlyNot(root):
		notes = append(notes, at.Note("rule.import_only_not", r.Name))
	default:
		r.When = Write(root)
		if why := refusal(r.When); why != nil {
			notes = append(notes, at.Note("rule.import_refused", r.Name, why))
			break
		}
		SortNotes(notes)
		r.Notes = notes
		res.Rules = append(res.Rules, r)
		return
	}
	res.Problems = append(res.Problems, notes...)
}

// refusal is why the language does not take an expression, nil when it does.
func refusal(when string) *huiying.Error {
	tree, problems := lang.Parse(when, nil)
	if len(problems) > 0 {
		return huiying.Errorf(huiying.Invalid, problems[0].Key, problems[0].Args...)
	}
	if _, ok := lang.Normalise(tree); !ok {
		return huiying.Errorf(huiying.Invalid, "rule.too_spread")
	}
	return nil
}

// Decode cuts a file into lines with every line end known to Python's text
// mode. Control characters and odd spaces become spaces, one for one, so that
// columns stay. What is no UTF-8 is refused.
func Decode(data []byte) (lines []string, problem *Note) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(data))
	lines = strings.Split(text, "\n")
	for i, line := range lines {
		column := 1
		for at, r := range line {
			_, size := utf8.DecodeRuneInString(line[at:])
			key := ""
			switch {
			case r == utf8.RuneError && size == 1:
				key = "rule.not_utf8"
			case r == 0:
				key = "rule.nul"
			}
			if key != "" {
				n := Place{i + 1, column}.Note(key)
				return nil, &n
			}
			column++
		}
		lines[i] = strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || unicode.IsControl(r) {
				return ' '
			}
			return r
		}, line)
	}
	return lines, nil
}

// Longest names and longest quotations in notes, in characters.
const (
	MaxName  = 40
	MaxQuote = 60
)

// Shorten writes a text in one line of at most n characters that can be seen.
func Shorten(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	runes := []rune(strings.Join(strings.Fields(s), " "))
	if len(runes) > n {
		return strings.TrimSpace(string(runes[:n-1])) + "…"
	}
	return string(runes)
}
