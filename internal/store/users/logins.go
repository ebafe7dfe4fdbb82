package users

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

// Logins lists a person's active logins, the newest first.
func (u *Users) Logins(ctx context.Context, id string) ([]query.Login, error) {
	list, err := store.Collect[query.Login](u.store.Reader().QueryContext(ctx, `
		SELECT token_hash, user_id, created_at, expires_at, last_seen, how, address, agent FROM sessions
		WHERE user_id = $1 AND expires_at > $2 ORDER BY created_at DESC`, id, store.Micros(u.store.Now())))(
		func(r *sql.Rows) (l query.Login, err error) {
			var created, expires, seen int64
			err = r.Scan(&l.ID, &l.Account, &created, &expires, &seen, &l.How, &l.Visitor.Address, &l.Visitor.Agent)
			l.CreatedAt, l.ExpiresAt = store.Time(created), store.Time(expires)
			l.SeenAt = u.lastSeen(l.ID, store.Time(seen))
			l.ID = l.ID[:min(query.LoginIDLen, len(l.ID))]
			return l, err
		})
	if err != nil {
		return nil, fmt.Errorf("list logins of %s: %w", id, err)
	}
	return list, nil
}

// EndLogin ends one of a person's logins by its Login.ID.
func (u *Users) EndLogin(ctx context.Context, id, loginID string) error {
	if len(loginID) != query.LoginIDLen {
		return huiying.Errorf(huiying.NotFound, "account.no_login")
	}
	return u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = $1 AND substr(token_hash, 1, $2) = $3`, id, query.LoginIDLen, loginID)
		if err != nil {
			return fmt.Errorf("end login of %s: %w", id, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, huiying.Errorf(huiying.NotFound, "account.no_login"))
		}
		return access.Note(ctx, tx, access.Entry{Actor: id, Action: access.SignedOut, Object: id, Detail: loginID})
	})
}

// EndLogins ends a person's logins, all but that of the token keep ("" = every
// one), and says how many. by is who does it.
func (u *Users) EndLogins(ctx context.Context, by, id, keep string) (n int64, err error) {
	err = u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		if _, err := get(ctx, tx, id); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2`, id, digest(keep))
		if err == nil {
			n, err = res.RowsAffected()
		}
		if err == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM sign_in_steps WHERE user_id = $1`, id)
		}
		if err != nil {
			return fmt.Errorf("end logins of %s: %w", id, err)
		}
		return access.Note(ctx, tx, access.Entry{Actor: by, Action: access.LoginsEnded, Object: id, Detail: fmt.Sprint(n)})
	})
	return n, err
}

// endAll ends logins, steps, links and known browsers of a person, but for the
// login of the token keep.
func endAll(ctx context.Context, tx *store.Tx, id, keep string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2`, id, digest(keep)); err != nil {
		return fmt.Errorf("end logins of %s: %w", id, err)
	}
	for _, q := range []string{
		`DELETE FROM sign_in_steps WHERE user_id = $1`,
		`DELETE FROM factors WHERE user_id = $1 AND confirmed_at = 0`, // begun by whoever had the login
		`DELETE FROM known_browsers WHERE user_id = $1`, `DELETE FROM links WHERE user_id = $1 AND used_at = 0`,
	} {
		if _, err := tx.ExecContext(ctx, q, id); err != nil {
			return fmt.Errorf("end logins of %s: %w", id, err)
		}
	}
	return nil
}

// lastSeen is when a login last asked, by what is in memory or stored.
func (u *Users) lastSeen(tokenHash string, stored time.Time) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	if at := u.seen[tokenHash]; at.After(stored) {
		return at
	}
	return stored
}

// FlushSeen stores when logins last asked. It is called now and then and at the
// end: a page that is only looked at writes nothing.
func (u *Users) FlushSeen(ctx context.Context) error {
	u.mu.Lock()
	seen := u.seen
	u.seen = map[string]time.Time{}
	u.mu.Unlock()
	if len(seen) == 0 {
		return nil
	}
	return u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		for hash, at := range seen {
			if _, err := tx.ExecContext(ctx, `UPDATE sessions SET last_seen = $2 WHERE token_hash = $1 AND last_seen < $2`, hash, store.Micros(at)); err != nil {
				return fmt.Errorf("note when logins were seen: %w", err)
			}
		}
		return nil
	})
}
