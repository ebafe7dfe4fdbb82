// Package purges takes the words of ended cases out of the database when the
// law or the office's own time limit says so, and keeps who did it, why, and
// the digests of what is gone. The record itself stays whole: it names words by
// digest. It refuses to purge an open case, words that another case still
// needs, and a purge before its time without a legal reason; a text that is
// gone without a row here is found by Find.
package purges

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/record"
)

// purpose is what the signature of a row is for.
const purpose = "huiying.purge.v1"

// row is a purge as it is stored.
type row struct {
	n                          int64
	caseNo                     string
	at                         int64
	by, basis, reason          string
	texts, files, posts, pages string // JSON arrays
	prev, mac                  string
	sweptAt                    int64

	run, removed, from, to int64 // of a slice of posts, see Retire
	digest                 string
}

const columns = `n, case_no, at, by_user, basis, reason, texts, files, posts, pages, prev, mac, swept_at, run, removed, from_at, to_at, digest`

func scan(r *sql.Rows) (p row, err error) {
	return p, r.Scan(&p.n, &p.caseNo, &p.at, &p.by, &p.basis, &p.reason, &p.texts, &p.files, &p.posts, &p.pages, &p.prev, &p.mac, &p.sweptAt,
		&p.run, &p.removed, &p.from, &p.to, &p.digest)
}

// slice reports a row about posts without a case.
func (p row) slice() bool { return p.caseNo == "" }

// parts are what is signed: everything but when the rest was swept.
func (p row) parts() []string {
	out := []string{
		strconv.FormatInt(p.n, 10), p.caseNo, strconv.FormatInt(p.at, 10), p.by, p.basis, p.reason, p.texts, p.files, p.posts, p.pages, p.prev,
	}
	if !p.slice() {
		return out
	}
	for _, n := range []int64{p.run, p.removed, p.from, p.to} {
		out = append(out, strconv.FormatInt(n, 10))
	}
	return append(out, p.digest)
}

// chain gives the row its number, links it to the one before, signs and writes
// it.
func (p row) chain(ctx context.Context, tx *store.Tx) (row, error) {
	err := tx.QueryRowContext(ctx, `SELECT n, mac FROM purges ORDER BY n DESC LIMIT 1`).Scan(&p.n, &p.prev)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return p, fmt.Errorf("read the last purge: %w", err)
	}
	p.n++
	if p.mac, err = record.Sign(tx.MACKey(), purpose, p.parts()...); err != nil {
		return p, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO purges (`+columns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13, $14, $15, $16, $17)`,
		p.n, p.caseNo, p.at, p.by, p.basis, p.reason, p.texts, p.files, p.posts, p.pages, p.prev, p.mac, p.run, p.removed, p.from, p.to, p.digest)
	if err != nil {
		return p, fmt.Errorf("record purge %d: %w", p.n, err)
	}
	return p, nil
}

func (p row) purge() (out query.CasePurge, pages []string, err error) {
	out = query.CasePurge{
		N: p.n, CaseNo: p.caseNo, At: store.Time(p.at), By: p.by, Basis: p.basis, Reason: p.reason, SweptAt: store.Time(p.sweptAt),
	}
	for _, list := range []struct {
		from string
		into *[]string
	}{{p.texts, &out.Texts}, {p.files, &out.Files}, {p.posts, &out.Posts}, {p.pages, &pages}} {
		if err := json.Unmarshal([]byte(list.from), list.into); err != nil {
			return out, nil, fmt.Errorf("purge %d: %w", p.n, err)
		}
	}
	out.Pages = len(pages)
	return out, pages, nil
}

// Of lists the purges of a case, the oldest first; of every case when no is "".
func Of(ctx context.Context, q store.Querier, no string) ([]query.CasePurge, error) {
	rows, err := store.Collect[row](q.QueryContext(ctx, `SELECT `+columns+` FROM purges WHERE case_no <> '' AND ($1 = '' OR case_no = $1) ORDER BY n`, no))(scan)
	if err != nil {
		return nil, fmt.Errorf("read purges: %w", err)
	}
	out := make([]query.CasePurge, 0, len(rows))
	for _, r := range rows {
		p, _, err := r.purge()
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// About lists the purges of a case, and those of other cases that took words
// with them which this case named as well.
func About(ctx context.Context, q store.Querier, no string, missing []string) ([]query.CasePurge, error) {
	list, err := Of(ctx, q, no)
	if err != nil {
		return nil, err
	}
	missing = slices.DeleteFunc(slices.Clone(missing), func(d string) bool { _, told := query.PurgedAt(list, d); return told })
	if len(missing) == 0 {
		return list, nil
	}
	rows, err := store.Collect[row](q.QueryContext(ctx, `
		SELECT `+columns+` FROM purges p WHERE p.case_no <> $1
		AND EXISTS (SELECT 1 FROM json_each($2) m WHERE instr(p.texts, m.value) > 0 OR instr(p.files, m.value) > 0) ORDER BY n`, no, array(missing)))(scan)
	if err != nil {
		return nil, fmt.Errorf("read purges: %w", err)
	}
	for _, r := range rows {
		p, _, err := r.purge()
		if err != nil {
			return nil, err
		}
		list = append(list, partOf(p, missing))
	}
	return list, nil
}

// partOf is of another case's purge what it did to this one: when, by whom, on
// what ground, and which of the digests went. The rest is the other case's.
func partOf(p query.CasePurge, missing []string) query.CasePurge {
	ours := func(list []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(d string) bool { return !slices.Contains(missing, d) })
	}
	return query.CasePurge{N: p.N, At: p.At, By: p.By, Basis: p.Basis, Texts: ours(p.Texts), Files: ours(p.Files), Posts: []string{}, SweptAt: p.SweptAt}
}

// Needed are those of the pages that posts were read from which are still
// here. It reads every revision: it is asked for by the sweep, once for all.
func Needed(ctx context.Context, q store.Querier, pages []string) (map[string]bool, error) {
	out := map[string]bool{}
	if len(pages) == 0 {
		return out, nil
	}
	list, err := store.Collect[string](q.QueryContext(ctx, `
		SELECT DISTINCT json_extract(post, '$.evidence') FROM post_revisions
		WHERE json_extract(post, '$.evidence') IN (SELECT value FROM json_each($1))`, array(pages)))(
		func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) })
	if err != nil {
		return nil, fmt.Errorf("look for pages that are still needed: %w", err)
	}
	for _, name := range list {
		out[name] = true
	}
	return out, nil
}

// Owed is a purge of which messages and pages outside the database are still
// to be removed.
type Owed struct {
	query.CasePurge
	Names []string // of pages
}

// someOwed is how many purges are swept in one look through the messages.
const someOwed = 1000

// Unswept lists some of them, the oldest first.
func Unswept(ctx context.Context, q store.Querier) ([]Owed, error) {
	rows, err := store.Collect[row](q.QueryContext(ctx, `SELECT `+columns+` FROM purges WHERE swept_at = 0 ORDER BY n LIMIT $1`, someOwed))(scan)
	if err != nil {
		return nil, fmt.Errorf("read purges that are owed: %w", err)
	}
	out := make([]Owed, 0, len(rows))
	for _, r := range rows {
		p, names, err := r.purge()
		if err != nil {
			return nil, err
		}
		if r.slice() {
			if p.Posts, err = retired(ctx, q, r.n); err != nil {
				return nil, err
			}
		}
		out = append(out, Owed{p, names})
	}
	return out, nil
}

// Swept notes that nothing is left outside the database.
func Swept(ctx context.Context, s *store.Store, n int64) error {
	return s.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE purges SET swept_at = $2 WHERE n = $1 AND swept_at = 0`, n, store.Micros(tx.Now()))
		if err != nil {
			return fmt.Errorf("note purge %d as swept: %w", n, err)
		}
		return nil
	})
}

// Check finds words and attachments that are gone though no purge says so,
// attachments that were exchanged, and rows about purges that are not ours.
// words tells the fields of a step that name words, file is the field that
// names an attachment.
func Check(words func(field string) bool, file string) record.Check {
	return func(ctx context.Context, q store.Querier, key []byte) ([]record.Finding, error) {
		rows, err := store.Collect[row](q.QueryContext(ctx, `SELECT `+columns+` FROM purges ORDER BY n`))(scan)
		if err != nil {
			return nil, err
		}
		found, gone := chained(rows, key)
		for _, part := range []func() ([]record.Finding, error){
			func() ([]record.Finding, error) { return missingWords(ctx, q, words, gone) },
			func() ([]record.Finding, error) { return missingFiles(ctx, q, file, gone) },
			func() ([]record.Finding, error) { return changedFiles(ctx, q) },
			func() ([]record.Finding, error) { return misfits(ctx, q, rows) },
			func() ([]record.Finding, error) { return unnamed(ctx, q) },
			func() ([]record.Finding, error) { return returned(ctx, q) },
		} {
			more, err := part()
			if err != nil {
				return nil, err
			}
			found = append(found, more...)
		}
		return found, nil
	}
}

// chained checks the rows by themselves, and gives the digests that sound ones
// name.
func chained(rows []row, key []byte) (found []record.Finding, gone map[string]bool) {
	gone = map[string]bool{}
	prev := ""
	for i, r := range rows {
		p, _, err := r.purge()
		if err != nil || r.n != int64(i+1) || r.prev != prev || len(key) > 0 && !record.Signed(key, r.mac, purpose, r.parts()...) {
			found = append(found, finding(record.KindPurge, r.caseNo, 0, "purge.verify_row", r.n, cmp.Or(r.caseNo, r.basis)))
			prev = r.mac
			continue
		}
		for _, digest := range append(p.Texts, p.Files...) {
			gone[digest] = true
		}
		prev = r.mac
	}
	return found, gone
}

func finding(kind record.Kind, no string, n int, key string, args ...any) record.Finding {
	return record.Finding{Kind: kind, CaseNo: no, N: n, Err: huiying.Errorf(huiying.Conflict, key, args...)}
}

// named is a digest that a step names.
type named struct {
	no, field, digest string
	n                 int
}

// unkept lists what steps name by digest and a table does not have. A payload
// that is no JSON is named as edited elsewhere.
func unkept(ctx context.Context, q store.Querier, table string) ([]named, error) {
	list, err := store.Collect[named](q.QueryContext(ctx, `
		SELECT r.case_no, r.n, CAST(j.key AS TEXT), CAST(j.value AS TEXT)
		FROM record r, json_each(CASE WHEN json_valid(r.payload) THEN r.payload ELSE '{}' END) j
		WHERE j.value LIKE 'sha256:%' AND NOT EXISTS (SELECT 1 FROM `+table+` t WHERE t.digest = j.value) ORDER BY r.seq`))(
		func(rows *sql.Rows) (d named, err error) { return d, rows.Scan(&d.no, &d.n, &d.field, &d.digest) })
	if err != nil {
		return nil, fmt.Errorf("look for digests without %s: %w", table, err)
	}
	return list, nil
}

func missingWords(ctx context.Context, q store.Querier, words func(string) bool, gone map[string]bool) (found []record.Finding, err error) {
	list, err := unkept(ctx, q, "texts")
	for _, d := range list {
		if words(d.field) && !gone[d.digest] {
			found = append(found, finding(record.KindTextGone, d.no, d.n, "purge.verify_text", d.no, d.n, d.digest))
		}
	}
	return found, err
}

func missingFiles(ctx context.Context, q store.Querier, field string, gone map[string]bool) (found []record.Finding, err error) {
	list, err := store.Collect[named](q.QueryContext(ctx, `
		SELECT r.case_no, r.n, $1, json_extract(r.payload, '$.' || $1) FROM record r
		WHERE r.action = 'attach_file' AND CASE WHEN json_valid(r.payload) THEN NOT EXISTS (
			SELECT 1 FROM attachments t WHERE t.digest = json_extract(r.payload, '$.' || $1)) END
		ORDER BY r.seq`, field))(
		func(rows *sql.Rows) (d named, err error) {
			var digest sql.NullString
			err = rows.Scan(&d.no, &d.n, &d.field, &digest)
			d.digest = digest.String
			return d, err
		})
	for _, d := range list {
		if !gone[d.digest] {
			found = append(found, finding(record.KindTextGone, d.no, d.n, "purge.verify_file", d.no, d.n, d.digest))
		}
	}
	return found, err
}

// changedFiles compares every attachment with the digest it is kept under.
func changedFiles(ctx context.Context, q store.Querier) (found []record.Finding, err error) {
	digests, err := store.Collect[string](q.QueryContext(ctx, `SELECT digest FROM attachments ORDER BY digest`))(
		func(rows *sql.Rows) (s string, err error) { return s, rows.Scan(&s) })
	for _, digest := range digests {
		var body []byte // one at a time: a case may have a gigabyte of them
		if err := q.QueryRowContext(ctx, `SELECT body FROM attachments WHERE digest = $1`, digest).Scan(&body); err != nil {
			return found, err
		}
		if huiying.Digest(string(body)) != digest {
			found = append(found, finding(record.KindFile, "", 0, "file.changed", digest))
		}
	}
	return found, err
}

// array is the list as a JSON array.
func array(list []string) string {
	if list == nil {
		list = []string{}
	}
	raw, err := json.Marshal(list)
	if err != nil {
		panic(err) // a list of strings has no way to fail
	}
	return string(raw)
}
