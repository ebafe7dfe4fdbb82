package views

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/byhand"
	"huiying/internal/store/corrections"
	"huiying/internal/store/posts"
)

const postColumns = `p.n, p.judgement, p.level, coalesce(` + byhand.Place + `, ''), p.revision, p.first_seen_at, p.case_no, p.triaged`

// Posts lists posts, the newest arrival first.
func (v *Views) Posts(ctx context.Context, f query.PostFilter) (list query.PostList, err error) {
	err = v.store.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		list, err = v.postList(ctx, q, f)
		return err
	})
	return list, err
}

func (v *Views) postList(ctx context.Context, q store.Querier, f query.PostFilter) (query.PostList, error) {
	return v.listPosts(ctx, q, postConditions(f), f.Before, f.Limit)
}

func (v *Views) listPosts(ctx context.Context, q store.Querier, c conditions, before int64, most int) (list query.PostList, err error) {
	limit := clamp(most)
	page := c
	if before > 0 {
		page.add("p.n < ?", before)
	}
	page.args = append(slices.Clone(page.args), limit+1)
	list.Rows, err = store.Collect[query.PostRow](q.QueryContext(ctx, fmt.Sprintf(
		`SELECT %s FROM posts p WHERE %s ORDER BY p.n DESC LIMIT $%d`, postColumns, page.where(), len(page.args)), page.args...))(v.scanPost)
	if err != nil {
		return list, fmt.Errorf("list posts: %w", err)
	}
	if list.Total = len(list.Rows); before > 0 || list.Total > limit { // else these are all
		if list.Total, err = count(ctx, q, "posts p", c); err != nil {
			return list, fmt.Errorf("count posts: %w", err)
		}
	}
	if list.Total > query.Cap {
		list.Total, list.More = query.Cap, true
	}
	if len(list.Rows) > limit {
		list.Rows = list.Rows[:limit]
		list.Next = list.Rows[limit-1].N
	}
	return list, nil
}

func postConditions(f query.PostFilter) (c conditions) {
	if !f.Scope.All {
		c.add("p.case_no IN (SELECT c.no FROM cases c WHERE "+ofUnit("c")+")", f.Scope.Unit)
	}
	c.in("p.level", levels(f.Levels))
	for _, e := range []struct{ column, value string }{{"p.source", f.Source}, {"p.platform", f.Platform}, {"p.case_no", f.CaseNo}} {
		if e.value != "" {
			c.add(e.column+" = ?", e.value)
		}
	}
	if f.Rule != "" {
		c.add("p.id IN (SELECT post_id FROM post_tags WHERE rule = ?)", f.Rule)
	}
	if f.Text != "" {
		c.add(`(p.text LIKE ? ESCAPE '\' OR p.title LIKE ? ESCAPE '\')`, like(f.Text))
	}
	if f.Topic != "" {
		c.add("p.topic = ?", f.Topic)
	}
	c.in("p.id", f.IDs)
	if f.Tagged {
		c.plain("p.rule <> ''")
	}
	if f.Untended {
		c.plain("p.rule <> '' AND p.level <> 'none' AND p.case_no = '' AND p.triaged = 0 AND p.held = 0 AND p.withdrawn = 0")
	}
	if !f.From.IsZero() {
		c.add("p.collected_at >= ?", store.Micros(f.From))
	}
	if !f.To.IsZero() {
		c.add("p.collected_at < ?", store.Micros(f.To))
	}
	return c
}

// mostDecoded is how many posts are kept decoded at least: the pages of an office
// list the same ones again and again.
const mostDecoded = 1024

func readJudgement(body string) (j huiying.Judgement, err error) {
	err = json.Unmarshal([]byte(body), &j)
	return j, err
}

func (v *Views) scanPost(r *sql.Rows) (p query.PostRow, err error) {
	var body, place string
	var level huiying.Level
	var firstSeen int64
	if err := r.Scan(&p.N, &body, &level, &place, &p.Revision, &firstSeen, &p.CaseNo, &p.Triaged); err != nil {
		return p, err
	}
	p.FirstSeenAt = store.Time(firstSeen)
	if p.Judgement, err = v.posts.Get(p.N, body); err != nil {
		return p, fmt.Errorf("decode post %d: %w", p.N, err)
	}
	p.Judged = byhand.Apply(&p.Judgement, level, place)
	return p, nil
}

// Post reads one post with its history; huiying.NotFound when there is none,
// or none in the scope.
func (v *Views) Post(ctx context.Context, scope query.Scope, id string) (page query.PostPage, err error) {
	err = v.store.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		page, err = v.postPage(ctx, q, scope, id)
		return err
	})
	return page, err
}

func (v *Views) postPage(ctx context.Context, q store.Querier, scope query.Scope, id string) (page query.PostPage, err error) {
	c := postConditions(query.PostFilter{Scope: scope})
	c.add("p.id = ?", id)
	rows, err := store.Collect[query.PostRow](q.QueryContext(ctx,
		`SELECT `+postColumns+` FROM posts p WHERE `+c.where(), c.args...))(v.scanPost)
	if err != nil {
		return page, fmt.Errorf("read post %s: %w", id, err)
	}
	if len(rows) == 0 {
		return page, huiying.Errorf(huiying.NotFound, "store.post_not_found", id)
	}
	page.PostRow = rows[0]
	kept, err := posts.Revisions(ctx, q, id)
	if err != nil {
		return page, fmt.Errorf("read revisions of %s: %w", id, err)
	}
	for _, r := range kept {
		page.Revisions = append(page.Revisions, query.Revision(r))
	}
	if page.Corrections, err = corrections.Of(ctx, q, id); err != nil {
		return page, err
	}
	if err := q.QueryRowContext(ctx, `SELECT topic FROM posts WHERE id = $1`, id).Scan(&page.Topic); err != nil {
		return page, fmt.Errorf("read the topic of %s: %w", id, err)
	}
	if topic := page.Topic; topic != "" {
		err = q.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM posts WHERE topic = $1 AND id <> $2 LIMIT 1000) AS others`,
			topic, id).Scan(&page.Similar)
		if err != nil {
			return page, fmt.Errorf("count the topic of %s: %w", id, err)
		}
	}
	return page, nil
}

// postsByID reads posts by id into a map; unknown ids are left out.
func (v *Views) postsByID(ctx context.Context, q store.Querier, ids []string) (map[string]query.PostRow, error) {
	out := make(map[string]query.PostRow, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	var c conditions
	c.in("p.id", ids)
	rows, err := store.Collect[query.PostRow](q.QueryContext(ctx,
		`SELECT `+postColumns+` FROM posts p WHERE `+c.where(), c.args...))(v.scanPost)
	if err != nil {
		return nil, fmt.Errorf("read posts: %w", err)
	}
	for _, r := range rows {
		out[r.Judgement.Post.ID] = r
	}
	return out, nil
}
