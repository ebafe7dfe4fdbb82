package cases

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"huiying"
	"huiying/internal/store"
)

// Watched lists, by source, the posts of cases in which work is owed, the
// newest first and without their words: what is looked at again for edits and
// deletions. Deleted posts and the service's own findings are left out.
func Watched(ctx context.Context, q store.Querier) (map[string][]huiying.Post, error) {
	type row struct {
		state huiying.CaseState
		post  huiying.Post
	}
	rows, err := store.Collect[row](q.QueryContext(ctx, `
		SELECT c.state, p.judgement FROM cases c JOIN case_posts cp ON cp.case_no = c.no JOIN posts p ON p.id = cp.post_id
		WHERE c.open_key IS NOT NULL AND p.deleted = 0 AND p.withdrawn = 0 AND p.kind <> 'finding' ORDER BY p.n DESC`))(
		func(rows *sql.Rows) (r row, err error) {
			var raw string
			var j huiying.Judgement
			if err := rows.Scan(&r.state, &raw); err != nil {
				return r, err
			}
			err = json.Unmarshal([]byte(raw), &j)
			r.post = j.Post
			return r, err
		})
	if err != nil {
		return nil, fmt.Errorf("read the posts of open cases: %w", err)
	}
	out := map[string][]huiying.Post{}
	for _, r := range rows {
		if !r.state.Open() {
			continue
		}
		p := r.post
		p.Title, p.Text, p.Answers, p.Author = "", "", nil, huiying.Author{}
		out[p.Source] = append(out[p.Source], p)
	}
	return out, nil
}
