package jsonl

import (
	"encoding/json"
	"time"
	"unicode/utf8"
)

// maxDigits is how many digits always fit an int64.
const maxDigits = 18

// integer reads a number; what follows its digits is the caller's to judge.
func (r *reader) integer() (n int64) {
	negative := r.peek() == '-'
	if negative {
		r.at++
	}
	from := r.at
	for r.at < len(r.line) && r.line[r.at] >= '0' && r.line[r.at] <= '9' {
		n = 10*n + int64(r.line[r.at]-'0')
		r.at++
	}
	digits := r.at - from
	if digits == 0 || digits > maxDigits || digits > 1 && r.line[from] == '0' {
		r.odd = true
	}
	if negative {
		return -n
	}
	return n
}

// text reads a string; old is given back where it is the same.
func (r *reader) text(old string) string {
	if r.peek() != '"' {
		r.odd = true
		return ""
	}
	from := r.at
	r.at++
	end, plain := ended(r.line, r.at)
	if end < 0 {
		r.odd = true
		return ""
	}
	r.at = end + 1
	raw := r.line[from+1 : end]
	switch {
	case !plain:
		var s string
		if err := json.Unmarshal(r.line[from:r.at], &s); err != nil {
			r.odd = true
		}
		return s
	case string(raw) == old:
		return old
	}
	return string(raw)
}

// ended is where the string ends that goes on at from, -1 for nowhere; plain
// says that its bytes stand for themselves: no escape, no control character,
// UTF-8.
func ended(line []byte, from int) (end int, plain bool) {
	plain = true
	for i := from; i < len(line); {
		switch c := line[i]; {
		case c == '"':
			return i, plain
		case c == '\\':
			plain = false
			i += 2
		case c < ' ':
			plain = false
			i++
		case c < utf8.RuneSelf:
			i++
		case i+2 < len(line) && han(line[i], line[i+1], line[i+2]):
			i += 3
		default:
			_, size := utf8.DecodeRune(line[i:])
			plain = plain && size > 1
			i += size
		}
	}
	return -1, false
}

// han reports three bytes that are a rune from U+3000 on which cannot be half of
// a surrogate, as most are that are not ASCII.
func han(a, b, c byte) bool {
	return a >= 0xE3 && a <= 0xEF && a != 0xED && b&0xC0 == 0x80 && c&0xC0 == 0x80
}

// time reads a time.
func (r *reader) time(t *time.Time) {
	if r.peek() != '"' {
		r.odd = true
		return
	}
	end, plain := ended(r.line, r.at+1)
	if end < 0 || !plain || t.UnmarshalText(r.line[r.at+1:end]) != nil {
		r.odd = true
		return
	}
	r.at = end + 1
}
