// Package studies reads a topic as a whole for those who study how a matter
// went, and keeps what officers add to it: a summary and pinned posts. It reads
// nothing of who wrote a post, and takes no summary away: each version stays.
package studies

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/byhand"
)

// Book is the studies of a store.
type Book struct {
	store   *store.Store
	decoded *store.Decoded[about]
}

// mostDecoded is how many posts are kept decoded at least, a kilobyte each: an
// event is read whole whenever it is looked at, and of one that grows nearly all
// are as they were.
const mostDecoded = 4096

// New opens the studies of a store.
func New(s *store.Store) *Book {
	return &Book{store: s, decoded: store.NewDecoded(mostDecoded, readAbout)}
}

// Study reads a topic. A topic without posts is an empty study.
func (b *Book) Study(ctx context.Context, scope query.Scope, topic string) (s query.Study, err error) {
	err = b.store.Snapshot(ctx, func(ctx context.Context, q store.Querier) (err error) {
		if s.Posts, err = b.readPosts(ctx, q, topic); err != nil {
			return fmt.Errorf("read the posts of topic %s: %w", topic, err)
		}
		if len(s.Posts) > query.MostStudied {
			s.Posts, s.More = s.Posts[:query.MostStudied], true
		}
		if s.Cases, err = readCases(ctx, q, scope, topic); err != nil {
			return fmt.Errorf("read the cases of topic %s: %w", topic, err)
		}
		if s.Pins, err = readPins(ctx, q, topic); err != nil {
			return fmt.Errorf("read the pins of topic %s: %w", topic, err)
		}
		if s.Summary, err = readSummaries(ctx, q, topic); err != nil {
			return fmt.Errorf("read the summary of topic %s: %w", topic, err)
		}
		return nil
	})
	return s, err
}

// readPosts reads one post more than are studied.
func (b *Book) readPosts(ctx context.Context, q store.Querier, topic string) ([]query.StudyPost, error) {
	return store.Collect[query.StudyPost](q.QueryContext(ctx, `
		SELECT p.n, p.id, p.platform, p.parent_id, p.root_id, p.published_at, p.first_seen_at, p.deleted = 1 OR p.withdrawn = 1, p.verified = 'government',
			json_extract(p.judgement, '$.post.published_precision', '$.keywords', '$.intent', '$.sentiment', '$.duplicate_of', '$.post.engagement'),
			coalesce(`+byhand.Intent+`, ''),
			coalesce(`+byhand.Sentiment+`, '')
		FROM posts p WHERE p.topic = $1
		ORDER BY CASE WHEN p.published_at > 0 AND p.published_at <= p.first_seen_at AND json_extract(p.judgement, '$.post.published_precision') <> 'day'
			THEN p.published_at ELSE p.first_seen_at END, p.n
		LIMIT $2`, topic, query.MostStudied+1))(b.scanPost)
}

func (b *Book) scanPost(r *sql.Rows) (p query.StudyPost, err error) {
	var published, seen int64
	var raw, root string
	if err := r.Scan(&p.N, &p.ID, &p.Platform, &p.Under, &root, &published, &seen, &p.Gone, &p.Official, &raw, &p.Intent, &p.Sentiment); err != nil {
		return p, err
	}
	a, err := b.decoded.Get(p.N, raw)
	if err != nil {
		return p, fmt.Errorf("decode post %d: %w", p.N, err)
	}
	p.At = when(published, seen, a.precision)
	if p.Under == "" {
		p.Under = root
	}
	if p.Intent == "" && a.intent != nil && !a.intent.Unsure {
		p.Intent = a.intent.Label
	}
	if p.Sentiment == "" && a.sentiment != nil && !a.sentiment.Unsure {
		p.Sentiment = a.sentiment.Label
	}
	if !p.Gone {
		p.Words = slices.Clip(a.words)
	}
	p.DuplicateOf, p.Spread = a.duplicateOf, a.engagement.Reposts+a.engagement.Comments
	return p, nil
}

// when is the time that a post counts at: a day alone, or a time after it was
// seen, says less than when it was seen. The query's order is the same.
func when(published, seen int64, precision string) time.Time {
	if published > 0 && published <= seen && precision != huiying.PrecisionDay {
		return store.Time(published)
	}
	return store.Time(seen)
}

// readCases reads the cases of a topic, of those that went into it and of its
// posts, as far as whoever asks may see them.
func readCases(ctx context.Context, q store.Querier, scope query.Scope, topic string) ([]huiying.Case, error) {
	list, err := store.Collect[huiying.Case](q.QueryContext(ctx, `
		SELECT body FROM cases WHERE no IN (
			SELECT no FROM cases WHERE topic = $1
			UNION SELECT c.no FROM cases c JOIN topic_joins j ON c.topic = j.old WHERE j.topic = $1
			UNION SELECT cp.case_no FROM posts p JOIN case_posts cp ON cp.post_id = p.id WHERE p.topic = $1)
		ORDER BY opened_at, no`, topic))(func(r *sql.Rows) (c huiying.Case, err error) {
		var body string
		if err := r.Scan(&body); err != nil {
			return c, err
		}
		return c, json.Unmarshal([]byte(body), &c)
	})
	if err != nil {
		return nil, err
	}
	var seen []huiying.Case
	for _, c := range list {
		if scope.All || scope.SeesCase(c) {
			seen = append(seen, c)
		}
	}
	return seen, nil
}

func readPins(ctx context.Context, q store.Querier, topic string) ([]query.TopicPin, error) {
	return store.Collect[query.TopicPin](q.QueryContext(ctx, `
		SELECT t.post_id, t.by_user, t.at FROM topic_pins t JOIN posts p ON p.id = t.post_id WHERE p.topic = $1 ORDER BY t.at, t.post_id`, topic))(
		func(r *sql.Rows) (p query.TopicPin, err error) {
			var at int64
			err = r.Scan(&p.Post, &p.By, &at)
			p.At = store.Time(at)
			return p, err
		})
}

func readSummaries(ctx context.Context, q store.Querier, topic string) ([]query.TopicSummary, error) {
	return store.Collect[query.TopicSummary](q.QueryContext(ctx, `
		SELECT CASE WHEN topic = $1 THEN '' ELSE topic END AS merged, version, text, by_user, at FROM topic_summaries
		WHERE topic = $1 OR topic IN (SELECT old FROM topic_joins WHERE topic = $1)
		ORDER BY CASE WHEN topic = $1 THEN 0 ELSE 1 END, CASE WHEN topic = $1 THEN version ELSE at END DESC, version DESC`, topic))(
		func(r *sql.Rows) (s query.TopicSummary, err error) {
			var at int64
			err = r.Scan(&s.Of, &s.Version, &s.Text, &s.By, &at)
			s.At = store.Time(at)
			return s, err
		})
}

// mostPins is how many posts of a topic may be pinned: a timeline of more tells
// nothing.
const mostPins = 20

// Pin puts a post on the timeline of the topic, or takes it from there. Doing
// either twice is no mistake. huiying.NotFound when the topic has no such post,
// huiying.Conflict when too many are pinned.
func (b *Book) Pin(ctx context.Context, topic, post string, pinned bool, by huiying.Actor) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		var there bool
		var n int
		if err := tx.QueryRowContext(ctx, `
			SELECT EXISTS (SELECT 1 FROM posts WHERE id = $1 AND topic = $2),
				(SELECT count(*) FROM topic_pins t JOIN posts p ON p.id = t.post_id WHERE p.topic = $2 AND t.post_id <> $1)`, post, topic).Scan(&there, &n); err != nil {
			return fmt.Errorf("look for %s in topic %s: %w", post, topic, err)
		}
		statement, args := `DELETE FROM topic_pins WHERE post_id = $1`, []any{post}
		switch {
		case !there:
			return huiying.Errorf(huiying.NotFound, "study.no_post")
		case pinned && n >= mostPins:
			return huiying.Errorf(huiying.Conflict, "study.many_pins", mostPins)
		case pinned:
			statement = `INSERT INTO topic_pins (post_id, by_user, at) VALUES ($1, $2, $3) ON CONFLICT (post_id) DO NOTHING`
			args = append(args, by.ID, store.Micros(tx.Now()))
		}
		if _, err := tx.ExecContext(ctx, statement, args...); err != nil {
			return fmt.Errorf("pin %s: %w", post, err)
		}
		return nil
	})
}

// longest is how many characters a summary has at most.
const longest = 1000

// Summarise keeps what an officer wrote as the newest version. huiying.Invalid
// for no words or too many, huiying.Conflict when somebody else wrote since.
func (b *Book) Summarise(ctx context.Context, n query.NewTopicSummary) error {
	n.Text = strings.TrimSpace(strings.ReplaceAll(n.Text, "\r\n", "\n"))
	if size := len([]rune(n.Text)); size == 0 || size > longest {
		return huiying.Errorf(huiying.Invalid, "study.summary_size", longest)
	}
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		var there bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM posts WHERE topic = $1)`, n.Topic).Scan(&there); err != nil {
			return fmt.Errorf("look for topic %s: %w", n.Topic, err)
		}
		if !there {
			return huiying.Errorf(huiying.NotFound, "cluster.no_event", n.Topic)
		}
		kept, err := readSummaries(ctx, tx, n.Topic)
		if err != nil {
			return fmt.Errorf("read the summary of topic %s: %w", n.Topic, err)
		}
		newest := 0
		if len(kept) > 0 && kept[0].Of == "" {
			newest = kept[0].Version
		}
		if newest != n.Read {
			return huiying.Errorf(huiying.Conflict, "study.summary_changed")
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO topic_summaries (topic, version, text, by_user, at) VALUES ($1, $2, $3, $4, $5)`,
			n.Topic, newest+1, n.Text, n.Actor.ID, store.Micros(tx.Now())); err != nil {
			return fmt.Errorf("keep the summary of topic %s: %w", n.Topic, err)
		}
		return nil
	})
}

// mostPast is how many topics are offered for comparison.
const mostPast = 60

// Past lists topics of at least five posts, open or closed, the one that was
// written about last first, without the one that is to be compared.
func (b *Book) Past(ctx context.Context, not string) ([]query.PastTopic, error) {
	list, err := store.Collect[query.PastTopic](b.store.Reader().QueryContext(ctx, `
		SELECT t.topic, t.size, p.id, coalesce((SELECT d.title FROM topic_decisions d WHERE d.topic = t.topic AND d.title <> '' ORDER BY d.at DESC LIMIT 1), '')
		FROM (SELECT topic, count(*) AS size, min(n) AS first, max(n) AS last FROM posts WHERE topic <> '' AND topic <> $1
			GROUP BY topic HAVING count(*) >= 5 ORDER BY last DESC LIMIT $2) t JOIN posts p ON p.n = t.first
		ORDER BY t.last DESC`, not, mostPast))(func(r *sql.Rows) (t query.PastTopic, err error) {
		return t, r.Scan(&t.ID, &t.Size, &t.First, &t.Title)
	})
	if err != nil {
		return nil, fmt.Errorf("list topics to compare with: %w", err)
	}
	return list, nil
}
