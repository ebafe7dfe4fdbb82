package starting

import (
	"strings"
	"unicode"

	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/rule/lint"
	"huiying/internal/query"
)

// Words knows how words meet in running text.
type Words interface {
	lint.Words
	Inside(term string, n int) []string
}

// What place names are held against.
const (
	shortPlace  = 2 // characters: met by chance
	shownLonger = 4
	mostPlaces  = 20
)

// Places says of every name in a list how it meets other words.
func (d *Desk) Places(list string) ([]query.PlaceAdvice, error) {
	names := strings.FieldsFunc(list, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",，、;；", r) })
	if len(names) > mostPlaces {
		return nil, huiying.Errorf(huiying.Invalid, "start.many_places", mostPlaces)
	}
	words, err := d.Words()
	if err != nil {
		return nil, err
	}
	out := make([]query.PlaceAdvice, 0, len(names))
	for _, name := range names {
		if len([]rune(name)) < 2 {
			return nil, huiying.Errorf(huiying.Invalid, "start.short_place", name)
		}
		out = append(out, advise(words, name))
	}
	return out, nil
}

func advise(words Words, name string) query.PlaceAdvice {
	term := fold.String(name)
	a := query.PlaceAdvice{Word: name, Short: len([]rune(term)) <= shortPlace, Longer: words.Inside(term, shownLonger)}
	if left, right, times := words.Across(term); times >= lint.Often {
		a.Left, a.Right = left, right
	}
	return a
}
