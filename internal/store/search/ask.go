package search

import "strings"

// match writes the query for FTS5. It is made of column names, operators and
// quoted tokens alone. ranked adds whole words, which say the same but weigh
// more.
func (q Query) match(ranked bool) string { return matchOf(q.root, ranked) }

func matchOf(n node, ranked bool) string {
	switch n := n.(type) {
	case *term:
		return n.match(ranked)
	case every:
		return joined(n, " AND ", ranked)
	case either:
		return joined(n, " OR ", ranked)
	case *without:
		return "(" + matchOf(n.yes, ranked) + " NOT " + matchOf(n.no, ranked) + ")"
	}
	return ""
}

func joined(parts []node, by string, ranked bool) string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = matchOf(p, ranked)
	}
	return "(" + strings.Join(out, by) + ")"
}

func (t *term) match(ranked bool) string {
	pieces := make([]string, len(t.pieces))
	for i, p := range t.pieces {
		pieces[i] = p.match(ranked)
	}
	out := "(" + strings.Join(pieces, " AND ") + ")"
	if t.caseNo != "" {
		out = "(" + out + ` OR extra : "` + t.caseNo + `" *)`
	}
	return out
}

func (p piece) match(ranked bool) string {
	if p.single() {
		return `chars : "` + p.tokens[0].text + `"`
	}
	texts := make([]string, len(p.tokens))
	for i, t := range p.tokens {
		texts[i] = t.text
	}
	out := `grams : "` + strings.Join(texts, " ") + `"`
	if p.prefix {
		out += " *"
	}
	if ranked && plainWord(p.runes) {
		out = `(` + out + ` OR words : "` + string(p.runes) + `")`
	}
	return out
}

// single reports one character, which stands in a column of its own.
func (p piece) single() bool {
	return len(p.tokens) == 1 && p.tokens[0].kind == character && p.tokens[0].End-p.tokens[0].Start == 1
}

// place is where a piece was found, in folded runes.
func (p piece) find(doc []token, each func(Span)) {
	if p.single() {
		for _, t := range doc {
			if t.kind == character && []rune(t.text)[0] == p.runes[0] {
				each(Span{t.Start, t.Start + 1})
			}
		}
		return
	}
	for i := range doc {
		if s, ok := p.at(doc[i:]); ok {
			each(s)
		}
	}
}

// at reports whether the piece stands at the beginning of the tokens.
func (p piece) at(doc []token) (Span, bool) {
	if len(doc) < len(p.tokens) {
		return Span{}, false
	}
	last := len(p.tokens) - 1
	for i, want := range p.tokens {
		got := doc[i].text
		if i == last && p.prefix && strings.HasPrefix(got, want.text) {
			return Span{doc[0].Start, doc[i].Start + len([]rune(want.text))}, true
		}
		if got != want.text {
			return Span{}, false
		}
	}
	return Span{doc[0].Start, doc[last].End}, true
}

func (p piece) stands(doc []token) (found bool) {
	p.find(doc, func(Span) { found = true })
	return found
}

// Holds reports whether the query holds for tokens and a case number, as the
// index would.
func (q Query) holds(doc []token, caseNo string) bool { return holds(q.root, doc, caseNo) }

func holds(n node, doc []token, caseNo string) bool {
	switch n := n.(type) {
	case *term:
		if n.caseNo != "" && strings.HasPrefix(tokenOf(caseNo), n.caseNo) {
			return true
		}
		for _, p := range n.pieces {
			if !p.stands(doc) {
				return false
			}
		}
		return true
	case every:
		for _, one := range n {
			if !holds(one, doc, caseNo) {
				return false
			}
		}
		return true
	case either:
		for _, one := range n {
			if holds(one, doc, caseNo) {
				return true
			}
		}
		return false
	case *without:
		return holds(n.yes, doc, caseNo) && !holds(n.no, doc, caseNo)
	}
	return false
}

// wanted calls each for every term that is not excluded.
func wanted(n node, each func(*term)) {
	switch n := n.(type) {
	case *term:
		each(n)
	case every:
		for _, one := range n {
			wanted(one, each)
		}
	case either:
		for _, one := range n {
			wanted(one, each)
		}
	case *without:
		wanted(n.yes, each)
	}
}
