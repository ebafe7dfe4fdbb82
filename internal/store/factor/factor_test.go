package factor_test

import (
	"context"
	"database/sql"
	"encoding/base32"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/factor"
	"huiying/internal/store/storetest"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The vectors of RFC 6238, appendix B, for SHA-1 with eight digits.
func TestVectors(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		if got := factor.CodeOf(secret, at/30, 8); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
	// Those of RFC 4226, appendix D, with six.
	for i, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		if got := factor.CodeOf(secret, int64(i), 6); got != want {
			t.Errorf("counter %d: %s, want %s", i, got, want)
		}
	}
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

func newBook(t testing.TB, key string) (*factor.Book, *store.Store, *clock) {
	t.Helper()
	c := &clock{now: time.Date(2026, 11, 23, 6, 0, 10, 0, time.UTC)}
	s := storetest.New(t, store.Options{Now: c.Now})
	return factor.New(s, []byte(strings.Repeat(key, factor.KeySize)), "示例 中心"), s, c
}

// secretOf reads the secret out of the address, as an app does of the picture.
func secretOf(t testing.TB, uri string) (secret []byte) {
	t.Helper()
	u, err := url.Parse(uri)
	must(t, err)
	q := u.Query()
	if u.Scheme != "otpauth" || u.Host != "totp" || q.Get("issuer") != "示例 中心" || u.Path != "/officer" || strings.Contains(uri, "+") {
		t.Fatalf("%s", uri)
	}
	secret, err = base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(q.Get("secret"))
	must(t, err)
	return secret
}

func check(t testing.TB, b *factor.Book, s *store.Store, code string) error {
	t.Helper()
	var wrong error
	must(t, s.Write(context.Background(), store.Urgent, func(ctx context.Context, tx *store.Tx) (err error) {
		wrong, err = b.Check(ctx, tx, "officer", code)
		return err
	}))
	return wrong
}

func says(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil && want == "" {
		return
	}
	if err == nil || want == "" || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestCheck(t *testing.T) {
	b, s, c := newBook(t, "k")
	e, err := b.Begin(t.Context(), "officer")
	must(t, err)
	secret := secretOf(t, e.URI)
	at := func(off int64) string { return factor.CodeOf(secret, c.Now().Unix()/30+off, 6) }
	says(t, check(t, b, s, at(0)), "factor.wrong") // it was never confirmed
	for off, want := range map[int64]string{-3: "factor.slow (invalid) 1", -9: "factor.slow (invalid) 4", 4: "factor.fast (invalid) 2", 21: "factor.wrong", -21: "factor.wrong"} {
		_, err := b.Confirm(t.Context(), "officer", at(off))
		says(t, err, want)
	}
	recovery, err := b.Confirm(t.Context(), "officer", " "+at(0)[:3]+" "+at(0)[3:])
	must(t, err)
	if len(recovery) != 10 {
		t.Fatalf("%v", recovery)
	}
	_, err = b.Confirm(t.Context(), "officer", at(0))
	says(t, err, "factor.have_one")
	_, err = b.Begin(t.Context(), "officer")
	says(t, err, "factor.have_one") // nobody swaps the secret of somebody signed in
	says(t, check(t, b, s, at(0)), "factor.used")
	says(t, check(t, b, s, at(-1)), "factor.used") // older than the newest used
	says(t, check(t, b, s, at(-4)), "factor.slow (unauthorized) 2")
	says(t, check(t, b, s, at(4)), "factor.wrong") // nobody is told to wait for it
	says(t, check(t, b, s, at(1)), "")
	says(t, check(t, b, s, at(1)), "factor.used")
	says(t, check(t, b, s, at(0)), "factor.used")
	c.set(c.Now().Add(time.Minute))
	says(t, check(t, b, s, at(-1)), "factor.used")
	says(t, check(t, b, s, at(0)), "")
	says(t, check(t, b, s, "123"), "factor.wrong")
	says(t, check(t, b, s, ""), "factor.wrong")
	says(t, check(t, b, s, strings.ToUpper(recovery[0])), "")
	says(t, check(t, b, s, recovery[0]), "factor.wrong")
	state, err := b.State(t.Context(), "officer")
	must(t, err)
	if state.RecoveryLeft != 9 || state.Since.IsZero() {
		t.Errorf("%+v", state)
	}
	if none, err := b.State(t.Context(), "nobody"); err != nil || !none.Since.IsZero() {
		t.Errorf("%+v %v", none, err)
	}
}

// Neither the secret nor a recovery code stands in the database, and a row
// that is copied to another account opens nothing.
func TestSealed(t *testing.T) {
	b, s, c := newBook(t, "k")
	e, err := b.Begin(t.Context(), "officer")
	must(t, err)
	secret := secretOf(t, e.URI)
	again, err := b.Pending(t.Context(), "officer")
	must(t, err)
	if again != e {
		t.Error("another secret than the one begun")
	}
	recovery, err := b.Confirm(t.Context(), "officer", factor.CodeOf(secret, c.Now().Unix()/30, 6))
	must(t, err)
	if _, err := b.Pending(t.Context(), "officer"); huiying.ErrorCode(err) != huiying.NotFound {
		t.Error("a secret that counts is shown")
	}
	var blob []byte
	must(t, s.Reader().QueryRow(`SELECT sealed FROM factors`).Scan(&blob))
	if strings.Contains(string(blob), string(secret)) {
		t.Error("the secret stands in the database")
	}
	rows, err := store.Collect[string](s.Reader().Query(`SELECT code_hash FROM recovery_codes`))(func(r *sql.Rows) (h string, err error) { return h, r.Scan(&h) })
	must(t, err)
	for _, code := range recovery {
		if strings.Contains(strings.Join(rows, " "), factor.Clean(code)) {
			t.Error("a recovery code stands in the database")
		}
	}
	must(t, s.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO factors (user_id, sealed, made_at, confirmed_at, last_step) SELECT 'thief', sealed, made_at, confirmed_at, 0 FROM factors`)
		return err
	}))
	err = s.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		_, err := b.Check(ctx, tx, "thief", factor.CodeOf(secret, c.Now().Unix()/30, 6))
		return err
	})
	if huiying.ErrorCode(err) != huiying.Internal {
		t.Errorf("a copied row opened: %v", err)
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"123 456", "１２３４５６", "abcde-fghij", "\xff", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := factor.Clean(s)
		if twice := factor.Clean(once); twice != once {
			t.Errorf("%q: %q, then %q", s, once, twice)
		}
		if strings.ContainsAny(once, " -") {
			t.Errorf("%q", once)
		}
	})
}
