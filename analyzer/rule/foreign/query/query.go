// Package query translates the search queries of Brandwatch and Meltwater: it
// cuts a file into tokens and queries, reads what an operator, a field or a wild
// term means there, and hands the tree to package foreign, which keeps what our
// language can say. It refuses to guess what is no dialect it knows.
package query

import (
	"slices"

	"huiying"
	"huiying/analyzer/rule/foreign"
)

// maxTokens of a query, far beyond what the language takes.
const maxTokens = 10_000

// The dialects.
const (
	Brandwatch = "brandwatch"
	Meltwater  = "meltwater"
)

// Translate translates queries of Brandwatch (Consumer Research, Listen) or
// Meltwater (Explore), as their help pages describe them. A query is a line;
// it goes on where a bracket is open, where a line ends with an operator and
// where the next begins with one. A line "# name" names the query after it
// ("#话题" without the space is a term); <<< … >>> is a comment. What is no
// dialect is told and nothing translated.
//
// Read the same in both: AND, OR, NOT and NEAR also in lower case; NOT before
// AND before OR; two terms side by side as AND; words as whole words.
func Translate(data []byte, dialect string) foreign.Result {
	if dialect != Brandwatch && dialect != Meltwater {
		return foreign.Result{Problems: []foreign.Note{foreign.Place{Line: 1, Column: 1}.Note("rule.import_dialect", dialect, Brandwatch+" "+Meltwater)}}
	}
	lines, problem := foreign.Decode(data)
	if problem != nil {
		return foreign.Result{Problems: []foreign.Note{*problem}}
	}
	l := lex(lines, dialect)
	res := foreign.Result{Problems: l.notes}
	queries := queriesOf(l)
	if len(queries) == 0 {
		res.Problems = append(res.Problems, foreign.Place{Line: 1, Column: 1}.Note("rule.import_no_queries"))
	}
	for _, q := range queries {
		q.add(&res, l)
	}
	foreign.SortNotes(res.Problems)
	return res
}

// query is the tokens of one query, brackets in pairs, no line ends.
type query struct {
	name   string
	tokens []token
	notes  []foreign.Note
}

// queriesOf cuts the tokens of a file into queries.
func queriesOf(l *lexer) []query {
	var out []query
	q, depth := query{}, 0
	finish := func() {
		if len(q.tokens) > 0 {
			out = append(out, q.paired())
			q = query{}
		}
		depth = 0
	}
	for i, t := range l.out {
		switch t.shape {
		case end:
			finish()
		case title:
			finish()
			q.name = t.text
		case newline:
			if depth == 0 && len(q.tokens) > 0 && !goesOn(q.tokens[len(q.tokens)-1], l.out[i+1:]) {
				finish()
			}
		default:
			q.tokens = append(q.tokens, t)
			switch t.shape {
			case opened:
				depth++
			case closed:
				depth = max(depth-1, 0)
			}
		}
	}
	return out
}

// goesOn reports whether a query does not end between a token and the lines
// after it.
func goesOn(last token, after []token) bool {
	if last.shape == operator || last.shape == fieldName {
		return true
	}
	i := slices.IndexFunc(after, func(t token) bool { return t.shape != newline })
	return i >= 0 && after[i].shape == operator && after[i].op != "" // a minus begins a line of its own
}

// paired drops brackets that close nothing and closes those that stay open.
func (q query) paired() query {
	var open []token
	tokens := q.tokens
	q.tokens = nil
	for _, t := range tokens {
		switch {
		case t.shape == opened:
			open = append(open, t)
		case t.shape == closed && len(open) == 0:
			q.notes = append(q.notes, t.at.Note("rule.import_extra_close"))
			continue
		case t.shape == closed:
			open = open[:len(open)-1]
		}
		q.tokens = append(q.tokens, t)
	}
	for _, t := range open {
		q.notes = append(q.notes, t.at.Note("rule.import_unclosed"))
		last := q.tokens[len(q.tokens)-1]
		q.tokens = append(q.tokens, token{shape: closed, at: last.at, from: last.to, to: last.to})
	}
	return q
}

// add writes a query as a rule.
func (q query) add(res *foreign.Result, l *lexer) {
	if len(q.tokens) == 0 { // brackets that closed nothing
		res.Problems = append(res.Problems, q.notes...)
		return
	}
	first, last := q.tokens[0], q.tokens[len(q.tokens)-1]
	source := string(l.src[first.from:last.to])
	r := foreign.Rule{Name: foreign.Shorten(q.name, foreign.MaxName), Source: source, Line: first.at.Line}
	if r.Name == "" {
		r.Name = foreign.Shorten(source, foreign.MaxName)
	}
	if len(q.tokens) > maxTokens {
		why := huiying.Errorf(huiying.Invalid, "rule.too_long", maxTokens)
		res.Problems = append(res.Problems, first.at.Note("rule.import_refused", r.Name, why))
		return
	}
	p := &parser{lex: l, dialect: l.dialect, tokens: append(q.tokens, token{shape: end, at: last.at, from: last.to, to: last.to}), notes: q.notes}
	root := p.or()
	if p.deep {
		res.Problems = append(res.Problems, p.notes...)
		return
	}
	k := &foreign.Keeper{Notes: p.notes}
	if root != nil {
		root = k.Keep(root, true, foreign.Whole)
	}
	res.Add(r, root, k.Notes)
}
