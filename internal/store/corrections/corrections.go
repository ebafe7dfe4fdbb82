// Package corrections keeps what people say a judgement should have been. It
// only ever adds rows, takes them out with a post that is purged, never touches
// the judgement itself, and holds no words of a post. A level or a place that is
// put right counts at once, in lists and numbers.
package corrections

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/byhand"
	"huiying/internal/store/heat"
	"huiying/internal/store/posts"
)

// Book is the corrections of a store.
type Book struct {
	store  *store.Store
	units  func(ctx context.Context) ([]huiying.Unit, error)
	places []string
}

// New opens the corrections of a store. units are those that may be named
// responsible (nil = none), places those that a post may be put at.
func New(s *store.Store, units func(ctx context.Context) ([]huiying.Unit, error), places ...string) *Book {
	if units == nil {
		units = func(context.Context) ([]huiying.Unit, error) { return nil, nil }
	}
	return &Book{store: s, units: units, places: places}
}

// Places are those that a post may be put at.
func (b *Book) Places() []string { return b.places }

// Units are those that may be named responsible.
func (b *Book) Units(ctx context.Context) ([]huiying.Unit, error) { return b.units(ctx) }

// Correct keeps what a person says and notes who did in the same transaction.
// Errors: huiying.Invalid for a field or an answer that there is not,
// huiying.NotFound without such a post, huiying.Conflict when its words were
// removed, when it is a finding of our own, or when that is the answer already.
func (b *Book) Correct(ctx context.Context, c query.NewCorrection) error {
	if err := b.check(ctx, c); err != nil {
		return err
	}
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		p, before, err := present(ctx, tx, c)
		if err != nil {
			return err
		}
		said, unsure := Said(p, c.Field)
		if err := add(ctx, tx, c, query.Correction{Revision: p.Revision, Said: said, Unsure: unsure}); err != nil {
			return err
		}
		if err := counted(ctx, tx, p.Judgement, c); err != nil {
			return err
		}
		return access.Note(ctx, tx, access.Entry{Actor: c.Actor.ID, Action: access.Corrected, Object: c.Post, Detail: c.Field + ": " + before + " → " + c.Value})
	})
}

// Try refuses what Correct would refuse, and keeps nothing. The post is given as
// it stands.
func (b *Book) Try(ctx context.Context, c query.NewCorrection) (posts.Stored, error) {
	if err := b.check(ctx, c); err != nil {
		return posts.Stored{}, err
	}
	p, _, err := present(ctx, b.store.Reader(), c)
	return p, err
}

// present is the post as it stands and the answer that counts for it so far.
func present(ctx context.Context, q store.Querier, c query.NewCorrection) (p posts.Stored, before string, err error) {
	if p, err = posts.Get(ctx, q, c.Post); err != nil {
		return p, "", err
	}
	switch {
	case p.Judgement.Post.Withdrawn:
		return p, "", huiying.Errorf(huiying.Conflict, "correction.withdrawn")
	case p.Judgement.Post.Finding != nil:
		return p, "", huiying.Errorf(huiying.Conflict, "correction.finding")
	}
	said, unsure := Said(p, c.Field)
	if before, err = counts(ctx, q, c.Post, c.Field); err != nil {
		return p, "", err
	}
	if c.Field == query.CorrectLevel {
		before = string(p.Judgement.Level) // one that was given may have been outrun since
	}
	if before == c.Value || before == "" && !unsure && said == c.Value {
		return p, before, huiying.Errorf(huiying.Conflict, "correction.same")
	}
	return p, cmp.Or(before, said), nil
}

// counted has lists and numbers follow a level or place of a post at once.
func counted(ctx context.Context, tx *store.Tx, j huiying.Judgement, c query.NewCorrection) error {
	value, column := c.Value, c.Field
	switch c.Field {
	case query.CorrectLevel:
		if _, err := tx.ExecContext(ctx, `UPDATE posts SET level = $2 WHERE id = $1`, c.Post, value); err != nil {
			return fmt.Errorf("give %s its level: %w", c.Post, err)
		}
	case query.CorrectPlace:
		if column = "places"; value == query.NoPlace {
			value = ""
		}
		j.Places = byhand.Places(j.Places, c.Value)
		if err := heat.Keep(ctx, tx, j); err != nil {
			return err
		}
	default:
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE post_facets SET `+column+` = $2 WHERE n = (SELECT n FROM posts WHERE id = $1)`, c.Post, value)
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO post_changes (n, words) SELECT n, 0 FROM posts WHERE id = $1`, c.Post)
	}
	if err != nil {
		return fmt.Errorf("have %s counted as it was put right: %w", c.Post, err)
	}
	return nil
}

func (b *Book) check(ctx context.Context, c query.NewCorrection) error {
	var answers []string
	switch c.Field {
	case query.CorrectIntent:
		answers = huiying.Intents()
	case query.CorrectSentiment:
		answers = huiying.Sentiments()
	case query.CorrectUnit:
		units, err := b.units(ctx)
		if err != nil {
			return err
		}
		for _, u := range units {
			answers = append(answers, u.ID)
		}
	case query.CorrectLevel:
		for _, l := range huiying.Levels() {
			answers = append(answers, string(l))
		}
	case query.CorrectPlace:
		answers = append(slices.Clone(b.places), query.NoPlace)
	default:
		return huiying.Errorf(huiying.Invalid, "correction.field", strings.Join(query.CorrectionFields(), ", "))
	}
	if !slices.Contains(answers, c.Value) && c.Field == query.CorrectPlace {
		return huiying.Errorf(huiying.Invalid, "correction.no_place", c.Value)
	}
	if n := utf8.RuneCountInString(strings.TrimSpace(c.Reason)); query.CorrectedAtOnce(c.Field) && (n == 0 || n > query.MaxCorrectionReason) {
		return huiying.Errorf(huiying.Invalid, "correction.reason", query.MaxCorrectionReason)
	}
	if !slices.Contains(answers, c.Value) {
		return huiying.Errorf(huiying.Invalid, "correction.value", strings.Join(answers, ", "))
	}
	return nil
}

// Said is what rules and models say of a field of a post, "" for nothing; unsure
// that they only think so. A department that is no unit goes by its name.
func Said(p posts.Stored, field string) (said string, unsure bool) {
	j := p.Judgement
	switch {
	case field == query.CorrectLevel:
		return string(p.Judged.Level), false
	case field == query.CorrectPlace:
		return cmp.Or(strings.Join(p.Judged.Places, " "), query.NoPlace), false
	case field == query.CorrectIntent && j.Intent != nil:
		return j.Intent.Label, j.Intent.Unsure
	case field == query.CorrectSentiment && j.Sentiment != nil:
		return j.Sentiment.Label, j.Sentiment.Unsure
	case field == query.CorrectUnit && len(j.Routing) > 0:
		return cmp.Or(j.Routing[0].Unit, j.Routing[0].Name), false
	}
	return "", true
}

func add(ctx context.Context, tx *store.Tx, c query.NewCorrection, had query.Correction) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO corrections (post_id, revision, field, said, unsure, value, by_user, at, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		c.Post, had.Revision, c.Field, had.Said, store.Flag(had.Unsure), c.Value, c.Actor.ID, store.Micros(tx.Now()), strings.TrimSpace(c.Reason))
	if err != nil {
		return fmt.Errorf("keep a correction of %s: %w", c.Post, err)
	}
	return nil
}

// counts is the answer of a field that counts, "" when nobody has put it right.
func counts(ctx context.Context, q store.Querier, post, field string) (value string, err error) {
	err = q.QueryRowContext(ctx, `
		SELECT coalesce((SELECT value FROM corrections WHERE post_id = $1 AND field = $2 ORDER BY n DESC LIMIT 1), '')`, post, field).Scan(&value)
	if err != nil {
		return "", fmt.Errorf("read the correction of %s: %w", post, err)
	}
	return value, nil
}

// Of reads every correction of a post, the oldest first.
func Of(ctx context.Context, q store.Querier, post string) ([]query.Correction, error) {
	list, err := store.Collect[query.Correction](q.QueryContext(ctx,
		`SELECT field, revision, said, unsure, value, by_user, at, reason FROM corrections WHERE post_id = $1 ORDER BY n`, post))(
		func(r *sql.Rows) (c query.Correction, err error) {
			var at int64
			err = r.Scan(&c.Field, &c.Revision, &c.Said, &c.Unsure, &c.Value, &c.By, &at, &c.Reason)
			c.At = store.Time(at)
			return c, err
		})
	if err != nil {
		return nil, fmt.Errorf("read the corrections of %s: %w", post, err)
	}
	return list, nil
}

// Lesson is a post as it is now and the answer that a person gave for it.
type Lesson struct {
	Value     string
	Judgement huiying.Judgement
}

// Lessons are the corrections of a field that count, the oldest first. A post
// whose words were removed teaches nothing.
func (b *Book) Lessons(ctx context.Context, field string) ([]Lesson, error) {
	list, err := store.Collect[Lesson](b.store.Reader().QueryContext(ctx, `
		SELECT c.value, p.judgement FROM corrections c JOIN posts p ON p.id = c.post_id
		WHERE c.field = $1 AND p.withdrawn = 0
			AND c.n = (SELECT max(l.n) FROM corrections l WHERE l.post_id = c.post_id AND l.field = c.field)
		ORDER BY c.n`, field))(
		func(r *sql.Rows) (l Lesson, err error) {
			var body string
			if err := r.Scan(&l.Value, &body); err != nil {
				return l, err
			}
			return l, json.Unmarshal([]byte(body), &l.Judgement)
		})
	if err != nil {
		return nil, fmt.Errorf("read the corrections of %s: %w", field, err)
	}
	return list, nil
}
