package rules

import (
	"strings"
	"unicode"
)

// Compose makes an expression of three lists of words: where, about what, and
// what happens, any of each and all of the lists that are filled. Words for a
// place must stand as whole words, because 中卫 also lies in 集中卫生.
func Compose(places, about, events string) string { return compose(places, about, events, true) }

// ComposeInside is Compose with words for a place that are met inside other
// words as well.
func ComposeInside(places, about, events string) string { return compose(places, about, events, false) }

func compose(places, about, events string, whole bool) string {
	var parts []string
	for i, box := range []string{places, about, events} {
		var any []string
		for _, word := range strings.FieldsFunc(box, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",，、;；", r) }) {
			if word = term(word); i == 0 && whole {
				word = "word(" + word + ")"
			}
			any = append(any, word)
		}
		switch len(any) {
		case 0:
		case 1:
			parts = append(parts, any[0])
		default:
			parts = append(parts, "("+strings.Join(any, " OR ")+")")
		}
	}
	return strings.Join(parts, " AND ")
}

// term quotes a word that the language would read as something else.
func term(word string) string {
	plain := !strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	switch strings.ToUpper(word) {
	case "AND", "OR", "NOT", "NEAR", "ONEAR", "EXCEPT":
		plain = false
	}
	if plain {
		return word
	}
	return `"` + strings.ReplaceAll(word, `"`, `\"`) + `"`
}
