package search

import (
	"strings"
	"unicode"

	"huiying"
)

// Limits of a query.
const (
	maxQuery = 200 // runes
	maxTerms = 20
	maxDepth = 8 // of brackets
)

// Query is what a person asked for, understood. The zero Query asks for
// nothing.
type Query struct {
	root  node
	words words // whose index it is for
}

// Empty reports a query that asks for nothing.
func (q Query) Empty() bool { return q.root == nil }

// node is a part of a query: *term, all, any or *without.
type node interface{}

// term is one thing to be found: every piece of it.
type term struct {
	pieces []piece
	word   bool   // as typed without quotes
	caseNo string // the term is a case number, or the beginning of one
	typed  string
}

// piece is tokens that stand one after the other.
type piece struct {
	tokens []token
	runes  []rune
	prefix bool // the last token may go on
}

type (
	every  []node // each of them
	either []node // one of them
)

// without is what the first holds for and the second does not.
type without struct{ yes, no node }

// parse reads a query: words side by side are all wanted, "…" is wanted as it
// stands, - before one excludes it, OR (or |) gives a choice, brackets group.
// Side by side binds closer than OR, as in rules.
func parse(text string, c Cutter) (Query, error) {
	runes := []rune(text)
	if len(runes) > maxQuery {
		return Query{}, huiying.Errorf(huiying.Invalid, "search.long", maxQuery)
	}
	p := &parser{runes: runes, cutter: c}
	if err := p.lex(); err != nil {
		return Query{}, err
	}
	if len(p.lexemes) == 0 {
		return Query{}, nil
	}
	root, err := p.choice(0)
	if err == nil && p.at < len(p.lexemes) {
		err = huiying.Errorf(huiying.Invalid, "search.bracket_unopened", p.lexemes[p.at].at+1)
	}
	return Query{root: root}, err
}

// lexeme is a sign or a term of a query.
type lexeme struct {
	sign string // ( ) - OR, "" for a term
	term *term
	at   int // rune it begins at
}

type parser struct {
	runes   []rune
	cutter  Cutter
	lexemes []lexeme
	at      int // of lexemes
	terms   int
}

// closing gives the quote that ends one, 0 for a rune that begins none.
func closing(r rune) rune {
	switch r {
	case '"', '＂':
		return r
	case '“', '”':
		return '”'
	case '「':
		return '」'
	case '『':
		return '』'
	}
	return 0
}

func isSpace(r rune) bool { return unicode.IsSpace(r) || r == '　' || unicode.IsControl(r) }

func isMinus(r rune) bool { return r == '-' || r == '－' || r == '−' }

// lex cuts the query into signs and terms.
func (p *parser) lex() error {
	for i := 0; i < len(p.runes); {
		r := p.runes[i]
		switch {
		case isSpace(r):
			i++
		case closing(r) != 0:
			end := i + 1
			for end < len(p.runes) && !ends(closing(r), p.runes[end]) {
				end++
			}
			if end == len(p.runes) {
				return huiying.Errorf(huiying.Invalid, "search.quote_open", i+1)
			}
			if err := p.term(i, i+1, end, false); err != nil {
				return err
			}
			i = end + 1
		case r == '(' || r == '（':
			p.sign("(", &i)
		case r == ')' || r == '）':
			p.sign(")", &i)
		case r == '|' || r == '｜':
			p.sign("OR", &i)
		case isMinus(r) && p.begins(i):
			p.sign("-", &i)
		default:
			end := i
			for end < len(p.runes) && !isSpace(p.runes[end]) && closing(p.runes[end]) == 0 && !strings.ContainsRune("()（）|｜", p.runes[end]) {
				end++
			}
			if err := p.word(i, end); err != nil {
				return err
			}
			i = end
		}
	}
	return nil
}

// ends reports whether r closes a quotation that q closes.
func ends(q, r rune) bool { return r == q || q == '”' && r == '“' }

// begins reports whether a minus excludes: it stands before something, and not
// inside a word.
func (p *parser) begins(i int) bool {
	if i+1 >= len(p.runes) || isSpace(p.runes[i+1]) {
		return false
	}
	return i == 0 || isSpace(p.runes[i-1]) || strings.ContainsRune("(（|｜", p.runes[i-1])
}

func (p *parser) sign(s string, i *int) {
	p.lexemes = append(p.lexemes, lexeme{sign: s, at: *i})
	*i++
}

// word is a run without spaces: OR, or something to be found.
func (p *parser) word(from, to int) error {
	switch string(p.runes[from:to]) {
	case "OR", "ＯＲ":
		p.lexemes = append(p.lexemes, lexeme{sign: "OR", at: from})
		return nil
	case "AND", "ＡＮＤ":
		return nil // side by side is what it says
	}
	return p.term(from, from, to, true)
}

// term makes what is to be found of a part of the query.
func (p *parser) term(at, from, to int, word bool) error {
	if p.terms++; p.terms > maxTerms {
		return huiying.Errorf(huiying.Invalid, "search.many", maxTerms)
	}
	typed := string(p.runes[from:to])
	text := p.cutter.Cut(typed)
	t := &term{word: word, typed: typed, caseNo: caseNumber(text.Runes)}
	if word {
		t.pieces = piecesOf(text)
	} else if tokens := stream(text.Runes, nil, true); len(tokens) > 0 {
		t.pieces = []piece{newPiece(text.Runes, tokens, false)}
	}
	if len(t.pieces) == 0 {
		return huiying.Errorf(huiying.Invalid, "search.signs_only", at+1, typed)
	}
	p.lexemes = append(p.lexemes, lexeme{term: t, at: at})
	return nil
}

// caseNumber is the token of a case number or of its first part, of which the
// day must be whole; "" when it is none.
func caseNumber(runes []rune) string {
	var b strings.Builder
	for _, r := range runes {
		if !isMinus(r) {
			b.WriteRune(r)
		}
	}
	s := b.String()
	rest, ok := strings.CutPrefix(s, "hy")
	if !ok || len(rest) < 4 || strings.Trim(rest, "0123456789") != "" {
		return ""
	}
	return s
}

// piecesOf takes a word as typed apart. A run of characters of more than a
// word is cut as the analyzer cuts, so that its words may stand apart; what the
// dictionary leaves single stays with what stands beside it.
func piecesOf(t Text) []piece {
	var out []piece
	for i := 0; i < len(t.Runes); {
		end := i
		for end < len(t.Runes) && kindOf(t.Runes[end]) != gap {
			end++
		}
		if end == i {
			i++
			continue
		}
		for _, s := range apart(t, Span{i, end}) {
			runes := t.Runes[s.Start:s.End]
			out = append(out, newPiece(runes, stream(runes, nil, true), true))
		}
		i = end
	}
	return out
}

// longWord is the length from which a run is cut.
const longWord = 5

// apart cuts a run at borders of whole words that leave no single character.
func apart(t Text, run Span) []Span {
	if run.End-run.Start < longWord {
		return []Span{run}
	}
	var cut []Span
	for _, w := range topWords(t.Words, run) {
		last := len(cut) - 1
		short := func(s Span) bool { return s.End-s.Start == 1 }
		if last >= 0 && (short(w) || short(cut[last]) || kindOf(t.Runes[w.Start]) != kindOf(t.Runes[w.Start-1])) {
			cut[last].End = w.End
			continue
		}
		cut = append(cut, w)
	}
	if len(cut) == 0 || cut[0].Start != run.Start || cut[len(cut)-1].End != run.End {
		return []Span{run}
	}
	return cut
}

// topWords are the words of a run that are no part of another, in order and
// without a gap; what no word covers stands as single characters.
func topWords(words []Span, run Span) []Span {
	var out []Span
	at := run.Start
	for at < run.End {
		best := Span{at, at + 1}
		for _, w := range words {
			if w.Start == at && w.End <= run.End && w.End > best.End {
				best = w
			}
		}
		out = append(out, best)
		at = best.End
	}
	return out
}

// longPrefix is the length from which a name or number as typed may go on: a
// shorter beginning would be that of far too many.
const longPrefix = 3

func newPiece(runes []rune, tokens []token, typed bool) piece {
	last := tokens[len(tokens)-1]
	p := piece{tokens: tokens, runes: runes}
	if last.kind == character {
		p.prefix = len([]rune(last.text)) == 1 && len(tokens) > 1
	} else {
		p.prefix = typed && last.End-last.Start >= longPrefix
	}
	return p
}

// choice reads parts with OR between them.
func (p *parser) choice(depth int) (node, error) {
	if depth > maxDepth {
		return nil, huiying.Errorf(huiying.Invalid, "search.deep", maxDepth)
	}
	var parts either
	for {
		part, err := p.together(depth)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		if p.at >= len(p.lexemes) || p.lexemes[p.at].sign != "OR" {
			break
		}
		p.at++
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return parts, nil
}

// together reads terms side by side.
func (p *parser) together(depth int) (node, error) {
	var yes every
	var no either
	begin := p.at
	for p.at < len(p.lexemes) {
		l := p.lexemes[p.at]
		if l.sign == ")" || l.sign == "OR" {
			break
		}
		exclude := l.sign == "-"
		if exclude {
			p.at++
		}
		one, err := p.one(depth, l)
		if err != nil {
			return nil, err
		}
		if exclude {
			no = append(no, one)
		} else {
			yes = append(yes, one)
		}
	}
	switch {
	case len(yes) == 0 && len(no) > 0:
		return nil, huiying.Errorf(huiying.Invalid, "search.only_without", p.lexemes[begin].at+1)
	case len(yes) == 0:
		return nil, p.missing()
	case len(no) > 0:
		return &without{yes, no}, nil
	case len(yes) == 1:
		return yes[0], nil
	}
	return yes, nil
}

// one reads a term or a group in brackets.
func (p *parser) one(depth int, before lexeme) (node, error) {
	if p.at >= len(p.lexemes) {
		return nil, huiying.Errorf(huiying.Invalid, "search.nothing_at", before.at+1)
	}
	l := p.lexemes[p.at]
	switch l.sign {
	case "":
		p.at++
		return l.term, nil
	case "(":
		p.at++
		inside, err := p.choice(depth + 1)
		if err != nil {
			return nil, err
		}
		if p.at >= len(p.lexemes) {
			return nil, huiying.Errorf(huiying.Invalid, "search.bracket_open", l.at+1)
		}
		p.at++ // choice ends at ")" alone
		return inside, nil
	}
	return nil, huiying.Errorf(huiying.Invalid, "search.nothing_at", l.at+1)
}

// missing says where something to be found is missing.
func (p *parser) missing() error {
	at := len(p.runes)
	if p.at < len(p.lexemes) {
		at = p.lexemes[p.at].at + 1
	} else if len(p.lexemes) > 0 {
		at = p.lexemes[len(p.lexemes)-1].at + 1
	}
	return huiying.Errorf(huiying.Invalid, "search.nothing_at", at)
}
