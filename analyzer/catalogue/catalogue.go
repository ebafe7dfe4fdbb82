// Package catalogue holds the office's service-item catalogue 事项目录 with the
// units that do the work, reads it from the tables that offices keep, and says
// which items and units a post is about, with the words that decided. An item
// is met by its name or another name of it, or by words that together point to
// it and to hardly any other; what could be anything is left unsaid. The
// package refuses to cut text: names are cut by the function it is given,
// posts come cut. It takes no half catalogue and knows nothing of who writes.
package catalogue

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"

	"huiying"
)

// Limits of a catalogue.
const (
	MaxItems    = 20_000
	MaxName     = 64 // characters of a name, another name, a keyword or a unit
	MaxNote     = 200
	MaxAliases  = 31 // of one item or unit
	MaxKeywords = 50
	MaxUnits    = 1_000
)

// Item is one service item 事项.
type Item struct {
	Code     string   // 事项编码, [0-9A-Za-z-]{1,64}
	Name     string   // 事项名称
	Unit     string   // id, name or another name of the unit; "" = not known
	Aliases  []string // what else it is called; found as a whole
	Keywords []string // words that point to it
	Window   string   // where it is done, kept as text
	Type     string   // 行政许可 行政确认 行政给付 公共服务 …, kept as text
}

// Unit is one unit of the office.
type Unit struct {
	ID       string // [a-z0-9-]{1,64}
	Name     string
	Aliases  []string
	Keywords []string
}

// Catalogue is what a table held, in the order of its rows.
type Catalogue struct{ Items []Item }

// derivedCode is the code of an item that came without one: item- and the first
// ten hexadecimal digits of the SHA-256 of its name.
func derivedCode(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "item-" + hex.EncodeToString(sum[:])[:10]
}

// problems tells everything that is wrong with one item.
func (it Item) problems() []error {
	var out []error
	add := func(key string, args ...any) { out = append(out, huiying.Errorf(huiying.Invalid, key, args...)) }
	if !isCode(it.Code) {
		add("catalogue.bad_code", it.Code)
	}
	switch n := utf8.RuneCountInString(it.Name); {
	case n == 0:
		add("catalogue.no_name")
	case n > MaxName:
		add("catalogue.long_name", n, MaxName)
	}
	if utf8.RuneCountInString(it.Unit) > MaxName {
		add("catalogue.long_unit", MaxName)
	}
	for _, note := range []string{it.Window, it.Type} {
		if utf8.RuneCountInString(note) > MaxNote {
			add("catalogue.long_note", MaxNote)
		}
	}
	cells := append([]string{it.Name, it.Unit, it.Window, it.Type}, append(it.Aliases, it.Keywords...)...)
	for _, c := range cells {
		if garbled(c) {
			add("catalogue.garbled", c)
		}
	}
	return append(out, wordProblems(it.Aliases, it.Keywords)...)
}

// wordProblems tells what is wrong with other names and keywords.
func wordProblems(aliases, keywords []string) []error {
	var out []error
	if len(aliases) > MaxAliases {
		out = append(out, huiying.Errorf(huiying.Invalid, "catalogue.many_aliases", len(aliases), MaxAliases))
	}
	if len(keywords) > MaxKeywords {
		out = append(out, huiying.Errorf(huiying.Invalid, "catalogue.many_keywords", len(keywords), MaxKeywords))
	}
	for _, words := range [][]string{aliases, keywords} {
		for _, w := range words {
			if n := utf8.RuneCountInString(w); n < 2 || n > MaxName {
				out = append(out, huiying.Errorf(huiying.Invalid, "catalogue.bad_word", w, MaxName))
			}
		}
	}
	return out
}

func isCode(s string) bool {
	return s != "" && len(s) <= 64 && strings.IndexFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-'
	}) < 0
}

func isUnitID(s string) bool { return isCode(s) && s == strings.ToLower(s) }

// garbled reports text that was decoded wrongly or holds control characters.
func garbled(s string) bool {
	return !utf8.ValidString(s) || strings.IndexFunc(s, func(r rune) bool { return r == utf8.RuneError || unicode.IsControl(r) }) >= 0
}
