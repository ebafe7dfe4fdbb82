package search

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"huiying/internal/store"
)

// What a tsvector can hold: the place of a lexeme, how many places of one, its
// bytes, and all of them together with some room to spare.
const (
	lastPlace   = 16_383
	mostPlaces  = 255
	longLexeme  = 1_000
	largeVector = 1_000_000
	mostApart   = 200 // posts too long for places that are read as they stand
)

// vectors is PostgreSQL's index: one tsvector of a post, whose lexemes begin
// with the letter of the column that they would be in with SQLite.
type vectors struct{}

// find asks the vectors, and looks itself through posts of which they do not
// have the places.
func (v vectors) find(ctx context.Context, x *Index, q store.Querier, a ask) (out []int64, short bool, err error) {
	most := mostHits
	from := fmt.Sprintf(`SELECT n FROM post_search WHERE apart = 0 AND tokens @@ $1::tsquery ORDER BY n DESC LIMIT %d`, most+1)
	if a.ranked {
		most = mostRanked
		from = fmt.Sprintf(`SELECT n FROM (SELECT n, ts_rank('{0.05, 0.1, 0.8, 0.4}', tokens, $1::tsquery, 1) AS score FROM post_search
			WHERE apart = 0 AND tokens @@ $1::tsquery ORDER BY n DESC LIMIT %d) AS newest ORDER BY score DESC, n DESC`, most+1)
	}
	var joined sql.NullString
	err = q.QueryRowContext(ctx, `SELECT string_agg(n::text, ',') FROM (`+from+`) AS hits`, tsquery(a.root, a.ranked, false)).Scan(&joined)
	if err != nil {
		return nil, false, fmt.Errorf("search: %w", err)
	}
	out = numbersIn(joined.String)
	short = len(out) > most
	apart, more, err := v.apart(ctx, x, q, a.Query)
	if err != nil {
		return nil, false, err
	}
	out = append(out, apart...)
	if !a.ranked {
		slices.SortFunc(out, func(a, b int64) int { return int(min(max(b-a, -1), 1)) })
	}
	return out, short || more, nil
}

// apart looks through long posts that have all the pairs, wherever they stand.
func (vectors) apart(ctx context.Context, x *Index, q store.Querier, asked Query) (out []int64, more bool, err error) {
	var joined sql.NullString
	err = q.QueryRowContext(ctx, fmt.Sprintf(`SELECT string_agg(n::text, ',') FROM (
		SELECT n FROM post_search WHERE apart = 1 AND tokens @@ $1::tsquery ORDER BY n DESC LIMIT %d) AS hits`, mostApart+1),
		tsquery(asked.root, false, true)).Scan(&joined)
	if err != nil {
		return nil, false, fmt.Errorf("search long posts: %w", err)
	}
	list := numbersIn(joined.String)
	if more = len(list) > mostApart; more {
		list = list[:mostApart]
	}
	for _, n := range list {
		p, err := x.asItStands(ctx, q, n)
		if err != nil {
			return nil, false, err
		}
		if p.there && asked.holds(p.tokens, p.caseNo) {
			out = append(out, n)
		}
	}
	return out, more, nil
}

func (vectors) put(ctx context.Context, tx *store.Tx, r indexRow) error {
	text, apart := vectorOf(r.doc)
	_, err := tx.ExecContext(ctx, `INSERT INTO `+r.table+` (n, tokens, apart) VALUES ($1, $2::text::tsvector, $3)
		ON CONFLICT (n) DO UPDATE SET tokens = excluded.tokens, apart = excluded.apart`, r.n, text, store.Flag(apart))
	return err
}

func (vectors) drop(ctx context.Context, tx *store.Tx, table string, n int64) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE n = $1`, n)
	return err
}

// condition holds for a long case whose words stand apart as well: its texts
// are many, and nobody reads them for a list.
func (vectors) condition(t *term, arg func(any) string) string {
	exact, loose := arg(tsquery(t, false, false)), arg(tsquery(t, false, true))
	return `SELECT i.no FROM case_search s JOIN case_index i ON i.id = s.n WHERE s.tokens @@ ` + exact + `::text::tsquery AND s.apart = 0
		OR s.tokens @@ ` + loose + `::text::tsquery AND s.apart = 1`
}

// tsquery writes a question for vectors. ranked adds whole words, which say the
// same but weigh more; loose asks for the pairs of a phrase wherever they stand
// and excludes no phrase, so that it holds wherever the question does.
func tsquery(n node, ranked, loose bool) string {
	join := func(parts []node, by string) string {
		out := make([]string, len(parts))
		for i, p := range parts {
			out[i] = tsquery(p, ranked, loose)
		}
		return "(" + strings.Join(out, by) + ")"
	}
	switch n := n.(type) {
	case *term:
		pieces := make([]string, len(n.pieces))
		for i, p := range n.pieces {
			pieces[i] = p.tsquery(ranked, loose)
		}
		out := "(" + strings.Join(pieces, " & ") + ")"
		if n.caseNo != "" {
			out = "(" + out + " | " + quoted('x', n.caseNo) + ":*)"
		}
		return out
	case every:
		return join(n, " & ")
	case either:
		return join(n, " | ")
	case *without:
		if loose {
			return tsquery(n.yes, ranked, loose)
		}
		return "(" + tsquery(n.yes, ranked, loose) + " & !" + tsquery(n.no, ranked, loose) + ")"
	}
	return ""
}

func (p piece) tsquery(ranked, loose bool) string {
	if p.single() {
		return quoted('c', p.tokens[0].text)
	}
	texts := make([]string, len(p.tokens))
	for i, t := range p.tokens {
		texts[i] = quoted('g', t.text)
	}
	if p.prefix {
		texts[len(texts)-1] += ":*"
	}
	by := " <-> "
	if loose {
		by = " & "
	}
	out := "(" + strings.Join(texts, by) + ")"
	if ranked && plainWord(p.runes) {
		out = "(" + out + " | " + quoted('w', string(p.runes)) + ")"
	}
	return out
}

// quoted writes one token of a question.
func quoted(column byte, text string) string { return marked(lexemeOf(column, text)) }

func marked(name string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(name, `\`, `\\`), "'", "''") + "'"
}

// lexemeOf is a token as a lexeme, cut to what a vector takes.
func lexemeOf(column byte, text string) string {
	if len(text) > longLexeme {
		end := longLexeme
		for !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	return string(column) + text
}

// vectorOf writes a document as a tsvector. apart says that it is too long for
// the places of its pairs.
func vectorOf(d *document) (text string, apart bool) {
	grams := fields(d.grams.String())
	places := map[string][]int{}
	for i, g := range grams {
		name := lexemeOf('g', g)
		places[name] = append(places[name], i+1)
		apart = apart || i >= lastPlace || len(places[name]) > mostPlaces
	}
	if size(places) > largeVector {
		apart = true
	}
	b := &vectorWriter{}
	for _, c := range fields(d.chars.String()) {
		b.add(lexemeOf('c', c), nil, "")
	}
	if d.extra != "" {
		b.add(lexemeOf('x', d.extra), []int{1}, "B")
	}
	for _, name := range slices.Sorted(maps.Keys(places)) {
		if apart {
			places[name] = nil
		}
		b.add(name, places[name], "C")
	}
	counts := map[string][]int{}
	for _, w := range fields(d.words.String()) {
		name := lexemeOf('w', w)
		if n := len(counts[name]); n < mostPlaces {
			counts[name] = append(counts[name], n+1) // only how many there are weighs
		}
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		b.add(name, counts[name], "A")
	}
	return b.String(), apart
}

func fields(joined string) []string {
	if joined == "" {
		return nil
	}
	return strings.Split(joined, " ")
}

func size(places map[string][]int) (bytes int) {
	for name, list := range places {
		bytes += len(name) + 4 + 2*len(list)
	}
	return bytes
}

// vectorWriter writes lexemes until a vector is full.
type vectorWriter struct {
	strings.Builder
	size int
}

func (b *vectorWriter) add(name string, places []int, weight string) {
	if b.size += len(name) + 4 + 2*len(places); b.size > largeVector {
		return
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	b.WriteString(marked(name))
	for i, at := range places {
		if i == 0 {
			b.WriteByte(':')
		} else {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(at) + weight)
	}
}
