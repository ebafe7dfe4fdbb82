package users

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
)

const columns = `u.id, u.name, u.unit, u.roles, u.contacts, u.password_hash <> '', u.origin, u.disabled, u.lang, u.theme, u.created_at, u.quiet, u.proven,
	EXISTS (SELECT 1 FROM factors f WHERE f.user_id = u.id AND f.confirmed_at > 0),
	coalesce((SELECT b.channel FROM browsers b WHERE b.user_id = u.id AND b.ended_at = 0 ORDER BY b.made_at DESC LIMIT 1), ''),
	coalesce((SELECT max(b.first) FROM browsers b WHERE b.user_id = u.id AND b.ended_at = 0), 0)`

func get(ctx context.Context, q store.Querier, id string) (query.Account, error) {
	list, err := store.Collect[query.Account](q.QueryContext(ctx, `SELECT `+columns+` FROM users u WHERE u.id = $1`, id))(scan)
	if err != nil {
		return query.Account{}, fmt.Errorf("read account: %w", err)
	}
	if len(list) == 0 {
		return query.Account{}, huiying.Errorf(huiying.NotFound, "account.unknown", id)
	}
	return list[0], nil
}

func accounts(ctx context.Context, q store.Querier) ([]query.Account, error) {
	list, err := store.Collect[query.Account](q.QueryContext(ctx, `SELECT `+columns+` FROM users u ORDER BY u.id`))(scan)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return list, nil
}

func scan(r *sql.Rows) (a query.Account, err error) {
	return a, scanInto(r, &a)
}

// scanInto reads the columns, then any further ones into rest.
func scanInto(r *sql.Rows, a *query.Account, rest ...any) error {
	var roles, contacts, over, quiet, proven string
	var created int64
	var first bool
	dest := append([]any{
		&a.Person.ID, &a.Person.Name, &a.Person.Unit, &roles, &contacts, &a.HasPassword, &a.Origin, &a.Disabled,
		&a.Lang, &a.Theme, &created, &quiet, &proven, &a.HasFactor, &over, &first,
	}, rest...)
	if err := r.Scan(dest...); err != nil {
		return err
	}
	a.CreatedAt = store.Time(created)
	if err := json.Unmarshal([]byte(roles), &a.Person.Roles); err != nil {
		return fmt.Errorf("roles of %s: %w", a.Person.ID, err)
	}
	if err := json.Unmarshal([]byte(contacts), &a.Person.Contacts); err != nil {
		return fmt.Errorf("contacts of %s: %w", a.Person.ID, err)
	}
	if err := json.Unmarshal([]byte(quiet), &a.Person.Quiet); err != nil {
		return fmt.Errorf("quiet hours of %s: %w", a.Person.ID, err)
	}
	if err := withProofs(a.Person.Contacts, proven); err != nil {
		return fmt.Errorf("proofs of the contacts of %s: %w", a.Person.ID, err)
	}
	a.Person.Contacts = withBrowsers(a.Person, over, first)
	return nil
}

// withBrowsers are a person's contacts with the one for the browsers that are
// told over a channel, "" = there are none; a file may name the channel where
// it belongs.
func withBrowsers(p huiying.Person, over string, first bool) []huiying.Contact {
	named := func(c huiying.Contact) bool { return c.Channel == over }
	if over == "" || slices.ContainsFunc(p.Contacts, named) {
		return p.Contacts
	}
	at := len(p.Contacts)
	if first {
		at = 0
	}
	return slices.Insert(p.Contacts, at, huiying.Contact{Channel: over, Address: huiying.BrowsersOf + p.ID})
}
