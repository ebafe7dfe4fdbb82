package search

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"huiying/internal/store"
)

// words is the index of words as an engine keeps it. The only SQL that is not
// the same on every engine is behind it.
type words interface {
	// find gives the newest posts that the question holds for, or the best of
	// them; short says that there are older ones that were not looked at.
	find(ctx context.Context, x *Index, q store.Querier, a ask) (out []int64, short bool, err error)
	put(ctx context.Context, tx *store.Tx, r indexRow) error
	drop(ctx context.Context, tx *store.Tx, table string, n int64) error
	// condition is that of a term on the rows s of case_search; arg keeps an
	// argument and gives its mark.
	condition(t *term, arg func(any) string) string
}

type ask struct {
	Query
	ranked bool
}

// indexRow is what one of the two tables is to hold of a post or a case.
type indexRow struct {
	table string
	n     int64
	doc   *document
}

// wordsOfEngine chooses the index of a store.
func wordsOfEngine(s *store.Store) words {
	if s != nil && s.Engine() == store.Postgres {
		return vectors{}
	}
	return fts5{}
}

// fts5 is SQLite's.
type fts5 struct{}

// find asks FTS5. The hits come in one row: a row each would cost more than the
// search.
func (fts5) find(ctx context.Context, _ *Index, q store.Querier, a ask) (out []int64, short bool, err error) {
	most := mostHits
	from := fmt.Sprintf(`SELECT rowid AS n FROM post_search WHERE post_search MATCH $1 ORDER BY rowid DESC LIMIT %d`, most+1)
	if a.ranked {
		most = mostRanked
		from = fmt.Sprintf(`SELECT n FROM (SELECT rowid AS n, bm25(post_search, 4.0, 1.0, 0.5, 8.0) AS score FROM post_search
			WHERE post_search MATCH $1 ORDER BY rowid DESC LIMIT %d) ORDER BY score, n DESC`, most+1)
	}
	var joined sql.NullString
	if err := q.QueryRowContext(ctx, `SELECT group_concat(n) FROM (`+from+`)`, a.match(a.ranked)).Scan(&joined); err != nil {
		return nil, false, fmt.Errorf("search: %w", err)
	}
	out = numbersIn(joined.String)
	return out, len(out) > most, nil
}

// numbersIn reads numbers with commas between them.
func numbersIn(joined string) (out []int64) {
	for s := range strings.SplitSeq(joined, ",") {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			out = append(out, n)
		}
	}
	return out
}

func (fts5) put(ctx context.Context, tx *store.Tx, r indexRow) error {
	_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO `+r.table+` (rowid, words, grams, chars, extra) VALUES ($1, $2, $3, $4, $5)`,
		r.n, r.doc.words.String(), r.doc.grams.String(), r.doc.chars.String(), r.doc.extra)
	return err
}

func (fts5) drop(ctx context.Context, tx *store.Tx, table string, n int64) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE rowid = $1`, n)
	return err
}

func (fts5) condition(t *term, arg func(any) string) string {
	return `SELECT i.no FROM case_search s JOIN case_index i ON i.id = s.rowid WHERE s.case_search MATCH ` + arg(t.match(false))
}
