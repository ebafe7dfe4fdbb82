package site

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Some lists answer with JavaScript object text instead of JSON: unquoted
// keys, single quotes, trailing commas, and strings pasted together so that a
// quote inside may stand unescaped.

// maxDepth is how deep objects may stand in objects.
const maxDepth = 64

var errNotObject = errors.New("no JavaScript object")

// parseObject reads the first object or array of a text. Values are
// map[string]any, []any, string (numbers too, as they are written), bool and
// nil.
func parseObject(text string) (any, error) {
	start := strings.IndexAny(text, "{[")
	if start < 0 {
		return nil, errNotObject
	}
	s := &scanner{text: text, at: start}
	v := s.value(0)
	if s.broken {
		return nil, errNotObject
	}
	return v, nil
}

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

func (s *scanner) value(depth int) any {
	if depth > maxDepth {
		return s.fail()
	}
	switch c := s.peek(); {
	case c == '{':
		return s.object(depth)
	case c == '[':
		return s.array(depth)
	case c == '"' || c == '\'':
		return s.quoted(c)
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
			out[key] = s.value(depth + 1)
		}
	}
	return nil
}

func (s *scanner) key(c byte) string {
	if c == '"' || c == '\'' {
		return s.quoted(c)
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
			out = append(out, s.value(depth+1))
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

// quoted reads a string. A quote that no value could follow stands in the
// text and does not end it.
func (s *scanner) quoted(quote byte) string {
	s.at++
	var b strings.Builder
	for s.at < len(s.text) {
		c := s.text[s.at]
		switch {
		case c == '\\':
			s.escape(&b)
		case c == quote && s.ends():
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

// ends reports whether the quote at hand can be the closing one.
func (s *scanner) ends() bool {
	rest := strings.TrimLeft(s.text[s.at+1:min(len(s.text), s.at+65)], " \t\r\n")
	return rest == "" || strings.ContainsRune(",:}])", rune(rest[0]))
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

// at follows a dotted path into a parsed object, nil when it leads nowhere.
func at(v any, path string) any {
	for key := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

// wordAt is the string at a path, "" when there is none.
func wordAt(v any, path string) string {
	s, _ := at(v, path).(string)
	return s
}
