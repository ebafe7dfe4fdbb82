// Package jsobject reads what sites send in place of JSON: JavaScript object
// text with unquoted keys, single quotes and trailing commas, JSON in a
// callback, and JSON pasted together from strings, so that a quote or a line
// break of the writer's stands unescaped in a value. It runs no script.
package jsobject

import (
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep objects may stand in objects.
const maxDepth = 64

// ErrNone is given for a text without an object or array that can be read.
var ErrNone = errors.New("no JavaScript object")

// Parse reads the first object or array of a text. Values are map[string]any,
// []any, string (numbers too, as they are written), bool and nil.
func Parse(text string) (any, error) {
	start := strings.IndexAny(text, "{[")
	if start < 0 {
		return nil, ErrNone
	}
	if v, ok := strict(text[start:]); ok {
		return v, nil
	}
	s := &scanner{text: text, at: start}
	v := s.value(0, inArray)
	if s.broken {
		return nil, ErrNone
	}
	return v, nil
}

// strict reads JSON that is sound up to its end.
func strict(text string) (any, bool) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return nil, false
	}
	return written(v, 0)
}

// written puts numbers back as they were written.
func written(v any, depth int) (any, bool) {
	if depth > maxDepth {
		return nil, false
	}
	ok := true
	switch x := v.(type) {
	case json.Number:
		return x.String(), true
	case []any:
		for i := range x {
			if x[i], ok = written(x[i], depth+1); !ok {
				return nil, false
			}
		}
	case map[string]any:
		for key := range x {
			if x[key], ok = written(x[key], depth+1); !ok {
				return nil, false
			}
		}
	}
	return v, true
}

// place is where a string stands, which decides what may follow it.
type place int

const (
	inArray place = iota
	inObject
	asKey
)

type scanner struct {
	text   string
	at     int
	broken bool
}

func (s *scanner) fail() any {
	s.broken = true
	return nil
}

// peek skips white space and gives the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\r', '\n', '\f', '\v':
			s.at++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) value(depth int, where place) any {
	if depth > maxDepth {
		return s.fail()
	}
	switch c := s.peek(); {
	case c == '{':
		return s.object(depth)
	case c == '[':
		return s.array(depth)
	case c == '"' || c == '\'':
		return s.quoted(c, where)
	case c == 0:
		return s.fail()
	default:
		return s.bare()
	}
}

func (s *scanner) object(depth int) any {
	s.at++
	out := map[string]any{}
	for !s.broken {
		switch c := s.peek(); c {
		case '}':
			s.at++
			return out
		case ',':
			s.at++
		case 0:
			return s.fail()
		default:
			key := s.key(c)
			if s.broken || s.peek() != ':' {
				return s.fail()
			}
			s.at++
			out[key] = s.value(depth+1, inObject)
		}
	}
	return nil
}

func (s *scanner) key(c byte) string {
	if c == '"' || c == '\'' {
		return s.quoted(c, asKey)
	}
	start := s.at
	for s.at < len(s.text) && s.text[s.at] != ':' && !strings.ContainsRune(" \t\r\n{}[],'\"", rune(s.text[s.at])) {
		s.at++
	}
	if s.at == start {
		s.broken = true
	}
	return s.text[start:s.at]
}

func (s *scanner) array(depth int) any {
	s.at++
	out := []any{}
	for !s.broken {
		switch s.peek() {
		case ']':
			s.at++
			return out
		case ',':
			s.at++
		case 0:
			return s.fail()
		default:
			out = append(out, s.value(depth+1, inArray))
		}
	}
	return nil
}

// bare reads a number or a word.
func (s *scanner) bare() any {
	start := s.at
	for s.at < len(s.text) && !strings.ContainsRune(",}] \t\r\n{[:'\"", rune(s.text[s.at])) {
		s.at++
	}
	switch word := s.text[start:s.at]; word {
	case "":
		return s.fail()
	case "true":
		return true
	case "false":
		return false
	case "null", "undefined":
		return nil
	default:
		return word
	}
}

// quoted reads a string. A quote that nothing due here could follow stands in
// the text and does not end it.
func (s *scanner) quoted(quote byte, where place) string {
	s.at++
	var b strings.Builder
	for s.at < len(s.text) {
		c := s.text[s.at]
		switch {
		case c == '\\' && s.pasted(quote, where):
			b.WriteByte(c)
			s.at++
		case c == '\\':
			s.escape(&b)
		case c == quote && s.ends(s.at+1, where):
			s.at++
			return b.String()
		default:
			b.WriteByte(c)
			s.at++
		}
	}
	s.broken = true
	return ""
}

// pasted reports a backslash of the writer's own right before the closing
// quote, which escapes nothing: the next value begins behind it.
func (s *scanner) pasted(quote byte, where place) bool {
	return where == inObject && s.at+1 < len(s.text) && s.text[s.at+1] == quote && nextKey.MatchString(s.window(s.at+2))
}

// maxLook is how far is looked for what follows a quote.
const maxLook = 160

func (s *scanner) window(from int) string {
	return s.text[min(from, len(s.text)):min(len(s.text), from+maxLook)]
}

var (
	nextKey   = regexp.MustCompile(`^\s*,\s*["']?[A-Za-z_$][\w$]*["']?\s*:`)
	objectEnd = regexp.MustCompile(`^\s*,?\s*\}\s*(?:[,\]})]|;|$)`)
	arrayNext = regexp.MustCompile(`^\s*(?:,|\]|$)`)
	keyNext   = regexp.MustCompile(`^\s*:`)
)

// ends reports whether the quote before from can be the closing one.
func (s *scanner) ends(from int, where place) bool {
	rest := s.window(from)
	switch where {
	case asKey:
		return keyNext.MatchString(rest)
	case inArray:
		return arrayNext.MatchString(rest)
	}
	return strings.TrimSpace(rest) == "" || nextKey.MatchString(rest) || objectEnd.MatchString(rest)
}

func (s *scanner) escape(b *strings.Builder) {
	s.at++
	if s.at >= len(s.text) {
		return
	}
	c := s.text[s.at]
	s.at++
	switch c {
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 't':
		b.WriteByte('\t')
	case 'u':
		s.code(b, 4)
	case 'x':
		s.code(b, 2)
	case '\n':
	default:
		b.WriteByte(c)
	}
}

func (s *scanner) code(b *strings.Builder, digits int) {
	if s.at+digits > len(s.text) {
		return
	}
	n, err := strconv.ParseUint(s.text[s.at:s.at+digits], 16, 32)
	if err != nil {
		return
	}
	s.at += digits
	if r := rune(n); utf8.ValidRune(r) {
		b.WriteRune(r)
	}
}

// At follows a dotted path into a parsed object, nil when it leads nowhere.
func At(v any, path string) any {
	for key := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

// Word is the string at a path, "" when there is none.
func Word(v any, path string) string {
	s, _ := At(v, path).(string)
	return s
}
