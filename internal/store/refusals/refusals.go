// Package refusals keeps who refuses to be collected (个人信息保护法 §27) and takes
// what was collected of them out of the database. Authors are known by keyed
// hashes alone: it never learns a name, and there is no way from a row here to
// a person.
package refusals

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
)

// reference is the form of the office's own number of a request.
var reference = regexp.MustCompile(`^[A-Za-z0-9〔〕\[\]()（）号字第./-]{0,40}$`)

// key is the form of an author's pseudonym.
var key = regexp.MustCompile(`^p-[0-9a-f]{16}$`)

// Book is the list of refusals of a store.
type Book struct{ store *store.Store }

// New opens the list.
func New(s *store.Store) *Book { return &Book{s} }

// Add records a refusal of the author that goes by the keys. Errors:
// huiying.Invalid for a reason or a reference that might hold personal data,
// huiying.Conflict when the author is on the list. also is done in the same
// transaction.
func (b *Book) Add(ctx context.Context, r query.NewRefusal, also Also) (id string, err error) {
	switch {
	case !slices.Contains(query.RefusalReasons(), r.Reason):
		return "", huiying.Errorf(huiying.Invalid, "refusal.reason", strings.Join(query.RefusalReasons(), ", "))
	case !reference.MatchString(r.Reference):
		return "", huiying.Errorf(huiying.Invalid, "refusal.reference")
	case len(r.Keys) == 0 || slices.ContainsFunc(r.Keys, func(k string) bool { return !key.MatchString(k) }):
		return "", huiying.Errorf(huiying.Invalid, "refusal.nobody")
	}
	err = b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		id = huiying.DeriveID("rf-", r.Keys...)
		for _, k := range r.Keys {
			if refused, err := listed(ctx, tx, k); err != nil || refused {
				return errors.Join(err, huiying.Errorf(huiying.Conflict, "refusal.known"))
			}
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO refusals (id, platform, reason, reference, by_user, at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, reference = excluded.reference, by_user = excluded.by_user, at = excluded.at,
				lifted_at = 0, lifted_by = '', purged_at = 0, checked_at = 0, posts = 0, revisions = 0, pages = 0, messages = 0, left_over = 0`,
			id, r.Platform, r.Reason, r.Reference, r.Actor.ID, store.Micros(tx.Now()))
		for _, k := range r.Keys {
			if err == nil {
				err = link(ctx, tx, id, k)
			}
		}
		if err != nil {
			return fmt.Errorf("record a refusal: %w", err)
		}
		return also(ctx, tx, id)
	})
	return id, err
}

func link(ctx context.Context, tx *store.Tx, id, key string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO refusal_keys (key, refusal) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING`, key, id)
	return err
}

// Also notes that the author known by one key goes by another, and that what
// was collected under it is still to be purged. A key that is not on the list
// changes nothing.
func (b *Book) Also(ctx context.Context, known, other string) error {
	if !key.MatchString(other) {
		return huiying.Errorf(huiying.Invalid, "refusal.nobody")
	}
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		var id string
		err := tx.QueryRowContext(ctx, `SELECT refusal FROM refusal_keys WHERE key = $1`, known).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err == nil {
			err = link(ctx, tx, id, other)
		}
		if err == nil {
			_, err = tx.ExecContext(ctx, `UPDATE refusals SET purged_at = 0 WHERE id = $1`, id)
		}
		if err != nil {
			return fmt.Errorf("join two keys of a refusal: %w", err)
		}
		return nil
	})
}

// Lift takes a refusal back: its author is collected from now on. What was
// purged does not come back. huiying.NotFound when none is in force.
func (b *Book) Lift(ctx context.Context, id string, actor huiying.Actor, also Also) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE refusals SET lifted_at = $2, lifted_by = $3 WHERE id = $1 AND lifted_at = 0`,
			id, store.Micros(tx.Now()), actor.ID)
		if err != nil {
			return fmt.Errorf("lift refusal %s: %w", id, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, huiying.Errorf(huiying.NotFound, "refusal.none", id))
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM refusal_keys WHERE refusal = $1`, id)
		if err != nil {
			return fmt.Errorf("lift refusal %s: %w", id, err)
		}
		return also(ctx, tx, id)
	})
}

// Also is what is written in the transaction of a change: who made it.
type Also func(ctx context.Context, tx *store.Tx, id string) error

// Refused reports whether the author of a post, hidden as posts come here, is
// on the list. A hand-over is the citizen's own request and is not refused, nor
// is what an institution says.
func Refused(ctx context.Context, q store.Querier, p huiying.Post) (bool, error) {
	if p.Kind == huiying.KindTicket || p.Author.Institution() {
		return false, nil
	}
	return listed(ctx, q, p.Author.ID)
}

func listed(ctx context.Context, q store.Querier, author string) (refused bool, err error) {
	if author == "" {
		return false, nil
	}
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM refusal_keys WHERE key = $1)`, author).Scan(&refused)
	if err != nil {
		return false, fmt.Errorf("look for a refusal: %w", err)
	}
	return refused, nil
}

// AuthorOf is the key of who wrote a stored post. huiying.NotFound when the
// post is not there or has no author.
func (b *Book) AuthorOf(ctx context.Context, post string) (platform, author string, err error) {
	err = b.store.Reader().QueryRowContext(ctx, `SELECT platform, author FROM posts WHERE id = $1 AND author <> ''`, post).Scan(&platform, &author)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", huiying.Errorf(huiying.NotFound, "refusal.no_author", post)
	}
	if err != nil {
		return "", "", fmt.Errorf("read the author of %s: %w", post, err)
	}
	return platform, author, nil
}

// All lists the refusals, the newest first.
func (b *Book) All(ctx context.Context) ([]query.Refusal, error) {
	list, err := store.Collect[query.Refusal](b.store.Reader().QueryContext(ctx, `
		SELECT id, platform, reason, reference, by_user, at, lifted_by, lifted_at, posts, revisions, pages, messages, left_over, checked_at, purged_at
		FROM refusals ORDER BY at DESC, id`))(
		func(rows *sql.Rows) (r query.Refusal, err error) {
			var at, lifted, checked, purged int64
			p := &r.Purge
			err = rows.Scan(&r.ID, &r.Platform, &r.Reason, &r.Reference, &r.By, &at, &r.LiftedBy, &lifted,
				&p.Posts, &p.Revisions, &p.Pages, &p.Messages, &p.Left, &checked, &purged)
			r.At, r.LiftedAt, p.CheckedAt, p.PurgedAt = store.Time(at), store.Time(lifted), store.Time(checked), store.Time(purged)
			return r, err
		})
	if err != nil {
		return nil, fmt.Errorf("read the refusals: %w", err)
	}
	return list, nil
}

// Keys lists the keys of refusals in force with the refusal of each.
func (b *Book) Keys(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	rows, err := b.store.Reader().QueryContext(ctx, `SELECT key, refusal FROM refusal_keys`)
	if err != nil {
		return nil, fmt.Errorf("read the keys of refusals: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var k, id string
		if err := rows.Scan(&k, &id); err != nil {
			return nil, fmt.Errorf("read the keys of refusals: %w", err)
		}
		out[k] = id
	}
	return out, rows.Err()
}

// For a day after a purge it is looked every hour whether something came in
// late, such as an event that an analyzer had in hand for long.
const (
	lateFor   = 24 * time.Hour
	lateEvery = time.Hour
)

// Owed lists the refusals in force whose purge has not ended, or is to be
// looked at once more, the oldest first.
func (b *Book) Owed(ctx context.Context) ([]Owed, error) {
	now := b.store.Now()
	list, err := store.Collect[Owed](b.store.Reader().QueryContext(ctx, `
		SELECT id, at FROM refusals WHERE lifted_at = 0 AND (purged_at = 0 OR at > $1 AND checked_at < $2) ORDER BY at, id`,
		store.Micros(now.Add(-lateFor)), store.Micros(now.Add(-lateEvery))))(
		func(rows *sql.Rows) (o Owed, err error) {
			var at int64
			err = rows.Scan(&o.ID, &at)
			o.At = store.Time(at)
			return o, err
		})
	if err != nil {
		return nil, fmt.Errorf("read the purges that are owed: %w", err)
	}
	keys, err := b.Keys(ctx)
	for i := range list {
		for k, id := range keys {
			if id == list[i].ID {
				list[i].Keys = append(list[i].Keys, k)
			}
		}
		slices.Sort(list[i].Keys)
	}
	return list, err
}

// Owed is a refusal that is still to be purged.
type Owed struct {
	ID   string
	At   time.Time
	Keys []string
}
