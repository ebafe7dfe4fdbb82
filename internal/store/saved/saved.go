// Package saved keeps the lists that people save under a name, which of them a
// page opens with, and who is told of what is new in them. It refuses a name
// twice, a view of somebody else's that is not shared with the person, and to
// let anybody but its owner change one.
package saved

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
)

// Limits of views.
const (
	mostViews    = 50 // of one person
	longestName  = 40
	longestQuery = 2000
	leastEvery   = 5 // minutes
	mostEvery    = 7 * 24 * 60
)

// Book is the saved views of a store.
type Book struct{ store *store.Store }

// New makes the book of a store.
func New(s *store.Store) *Book { return &Book{s} }

const columns = `v.id, v.owner, v.page, v.name, v.query, v.shared, v.created_at`

func scan(r *sql.Rows) (v query.SavedView, err error) {
	var at int64
	err = r.Scan(&v.ID, &v.Owner, &v.Page, &v.Name, &v.Query, &v.Shared, &at)
	v.CreatedAt = store.Time(at)
	return v, err
}

// Views lists the views that an account may use, its own first.
func (b *Book) Views(ctx context.Context, a query.Account) ([]query.SavedView, error) {
	q := b.store.Reader()
	list, err := store.Collect[query.SavedView](q.QueryContext(ctx,
		`SELECT `+columns+` FROM saved_views v WHERE v.owner = $1 OR v.shared <> '' ORDER BY v.owner <> $1, v.created_at, v.id`, a.Person.ID))(scan)
	if err != nil {
		return nil, fmt.Errorf("read saved views: %w", err)
	}
	list = slices.DeleteFunc(list, func(v query.SavedView) bool { return !v.Seen(a) })
	defaults, err := store.Collect[string](q.QueryContext(ctx, `SELECT view FROM saved_view_defaults WHERE person = $1`, a.Person.ID))(
		func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) })
	if err != nil {
		return nil, fmt.Errorf("read what pages open with: %w", err)
	}
	mine, err := b.subscriptions(ctx, a.Person.ID)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Default = slices.Contains(defaults, list[i].ID)
		if s, ok := mine[list[i].ID]; ok {
			list[i].Subscription = &s
		}
	}
	return list, nil
}

func (b *Book) subscriptions(ctx context.Context, person string) (map[string]query.Subscription, error) {
	out := map[string]query.Subscription{}
	_, err := store.Collect[string](b.store.Reader().QueryContext(ctx,
		`SELECT view, every, hours, told_at, told FROM saved_view_subscriptions WHERE person = $1`, person))(
		func(r *sql.Rows) (id string, err error) {
			var s query.Subscription
			var at int64
			err = r.Scan(&id, &s.Every, &s.Hours, &at, &s.Told)
			s.ToldAt = store.Time(at)
			out[id] = s
			return id, err
		})
	if err != nil {
		return nil, fmt.Errorf("read subscriptions: %w", err)
	}
	return out, nil
}

// Save keeps a view of an account and gives its id.
func (b *Book) Save(ctx context.Context, a query.Account, v query.SavedView) (id string, err error) {
	if v.Name, err = named(v.Name); err != nil {
		return "", err
	}
	if v.Page != query.PageStream && v.Page != query.PageCases || len(v.Query) > longestQuery {
		return "", huiying.Errorf(huiying.Invalid, "saved.query")
	}
	if err := sharable(a, v.Shared); err != nil {
		return "", err
	}
	now := b.store.Now()
	id = huiying.DeriveID("vw-", a.Person.ID, v.Page, v.Name, strconv.FormatInt(now.UnixMicro(), 10))
	return id, b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM saved_views WHERE owner = $1`, a.Person.ID).Scan(&n); err != nil {
			return fmt.Errorf("count saved views: %w", err)
		}
		if n >= mostViews {
			return huiying.Errorf(huiying.Conflict, "saved.many", mostViews)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO saved_views (id, owner, page, name, query, shared, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			id, a.Person.ID, v.Page, v.Name, v.Query, v.Shared, store.Micros(now))
		return twice(err, v.Name)
	})
}

// twice says that the person has a view of that name.
func twice(err error, name string) error {
	if store.IsUnique(err) {
		return huiying.Errorf(huiying.Conflict, "saved.twice", name)
	}
	return err
}

func named(name string) (string, error) {
	name = strings.Join(strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if n := len([]rune(name)); n == 0 || n > longestName {
		return "", huiying.Errorf(huiying.Invalid, "saved.name", longestName)
	}
	return name, nil
}

// sharable refuses to share with a unit that is not the person's own, or with
// a role whose people read no lists.
func sharable(a query.Account, with string) error {
	role, byRole := strings.CutPrefix(with, "role:")
	unit, byUnit := strings.CutPrefix(with, "unit:")
	switch {
	case with == "", byUnit && unit != "" && (unit == a.Person.Unit || a.Scope().All), byRole && slices.Contains(huiying.Working(), huiying.Role(role)):
		return nil
	}
	return huiying.Errorf(huiying.Invalid, "saved.share")
}

// Change changes a view, or what it is to the person.
func (b *Book) Change(ctx context.Context, a query.Account, c query.ViewChange) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		v, err := get(ctx, tx, c.View)
		if err != nil {
			return err
		}
		if !v.Seen(a) {
			return huiying.Errorf(huiying.NotFound, "saved.none")
		}
		return change(ctx, tx, a, v, c)
	})
}

func get(ctx context.Context, q store.Querier, id string) (query.SavedView, error) {
	list, err := store.Collect[query.SavedView](q.QueryContext(ctx, `SELECT `+columns+` FROM saved_views v WHERE v.id = $1`, id))(scan)
	if err != nil {
		return query.SavedView{}, fmt.Errorf("read saved view %s: %w", id, err)
	}
	if len(list) == 0 {
		return query.SavedView{}, huiying.Errorf(huiying.NotFound, "saved.none")
	}
	return list[0], nil
}

func change(ctx context.Context, tx *store.Tx, a query.Account, v query.SavedView, c query.ViewChange) error {
	me := a.Person.ID
	exec := func(statement string, args ...any) error {
		_, err := tx.ExecContext(ctx, statement, args...)
		return err
	}
	switch c.Action {
	case query.ViewDefault:
		return exec(`INSERT INTO saved_view_defaults (person, page, view) VALUES ($1, $2, $3) ON CONFLICT (person, page) DO UPDATE SET view = excluded.view`, me, v.Page, v.ID)
	case query.ViewUndefault:
		return exec(`DELETE FROM saved_view_defaults WHERE person = $1 AND view = $2`, me, v.ID)
	case query.ViewSubscribe:
		return subscribe(ctx, tx, me, v, c)
	case query.ViewUnsubscribe:
		return exec(`DELETE FROM saved_view_subscriptions WHERE person = $1 AND view = $2`, me, v.ID)
	}
	if v.Owner != me {
		return huiying.Errorf(huiying.Forbidden, "saved.not_yours")
	}
	switch c.Action {
	case query.ViewRename:
		name, err := named(c.Name)
		if err != nil {
			return err
		}
		return twice(exec(`UPDATE saved_views SET name = $2 WHERE id = $1`, v.ID, name), name)
	case query.ViewShare:
		if err := sharable(a, c.Shared); err != nil {
			return err
		}
		return exec(`UPDATE saved_views SET shared = $2 WHERE id = $1`, v.ID, c.Shared)
	case query.ViewDelete:
		return errors.Join(
			exec(`DELETE FROM saved_view_subscriptions WHERE view = $1`, v.ID),
			exec(`DELETE FROM saved_view_defaults WHERE view = $1`, v.ID),
			exec(`DELETE FROM saved_views WHERE id = $1`, v.ID))
	}
	return huiying.Errorf(huiying.Invalid, "saved.action", strings.Join(query.ViewChanges(), ", "))
}

// subscribe has a person told of posts that come from now on.
func subscribe(ctx context.Context, tx *store.Tx, person string, v query.SavedView, c query.ViewChange) error {
	if v.Page != query.PageStream {
		return huiying.Errorf(huiying.Invalid, "saved.posts_only")
	}
	if c.Every < leastEvery || c.Every > mostEvery || c.Hours != query.HoursAlways && c.Hours != query.HoursOffice {
		return huiying.Errorf(huiying.Invalid, "saved.every", leastEvery, mostEvery)
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO saved_view_subscriptions (view, person, every, hours, seen, next_at)
		VALUES ($1, $2, $3, $4, (SELECT coalesce(max(n), 0) FROM posts), $5)
		ON CONFLICT (view, person) DO UPDATE SET every = excluded.every, hours = excluded.hours, next_at = excluded.next_at`,
		v.ID, person, c.Every, c.Hours, store.Micros(tx.Now())+int64(c.Every)*60_000_000)
	if err != nil {
		return fmt.Errorf("subscribe to %s: %w", v.ID, err)
	}
	return nil
}
