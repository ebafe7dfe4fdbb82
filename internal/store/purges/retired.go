package purges

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/record"
)

// retired names the posts of a slice that are without words still.
func retired(ctx context.Context, q store.Querier, purge int64) ([]string, error) {
	list, err := store.Collect[string](q.QueryContext(ctx,
		`SELECT p.id FROM retired_posts t JOIN posts p ON p.n = t.n WHERE t.purge = $1 AND p.withdrawn = 1 ORDER BY p.n`, purge))(
		func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) })
	if err != nil {
		return nil, fmt.Errorf("read what purge %d took: %w", purge, err)
	}
	return list, nil
}

// Due counts the posts whose time is over by platform and year of collection,
// the oldest first, and those of them that people keep.
func Due(ctx context.Context, q store.Querier, before time.Time, zone *time.Location) (out query.RetentionDue, err error) {
	at, found, err := oldest(ctx, q)
	out.Before = before
	for ; err == nil && found && at.Before(before); at = time.Date(at.In(zone).Year()+1, 1, 1, 0, 0, 0, 0, zone) {
		var list []query.RetentionYear
		year := at.In(zone).Year()
		end := time.Date(year+1, 1, 1, 0, 0, 0, 0, zone)
		if end.After(before) {
			end = before
		}
		list, err = store.Collect[query.RetentionYear](q.QueryContext(ctx, `
			SELECT p.platform, count(*), coalesce(sum(CASE WHEN `+kept+` THEN 1 ELSE 0 END), 0) FROM posts p
			WHERE `+over+` AND p.collected_at >= $2 GROUP BY p.platform ORDER BY p.platform`, store.Micros(end), store.Micros(at)))(
			func(r *sql.Rows) (y query.RetentionYear, err error) {
				y.Year = year
				err = r.Scan(&y.Platform, &y.Posts, &y.Kept)
				y.Posts -= y.Kept
				return y, err
			})
		out.Years = append(out.Years, list...)
	}
	if err != nil {
		return out, fmt.Errorf("count posts whose time is over: %w", err)
	}
	return out, nil
}

// Oldest is when the oldest post was collected that has its words and no case;
// zero where there is none.
func Oldest(ctx context.Context, q store.Querier) (time.Time, error) {
	at, _, err := oldest(ctx, q)
	return at, err
}

func oldest(ctx context.Context, q store.Querier) (at time.Time, found bool, err error) {
	var micros int64
	err = q.QueryRowContext(ctx, `SELECT collected_at FROM posts WHERE withdrawn = 0 AND case_no = '' ORDER BY collected_at, n LIMIT 1`).Scan(&micros)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, fmt.Errorf("look for the oldest post: %w", err)
	}
	return store.Time(micros), true, nil
}

// someRuns are shown.
const someRuns = 60

// Runs lists the last runs that took anything, the newest first.
func Runs(ctx context.Context, q store.Querier) ([]query.RetentionRun, error) {
	list, err := store.Collect[query.RetentionRun](q.QueryContext(ctx, `
		SELECT run, max(by_user), count(*), sum(removed), min(from_at), max(to_at), sum(CASE WHEN swept_at = 0 THEN 1 ELSE 0 END), max(swept_at)
		FROM purges WHERE run > 0 GROUP BY run ORDER BY run DESC LIMIT $1`, someRuns))(
		func(r *sql.Rows) (out query.RetentionRun, err error) {
			var run, from, to, owed, swept int64
			err = r.Scan(&run, &out.By, &out.Slices, &out.Posts, &from, &to, &owed, &swept)
			out.At, out.From, out.To = store.Time(run), store.Time(from), store.Time(to)
			if owed == 0 {
				out.SweptAt = store.Time(swept)
			}
			return out, err
		})
	if err != nil {
		return nil, fmt.Errorf("read the runs of retention: %w", err)
	}
	return list, nil
}

// misfits finds rows whose posts are not those that stand beside them, and posts
// that stand beside no such row.
func misfits(ctx context.Context, q store.Querier, rows []row) (found []record.Finding, err error) {
	known := map[int64]bool{}
	for _, r := range rows {
		if !r.slice() {
			continue
		}
		known[r.n] = true
		list, err := store.Collect[member](q.QueryContext(ctx, `SELECT n, digest FROM retired_posts WHERE purge = $1 ORDER BY n`, r.n))(
			func(rows *sql.Rows) (m member, err error) { return m, rows.Scan(&m.n, &m.digest) })
		if err != nil {
			return nil, fmt.Errorf("read what purge %d took: %w", r.n, err)
		}
		if int64(len(list)) != r.removed || digestOf(list) != r.digest {
			found = append(found, finding(record.KindPurge, "", 0, "purge.verify_slice", r.n, r.removed, len(list)))
		}
	}
	named, err := store.Collect[int64](q.QueryContext(ctx, `SELECT DISTINCT purge FROM retired_posts ORDER BY purge`))(
		func(rows *sql.Rows) (n int64, err error) { return n, rows.Scan(&n) })
	for _, n := range named {
		if !known[n] {
			found = append(found, finding(record.KindPurge, "", 0, "purge.verify_no_slice", n))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read what retention took: %w", err)
	}
	return found, nil
}

// unnamed finds posts without words that no row names. A post of a case is the
// case's, also one that was taken out of it: the purge of the case names it, and
// a refusal leaves it without a list of its own.
func unnamed(ctx context.Context, q store.Querier) ([]record.Finding, error) {
	return posts(ctx, q, "purge.verify_unnamed", `
		SELECT p.id FROM posts p WHERE p.withdrawn = 1 AND NOT EXISTS (SELECT 1 FROM retired_posts t WHERE t.n = p.n)
		AND NOT EXISTS (SELECT 1 FROM case_posts c WHERE c.post_id = p.id)
		AND NOT EXISTS (SELECT 1 FROM purges g, json_each(g.posts) j WHERE g.case_no <> '' AND j.value = p.id)
		AND NOT EXISTS (SELECT 1 FROM record r WHERE instr(r.payload, p.id) > 0) ORDER BY p.n`)
}

// returned finds posts that a row names and that have their words, though they
// were not collected anew since.
func returned(ctx context.Context, q store.Querier) ([]record.Finding, error) {
	return posts(ctx, q, "purge.verify_returned", `
		SELECT p.id FROM retired_posts t JOIN posts p ON p.n = t.n JOIN purges g ON g.n = t.purge
		WHERE (p.withdrawn = 0 OR p.text <> '' OR p.title <> '' OR p.author <> '') AND p.collected_at <= g.to_at GROUP BY p.id, p.n ORDER BY p.n`)
}

func posts(ctx context.Context, q store.Querier, sentence, query string) (found []record.Finding, err error) {
	list, err := store.Collect[string](q.QueryContext(ctx, query))(func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) })
	if err != nil {
		return nil, fmt.Errorf("look at posts that have no words: %w", err)
	}
	for _, id := range list {
		found = append(found, finding(record.KindPurge, "", 0, sentence, id))
	}
	return found, nil
}
