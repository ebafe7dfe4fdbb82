package users

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

// Failed sign-ins are counted so that guessing does not pay and nobody can keep
// somebody else out: a browser that the account was used in before has a count
// of its own, which strangers cannot raise. Everybody else is counted by account
// and address; only guessing from many addresses, or at many accounts from one,
// locks an account or an address for those who are not known.
const (
	// spread is how many times Failures it takes from all addresses together,
	// or from one address at all accounts together.
	spread = 10
	// forget is when the failures of one account from one place are forgotten.
	forget = 24 * time.Hour
	// browserFor is how long a browser is known without a sign-in.
	browserFor = 180 * 24 * time.Hour
)

// counter is one count of failures.
type counter struct {
	key    string
	limit  int
	window time.Duration // since when a failure is forgotten
	slides bool          // the window begins with the last failure, not with the first
}

func counterKey(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// counters are those of a sign-in; the first is cleared by a success.
func (u *Users) counters(ctx context.Context, q store.Querier, id string, from query.Visitor) ([]counter, error) {
	known, err := knownBrowser(ctx, q, id, from.Browser)
	if err != nil {
		return nil, err
	}
	limit := u.options.Failures
	if known {
		return []counter{{counterKey("browser", id, digest(from.Browser)), limit, forget, true}}, nil
	}
	address := network(from.Address)
	list := []counter{
		{counterKey("pair", id, address), limit, forget, true},
		{counterKey("account", id), limit * spread, u.options.Lockout, false},
	}
	if address != "" {
		list = append(list, counter{counterKey("address", address), limit * spread, u.options.Lockout, false})
	}
	return list, nil
}

// network is what of an address is one visitor: a whole IPv4 address, the /64
// of an IPv6 one, out of which anybody has as many as they like.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	prefix, err := a.Prefix(64)
	if err != nil {
		return a.String()
	}
	return prefix.String()
}

// gate refuses while one of the counts is locked, and says for how long.
func gate(ctx context.Context, q store.Querier, list []counter, now time.Time) error {
	var latest time.Time
	for _, c := range list {
		row, err := c.read(ctx, q)
		if err != nil {
			return err
		}
		if row.until.After(latest) {
			latest = row.until
		}
	}
	if now.Before(latest) {
		return locked(latest, now)
	}
	return nil
}

func locked(until, now time.Time) error {
	return huiying.Errorf(huiying.Unauthorized, "account.locked", int(math.Ceil(until.Sub(now).Minutes())))
}

// tally is what a counter holds.
type tally struct {
	failures     int
	since, until time.Time
}

func (c counter) read(ctx context.Context, q store.Querier) (t tally, err error) {
	var since, until int64
	err = q.QueryRowContext(ctx, `SELECT failures, since, until_at FROM sign_in_failures WHERE key = $1`, c.key).Scan(&t.failures, &since, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return t, nil
	}
	if err != nil {
		return t, fmt.Errorf("read failures: %w", err)
	}
	t.since, t.until = store.Time(since), store.Time(until)
	return t, nil
}

// add counts one failure and gives until when it locks, zero if it does not.
func (u *Users) add(ctx context.Context, tx *store.Tx, c counter) (time.Time, error) {
	t, err := c.read(ctx, tx)
	if err != nil {
		return time.Time{}, err
	}
	now := tx.Now()
	if now.Before(t.until) { // a guess that was under way does not lift the lock
		return t.until, nil
	}
	if t.failures == 0 || now.Sub(t.since) >= c.window {
		t = tally{since: now}
	}
	if t.failures++; c.slides {
		t.since = now
	}
	t.until = time.Time{}
	if t.failures >= c.limit {
		t.failures, t.until = 0, now.Add(u.options.Lockout)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO sign_in_failures (key, failures, since, until_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, since = excluded.since, until_at = excluded.until_at`,
		c.key, t.failures, store.Micros(t.since), store.Micros(t.until))
	if err != nil {
		return time.Time{}, fmt.Errorf("count failure: %w", err)
	}
	return t.until, nil
}

// refuse counts a failure everywhere it belongs and gives the sentence: that of
// a lock where the failure led to one. known says that there is such an account
// to note it for.
func (u *Users) refuse(ctx context.Context, tx *store.Tx, f failure) (answer, err error) {
	answer = f.answer
	action := access.SignInFailed
	for _, c := range f.counters {
		until, err := u.add(ctx, tx, c)
		if err != nil {
			return nil, err
		}
		if !until.IsZero() {
			answer, action = locked(until, tx.Now()), access.LockedOut
		}
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM sign_in_failures WHERE since < $1 AND until_at < $2`,
		store.Micros(tx.Now().Add(-forget)), store.Micros(tx.Now()))
	if err != nil {
		return nil, fmt.Errorf("forget failures: %w", err)
	}
	if !f.known {
		return answer, nil
	}
	return answer, access.Note(ctx, tx, access.Entry{Actor: f.id, Action: action, Object: f.id, Detail: f.from.Address})
}

// failure is one wrong password or code.
type failure struct {
	id       string
	from     query.Visitor
	counters []counter
	answer   error
	known    bool
}

// clearFailures forgets an account's failures from where it was just signed in.
func (u *Users) clearFailures(ctx context.Context, tx *store.Tx, id string, from query.Visitor) error {
	list, err := u.counters(ctx, tx, id, from)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM sign_in_failures WHERE key = $1`, list[0].key); err != nil {
		return fmt.Errorf("clear failures of %s: %w", id, err)
	}
	return nil
}

func knownBrowser(ctx context.Context, q store.Querier, id, token string) (bool, error) {
	if token == "" {
		return false, nil
	}
	var n int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM known_browsers WHERE token_hash = $1 AND ($2 = '' OR user_id = $2)`, digest(token), id).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("read known browsers: %w", err)
	}
	return n > 0, nil
}

// rememberBrowser makes the browser known to the account. A token that is known
// to nobody is not taken over: somebody else may have put it there.
func rememberBrowser(ctx context.Context, tx *store.Tx, id string, from query.Visitor) (token string, err error) {
	if !from.Remember {
		return "", nil
	}
	known, err := knownBrowser(ctx, tx, "", from.Browser)
	if err != nil {
		return "", err
	}
	token = from.Browser
	if !known {
		token = newToken()
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO known_browsers (token_hash, user_id, used_at) VALUES ($1, $2, $3)
		ON CONFLICT (token_hash, user_id) DO UPDATE SET used_at = excluded.used_at`, digest(token), id, store.Micros(tx.Now()))
	if err == nil {
		_, err = tx.ExecContext(ctx, `DELETE FROM known_browsers WHERE used_at < $1`, store.Micros(tx.Now().Add(-browserFor)))
	}
	if err != nil {
		return "", fmt.Errorf("remember browser of %s: %w", id, err)
	}
	return token, nil
}
