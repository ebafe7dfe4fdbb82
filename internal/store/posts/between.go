package posts

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"huiying"
	"huiying/internal/store"
)

// Between reads the posts published from a time up to another, in order of
// time, as they were collected last. The first error ends it.
func Between(ctx context.Context, q store.Querier, from, to time.Time) iter.Seq2[huiying.Post, error] {
	return func(yield func(huiying.Post, error) bool) {
		rows, err := q.QueryContext(ctx,
			`SELECT judgement FROM posts WHERE published_at >= $1 AND published_at < $2 ORDER BY published_at, id`, store.Micros(from), store.Micros(to))
		if err != nil {
			yield(huiying.Post{}, fmt.Errorf("read posts: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			p, err := scanPost(rows)
			if !yield(p, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(huiying.Post{}, fmt.Errorf("read posts: %w", err))
		}
	}
}

func scanPost(row interface{ Scan(dest ...any) error }) (huiying.Post, error) {
	var body string
	if err := row.Scan(&body); err != nil {
		return huiying.Post{}, fmt.Errorf("read a post: %w", err)
	}
	var j struct {
		Post huiying.Post `json:"post"`
	}
	if err := json.Unmarshal([]byte(body), &j); err != nil {
		return huiying.Post{}, fmt.Errorf("read a post: %w", err)
	}
	return j.Post, nil
}
