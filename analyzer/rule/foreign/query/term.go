package query

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"huiying/analyzer/rule/foreign"
)

// sign is one character of a term of a query; wild ones stand for others.
type sign struct {
	r    rune
	wild bool
}

// signs reads a term of a query: * stands for any characters and ? for one,
// a backslash takes the next character as it stands.
func signs(raw string) []sign {
	var out []sign
	escaped := false
	for _, r := range raw {
		if r == '\\' && !escaped {
			escaped = true
			continue
		}
		out = append(out, sign{r, !escaped && (r == '*' || r == '?')})
		escaped = false
	}
	return out
}

func (s sign) any() bool   { return s.wild && s.r == '*' }
func (s sign) space() bool { return unicode.IsSpace(s.r) }

// trim drops what is fit at both ends.
func trim(all []sign, fit func(sign) bool) []sign {
	for len(all) > 0 && fit(all[0]) {
		all = all[1:]
	}
	for len(all) > 0 && fit(all[len(all)-1]) {
		all = all[:len(all)-1]
	}
	return all
}

func plain(all []sign) string {
	var b strings.Builder
	for _, s := range all {
		b.WriteRune(s.r)
	}
	return b.String()
}

// termOf translates a term or phrase of a query. There words are whole words,
// so Latin ones become word( ); Chinese ones are searched as they stand. A * at
// an end is dropped: that is what a search without word( ) means.
func (p *parser) termOf(t token) *foreign.Node {
	written := p.lex.text(t)
	all := trim(signs(t.text), sign.space)
	core := trim(all, sign.any)
	switch {
	case len(all) == 0:
		return foreign.Lose(t.at, written, "rule.empty_term")
	case !slices.ContainsFunc(core, func(s sign) bool { return !s.wild && telling(s.r) }):
		return foreign.Lose(t.at, written, "rule.import_only_signs")
	case slices.ContainsFunc(core, func(s sign) bool { return s.wild }):
		return p.wildcard(t, core)
	}
	if parts := apart(core); len(parts) > 1 {
		p.note(t.at, "rule.import_phrase_tokens", written)
		leaves := make([]*foreign.Node, len(parts))
		for i, part := range parts {
			leaves[i] = foreign.Checked(&foreign.Node{Kind: foreign.Term, At: t.at, Text: part, Word: latin(part)}, written)
			if leaves[i].Kind == foreign.Lost {
				return leaves[i]
			}
		}
		return foreign.Chain(foreign.Node{At: t.at, Ordered: true}, leaves)
	}
	text := plain(core)
	n := &foreign.Node{Kind: foreign.Term, At: t.at, Text: text, Word: latin(text)}
	if len(core) < len(all) && n.Word {
		n.Word = false
		p.note(t.at, "rule.import_wild_latin", written, text)
	}
	return foreign.Checked(n, written)
}

// telling reports whether a character can be looked for: punctuation alone
// finds everything and there it finds nothing.
func telling(r rune) bool {
	return !unicode.IsPunct(r) && !unicode.IsSpace(r) && !strings.ContainsRune("$+<=>^`|~", r) && unicode.IsGraphic(r)
}

// wildcard writes a term with * or ? inside as a pattern: * does not pass
// white space.
func (p *parser) wildcard(t token, core []sign) *foreign.Node {
	var b strings.Builder
	for i, s := range core {
		switch {
		case s.wild && s.r == '*':
			b.WriteString(`[^\s]*`)
		case s.wild:
			b.WriteString(".")
		case s.space() && (i == 0 || !core[i-1].space()):
			if beside(core, i) {
				b.WriteString(`\s*`)
			} else {
				b.WriteString(`\s+`)
			}
		case !s.space():
			b.WriteString(regexp.QuoteMeta(string(s.r)))
		}
	}
	written := p.lex.text(t)
	n := foreign.Checked(&foreign.Node{Kind: foreign.Regex, At: t.at, Text: b.String()}, written)
	if n.Kind == foreign.Regex {
		p.note(t.at, "rule.import_wild_regex", written, foreign.Write(n))
	}
	return n
}

// beside reports whether the white space at i touches Chinese, which is
// written without any.
func beside(all []sign, i int) bool {
	from, to := i, i
	for from > 0 && all[from].space() {
		from--
	}
	for to < len(all)-1 && all[to].space() {
		to++
	}
	return chinese(all[from].r) || chinese(all[to].r)
}

// apart cuts a phrase at the white space that touches Chinese: there it
// separates words, in the text nothing does.
func apart(all []sign) []string {
	var parts []string
	from := 0
	for i, s := range all {
		if s.space() && beside(all, i) {
			if i > from {
				parts = append(parts, plain(all[from:i]))
			}
			from = i + 1
		}
	}
	return append(parts, plain(all[from:]))
}

func chinese(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// latin reports whether a term is written in Latin letters and digits, with
// signs and spaces only between them.
func latin(s string) bool {
	runes := []rune(s)
	for i, r := range runes {
		letter := unicode.Is(unicode.Latin, r) || unicode.IsDigit(r)
		inside := i > 0 && i < len(runes)-1 && r < 0x80 && unicode.IsPrint(r)
		if !letter && !inside {
			return false
		}
	}
	return len(runes) > 0
}
