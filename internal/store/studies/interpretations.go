package studies

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

const interpretationColumns = `SELECT i.id, i.topic, i.kind, i.title, i.url, i.at, i.by_user, i.made_at, coalesce(r.by_user, ''), coalesce(r.made_at, 0), coalesce(r.reason, '')
	FROM interpretations i LEFT JOIN interpretation_removals r ON r.id = i.id `

// Interpretations lists what was linked to a topic and to those that went into
// it, the earliest published first; what was taken away as well.
func (b *Book) Interpretations(ctx context.Context, topic string) ([]query.Interpretation, error) {
	return Interpretations(ctx, b.store.Reader(), topic)
}

// Interpretations is the same within a snapshot.
func Interpretations(ctx context.Context, q store.Querier, topic string) ([]query.Interpretation, error) {
	list, err := store.Collect[query.Interpretation](q.QueryContext(ctx, interpretationColumns+`
		WHERE i.topic = $1 OR i.topic IN (SELECT old FROM topic_joins WHERE topic = $1) ORDER BY i.at, i.id`, topic))(
		func(r *sql.Rows) (query.Interpretation, error) { return scanInterpretation(r) })
	if err != nil {
		return nil, fmt.Errorf("read what interprets topic %s: %w", topic, err)
	}
	return list, nil
}

func scanInterpretation(r interface{ Scan(...any) error }) (i query.Interpretation, err error) {
	var at, made, removed int64
	err = r.Scan(&i.ID, &i.Topic, &i.Kind, &i.Title, &i.URL, &at, &i.By, &made, &i.RemovedBy, &removed, &i.Reason)
	i.At, i.MadeAt, i.RemovedAt = store.Time(at), store.Time(made), store.Time(removed)
	return i, err
}

// Bounds of what is linked.
const (
	longestTitle  = 120
	longestURL    = 500
	longestReason = 200
	mostLinked    = 50 // of a topic, those that were taken away included
)

func checkInterpretation(i query.Interpretation, now time.Time) error {
	u, err := url.Parse(i.URL)
	switch n := len([]rune(i.Title)); {
	case !slices.Contains(query.InterpretationKinds(), i.Kind):
		return huiying.Errorf(huiying.Invalid, "effect.kind")
	case n == 0 || n > longestTitle:
		return huiying.Errorf(huiying.Invalid, "effect.title", longestTitle)
	case i.URL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(i.URL) > longestURL):
		return huiying.Errorf(huiying.Invalid, "effect.url")
	case i.At.IsZero() || i.At.After(now):
		return huiying.Errorf(huiying.Invalid, "effect.at")
	}
	return nil
}

// Link keeps a document or an interpretation of one with its topic.
// huiying.Invalid says what is wrong with it, huiying.NotFound that there is no
// such topic, huiying.Conflict that it has too many.
func (b *Book) Link(ctx context.Context, i query.Interpretation) error {
	i.Title, i.URL = strings.Join(strings.Fields(i.Title), " "), strings.TrimSpace(i.URL)
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		if err := checkInterpretation(i, tx.Now()); err != nil {
			return err
		}
		var there bool
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM posts WHERE topic = $1), (SELECT count(*) FROM interpretations WHERE topic = $1)`, i.Topic).Scan(&there, &n); err != nil {
			return fmt.Errorf("look for topic %s: %w", i.Topic, err)
		}
		switch {
		case !there:
			return huiying.Errorf(huiying.NotFound, "cluster.no_event", i.Topic)
		case n >= mostLinked:
			return huiying.Errorf(huiying.Conflict, "effect.many", mostLinked)
		}
		i.ID = "i-" + strings.ToLower(rand.Text()[:12])
		_, err := tx.ExecContext(ctx, `INSERT INTO interpretations (id, topic, kind, title, url, at, by_user, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			i.ID, i.Topic, i.Kind, i.Title, i.URL, store.Micros(i.At), i.By, store.Micros(tx.Now()))
		if err != nil {
			return fmt.Errorf("link an interpretation to topic %s: %w", i.Topic, err)
		}
		return access.Note(ctx, tx, access.Entry{Actor: i.By, Action: access.InterpretationLinked, Object: i.Topic, Detail: i.ID + " " + i.Kind})
	})
}

// Unlink takes one away from its topic, with the reason. huiying.NotFound where
// the topic has none such, huiying.Conflict where it was taken away before.
func (b *Book) Unlink(ctx context.Context, r query.InterpretationRemoval) error {
	r.Reason = strings.TrimSpace(r.Reason)
	if n := len([]rune(r.Reason)); n == 0 || n > longestReason {
		return huiying.Errorf(huiying.Invalid, "effect.reason", longestReason)
	}
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		i, err := scanInterpretation(tx.QueryRowContext(ctx, interpretationColumns+`
			WHERE i.id = $2 AND (i.topic = $1 OR i.topic IN (SELECT old FROM topic_joins WHERE topic = $1))`, r.Topic, r.ID))
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return huiying.Errorf(huiying.NotFound, "effect.none")
		case err != nil:
			return fmt.Errorf("read interpretation %s: %w", r.ID, err)
		case i.RemovedBy != "":
			return huiying.Errorf(huiying.Conflict, "effect.removed")
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO interpretation_removals (id, reason, by_user, made_at) VALUES ($1, $2, $3, $4)`, r.ID, r.Reason, r.Actor.ID, store.Micros(tx.Now())); err != nil {
			return fmt.Errorf("take interpretation %s away: %w", r.ID, err)
		}
		return access.Note(ctx, tx, access.Entry{Actor: r.Actor.ID, Action: access.InterpretationRemoved, Object: r.Topic, Detail: r.ID})
	})
}
