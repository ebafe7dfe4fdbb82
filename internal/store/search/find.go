package search

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
)

// Limits of one search.
const (
	mostHits    = 20_000 // newest hits of the words that are looked through
	mostRanked  = 10_000 // of them, those put in order
	mostPending = 2_000  // posts that are read as they stand
	smallStore  = 50_000 // posts whose facets are read when first asked for
)

// Found is the numbers of posts, in order, and what was counted.
type Found struct {
	Posts []int64
	More  bool // another page follows
	Total int
	query.PostsFound
}

// Ready reports whether facets are in memory and complete, so that Find can be
// asked without words. A small store is read at once.
func (x *Index) Ready(ctx context.Context, q store.Querier) (bool, error) {
	s, err := readState(ctx, q)
	if err != nil || s.next > 0 {
		return false, err
	}
	return x.ensure(ctx, q)
}

func (x *Index) ensure(ctx context.Context, q store.Querier) (bool, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.loaded {
		return true, nil
	}
	var newest int64
	if err := q.QueryRowContext(ctx, `SELECT coalesce(max(n), 0) FROM posts`).Scan(&newest); err != nil {
		return false, fmt.Errorf("read the newest post: %w", err)
	}
	if x.loading || newest > smallStore {
		return false, nil
	}
	if err := x.facets.load(ctx, q); err != nil {
		return false, err
	}
	x.loaded = true
	return true, nil
}

// Find finds posts among mine, which are those that may be seen, the newest
// first; nil = all. q is a snapshot; the facets must be ready (see Ready) or
// are, with huiying.Unavailable, still being read.
func (x *Index) Find(ctx context.Context, q store.Querier, s query.PostSearch, mine []int64) (Found, error) {
	asked, err := x.Parse(s.Text)
	if err != nil {
		return Found{}, err
	}
	loaded, err := x.ensure(ctx, q)
	if err == nil && !loaded {
		err = huiying.Errorf(huiying.Unavailable, "search.loading")
	}
	if err == nil {
		err = x.facets.follow(ctx, q)
	}
	if err != nil {
		return Found{}, err
	}
	var out Found
	switch {
	case !asked.Empty():
		out, err = x.byWords(ctx, q, asked, s, mine)
	case mine != nil:
		out = x.count(mine, s)
	default:
		out = x.count(nil, s)
	}
	return out, err
}

// count goes through the given posts, nil = all of them, and takes a page.
func (x *Index) count(list []int64, s query.PostSearch) Found {
	x.facets.mu.RLock()
	defer x.facets.mu.RUnlock()
	t := x.facets.newTally(s)
	limit := limitOf(s)
	var page []int64
	if list == nil {
		page = t.all(s.After, s.Before, limit+1)
	} else {
		skip := s.Skip
		for _, n := range list {
			if t.brief && len(page) > limit {
				break
			}
			switch {
			case n <= s.After || !t.see(n) || len(page) > limit || !s.Relevance && s.Before > 0 && n >= s.Before:
			case s.Relevance && skip > 0:
				skip--
			default:
				page = append(page, n)
			}
		}
	}
	out := Found{Posts: page, Total: t.total}
	if len(page) > limit {
		out.Posts, out.More = page[:limit], true
	}
	out.Counts = t.result()
	return out
}

func limitOf(s query.PostSearch) int {
	if s.Limit <= 0 {
		return 50
	}
	return min(s.Limit, 500)
}

// byWords asks the index, and reads what is not in it yet.
func (x *Index) byWords(ctx context.Context, q store.Querier, asked Query, s query.PostSearch, mine []int64) (Found, error) {
	at, err := readState(ctx, q)
	if err != nil {
		return Found{}, err
	}
	read, held, more, err := x.unread(ctx, q, asked, at.read)
	if err != nil {
		return Found{}, err
	}
	hits, short, err := x.words.find(ctx, x, q, ask{asked, s.Relevance})
	if err != nil {
		return Found{}, err
	}
	hits = slices.DeleteFunc(hits, func(n int64) bool { return read[n] })
	hits = append(held, hits...)
	if !s.Relevance {
		slices.SortFunc(hits, func(a, b int64) int { return cmp.Compare(b, a) })
	}
	if mine != nil {
		hits = slices.DeleteFunc(hits, func(n int64) bool {
			_, found := slices.BinarySearchFunc(mine, n, func(a, b int64) int { return cmp.Compare(b, a) })
			return !found
		})
	}
	out := x.count(append([]int64{}, hits...), s)
	out.Short, out.Index = short || more, at.shown()
	return out, nil
}

// unread looks at posts that the index is to take in yet: those it knows of,
// and those of them that the question holds for. They are cut once and kept
// until the index has them. What the index says of any of them does not count;
// more says that only the newest were looked at.
func (x *Index) unread(ctx context.Context, q store.Querier, asked Query, since int64) (read map[int64]bool, held []int64, more bool, err error) {
	type owed struct{ n, seq int64 }
	list, err := store.Collect[owed](q.QueryContext(ctx, `
		SELECT n, max(seq) FROM post_changes WHERE seq > $1 AND words = 1 GROUP BY n ORDER BY n DESC`, since))(
		func(r *sql.Rows) (o owed, err error) { return o, r.Scan(&o.n, &o.seq) })
	if err != nil {
		return nil, nil, false, fmt.Errorf("read which posts are not in the index yet: %w", err)
	}
	read = make(map[int64]bool, len(list))
	for _, o := range list {
		read[o.n] = true
	}
	if more = len(list) > mostPending; more {
		list = list[:mostPending]
	}
	keep := make(map[int64]pending, len(list))
	known := x.known()
	for _, o := range list {
		p, ok := known[o.n]
		if !ok || p.seq != o.seq {
			if p, err = x.asItStands(ctx, q, o.n); err != nil {
				return nil, nil, false, err
			}
			p.seq = o.seq
		}
		keep[o.n] = p
		if p.there && asked.holds(p.tokens, p.caseNo) {
			held = append(held, o.n)
		}
	}
	x.remember(keep)
	return read, held, more, nil
}

// pending is a post that the index has not taken in since its change seq.
type pending struct {
	seq    int64
	there  bool
	caseNo string
	tokens []token
}

// known are the posts as they were cut last; the map is not changed any more.
func (x *Index) known() map[int64]pending {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.pending
}

func (x *Index) remember(list map[int64]pending) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.pending = list
}

// asItStands reads a post and cuts it.
func (x *Index) asItStands(ctx context.Context, q store.Querier, n int64) (p pending, err error) {
	var body string
	err = q.QueryRowContext(ctx, `SELECT case_no, judgement FROM posts WHERE n = $1 AND withdrawn = 0`, n).Scan(&p.caseNo, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("read post %d: %w", n, err)
	}
	j, err := wordsOf(body)
	if err != nil {
		return p, fmt.Errorf("decode post %d: %w", n, err)
	}
	p.there, p.tokens = true, x.tokens(j)
	return p, nil
}

// wordsOf reads of a judgement what the index takes in.
func wordsOf(body string) (j huiying.Judgement, err error) {
	var part struct {
		Post struct {
			Title string `json:"title"`
			Text  string `json:"text"`
		} `json:"post"`
		PersonalData []huiying.PersonalData `json:"personal_data"`
	}
	err = json.Unmarshal([]byte(body), &part)
	j.Post.Title, j.Post.Text, j.PersonalData = part.Post.Title, part.Post.Text, part.PersonalData
	return j, err
}

// tokens are those of a post as the index has them.
func (x *Index) tokens(j huiying.Judgement) []token {
	out := x.field(j, "title")
	out = append(out, token{text: wall, kind: letter})
	return append(out, x.field(j, "text")...)
}

func (x *Index) field(j huiying.Judgement, name string) []token {
	t := x.cutter.Cut(fieldOf(j, name))
	return stream(t.Runes, t.hiding(personalIn(j, name)), false)
}

func fieldOf(j huiying.Judgement, name string) string {
	if name == "title" {
		return j.Post.Title
	}
	return j.Post.Text
}

// Hits are where the words that are asked for stand in a post.
func (x *Index) Hits(asked Query, j huiying.Judgement) query.Hits {
	return query.Hits{Title: x.hits(asked, j, "title"), Text: x.hits(asked, j, "text")}
}

func (x *Index) hits(asked Query, j huiying.Judgement, name string) [][2]int {
	text := fieldOf(j, name)
	if text == "" || asked.Empty() {
		return nil
	}
	t := x.cutter.Cut(text)
	tokens := stream(t.Runes, t.hiding(personalIn(j, name)), false)
	var out [][2]int
	wanted(asked.root, func(term *term) {
		for _, p := range term.pieces {
			p.find(tokens, func(s Span) { out = append(out, [2]int{t.at(s.Start), t.at(s.End-1) + 1}) })
		}
	})
	return out
}
