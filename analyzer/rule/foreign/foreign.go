// Package foreign translates keyword rules of other systems into ours: the
// frequency_words.txt of TrendRadar (open project sansan0/TrendRadar) and the
// search queries of Brandwatch and Meltwater.
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

// place is where something stands in the file.
type place struct{ line, column int }

func (p place) note(key string, args ...any) Note {
	return Note{Line: p.line, Column: p.column, Key: key, Args: args}
}

// once adds a note unless the same was told of another place.
func once(notes []Note, n Note) []Note {
	if slices.ContainsFunc(notes, func(m Note) bool { return m.Key == n.Key && slices.Equal(m.Args, n.Args) }) {
		return notes
	}
	return append(notes, n)
}

func sortNotes(notes []Note) {
	slices.SortStableFunc(notes, func(a, b Note) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// add takes a translated rule into the result, or tells why it cannot: root is
// what is left of it, nil when nothing is.
func (res *Result) add(r Rule, root *node, notes []Note) {
	at := place{r.Line, 1}
	r.ID = "import-" + strconv.Itoa(len(res.Rules)+1)
	r.Name = cmp.Or(r.Name, r.ID)
	switch {
	case root == nil:
		notes = append(notes, at.note("rule.import_nothing_left", r.Name))
	case onlyNot(root):
		notes = append(notes, at.note("rule.import_only_not", r.Name))
	default:
		r.When = write(root)
		if why := refusal(r.When); why != nil {
			notes = append(notes, at.note("rule.import_refused", r.Name, why))
			break
		}
		sortNotes(notes)
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

// decode cuts a file into lines with every line end known to Python's text
// mode. Control characters and odd spaces become spaces, one for one, so that
// columns stay. What is no UTF-8 is refused.
func decode(data []byte) (lines []string, problem *Note) {
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
				n := place{i + 1, column}.note(key)
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
	maxName  = 40
	maxQuote = 60
)

// shorten writes a text in one line of at most n characters that can be seen.
func shorten(s string, n int) string {
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
