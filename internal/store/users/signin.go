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
	"huiying/internal/store/factor"
)

// stepFor is how long a sign-in waits for its second factor.
const stepFor = 5 * time.Minute

// SignIn checks a password and begins a login, or asks for the second factor
// first. A wrong password, an unknown, disabled or password-less account are
// told alike (huiying.Unauthorized), and so is a locked one, with its minutes.
func (u *Users) SignIn(ctx context.Context, id, password string, from query.Visitor) (query.Entered, error) {
	record, known, err := u.secret(ctx, u.store.Reader(), id)
	if err != nil {
		return query.Entered{}, err
	}
	right, err := u.tried(ctx, failure{id: id, from: from, known: known, answer: huiying.Errorf(huiying.Unauthorized, "account.wrong")}, record, password)
	if err != nil {
		return query.Entered{}, err
	}
	return u.enter(ctx, right.id, login{from: from, action: access.SignedIn, how: query.ByPassword, record: record})
}

// tried checks a password under the counts of failures.
func (u *Users) tried(ctx context.Context, f failure, record, password string) (failure, error) {
	var err error
	if f.counters, err = u.counters(ctx, u.store.Reader(), f.id, f.from); err != nil {
		return f, err
	}
	// The turn is kept from the question whether it is locked until the failure
	// is counted, so that guesses made at once are counted one by one; and a
	// burst of them must not take the machine.
	select {
	case u.one <- struct{}{}:
		defer func() { <-u.one }()
	case <-ctx.Done():
		return f, ctx.Err()
	}
	if err := gate(ctx, u.store.Reader(), f.counters, u.store.Now()); err != nil {
		return f, err
	}
	if matches(record, password) && f.known {
		return f, nil
	}
	var answer error
	err = u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		var err error
		answer, err = u.refuse(ctx, tx, f)
		return err
	})
	return f, errors.Join(err, answer)
}

// secret reads what a password is checked against. known is false for an
// account that cannot sign in with a password.
func (u *Users) secret(ctx context.Context, q store.Querier, id string) (record string, known bool, err error) {
	var disabled bool
	err = q.QueryRowContext(ctx, `SELECT password_hash, disabled FROM users WHERE id = $1`, id).Scan(&record, &disabled)
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && (disabled || record == ""):
		return u.dummy, false, nil
	case err != nil:
		return "", false, fmt.Errorf("read account: %w", err)
	}
	return record, true, nil
}

// enter begins a login, or asks for the second factor first.
func (u *Users) enter(ctx context.Context, id string, l login) (e query.Entered, err error) {
	err = u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		if err := u.stillRight(ctx, tx, id, l); err != nil {
			return err
		}
		e, err = u.enterIn(ctx, tx, id, l)
		return err
	})
	if err != nil {
		return query.Entered{}, err
	}
	return e, nil
}

// stillRight refuses a login whose password was changed since it was checked:
// that ended every login, and must not be followed by one.
func (u *Users) stillRight(ctx context.Context, tx *store.Tx, id string, l login) error {
	if l.record == "" {
		return nil
	}
	now, known, err := u.secret(ctx, tx, id)
	if err == nil && (!known || now != l.record) {
		err = huiying.Errorf(huiying.Unauthorized, "account.wrong")
	}
	return err
}

// EnterSSO begins a login of somebody whom the identity provider vouches for, or
// asks for the second factor first.
func (u *Users) EnterSSO(ctx context.Context, id string, from query.Visitor) (query.Entered, error) {
	return u.enter(ctx, id, login{from: from, action: access.SignedIn, how: query.BySSO})
}

func (u *Users) enterIn(ctx context.Context, tx *store.Tx, id string, l login) (query.Entered, error) {
	if u.options.Factor == nil || l.how == query.BySSO && u.options.TrustIssuer {
		return u.beginIn(ctx, tx, id, l)
	}
	asks, err := factor.Has(ctx, tx, id)
	if err != nil {
		return query.Entered{}, err
	}
	if !asks {
		return u.beginIn(ctx, tx, id, l)
	}
	step := newToken()
	_, err = tx.ExecContext(ctx, `DELETE FROM sign_in_steps WHERE expires_at <= $1`, store.Micros(tx.Now()))
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO sign_in_steps (token_hash, user_id, how, expires_at) VALUES ($1, $2, $3, $4)`,
			digest(step), id, l.how, store.Micros(tx.Now().Add(stepFor)))
	}
	if err != nil {
		return query.Entered{}, fmt.Errorf("wait for second factor of %s: %w", id, err)
	}
	return query.Entered{Step: step}, nil
}

// SecondStep ends a sign-in that waits for its second factor. A wrong code
// counts like a wrong password; the step itself stays until it is over.
func (u *Users) SecondStep(ctx context.Context, step, code string, from query.Visitor) (e query.Entered, err error) {
	if u.options.Factor == nil {
		return e, huiying.Errorf(huiying.Unauthorized, "factor.step_over")
	}
	var answer error
	err = u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		id, how, err := waiting(ctx, tx, step)
		if err != nil {
			return err
		}
		if answer, err = u.shown(ctx, tx, id, code, from); err != nil || answer != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sign_in_steps WHERE token_hash = $1`, digest(step)); err != nil {
			return fmt.Errorf("end sign-in step of %s: %w", id, err)
		}
		e, err = u.beginIn(ctx, tx, id, login{from: from, action: access.SignedIn, how: how})
		return err
	})
	if err = errors.Join(err, answer); err != nil {
		return query.Entered{}, err
	}
	return e, nil
}

func waiting(ctx context.Context, tx *store.Tx, step string) (id, how string, err error) {
	err = tx.QueryRowContext(ctx, `
		SELECT s.user_id, s.how FROM sign_in_steps s JOIN users u ON u.id = s.user_id
		WHERE s.token_hash = $1 AND s.expires_at > $2 AND u.disabled = 0`, digest(step), store.Micros(tx.Now())).Scan(&id, &how)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", huiying.Errorf(huiying.Unauthorized, "factor.step_over")
	}
	if err != nil {
		return "", "", fmt.Errorf("read sign-in step: %w", err)
	}
	return id, how, nil
}

// shown uses a code up under the counts of failures; answer is the sentence for
// whoever typed a wrong one.
func (u *Users) shown(ctx context.Context, tx *store.Tx, id, code string, from query.Visitor) (answer, err error) {
	counters, err := u.counters(ctx, tx, id, from)
	if err != nil {
		return nil, err
	}
	if err := gate(ctx, tx, counters, tx.Now()); err != nil {
		return nil, err
	}
	wrong, err := u.options.Factor.Check(ctx, tx, id, code)
	if err != nil || wrong == nil {
		return nil, err
	}
	return u.refuse(ctx, tx, failure{id: id, from: from, counters: counters, answer: wrong, known: true})
}

// login is how a login begins.
type login struct {
	from   query.Visitor
	action string // for the access log
	how    string
	record string // of the password that was right; "" = it was none
}

// beginIn starts a login and clears the failures.
func (u *Users) beginIn(ctx context.Context, tx *store.Tx, id string, l login) (e query.Entered, err error) {
	if err := u.clearFailures(ctx, tx, id, l.from); err != nil {
		return e, err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires_at <= $1`, store.Micros(tx.Now())); err != nil {
		return e, fmt.Errorf("drop ended logins: %w", err)
	}
	e.Session = newToken()
	if e.Until, err = u.until(ctx, tx, id); err != nil {
		return e, err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO sessions (token_hash, user_id, created_at, expires_at, address, agent, last_seen, how) VALUES ($1, $2, $3, $4, $5, $6, $3, $7)`,
		digest(e.Session), id, store.Micros(tx.Now()), store.Micros(e.Until), l.from.Address, short(l.from.Agent), l.how)
	if err != nil {
		return e, fmt.Errorf("begin login of %s: %w", id, err)
	}
	if e.Browser, err = rememberBrowser(ctx, tx, id, l.from); err != nil {
		return e, err
	}
	return e, access.Note(ctx, tx, access.Entry{Actor: id, Action: l.action, Object: id, Detail: l.from.Address})
}

// wallFor is how long a login of a wall lasts: nobody stands there to sign in
// every morning, and it opens nothing but the screen.
const wallFor = 90 * 24 * time.Hour

// until is when a login that begins now ends; huiying.Unauthorized where the
// account was closed meanwhile.
func (u *Users) until(ctx context.Context, tx *store.Tx, id string) (time.Time, error) {
	a, err := get(ctx, tx, id)
	if err != nil {
		return time.Time{}, err
	}
	if a.Disabled {
		return time.Time{}, huiying.Errorf(huiying.Unauthorized, "account.wrong")
	}
	if a.OnlyDisplays() {
		return tx.Now().Add(wallFor), nil
	}
	return tx.Now().Add(u.options.SessionFor), nil
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
	now := u.store.Now()
	list, err := store.Collect[query.Account](u.store.Reader().QueryContext(ctx, `
		SELECT `+columns+`, s.how FROM sessions s JOIN users u ON u.id = s.user_id
		WHERE s.token_hash = $1 AND s.expires_at > $2 AND u.disabled = 0`, digest(token), store.Micros(now)))(
		func(r *sql.Rows) (a query.Account, err error) {
			var how string
			err = scanInto(r, &a, &how)
			a.FactorDue = u.due(a, how)
			return a, err
		})
	if err != nil {
		return query.Account{}, fmt.Errorf("read login: %w", err)
	}
	if len(list) == 0 {
		return query.Account{}, huiying.Errorf(huiying.Unauthorized, "account.sign_in_first")
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.seen[digest(token)] = now
	return list[0], nil
}

// due reports whether the person must enrol a second factor before anything
// else.
func (u *Users) due(a query.Account, how string) bool {
	if u.options.Factor == nil || a.HasFactor || how == query.BySSO && u.options.TrustIssuer {
		return false
	}
	return a.Actor().Has(u.options.Required...)
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
