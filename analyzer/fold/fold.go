// Package fold makes text ready for matching and cutting: invalid UTF-8 and
// control characters are replaced, zero-width characters dropped, width and
// letter case levelled, traditional characters written simplified, every white
// space a plain space. It keeps for each rune where it stood in the string as
// received, so that what is found can be shown there. It never changes the
// received string and refuses to guess at meaning: one rune becomes one rune
// or none.
package fold

import (
	"unicode/utf8"
	"unsafe"
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
	// Emoticons are the bracket emoticons ([doge]) in Runes.
	Emoticons []Span

	cut    []byte  // the form for the segmenter: rune for rune as Runes
	at     []int32 // offset in Received of each rune of Runes; empty = the same
	moved  bool    // whether at is in use
	length int32   // runes in Received
	cursor cursor
}

// cursor remembers the last rune offset turned into a byte offset, because
// matches are asked for in order.
type cursor struct {
	rune int32
	byte int
}

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
	t.Runes, t.Newlines, t.Emoticons = t.Runes[:0], t.Newlines[:0], t.Emoticons[:0]
	t.cut, t.at, t.moved, t.cursor = t.cut[:0], t.at[:0], false, cursor{}
	table := folding()
	var n int32
	opened := int32(-1)
	for i, r := range received {
		folded := table.fold(r)
		if folded == dropped || r == '\r' && i+1 < len(received) && received[i+1] == '\n' {
			t.dropAt(n)
			n++
			continue
		}
		opened = t.add(r, folded, opened)
		if t.moved {
			t.at = append(t.at, n)
		}
		n++
	}
	t.length = n
}

// add appends one rune; opened is where a bracket that may begin an emoticon
// stands, or -1.
func (t *Text) add(received, folded rune, opened int32) int32 {
	here := int32(len(t.Runes))
	t.Runes = append(t.Runes, folded)
	switch {
	case received == '\n':
		t.Newlines = append(t.Newlines, here)
	case received == '，': // a separator of the segmenter that folding would hide
		t.cut = append(t.cut, "，"...)
		return -1
	}
	t.cut = utf8.AppendRune(t.cut, folded)
	switch folded {
	case '[':
		return here
	case ']':
		if opened >= 0 && isEmoticon(t.Runes[opened+1:here]) {
			t.blank(Span{opened, here + 1})
		}
		return -1
	}
	return opened
}

// blank records an emoticon and writes spaces for it in the form for the
// segmenter, which would take it to pieces.
func (t *Text) blank(s Span) {
	t.Emoticons = append(t.Emoticons, s)
	size := 0
	for _, r := range t.Runes[s.Start:s.End] {
		size += utf8.RuneLen(r)
	}
	t.cut = t.cut[:len(t.cut)-size]
	for range s.End - s.Start {
		t.cut = append(t.cut, ' ')
	}
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

// Segmentable is the form for the segmenter: valid UTF-8 without NUL, with
// exactly the runes of Runes but for spaces in place of emoticons. It is valid
// until the next Reset.
func (t *Text) Segmentable() string { return unsafe.String(unsafe.SliceData(t.cut), len(t.cut)) }

// At turns a half-open range of Runes into one of the string as received.
// Dropped characters at its ends are left out, those inside are within.
func (t *Text) At(s Span) Span {
	if !t.moved || s.Start >= s.End {
		return s
	}
	return Span{t.at[s.Start], t.at[s.End-1] + 1}
}

// Slice is the part of Received that a range of it covers; ranges asked for in
// order cost the least.
func (t *Text) Slice(received Span) string {
	from := t.byteOf(received.Start)
	return t.Received[from:t.byteOf(received.End)]
}

func (t *Text) byteOf(offset int32) int {
	if offset < t.cursor.rune {
		t.cursor = cursor{}
	}
	for t.cursor.rune < offset && t.cursor.byte < len(t.Received) {
		_, size := utf8.DecodeRuneInString(t.Received[t.cursor.byte:])
		t.cursor.byte += size
		t.cursor.rune++
	}
	return t.cursor.byte
}

// Len is how many runes Received has.
func (t *Text) Len() int { return int(t.length) }

// Term is the folded text of a range of Runes.
func (t *Text) Term(s Span) string { return string(t.Runes[s.Start:s.End]) }
