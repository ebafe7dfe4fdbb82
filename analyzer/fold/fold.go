// Package fold makes text ready for matching and cutting: invalid UTF-8 and
// control characters are replaced, zero-width characters dropped, width and
// letter case levelled, traditional characters written simplified, every white
// space a plain space. It keeps for each rune where it stood in the string as
// received, so that what is found can be shown there. It never changes the
// received string and refuses to guess at meaning: one rune becomes one rune
// or none.
package fold

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// Span is a half-open range of runes.
type Span struct{ Start, End int32 }

// Text is one string with its folded form. The zero value is the empty
// string. A Text is for one goroutine at a time; Reset reuses its memory.
type Text struct {
	// Received is the string as it came.
	Received string
	// Runes is the folded form. Offsets of tokens and terms are in it.
	Runes []rune
	// Newlines are the offsets in Runes of line ends (which are spaces there).
	Newlines []int32
	// Digits says that there is a digit 0 to 9 in Runes.
	Digits bool
	// Emoticons are the bracket emoticons ([doge]) in Runes.
	Emoticons []Span

	at     []int32 // offset in Received of each rune of Runes; empty = the same
	moved  bool    // whether at is in use
	length int32   // runes in Received
	stops  []int32 // where each rune of Received whose offset is a multiple of stride begins
}

// stride is how many runes lie between stops.
const stride = 16

// New folds a string.
func New(received string) *Text {
	t := &Text{}
	t.Reset(received)
	return t
}

// String folds a string that is only compared, such as a term of a rule.
func String(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range New(s).Runes {
		out = utf8.AppendRune(out, r)
	}
	return string(out)
}

// Reset folds another string into t.
func (t *Text) Reset(received string) {
	t.Received = received
	t.Newlines, t.Emoticons = t.Newlines[:0], t.Emoticons[:0]
	t.at, t.moved, t.stops, t.Digits = t.at[:0], false, t.stops[:0], false
	t.Runes = slices.Grow(t.Runes[:0], len(received)/3+32) // right for Chinese
	table := folding()
	runes := t.Runes // kept in registers; t has it whenever others look
	n, opened := int32(0), int32(-1)
	for i := 0; i < len(received); n++ {
		if n%stride == 0 {
			t.stops = append(t.stops, int32(i))
		}
		r, size := han(received, i)
		if size == 0 {
			r, size = utf8.DecodeRuneInString(received[i:])
		}
		folded := table.fold(r)
		if folded == r && r > ']' && !t.moved && r != utf8.RuneError { // most of any text
			runes = append(runes, r)
			i += size
			continue
		}
		i += size
		if folded == dropped || r == '\r' && i < len(received) && received[i] == '\n' {
			t.dropAt(n)
			continue
		}
		t.Runes = runes
		t.Digits = t.Digits || folded >= '0' && folded <= '9'
		opened = t.add(r, folded, opened)
		runes = t.Runes
		if t.moved {
			t.at = append(t.at, n)
		}
	}
	t.Runes = runes
	t.length = n
}

// han decodes a rune of three bytes from U+1000 on that cannot be half of a
// surrogate, which nearly all are; size is 0 for any other.
func han(s string, i int) (r rune, size int) {
	if i+2 < len(s) && s[i] > 0xE0 && s[i] < 0xF0 && s[i] != 0xED && s[i+1]&0xC0 == 0x80 && s[i+2]&0xC0 == 0x80 {
		return rune(s[i]&0x0F)<<12 | rune(s[i+1]&0x3F)<<6 | rune(s[i+2]&0x3F), 3
	}
	return 0, 0
}

// add appends one rune; opened is where a bracket that may begin an emoticon
// stands, or -1.
func (t *Text) add(received, folded rune, opened int32) int32 {
	here := int32(len(t.Runes))
	t.Runes = append(t.Runes, folded)
	switch folded {
	case ' ':
		if received == '\n' {
			t.Newlines = append(t.Newlines, here)
		}
	case '[':
		return here
	case ']':
		if opened >= 0 && isEmoticon(t.Runes[opened+1:here]) {
			t.Emoticons = append(t.Emoticons, Span{opened, here + 1})
		}
		return -1
	}
	return opened
}

// Blank stands for the characters of an emoticon in the form for the
// segmenter, which would take its name to pieces.
const Blank = '|'

// Letter reports whether a folded rune is a letter or a digit.
func Letter(r rune) bool {
	switch {
	case r >= 0x4E00 && r <= 0x9FFF:
		return true
	case r < utf8.RuneSelf:
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// dropAt starts the list of offsets at the first rune that is dropped.
func (t *Text) dropAt(n int32) {
	if t.moved {
		return
	}
	t.moved = true
	for i := range n {
		t.at = append(t.at, i)
	}
}

// Blanked appends the form for the segmenter to dst: Runes with Blank in place
// of emoticons.
func (t *Text) Blanked(dst []rune) []rune {
	from := len(dst)
	dst = append(dst, t.Runes...)
	for _, e := range t.Emoticons {
		for i := e.Start; i < e.End; i++ {
			dst[from+int(i)] = Blank
		}
	}
	return dst
}

// At turns a half-open range of Runes into one of the string as received.
// Dropped characters at its ends are left out, those inside are within.
func (t *Text) At(s Span) Span {
	if !t.moved || s.Start >= s.End {
		return s
	}
	return Span{t.at[s.Start], t.at[s.End-1] + 1}
}

// Slice is the part of Received that a range of it covers.
func (t *Text) Slice(received Span) string {
	return t.Received[t.byteOf(received.Start):t.byteOf(received.End)]
}

// byteOf goes from the stop before an offset; one behind the end is the end.
func (t *Text) byteOf(offset int32) int {
	if len(t.stops) == 0 {
		return 0
	}
	stop := min(int(offset/stride), len(t.stops)-1)
	at := int(t.stops[stop])
	for n := int32(stop * stride); n < offset && at < len(t.Received); n++ {
		_, size := han(t.Received, at)
		if size == 0 {
			_, size = utf8.DecodeRuneInString(t.Received[at:])
		}
		at += size
	}
	return at
}

// Len is how many runes Received has.
func (t *Text) Len() int { return int(t.length) }

// Term is the folded text of a range of Runes.
func (t *Text) Term(s Span) string { return string(t.Runes[s.Start:s.End]) }
