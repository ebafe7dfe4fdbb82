package rules

import (
	"strings"
	"unicode"
)

// Compose makes an expression of three lists of words: where, about what, and
// what happens, any of each and all of the lists that are filled. Words for a
// place must stand as whole words, because 中卫 also lies in 集中卫生.
func Compose(places, about, events string) string {
	var parts []string
	for i, box := range []string{places, about, events} {
		var any []string
		for _, word := range strings.FieldsFunc(box, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",，、;；", r) }) {
			if word = term(word); i == 0 {
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
