// Package identities keeps who people are at the office's identity provider,
// and finds the account of somebody whom it vouches for. It refuses to link one
// identity to two accounts, to take an account over from another identity, and
// to make an account for whom the table gives no role.
package identities

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

// By is who links and changes accounts when nobody but the provider did.
const By = "sso"

// People is the accounts.
type People interface {
	ByID(ctx context.Context, id string) (query.Account, error)
	Accounts(ctx context.Context) ([]query.Account, error)
	Create(ctx context.Context, by string, p huiying.Person) error
	Update(ctx context.Context, by string, p huiying.Person) error
}

// Book is the identities of a store.
type Book struct {
	store  *store.Store
	people People
}

// New makes the book of a store.
func New(s *store.Store, p People) *Book { return &Book{store: s, people: p} }

// Of lists a person's identities.
func (b *Book) Of(ctx context.Context, account string) ([]query.Identity, error) {
	return read(ctx, b.store.Reader(), `WHERE user_id = $1 ORDER BY linked_at`, account)
}

func read(ctx context.Context, q store.Querier, where string, args ...any) ([]query.Identity, error) {
	list, err := store.Collect[query.Identity](q.QueryContext(ctx, `
		SELECT issuer, subject, user_id, linked_by, linked_at, used_at FROM identities `+where, args...))(
		func(r *sql.Rows) (i query.Identity, err error) {
			var linked, used int64
			err = r.Scan(&i.Issuer, &i.Subject, &i.Account, &i.LinkedBy, &linked, &used)
			i.LinkedAt, i.UsedAt = store.Time(linked), store.Time(used)
			return i, err
		})
	if err != nil {
		return nil, fmt.Errorf("read identities: %w", err)
	}
	return list, nil
}

// Link makes an identity a person's; huiying.Conflict when it is somebody
// else's, or the person has another one of that provider.
func (b *Book) Link(ctx context.Context, i query.Identity) error {
	i.Subject = strings.TrimSpace(i.Subject)
	if i.Issuer == "" || i.Subject == "" || len(i.Subject) > 255 {
		return huiying.Errorf(huiying.Invalid, "sso.no_subject")
	}
	if _, err := b.people.ByID(ctx, i.Account); err != nil {
		return err
	}
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		list, err := read(ctx, tx, `WHERE issuer = $1 AND (subject = $2 OR user_id = $3)`, i.Issuer, i.Subject, i.Account)
		if err != nil {
			return err
		}
		if at := slices.IndexFunc(list, func(known query.Identity) bool { return known.Account != i.Account }); at >= 0 {
			return huiying.Errorf(huiying.Conflict, "sso.taken", list[at].Account)
		}
		if len(list) > 0 {
			return huiying.Errorf(huiying.Conflict, "sso.has_one", i.Account)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO identities (issuer, subject, user_id, linked_by, linked_at) VALUES ($1, $2, $3, $4, $5)`,
			i.Issuer, i.Subject, i.Account, i.LinkedBy, store.Micros(tx.Now()))
		if err != nil {
			return fmt.Errorf("link identity of %s: %w", i.Account, err)
		}
		return access.Note(ctx, tx, access.Entry{Actor: i.LinkedBy, Action: access.IdentityLinked, Object: i.Account, Detail: i.Issuer + " " + i.Subject})
	})
}

// Unlink takes an identity away from a person.
func (b *Book) Unlink(ctx context.Context, by string, i query.Identity) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM identities WHERE issuer = $1 AND subject = $2 AND user_id = $3`, i.Issuer, i.Subject, i.Account)
		if err != nil {
			return fmt.Errorf("unlink identity of %s: %w", i.Account, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, huiying.Errorf(huiying.NotFound, "sso.not_linked", i.Account))
		}
		return access.Note(ctx, tx, access.Entry{Actor: by, Action: access.IdentityUnlinked, Object: i.Account, Detail: i.Issuer + " " + i.Subject})
	})
}

// Resolve finds the account of somebody whom the provider vouches for, linking
// or making it where that is configured, and gives it the roles of the table.
// huiying.Unauthorized with a sentence when there is none.
func (b *Book) Resolve(ctx context.Context, p query.SSOPerson) (account string, err error) {
	if p.Mapped && len(p.Roles) == 0 {
		return "", huiying.Errorf(huiying.Unauthorized, "sso.no_role")
	}
	a, err := b.find(ctx, p)
	if err != nil {
		return "", err
	}
	if a.Disabled {
		return "", huiying.Errorf(huiying.Unauthorized, "sso.disabled", a.Person.ID)
	}
	if err := b.apply(ctx, a, p); err != nil {
		return "", err
	}
	return a.Person.ID, b.used(ctx, p)
}

func (b *Book) used(ctx context.Context, p query.SSOPerson) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE identities SET used_at = $3 WHERE issuer = $1 AND subject = $2`, p.Issuer, p.Subject, store.Micros(tx.Now()))
		if err != nil {
			return fmt.Errorf("note use of identity: %w", err)
		}
		return nil
	})
}

func (b *Book) find(ctx context.Context, p query.SSOPerson) (query.Account, error) {
	list, err := read(ctx, b.store.Reader(), `WHERE issuer = $1 AND subject = $2`, p.Issuer, p.Subject)
	if err != nil {
		return query.Account{}, err
	}
	if len(list) == 1 {
		return b.people.ByID(ctx, list[0].Account)
	}
	a, err := b.candidate(ctx, p)
	if err != nil {
		return query.Account{}, err
	}
	err = b.Link(ctx, query.Identity{Issuer: p.Issuer, Subject: p.Subject, Account: a.Person.ID, LinkedBy: By})
	return a, err
}

// candidate is the one account that a first visit may be linked to.
func (b *Book) candidate(ctx context.Context, p query.SSOPerson) (query.Account, error) {
	all, err := b.people.Accounts(ctx)
	if err != nil {
		return query.Account{}, err
	}
	var found []query.Account
	for _, a := range all {
		if p.Account != "" && a.Person.ID == p.Account || p.Email != "" && reaches(a.Person, p.Email) {
			found = append(found, a)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return query.Account{}, huiying.Errorf(huiying.Unauthorized, "sso.two", p.Email)
	case huiying.ValidSubject(p.New) && len(p.Roles) > 0:
		return b.create(ctx, p)
	}
	return query.Account{}, huiying.Errorf(huiying.Unauthorized, "sso.unknown", p.Subject)
}

func reaches(p huiying.Person, email string) bool {
	return slices.ContainsFunc(p.Contacts, func(c huiying.Contact) bool {
		return strings.EqualFold(c.Address, email) && !(c.Own && c.Unproven())
	})
}

func (b *Book) create(ctx context.Context, p query.SSOPerson) (query.Account, error) {
	person := huiying.Person{ID: p.New, Name: p.Name, Unit: p.Unit, Roles: p.Roles}
	if person.Name == "" {
		person.Name = person.ID
	}
	if err := b.people.Create(ctx, By, person); err != nil {
		return query.Account{}, err
	}
	return b.people.ByID(ctx, person.ID)
}

// apply gives the account the roles and the unit of the table. A person whom a
// file defines keeps those of the file.
func (b *Book) apply(ctx context.Context, a query.Account, p query.SSOPerson) error {
	if !p.Mapped || a.Origin != "" {
		return nil
	}
	want := a.Person
	want.Roles = p.Roles
	if p.Unit != "" {
		want.Unit = p.Unit
	}
	if want.Unit == a.Person.Unit && slices.Equal(sorted(want.Roles), sorted(a.Person.Roles)) {
		return nil
	}
	return b.people.Update(ctx, By, want)
}

func sorted(roles []huiying.Role) []huiying.Role { return slices.Sorted(slices.Values(roles)) }
