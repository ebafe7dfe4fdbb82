// Package factor keeps people's second factors: the secret that an
// authenticator app shares with us (RFC 6238), sealed, and ten recovery codes as
// keyed digests. It refuses a code that was used before, a code of an
// authenticator that was never confirmed, and to show a secret or a recovery
// code a second time once it counts.
package factor

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

// KeySize is the length of the key that seals secrets.
const KeySize = 32

// recoveryCodes is how many a person gets at once.
const recoveryCodes = 10

// Book is the second factors of a store.
type Book struct {
	store  *store.Store
	key    []byte
	office string // which authenticators show beside the account
}

// New makes the book of a store; the key has KeySize bytes.
func New(s *store.Store, key []byte, office string) *Book {
	return &Book{store: s, key: key, office: office}
}

// row is one person's factor.
type row struct {
	secret    []byte
	confirmed time.Time
	last      int64
}

func (b *Book) read(ctx context.Context, q store.Querier, id string) (r row, err error) {
	var blob []byte
	var confirmed int64
	err = q.QueryRowContext(ctx, `SELECT sealed, confirmed_at, last_step FROM factors WHERE user_id = $1`, id).Scan(&blob, &confirmed, &r.last)
	if errors.Is(err, sql.ErrNoRows) {
		return r, huiying.Errorf(huiying.NotFound, "factor.none")
	}
	if err != nil {
		return r, fmt.Errorf("read second factor of %s: %w", id, err)
	}
	r.confirmed = store.Time(confirmed)
	if r.secret, err = b.open(id, blob); err != nil {
		return r, fmt.Errorf("open second factor of %s: %w", id, err)
	}
	return r, nil
}

// State says whether a person has a second factor.
func (b *Book) State(ctx context.Context, id string) (s query.Factor, err error) {
	var confirmed int64
	err = b.store.Reader().QueryRowContext(ctx, `SELECT confirmed_at FROM factors WHERE user_id = $1`, id).Scan(&confirmed)
	if errors.Is(err, sql.ErrNoRows) {
		return s, nil
	}
	if err == nil {
		s.Since = store.Time(confirmed)
		err = b.store.Reader().QueryRowContext(ctx, `SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at = 0`, id).Scan(&s.RecoveryLeft)
	}
	if err != nil {
		return s, fmt.Errorf("read second factor of %s: %w", id, err)
	}
	return s, nil
}

// Begin makes a new secret that counts once Confirm is given a code of it. One
// that was begun before and not confirmed is forgotten; huiying.Conflict where
// a factor counts already.
func (b *Book) Begin(ctx context.Context, id string) (query.Enrolment, error) {
	secret := newSecret()
	blob, err := b.sealed(id, secret)
	if err != nil {
		return query.Enrolment{}, err
	}
	err = b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		r, err := b.read(ctx, tx, id)
		if err == nil && !r.confirmed.IsZero() {
			return huiying.Errorf(huiying.Conflict, "factor.have_one")
		}
		if err != nil && huiying.ErrorCode(err) != huiying.NotFound {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO factors (user_id, sealed, made_at, confirmed_at, last_step) VALUES ($1, $2, $3, 0, 0)
			ON CONFLICT (user_id) DO UPDATE SET sealed = excluded.sealed, made_at = excluded.made_at, last_step = 0`,
			id, blob, store.Micros(tx.Now()))
		if err != nil {
			return fmt.Errorf("keep second factor of %s: %w", id, err)
		}
		return nil
	})
	return b.enrolment(id, secret), err
}

func (b *Book) enrolment(id string, secret []byte) query.Enrolment {
	return query.Enrolment{Secret: grouped(written(secret)), URI: address(secret, b.office, id)}
}

// Pending gives the enrolment that was begun and not confirmed, so that a
// mistyped code does not cost a new one; huiying.NotFound where there is none.
func (b *Book) Pending(ctx context.Context, id string) (query.Enrolment, error) {
	r, err := b.read(ctx, b.store.Reader(), id)
	if err != nil {
		return query.Enrolment{}, err
	}
	if !r.confirmed.IsZero() {
		return query.Enrolment{}, huiying.Errorf(huiying.NotFound, "factor.none")
	}
	return b.enrolment(id, r.secret), nil
}

// Confirm makes the factor count and gives the recovery codes, once.
func (b *Book) Confirm(ctx context.Context, id, code string) (recovery []string, err error) {
	err = b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		r, err := b.read(ctx, tx, id)
		if err != nil {
			return err
		}
		if !r.confirmed.IsZero() {
			return huiying.Errorf(huiying.Conflict, "factor.have_one")
		}
		step, wrong := first(r, tx.Now(), clean(code))
		if wrong != nil {
			return wrong
		}
		_, err = tx.ExecContext(ctx, `UPDATE factors SET confirmed_at = $2, last_step = $3 WHERE user_id = $1`, id, store.Micros(tx.Now()), step)
		if err != nil {
			return fmt.Errorf("confirm second factor of %s: %w", id, err)
		}
		if recovery, err = b.Deal(ctx, tx, id); err != nil {
			return err
		}
		return access.Note(ctx, tx, access.Entry{Actor: id, Action: access.FactorMade, Object: id})
	})
	return recovery, err
}

// first finds the step of the code that confirms. Whoever enrols has the secret
// before their eyes, so that a clock that is off may be told either way.
func first(r row, now time.Time, code string) (int64, error) {
	step, ok := find(r.secret, now, code, skewed)
	switch off := step - stepOf(now); {
	case !ok:
		return 0, huiying.Errorf(huiying.Invalid, "factor.wrong")
	case off > around:
		return 0, huiying.Errorf(huiying.Invalid, "factor.fast", minutes(off))
	case off < -around:
		return 0, huiying.Errorf(huiying.Invalid, "factor.slow", minutes(-off))
	}
	return step, nil
}

// minutes are those of so many steps, at least one.
func minutes(steps int64) int64 { return max(1, steps*int64(period)/int64(time.Minute)) }

// Deal makes new recovery codes in place of the old ones.
func (b *Book) Deal(ctx context.Context, tx *store.Tx, id string) ([]string, error) {
	if _, err := tx.ExecContext(ctx, `DELETE FROM recovery_codes WHERE user_id = $1`, id); err != nil {
		return nil, fmt.Errorf("drop recovery codes of %s: %w", id, err)
	}
	out := make([]string, recoveryCodes)
	for i := range out {
		raw := make([]byte, 7)
		rand.Read(raw) // never fails (crypto/rand)
		text := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw))[:10]
		out[i] = text[:5] + "-" + text[5:]
		_, err := tx.ExecContext(ctx, `INSERT INTO recovery_codes (user_id, code_hash, used_at) VALUES ($1, $2, 0)`, id, b.digest(id, text))
		if err != nil {
			return nil, fmt.Errorf("keep recovery code of %s: %w", id, err)
		}
	}
	return out, nil
}

// Reset takes a person's factor away, by an administrator; huiying.NotFound
// where there is none.
func (b *Book) Reset(ctx context.Context, by, id string) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		return Remove(ctx, tx, by, id)
	})
}

// Remove is Reset inside a transaction.
func Remove(ctx context.Context, tx *store.Tx, by, id string) error {
	res, err := tx.ExecContext(ctx, `DELETE FROM factors WHERE user_id = $1`, id)
	if err != nil {
		return fmt.Errorf("drop second factor of %s: %w", id, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, huiying.Errorf(huiying.NotFound, "factor.none_of", id))
	}
	for _, q := range []string{`DELETE FROM recovery_codes WHERE user_id = $1`, `DELETE FROM sign_in_steps WHERE user_id = $1`} {
		if _, err := tx.ExecContext(ctx, q, id); err != nil {
			return fmt.Errorf("drop second factor of %s: %w", id, err)
		}
	}
	return access.Note(ctx, tx, access.Entry{Actor: by, Action: access.FactorReset, Object: id})
}

// Has reports whether a person's factor counts.
func Has(ctx context.Context, q store.Querier, id string) (bool, error) {
	var n int
	if err := q.QueryRowContext(ctx, `SELECT count(*) FROM factors WHERE user_id = $1 AND confirmed_at > 0`, id).Scan(&n); err != nil {
		return false, fmt.Errorf("read second factor of %s: %w", id, err)
	}
	return n > 0, nil
}

// Check uses up a code of the authenticator or a recovery code inside a
// transaction. wrong is the sentence for whoever typed it; err is a failing
// store.
func (b *Book) Check(ctx context.Context, tx *store.Tx, id, code string) (wrong, err error) {
	r, err := b.read(ctx, tx, id)
	if err != nil || r.confirmed.IsZero() {
		return huiying.Errorf(huiying.Unauthorized, "factor.wrong"), failing(err)
	}
	if code = clean(code); len(code) != digits {
		return b.recover(ctx, tx, id, code)
	}
	step, ok := find(r.secret, tx.Now(), code, around)
	switch {
	case ok && step <= r.last:
		return huiying.Errorf(huiying.Unauthorized, "factor.used"), nil
	case !ok:
		return late(r, tx.Now(), code), nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE factors SET last_step = $2 WHERE user_id = $1`, id, step); err != nil {
		return nil, fmt.Errorf("use code of %s: %w", id, err)
	}
	return nil, nil
}

// failing drops what is only a missing row.
func failing(err error) error {
	if huiying.ErrorCode(err) == huiying.NotFound {
		return nil
	}
	return err
}

// late says of a code that is over that the clock is slow. Of one that is yet
// to come nothing is said: whoever guesses could wait for it.
func late(r row, now time.Time, code string) error {
	if step, ok := find(r.secret, now, code, skewed); ok && step < stepOf(now) {
		return huiying.Errorf(huiying.Unauthorized, "factor.slow", minutes(stepOf(now)-step))
	}
	return huiying.Errorf(huiying.Unauthorized, "factor.wrong")
}

// recover uses a recovery code up.
func (b *Book) recover(ctx context.Context, tx *store.Tx, id, code string) (wrong, err error) {
	res, err := tx.ExecContext(ctx, `UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND code_hash = $2 AND used_at = 0`,
		id, b.digest(id, code), store.Micros(tx.Now()))
	if err != nil {
		return nil, fmt.Errorf("use recovery code of %s: %w", id, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return huiying.Errorf(huiying.Unauthorized, "factor.wrong"), err
	}
	return nil, access.Note(ctx, tx, access.Entry{Actor: id, Action: access.RecoveryUsed, Object: id})
}

// clean drops what people type between the characters.
func clean(code string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\t' || r == '\u3000' {
			return -1
		}
		if r >= '０' && r <= '９' { // an input method in full width
			return r - '０' + '0'
		}
		return r
	}, code))
}
