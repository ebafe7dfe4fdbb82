package query

import (
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"huiying/analyzer/rule/foreign"
)

// shape says what a token is.
type shape int

const (
	end       shape = iota
	newline         // a line's end
	title           // text: of a "# name" line
	opened          // (
	closed          // )
	phrase          // text between quotes
	word            // text
	cased           // text between { }: letter case counts there
	fieldName       // text before the colon
	span            // text between [ ] behind a field
	compared        // text, op, n: likes >5000
	operator        // text: AND OR NOT XNOT NEAR ONEAR; n, -1 = none given; raw as written
	tilde           // ~n
	boost           // ^n
	frequency       // {n} or {n,m}; m in n2
)

// token is a piece of a query. from and to are rune offsets in the file.
type token struct {
	shape    shape
	text     string
	op       string
	n, n2    int
	at       foreign.Place
	from, to int
}

// lexer cuts a file of queries into tokens.
type lexer struct {
	dialect string
	src     []rune
	lines   []int // offset of each line
	pos     int
	out     []token
	notes   []foreign.Note
}

func lex(lines []string, dialect string) *lexer {
	l := &lexer{dialect: dialect, src: []rune(strings.Join(lines, "\n"))}
	at := 0
	for _, line := range lines {
		l.lines = append(l.lines, at)
		at += len([]rune(line)) + 1
	}
	for l.pos < len(l.src) {
		l.next()
	}
	l.emit(token{shape: end}, l.pos)
	return l
}

func (l *lexer) place(offset int) foreign.Place {
	line := sort.SearchInts(l.lines, offset+1)
	return foreign.Place{Line: line, Column: offset - l.lines[line-1] + 1}
}

// emit adds a token that began at from and ends here.
func (l *lexer) emit(t token, from int) {
	t.at, t.from, t.to = l.place(from), from, l.pos
	l.out = append(l.out, t)
}

// text is a token as written, short enough for a note.
func (l *lexer) text(t token) string {
	return foreign.Shorten(string(l.src[t.from:t.to]), foreign.MaxQuote)
}

// maxAhead is how far the lexer looks ahead, in characters: further than any
// name, number or range is long.
const maxAhead = 200

// rest is what follows on the line, as far as the lexer looks ahead.
func (l *lexer) rest() string {
	to := l.pos
	for to < len(l.src) && to < l.pos+maxAhead && l.src[to] != '\n' {
		to++
	}
	return string(l.src[l.pos:to])
}

// skip passes what was seen ahead.
func (l *lexer) skip(s string) { l.pos += len([]rune(s)) }

// separator reports whether a character only separates terms.
func separator(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("，、；", r) }

func (l *lexer) next() {
	from, r := l.pos, l.src[l.pos]
	switch {
	case r == '\n':
		l.pos++
		l.emit(token{shape: newline}, from)
	case r == '#' && (from+1 == len(l.src) || unicode.IsSpace(l.src[from+1])) && l.first():
		for l.pos < len(l.src) && l.src[l.pos] != '\n' {
			l.pos++
		}
		l.emit(token{shape: title, text: strings.TrimSpace(string(l.src[from+1 : l.pos]))}, from)
	case separator(r):
		l.pos++
	case r == '(' || r == '（':
		l.pos++
		l.emit(token{shape: opened}, from)
	case r == ')' || r == '）':
		l.pos++
		l.emit(token{shape: closed}, from)
	case strings.ContainsRune(`"“”＂`, r):
		l.phrase()
	case strings.HasPrefix(l.rest(), "<<<"):
		l.comment()
	case !l.special():
		l.word()
	}
}

// first reports whether nothing stands before on the line.
func (l *lexer) first() bool {
	for i := l.pos - 1; i >= 0 && l.src[i] != '\n'; i-- {
		if l.src[i] != ' ' {
			return false
		}
	}
	return true
}

// comment passes <<< … >>>, which Brandwatch ignores, over lines.
func (l *lexer) comment() {
	from := l.pos
	for l.pos += 3; l.pos+2 < len(l.src); l.pos++ {
		if l.src[l.pos] == '>' && l.src[l.pos+1] == '>' && l.src[l.pos+2] == '>' {
			l.pos += 3
			return
		}
	}
	l.pos = len(l.src)
	l.notes = append(l.notes, l.place(from).Note("rule.import_open_comment"))
}

// phrase reads to the closing quote on the same line.
func (l *lexer) phrase() {
	from := l.pos
	closing := `"＂`
	if r := l.src[from]; r == '“' || r == '”' {
		closing = `”“`
	}
	for l.pos++; l.pos < len(l.src) && l.src[l.pos] != '\n'; l.pos++ {
		switch r := l.src[l.pos]; {
		case strings.ContainsRune(closing, r):
			l.pos++
			l.emit(token{shape: phrase, text: string(l.src[from+1 : l.pos-1])}, from)
			return
		case r == '\\' && l.pos+1 < len(l.src) && l.src[l.pos+1] != '\n':
			l.pos++
		}
	}
	l.notes = append(l.notes, l.place(from).Note("rule.import_unclosed_quote"))
	l.emit(token{shape: phrase, text: string(l.src[from+1 : l.pos])}, from)
}

var (
	comparison = regexp.MustCompile(`^([A-Za-z_.]+) *(>=|<=|>|<|=) *(\d+)`)
	named      = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_.]*)[:：]`)
	ranged     = regexp.MustCompile(`^ *\[([^\[\]]*)\]`)
	distance   = regexp.MustCompile(`^~(\d+)`)
	weight     = regexp.MustCompile(`^\^\d+(\.\d+)?`)
	often      = regexp.MustCompile(`^\{(\d+)(?:,(\d+))?\}`)
	braced     = regexp.MustCompile(`^\{([^{}]+)\}`)
)

// special reads what begins like no word; false when it is one.
func (l *lexer) special() bool {
	from, rest := l.pos, l.rest()
	if m := named.FindStringSubmatch(rest); m != nil && !strings.HasPrefix(rest[len(m[0]):], "//") {
		l.skip(m[0])
		l.emit(token{shape: fieldName, text: m[1]}, from)
		l.span()
		return true
	}
	if m := comparison.FindStringSubmatch(rest); m != nil {
		l.skip(m[0])
		l.emit(token{shape: compared, text: m[1], op: m[2], n: number(m[3])}, from)
		return true
	}
	if m := often.FindStringSubmatch(rest); m != nil && l.dialect == Meltwater {
		l.skip(m[0])
		l.emit(token{shape: frequency, n: number(m[1]), n2: number(m[2])}, from)
		return true
	}
	if m := braced.FindStringSubmatch(rest); m != nil {
		l.skip(m[0])
		l.emit(token{shape: cased, text: m[1]}, from)
		return true
	}
	if m := suffix(rest); m != "" {
		t := token{shape: boost}
		if m[0] == '~' {
			t = token{shape: tilde, n: number(m[1:])}
		}
		l.skip(m)
		l.emit(t, from)
		return true
	}
	if runes := []rune(rest); runes[0] == '-' && len(runes) > 1 && (telling(runes[1]) || strings.ContainsRune(`"“(（`, runes[1])) {
		l.pos++
		l.emit(token{shape: operator, text: "NOT", n: -1}, from)
		return true
	}
	return false
}

// span reads [a TO b] behind the name of a field.
func (l *lexer) span() {
	if m := ranged.FindStringSubmatch(l.rest()); m != nil {
		from := l.pos
		l.skip(m[0])
		l.emit(token{shape: span, text: m[1]}, from)
	}
}

// suffix is ~5 or ^2 at the start of s.
func suffix(s string) string {
	if m := distance.FindString(s); m != "" {
		return m
	}
	return weight.FindString(s)
}

// number reads digits; more than fit count as many.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil && digits != "" {
		return 1 << 30
	}
	return n
}

var operators = regexp.MustCompile(`(?i)^(AND|OR|NOT|XNOT|O?NEAR)(?:/(\d+)(f?))?$`)

// word reads a term or an operator, which may be in lower case.
func (l *lexer) word() {
	from := l.pos
	for l.pos < len(l.src) {
		r := l.src[l.pos]
		if separator(r) || strings.ContainsRune(`()（）"“”＂`, r) {
			break
		}
		if l.pos > from && strings.ContainsRune("~^{", r) && l.ends() {
			break
		}
		if r == '\\' && l.pos+1 < len(l.src) && l.src[l.pos+1] != '\n' {
			l.pos++
		}
		l.pos++
	}
	text := string(l.src[from:l.pos])
	if m := operators.FindStringSubmatch(text); m != nil {
		l.operator(m, from)
		return
	}
	if cut := strings.TrimRight(text, ",;"); cut != "" && !strings.HasSuffix(cut, `\`) {
		text = cut
	}
	l.emit(token{shape: word, text: text}, from)
}

// ends reports whether a suffix of a term stands here.
func (l *lexer) ends() bool {
	rest := l.rest()
	return suffix(rest) != "" || l.dialect == Meltwater && often.MatchString(rest)
}

// operator emits AND OR NOT XNOT NEAR/5 NEAR/5f ONEAR/5; a number behind AND,
// OR or NOT makes a word of them.
func (l *lexer) operator(m []string, from int) {
	name := strings.ToUpper(m[1])
	isNear := strings.HasSuffix(name, "NEAR")
	if !isNear && m[2] != "" {
		l.emit(token{shape: word, text: m[0]}, from)
		return
	}
	t := token{shape: operator, text: name, op: m[0], n: -1}
	if m[2] != "" {
		t.n = number(m[2])
	}
	if m[3] != "" {
		t.text = "ONEAR"
	}
	l.emit(t, from)
}
