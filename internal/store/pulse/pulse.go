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

// How long an answer is kept, and what it is made of.
const (
	wordsFor  = 5 * time.Minute
	heatFor   = time.Hour
	keptTimes = 300              // as long as it took to find: in a small office nothing is old
	within    = 30 * time.Second // one who looks
	mostPosts = 2000             // the newest of the day whose words are looked at
	mostWords = 20
	leastSaid = 2 // a word that one post has is not hot
	weeks     = 4
)

// Find counts posts as the stream does; views.Find is one.
type Find func(ctx context.Context, s query.PostSearch) (query.PostsFound, error)

// Reader reads the pulse of a store. It is safe for concurrent use.
type Reader struct {
	store *store.Store
	find  Find
	timer func() func() time.Duration // begins, and says how long it has been
	want  chan struct{}               // somebody was told something old

	looking chan struct{} // holds one while somebody looks

	mu      sync.Mutex
	running bool
	failed  bool
	kept    query.Pulse
	words   until
	heat    until
}

// until is when an answer is old; zero while there is none.
type until struct{ time.Time }

func (u until) old(now time.Time) bool { return !now.Before(u.Time) }

// New makes a reader.
func New(s *store.Store, find Find) *Reader {
	return &Reader{store: s, find: find, timer: elapsed, want: make(chan struct{}, 1), looking: make(chan struct{}, 1)}
}

func elapsed() func() time.Duration {
	began := time.Now()
	return func() time.Duration { return time.Since(began) }
}

// Run looks at the start, and again whenever somebody was told something old, so
// that no page waits for what takes long to count. Where that fails the next
// page looks, and says why.
func (r *Reader) Run(ctx context.Context) error {
	r.set(func() { r.running = true })
	defer r.set(func() { r.running = false })
	for {
		if err := r.look(ctx); err != nil {
			r.set(func() { r.failed = true })
		}
		select {
		case <-ctx.Done():
			return nil
		case <-r.want:
		}
	}
}

// Pulse is what the office's posts were about, as it was a few minutes ago at
// most. Who closes the page does not waste what others wait for. While the
// index is made, words are not counted yet.
func (r *Reader) Pulse(ctx context.Context) (query.Pulse, error) {
	now := r.store.Now()
	r.mu.Lock()
	kept, old, wait := r.kept, r.words.old(now) || r.heat.old(now), !r.running || r.failed || r.heat.IsZero()
	r.mu.Unlock()
	if !old {
		return kept, nil
	}
	if !wait {
		select {
		case r.want <- struct{}{}:
		default:
		}
		return kept, nil
	}
	if err := r.look(context.WithoutCancel(ctx)); err != nil {
		return query.Pulse{}, err
	}
	r.set(func() { r.failed, kept = false, r.kept })
	return kept, nil
}

// look counts what is old, one at a time.
func (r *Reader) look(ctx context.Context) error {
	r.looking <- struct{}{}
	defer func() { <-r.looking }()
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	now := r.store.Now()
	r.mu.Lock()
	words, heat := r.words.old(now), r.heat.old(now)
	r.mu.Unlock()
	if words {
		took := r.timer()
		found, err := r.hot(ctx, now)
		switch {
		case err == nil:
			r.set(func() { r.kept.Words, r.words = found, until{now.Add(min(wordsFor, keptTimes*took()))} })
		case huiying.ErrorCode(err) != huiying.Unavailable:
			return err
		}
	}
	if heat {
		took := r.timer()
		found, err := r.week(ctx, now)
		if err != nil {
			return err
		}
		r.set(func() { r.kept.Heat, r.heat = found, until{now.Add(min(heatFor, keptTimes*took()))} })
	}
	return nil
}

func (r *Reader) set(set func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	set()
}

// hot are the key words that most of the newest posts of the day have, counted
// by what a search for them finds: the list that the number leads to.
func (r *Reader) hot(ctx context.Context, now time.Time) ([]query.CountValue, error) {
	day := now.Add(-24 * time.Hour)
	said := map[string]int{}
	lists, err := store.Collect[string](r.store.Reader().QueryContext(ctx, `
		SELECT json_extract(judgement, '$.keywords') FROM (SELECT judgement FROM posts
			WHERE collected_at >= $1 AND withdrawn = 0 AND deleted = 0 ORDER BY collected_at DESC LIMIT $2)`, store.Micros(day), mostPosts))(
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
func (r *Reader) week(ctx context.Context, now time.Time) (h query.Heat, err error) {
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
