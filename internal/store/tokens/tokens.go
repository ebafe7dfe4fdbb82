// Package tokens keeps the tokens of the API as digests: whose each is, what it
// may be used for, until when, and when it last was. It refuses a token without
// scopes or without an end, never shows one a second time, and keeps what was
// revoked.
package tokens

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
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
	"huiying/internal/store/users"
)

// Prefix is how every token begins, so that it is told from the token of a
// login, and found where it should not be.
const Prefix = "hy_"

// Limits of tokens.
const (
	Longest = 400 * 24 * time.Hour // how long one may work
	maxName = 60
	maxLive = 20 // that work at a time, of one person or service
)

// Options is what a Book goes by.
type Options struct {
	Scopes []string                                                    // that may be asked for
	People func(ctx context.Context, id string) (query.Account, error) // reads an account
}

// Book is the tokens of a store.
type Book struct {
	store *store.Store
	o     Options

	mu   sync.Mutex
	used map[string]use // by id, until Flush
}

type use struct {
	at   time.Time
	from string
}

// New makes the book of a store.
func New(s *store.Store, o Options) *Book {
	return &Book{store: s, o: o, used: map[string]use{}}
}

// Make makes a token and gives it, once.
func (b *Book) Make(ctx context.Context, n query.NewToken) (token string, t query.Token, err error) {
	n.Name = strings.TrimSpace(n.Name)
	if err := b.check(n); err != nil {
		return "", t, err
	}
	raw := make([]byte, 32)
	rand.Read(raw) // never fails (crypto/rand)
	token = Prefix + base64.RawURLEncoding.EncodeToString(raw)
	err = b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		t = query.Token{
			ID: huiying.DeriveID("t-", token)[:14], Name: n.Name, Account: n.Account, Service: n.Service, Roles: n.Roles, Unit: n.Unit,
			Scopes: n.Scopes, MadeBy: n.By, MadeAt: tx.Now(), ExpiresAt: tx.Now().Add(n.For),
		}
		return add(ctx, tx, t, digest(token))
	})
	if err != nil {
		return "", query.Token{}, err
	}
	return token, t, nil
}

// check says in a sentence what is wrong with what is asked for.
func (b *Book) check(n query.NewToken) error {
	switch {
	case n.Name == "" || len([]rune(n.Name)) > maxName:
		return huiying.Errorf(huiying.Invalid, "token.name", maxName)
	case len(n.Scopes) == 0:
		return huiying.Errorf(huiying.Invalid, "token.no_scope")
	case n.For < time.Minute || n.For > Longest:
		return huiying.Errorf(huiying.Invalid, "token.span", int(Longest.Hours()/24))
	case (n.Account == "") == (n.Service == ""):
		return huiying.Errorf(huiying.Invalid, "token.whose")
	}
	for _, s := range n.Scopes {
		if !slices.Contains(b.o.Scopes, s) {
			return huiying.Errorf(huiying.Invalid, "token.bad_scope", s, strings.Join(b.o.Scopes, " "))
		}
	}
	if n.Service == "" {
		return nil
	}
	if !huiying.ValidSubject(n.Service) {
		return huiying.Errorf(huiying.Invalid, "account.bad_id", n.Service)
	}
	if slices.Contains(n.Roles, huiying.RoleDisplay) { // it opens nothing that a program asks for
		return huiying.Errorf(huiying.Invalid, "token.display")
	}
	return users.CheckRoles(huiying.Person{ID: n.Service, Unit: n.Unit, Roles: n.Roles})
}

func add(ctx context.Context, tx *store.Tx, t query.Token, hash string) error {
	var live int
	err := tx.QueryRowContext(ctx, `
		SELECT count(*) FROM api_tokens WHERE user_id = $1 AND service = $2 AND revoked_at = 0 AND expires_at > $3`,
		t.Account, t.Service, store.Micros(tx.Now())).Scan(&live)
	if err != nil {
		return fmt.Errorf("count tokens: %w", err)
	}
	if live >= maxLive {
		return huiying.Errorf(huiying.Conflict, "token.too_many", maxLive)
	}
	roles, err := json.Marshal(t.Roles)
	if err != nil {
		return fmt.Errorf("write roles of token: %w", err)
	}
	scopes, err := json.Marshal(t.Scopes)
	if err != nil {
		return fmt.Errorf("write scopes of token: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO api_tokens (id, token_hash, name, user_id, service, roles, unit, scopes, made_by, made_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		t.ID, hash, t.Name, t.Account, t.Service, string(roles), t.Unit, string(scopes), t.MadeBy, store.Micros(t.MadeAt), store.Micros(t.ExpiresAt))
	if err != nil {
		return fmt.Errorf("keep token: %w", err)
	}
	return access.Note(ctx, tx, access.Entry{Actor: t.MadeBy, Action: access.TokenMade, Object: owner(t), Detail: t.ID + " " + strings.Join(t.Scopes, " ")})
}

// owner is whom a token acts for.
func owner(t query.Token) string {
	if t.Service != "" {
		return huiying.ServiceActor(t.Service).ID
	}
	return t.Account
}

// Revoke ends a token at once. account limits it to that person's own; "" is an
// administrator.
func (b *Book) Revoke(ctx context.Context, by, account, id string) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		list, err := read(ctx, tx, `WHERE id = $1 AND ($2 = '' OR user_id = $2)`, id, account)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return huiying.Errorf(huiying.NotFound, "token.unknown", id)
		}
		if !list[0].RevokedAt.IsZero() {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `UPDATE api_tokens SET revoked_at = $2, revoked_by = $3 WHERE id = $1`, id, store.Micros(tx.Now()), by); err != nil {
			return fmt.Errorf("revoke token %s: %w", id, err)
		}
		return access.Note(ctx, tx, access.Entry{Actor: by, Action: access.TokenRevoked, Object: owner(list[0]), Detail: id})
	})
}

// Of lists a person's tokens, the newest first.
func (b *Book) Of(ctx context.Context, account string) ([]query.Token, error) {
	list, err := read(ctx, b.store.Reader(), `WHERE user_id = $1 ORDER BY made_at DESC, id`, account)
	return b.seen(list), err
}

// All lists every token, those that work first, then the newest first.
func (b *Book) All(ctx context.Context) ([]query.Token, error) {
	list, err := read(ctx, b.store.Reader(), `ORDER BY made_at DESC, id`)
	now := b.store.Now()
	slices.SortStableFunc(list, func(x, y query.Token) int { return worksLast(x, now) - worksLast(y, now) })
	return b.seen(list), err
}

func worksLast(t query.Token, now time.Time) int {
	if t.State(now) == query.TokenWorks {
		return 0
	}
	return 1
}

// seen adds what is in memory of when tokens were used.
func (b *Book) seen(list []query.Token) []query.Token {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range list {
		if u, ok := b.used[list[i].ID]; ok && u.at.After(list[i].UsedAt) {
			list[i].UsedAt, list[i].UsedFrom = u.at, u.from
		}
	}
	return list
}

const columns = `id, name, user_id, service, roles, unit, scopes, made_by, made_at, expires_at, used_at, used_from, revoked_at, revoked_by`

func read(ctx context.Context, q store.Querier, where string, args ...any) ([]query.Token, error) {
	list, err := store.Collect[query.Token](q.QueryContext(ctx, `SELECT `+columns+` FROM api_tokens `+where, args...))(scan)
	if err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	return list, nil
}

func scan(r *sql.Rows) (t query.Token, err error) {
	var roles, scopes string
	var made, expires, used, revoked int64
	err = r.Scan(&t.ID, &t.Name, &t.Account, &t.Service, &roles, &t.Unit, &scopes, &t.MadeBy, &made, &expires, &used, &t.UsedFrom, &revoked, &t.RevokedBy)
	if err != nil {
		return t, err
	}
	t.MadeAt, t.ExpiresAt, t.UsedAt, t.RevokedAt = store.Time(made), store.Time(expires), store.Time(used), store.Time(revoked)
	if err := json.Unmarshal([]byte(roles), &t.Roles); err != nil {
		return t, fmt.Errorf("roles of token %s: %w", t.ID, err)
	}
	if err := json.Unmarshal([]byte(scopes), &t.Scopes); err != nil {
		return t, fmt.Errorf("scopes of token %s: %w", t.ID, err)
	}
	return t, nil
}

func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
