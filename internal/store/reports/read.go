package reports

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"huiying"
	"huiying/internal/store"
)

// Post is what reports count of a post.
type Post struct {
	ID       string
	Platform string
	Kind     string
	Level    huiying.Level
	Verified string
	Topic    string
	Seen     time.Time // first
	Tone     string    // "" = not sure
	Intent   string    // likewise
	Repeats  bool      // the words of another post
	Heat     int64     // reposts, comments and likes
	Items    []string  // service items
}

// PostAsk says which posts: first seen in a half-open period, of an event or
// of all, archived up to a place.
type PostAsk struct {
	From, To time.Time
	Event    string // "" = whatever they are about
	Upto     int64  // posts.n
}

// Posts reads posts in the order in which they were first seen. What the
// service found about its own collection, and old posts that a first reading
// brought, are left out.
func Posts(ctx context.Context, q store.Querier, a PostAsk, each func(Post)) error {
	where, args := `p.first_seen_at >= $1 AND p.first_seen_at < $2`, []any{store.Micros(a.From), store.Micros(a.To), a.Upto}
	if a.Event != "" {
		where, args = `p.topic = $4 AND `+where, append(args, a.Event)
	}
	rows, err := q.QueryContext(ctx, `
		SELECT p.id, p.platform, p.kind, p.level, p.verified, p.topic, p.first_seen_at,
			coalesce(f.sentiment, ''), coalesce(f.intent, ''),
			json_extract(p.judgement, '$.duplicate_of', '$.post.engagement.reposts', '$.post.engagement.comments', '$.post.engagement.likes', '$.service_items')
		FROM posts p LEFT JOIN post_facets f ON f.n = p.n
		WHERE `+where+` AND p.n <= $3 AND p.platform <> 'system' AND p.held = 0 ORDER BY p.first_seen_at, p.n`, args...)
	if err != nil {
		return fmt.Errorf("read posts to count: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		p, err := scanPost(rows)
		if err != nil {
			return fmt.Errorf("read a post to count: %w", err)
		}
		each(p)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read posts to count: %w", err)
	}
	return nil
}

func scanPost(rows *sql.Rows) (p Post, err error) {
	var seen int64
	var more string
	err = rows.Scan(&p.ID, &p.Platform, &p.Kind, &p.Level, &p.Verified, &p.Topic, &seen, &p.Tone, &p.Intent, &more)
	if err != nil {
		return p, err
	}
	p.Seen = store.Time(seen)
	var reposts, comments, likes int64
	var repeats string
	fields := []any{&repeats, &reposts, &comments, &likes, &p.Items} // null leaves each as it is
	if err := json.Unmarshal([]byte(more), &fields); err != nil {
		return p, err
	}
	p.Repeats, p.Heat = repeats != "", reposts+comments+likes
	return p, nil
}

// Judgements reads posts whole, by id; what is not there is left out.
func Judgements(ctx context.Context, q store.Querier, ids []string) (map[string]huiying.Judgement, error) {
	raw, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	out := make(map[string]huiying.Judgement, len(ids))
	_, err = store.Collect[string](q.QueryContext(ctx, `SELECT id, judgement FROM posts WHERE id IN (SELECT value FROM json_each($1)) AND withdrawn = 0`, string(raw)))(
		func(r *sql.Rows) (id string, err error) {
			var body string
			var j huiying.Judgement
			if err = r.Scan(&id, &body); err == nil {
				err = json.Unmarshal([]byte(body), &j)
			}
			out[id] = j
			return id, err
		})
	if err != nil {
		return nil, fmt.Errorf("read posts to quote: %w", err)
	}
	return out, nil
}

// Alert is what reports count of an alert.
type Alert struct {
	ID     string
	Level  huiying.Level
	Raised time.Time
}

// Alerts reads the alerts raised in a half-open period, of an event or all, the
// oldest first.
func Alerts(ctx context.Context, q store.Querier, a PostAsk) ([]Alert, error) {
	s := spanOf(a.From, a.To)
	list, err := store.Collect[Alert](q.QueryContext(ctx, `
		SELECT id, level, raised_at FROM alerts WHERE raised_at >= $1 AND raised_at < $2 AND level <> 'none' AND post_id <> '' AND coalesce(json_extract(body, '$.platform'), '') <> 'system'
		AND ($3 = '' OR post_id IN (SELECT id FROM posts WHERE topic = $3)) ORDER BY raised_at, id`, s.from, s.to, a.Event))(
		func(r *sql.Rows) (a Alert, err error) {
			var at int64
			err = r.Scan(&a.ID, &a.Level, &at)
			a.Raised = store.Time(at)
			return a, err
		})
	if err != nil {
		return nil, fmt.Errorf("read alerts to count: %w", err)
	}
	return list, nil
}

// EventSpan is when the first and the last post of an event were first seen;
// huiying.NotFound for an event without any.
func EventSpan(ctx context.Context, q store.Querier, event string) (first, last time.Time, err error) {
	var from, to sql.NullInt64
	err = q.QueryRowContext(ctx, `SELECT min(first_seen_at), max(first_seen_at) FROM posts WHERE topic = $1 AND platform <> 'system' AND held = 0`, event).Scan(&from, &to)
	if err != nil {
		return first, last, fmt.Errorf("read when event %s began: %w", event, err)
	}
	if !from.Valid || event == "" {
		return first, last, huiying.Errorf(huiying.NotFound, "report.no_event", event)
	}
	return store.Time(from.Int64), store.Time(to.Int64), nil
}
