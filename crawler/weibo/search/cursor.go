package search

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"huiying/crawler/weibo/account"
)

// cursor is how far the queries were searched. It holds ids, digests and
// times, no words of posts and no authors.
type cursor struct {
	Queries map[string]*query `json:"queries"`
	Account account.Health    `json:"account,omitzero"`
}

// query is how far one was searched. Everything up to Until was read, or
// stands in Work. Times are unix seconds.
type query struct {
	Until int64            `json:"until"`
	Deep  int64            `json:"deep"`           // when what is known was last searched again
	Work  []job            `json:"work,omitempty"` // what is still to be read, in order
	Back  backfill         `json:"back,omitzero"`
	Size  int              `json:"size,omitempty"` // posts on the fullest page there was
	Posts map[string]known `json:"posts"`          // by mid
}

// backfill is what is still to be read of a past window.
type backfill struct {
	From int64 `json:"f,omitempty"`
	To   int64 `json:"t,omitempty"`
	Work []job `json:"work,omitempty"`
}

// job is a span that is read page by page.
type job struct {
	span
	Page  int  `json:"n"`           // the page to ask for
	Tries int  `json:"x,omitempty"` // how often that page was empty
	Sure  bool `json:"s,omitempty"` // it is part of what held more than the site shows: results are to be expected
	Whole bool `json:"w,omitempty"` // it is what was new at a visit, not a part of that
	Apart bool `json:"a,omitempty"` // its parts are read as well
	head  bool // it is what is new: a page of what is known ends it
}

// known is what was accepted of a post.
type known struct {
	State string `json:"s"`
	At    int64  `json:"a"`
	On    int64  `json:"p"` // when it was published
}

// maxKnown bounds what is kept of all queries together.
const maxKnown = 4000

func readCursor(raw json.RawMessage) (cursor, error) {
	c := cursor{}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &c); err != nil {
			return c, fmt.Errorf("read the cursor: %w", err)
		}
	}
	if c.Queries == nil {
		c.Queries = map[string]*query{}
	}
	return c, nil
}

// of gives what is kept of a query, nothing when it was never searched.
func (c cursor) of(q string) *query {
	m := c.Queries[q]
	if m == nil {
		m = &query{}
		c.Queries[q] = m
	}
	if m.Posts == nil {
		m.Posts = map[string]known{}
	}
	return m
}

// keep drops queries that are no longer searched, and the oldest posts of what
// is too much.
func (c cursor) keep(queries []string) {
	maps.DeleteFunc(c.Queries, func(q string, m *query) bool { return m == nil || !slices.Contains(queries, q) })
	share := maxKnown / max(len(queries), 1)
	for _, m := range c.Queries {
		if len(m.Posts) <= share {
			continue
		}
		keys := slices.SortedFunc(maps.Keys(m.Posts), func(a, b string) int {
			return cmp.Or(cmp.Compare(m.Posts[b].On, m.Posts[a].On), cmp.Compare(b, a))
		})
		for _, k := range keys[share:] {
			delete(m.Posts, k)
		}
	}
}

// holds reports whether posts of the span were accepted.
func (q *query) holds(s span) bool {
	if s.Province > 0 {
		return false
	}
	for _, p := range q.Posts {
		if p.On >= s.From && p.On < s.To {
			return true
		}
	}
	return false
}
