package search

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"huiying/internal/store"
)

// casesAtOnce is how many changed cases one slice takes in.
const casesAtOnce = 8

// matter is a case as the index takes it in.
type matter struct {
	seq     int64
	no      string
	title   string
	there   bool
	digests []string
	doc     *document
}

// readCases takes in cases that were opened or changed.
func (x *Index) readCases(ctx context.Context) (bool, error) {
	var list []matter
	err := x.store.Snapshot(ctx, func(ctx context.Context, q store.Querier) (err error) {
		list, err = store.Collect[matter](q.QueryContext(ctx, `
			SELECT w.seq, w.no, c.title FROM (SELECT max(seq) AS seq, no FROM (SELECT seq, no FROM case_changes ORDER BY seq LIMIT $1) AS first GROUP BY no) w
			LEFT JOIN cases c ON c.no = w.no`, casesAtOnce))(func(r *sql.Rows) (m matter, err error) {
			var title sql.NullString
			err = r.Scan(&m.seq, &m.no, &title)
			m.title, m.there = title.String, title.Valid
			return m, err
		})
		for i := range list {
			if err == nil {
				err = x.readCase(ctx, q, &list[i])
			}
		}
		return err
	})
	if err != nil || len(list) == 0 {
		return false, err
	}
	return true, x.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		for _, m := range list {
			if err := x.takeCase(ctx, tx, m); err != nil {
				return fmt.Errorf("take case %s into the index: %w", m.no, err)
			}
		}
		return nil
	})
}

// readCase reads the words of a case that are kept: its title and the texts
// that its steps name.
func (x *Index) readCase(ctx context.Context, q store.Querier, m *matter) error {
	type text struct{ digest, text string }
	list, err := store.Collect[text](q.QueryContext(ctx, `
		SELECT t.digest, t.text FROM texts t WHERE t.digest IN (
			SELECT j.value FROM record r, json_each(r.payload) j WHERE r.case_no = $1 AND j.value LIKE 'sha256:%') ORDER BY t.digest`, m.no))(
		func(r *sql.Rows) (t text, err error) { return t, r.Scan(&t.digest, &t.text) })
	if err != nil {
		return fmt.Errorf("read the words of case %s: %w", m.no, err)
	}
	m.doc = newDocument()
	m.doc.extra = tokenOf(m.no)
	m.doc.add(x.cutter.Cut(m.title), nil)
	for _, t := range list {
		m.digests = append(m.digests, t.digest)
		m.doc.add(x.cutter.Cut(t.text), nil)
	}
	return nil
}

func (x *Index) takeCase(ctx context.Context, tx *store.Tx, m matter) error {
	for _, statement := range []string{
		`INSERT INTO case_index (no) VALUES ($1) ON CONFLICT (no) DO NOTHING`,
		`DELETE FROM case_words WHERE no = $1`,
	} {
		if _, err := tx.ExecContext(ctx, statement, m.no); err != nil {
			return err
		}
	}
	var id int64
	if err := tx.QueryRowContext(ctx, `SELECT id FROM case_index WHERE no = $1`, m.no).Scan(&id); err != nil {
		return err
	}
	gone := !m.there
	for _, d := range m.digests {
		res, err := tx.ExecContext(ctx, `INSERT INTO case_words (digest, no) SELECT digest, $2 FROM texts WHERE digest = $1`, d, m.no)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		gone = gone || n == 0 // purged since it was read: it is read once more
	}
	if gone {
		if err := x.words.drop(ctx, tx, "case_search", id); err != nil || m.there {
			return err
		}
	} else if err := x.words.put(ctx, tx, indexRow{"case_search", id, m.doc}); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM case_changes WHERE no = $1 AND seq <= $2`, m.no, m.seq)
	return err
}

// CaseCondition writes a question as a condition on the table of cases, with
// its arguments numbered behind used. What stands in number or title counts at
// once, the other words when the index has them.
func (q Query) CaseCondition(used int) (condition string, args []any) {
	w := &caseWriter{used: used, words: q.words}
	return w.write(q.root), w.args
}

type caseWriter struct {
	words words
	used  int
	args  []any
}

// arg keeps an argument and gives its mark.
func (w *caseWriter) arg(v any) string {
	w.args = append(w.args, v)
	return "$" + strconv.Itoa(w.used+len(w.args))
}

func (w *caseWriter) write(n node) string {
	switch n := n.(type) {
	case *term:
		like := w.arg("%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(n.typed) + "%")
		return `(no LIKE ` + like + ` ESCAPE '\' OR title LIKE ` + like + ` ESCAPE '\' OR no IN (
			` + w.words.condition(n, w.arg) + `))`
	case every:
		return w.joined(n, " AND ")
	case either:
		return w.joined(n, " OR ")
	case *without:
		return "(" + w.write(n.yes) + " AND NOT " + w.write(n.no) + ")"
	}
	return "1 = 1"
}

func (w *caseWriter) joined(parts []node, by string) string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = w.write(p)
	}
	return "(" + strings.Join(out, by) + ")"
}

// HitsIn are where the words that are asked for stand in a text of a case.
func (x *Index) HitsIn(asked Query, text string) [][2]int {
	if text == "" || asked.Empty() {
		return nil
	}
	t := x.cutter.Cut(text)
	tokens := stream(t.Runes, t.hiding(nil), false)
	var out [][2]int
	wanted(asked.root, func(term *term) {
		for _, p := range term.pieces {
			p.find(tokens, func(s Span) { out = append(out, [2]int{t.at(s.Start), t.at(s.End-1) + 1}) })
		}
	})
	slices.SortFunc(out, func(a, b [2]int) int { return a[0] - b[0] })
	return out
}
