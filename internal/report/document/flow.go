package document

import (
	"iter"
	"strconv"
	"strings"
)

// heading is a section's title with its number, as a block like the others.
type heading struct {
	level  int // 1 to 3
	number string
	title  string
}

func (heading) block() {}

func (h heading) text() string { return h.number + clean(h.title) }

// flow gives every block in the order in which it is read, headings included.
func (d Document) flow() iter.Seq[Block] {
	return func(yield func(Block) bool) {
		for _, b := range d.Lead {
			if !yield(b) {
				return
			}
		}
		sections(d.Sections, 1, d.english(), yield)
	}
}

// Tabular reports that the document has a table or a chart: only then does its
// workbook say more than its words.
func (d Document) Tabular() bool {
	for b := range d.flow() {
		switch b.(type) {
		case Table, Chart:
			return true
		}
	}
	return false
}

func sections(list []Section, level int, english bool, yield func(Block) bool) bool {
	n := 0
	for _, s := range list {
		h := heading{level: level, title: s.Title}
		if !s.Bare {
			n++
			h.number = number(level, n, english)
		}
		if !yield(h) {
			return false
		}
		for _, b := range s.Blocks {
			if !yield(b) {
				return false
			}
		}
		if !sections(s.Sections, level+1, english, yield) {
			return false
		}
	}
	return true
}

// number is how official papers count: 一、 then （一） then 1. and, in English,
// 1. then (1) then a.
func number(level, n int, english bool) string {
	switch {
	case english && level == 1:
		return strconv.Itoa(n) + ". "
	case english && level == 2:
		return "(" + strconv.Itoa(n) + ") "
	case english:
		return letters(n) + ". "
	case level == 1:
		return han(n) + "、"
	case level == 2:
		return "（" + han(n) + "）"
	}
	return strconv.Itoa(n) + "."
}

func letters(n int) string {
	out := ""
	for ; n > 0; n = (n - 1) / 26 {
		out = string(rune('a'+(n-1)%26)) + out
	}
	return out
}

// han writes 1 to 99 in Chinese numbers; there are no papers of a hundred
// sections.
func han(n int) string {
	digits := []string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	switch {
	case n >= 100:
		return strconv.Itoa(n)
	case n < 10:
		return digits[n]
	case n < 20:
		return "十" + digits[n-10]
	}
	return digits[n/10] + "十" + digits[n%10]
}

func (d Document) english() bool { return strings.HasPrefix(strings.ToLower(d.Lang), "en") }

// word is one of the few words the writers add themselves.
func (d Document) word(zh, en string) string {
	if d.english() {
		return en
	}
	return zh
}

// head is what stands at the head of every page.
func (d Document) head() string {
	out := clean(d.Header)
	if out == "" {
		out = strings.TrimSpace(clean(d.Office) + "　" + clean(d.Title))
	}
	if d.Status != "" {
		out += "　【" + clean(d.Status) + "】"
	}
	return out
}

func mark(l List, i int) string {
	if l.Ordered {
		return strconv.Itoa(i+1) + "."
	}
	return "·"
}
