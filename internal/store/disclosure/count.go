package disclosure

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"huiying/internal/query"
	"huiying/internal/store"
)

// own is the condition that a post is of one of the office's own accounts: its
// platform verified the account as a government's, so it keeps its name, and
// the name is in the list ($1, JSON).
const own = ` FROM posts WHERE platform = 'weibo' AND kind IN ('post', 'repost') AND verified = 'government' AND deleted = 0
	AND json_extract(judgement, '$.post.author.name') IN (SELECT value FROM json_each($1)) AND published_at < $2`

// OwnPosts lists the office's own posts that were published before a time, the
// oldest first, with when.
func OwnPosts(ctx context.Context, q store.Querier, accounts []string, before time.Time) (ids []string, at []time.Time, err error) {
	raw, err := json.Marshal(accounts)
	if err != nil {
		return nil, nil, err
	}
	ids, err = store.Collect[string](q.QueryContext(ctx, `SELECT id, published_at`+own+` ORDER BY published_at, id`, string(raw), store.Micros(before)))(
		func(r *sql.Rows) (id string, err error) {
			var when int64
			err = r.Scan(&id, &when)
			at = append(at, store.Time(when))
			return id, err
		})
	if err != nil {
		return nil, nil, fmt.Errorf("count the office's own posts: %w", err)
	}
	return ids, at, nil
}

// Begin is when the data of a kind begin: the first post that was collected, or
// the first step of the record. Zero = there are none.
func Begin(ctx context.Context, q store.Querier) (posts, cases time.Time, err error) {
	var p, c int64
	err = q.QueryRowContext(ctx, `SELECT COALESCE((SELECT MIN(first_seen_at) FROM posts), 0), COALESCE((SELECT MIN(at) FROM record), 0)`).Scan(&p, &c)
	if err != nil {
		return posts, cases, fmt.Errorf("read since when there are data: %w", err)
	}
	return store.Time(p), store.Time(c), nil
}

// Stands reports whether the record of cases still has the step that was its
// last when a report was released, unchanged.
func Stands(ctx context.Context, q store.Querier, r query.DisclosureRelease) (bool, error) {
	if r.HeadSeq == 0 {
		return true, nil // there was no record
	}
	var n int
	if err := q.QueryRowContext(ctx, `SELECT count(*) FROM record WHERE seq = $1 AND hash = $2`, r.HeadSeq, r.HeadHash).Scan(&n); err != nil {
		return false, fmt.Errorf("look for step %d of the record: %w", r.HeadSeq, err)
	}
	return n == 1, nil
}
