package users

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

// newCode makes six digits, each run as likely as every other.
func newCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("make a code: %w", err)
	}
	return fmt.Sprintf("%06d", n), nil
}

// NewContactCode makes a code for a person's contact on a channel; the one before
// it is worth nothing from then on. huiying.Conflict where the contact is proven,
// or too many were asked for.
func (u *Users) NewContactCode(ctx context.Context, id, channel string) (query.ContactCode, error) {
	code, err := newCode()
	if err != nil {
		return query.ContactCode{}, err
	}
	record, err := u.record(ctx, code)
	if err != nil {
		return query.ContactCode{}, err
	}
	out := query.ContactCode{Code: code}
	err = u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		out.Contact, err = unproven(ctx, tx, id, channel)
		if err != nil {
			return err
		}
		if err := fewCodes(ctx, tx, id, channel); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO contact_codes (user_id, channel, address, code, made_at) VALUES ($1, $2, $3, $4, $5)`,
			id, channel, huiying.Digest(out.Contact.Address), record, store.Micros(tx.Now()))
		if err != nil {
			return fmt.Errorf("keep a code of %s: %w", id, err)
		}
		return access.Note(ctx, tx, access.Entry{Actor: id, Action: access.ContactCode, Object: id, Detail: channel})
	})
	if err != nil {
		return query.ContactCode{}, err
	}
	return out, nil
}

// unproven is a person's contact on a channel that a code can prove.
func unproven(ctx context.Context, q store.Querier, id, channel string) (huiying.Contact, error) {
	a, err := get(ctx, q, id)
	if err != nil {
		return huiying.Contact{}, err
	}
	i := at(a.Person, channel)
	if i < 0 {
		return huiying.Contact{}, huiying.Errorf(huiying.NotFound, "notifier.no_channel", channel)
	}
	if c := a.Person.Contacts[i]; c.Unproven() {
		return c, nil
	}
	return huiying.Contact{}, huiying.Errorf(huiying.Conflict, "contact.proven")
}

// fewCodes refuses one more code than an hour may bring, and takes away what is
// older than that.
func fewCodes(ctx context.Context, tx *store.Tx, id, channel string) error {
	since := store.Micros(tx.Now().Add(-time.Hour))
	if _, err := tx.ExecContext(ctx, `DELETE FROM contact_codes WHERE made_at <= $1`, since); err != nil {
		return fmt.Errorf("take old codes away: %w", err)
	}
	var n int
	var first int64
	err := tx.QueryRowContext(ctx, `SELECT count(*), coalesce(min(made_at), 0) FROM contact_codes WHERE user_id = $1 AND channel = $2`, id, channel).Scan(&n, &first)
	if err != nil {
		return fmt.Errorf("count codes of %s: %w", id, err)
	}
	if n < query.ContactCodesAHour {
		return nil
	}
	wait := store.Time(first).Add(time.Hour).Sub(tx.Now())
	return huiying.Errorf(huiying.Conflict, "contact.codes", query.ContactCodesAHour, int((wait+time.Minute-1)/time.Minute))
}

// kept is a code as it is kept.
type kept struct {
	n       int64
	address string
	record  string
	made    time.Time
	tries   int
	used    bool
}

// lastCode is the newest code of a person's channel; ok is false where there is
// none.
func lastCode(ctx context.Context, q store.Querier, id, channel string) (k kept, ok bool, err error) {
	var made, used int64
	err = q.QueryRowContext(ctx, `SELECT n, address, code, made_at, tries, used_at FROM contact_codes WHERE user_id = $1 AND channel = $2 ORDER BY n DESC LIMIT 1`,
		id, channel).Scan(&k.n, &k.address, &k.record, &made, &k.tries, &used)
	if errors.Is(err, sql.ErrNoRows) {
		return k, false, nil
	}
	k.made, k.used = store.Time(made), used > 0
	if err != nil {
		return k, false, fmt.Errorf("read the code of %s: %w", id, err)
	}
	return k, true, nil
}

// works reports whether a code may still be entered for the contact.
func (k kept) works(c huiying.Contact, now time.Time) bool {
	return !k.used && k.tries < query.ContactCodeTries && now.Before(k.made.Add(query.ContactCodeFor)) && k.address == huiying.Digest(c.Address)
}

// ProveContact takes the code that was sent to a contact. Every attempt is
// counted before it is looked at, so that many at once get no more tries than one
// after the other. huiying.Invalid for a wrong code, huiying.Conflict where none
// counts any more.
func (u *Users) ProveContact(ctx context.Context, id, channel, code string) error {
	var k kept
	err := u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) (err error) {
		k, err = tried(ctx, tx, id, channel)
		return err
	})
	if err != nil {
		return err
	}
	right, err := u.right(ctx, k.record, strings.TrimSpace(code))
	if err != nil {
		return err
	}
	if !right {
		if left := query.ContactCodeTries - k.tries; left > 0 {
			return huiying.Errorf(huiying.Invalid, "contact.wrong", left)
		}
		return huiying.Errorf(huiying.Conflict, "contact.tries", query.ContactCodeTries)
	}
	return u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error { return proven(ctx, tx, id, channel, k) })
}

// tried counts a try of the newest code, which it gives with the try counted.
func tried(ctx context.Context, tx *store.Tx, id, channel string) (kept, error) {
	c, err := unproven(ctx, tx, id, channel)
	if err != nil {
		return kept{}, err
	}
	k, ok, err := lastCode(ctx, tx, id, channel)
	if err != nil {
		return k, err
	}
	if ok && !k.used && k.tries >= query.ContactCodeTries {
		return k, huiying.Errorf(huiying.Conflict, "contact.tries", query.ContactCodeTries)
	}
	if !ok || !k.works(c, tx.Now()) {
		return k, huiying.Errorf(huiying.Conflict, "contact.no_code")
	}
	if _, err := tx.ExecContext(ctx, `UPDATE contact_codes SET tries = tries + 1 WHERE n = $1`, k.n); err != nil {
		return k, fmt.Errorf("count a try of %s: %w", id, err)
	}
	k.tries++
	return k, nil
}

// right compares a code with its record, in turn with the checks of passwords.
func (u *Users) right(ctx context.Context, record, code string) (bool, error) {
	select {
	case u.one <- struct{}{}:
		defer func() { <-u.one }()
		return matches(record, code), nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// proven uses the code up and marks the contact, if it is still the one the code
// was sent to.
func proven(ctx context.Context, tx *store.Tx, id, channel string, k kept) error {
	c, err := unproven(ctx, tx, id, channel)
	if err != nil {
		return err
	}
	now, ok, err := lastCode(ctx, tx, id, channel)
	if err != nil {
		return err
	}
	if !ok || now.n != k.n || now.used || k.address != huiying.Digest(c.Address) {
		return huiying.Errorf(huiying.Conflict, "contact.no_code")
	}
	if _, err := tx.ExecContext(ctx, `UPDATE contact_codes SET used_at = $2, code = '' WHERE n = $1`, k.n, store.Micros(tx.Now())); err != nil {
		return fmt.Errorf("use the code of %s up: %w", id, err)
	}
	a, err := get(ctx, tx, id)
	if err != nil {
		return err
	}
	c.ProvenAt = tx.Now()
	if err := keepProof(ctx, tx, a.Person, c); err != nil {
		return err
	}
	return access.Note(ctx, tx, access.Entry{Actor: id, Action: access.ContactProven, Object: id, Detail: channel})
}

// ContactCodes are the codes that a person may still enter, by channel.
func (u *Users) ContactCodes(ctx context.Context, id string) (map[string]query.PendingCode, error) {
	a, err := get(ctx, u.store.Reader(), id)
	if err != nil {
		return nil, err
	}
	out := map[string]query.PendingCode{}
	for _, c := range a.Person.Contacts {
		if !c.Unproven() {
			continue
		}
		k, ok, err := lastCode(ctx, u.store.Reader(), id, c.Channel)
		if err != nil {
			return nil, err
		}
		if ok && k.works(c, u.store.Now()) {
			out[c.Channel] = query.PendingCode{Until: k.made.Add(query.ContactCodeFor), Left: query.ContactCodeTries - k.tries}
		}
	}
	return out, nil
}
