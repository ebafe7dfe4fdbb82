// Package topics keeps what people decided of topics: archived posts follow a
// merge, a split or an addition, and the open case of a topic that was merged into another is
// found by either. The gathering itself is the analyzer's; this keeps no counts.
package topics

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
)

// Book is the decisions of a store.
type Book struct{ store *store.Store }

// New opens the decisions of a store.
func New(s *store.Store) *Book { return &Book{s} }

// Save keeps a decision that was carried out and has the archived posts follow
// it, in one transaction. The same message twice is one decision; a change that
// nobody decided is none.
func (b *Book) Save(ctx context.Context, c huiying.TopicChange) error {
	switch c.Action {
	case huiying.TopicMerged, huiying.TopicSplit, huiying.TopicAdded, huiying.TopicRenamed:
	default:
		return nil
	}
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		res, err := tx.ExecContext(ctx, `
			INSERT INTO topic_decisions (id, action, topic, other, title, posts, by_user, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (id) DO NOTHING`,
			c.MessageID(), c.Action, c.Topic, c.From, c.Title, len(c.Posts), c.By, store.Micros(c.At))
		if err != nil {
			return fmt.Errorf("keep a decision about topic %s: %w", c.Topic, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if err := follow(ctx, tx, c); err != nil {
			return fmt.Errorf("have posts follow topic %s: %w", c.Topic, err)
		}
		return nil
	})
}

// follow moves archived posts as a decision says.
func follow(ctx context.Context, tx *store.Tx, c huiying.TopicChange) error {
	switch c.Action {
	case huiying.TopicMerged:
		return join(ctx, tx, c)
	case huiying.TopicSplit:
		return part(ctx, tx, c)
	case huiying.TopicAdded:
		return add(ctx, tx, c)
	}
	return nil // another name moves nothing
}

// join makes a topic part of another, with what was part of it.
func join(ctx context.Context, tx *store.Tx, c huiying.TopicChange) error {
	for _, statement := range []string{
		`UPDATE topic_joins SET topic = $2 WHERE topic = $1`,
		`INSERT INTO topic_joins (old, topic) VALUES ($1, $2) ON CONFLICT (old) DO UPDATE SET topic = excluded.topic`,
		`UPDATE posts SET topic = $2 WHERE topic = $1`,
		`UPDATE topic_added SET topic = $2 WHERE topic = $1`,
	} {
		if _, err := tx.ExecContext(ctx, statement, c.From, c.Topic); err != nil {
			return err
		}
	}
	return nil
}

// part takes posts out of a topic, and what was said under them.
func part(ctx context.Context, tx *store.Tx, c huiying.TopicChange) error {
	taken, err := json.Marshal(c.Posts)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		`UPDATE posts SET topic = $2 WHERE topic = $1 AND (
			id IN (SELECT value FROM json_each($3)) OR root_id IN (SELECT value FROM json_each($3)) OR parent_id IN (SELECT value FROM json_each($3)))`,
		`UPDATE topic_added SET topic = $2 WHERE topic = $1 AND post_id IN (SELECT value FROM json_each($3))`,
	} {
		if _, err := tx.ExecContext(ctx, statement, c.From, c.Topic, string(taken)); err != nil {
			return err
		}
	}
	return nil
}

// left is what is noted at a topic that lost posts to another by an addition.
const left = "left"

// add puts posts into a topic, and what was said under them. The topics that
// they were of have it among their decisions.
func add(ctx context.Context, tx *store.Tx, c huiying.TopicChange) error {
	added, err := json.Marshal(c.Posts)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		`INSERT INTO topic_decisions (id, action, topic, other, title, posts, by_user, at)
			SELECT $3 || '/' || topic, '` + left + `', topic, $1, '', count(*), $4, $5 FROM posts
			WHERE id IN (SELECT value FROM json_each($2)) AND topic NOT IN ('', $1) GROUP BY topic`,
		`INSERT INTO topic_added (post_id, topic) SELECT id, $1 FROM posts WHERE id IN (SELECT value FROM json_each($2))
			ON CONFLICT (post_id) DO UPDATE SET topic = excluded.topic`,
		`UPDATE posts SET topic = $1 WHERE id NOT IN (SELECT post_id FROM topic_added)
			AND topic IN (SELECT topic FROM posts WHERE id IN (SELECT value FROM json_each($2)) AND topic <> '')
			AND (root_id IN (SELECT value FROM json_each($2)) OR parent_id IN (SELECT value FROM json_each($2)))`,
		`UPDATE posts SET topic = $1 WHERE id IN (SELECT value FROM json_each($2))`,
	} {
		args := []any{c.Topic, string(added), c.MessageID(), c.By, store.Micros(c.At)}
		if !strings.Contains(statement, "$3") {
			args = args[:2]
		}
		if _, err := tx.ExecContext(ctx, statement, args...); err != nil {
			return err
		}
	}
	return nil
}

// Decisions lists what was decided of a topic, the oldest first.
func Decisions(ctx context.Context, q store.Querier, topic string) ([]query.TopicDecision, error) {
	list, err := store.Collect[query.TopicDecision](q.QueryContext(ctx, `
		SELECT action, topic, other, title, posts, by_user, at FROM topic_decisions
		WHERE topic = $1 OR other = $1 AND action <> '`+left+`' ORDER BY at, id`, topic))(
		func(r *sql.Rows) (d query.TopicDecision, err error) {
			var at int64
			err = r.Scan(&d.Action, &d.Topic, &d.Other, &d.Title, &d.Posts, &d.By, &at)
			d.At = store.Time(at)
			return d, err
		})
	if err != nil {
		return nil, fmt.Errorf("read what was decided of topic %s: %w", topic, err)
	}
	return list, nil
}
