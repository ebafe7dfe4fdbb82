// Package readertest is what the tests of Weibo's readers share: a source that
// is visited again and again against a small site in the same process, and what
// must hold of any reader at every question: it asks that site alone, never a
// place where visitor tokens are minted, and sends back no cookie that was set.
// Only tests import it.
package readertest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
)

// Object is a JSON object.
type Object = map[string]any

// Zone is the office zone of the tests.
func Zone() *time.Location { return time.FixedZone("CST", 8*60*60) }

// Begin is when the first visit is.
func Begin() time.Time { return time.Date(2026, 11, 20, 10, 0, 0, 0, Zone()) }

// Mid is the nth number of a moment, as the site makes them.
func Mid(t time.Time, n int64) int64 { return (t.Unix()-515483463)<<22 + n }

// Reading is one source that is visited again and again.
type Reading struct {
	Kind   crawler.Kind
	Source huiying.Source
	Cursor json.RawMessage
	Now    time.Time
	Since  time.Time
	Window crawler.Window
	Office *time.Location // the office zone; Zone by default

	Posts []huiying.Post // what was accepted, in order
	Fail  int            // the how manieth offer from now fails, 0 for none

	site  http.Handler
	mu    sync.Mutex
	asked []*http.Request
}

// address is where the site stands; nothing goes over a network.
const address = "http://site.test"

// ErrFull is what a failing offer gives.
var ErrFull = errors.New("the bus is full")

// planted is a cookie that the site sets with every answer.
const planted = "planted"

// New makes a source of the site; options are the kind's own.
func New(t *testing.T, kind crawler.Kind, site http.HandlerFunc, options string) *Reading {
	t.Helper()
	r := &Reading{Kind: kind, Now: Begin(), Office: Zone()}
	r.site = http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.note(t, q)
		http.SetCookie(w, &http.Cookie{Name: planted, Value: "1"})
		w.Header().Set("X-Visitor", "https://passport.weibo.com/visitor/genvisitor")
		site(w, q)
	})
	r.Source = huiying.Source{ID: "town-weibo", Kind: kind.Name, BaseURL: address, Options: json.RawMessage(options)}
	if err := kind.Check(r.Source); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *Reading) note(t *testing.T, q *http.Request) {
	t.Helper()
	if strings.Contains(q.Header.Get("Cookie"), planted) {
		t.Errorf("%s: a cookie of the site's was sent back", q.URL.Path)
	}
	for _, word := range []string{"visitor", "passport", "login", "sso"} {
		if strings.Contains(q.URL.Path, word) || strings.Contains(q.Host, word) {
			t.Errorf("asked %s%s", q.Host, q.URL.Path)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, q.Clone(context.Background()))
}

// Fetch implements crawler.Fetcher without a network and without pacing, classing
// as the crawler does; it follows no redirect.
func (r *Reading) Fetch(ctx context.Context, q crawler.Request) (crawler.Page, error) {
	if err := ctx.Err(); err != nil {
		return crawler.Page{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, q.URL, http.NoBody)
	if err != nil {
		return crawler.Page{}, err
	}
	if !strings.HasPrefix(q.URL, r.Source.BaseURL+"/") {
		return crawler.Page{}, errors.New("asked outside the site: " + req.URL.Host)
	}
	req.Header = q.Header.Clone()
	answer := httptest.NewRecorder()
	r.site.ServeHTTP(answer, req)
	body := answer.Body.Bytes()
	p := crawler.Page{Status: answer.Code, Header: answer.Header(), Evidence: huiying.Digest(string(body))}
	p.Body, p.URL, p.FetchedAt = body, q.URL, r.Now
	if to := answer.Header().Get("Location"); to != "" {
		p.URL = to
	}
	p.Answer, p.Detail = crawler.Classify(answer.Code, p.URL, answer.Header(), body)
	return p, nil
}

// Accept implements crawler.Sink.
func (r *Reading) Accept(_ context.Context, p huiying.Post) error {
	if r.Fail > 0 {
		if r.Fail--; r.Fail == 0 {
			return ErrFull
		}
	}
	if err := p.Validate(); err != nil {
		return err
	}
	r.Posts = append(r.Posts, p)
	return nil
}

// Look asks for one post by itself.
func (r *Reading) Look(t *testing.T, id string) crawler.Parsed {
	t.Helper()
	return r.LookAt(t, huiying.Post{ID: id})
}

// LookAt asks for a post of which something is known.
func (r *Reading) LookAt(t *testing.T, p huiying.Post) crawler.Parsed {
	t.Helper()
	v := r.visit()
	v.Cursor = nil
	got, err := r.Kind.Look(t.Context(), v, p)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (r *Reading) visit() crawler.Visit {
	return crawler.Visit{
		Source: r.Source, Cursor: r.Cursor, Fetch: r, Sink: r, Since: r.Since, Window: r.Window,
		Now: func() time.Time { return r.Now }, Zone: r.Office,
	}
}

// Visit reads once and keeps the cursor.
func (r *Reading) Visit(t *testing.T) crawler.Report {
	t.Helper()
	report, err := r.Try(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// Try reads once. As in the crawler, a visit that failed does not move the
// cursor.
func (r *Reading) Try(ctx context.Context) (crawler.Report, error) {
	report, err := r.Kind.Reader.Read(ctx, r.visit())
	if err == nil {
		r.Cursor = report.Cursor
	}
	return report, err
}

// Latest is the last accepted form of a post.
func (r *Reading) Latest(id string) (huiying.Post, bool) {
	for _, p := range slices.Backward(r.Posts) {
		if p.ID == id {
			return p, true
		}
	}
	return huiying.Post{}, false
}

// Asked is the questions whose path begins so, since the last Forget.
func (r *Reading) Asked(path string) []*http.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []*http.Request
	for _, q := range r.asked {
		if strings.HasPrefix(q.URL.Path, path) {
			out = append(out, q)
		}
	}
	return out
}

// Forget drops what was asked.
func (r *Reading) Forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = nil
}

// Reply writes JSON with a status.
func Reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// Query is a parameter as a number, 0 when it is none.
func Query(q url.Values, key string) int64 {
	var n int64
	if json.Unmarshal([]byte(q.Get(key)), &n) != nil {
		return 0
	}
	return n
}
