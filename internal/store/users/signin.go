package users

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

// maxGhosts bounds what is remembered of unknown accounts.
const maxGhosts = 10_000

// SignIn checks a password and begins a login; token goes into the cookie.
// A wrong password, an unknown, disabled or password-less account are told
// alike (huiying.Unauthorized), and so is a locked one, with its minutes.
func (u *Users) SignIn(ctx context.Context, id, password string, from query.Visitor) (token string, err error) {
	record, until, known, err := u.secret(ctx, id)
	if err != nil {
		return "", err
	}
	now := u.store.Now()
	if now.Before(until) {
		return "", locked(until, now)
	}
	ok, err := u.verify(ctx, record, password)
	if err != nil {
		return "", err
	}
	switch {
	case ok && known:
		return u.begin(ctx, id, from, access.SignedIn)
	case known:
		return "", u.failed(ctx, id, from)
	}
	return "", u.failedGhost(id, now)
}

// secret reads what a password is checked against. known is false for an
// account that cannot sign in with a password.
func (u *Users) secret(ctx context.Context, id string) (record string, until time.Time, known bool, err error) {
	var lockedUntil int64
	var disabled bool
	err = u.store.Reader().QueryRowContext(ctx,
		`SELECT password_hash, locked_until, disabled FROM users WHERE id = $1`, id).Scan(&record, &lockedUntil, &disabled)
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && (disabled || record == ""):
		u.mu.Lock()
		defer u.mu.Unlock()
		return u.dummy, u.ghosts[id].until, false, nil
	case err != nil:
		return "", time.Time{}, false, fmt.Errorf("read account: %w", err)
	}
	return record, store.Time(lockedUntil), true, nil
}

// verify waits its turn: a burst of guesses must not take the machine.
func (u *Users) verify(ctx context.Context, record, password string) (bool, error) {
	select {
	case u.one <- struct{}{}:
		defer func() { <-u.one }()
		return matches(record, password), nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

func (u *Users) failed(ctx context.Context, id string, from query.Visitor) error {
	var answer error
	err := u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		var failures int
		if err := tx.QueryRowContext(ctx, `SELECT failures FROM users WHERE id = $1`, id).Scan(&failures); err != nil {
			return fmt.Errorf("read failures of %s: %w", id, err)
		}
		failures++
		answer = huiying.Errorf(huiying.Unauthorized, "account.wrong")
		until, action := time.Time{}, access.SignInFailed
		if failures >= u.options.Failures {
			failures, until, action = 0, tx.Now().Add(u.options.Lockout), access.LockedOut
			answer = locked(until, tx.Now())
		}
		_, err := tx.ExecContext(ctx, `UPDATE users SET failures = $2, locked_until = $3 WHERE id = $1`, id, failures, store.Micros(until))
		if err != nil {
			return fmt.Errorf("count failure of %s: %w", id, err)
		}
		return access.Note(ctx, tx, access.Entry{Actor: id, Action: action, Object: id, Detail: from.Address})
	})
	if err != nil {
		return err
	}
	return answer
}

func (u *Users) failedGhost(id string, now time.Time) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.ghosts) >= maxGhosts {
		clear(u.ghosts)
	}
	g := u.ghosts[id]
	g.failures++
	if g.failures < u.options.Failures {
		g.until = time.Time{}
		u.ghosts[id] = g
		return huiying.Errorf(huiying.Unauthorized, "account.wrong")
	}
	u.ghosts[id] = ghost{until: now.Add(u.options.Lockout)}
	return locked(now.Add(u.options.Lockout), now)
}

func locked(until, now time.Time) error {
	return huiying.Errorf(huiying.Unauthorized, "account.locked", int(math.Ceil(until.Sub(now).Minutes())))
}

// begin starts a login and clears the failures.
func (u *Users) begin(ctx context.Context, id string, from query.Visitor, action string) (token string, err error) {
	token = newToken()
	err = u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		return u.beginIn(ctx, tx, id, login{token, from, action})
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

type login struct {
	token  string
	from   query.Visitor
	action string // how it was begun, for the access log
}

func (u *Users) beginIn(ctx context.Context, tx *store.Tx, id string, l login) error {
	if _, err := tx.ExecContext(ctx, `UPDATE users SET failures = 0, locked_until = 0 WHERE id = $1`, id); err != nil {
		return fmt.Errorf("clear failures of %s: %w", id, err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires_at <= $1`, store.Micros(tx.Now())); err != nil {
		return fmt.Errorf("drop ended logins: %w", err)
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO sessions (token_hash, user_id, created_at, expires_at, address, agent) VALUES ($1, $2, $3, $4, $5, $6)`,
		digest(l.token), id, store.Micros(tx.Now()), store.Micros(tx.Now().Add(u.options.SessionFor)), l.from.Address, short(l.from.Agent))
	if err != nil {
		return fmt.Errorf("begin login of %s: %w", id, err)
	}
	return access.Note(ctx, tx, access.Entry{Actor: id, Action: l.action, Object: id, Detail: l.from.Address})
}

// short keeps the head of a browser's name for itself.
func short(agent string) string {
	if len(agent) > 200 {
		return agent[:200]
	}
	return agent
}

// Session reads who a token belongs to; huiying.Unauthorized when the login
// has ended or never was.
func (u *Users) Session(ctx context.Context, token string) (query.Account, error) {
	list, err := store.Collect[query.Account](u.store.Reader().QueryContext(ctx, `
		SELECT `+columns+` FROM sessions s JOIN users u ON u.id = s.user_id
		WHERE s.token_hash = $1 AND s.expires_at > $2 AND u.disabled = 0`, digest(token), store.Micros(u.store.Now())))(scan)
	if err != nil {
		return query.Account{}, fmt.Errorf("read login: %w", err)
	}
	if len(list) == 0 {
		return query.Account{}, huiying.Errorf(huiying.Unauthorized, "account.sign_in_first")
	}
	return list[0], nil
}

// SignOut ends the login of a token.
func (u *Users) SignOut(ctx context.Context, token string) error {
	return u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		var id string
		err := tx.QueryRowContext(ctx, `DELETE FROM sessions WHERE token_hash = $1 RETURNING user_id`, digest(token)).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("end login: %w", err)
		}
		return access.Note(ctx, tx, access.Entry{Actor: id, Action: access.SignedOut, Object: id})
	})
}

// loginIDLen is how much of a token's digest names a login on pages.
const loginIDLen = 16

// LoginID is the Login.ID of a token.
func LoginID(token string) string { return digest(token)[:loginIDLen] }

// Logins lists a person's active logins, the newest first.
func (u *Users) Logins(ctx context.Context, id string) ([]query.Login, error) {
	list, err := store.Collect[query.Login](u.store.Reader().QueryContext(ctx, `
		SELECT token_hash, user_id, created_at, expires_at, address, agent FROM sessions
		WHERE user_id = $1 AND expires_at > $2 ORDER BY created_at DESC`, id, store.Micros(u.store.Now())))(
		func(r *sql.Rows) (l query.Login, err error) {
			var created, expires int64
			err = r.Scan(&l.ID, &l.Account, &created, &expires, &l.Visitor.Address, &l.Visitor.Agent)
			l.CreatedAt, l.ExpiresAt = store.Time(created), store.Time(expires)
			l.ID = l.ID[:min(loginIDLen, len(l.ID))]
			return l, err
		})
	if err != nil {
		return nil, fmt.Errorf("list logins of %s: %w", id, err)
	}
	return list, nil
}

// EndLogin ends one of a person's logins by its Login.ID.
func (u *Users) EndLogin(ctx context.Context, id, loginID string) error {
	if len(loginID) != loginIDLen {
		return huiying.Errorf(huiying.NotFound, "account.no_login")
	}
	return u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = $1 AND substr(token_hash, 1, $2) = $3`, id, loginIDLen, loginID)
		if err != nil {
			return fmt.Errorf("end login of %s: %w", id, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, huiying.Errorf(huiying.NotFound, "account.no_login"))
		}
		return access.Note(ctx, tx, access.Entry{Actor: id, Action: access.SignedOut, Object: id, Detail: loginID})
	})
}
