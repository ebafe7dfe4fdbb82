package tokens

import (
	"context"
	"fmt"
	"maps"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

// Use reads whom a token acts for; huiying.Unauthorized when it is unknown,
// expired or revoked, or its person is disabled: which of these is not told.
func (b *Book) Use(ctx context.Context, token string, from query.Visitor) (query.Account, error) {
	now := b.store.Now()
	list, err := read(ctx, b.store.Reader(), `WHERE token_hash = $1 AND revoked_at = 0 AND expires_at > $2`, digest(token), store.Micros(now))
	if err != nil {
		return query.Account{}, err
	}
	a, err := b.first(ctx, list)
	if err != nil {
		return query.Account{}, err
	}
	b.mu.Lock()
	b.used[a.Token] = use{now, from.Address}
	b.mu.Unlock()
	return a, nil
}

// Account reads whom a token acts for by the id of the token, for what was asked
// for with it and is done later; huiying.Unauthorized as Use.
func (b *Book) Account(ctx context.Context, id string) (query.Account, error) {
	list, err := read(ctx, b.store.Reader(), `WHERE id = $1 AND revoked_at = 0 AND expires_at > $2`, id, store.Micros(b.store.Now()))
	if err != nil {
		return query.Account{}, err
	}
	return b.first(ctx, list)
}

// first is the account of the token that was found.
func (b *Book) first(ctx context.Context, list []query.Token) (query.Account, error) {
	if len(list) == 0 {
		return query.Account{}, over()
	}
	a, err := b.actsFor(ctx, list[0])
	if err != nil {
		return query.Account{}, err
	}
	a.Token, a.Scopes = list[0].ID, list[0].Scopes
	return a, nil
}

func over() error { return huiying.Errorf(huiying.Unauthorized, "token.over") }

// actsFor is the account of a token: a service's own, or its person's as it is
// now.
func (b *Book) actsFor(ctx context.Context, t query.Token) (query.Account, error) {
	if t.Service != "" {
		return query.Account{Person: huiying.Person{ID: huiying.ServiceActor(t.Service).ID, Name: t.Service, Unit: t.Unit, Roles: t.Roles}}, nil
	}
	a, err := b.o.People(ctx, t.Account)
	if huiying.ErrorCode(err) == huiying.NotFound || err == nil && a.Disabled {
		return a, over()
	}
	return a, err
}

// Acted notes that something was changed by way of a token: what is the
// operation and its address.
func (b *Book) Acted(ctx context.Context, a query.Account, what string) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		return access.Note(ctx, tx, access.Entry{Actor: a.Person.ID, Action: access.TokenActed, Object: a.Token, Detail: what})
	})
}

// Flush stores when tokens were last used. It is called now and then and at the
// end: a call that only reads writes nothing.
func (b *Book) Flush(ctx context.Context) error {
	b.mu.Lock()
	used := maps.Clone(b.used)
	clear(b.used)
	b.mu.Unlock()
	if len(used) == 0 {
		return nil
	}
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		for id, u := range used {
			if _, err := tx.ExecContext(ctx, `UPDATE api_tokens SET used_at = $2, used_from = $3 WHERE id = $1 AND used_at < $2`, id, store.Micros(u.at), u.from); err != nil {
				return fmt.Errorf("note when tokens were used: %w", err)
			}
		}
		return nil
	})
}
