package web_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying/internal/query"
)

func readAll(t testing.TB, res *http.Response) string {
	t.Helper()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// scanAny reads a row of any table as text.
func scanAny(r *sql.Rows) (string, error) {
	names, err := r.Columns()
	if err != nil {
		return "", err
	}
	values := make([]any, len(names))
	for i := range values {
		values[i] = new(any)
	}
	if err := r.Scan(values...); err != nil {
		return "", err
	}
	var b strings.Builder
	for i := range values {
		fmt.Fprintf(&b, "%v|", *values[i].(*any))
	}
	return b.String(), nil
}

func itoa(n int) string { return strconv.Itoa(n) }

// browser is one person's browser.
type browser struct {
	t    testing.TB
	base string
	http *http.Client
}

// as signs a person in by a one-time link; "" is nobody.
func (w *world) as(id string) *browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	w.must(err)
	b := &browser{t: w.t, base: w.http.URL, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if id == "" {
		return b
	}
	path, err := w.users.Link(context.Background(), query.LinkSignIn, id, time.Hour)
	w.must(err)
	if res := b.post(path, nil); res.status != http.StatusSeeOther {
		w.t.Fatalf("signing %s in: %d", id, res.status)
	}
	return b
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (b *browser) do(r *http.Request) answer {
	b.t.Helper()
	res, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	var body strings.Builder
	if _, err := fmt.Fprint(&body, readAll(b.t, res)); err != nil {
		b.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, body.String()}
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.base+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(r)
}

func (b *browser) post(path string, form url.Values) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}
