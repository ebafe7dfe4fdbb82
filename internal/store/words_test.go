package store

import (
	"fmt"
	"testing"
)

// What PostgreSQL says in other words is said so outside of quotes and comments
// alone.
func TestForPostgres(t *testing.T) {
	for query, want := range map[string]string{
		`SELECT 1 FROM t WHERE a LIKE $1 ESCAPE '\'`:                  `SELECT 1 FROM t WHERE a ILIKE $1 ESCAPE '\'`,
		`SELECT ' LIKE $1 > 0 ', "LIKE" FROM t -- a LIKE b` + "\n, c": `SELECT ' LIKE $1 > 0 ', "LIKE" FROM t -- a LIKE b` + "\n, c",
		`SELECT 1 FROM cases INDEXED BY cases_listed WHERE no = $1`:   `SELECT 1 FROM cases  WHERE no = $1`,
		`CASE WHEN $7 > 0 THEN $7 ELSE a END`:                         `CASE WHEN $7::bigint > 0 THEN $7 ELSE a END`,
		`a = $2 - 1 OR $10 = 0 OR $1 <> ''`:                           `a = $2::bigint - 1 OR $10::bigint = 0 OR $1 <> ''`,
		`/* $1 > 0 */ SELECT 'it''s LIKE', b`:                         `/* $1 > 0 */ SELECT 'it''s LIKE', b`,
		`UNLIKELY LIKENESS`:                                           `UNLIKELY LIKENESS`,
	} {
		if got := forPostgres(query); got != want {
			t.Errorf("%s\nbecomes %s\n   want %s", query, got, want)
		}
	}
}

// A query is rewritten once, and however many different ones are asked, few are
// kept.
func TestRewrittenIsBounded(t *testing.T) {
	var r rewritten
	n := 0
	rewrite := func(query string) string {
		n++
		return numbered(query)
	}
	for i := range 3 * mostRewritten {
		query := fmt.Sprintf("SELECT $1 + %d", i)
		for range 2 {
			if got, want := r.of(query, rewrite), fmt.Sprintf("SELECT +?1 + %d", i); got != want {
				t.Fatalf("%s becomes %s", query, got)
			}
		}
		if len(r.known) > mostRewritten {
			t.Fatalf("%d are kept", len(r.known))
		}
	}
	if n != 3*mostRewritten {
		t.Errorf("rewritten %d times", n)
	}
}
