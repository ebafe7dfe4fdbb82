package search

import (
	"strings"
	"unicode"

	"huiying"
)

// Span is a half-open range of runes.
type Span struct{ Start, End int }

// Text is a text made ready: folded, cut, with its personal data found.
type Text struct {
	Runes    []rune
	At       []int  // where each folded rune stood in the text as received; nil = there
	Words    []Span // words and the words in them, of Runes
	Personal []Span // of the text as received
}

// Cutter makes texts ready, as the analyzer does.
type Cutter interface {
	Cut(text string) Text
}

// Plain is a Cutter without dictionary: letters are levelled, nothing is cut.
type Plain struct{}

// Cut implements Cutter.
func (Plain) Cut(text string) Text {
	runes := []rune(text)
	for i, r := range runes {
		runes[i] = unicode.ToLower(r)
	}
	return Text{Runes: runes}
}

// at is where a folded rune stood as received.
func (t Text) at(i int) int {
	if t.At == nil {
		return i
	}
	return t.At[i]
}

// kinds of runes: pairs are made of characters, names and numbers stay whole.
type kind int

const (
	gap       kind = iota // space and signs
	character             // of writing without spaces, and pictures
	letter                // of names and numbers
)

func kindOf(r rune) kind {
	switch {
	case r >= 0x4E00 && r <= 0x9FFF:
		return character
	case r < 0x80:
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return letter
		}
		return gap
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.So):
		return character
	case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
		return letter
	}
	return gap
}

// token is one entry of the stream of a text: a pair of characters, the last
// character of a run, or a whole name or number.
type token struct {
	text string
	Span      // of the folded runes
	kind kind // character or letter
}

// wall is a token that no query has: phrases do not reach across it.
const wall = "\uE000"

// stream makes the tokens of a text in order. Masked runes are left out and a
// wall stands in their place. open leaves the last character of the last run
// out, which in a query may go on.
func stream(runes []rune, hidden func(i int) bool, open bool) []token {
	var out []token
	for i := 0; i < len(runes); {
		if hidden != nil && hidden(i) {
			for i < len(runes) && hidden(i) {
				i++
			}
			out = append(out, token{text: wall, Span: Span{i, i}, kind: letter})
			continue
		}
		k := kindOf(runes[i])
		end := i
		for end < len(runes) && kindOf(runes[end]) == k && (hidden == nil || !hidden(end)) {
			end++
		}
		switch k {
		case letter:
			out = append(out, token{string(runes[i:end]), Span{i, end}, letter})
		case character:
			for at := i; at+1 < end; at++ {
				out = append(out, token{string(runes[at : at+2]), Span{at, at + 2}, character})
			}
			if !open || end < len(runes) || end-i == 1 {
				out = append(out, token{string(runes[end-1 : end]), Span{end - 1, end}, character})
			}
		}
		i = end
	}
	return out
}

// hiding reports which folded runes are masked.
func (t Text) hiding(also []Span) func(i int) bool {
	if len(t.Personal)+len(also) == 0 {
		return nil
	}
	masked := make([]bool, len(t.Runes))
	for _, spans := range [][]Span{t.Personal, also} {
		for _, s := range spans {
			for i := range t.Runes {
				if at := t.at(i); at >= s.Start && at < s.End {
					masked[i] = true
				}
			}
		}
	}
	return func(i int) bool { return masked[i] }
}

// document is what the index takes in.
type document struct {
	words, grams, chars strings.Builder
	extra               string
	seen                map[rune]bool
	empty               bool
}

func newDocument() *document { return &document{seen: map[rune]bool{}, empty: true} }

// add takes a text in; also are places to leave out beside its personal data.
func (d *document) add(t Text, also []Span) {
	hidden := t.hiding(also)
	for _, tok := range stream(t.Runes, hidden, false) {
		put(&d.grams, tok.text)
		d.empty = d.empty && tok.text == wall
	}
	put(&d.grams, wall)
	for i, r := range t.Runes {
		if kindOf(r) != character || d.seen[r] || hidden != nil && hidden(i) {
			continue
		}
		d.seen[r] = true
		put(&d.chars, string(r))
	}
	for _, w := range t.Words {
		if plainWord(t.Runes[w.Start:w.End]) && (hidden == nil || !anyOf(w, hidden)) {
			put(&d.words, string(t.Runes[w.Start:w.End]))
		}
	}
}

// plainWord reports a word of two runes or more without signs in it.
func plainWord(runes []rune) bool {
	for _, r := range runes {
		if kindOf(r) == gap {
			return false
		}
	}
	return len(runes) > 1
}

func anyOf(s Span, set func(int) bool) bool {
	for i := s.Start; i < s.End; i++ {
		if set(i) {
			return true
		}
	}
	return false
}

func put(b *strings.Builder, token string) {
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	b.WriteString(token)
}

// personalIn are the places of a field that a judgement masks.
func personalIn(j huiying.Judgement, field string) []Span {
	var out []Span
	for _, p := range j.PersonalData {
		if p.Field == field {
			out = append(out, Span{p.Start, p.End})
		}
	}
	return out
}

// tokenOf is the one token of a case number.
func tokenOf(caseNo string) string {
	return strings.ToLower(strings.ReplaceAll(caseNo, "-", ""))
}
