// Package users keeps the people who sign in: their roles and contacts,
// passwords as argon2id records, active logins, one-time links and known
// browsers as digests of their tokens. It refuses to say whether an account
// exists to whoever does not know its password, to let strangers' guesses lock a
// person out of the browser they use, to leave the office without an
// administrator, and to change on a page what a file defines.
package users

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/factor"
)

// Options is how sign-in behaves; the zero value of a field is the default.
type Options struct {
	Cost       Cost          // of a password check; DefaultCost
	Failures   int           // wrong passwords in a row until an account is locked for an address; 5
	Lockout    time.Duration // for how long; 15 minutes
	SessionFor time.Duration // how long a sign-in lasts; 24 hours

	Factor      *factor.Book   // second factors; nil = there are none
	Required    []huiying.Role // who must have one
	TrustIssuer bool           // whoever comes from the identity provider has shown theirs there
}

// Users is the accounts of a store.
type Users struct {
	store   *store.Store
	options Options
	one     chan struct{} // password checks run one at a time: they are costly on purpose
	dummy   string        // a record nobody's password matches, so that an unknown account takes as long

	mu   sync.Mutex
	seen map[string]time.Time // by digest of the token, until FlushSeen
}

// New makes the accounts of a store.
func New(s *store.Store, o Options) *Users {
	if o.Cost == (Cost{}) {
		o.Cost = DefaultCost()
	}
	if o.Failures <= 0 {
		o.Failures = 5
	}
	if o.Lockout <= 0 {
		o.Lockout = 15 * time.Minute
	}
	if o.SessionFor <= 0 {
		o.SessionFor = 24 * time.Hour
	}
	return &Users{
		store: s, options: o, one: make(chan struct{}, 1), dummy: o.Cost.hash(newToken()), seen: map[string]time.Time{},
	}
}

// Check says in a sentence what is wrong with a person's definition.
func Check(p huiying.Person) error {
	if !huiying.ValidSubject(p.ID) {
		return huiying.Errorf(huiying.Invalid, "account.bad_id", p.ID)
	}
	if strings.TrimSpace(p.Name) == "" {
		return huiying.Errorf(huiying.Invalid, "account.no_name", p.ID)
	}
	return CheckRoles(p)
}

// CheckRoles says what is wrong with the roles and the unit of a person or a
// service.
func CheckRoles(p huiying.Person) error {
	if len(p.Roles) == 0 {
		return huiying.Errorf(huiying.Invalid, "account.no_role", p.ID)
	}
	for _, r := range p.Roles {
		if !slices.Contains(huiying.Roles(), r) {
			return huiying.Errorf(huiying.Invalid, "account.bad_role", p.ID, string(r))
		}
	}
	if slices.Contains(p.Roles, huiying.RoleResponder) && p.Unit == "" {
		return huiying.Errorf(huiying.Invalid, "account.no_unit", p.ID)
	}
	return nil
}

// Create adds a person without a password; huiying.Conflict when the id is
// taken. by is who does it.
func (u *Users) Create(ctx context.Context, by string, p huiying.Person) error {
	if err := Check(p); err != nil {
		return err
	}
	return u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		_, err := get(ctx, tx, p.ID)
		if err == nil {
			return huiying.Errorf(huiying.Conflict, "account.exists", p.ID)
		}
		if huiying.ErrorCode(err) != huiying.NotFound {
			return err
		}
		if err := insert(ctx, tx, p, "", ""); err != nil {
			return err
		}
		return access.Note(ctx, tx, access.Entry{Actor: by, Action: access.AccountMade, Object: p.ID, Detail: roleList(p.Roles)})
	})
}

// Update changes name, unit, roles and contacts; huiying.Forbidden when a file
// defines the person, huiying.Conflict when it would leave no administrator.
func (u *Users) Update(ctx context.Context, by string, p huiying.Person) error {
	if err := Check(p); err != nil {
		return err
	}
	return u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		a, err := editable(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		if slices.Contains(a.Person.Roles, huiying.RoleAdmin) && !slices.Contains(p.Roles, huiying.RoleAdmin) {
			if err := notLastAdmin(ctx, tx, p.ID); err != nil {
				return err
			}
		}
		if err := change(ctx, tx, p, a.Origin); err != nil {
			return err
		}
		return access.Note(ctx, tx, access.Entry{Actor: by, Action: access.AccountEdited, Object: p.ID, Detail: roleList(p.Roles)})
	})
}

// SetDisabled lets a person in or keeps them out; disabling ends their logins
// and links at once. The last administrator cannot be disabled.
func (u *Users) SetDisabled(ctx context.Context, by, id string, disabled bool) error {
	return u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		a, err := editable(ctx, tx, id)
		if err != nil {
			return err
		}
		detail := "enabled"
		if disabled {
			detail = "disabled"
			if slices.Contains(a.Person.Roles, huiying.RoleAdmin) {
				if err := notLastAdmin(ctx, tx, id); err != nil {
					return err
				}
			}
		}
		if err := setDisabled(ctx, tx, id, disabled); err != nil {
			return err
		}
		return access.Note(ctx, tx, access.Entry{Actor: by, Action: access.AccountEdited, Object: id, Detail: detail})
	})
}

func setDisabled(ctx context.Context, tx *store.Tx, id string, disabled bool) error {
	if _, err := tx.ExecContext(ctx, `UPDATE users SET disabled = $2 WHERE id = $1`, id, store.Flag(disabled)); err != nil {
		return fmt.Errorf("disable account %s: %w", id, err)
	}
	if !disabled {
		return nil
	}
	return endAll(ctx, tx, id, "")
}

// Import makes the people that a file defines be exactly the given ones: it
// adds and updates them, and disables those it defined before and no longer
// does. Passwords and logins of those that stay are kept; a person made on a
// page is taken over by the file.
func (u *Users) Import(ctx context.Context, origin string, people []huiying.Person) error {
	for _, p := range people {
		if err := Check(p); err != nil {
			return err
		}
	}
	return u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		known, err := accounts(ctx, tx)
		if err != nil {
			return err
		}
		gone := map[string]bool{}
		for _, a := range known {
			gone[a.Person.ID] = a.Origin == origin && !a.Disabled
		}
		for _, p := range people {
			delete(gone, p.ID)
			if err := importOne(ctx, tx, origin, p, known); err != nil {
				return err
			}
		}
		for id, leave := range gone {
			if !leave {
				continue
			}
			if err := setDisabled(ctx, tx, id, true); err != nil {
				return err
			}
		}
		return nil
	})
}

func importOne(ctx context.Context, tx *store.Tx, origin string, p huiying.Person, known []query.Account) error {
	i := slices.IndexFunc(known, func(a query.Account) bool { return a.Person.ID == p.ID })
	if i < 0 {
		return insert(ctx, tx, p, origin, "")
	}
	if known[i].Disabled && known[i].Origin == origin {
		if err := setDisabled(ctx, tx, p.ID, false); err != nil {
			return err
		}
	}
	return change(ctx, tx, p, origin)
}

// ByID reads one account; huiying.NotFound when there is none.
func (u *Users) ByID(ctx context.Context, id string) (query.Account, error) {
	return get(ctx, u.store.Reader(), id)
}

// Accounts lists every account in order of the ids.
func (u *Users) Accounts(ctx context.Context) ([]query.Account, error) {
	return accounts(ctx, u.store.Reader())
}

// List lists the people who are not disabled, in order of the ids: the
// directory of recipients.
func (u *Users) List(ctx context.Context) ([]huiying.Person, error) {
	list, err := u.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	people := make([]huiying.Person, 0, len(list))
	for _, a := range list {
		if !a.Disabled {
			people = append(people, a.Person)
		}
	}
	return people, nil
}

// SetLook keeps a person's language and theme.
func (u *Users) SetLook(ctx context.Context, id, lang, theme string) error {
	return u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE users SET lang = $2, theme = $3 WHERE id = $1`, id, lang, theme)
		if err != nil {
			return fmt.Errorf("set look of %s: %w", id, err)
		}
		return nil
	})
}

func insert(ctx context.Context, tx *store.Tx, p huiying.Person, origin, hash string) error {
	roles, contacts, err := lists(p)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO users (id, name, unit, roles, contacts, password_hash, origin, disabled, lang, theme, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '', '', $8)`,
		p.ID, p.Name, p.Unit, roles, contacts, hash, origin, store.Micros(tx.Now()))
	if err != nil {
		return fmt.Errorf("add account %s: %w", p.ID, err)
	}
	return nil
}

// change writes a person anew. A wall's login lasts for months because it opens
// nothing; where the account is to open more, it ends.
func change(ctx context.Context, tx *store.Tx, p huiying.Person, origin string) error {
	was, err := get(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	if was.OnlyDisplays() && !(query.Account{Person: p}).OnlyDisplays() {
		if err := endAll(ctx, tx, p.ID, ""); err != nil {
			return err
		}
	}
	roles, contacts, err := lists(p)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE users SET name = $2, unit = $3, roles = $4, contacts = $5, origin = $6 WHERE id = $1`,
		p.ID, p.Name, p.Unit, roles, contacts, origin)
	if err != nil {
		return fmt.Errorf("change account %s: %w", p.ID, err)
	}
	return nil
}

func lists(p huiying.Person) (roles, contacts string, err error) {
	r, err := json.Marshal(p.Roles)
	if err != nil {
		return "", "", err
	}
	kept := []huiying.Contact{}
	for _, c := range p.Contacts {
		if !strings.HasPrefix(c.Address, huiying.BrowsersOf) { // it comes and goes with the browsers
			kept = append(kept, c)
		}
	}
	c, err := json.Marshal(kept)
	return string(r), string(c), err
}

func editable(ctx context.Context, tx *store.Tx, id string) (query.Account, error) {
	a, err := get(ctx, tx, id)
	if err == nil && a.Origin != "" {
		err = huiying.Errorf(huiying.Forbidden, "store.defined_in_file", id, a.Origin)
	}
	return a, err
}

func notLastAdmin(ctx context.Context, tx *store.Tx, id string) error {
	list, err := accounts(ctx, tx)
	if err != nil {
		return err
	}
	for _, a := range list {
		if a.Person.ID != id && !a.Disabled && slices.Contains(a.Person.Roles, huiying.RoleAdmin) {
			return nil
		}
	}
	return huiying.Errorf(huiying.Conflict, "account.last_admin", id)
}

func roleList(roles []huiying.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, " ")
}
