package crawler_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/host"
	"huiying/crawler/seal"
)

// fetch asks once on behalf of a source.
func fetch(t *testing.T, w *world, r crawler.Request) (crawler.Page, error) {
	t.Helper()
	return w.Fetcher(source("s")).Fetch(t.Context(), r)
}

func TestFetchGivesThePageAsReceived(t *testing.T) {
	body := gbk(t, page("大厅", "窗口几点上班"))
	s := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "q=%D6%D0%CE%C0&x=1" {
			t.Errorf("query %q", r.URL.RawQuery)
		}
		if r.Header.Get("Cookie") != "SUB=abc" || r.Header.Get("Referer") != "https://example.org/" || r.UserAgent() != "huiying test" {
			t.Errorf("headers %v", r.Header)
		}
		w.Header().Set("Content-Type", "text/html; charset=gbk")
		w.Header().Set("X-Mark", "1")
		fmt.Fprint(w, body)
	})
	w := newWorld(t, nil, nil)
	p, err := fetch(t, w, crawler.Request{URL: s.URL + "/a?q=%D6%D0%CE%C0&x=1", Header: http.Header{
		"Cookie": {"SUB=abc"}, "Referer": {"https://example.org/"}, "User-Agent": {"somebody else"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if string(p.Body) != body {
		t.Errorf("the body was changed: %q", p.Body)
	}
	if p.Answer != crawler.AnswerOK || p.Status != 200 || p.Header.Get("X-Mark") != "1" || p.Header.Get("Content-Type") != "text/html; charset=gbk" {
		t.Errorf("got %s, %d, %v", p.Answer, p.Status, p.Header)
	}
	if p.URL != s.URL+"/a?q=%D6%D0%CE%C0&x=1" || !p.FetchedAt.Equal(w.clock.now()) || p.Source != "s" || p.Zone == nil {
		t.Errorf("document %+v", p.Document)
	}
}

func TestFetchPosts(t *testing.T) {
	s := site(t, func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || r.Method != http.MethodPost || r.PostForm.Get("关键词") != "社保 卡" {
			t.Errorf("%s %v %v", r.Method, r.PostForm, err)
		}
		fmt.Fprint(w, `{"data":[1]}`)
	})
	p, err := fetch(t, newWorld(t, nil, nil), crawler.Request{URL: s.URL, Form: url.Values{"关键词": {"社保 卡"}}})
	if err != nil || p.Answer != crawler.AnswerOK {
		t.Errorf("%s, %v", p.Answer, err)
	}
}

// The misbehaving sites: each gives its class, never content and never an
// empty answer.
func TestFetchMisbehavingSites(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := z.Write(make([]byte, 8<<20)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	status := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code); fmt.Fprint(w, body) }
	}
	redirect := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
	}
	for _, tc := range []struct {
		name   string
		site   http.HandlerFunc
		want   crawler.Answer
		detail string
		noBody bool
	}{
		{"432", status(432, ""), crawler.AnswerBlocked, "HTTP 432", false},
		{"418", status(418, ""), crawler.AnswerRateLimited, "HTTP 418", false},
		{"414", status(414, "Request-URI Too Large"), crawler.AnswerRateLimited, "HTTP 414", false},
		{"-100", status(200, `{"ok":-100,"url":"https://passport.weibo.com/sso/signin"}`), crawler.AnswerLoginWall, "ok:-100", false},
		{"block page in GBK", status(200, gbk(t, page("404错误", "抱歉，您的帐号存在异常"))), crawler.AnswerBlocked, "抱歉，您的帐号存在异常", false},
		{"to the login host", redirect("https://passport.weibo.com/visitor/visitor?entry=x"), crawler.AnswerLoginWall, "passport.weibo.com", false},
		{"loop", redirect("/again"), crawler.AnswerMalformed, "HTTP 302 to ", false},
		{"into our network", redirect("http://10.0.0.1/x"), crawler.AnswerMalformed, "", false},
		{"cut short", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"ok":1,"data":{"cards":[`)
		}, crawler.AnswerMalformed, "the answer is broken", true},
		{"bomb", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb.Bytes())
		}, crawler.AnswerMalformed, "unpacks to more than", true},
		{"too large", status(200, strings.Repeat("x", 2<<20)), crawler.AnswerMalformed, "larger than", true},
		{"too large and failing", status(502, strings.Repeat("x", 2<<20)), crawler.AnswerMaintenance, "HTTP 502", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := site(t, tc.site)
			w := newWorld(t, nil, func(o *crawler.Options) { o.Fetch.MaxWire, o.Fetch.MaxBody = 1<<20, 4<<20 })
			if tc.name == "into our network" {
				// From this machine to itself is no way in; from elsewhere it is.
				testForeignRedirect(t, "http://10.0.0.1/x")
				return
			}
			p, err := fetch(t, w, crawler.Request{URL: s.URL + "/x"})
			if err != nil {
				t.Fatal(err)
			}
			if p.Answer != tc.want || !strings.Contains(p.Detail, tc.detail) {
				t.Errorf("got %s (%s), want %s (%s)", p.Answer, p.Detail, tc.want, tc.detail)
			}
			if tc.noBody && len(p.Body) > 0 {
				t.Errorf("%d bytes of a broken answer were given out", len(p.Body))
			}
		})
	}
}

// roundTrip answers without a network.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func testForeignRedirect(t *testing.T, to string) {
	t.Helper()
	w := newWorld(t, nil, func(o *crawler.Options) {
		o.Fetch.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host != "site.example" {
				t.Errorf("%s was asked", r.URL)
			}
			status, h := 302, http.Header{"Location": {to}}
			if r.URL.Path == "/robots.txt" {
				status = 404
			}
			return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
		})
	})
	p, err := fetch(t, w, crawler.Request{URL: "http://site.example/x"})
	if err != nil || p.Answer != crawler.AnswerMalformed || p.URL != to {
		t.Errorf("got %s %s, %v", p.Answer, p.URL, err)
	}
}

// A redirect is followed with the final address; what the operator gave for
// one host does not go to another.
func TestFetchFollowsRedirects(t *testing.T) {
	var mu sync.Mutex
	got := map[string]string{}
	note := func(name string, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got[name] = r.Header.Get("Cookie") + r.Header.Get("Authorization")
	}
	last := site(t, func(w http.ResponseWriter, r *http.Request) { note("other", r); fmt.Fprint(w, "page") })
	first := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/a" {
			note("first", r)
			http.Redirect(w, r, "/b", http.StatusMovedPermanently)
			return
		}
		note("same", r)
		http.SetCookie(w, &http.Cookie{Name: "minted", Value: "1"})
		http.Redirect(w, r, last.URL+"/c?d=1", http.StatusFound)
	})
	w := newWorld(t, nil, nil)
	p, err := fetch(t, w, crawler.Request{URL: first.URL + "/a", Header: http.Header{"Cookie": {"SUB=x"}, "Authorization": {"y"}}})
	if err != nil || p.URL != last.URL+"/c?d=1" || string(p.Body) != "page" {
		t.Fatalf("ended at %s with %q, %v", p.URL, p.Body, err)
	}
	if got["first"] != "SUB=xy" || got["same"] != "SUB=xy" || got["other"] != "" {
		t.Errorf("sent %v", got)
	}
	if p, err = fetch(t, w, crawler.Request{URL: first.URL + "/b"}); err != nil || got["same"] != "" {
		t.Errorf("a cookie of the site was kept: %v, %v", got, err)
	}
}

// Every hop asks the robots.txt of its own host.
func TestFetchRobotsOnEveryHop(t *testing.T) {
	closed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/robots.txt" {
			t.Errorf("%s was asked", r.URL.Path)
		}
		fmt.Fprint(w, "User-agent: *\nDisallow: /\n")
	}))
	t.Cleanup(closed.Close)
	s := site(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, closed.URL+"/x", http.StatusFound) })
	_, err := fetch(t, newWorld(t, nil, nil), crawler.Request{URL: s.URL})
	if huiying.ErrorCode(err) != huiying.Forbidden {
		t.Errorf("got %v", err)
	}
}

func TestFetchErrors(t *testing.T) {
	gone := site(t, func(http.ResponseWriter, *http.Request) {})
	gone.Close()
	slow := site(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	resting := site(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(418) })
	failing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }))
	t.Cleanup(failing.Close)
	w := newWorld(t, nil, func(o *crawler.Options) { o.Fetch.Timeout = 200 * time.Millisecond })
	if _, err := fetch(t, w, crawler.Request{URL: resting.URL}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		url, key string
		code     huiying.Code
	}{
		{gone.URL + "/?secret=1", "crawler.unreachable", huiying.Unavailable},
		{slow.URL, "crawler.unreachable", huiying.Unavailable},
		{resting.URL, "crawler.resting", huiying.Unavailable},
		{failing.URL, "crawler.robots_unread", huiying.Unavailable},
		{"ftp://example.org/x", "crawler.bad_url", huiying.Invalid},
		{"/x", "crawler.bad_url", huiying.Invalid},
		{"http://a b/", "crawler.bad_url", huiying.Invalid},
	} {
		_, err := fetch(t, w, crawler.Request{URL: tc.url})
		var e *huiying.Error
		if !errors.As(err, &e) || e.Key != tc.key || e.Code != tc.code || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", tc.url, err)
		}
	}
}

func TestFetchCancelled(t *testing.T) {
	entered := make(chan struct{})
	s := site(t, func(_ http.ResponseWriter, r *http.Request) { close(entered); <-r.Context().Done() })
	w := newWorld(t, nil, nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-entered; cancel() }()
	if _, err := w.Fetcher(source("s")).Fetch(ctx, crawler.Request{URL: s.URL}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// A fault under the fetcher costs one question.
func TestFetchPanics(t *testing.T) {
	w := newWorld(t, nil, func(o *crawler.Options) {
		o.Fetch.Transport = roundTrip(func(*http.Request) (*http.Response, error) { panic("boom") })
	})
	for range 2 { // the host's turn was given back
		if _, err := fetch(t, w, crawler.Request{URL: "http://site.example/"}); err == nil || !strings.Contains(err.Error(), "boom") {
			t.Errorf("got %v", err)
		}
	}
}

// Colly reads its environment; nothing there may change how we ask.
func TestFetchIgnoresCollysEnvironment(t *testing.T) {
	for k, v := range map[string]string{
		"COLLY_ALLOWED_DOMAINS": "nowhere.example", "COLLY_CACHE_DIR": t.TempDir(), "COLLY_MAX_BODY_SIZE": "3", "COLLY_FOLLOW_REDIRECTS": "n",
		"COLLY_USER_AGENT": "x", "COLLY_DETECT_CHARSET": "y", "COLLY_MAX_REQUESTS": "1", "COLLY_DISALLOWED_DOMAINS": "127.0.0.1",
	} {
		t.Setenv(k, v)
	}
	asked := 0
	s := site(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.URL.Path == "/a" {
			http.Redirect(w, r, "/b", http.StatusFound)
			return
		}
		fmt.Fprint(w, "whole page "+r.UserAgent())
	})
	w := newWorld(t, nil, nil)
	for range 2 {
		if p, err := fetch(t, w, crawler.Request{URL: s.URL + "/a"}); err != nil || string(p.Body) != "whole page huiying test" {
			t.Errorf("%q, %v", p.Body, err)
		}
	}
	if asked != 4 {
		t.Errorf("asked %d times", asked)
	}
}

type evidence struct {
	mu   sync.Mutex
	m    map[string][]byte
	puts int
	fail error
}

func (e *evidence) Put(_ context.Context, name string, sealed []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.puts++
	if e.fail != nil {
		return e.fail
	}
	if e.m == nil {
		e.m = map[string][]byte{}
	}
	e.m[name] = sealed
	return nil
}

func TestFetchKeepsEvidence(t *testing.T) {
	key := bytes.Repeat([]byte{7}, seal.KeySize)
	text := gbk(t, "某某的来信")
	s := site(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) })
	kept := &evidence{}
	w := newWorld(t, nil, func(o *crawler.Options) { o.Evidence, o.EvidenceKey = kept, key })
	var p crawler.Page
	for range 3 {
		var err error
		if p, err = fetch(t, w, crawler.Request{URL: s.URL}); err != nil {
			t.Fatal(err)
		}
	}
	if kept.puts != 1 {
		t.Errorf("an unchanged page was stored %d times", kept.puts)
	}
	raw, err := seal.Open(key, p.Evidence, kept.m[seal.Object(p.Evidence)])
	if err != nil || string(raw) != text || !strings.HasPrefix(p.Evidence, "sha256:") {
		t.Errorf("%s holds %q, %v", p.Evidence, raw, err)
	}
	text, kept.fail = "another", errors.New("full")
	if p, err = fetch(t, w, crawler.Request{URL: s.URL}); err != nil || p.Evidence != "" || string(p.Body) != "another" {
		t.Errorf("without a place for evidence: %q %q, %v", p.Body, p.Evidence, err)
	}
	if _, err := crawler.New(crawler.Options{Sink: w.sink, State: w.states, Now: time.Now, Fetch: crawler.FetchOptions{UserAgent: "x"}, Evidence: kept, EvidenceKey: key[:5]}); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("a short key: %v", err)
	}
}

// One host budget is shared by every source.
func TestFetchSharesTheHostsBudget(t *testing.T) {
	s := site(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(432) })
	w := newWorld(t, nil, nil)
	if p, err := w.Fetcher(source("one")).Fetch(t.Context(), crawler.Request{URL: s.URL}); err != nil || p.Answer != crawler.AnswerBlocked {
		t.Fatalf("%s, %v", p.Answer, err)
	}
	var rests *host.RestingError
	if _, err := w.Fetcher(source("two")).Fetch(t.Context(), crawler.Request{URL: s.URL}); !errors.As(err, &rests) {
		t.Errorf("another source asked: %v", err)
	}
}

func TestFetchHead(t *testing.T) {
	s := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead {
			t.Errorf("%s", r.Method)
		}
		w.Header().Set("Content-Length", "99999999999")
		w.WriteHeader(http.StatusOK)
	})
	p, err := fetch(t, newWorld(t, nil, nil), crawler.Request{URL: s.URL + "/big.zip", Head: true})
	if err != nil || p.Status != http.StatusOK || len(p.Body) > 0 {
		t.Errorf("%d %v", p.Status, err)
	}
}
