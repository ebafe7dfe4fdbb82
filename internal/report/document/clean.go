package document

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes a text fit for every form: line ends of one kind, tabs as
// blanks, and what XML 1.0 does not allow, or would turn the reading direction
// of what follows, as the replacement character.
func clean(text string) string {
	if !strings.ContainsFunc(text, odd) && utf8.ValidString(text) {
		return text
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case odd(r):
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(text, string(utf8.RuneError)))
}

// odd are the characters that cannot stand as they are. The joiners of emoji
// are no control characters to us.
func odd(r rune) bool {
	switch {
	case r == '\n':
		return false
	case unicode.IsControl(r), r == 0xFFFE, r == 0xFFFF:
		return true
	}
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x2028 || r == 0x2029
}

// lines cuts a text where it has line ends.
func lines(text string) []string { return strings.Split(clean(text), "\n") }

// split cuts runs where their text has line ends: each piece is a paragraph of
// its own, for a line broken inside a justified one is torn apart.
func split(list []Run) [][]Run {
	out := [][]Run{nil}
	for _, r := range list {
		for i, line := range lines(r.Text) {
			if i > 0 {
				out = append(out, nil)
			}
			r.Text = line
			out[len(out)-1] = append(out[len(out)-1], r)
		}
	}
	return out
}
