package jsonl

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

func (w *writer) raw(s string) { w.out = append(w.out, s...) }

// list writes a list, null for one that is nil.
func list[T any](w *writer, before string, of []T, one func(*writer, *T)) {
	w.raw(before)
	if of == nil {
		w.raw("null")
		return
	}
	w.raw("[")
	for i := range of {
		if i > 0 {
			w.raw(",")
		}
		one(w, &of[i])
	}
	w.raw("]")
}

func (w *writer) word(s *string) { w.text(*s) }

func (w *writer) pair(before, s string) {
	w.raw(before)
	w.text(s)
}

// some writes a string unless it is empty, words a list, given a truth.
func (w *writer) some(before, s string) {
	if s != "" {
		w.pair(before, s)
	}
}

func (w *writer) words(before string, of []string) {
	if len(of) > 0 {
		list(w, before, of, (*writer).word)
	}
}

func (w *writer) given(before string, is bool) {
	if is {
		w.truth(before, true)
	}
}

func (w *writer) truth(before string, is bool) {
	w.raw(before)
	w.out = strconv.AppendBool(w.out, is)
}

func (w *writer) number(before string, n int64) {
	w.raw(before)
	w.out = strconv.AppendInt(w.out, n, 10)
}

func (w *writer) time(before string, t time.Time) {
	w.raw(before)
	w.raw(`"`)
	out, err := t.AppendText(w.out)
	if err != nil {
		w.odd = true
		return
	}
	w.out = append(out, '"')
}

// exact bounds the thousandths of a number that have no more than the 15 digits
// with which a decimal and a float64 stand for each other.
const exact = 1e15

// float writes a number. Nearly all have three decimals at most, and of those
// the decimal that a float64 is read from is also the shortest it is written as.
func (w *writer) float(before string, f float64) {
	w.raw(before)
	n := int64(0)
	if f > 0 && f < exact/1000 {
		n = int64(f*1000 + 0.5)
	}
	if float64(n)/1000 != f || math.Signbit(f) {
		w.anyFloat(f)
		return
	}
	w.out = strconv.AppendInt(w.out, n/1000, 10)
	if n %= 1000; n > 0 {
		w.out = append(w.out, '.', byte('0'+n/100))
		if n %= 100; n > 0 {
			w.out = append(w.out, byte('0'+n/10))
			if n %= 10; n > 0 {
				w.out = append(w.out, byte('0'+n))
			}
		}
	}
}

// anyFloat writes a number as ECMAScript does. One with an exponent is rare
// enough for encoding/json.
func (w *writer) anyFloat(f float64) {
	size := math.Abs(f)
	if size != 0 && (size < 1e-6 || size >= 1e21) || f != f {
		w.odd = true
		return
	}
	w.out = strconv.AppendFloat(w.out, f, 'f', -1, 64)
}

// text writes a string. Bytes that are no UTF-8 become U+FFFD, and the two line
// separators that JavaScript minds are escaped, as encoding/json does it.
func (w *writer) text(s string) {
	out := append(w.out, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		if i+2 < len(s) && han(c, s[i+1], s[i+2]) {
			i += 3
			continue
		}
		size, instead := escape(s[i:])
		if instead != "" {
			out = append(append(out, s[from:i]...), instead...)
			from = i + size
		}
		i += size
	}
	w.out = append(append(out, s[from:]...), '"')
}

// escape says what is written instead of the first rune; "" = itself.
func escape(s string) (size int, instead string) {
	switch c := s[0]; {
	case c == '"':
		return 1, `\"`
	case c == '\\':
		return 1, `\\`
	case c == '\b':
		return 1, `\b`
	case c == '\f':
		return 1, `\f`
	case c == '\n':
		return 1, `\n`
	case c == '\r':
		return 1, `\r`
	case c == '\t':
		return 1, `\t`
	case c < ' ':
		const hex = "0123456789abcdef"
		return 1, `\u00` + string([]byte{hex[c>>4], hex[c&0xF]})
	}
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && size == 1:
		return 1, `\ufffd`
	case r == '\u2028':
		return size, `\u2028`
	case r == '\u2029':
		return size, `\u2029`
	}
	return size, ""
}
