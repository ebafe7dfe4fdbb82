package reply

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"huiying"
)

// Sensitive is a word that an author should think twice about, with the reason
// it is on the list.
type Sensitive struct {
	Word   string   `yaml:"word"`
	Why    string   `yaml:"why"`
	Except []string `yaml:"except"` // longer strings around it that are harmless
}

// Reasons why a word is on the list: it turns the citizen away, promises what
// nobody can keep, treats the citizen as an adversary, blames before anything is
// established, says nothing, or is the office's own.
func Reasons() []string {
	return []string{"dismissive", "absolute", "hostile", "blame", "hollow", "own"}
}

//go:embed sensitive.yaml
var builtin []byte

// Builtin is the embedded list. That it is sound is a test's business, so one
// that is not is a programmer's error.
func Builtin() []Sensitive {
	list, err := Parse("sensitive.yaml", builtin)
	if err != nil {
		panic(fmt.Sprintf("reply: the built-in list: %v", err))
	}
	return list
}

// Parse reads a list in YAML: sensitive, each with word, why (own when none is
// given) and except.
func Parse(file string, raw []byte) ([]Sensitive, error) {
	var list struct {
		Sensitive []Sensitive `yaml:"sensitive"`
	}
	if err := yaml.UnmarshalWithOptions(raw, &list, yaml.Strict()); err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "reply.words_unreadable", file, err)
	}
	return list.Sensitive, Check(file, list.Sensitive)
}

// Check completes the entries of a list, and tells the first that is no rule.
func Check(file string, list []Sensitive) error {
	for i := range list {
		s := &list[i]
		if s.Why == "" {
			s.Why = "own"
		}
		holds := func(e string) bool { return strings.Contains(e, s.Word) && e != s.Word }
		fits := !slices.ContainsFunc(s.Except, func(e string) bool { return !holds(e) })
		if utf8.RuneCountInString(s.Word) < 2 || !slices.Contains(Reasons(), s.Why) || !fits {
			return huiying.Errorf(huiying.Invalid, "reply.bad_word", file, s.Word, strings.Join(Reasons(), ", "))
		}
	}
	return nil
}

// sensitives finds words by their first rune.
type sensitives map[rune][]Sensitive

func newSensitives(list []Sensitive) sensitives {
	last := map[string]Sensitive{} // a later one replaces an earlier one
	for _, s := range list {
		last[s.Word] = s
	}
	out := sensitives{}
	for _, s := range last {
		first, _ := utf8.DecodeRuneInString(s.Word)
		out[first] = append(out[first], s)
	}
	return out
}

// hit is a word in a text.
type hit struct {
	Sensitive
	Span
}

// find gives the first place of every word, in order.
func (l sensitives) find(text string) []hit {
	var out []hit
	seen := map[string]bool{}
	runes := 0
	for i, r := range text {
		for _, s := range l[r] {
			if !seen[s.Word] && strings.HasPrefix(text[i:], s.Word) && !excepted(text, i, s) {
				seen[s.Word] = true
				out = append(out, hit{s, Span{runes, runes + utf8.RuneCountInString(s.Word)}})
			}
		}
		runes++
	}
	slices.SortFunc(out, func(a, b hit) int {
		if a.Start != b.Start {
			return a.Start - b.Start
		}
		return strings.Compare(a.Word, b.Word)
	})
	return out
}

// excepted reports whether the word at i is part of something harmless, wherever
// in it.
func excepted(text string, i int, s Sensitive) bool {
	return slices.ContainsFunc(s.Except, func(e string) bool {
		for at := strings.Index(e, s.Word); at >= 0; {
			if begin := i - at; begin >= 0 && strings.HasPrefix(text[begin:], e) {
				return true
			}
			next := strings.Index(e[at+1:], s.Word)
			if next < 0 {
				break
			}
			at += 1 + next
		}
		return false
	})
}

// Find gives the words of a list that stand in a text, in order.
func Find(list []Sensitive, text string) []Sensitive {
	var out []Sensitive
	for _, h := range newSensitives(list).find(text) {
		out = append(out, h.Sensitive)
	}
	return out
}
