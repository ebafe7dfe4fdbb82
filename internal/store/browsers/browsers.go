// Package browsers keeps the browsers in which people have asked to be told of
// alerts. It refuses more of them than a person has, gives a browser to the one
// who asked last, and forgets the keys of one that is gone.
package browsers

import (
	"context"
	"database/sql"
	"fmt"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

// most is how many browsers one person may have.
const most = 10

// Book is the browsers of a store.
type Book struct{ store *store.Store }

// New makes the book of a store.
func New(s *store.Store) *Book { return &Book{s} }

// Target is a browser with what it takes to tell it.
type Target struct {
	ID, Endpoint, Key, Auth string
}

// Targets are the browsers of a person that are told.
func (b *Book) Targets(ctx context.Context, person string) ([]Target, error) {
	list, err := store.Collect[Target](b.store.Reader().QueryContext(ctx, `
		SELECT id, endpoint, key, auth FROM browsers WHERE user_id = $1 AND ended_at = 0 ORDER BY made_at, id`, person))(
		func(r *sql.Rows) (t Target, err error) { return t, r.Scan(&t.ID, &t.Endpoint, &t.Key, &t.Auth) })
	if err != nil {
		return nil, fmt.Errorf("read the browsers of %s: %w", person, err)
	}
	return list, nil
}

// Of lists the browsers of a person, the newest first.
func (b *Book) Of(ctx context.Context, person string) ([]query.Browser, error) {
	list, err := store.Collect[query.Browser](b.store.Reader().QueryContext(ctx, `
		SELECT id, endpoint, agent, first, made_at, ended_at, ended_why FROM browsers WHERE user_id = $1 ORDER BY made_at DESC, id`, person))(
		func(r *sql.Rows) (o query.Browser, err error) {
			var made, ended int64
			err = r.Scan(&o.ID, &o.Endpoint, &o.Agent, &o.First, &made, &ended, &o.EndedWhy)
			o.MadeAt, o.EndedAt = store.Time(made), store.Time(ended)
			return o, err
		})
	if err != nil {
		return nil, fmt.Errorf("list the browsers of %s: %w", person, err)
	}
	return list, nil
}

// Add keeps a browser. The same one again takes the place of what it was, whose
// ever that was: two people at one browser are told by turns, never both. What
// has ended makes way. huiying.Conflict when the person has too many.
func (b *Book) Add(ctx context.Context, n query.NewBrowser) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM browsers WHERE endpoint = $1 OR user_id = $2 AND ended_at > 0`, n.Endpoint, n.Account); err != nil {
			return fmt.Errorf("clear the browsers of %s: %w", n.Account, err)
		}
		var have int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM browsers WHERE user_id = $1`, n.Account).Scan(&have); err != nil {
			return fmt.Errorf("count the browsers of %s: %w", n.Account, err)
		}
		if have >= most {
			return huiying.Errorf(huiying.Conflict, "account.browsers_most", most)
		}
		id := huiying.DeriveID("b-", n.Account, n.Endpoint)
		_, err := tx.ExecContext(ctx, `
			INSERT INTO browsers (id, user_id, channel, endpoint, key, auth, agent, first, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			id, n.Account, n.Channel, n.Endpoint, n.Key, n.Auth, n.Agent, store.Flag(n.First), store.Micros(tx.Now()))
		if err != nil {
			return fmt.Errorf("keep a browser of %s: %w", n.Account, err)
		}
		if err := order(ctx, tx, n.Account, n.First); err != nil {
			return err
		}
		return access.Note(ctx, tx, access.Entry{Actor: n.Account, Action: access.AccountEdited, Object: n.Account, Detail: "browser added"})
	})
}

// Order says whether a person's browsers are told before the other contacts or
// after them.
func (b *Book) Order(ctx context.Context, person string, first bool) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error { return order(ctx, tx, person, first) })
}

func order(ctx context.Context, tx *store.Tx, person string, first bool) error {
	if _, err := tx.ExecContext(ctx, `UPDATE browsers SET first = $2 WHERE user_id = $1`, person, store.Flag(first)); err != nil {
		return fmt.Errorf("order the contacts of %s: %w", person, err)
	}
	return nil
}

// Remove takes one of a person's browsers away; huiying.NotFound when it is not
// theirs.
func (b *Book) Remove(ctx context.Context, person, id string) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM browsers WHERE id = $1 AND user_id = $2`, id, person)
		if err != nil {
			return fmt.Errorf("remove a browser of %s: %w", person, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return huiying.Errorf(huiying.NotFound, "account.no_browser")
		}
		return access.Note(ctx, tx, access.Entry{Actor: person, Action: access.AccountEdited, Object: person, Detail: "browser removed"})
	})
}

// Gone ends a browser that its push service knows no more, and forgets its
// keys; why is the service's answer.
func (b *Book) Gone(ctx context.Context, id, why string) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE browsers SET ended_at = $2, ended_why = $3, key = '', auth = '' WHERE id = $1 AND ended_at = 0`,
			id, store.Micros(tx.Now()), why)
		if err != nil {
			return fmt.Errorf("end a browser: %w", err)
		}
		return nil
	})
}
