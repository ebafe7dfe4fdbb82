package views

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/search"
)

// Over has the views ask an index that somebody keeps up to date.
func (v *Views) Over(x *search.Index) *Views {
	v.index = x
	return v
}

// Find finds posts and counts them by what they are filtered by. While the
// index is being made, posts are listed without counts.
func (v *Views) Find(ctx context.Context, s query.PostSearch) (found query.PostsFound, err error) {
	asked, err := v.index.Parse(s.Text)
	if err != nil {
		return found, err
	}
	done, err := v.index.Turn(ctx, asked)
	if err != nil {
		return found, err
	}
	defer done()
	err = v.store.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		ready := strings.TrimSpace(s.Text) != ""
		if !ready {
			if ready, err = v.index.Ready(ctx, q); err != nil {
				return err
			}
		}
		if ready {
			found, err = v.find(ctx, q, s, asked)
			return err
		}
		if found.PostList, err = v.unindexed(ctx, q, s); err != nil {
			return err
		}
		found.Index, err = v.index.State(ctx)
		found.Index.Done = false // or its facets are still being read
		return err
	})
	return found, err
}

func (v *Views) find(ctx context.Context, q store.Querier, s query.PostSearch, asked search.Query) (query.PostsFound, error) {
	mine, err := seenBy(ctx, q, s.Scope)
	if err != nil {
		return query.PostsFound{}, err
	}
	got, err := v.index.Find(ctx, q, s, mine)
	if err != nil {
		return query.PostsFound{}, err
	}
	out := query.PostsFound{Counts: got.Counts, Short: got.Short, Index: got.Index, Hits: map[int64]query.Hits{}}
	if asked.Empty() {
		out.Index = query.IndexState{Done: true, Percent: 100}
	}
	if err := nameRules(ctx, q, out.Counts[query.ByRule]); err != nil {
		return out, err
	}
	out.Total, out.PostList.More = min(got.Total, query.Cap), got.Total > query.Cap
	if out.Rows, err = v.postsByNumber(ctx, q, got.Posts); err != nil {
		return out, err
	}
	for _, row := range out.Rows {
		if !asked.Empty() {
			out.Hits[row.N] = v.index.Hits(asked, row.Judgement)
		}
	}
	if got.More && len(got.Posts) > 0 {
		out.Next = got.Posts[len(got.Posts)-1]
	}
	return out, nil
}

// seenBy are the posts that a scope sees, the newest first; nil = all.
func seenBy(ctx context.Context, q store.Querier, s query.Scope) ([]int64, error) {
	if s.All {
		return nil, nil
	}
	c := postConditions(query.PostFilter{Scope: s})
	c.plain("p.case_no <> ''")
	list, err := store.Collect[int64](q.QueryContext(ctx, `SELECT p.n FROM posts p WHERE `+c.where()+` ORDER BY p.n DESC`, c.args...))(
		func(r *sql.Rows) (n int64, err error) { return n, r.Scan(&n) })
	if err != nil {
		return nil, fmt.Errorf("list the posts of a unit: %w", err)
	}
	return append([]int64{}, list...), nil // never nil
}

// ByNumber reads posts by their numbers, in the given order; one that is gone is
// left out.
func (v *Views) ByNumber(ctx context.Context, numbers []int64) ([]query.PostRow, error) {
	return v.postsByNumber(ctx, v.store.Reader(), numbers)
}

// postsByNumber reads posts in the given order.
func (v *Views) postsByNumber(ctx context.Context, q store.Querier, numbers []int64) ([]query.PostRow, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	var c conditions
	list := make([]string, len(numbers))
	place := make(map[int64]int, len(numbers))
	for i, n := range numbers {
		list[i], place[n] = strconv.FormatInt(n, 10), i
	}
	c.plain("p.n IN (" + strings.Join(list, ", ") + ")")
	rows, err := store.Collect[query.PostRow](q.QueryContext(ctx, `SELECT `+postColumns+` FROM posts p WHERE `+c.where(), c.args...))(v.scanPost)
	if err != nil {
		return nil, fmt.Errorf("read posts: %w", err)
	}
	slices.SortFunc(rows, func(a, b query.PostRow) int { return cmp.Compare(place[a.N], place[b.N]) })
	return rows, nil
}

// unindexed lists posts without the index. What no column says is asked of the
// facets, as far as there are any.
func (v *Views) unindexed(ctx context.Context, q store.Querier, s query.PostSearch) (query.PostList, error) {
	c := postConditions(query.PostFilter{Scope: s.Scope, Tagged: s.Tagged, From: s.From, To: s.To})
	if s.After > 0 {
		c.add("p.n > ?", s.After)
	}
	for facet, column := range map[string]string{
		query.ByLevel: "p.level", query.BySource: "p.source", query.ByPlatform: "p.platform", query.ByVerified: "p.verified",
	} {
		c.in(column, s.Choices[facet])
	}
	for facet, column := range map[string]string{query.BySentiment: "sentiment", query.ByIntent: "intent"} {
		if values := s.Choices[facet]; len(values) > 0 {
			c.inner("p.n IN (SELECT n FROM post_facets WHERE ", column, values)
		}
	}
	if values := s.Choices[query.ByRule]; len(values) > 0 {
		c.inner("p.id IN (SELECT post_id FROM post_tags WHERE ", "rule", values)
	}
	if values := s.Choices[query.ByPlace]; len(values) > 0 {
		var any []string
		c.args = append(c.args, "\n")
		line := "$" + strconv.Itoa(len(c.args))
		for _, v := range values {
			c.args = append(c.args, "%\n"+strings.TrimSuffix(strings.TrimPrefix(like(v), "%"), "%")+"\n%")
			any = append(any, line+` || places || `+line+` LIKE $`+strconv.Itoa(len(c.args))+` ESCAPE '\'`)
		}
		c.plain("p.n IN (SELECT n FROM post_facets WHERE " + strings.Join(any, " OR ") + ")")
	}
	if values := s.Choices[query.ByCase]; len(values) == 1 {
		c.plain(map[string]string{"yes": "p.case_no <> ''", "no": "p.case_no = ''"}[values[0]])
	}
	return v.listPosts(ctx, q, c, s.Before, s.Limit)
}

// inner adds a condition on a column of another table.
func (c *conditions) inner(from, column string, values []string) {
	c.in(column, values)
	last := len(c.parts) - 1
	c.parts[last] = from + c.parts[last] + ")"
}

// unfiltered leaves out what cases are counted by.
func unfiltered(f query.CaseFilter) query.CaseFilter {
	f.States, f.Levels, f.Unit = nil, nil, ""
	return f
}

// failing names the filters that a case does not pass.
func failing(f query.CaseFilter, state huiying.CaseState, level huiying.Level, unit string) (failed []string) {
	if len(f.States) > 0 && !slices.Contains(f.States, state) {
		failed = append(failed, query.ByState)
	}
	if len(f.Levels) > 0 && !slices.Contains(f.Levels, level) {
		failed = append(failed, query.ByLevel)
	}
	if f.Unit != "" && f.Unit != unit {
		failed = append(failed, query.ByUnit)
	}
	return failed
}

// counter counts cases by facet and value.
type counter map[string]map[string]int

func (c counter) add(f query.CaseFilter, state huiying.CaseState, level huiying.Level, unit string, n int) {
	failed := failing(f, state, level, unit)
	if len(failed) > 1 {
		return
	}
	for facet, value := range map[string]string{query.ByState: string(state), query.ByLevel: string(level), query.ByUnit: unit} {
		if value == "" || len(failed) == 1 && failed[0] != facet {
			continue
		}
		if c[facet] == nil {
			c[facet] = map[string]int{}
		}
		c[facet][value] += n
	}
}

func (c counter) list() map[string][]query.CountValue {
	out := map[string][]query.CountValue{}
	for facet, values := range c {
		for value, n := range values {
			out[facet] = append(out[facet], query.CountValue{Value: value, N: min(n, query.Cap), More: n > query.Cap})
		}
		slices.SortFunc(out[facet], func(a, b query.CountValue) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Value, b.Value)) })
	}
	return out
}

// countCases counts cases by what they are filtered by.
func countCases(ctx context.Context, q store.Querier, f query.CaseFilter, asked search.Query) (map[string][]query.CountValue, error) {
	c := caseConditions(unfiltered(f), asked)
	type group struct {
		state huiying.CaseState
		level huiying.Level
		unit  string
		n     int
	}
	index := "cases_grouped" // in the order of the groups
	if !asked.Empty() || !f.Answered.IsZero() {
		index = "cases_listed"
	}
	groups, err := store.Collect[group](q.QueryContext(ctx,
		`SELECT state, level, unit, count(*) FROM cases INDEXED BY `+index+` WHERE `+c.where()+` GROUP BY state, level, unit`, c.args...))(
		func(r *sql.Rows) (g group, err error) { return g, r.Scan(&g.state, &g.level, &g.unit, &g.n) })
	if err != nil {
		return nil, fmt.Errorf("count cases: %w", err)
	}
	counts := counter{}
	for _, g := range groups {
		counts.add(f, g.state, g.level, g.unit, g.n)
	}
	return counts.list(), nil
}

func countRows(rows []*huiying.Case, f query.CaseFilter) map[string][]query.CountValue {
	counts := counter{}
	for _, c := range rows {
		counts.add(f, c.State, c.Level, c.Unit, 1)
	}
	return counts.list()
}

// markTitles notes where the words of the question stand in titles.
func (v *Views) markTitles(list *query.CaseList, asked search.Query) {
	if asked.Empty() {
		return
	}
	list.Hits = map[string][][2]int{}
	for _, c := range list.Rows {
		if hits := v.index.HitsIn(asked, c.Title); len(hits) > 0 {
			list.Hits[c.No] = hits
		}
	}
}
