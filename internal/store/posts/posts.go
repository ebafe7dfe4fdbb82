// Package posts keeps what was collected and how it was judged: one row per
// post with its newest revision, every revision beside it, and its tags. It
// refuses to let an older collection overwrite a newer one.
package posts

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/byhand"
	"huiying/internal/store/heat"
	"huiying/internal/store/refusals"
)

// MaxBatch is how many events one transaction of the archive holds.
const MaxBatch = 200

// Stored is a post as it is kept: its newest judgement and what only we know.
type Stored struct {
	Judgement   huiying.Judgement // with the level and place that count
	Judged      query.Judged      // level and places before a person put them right
	Revision    string
	FirstSeenAt time.Time // of the first revision
	CaseNo      string    // the case it belongs to, "" when none
	Triaged     bool      // a person dealt with it without a case
}

// Revision is one state of a post as it was collected.
type Revision struct {
	Revision    string
	CollectedAt time.Time
	Post        huiying.Post
}

// Archive writes events in bulk; it is the notifier's archive.
type Archive struct {
	store *store.Store
}

// NewArchive makes the archive of a store.
func NewArchive(s *store.Store) *Archive { return &Archive{store: s} }

// SaveEvents saves events as SaveEvent does, up to MaxBatch in one bulk
// transaction; when it returns nil all are durable. An error may leave earlier
// batches saved: saving again is harmless.
func (a *Archive) SaveEvents(ctx context.Context, events []huiying.Event) error {
	for len(events) > 0 {
		batch := events[:min(MaxBatch, len(events))]
		err := a.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
			return saveAll(ctx, tx, batch)
		})
		if err != nil {
			return err
		}
		events = events[len(batch):]
	}
	return nil
}

func saveAll(ctx context.Context, tx *store.Tx, events []huiying.Event) error {
	for _, ev := range events {
		if _, err := SaveEvent(ctx, tx, ev); err != nil && huiying.ErrorCode(err) != huiying.Forbidden {
			return err
		}
	}
	return nil
}

// SaveEvent saves the event's post, judgement, revision and tags. The row is
// of the newest collected_at (then the greater revision), whatever the order
// of saving; saving twice changes nothing. The case a post belongs to, the
// earliest time it was seen and a person's triage survive, and so do the words
// of a post that is reported deleted without them. fresh reports
// whether this revision had not been saved before. huiying.Forbidden: its
// author refuses to be collected, and nothing is to be done about it. A post
// that was withdrawn and is collected anew stands here with its words again,
// until it is purged again (docs/privacy.md).
func SaveEvent(ctx context.Context, tx *store.Tx, ev huiying.Event) (fresh bool, err error) {
	p := ev.Data.Post.In(time.UTC)
	ev.Data.Post = p
	if err := p.Validate(); err != nil {
		return false, err
	}
	if refused, err := refusals.Refused(ctx, tx, p); err != nil || refused {
		return false, errors.Join(err, huiying.Errorf(huiying.Forbidden, "refusal.declined"))
	}
	if late, err := withdrawnSince(ctx, tx, p); err != nil || late {
		return false, err
	}
	revision := p.Revision()
	fresh, err = saveRevision(ctx, tx, p, revision)
	if err != nil {
		return false, fmt.Errorf("save revision of %s: %w", p.ID, err)
	}
	judgement, err := keepWords(ctx, tx, ev.Data)
	if err != nil {
		return false, fmt.Errorf("read post %s: %w", p.ID, err)
	}
	row, err := newRow(judgement, revision)
	if err != nil {
		return false, err
	}
	if !fresh {
		if same, err := row.stands(ctx, tx); err != nil || same {
			return false, err
		}
	}
	current, err := row.upsert(ctx, tx)
	if err != nil {
		return false, fmt.Errorf("save post %s: %w", p.ID, err)
	}
	if !current {
		return fresh, seenEarlier(ctx, tx, p)
	}
	if judgement, err = placed(ctx, tx, judgement); err != nil {
		return fresh, err
	}
	if err := saveFacets(ctx, tx, judgement); err != nil {
		return fresh, fmt.Errorf("save what %s is filtered by: %w", p.ID, err)
	}
	if err := heat.Keep(ctx, tx, judgement); err != nil {
		return fresh, err
	}
	return fresh, saveTags(ctx, tx, judgement)
}

// withdrawnSince reports that the post was withdrawn after it had been collected
// like this: a message that comes late does not bring back what was purged.
func withdrawnSince(ctx context.Context, tx *store.Tx, p huiying.Post) (late bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM posts WHERE id = $1 AND withdrawn = 1 AND collected_at >= $2)`,
		p.ID, store.Micros(p.CollectedAt)).Scan(&late)
	if err != nil {
		return false, fmt.Errorf("look whether %s was withdrawn: %w", p.ID, err)
	}
	return late, nil
}

// keepWords lets a notice of deletion, which has no words of its own, take
// over what was known of the post: what a citizen asked stays answerable after
// the original is gone.
func keepWords(ctx context.Context, tx *store.Tx, j huiying.Judgement) (huiying.Judgement, error) {
	if !j.Post.Deleted || j.Post.Text != "" || j.Post.Title != "" {
		return j, nil
	}
	known, err := Get(ctx, tx, j.Post.ID)
	if huiying.ErrorCode(err) == huiying.NotFound {
		return j, nil
	}
	if err != nil {
		return j, err
	}
	kept := known.Judgement
	kept.Level, kept.Places = known.Judged.Level, known.Judged.Places
	kept.Post.Deleted, kept.Post.CollectedAt = true, j.Post.CollectedAt
	return kept, nil
}

// saveRevision keeps the revision as it was first collected.
func saveRevision(ctx context.Context, tx *store.Tx, p huiying.Post, revision string) (fresh bool, err error) {
	body, err := json.Marshal(p)
	if err != nil {
		return false, err
	}
	res, err := tx.ExecContext(ctx, `
		INSERT INTO post_revisions (post_id, revision, collected_at, post) VALUES ($1, $2, $3, $4)
		ON CONFLICT (post_id, revision) DO NOTHING`,
		p.ID, revision, store.Micros(p.CollectedAt), string(body))
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return n == 1, err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE post_revisions SET collected_at = $3, post = $4 WHERE post_id = $1 AND revision = $2 AND collected_at > $3`,
		p.ID, revision, store.Micros(p.CollectedAt), string(body))
	return false, err
}

// row is a judgement on its way into its row.
type row struct {
	huiying.Judgement
	revision, body string
}

func newRow(j huiying.Judgement, revision string) (row, error) {
	body, err := json.Marshal(j)
	if err != nil {
		return row{}, fmt.Errorf("encode %s: %w", j.Post.ID, err)
	}
	return row{j, revision, string(body)}, nil
}

// stands reports that the post stands there as it is to be saved: what alerts is
// saved with its alert and once more by the archive. What people decided of it
// since, whoever decided has written.
func (r row) stands(ctx context.Context, tx *store.Tx) (same bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM posts p JOIN post_facets f ON f.n = p.n
		WHERE p.id = $1 AND p.revision = $2 AND p.judgement = $3 AND p.withdrawn = $4)`,
		r.Post.ID, r.revision, r.body, store.Flag(r.Post.Withdrawn)).Scan(&same)
	if err != nil {
		return false, fmt.Errorf("look how %s stands: %w", r.Post.ID, err)
	}
	return same, nil
}

// upsert writes the row unless a newer one stands there; current reports
// whether the row is now this judgement.
func (r row) upsert(ctx context.Context, tx *store.Tx) (current bool, err error) {
	level, err := levelOf(ctx, tx, r.Judgement)
	if err != nil {
		return false, err
	}
	rule := ""
	if tag, ok := r.TopTag(); ok {
		rule = tag.Rule
	}
	p := r.Post
	res, err := tx.ExecContext(ctx, `
		INSERT INTO posts (n, id, revision, source, platform, kind, url, parent_id, root_id, title, text, verified, region,
			published_at, collected_at, first_seen_at, deleted, level, rule, topic, judgement, held, author, withdrawn, case_no)
		VALUES ((SELECT coalesce(max(n), 0) + 1 FROM posts), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15, $16, $17, coalesce(
				(SELECT topic FROM topic_added WHERE post_id = $1), (SELECT topic FROM topic_added WHERE post_id = $7), (SELECT topic FROM topic_added WHERE post_id = $8),
				(SELECT topic FROM topic_joins WHERE old = $18), $18), $19, $20, $21, $22,
			coalesce((SELECT max(case_no) FROM case_posts WHERE post_id = $1), ''))
		ON CONFLICT (id) DO UPDATE SET
			revision = excluded.revision, source = excluded.source, platform = excluded.platform, kind = excluded.kind,
			url = excluded.url, parent_id = excluded.parent_id, root_id = excluded.root_id, title = excluded.title,
			text = excluded.text, verified = excluded.verified, region = excluded.region,
			published_at = excluded.published_at, collected_at = excluded.collected_at, deleted = excluded.deleted,
			level = excluded.level, rule = excluded.rule, topic = excluded.topic, judgement = excluded.judgement,
			author = excluded.author, withdrawn = excluded.withdrawn, held = CASE WHEN excluded.title = posts.title AND excluded.text = posts.text THEN posts.held ELSE excluded.held END,
			first_seen_at = CASE WHEN excluded.first_seen_at < posts.first_seen_at
				THEN excluded.first_seen_at ELSE posts.first_seen_at END
		WHERE (excluded.collected_at, excluded.revision) >= (posts.collected_at, posts.revision)`,
		p.ID, r.revision, p.Source, p.Platform, p.Kind, p.URL, p.ParentID, p.RootID, p.Title, p.Text, p.Author.Verified, p.Region,
		store.Micros(p.PublishedAt), store.Micros(p.CollectedAt), store.Flag(p.Deleted), string(level), rule, r.Topic, r.body, store.Flag(p.Held), p.Author.ID, store.Flag(p.Withdrawn))
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// seenEarlier keeps what an older collection still tells: that the post was
// there by then.
func seenEarlier(ctx context.Context, tx *store.Tx, p huiying.Post) error {
	_, err := tx.ExecContext(ctx, `UPDATE posts SET first_seen_at = $2 WHERE id = $1 AND first_seen_at > $2`,
		p.ID, store.Micros(p.CollectedAt))
	if err != nil {
		return err
	}
	return heat.Earlier(ctx, tx, p.ID)
}

func saveTags(ctx context.Context, tx *store.Tx, j huiying.Judgement) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM post_tags WHERE post_id = $1`, j.Post.ID); err != nil {
		return err
	}
	for _, t := range j.Tags {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO post_tags (post_id, rule, name, level) VALUES ($1, $2, $3, $4)
			ON CONFLICT (post_id, rule) DO NOTHING`,
			j.Post.ID, t.Rule, t.Name, string(t.Level))
		if err != nil {
			return err
		}
	}
	return nil
}

// Get reads one post; huiying.NotFound when it is not there.
func Get(ctx context.Context, q store.Querier, id string) (Stored, error) {
	var (
		s         Stored
		body      string
		level     huiying.Level
		place     string
		firstSeen int64
		triaged   int
	)
	err := q.QueryRowContext(ctx,
		`SELECT judgement, level, coalesce(`+byhand.Place+`, ''), revision, first_seen_at, case_no, triaged FROM posts p WHERE id = $1`, id).
		Scan(&body, &level, &place, &s.Revision, &firstSeen, &s.CaseNo, &triaged)
	if errors.Is(err, sql.ErrNoRows) {
		return Stored{}, huiying.Errorf(huiying.NotFound, "store.post_not_found", id)
	}
	if err != nil {
		return Stored{}, fmt.Errorf("read post %s: %w", id, err)
	}
	if err := json.Unmarshal([]byte(body), &s.Judgement); err != nil {
		return Stored{}, fmt.Errorf("read post %s: %w", id, err)
	}
	s.Judged = byhand.Apply(&s.Judgement, level, place)
	s.FirstSeenAt, s.Triaged = store.Time(firstSeen), triaged != 0
	return s, nil
}

// Held reports that a post stands held: archived without alerting, its words
// unchanged since. A post that is not there is not held.
func Held(ctx context.Context, q store.Querier, id string) (held bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT held FROM posts WHERE id = $1`, id).Scan(&held)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, fmt.Errorf("read whether %s is held: %w", id, err)
	}
	return held, nil
}

// Archived reports whether all of the posts are there as they were collected at
// the given times, or later.
func Archived(ctx context.Context, q store.Querier, collected map[string]time.Time) (bool, error) {
	for id, at := range collected {
		var there bool
		err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM posts WHERE id = $1 AND collected_at >= $2)`, id, store.Micros(at)).Scan(&there)
		if err != nil || !there {
			return false, err
		}
	}
	return true, nil
}

// Revisions reads every revision of a post, the oldest first.
func Revisions(ctx context.Context, q store.Querier, id string) ([]Revision, error) {
	return store.Collect[Revision](q.QueryContext(ctx,
		`SELECT revision, collected_at, post FROM post_revisions WHERE post_id = $1 ORDER BY collected_at, revision`, id))(
		func(rows *sql.Rows) (r Revision, err error) {
			var at int64
			var body string
			if err := rows.Scan(&r.Revision, &at, &body); err != nil {
				return r, err
			}
			r.CollectedAt = store.Time(at)
			return r, json.Unmarshal([]byte(body), &r.Post)
		})
}

// SetTriaged marks a post as dealt with by a person without a case, or takes
// the mark away; huiying.NotFound when the post is not there.
func SetTriaged(ctx context.Context, tx *store.Tx, id string, triaged bool) error {
	res, err := tx.ExecContext(ctx, `UPDATE posts SET triaged = $2 WHERE id = $1`, id, store.Flag(triaged))
	if err != nil {
		return fmt.Errorf("mark post %s: %w", id, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, huiying.Errorf(huiying.NotFound, "store.post_not_found", id))
	}
	return nil
}
