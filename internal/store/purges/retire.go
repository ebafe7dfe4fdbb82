package purges

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/record"
	"huiying/internal/store/refusals"
)

// Retirement is one run over the posts without a case whose time is over.
type Retirement struct {
	Before time.Time // posts that were collected before
	Began  time.Time // of the run, which its slices have in common
	By     string    // whose doing it is
	Slice  int       // posts in one transaction; 0 = as many as are done in some 10 ms
}

// What one transaction of a run takes: writes that alert wait for no longer than
// a slice, whatever else the machine has to do.
const (
	firstSlice = 20
	mostPosts  = 500
	aim        = 10 * time.Millisecond
)

// resized is the size of the next slice after one that took so long.
func resized(size int, took time.Duration) int {
	switch {
	case took > aim:
		return max(size*int(aim)/int(took), 1)
	case took < aim/2:
		return min(size*2, mostPosts)
	}
	return size
}

// kept is the condition that people decided to keep post p: it is pinned or was
// added to an event by hand, its snapshots are preserved, or a released report
// quotes it.
const kept = `(EXISTS (SELECT 1 FROM topic_pins k WHERE k.post_id = p.id) OR EXISTS (SELECT 1 FROM topic_added k WHERE k.post_id = p.id)
	OR EXISTS (SELECT 1 FROM preservations k WHERE k.post_id = p.id AND k.ended_at = 0)
	OR EXISTS (SELECT 1 FROM report_quotes k JOIN reports r ON r.id = k.report WHERE k.post = p.id AND r.state = 'released'))`

// over is the condition that the time of post p, kept by nobody, is over before
// $1. No case has it, now or in the past: words of cases go by their own
// time. Our own findings are nobody's words. One that the heat or the search has
// not counted yet waits until it is, or its count would be lost.
const over = `p.withdrawn = 0 AND p.case_no = '' AND p.collected_at < $1 AND p.kind <> 'finding' AND p.platform <> 'system'
	AND NOT EXISTS (SELECT 1 FROM case_posts c WHERE c.post_id = p.id)
	AND p.n > (SELECT coalesce(max(value), 0) FROM heat_state WHERE name = 'next')
	AND p.n > (SELECT coalesce(max(value), 0) FROM search_state WHERE name = 'next')`

// doomed is a post whose time is over.
type doomed struct {
	n, at int64
	id    string
}

// Retire takes the words of every post out whose time is over, in slices, each a
// transaction with a signed row of its own: a run that is cut off is right as
// far as it came, and goes on where it was when it is asked for again. done is
// how many posts went, also with an error.
func Retire(ctx context.Context, s *store.Store, r Retirement) (done int, err error) {
	measured := r.Slice == 0
	if measured {
		r.Slice = firstSlice
	}
	var last doomed
	for {
		var list []doomed
		var took time.Duration
		err := s.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) (err error) {
			began := time.Now()
			list, err = r.slice(ctx, tx, last)
			took = time.Since(began)
			return err
		})
		if err != nil {
			return done, err
		}
		if done += len(list); len(list) < r.Slice {
			return done, nil
		}
		last = list[len(list)-1]
		if measured {
			r.Slice = resized(r.Slice, took)
		}
	}
}

func (r Retirement) slice(ctx context.Context, tx *store.Tx, last doomed) ([]doomed, error) {
	list, err := r.next(ctx, tx, last)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list, r.take(ctx, tx, list)
}

// next are some posts behind the last, the oldest first.
func (r Retirement) next(ctx context.Context, q store.Querier, last doomed) ([]doomed, error) {
	list, err := store.Collect[doomed](q.QueryContext(ctx, `
		SELECT p.n, p.collected_at, p.id FROM posts p WHERE `+over+` AND (p.collected_at, p.n) > ($2, $3) AND NOT `+kept+`
		ORDER BY p.collected_at, p.n LIMIT $4`, store.Micros(r.Before), last.at, last.n, r.Slice))(
		func(rows *sql.Rows) (d doomed, err error) { return d, rows.Scan(&d.n, &d.at, &d.id) })
	if err != nil {
		return nil, fmt.Errorf("look for posts whose time is over: %w", err)
	}
	return list, nil
}

// take removes the words of a slice and writes its row.
func (r Retirement) take(ctx context.Context, tx *store.Tx, list []doomed) error {
	var pages []string
	members := make([]member, len(list))
	for i, d := range list {
		of, err := refusals.Evidence(ctx, tx, d.id)
		if err != nil {
			return err
		}
		pages = append(pages, of...)
		if members[i], err = d.member(ctx, tx); err != nil {
			return err
		}
		if err := refusals.Expire(ctx, tx, d.id); err != nil {
			return err
		}
	}
	slices.Sort(pages)
	row, err := row{
		at: store.Micros(tx.Now()), by: r.By, basis: query.BasisRetention, texts: array(nil), files: array(nil), posts: array(nil),
		pages: array(slices.Compact(pages)), run: store.Micros(r.Began), removed: int64(len(list)), from: list[0].at, to: list[len(list)-1].at,
		digest: digestOf(members),
	}.chain(ctx, tx)
	if err != nil {
		return err
	}
	for _, m := range members {
		if _, err := tx.ExecContext(ctx, `INSERT INTO retired_posts (purge, n, digest) VALUES ($1, $2, $3)`, row.n, m.n, m.digest); err != nil {
			return fmt.Errorf("note what purge %d took: %w", row.n, err)
		}
	}
	return nil
}

// forPost is what the digest of a post that went is signed for.
const forPost = "huiying.retired.v1"

// member is a post of a slice; see retired_posts.
type member struct {
	n      int64
	digest string
}

// member signs what is about to go: every revision as it was collected. A plain
// digest of a short text would let anybody try texts against it.
func (d doomed) member(ctx context.Context, tx *store.Tx) (member, error) {
	list, err := store.Collect[string](tx.QueryContext(ctx, `SELECT post FROM post_revisions WHERE post_id = $1 ORDER BY revision`, d.id))(
		func(rows *sql.Rows) (s string, err error) { return s, rows.Scan(&s) })
	if err != nil {
		return member{}, fmt.Errorf("read the revisions of %s: %w", d.id, err)
	}
	parts := []string{d.id}
	for _, body := range list {
		parts = append(parts, huiying.Digest(body))
	}
	mac, err := record.Sign(tx.MACKey(), forPost, parts...)
	return member{d.n, mac}, err
}

// digestOf is over the numbers and digests of a slice, in the order of numbers.
func digestOf(list []member) string {
	list = slices.SortedFunc(slices.Values(list), func(a, b member) int { return int(a.n - b.n) })
	var b strings.Builder
	for _, m := range list {
		b.WriteString(strconv.FormatInt(m.n, 10) + " " + m.digest + "\n")
	}
	return huiying.Digest(b.String())
}

// lastRun is the counter that has when the last run that came to its end began.
const lastRun = "retention"

// LastRun is when it began; zero where there was none.
func LastRun(ctx context.Context, q store.Querier) (time.Time, error) {
	var at int64
	err := q.QueryRowContext(ctx, `SELECT value FROM counters WHERE name = $1`, lastRun).Scan(&at)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, fmt.Errorf("read when posts were last retired: %w", err)
	}
	return store.Time(at), nil
}

// Ran notes that a run came to its end.
func Ran(ctx context.Context, s *store.Store, began time.Time) error {
	return s.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO counters (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2`, lastRun, store.Micros(began))
		if err != nil {
			return fmt.Errorf("note when posts were retired: %w", err)
		}
		return nil
	})
}
