package users

import (
	"context"
	"errors"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/factor"
)

// ChangePassword sets a person's own password and ends every login but that of
// the token keep. A wrong old one counts like a failed sign-in.
func (u *Users) ChangePassword(ctx context.Context, c query.PasswordChange, from query.Visitor) error {
	record, known, err := u.secret(ctx, u.store.Reader(), c.Account)
	if err != nil {
		return err
	}
	if !known {
		return huiying.Errorf(huiying.Conflict, "account.no_password")
	}
	if err := checkPassword(c.Account, c.New); err != nil {
		return err
	}
	wrong := huiying.Errorf(huiying.Invalid, "account.old_wrong")
	if _, err := u.tried(ctx, failure{id: c.Account, from: from, known: true, answer: wrong}, record, c.Old); err != nil {
		return typed(err)
	}
	hash, err := u.record(ctx, c.New)
	if err != nil {
		return err
	}
	return u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		return setPassword(ctx, tx, newPassword{c.Account, hash, c.Keep})
	})
}

// typed makes a refusal one of the form that was filled in: the person is
// signed in and must not be sent to sign in again.
func typed(err error) error {
	var e *huiying.Error
	if errors.As(err, &e) && e.Code == huiying.Unauthorized {
		return huiying.Errorf(huiying.Invalid, e.Key, e.Args...)
	}
	return err
}

// RenewRecovery gives a person new recovery codes for a code of the
// authenticator.
func (u *Users) RenewRecovery(ctx context.Context, id, code string, from query.Visitor) (codes []string, err error) {
	err = u.withCode(ctx, id, code, from, func(ctx context.Context, tx *store.Tx) error {
		codes, err = u.options.Factor.Deal(ctx, tx, id)
		return err
	})
	return codes, err
}

// DropFactor ends a person's own second factor for a code of it.
func (u *Users) DropFactor(ctx context.Context, id, code string, from query.Visitor) error {
	return u.withCode(ctx, id, code, from, func(ctx context.Context, tx *store.Tx) error {
		a, err := get(ctx, tx, id)
		if err == nil && a.Actor().Has(u.options.Required...) {
			err = huiying.Errorf(huiying.Conflict, "factor.required")
		}
		if err != nil {
			return err
		}
		return factor.Remove(ctx, tx, id, id)
	})
}

// withCode does something that takes a code of the second factor.
func (u *Users) withCode(ctx context.Context, id, code string, from query.Visitor, do func(context.Context, *store.Tx) error) error {
	if u.options.Factor == nil {
		return huiying.Errorf(huiying.NotFound, "factor.none")
	}
	var answer error
	err := u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if answer, err = u.shown(ctx, tx, id, code, from); err != nil || answer != nil {
			return err
		}
		return do(ctx, tx)
	})
	return typed(errors.Join(err, answer))
}
