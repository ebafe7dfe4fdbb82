package lang

import (
	"strings"
	"unicode"
)

type kind int

const (
	end kind = iota
	word
	phrase
	pattern
	open
	closed
	comma
	colon
	compare
	weight // ^2 behind an item of score( )
)

// lexeme is one piece of an expression. tight says that it follows the piece
// before it without a space.
type lexeme struct {
	kind  kind
	text  string
	pos   int
	end   int
	tight bool
}

type lexer struct {
	src      []rune
	pos      int
	out      []lexeme
	problems []Problem
}

// lex cuts an expression into pieces.
func lex(src string) ([]lexeme, []Problem) {
	l := &lexer{src: []rune(src)}
	for l.skip() {
		l.next()
	}
	l.emit(end, "", l.pos)
	return l.out, l.problems
}

// skip passes white space and comments; false at the end.
func (l *lexer) skip() bool {
	for l.pos < len(l.src) {
		r := l.src[l.pos]
		switch {
		case r == '#' || r == '＃':
			for l.pos < len(l.src) && l.src[l.pos] != '\n' {
				l.pos++
			}
		case unicode.IsSpace(r) || invisible(r):
			l.pos++
		default:
			return true
		}
	}
	return false
}

// invisible characters get into rules by copying.
func invisible(r rune) bool { return r == '\u200b' || r == '\ufeff' }

func (l *lexer) emit(k kind, text string, from int) {
	tight := len(l.out) > 0 && l.out[len(l.out)-1].end == from
	l.out = append(l.out, lexeme{kind: k, text: text, pos: from, end: l.pos, tight: tight})
}

// single are the signs of one character, in both widths.
func single(r rune) (kind, bool) {
	switch r {
	case '(', '（':
		return open, true
	case ')', '）':
		return closed, true
	case ',', '，':
		return comma, true
	case ':', '：':
		return colon, true
	}
	return end, false
}

func (l *lexer) next() {
	from, r := l.pos, l.src[l.pos]
	if k, ok := single(r); ok {
		l.pos++
		l.emit(k, string(r), from)
		return
	}
	switch {
	case comparison(r):
		l.comparison()
	case r == '"' || r == '“' || r == '”' || r == '＂':
		l.phrase()
	case r == '/' || r == '／':
		l.pattern()
	case l.weightEnd() > 0:
		l.pos = l.weightEnd()
		l.emit(weight, string(l.src[from+1:l.pos]), from)
	default:
		l.word()
	}
}

func comparison(r rune) bool { return strings.ContainsRune("<>=≥≤＜＞＝", r) }

func (l *lexer) comparison() {
	from := l.pos
	for l.pos < len(l.src) && comparison(l.src[l.pos]) {
		l.pos++
	}
	narrow := strings.NewReplacer("＜", "<", "＞", ">", "＝", "=", "≥", ">=", "≤", "<=")
	l.emit(compare, narrow.Replace(string(l.src[from:l.pos])), from)
}

// phrase reads to the closing quote; \" stands for a quote.
func (l *lexer) phrase() {
	from := l.pos
	closing := `"＂`
	if l.src[from] == '“' || l.src[from] == '”' {
		closing = `”“`
	}
	var b strings.Builder
	for l.pos++; l.pos < len(l.src); l.pos++ {
		r := l.src[l.pos]
		if strings.ContainsRune(closing, r) {
			l.pos++
			l.emit(phrase, b.String(), from)
			return
		}
		if r == '\\' && l.pos+1 < len(l.src) && strings.ContainsRune(`"\`, l.src[l.pos+1]) {
			l.pos++
			r = l.src[l.pos]
		}
		b.WriteRune(r)
	}
	l.problems = append(l.problems, Problem{Pos: from, Key: "rule.unclosed_quote"})
	l.emit(phrase, b.String(), from)
}

// pattern reads to the closing slash; \/ stands for a slash.
func (l *lexer) pattern() {
	from := l.pos
	var b strings.Builder
	for l.pos++; l.pos < len(l.src); l.pos++ {
		r := l.src[l.pos]
		switch {
		case r == '/' || r == '／':
			l.pos++
			l.emit(pattern, b.String(), from)
			return
		case r == '\\' && l.pos+1 < len(l.src):
			l.pos++
			if l.src[l.pos] != '/' {
				b.WriteRune(r)
			}
			r = l.src[l.pos]
		}
		b.WriteRune(r)
	}
	l.problems = append(l.problems, Problem{Pos: from, Key: "rule.unclosed_regex"})
	l.emit(pattern, b.String(), from)
}

// word reads a term, an operator or a name.
func (l *lexer) word() {
	from := l.pos
	for l.pos < len(l.src) {
		r := l.src[l.pos]
		if _, sign := single(r); sign || comparison(r) || unicode.IsSpace(r) || strings.ContainsRune("#＃\"“”＂", r) || l.pos > from && l.weightEnd() > 0 {
			break
		}
		l.pos++
	}
	l.emit(word, string(l.src[from:l.pos]), from)
}

// weightEnd is where a weight that begins here ends, such as ^2 or ^-0.5 at
// the end of a piece; 0 when none does: ^_^ is a term.
func (l *lexer) weightEnd() int {
	if l.src[l.pos] != '^' && l.src[l.pos] != '＾' {
		return 0
	}
	at, digits := l.pos+1, 0
	if at < len(l.src) && l.src[at] == '-' {
		at++
	}
	for at < len(l.src) && (l.src[at] >= '0' && l.src[at] <= '9' || l.src[at] == '.') {
		at, digits = at+1, digits+1
	}
	if digits == 0 {
		return 0
	}
	if at == len(l.src) || unicode.IsSpace(l.src[at]) {
		return at
	}
	if k, sign := single(l.src[at]); sign && (k == comma || k == closed) {
		return at
	}
	return 0
}

// Commented reports that an expression holds a comment.
func Commented(src string) bool {
	l := &lexer{src: []rune(src)}
	for {
		for l.pos < len(l.src) && (unicode.IsSpace(l.src[l.pos]) || invisible(l.src[l.pos])) {
			l.pos++
		}
		if l.pos == len(l.src) {
			return false
		}
		if l.src[l.pos] == '#' || l.src[l.pos] == '＃' {
			return true
		}
		l.next()
	}
}
