// Package badsites is web sites that misbehave, each in its own way, on a
// network in memory, with what is promised of a source that meets one. It is
// for tests alone.
package badsites

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"huiying"
)

// Wire is a network in memory, so that hours of it pass in a moment: real HTTP
// over pipes.
type Wire struct {
	mu    sync.Mutex
	hosts map[string]chan net.Conn
}

// Dial connects to a site by its name.
func (w *Wire) Dial(ctx context.Context, _, address string) (net.Conn, error) {
	name, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	accept := w.hosts[name]
	w.mu.Unlock()
	ours, theirs := net.Pipe()
	select {
	case accept <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// New makes a network without sites.
func New() *Wire { return &Wire{hosts: map[string]chan net.Conn{}} }

// listener gives out the connections of one host.
type listener struct {
	accept chan net.Conn
	done   chan struct{}
	once   sync.Once
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accept:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l *listener) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *listener) Addr() net.Addr { return &net.TCPAddr{} }

// Serve puts a site on the wire and gives the function that takes it off.
func (w *Wire) Serve(host string, site http.HandlerFunc) (stop func()) {
	l := &listener{accept: make(chan net.Conn), done: make(chan struct{})}
	w.mu.Lock()
	w.hosts[host] = l.accept
	w.mu.Unlock()
	server := &http.Server{Handler: site}
	ended := make(chan struct{})
	go func() { _ = server.Serve(l); close(ended) }()
	return func() { _ = server.Close(); <-ended }
}

// GoodPage is a list of one item and no more pages.
const GoodPage = `<html><head><meta charset="utf-8"><title>来信</title></head><body><ul><li>窗口几点上班</li></ul></body></html>`

// Site is one way to be a bad site, and what is promised about it.
type Site struct {
	Name   string
	Answer http.HandlerFunc
	State  huiying.SourceState
	Reason string
	Wait   time.Duration // before the site is asked again
	Most   int           // questions to the list in the first seven hours
	Rests  bool          // the whole host is left alone
	Capped bool
}

// All are the ways.
func All(t testing.TB) []Site {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, err := z.Write(make([]byte, 24<<20)) // the crawler unpacks 16
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	status := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code); fmt.Fprint(w, body) }
	}
	state := func(s huiying.SourceState) string { return "crawler.state." + string(s) }
	const m, h = time.Minute, time.Hour
	return []Site{
		{"432", status(432, ""), huiying.SourceBlocked, state(huiying.SourceBlocked), h, 4, true, false},
		{"418", status(418, ""), huiying.SourceRateLimited, state(huiying.SourceRateLimited), 2 * h, 3, true, false},
		{"414", status(414, "Request-URI Too Large"), huiying.SourceRateLimited, state(huiying.SourceRateLimited), 2 * h, 3, true, false},
		{"-100", status(200, `{"ok":-100,"url":"https://passport.weibo.com/sso/signin"}`), huiying.SourceLoginNeeded, state(huiying.SourceLoginNeeded), 6 * h, 2, false, false},
		{"403 and a sign-in", status(403, `{"ok":0,"message":"前方有点拥堵，请登录后使用"}`), huiying.SourceLoginNeeded, state(huiying.SourceLoginNeeded), 6 * h, 2, false, false},
		{"403", status(403, `{"error":"Forbidden"}`), huiying.SourceForbidden, state(huiying.SourceForbidden), 6 * h, 2, false, false},
		{"block page in GBK", status(200, gbk(t, `<html><head><title>访问受限</title></head><body><p>抱歉，您的帐号存在异常</p></body></html>`)), huiying.SourceBlocked, state(huiying.SourceBlocked), h, 4, false, false},
		{"redirect loop", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path+"?page=1", http.StatusFound)
		},
			huiying.SourceMalformed, state(huiying.SourceMalformed), 9 * m, 11 * 14, false, false},
		{"truncated", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `<html><body>来信`)
		}, huiying.SourceMalformed, state(huiying.SourceMalformed), 9 * m, 14, false, false},
		{"gzip bomb", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		}, huiying.SourceMalformed, state(huiying.SourceMalformed), 9 * m, 14, false, false},
		{"slow drip", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write([]byte(".")); err != nil {
					return
				}
				_ = http.NewResponseController(w).Flush()
				time.Sleep(time.Second)
			}
		}, huiying.SourceUnreachable, "crawler.unreachable", 15 * time.Second, 30, true, false},
		{"500", status(500, "x"), huiying.SourceMaintenance, state(huiying.SourceMaintenance), 9 * m, 14, false, false},
		{"endless list", status(200, GoodPage+"下一页"), huiying.SourceOK, "", 9 * m, 5 * 48, false, true},
	}
}

func gbk(t testing.TB, s string) string {
	t.Helper()
	out, err := simplifiedchinese.GBK.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
