package saved

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"huiying/internal/query"
	"huiying/internal/store"
)

// Due is a subscription that is to be looked at.
type Due struct {
	View   query.SavedView
	Person string
	Every  time.Duration
	Hours  string
	Seen   int64 // posts.n up to which the person was told
}

// mostDue is how many subscriptions are looked at in one round.
const mostDue = 100

// Due lists subscriptions to be looked at by now, the longest waiting first.
func (b *Book) Due(ctx context.Context, now time.Time) ([]Due, error) {
	list, err := store.Collect[Due](b.store.Reader().QueryContext(ctx, `
		SELECT `+columns+`, s.person, s.every, s.hours, s.seen FROM saved_view_subscriptions s JOIN saved_views v ON v.id = s.view
		WHERE s.next_at <= $1 ORDER BY s.next_at, s.view, s.person LIMIT $2`, store.Micros(now), mostDue))(
		func(r *sql.Rows) (d Due, err error) {
			var at int64
			var minutes int
			v := &d.View
			err = r.Scan(&v.ID, &v.Owner, &v.Page, &v.Name, &v.Query, &v.Shared, &at, &d.Person, &minutes, &d.Hours, &d.Seen)
			v.CreatedAt, d.Every = store.Time(at), time.Duration(minutes)*time.Minute
			return d, err
		})
	if err != nil {
		return nil, fmt.Errorf("read subscriptions that are due: %w", err)
	}
	return list, nil
}

// Newest is the newest post there is.
func (b *Book) Newest(ctx context.Context) (n int64, err error) {
	if err := b.store.Reader().QueryRowContext(ctx, `SELECT coalesce(max(n), 0) FROM posts`).Scan(&n); err != nil {
		return 0, fmt.Errorf("read the newest post: %w", err)
	}
	return n, nil
}

// Postpone has a subscription looked at again later.
func (b *Book) Postpone(ctx context.Context, d Due, until time.Time) error {
	return b.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE saved_view_subscriptions SET next_at = $3 WHERE view = $1 AND person = $2`, d.View.ID, d.Person, store.Micros(until))
		return err
	})
}

// End takes a subscription away that its person has no right to any more.
func (b *Book) End(ctx context.Context, d Due) error {
	return b.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM saved_view_subscriptions WHERE view = $1 AND person = $2`, d.View.ID, d.Person)
		return err
	})
}

// Told is what a person was told of a view.
type Told struct {
	Seen  int64 // up to this post
	Posts int   // so many; 0 = there was nothing to tell
	Next  time.Time
}

// Note keeps what a person was told, in the transaction that tells it. It
// changes nothing when the person was told meanwhile or has unsubscribed.
func Note(ctx context.Context, tx *store.Tx, d Due, t Told) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE saved_view_subscriptions SET seen = $4, next_at = $5, told = CASE WHEN $6 > 0 THEN $6 ELSE told END, told_at = CASE WHEN $6 > 0 THEN $7 ELSE told_at END
		WHERE view = $1 AND person = $2 AND seen = $3`,
		d.View.ID, d.Person, d.Seen, t.Seen, store.Micros(t.Next), t.Posts, store.Micros(tx.Now()))
	if err != nil {
		return fmt.Errorf("note what %s was told of view %s: %w", d.Person, d.View.ID, err)
	}
	return nil
}
