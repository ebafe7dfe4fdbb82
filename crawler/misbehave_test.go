package crawler_test

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
	"testing/synctest"
	"time"

	"huiying"
	"huiying/crawler"
)

// wire is a network in memory, so that hours of it pass in a moment: real HTTP
// over pipes.
type wire struct {
	mu    sync.Mutex
	hosts map[string]chan net.Conn
}

func (w *wire) dial(ctx context.Context, _, address string) (net.Conn, error) {
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

// serve puts a site on the wire and gives the function that takes it off.
func (w *wire) serve(host string, site http.HandlerFunc) (stop func()) {
	l := &listener{accept: make(chan net.Conn), done: make(chan struct{})}
	w.mu.Lock()
	w.hosts[host] = l.accept
	w.mu.Unlock()
	server := &http.Server{Handler: site}
	ended := make(chan struct{})
	go func() { _ = server.Serve(l); close(ended) }()
	return func() { _ = server.Close(); <-ended }
}

const goodPage = `<html><head><meta charset="utf-8"><title>来信</title></head><body><ul><li>窗口几点上班</li></ul></body></html>`

// pages reads a list until it ends, five pages at most.
func pages(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
	report := crawler.Report{Answer: crawler.AnswerEmpty}
	path := v.Source.BaseURL + "/" + v.Source.ID
	for n := 1; ; n++ {
		p, err := v.Fetch.Fetch(ctx, crawler.Request{URL: fmt.Sprintf("%s?page=%d", path, n)})
		if err != nil {
			return report, err
		}
		if !p.Answer.Answered() {
			report.Answer, report.Detail = p.Answer, p.Detail
			return report, nil
		}
		report.Answer = crawler.AnswerOK
		if err := v.Sink.Accept(ctx, post(v, n)); err != nil {
			return report, err
		}
		switch {
		case !bytes.Contains(p.Text(), []byte("下一页")):
			return report, nil
		case n == 5:
			report.Entry.Capped = true
			return report, nil
		}
	}
}

// misbehaviour is one way to be a bad site, and what is promised about it.
type misbehaviour struct {
	name   string
	site   http.HandlerFunc
	state  huiying.SourceState
	reason string
	wait   time.Duration // before the site is asked again
	most   int           // questions to the list in the first seven hours
	rests  bool          // the whole host is left alone
	capped bool
}

func misbehaviours(t *testing.T) []misbehaviour {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, err := z.Write(make([]byte, 64<<20))
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	status := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code); fmt.Fprint(w, body) }
	}
	state := func(s huiying.SourceState) string { return "crawler.state." + string(s) }
	const m, h = time.Minute, time.Hour
	return []misbehaviour{
		{"432", status(432, ""), huiying.SourceBlocked, state(huiying.SourceBlocked), h, 4, true, false},
		{"418", status(418, ""), huiying.SourceRateLimited, state(huiying.SourceRateLimited), 2 * h, 3, true, false},
		{"414", status(414, "Request-URI Too Large"), huiying.SourceRateLimited, state(huiying.SourceRateLimited), 2 * h, 3, true, false},
		{"-100", status(200, `{"ok":-100,"url":"https://passport.weibo.com/sso/signin"}`), huiying.SourceLoginNeeded, state(huiying.SourceLoginNeeded), 6 * h, 2, false, false},
		{"403 and a sign-in", status(403, `{"ok":0,"message":"前方有点拥堵，请登录后使用"}`), huiying.SourceLoginNeeded, state(huiying.SourceLoginNeeded), 6 * h, 2, false, false},
		{"403", status(403, `{"error":"Forbidden"}`), huiying.SourceForbidden, state(huiying.SourceForbidden), 6 * h, 2, false, false},
		{"block page in GBK", status(200, gbk(t, page("访问受限", "抱歉，您的帐号存在异常"))), huiying.SourceBlocked, state(huiying.SourceBlocked), h, 4, false, false},
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
		{"endless list", status(200, goodPage+"下一页"), huiying.SourceOK, "", 9 * m, 5 * 48, false, true},
	}
}

// TestMisbehavingSites runs a source on a bad site for seven hours, beside one
// on the same host and one on another, and then lets the site become good. The
// bad one ends in the named state and is asked no more often than promised, the
// others keep their interval, and it comes back by itself.
func TestMisbehavingSites(t *testing.T) {
	if testing.Short() {
		t.Skip("thirteen days of made time: not with -short")
	}
	for _, bad := range misbehaviours(t) {
		t.Run(bad.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { misbehave(t, bad) })
		})
	}
}

func misbehave(t *testing.T, bad misbehaviour) {
	const badFor, whole = 7 * time.Hour, 32 * time.Hour
	begun := time.Now()
	net := &wire{hosts: map[string]chan net.Conn{}}
	var mu sync.Mutex
	asked := 0
	site := func(w http.ResponseWriter, r *http.Request) {
		switch since := time.Since(begun); {
		case r.URL.Path == "/robots.txt":
			http.NotFound(w, r)
		case r.URL.Path == "/bad" && since < badFor:
			mu.Lock()
			asked++
			mu.Unlock()
			bad.site(w, r)
		default:
			fmt.Fprint(w, goodPage)
		}
	}
	stops := []func(){net.serve("bad.test", site), net.serve("good.test", site)}
	rows := newLedger()
	c, err := crawler.New(crawler.Options{
		Fetch: crawler.FetchOptions{UserAgent: "x", HostDelay: time.Second, Transport: &http.Transport{DialContext: net.dial, DisableCompression: true}},
		Kinds: []crawler.Kind{{Name: "test", Reader: reader(pages)}}, Sink: discard{}, State: newStates(), Ledger: rows, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	var list []huiying.Source
	for id, host := range map[string]string{"bad": "bad.test", "beside": "bad.test", "good": "good.test"} {
		list = append(list, huiying.Source{ID: id, Kind: "test", BaseURL: "http://" + host, Every: 10 * time.Minute})
	}
	if err := c.Apply(list); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	time.Sleep(whole)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	c.Close()
	for _, stop := range stops {
		stop()
	}
	close(rows.rows)
	judgeMisbehaviour(t, bad, begun.Add(badFor), rows, asked)
}

func judgeMisbehaviour(t *testing.T, bad misbehaviour, better time.Time, rows *ledger, asked int) {
	t.Helper()
	bySource := map[string][]huiying.LedgerEntry{}
	for e := range rows.rows {
		bySource[e.Source] = append(bySource[e.Source], e)
	}
	first, last := bySource["bad"][0], bySource["bad"][len(bySource["bad"])-1]
	if first.State != bad.state || first.Reason != bad.reason || first.Capped != bad.capped {
		t.Errorf("first visit: %s, %q, capped %v", first.State, first.Reason, first.Capped)
	}
	if again := bySource["bad"][1]; !bad.rests && again.At.Sub(first.At) < bad.wait {
		t.Errorf("visited again after %s, not %s", again.At.Sub(first.At), bad.wait)
	}
	if asked < 1 || asked > bad.most {
		t.Errorf("the list was asked %d times in seven hours, at most %d is promised", asked, bad.most)
	}
	if last.State != huiying.SourceOK || last.Capped {
		t.Errorf("it does not come back: %+v", last)
	}
	for _, e := range bySource["bad"] {
		if e.At.After(better.Add(24*time.Hour)) && e.State != huiying.SourceOK {
			t.Errorf("a day after the site got better: %s", e.State)
		}
	}
	others := []string{"good"}
	if !bad.rests {
		others = append(others, "beside")
	}
	for _, id := range others {
		for i, e := range bySource[id] {
			if e.State != huiying.SourceOK {
				t.Errorf("%s: %s %s", id, e.State, e.Reason)
			}
			if i > 0 && e.At.Sub(bySource[id][i-1].At) > 12*time.Minute {
				t.Errorf("%s waited %s", id, e.At.Sub(bySource[id][i-1].At))
			}
		}
	}
	if beside := bySource["beside"]; beside[len(beside)-1].State != huiying.SourceOK {
		t.Errorf("the source beside it does not come back: %+v", beside[len(beside)-1])
	}
}
