package purges

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/cases"
	"huiying/internal/store/refusals"
)

// Options are how a purge goes.
type Options struct {
	Store *store.Store
	After time.Duration // how long after its end words of a case are kept
	Words func(field string) bool
	File  string // the field that names an attachment
}

// What one transaction of a purge takes out at most, so that the writer is never
// held for long: bytes are overwritten where they lie.
const (
	someBytes = 8 << 20 // of attachments, one of them in any case
	somePosts = 50
)

// Purge takes the words, attachments and posts of an ended case out, as far as
// no other case needs them. What is gone is named by digest in a signed row; a
// large case goes in several transactions, each with a row of its own, so that
// a purge that is cut off is right as far as it came and can be asked for again.
func Purge(ctx context.Context, o Options, p query.NewPurge) (done query.CasePurge, err error) {
	p.Reason = strings.TrimSpace(p.Reason)
	if !slices.Contains(query.Bases(), p.Basis) {
		return done, huiying.Errorf(huiying.Invalid, "purge.basis", strings.Join(query.Bases(), ", "))
	}
	if p.Reason == "" || len([]rune(p.Reason)) > 200 {
		return done, huiying.Errorf(huiying.Invalid, "purge.reason")
	}
	others := &shared{asked: map[string]bool{}, needed: map[string]bool{}}
	known, err := namedBy(ctx, o.Store.Reader(), p.CaseNo)
	if err == nil {
		err = others.look(ctx, o.Store.Reader(), p.CaseNo, digestsOf(known))
	}
	for more := err == nil; more && err == nil; {
		w := work{Options: o, no: p.CaseNo, named: known, shared: others}
		err = o.Store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
			w.tx = tx
			return w.part(ctx, p, &done)
		})
		more = w.left
	}
	return done, err
}

// part is one transaction of a purge; what it took is added to done.
func (w *work) part(ctx context.Context, p query.NewPurge, done *query.CasePurge) error {
	if err := w.due(ctx, w.tx, p); err != nil {
		return err
	}
	if err := w.shared.lookBehind(ctx, w.tx, w.no, digestsOf(w.named), w.shared.seq); err != nil {
		return err
	}
	if err := w.take(ctx); err != nil {
		return err
	}
	if len(w.texts)+len(w.files)+len(w.posts) == 0 {
		if done.N > 0 {
			return nil
		}
		return huiying.Errorf(huiying.Conflict, "purge.nothing", w.no)
	}
	r, err := w.write(ctx, p)
	if err != nil {
		return err
	}
	took, _, err := r.purge()
	add(done, took)
	return err
}

// add joins what a further transaction took to the purge.
func add(done *query.CasePurge, p query.CasePurge) {
	if done.N == 0 {
		*done = p
		return
	}
	done.Texts, done.Files, done.Posts = append(done.Texts, p.Texts...), append(done.Files, p.Files...), append(done.Posts, p.Posts...)
	done.Pages += p.Pages
}

// due refuses a case that is not over, or not over for long enough.
func (o Options) due(ctx context.Context, tx *store.Tx, p query.NewPurge) error {
	c, err := cases.Get(ctx, tx, p.CaseNo)
	if err != nil {
		return err
	}
	switch c.State {
	case huiying.StateClosed, huiying.StateArchived, huiying.StateDismissed, huiying.StateMerged:
	default:
		return huiying.Errorf(huiying.Conflict, "purge.open", p.CaseNo)
	}
	if p.Basis != query.BasisRetention {
		return nil
	}
	ended := c.ClosedAt
	if ended.IsZero() {
		var at int64
		if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(at), 0) FROM record WHERE case_no = $1`, p.CaseNo).Scan(&at); err != nil {
			return fmt.Errorf("read the end of case %s: %w", p.CaseNo, err)
		}
		ended = store.Time(at)
	}
	if until := ended.Add(o.After); tx.Now().Before(until) {
		return huiying.Errorf(huiying.Conflict, "purge.early", p.CaseNo, until.In(tx.Zone()).Format(time.DateOnly))
	}
	return nil
}

// work is one purge inside its transaction.
type work struct {
	Options
	tx                         *store.Tx
	no                         string
	named                      []named
	shared                     *shared
	texts, files, posts, pages []string
	left                       bool // there is more than one transaction takes
}

// take removes what the case alone needs.
func (w *work) take(ctx context.Context) error {
	for _, part := range []func(context.Context) error{w.takeWords, w.takeFiles, w.takePosts} {
		if err := part(ctx); err != nil {
			return fmt.Errorf("purge case %s: %w", w.no, err)
		}
	}
	return nil
}

// namedBy lists the digests that steps of a case name.
func namedBy(ctx context.Context, q store.Querier, no string) ([]named, error) {
	list, err := store.Collect[named](q.QueryContext(ctx, `
		SELECT DISTINCT CAST(j.key AS TEXT), CAST(j.value AS TEXT) FROM record r, json_each(r.payload) j
		WHERE r.case_no = $1 AND j.value LIKE 'sha256:%' ORDER BY 2, 1`, no))(
		func(r *sql.Rows) (d named, err error) { return d, r.Scan(&d.field, &d.digest) })
	if err != nil {
		return nil, fmt.Errorf("read what case %s names: %w", no, err)
	}
	return list, nil
}

// shared are digests of a case and how far the record was looked through for
// other cases that name them and were not purged.
type shared struct {
	asked, needed map[string]bool
	seq           int64
}

// look goes through the record behind seq. It is done once outside the
// transaction, which then looks at what came since: the writer is not held
// while a long record is read.
func (s *shared) look(ctx context.Context, q store.Querier, no string, digests []string) error {
	err := q.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM record`).Scan(&s.seq)
	if err != nil {
		return fmt.Errorf("read the end of the record: %w", err)
	}
	return s.lookBehind(ctx, q, no, digests, 0)
}

func (s *shared) lookBehind(ctx context.Context, q store.Querier, no string, digests []string, seq int64) error {
	list, err := store.Collect[string](q.QueryContext(ctx, `
		SELECT DISTINCT CAST(j.value AS TEXT) FROM record r, json_each(r.payload) j
		WHERE r.seq > $3 AND r.case_no <> $1 AND j.value IN (SELECT value FROM json_each($2))
		AND NOT EXISTS (SELECT 1 FROM purges p WHERE p.case_no = r.case_no AND p.at >= r.at)`,
		no, array(digests), seq))(func(r *sql.Rows) (d string, err error) { return d, r.Scan(&d) })
	if err != nil {
		return fmt.Errorf("look for what other cases need: %w", err)
	}
	for _, d := range digests {
		s.asked[d] = true
	}
	for _, d := range list {
		s.needed[d] = true
	}
	return nil
}

func digestsOf(list []named) []string {
	out := make([]string, len(list))
	for i, d := range list {
		out[i] = d.digest
	}
	return slices.Compact(out)
}

func (w *work) takeWords(ctx context.Context) error {
	return w.each(ctx, "texts", func(d named) (bool, error) { return w.Words(d.field), nil }, &w.texts)
}

// takeFiles takes some of the attachments.
func (w *work) takeFiles(ctx context.Context) error {
	bytes := 0
	return w.each(ctx, "attachments", func(d named) (bool, error) {
		if d.field != w.File {
			return false, nil
		}
		var size int
		err := w.tx.QueryRowContext(ctx, `SELECT coalesce(max(size), 0) FROM attachments WHERE digest = $1`, d.digest).Scan(&size)
		if bytes += size; bytes > someBytes && bytes > size {
			w.left, bytes = true, bytes-size
			return false, err
		}
		return true, err
	}, &w.files)
}

// each removes from a table what is named and is now to go, if it is there and
// nobody else needs it.
func (w *work) each(ctx context.Context, table string, now func(named) (bool, error), gone *[]string) error {
	for _, d := range w.named {
		if slices.Contains(*gone, d.digest) || !w.shared.asked[d.digest] || w.shared.needed[d.digest] {
			continue
		}
		if now, err := now(d); err != nil || !now {
			if err != nil {
				return err
			}
			continue
		}
		res, err := w.tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE digest = $1`, d.digest)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		if n > 0 {
			*gone = append(*gone, d.digest)
		}
	}
	return nil
}

// takePosts withdraws some of the posts of the case that no other case needs:
// one that goes on, or that was not purged since it ended, has them still.
func (w *work) takePosts(ctx context.Context) error {
	var err error
	w.posts, err = w.strings(ctx, `
		SELECT p.id FROM posts p JOIN case_posts cp ON cp.post_id = p.id WHERE cp.case_no = $1 AND p.withdrawn = 0
		AND NOT EXISTS (SELECT 1 FROM case_posts o JOIN cases c ON c.no = o.case_no WHERE o.post_id = p.id AND o.case_no <> $1
			AND (c.closed_at = 0 OR NOT EXISTS (SELECT 1 FROM purges g WHERE g.case_no = o.case_no AND g.at >= c.closed_at))) ORDER BY p.id`)
	if err != nil {
		return err
	}
	if len(w.posts) > somePosts {
		w.posts, w.left = w.posts[:somePosts], true
	}
	for _, id := range w.posts {
		pages, err := refusals.Evidence(ctx, w.tx, id)
		if err != nil {
			return err
		}
		w.pages = append(w.pages, pages...)
		if err := refusals.Withdraw(ctx, w.tx, id); err != nil {
			return err
		}
	}
	slices.Sort(w.pages)
	w.pages = slices.Compact(w.pages)
	return nil
}

func (w *work) strings(ctx context.Context, query string) ([]string, error) {
	return store.Collect[string](w.tx.QueryContext(ctx, query, w.no))(func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) })
}

// write keeps the row of the purge, chained to the one before, and notes it in
// the access log.
func (w *work) write(ctx context.Context, p query.NewPurge) (row, error) {
	r := row{
		caseNo: w.no, at: store.Micros(w.tx.Now()), by: p.Actor.ID, basis: p.Basis, reason: p.Reason,
		texts: array(w.texts), files: array(w.files), posts: array(w.posts), pages: array(w.pages),
	}
	r, err := r.chain(ctx, w.tx)
	if err != nil {
		return r, err
	}
	return r, access.Note(ctx, w.tx, access.Entry{Actor: p.Actor.ID, Action: access.Purged, Object: w.no, Detail: p.Basis})
}
