// Package wording finds mistakes of wording in the text of a page by a list:
// wrong words, what is right, and where a wrong word is part of something
// right. It corrects nothing and knows no grammar.
package wording

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"huiying"
)

// Levels of a mistake.
const (
	Serious = "serious" // 严重表述错误
	Common  = "common"
)

// Word is one mistake. Except are longer strings around it that are right.
type Word struct {
	Wrong  string   `yaml:"wrong" json:"wrong"`
	Right  string   `yaml:"right" json:"right"`
	Level  string   `yaml:"level" json:"level"`
	Except []string `yaml:"except" json:"except"`
}

//go:embed words.yaml
var builtin []byte

// Builtin reads the embedded list; that it is sound is a test's business, so
// one that is not is a programmer's error.
func Builtin() []Word {
	words, err := Parse("words.yaml", builtin)
	if err != nil {
		panic(fmt.Sprintf("patrol/wording: the built-in list: %v", err))
	}
	return words
}

// Parse reads a list in YAML: words, each with wrong, right, level (common
// when none is given) and except.
func Parse(file string, raw []byte) ([]Word, error) {
	var list struct {
		Words []Word `yaml:"words"`
	}
	if err := yaml.UnmarshalWithOptions(raw, &list, yaml.Strict()); err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "patrol.words_unreadable", file, err)
	}
	if bad := Bad(list.Words); bad != "" {
		return nil, huiying.Errorf(huiying.Invalid, "patrol.bad_word", file, bad)
	}
	return list.Words, nil
}

// Bad names the first word that is no rule: of one character, without a
// correction, corrected to itself, of an unknown level, or with an exception
// that does not hold it. "" is none.
func Bad(words []Word) string {
	for _, w := range words {
		fits := !slices.ContainsFunc(w.Except, func(e string) bool { return !strings.Contains(e, w.Wrong) || e == w.Wrong })
		known := w.Level == "" || w.Level == Serious || w.Level == Common
		if utf8.RuneCountInString(w.Wrong) < 2 || w.Right == "" || w.Right == w.Wrong || !fits || !known {
			return cmp.Or(w.Wrong, "?")
		}
	}
	return ""
}

// List finds words. It is safe for concurrent use.
type List struct {
	byFirst map[rune][]Word
}

// New makes a list; a later word replaces an earlier one that is spelled
// alike. A word whose correction holds it ("政府" → "市政府") is not found where
// the correction stands.
func New(words ...Word) List {
	last := map[string]Word{}
	for _, w := range words {
		last[w.Wrong] = w
	}
	l := List{byFirst: map[rune][]Word{}}
	for _, w := range last {
		if w.Level == "" {
			w.Level = Common
		}
		if strings.Contains(w.Right, w.Wrong) {
			w.Except = append(slices.Clone(w.Except), w.Right)
		}
		first, _ := utf8.DecodeRuneInString(w.Wrong)
		l.byFirst[first] = append(l.byFirst[first], w)
	}
	return l
}

// Hit is a mistake in a text.
type Hit struct {
	Word
	Start   int // byte offset
	Excerpt string
}

// around is how many characters of the text an excerpt shows on either side.
const around = 12

// Find gives the first place of every wrong word in the text, in order.
func (l List) Find(text string) []Hit {
	var out []Hit
	found := map[string]bool{}
	for i, r := range text {
		for _, w := range l.byFirst[r] {
			if !found[w.Wrong] && strings.HasPrefix(text[i:], w.Wrong) && !excepted(text, i, w) {
				found[w.Wrong] = true
				out = append(out, Hit{Word: w, Start: i, Excerpt: excerpt(text, i, i+len(w.Wrong))})
			}
		}
	}
	slices.SortFunc(out, func(a, b Hit) int {
		if a.Start != b.Start {
			return a.Start - b.Start
		}
		return strings.Compare(a.Wrong, b.Wrong)
	})
	return out
}

// excepted reports whether the word at i is part of something right.
func excepted(text string, i int, w Word) bool {
	for _, e := range w.Except {
		for off := 0; ; {
			at := strings.Index(e[off:], w.Wrong)
			if at < 0 {
				break
			}
			if begin := i - off - at; begin >= 0 && strings.HasPrefix(text[begin:], e) {
				return true
			}
			off += at + 1
		}
	}
	return false
}

func excerpt(text string, start, end int) string {
	for range around {
		if start == 0 {
			break
		}
		_, n := utf8.DecodeLastRuneInString(text[:start])
		start -= n
	}
	for range around {
		if end == len(text) {
			break
		}
		_, n := utf8.DecodeRuneInString(text[end:])
		end += n
	}
	return strings.ReplaceAll(text[start:end], "\n", " ")
}
