// Package pulse counts what posts were about lately and when people write. It
// keeps its answers for some minutes, for every first page asks, and counts no
// person.
package pulse

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
)

// How long an answer is told, and what it is made of.
const (
	wordsFor  = 5 * time.Minute
	heatFor   = time.Hour
	mostPosts = 2000 // the newest of the day whose words are looked at
	mostWords = 20
	leastSaid = 2 // a word that one post has is not hot
	weeks     = 4

	pastFor     = time.Hour
	recentFor   = time.Minute
	recentHours = 26
	hoursBack   = 60 * 24 // thirty days, and four weeks before the first of them
)

// Find counts posts as the stream does; views.Find is one.
type Find func(ctx context.Context, s query.PostSearch) (query.PostsFound, error)

// Reader reads the pulse of a store. It is safe for concurrent use.
type Reader struct {
	store *store.Store
	find  Find
	words store.Lately[struct{}, []query.CountValue]
	heat  store.Lately[struct{}, query.Heat]

	past   store.Lately[struct{}, span]
	recent store.Lately[time.Time, []query.Hour] // by where the past ends
}

// New makes a reader.
func New(s *store.Store, find Find) *Reader {
	r := &Reader{store: s, find: find}
	r.recent.Nothing = func(hours []query.Hour) bool {
		return !slices.ContainsFunc(hours, func(h query.Hour) bool { return len(h.Count) > 0 })
	}
	return r
}

// Run counts at the start, and again whenever somebody was told something old,
// so that no page waits. What cannot be counted is said by the page that asks.
func (r *Reader) Run(ctx context.Context) error {
	_, _ = r.Pulse(ctx)
	var others sync.WaitGroup
	_, _ = r.Hours(ctx)
	others.Go(func() { _ = r.words.Run(ctx) })
	others.Go(func() { _ = r.past.Run(ctx) })
	others.Go(func() { _ = r.recent.Run(ctx) })
	defer others.Wait()
	return r.heat.Run(ctx)
}

// Pulse is what the office's posts were about lately. While the index is made,
// words are not counted yet.
func (r *Reader) Pulse(ctx context.Context) (p query.Pulse, err error) {
	p.Words, err = r.words.Get(ctx, struct{}{}, store.Span{For: wordsFor, Now: r.store.Now}, r.hot)
	if err != nil && huiying.ErrorCode(err) != huiying.Unavailable {
		return query.Pulse{}, err
	}
	p.Heat, err = r.heat.Get(ctx, struct{}{}, store.Span{For: heatFor, Now: r.store.Now}, r.week)
	return p, err
}

// hot are the key words that most of the newest posts of the day have, counted
// by what a search for them finds: the list that the number leads to.
func (r *Reader) hot(ctx context.Context) ([]query.CountValue, error) {
	now := r.store.Now()
	day := now.Add(-24 * time.Hour)
	said := map[string]int{}
	lists, err := store.Collect[string](r.store.Reader().QueryContext(ctx, `
		SELECT json_extract(judgement, '$.keywords') FROM (SELECT judgement FROM posts
			WHERE collected_at >= $1 AND withdrawn = 0 AND deleted = 0 ORDER BY collected_at DESC LIMIT $2) AS newest`, store.Micros(day), mostPosts))(
		func(rows *sql.Rows) (list string, err error) {
			var raw sql.NullString
			err = rows.Scan(&raw)
			return raw.String, err
		})
	if err != nil {
		return nil, fmt.Errorf("read the words of the day: %w", err)
	}
	for _, raw := range lists {
		var words []huiying.Keyword
		if raw == "" {
			continue
		}
		if err := json.Unmarshal([]byte(raw), &words); err != nil {
			return nil, fmt.Errorf("decode the words of a post: %w", err)
		}
		for _, w := range words {
			said[w.Word]++
		}
	}
	return r.counted(ctx, said, day)
}

func (r *Reader) counted(ctx context.Context, said map[string]int, day time.Time) ([]query.CountValue, error) {
	var out []query.CountValue
	for word, n := range said {
		if word != "" && n >= leastSaid {
			out = append(out, query.CountValue{Value: word, N: n})
		}
	}
	slices.SortFunc(out, descending)
	out = out[:min(len(out), mostWords)]
	for i, w := range out {
		found, err := r.find(ctx, query.PostSearch{Scope: query.Scope{All: true}, Text: `"` + w.Value + `"`, From: day, Limit: 1})
		if err != nil {
			return nil, fmt.Errorf("count posts with %s: %w", w.Value, err)
		}
		out[i].N, out[i].More = found.Total, found.PostList.More || found.Short
	}
	out = slices.DeleteFunc(out, func(w query.CountValue) bool { return w.N == 0 })
	slices.SortFunc(out, descending)
	return out, nil
}

func descending(a, b query.CountValue) int {
	return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Value, b.Value))
}

// week counts the posts of the last whole weeks by weekday and hour.
func (r *Reader) week(ctx context.Context) (h query.Heat, err error) {
	now := r.store.Now()
	zone := r.store.Zone()
	y, m, d := now.In(zone).Date()
	h.To = time.Date(y, m, d, 0, 0, 0, 0, zone)
	h.From = h.To.AddDate(0, 0, -7*weeks)
	type hour struct{ at, n int64 }
	hours, err := store.Collect[hour](r.store.Reader().QueryContext(ctx, `
		SELECT collected_at / 3600000000, count(*) FROM posts WHERE collected_at >= $1 AND collected_at < $2 GROUP BY 1`,
		store.Micros(h.From), store.Micros(h.To)))(func(rows *sql.Rows) (one hour, err error) { return one, rows.Scan(&one.at, &one.n) })
	if err != nil {
		return h, fmt.Errorf("count posts by weekday and hour: %w", err)
	}
	for _, one := range hours {
		at := time.Unix(one.at*3600, 0).In(zone)
		h.Count[(int(at.Weekday())+6)%7][at.Hour()] += int(one.n)
		h.Total += int(one.n)
	}
	return h, nil
}

// span is the posts of consecutive hours and when the last of them ends.
type span struct {
	hours []query.Hour
	until time.Time
}

// Hours are the posts of every hour from the first that counts to the present
// one, the oldest first: those of the last sixty days, or since the first post.
// What lies more than a day back changes little and is kept for longer.
func (r *Reader) Hours(ctx context.Context) ([]query.Hour, error) {
	past, err := r.past.Get(ctx, struct{}{}, store.Span{For: pastFor, Now: r.store.Now}, r.before)
	if err != nil {
		return nil, err
	}
	recent, err := r.recent.Get(ctx, past.until, store.Span{For: recentFor, Now: r.store.Now}, func(ctx context.Context) ([]query.Hour, error) {
		return r.between(ctx, past.until, r.store.Now().Truncate(time.Hour).Add(time.Hour))
	})
	return slices.Concat(past.hours, recent), err
}

// before counts the hours up to a day ago.
func (r *Reader) before(ctx context.Context) (s span, err error) {
	last := r.store.Now().Truncate(time.Hour)
	from := last.Add(-(hoursBack - 1) * time.Hour)
	var first sql.NullInt64
	if err := r.store.Reader().QueryRowContext(ctx, `SELECT min(collected_at) FROM posts`).Scan(&first); err != nil {
		return s, fmt.Errorf("find the first post: %w", err)
	}
	if began := store.Time(first.Int64).Truncate(time.Hour); first.Valid && began.After(from) {
		from = began
	}
	if !first.Valid || from.After(last) {
		from = last
	}
	if s.until = last.Add(-recentHours * time.Hour); s.until.Before(from) {
		s.until = from
	}
	s.hours, err = r.between(ctx, from, s.until)
	return s, err
}

// between counts hours from the index of the time of collection alone.
func (r *Reader) between(ctx context.Context, from, to time.Time) (out []query.Hour, err error) {
	for at := from; at.Before(to); at = at.Add(time.Hour) {
		out = append(out, query.Hour{From: at, Count: map[huiying.Level]int{}})
	}
	type part struct {
		at    int64
		level huiying.Level
		n     int
	}
	parts, err := store.Collect[part](r.store.Reader().QueryContext(ctx, `
		SELECT collected_at / 3600000000, level, count(*) FROM posts WHERE collected_at >= $1 AND collected_at < $2 GROUP BY 1, 2`,
		store.Micros(from), store.Micros(to)))(func(rows *sql.Rows) (p part, err error) { return p, rows.Scan(&p.at, &p.level, &p.n) })
	if err != nil {
		return nil, fmt.Errorf("count posts by hour: %w", err)
	}
	for _, p := range parts {
		out[int(time.Unix(p.at*3600, 0).Sub(from)/time.Hour)].Count[p.level] = p.n
	}
	return out, nil
}
