package users

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

// Link makes a one-time link and returns its path (/link/… or /setup/…): it is
// shown once and kept as a digest. purpose is one of query.LinkPassword and
// query.LinkSignIn, or query.LinkSetup with id "".
func (u *Users) Link(ctx context.Context, purpose, id string, ttl time.Duration) (path string, err error) {
	token := newToken()
	err = u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		if purpose != query.LinkSetup {
			a, err := get(ctx, tx, id)
			if err != nil {
				return err
			}
			if a.Disabled {
				return huiying.Errorf(huiying.Conflict, "account.disabled", id)
			}
		}
		if err := dropLinks(ctx, tx, purpose, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO links (token_hash, purpose, user_id, expires_at, used_at) VALUES ($1, $2, $3, $4, 0)`,
			digest(token), purpose, id, store.Micros(tx.Now().Add(ttl)))
		if err != nil {
			return fmt.Errorf("make link: %w", err)
		}
		return access.Note(ctx, tx, access.Entry{Actor: id, Action: access.LinkMade, Object: id, Detail: purpose})
	})
	if err != nil {
		return "", err
	}
	if purpose == query.LinkSetup {
		return "/setup/" + token, nil
	}
	return "/link/" + token, nil
}

// dropLinks forgets what has expired, and unused links that the new one
// replaces. Sign-in links stay side by side: each is for one browser.
func dropLinks(ctx context.Context, tx *store.Tx, purpose, id string) error {
	_, err := tx.ExecContext(ctx, `
		DELETE FROM links WHERE expires_at <= $1 OR ($2 <> 'signin' AND purpose = $2 AND user_id = $3 AND used_at = 0)`,
		store.Micros(tx.Now()), purpose, id)
	if err != nil {
		return fmt.Errorf("drop old links: %w", err)
	}
	return nil
}

// EnsureSetupLink makes a new set-up link while nobody is an administrator,
// though a configuration file may name other people; "" once there is one.
func (u *Users) EnsureSetupLink(ctx context.Context, ttl time.Duration) (path string, err error) {
	list, err := u.Accounts(ctx)
	if err != nil || anyAdmin(list) {
		return "", err
	}
	return u.Link(ctx, query.LinkSetup, "", ttl)
}

func anyAdmin(list []query.Account) bool {
	return slices.ContainsFunc(list, func(a query.Account) bool { return !a.Disabled && a.Actor().Has(huiying.RoleAdmin) })
}

// PeekLink says what a link is for and changes nothing, so that the preview of
// a chat program does no harm; huiying.NotFound when it is unknown, used or
// expired: which of these is not told.
func (u *Users) PeekLink(ctx context.Context, token string) (query.Link, error) {
	return peek(ctx, u.store.Reader(), token, u.store.Now())
}

func peek(ctx context.Context, q store.Querier, token string, now time.Time) (query.Link, error) {
	var l query.Link
	var expires int64
	err := q.QueryRowContext(ctx, `
		SELECT purpose, user_id, expires_at FROM links WHERE token_hash = $1 AND used_at = 0 AND expires_at > $2`,
		digest(token), store.Micros(now)).Scan(&l.Purpose, &l.Account, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return query.Link{}, huiying.Errorf(huiying.NotFound, "account.link_over")
	}
	if err != nil {
		return query.Link{}, fmt.Errorf("read link: %w", err)
	}
	l.ExpiresAt = store.Time(expires)
	return l, nil
}

// take uses a link up inside a transaction.
func take(ctx context.Context, tx *store.Tx, token, purpose string) (query.Link, error) {
	l, err := peek(ctx, tx, token, tx.Now())
	if err == nil && l.Purpose != purpose {
		err = huiying.Errorf(huiying.NotFound, "account.link_over")
	}
	if err != nil {
		return l, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE links SET used_at = $2 WHERE token_hash = $1`, digest(token), store.Micros(tx.Now()))
	if err != nil {
		return l, fmt.Errorf("use link: %w", err)
	}
	return l, nil
}

// UseSignIn uses a sign-in link up and begins a login, or asks for the second
// factor first.
func (u *Users) UseSignIn(ctx context.Context, token string, from query.Visitor) (e query.Entered, err error) {
	err = u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		l, err := take(ctx, tx, token, query.LinkSignIn)
		if err != nil {
			return err
		}
		e, err = u.enterIn(ctx, tx, l.Account, login{from: from, action: access.LinkUsed, how: query.ByLink})
		return err
	})
	if err != nil {
		return query.Entered{}, err
	}
	return e, nil
}

// UsePassword uses an invitation or reset link up: it sets the password, ends
// every other login of the person and begins one, or asks for the second factor
// first: whoever reads a person's mail has the link, but not that.
func (u *Users) UsePassword(ctx context.Context, token, password string, from query.Visitor) (e query.Entered, err error) {
	l, err := u.PeekLink(ctx, token)
	if err != nil {
		return e, err
	}
	if err := checkPassword(l.Account, password); err != nil {
		return e, err
	}
	hash, err := u.record(ctx, password)
	if err != nil {
		return e, err
	}
	err = u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		l, err := take(ctx, tx, token, query.LinkPassword)
		if err != nil {
			return err
		}
		if err := setPassword(ctx, tx, newPassword{account: l.Account, record: hash}); err != nil {
			return err
		}
		e, err = u.enterIn(ctx, tx, l.Account, login{from: from, action: access.LinkUsed, how: query.ByLink})
		return err
	})
	if err != nil {
		return query.Entered{}, err
	}
	return e, nil
}

// UseSetup uses the set-up link up: it makes the first administrator with a
// password and begins a login. huiying.Conflict when there is an administrator
// by now, or somebody of that id.
func (u *Users) UseSetup(ctx context.Context, token string, n query.NewAdmin, from query.Visitor) (e query.Entered, err error) {
	p := huiying.Person{ID: n.ID, Name: n.Name, Roles: []huiying.Role{huiying.RoleAdmin}}
	if err := errors.Join(Check(p), checkPassword(n.ID, n.Password)); err != nil {
		return query.Entered{}, err
	}
	hash, err := u.record(ctx, n.Password)
	if err != nil {
		return query.Entered{}, err
	}
	err = u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		if _, err := take(ctx, tx, token, query.LinkSetup); err != nil {
			return err
		}
		list, err := accounts(ctx, tx)
		if err != nil {
			return err
		}
		if anyAdmin(list) {
			return huiying.Errorf(huiying.Conflict, "account.set_up_already")
		}
		if slices.ContainsFunc(list, func(a query.Account) bool { return a.Person.ID == p.ID }) {
			return huiying.Errorf(huiying.Conflict, "account.exists", p.ID)
		}
		if err := insert(ctx, tx, p, "", hash); err != nil {
			return err
		}
		e, err = u.beginIn(ctx, tx, p.ID, login{from: from, action: access.AccountMade, how: query.ByLink})
		return err
	})
	if err != nil {
		return query.Entered{}, err
	}
	return e, nil
}

// SetPassword sets a person's password and ends their logins and links.
func (u *Users) SetPassword(ctx context.Context, id, password string) error {
	if err := checkPassword(id, password); err != nil {
		return err
	}
	hash, err := u.record(ctx, password)
	if err != nil {
		return err
	}
	return u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		if _, err := get(ctx, tx, id); err != nil {
			return err
		}
		return setPassword(ctx, tx, newPassword{account: id, record: hash})
	})
}

// record derives the record of a new password, in turn with the checks.
func (u *Users) record(ctx context.Context, password string) (string, error) {
	select {
	case u.one <- struct{}{}:
		defer func() { <-u.one }()
		return u.options.Cost.hash(password), nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// newPassword is one; the login of the token keep outlives it.
type newPassword struct{ account, record, keep string }

func setPassword(ctx context.Context, tx *store.Tx, p newPassword) error {
	if _, err := tx.ExecContext(ctx, `UPDATE users SET password_hash = $2 WHERE id = $1`, p.account, p.record); err != nil {
		return fmt.Errorf("set password of %s: %w", p.account, err)
	}
	if err := endAll(ctx, tx, p.account, p.keep); err != nil {
		return err
	}
	return access.Note(ctx, tx, access.Entry{Actor: p.account, Action: access.PasswordSet, Object: p.account})
}
