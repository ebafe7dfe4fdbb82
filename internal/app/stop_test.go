package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"huiying/internal/app"
)

// Stopping all collection: within a second no crawler of any process asks any
// site, not even one that is in the middle of a visit, hand-overs are taken
// all the same, the page says who stopped it and why, and when it is started
// again everything that was published meanwhile is collected.
func TestStopAllCollection(t *testing.T) {
	t.Parallel()
	var asked, published atomic.Int64
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		asked.Add(1)
		items := ""
		for i := range published.Load() + 1 {
			items += fmt.Sprintf(`<item><title>通知 %d</title><link>http://news.example/%d</link><guid>%d</guid><pubDate>Mon, 23 Nov 2026 08:00:00 +0800</pubDate></item>`, i, i, i)
		}
		w.Header().Set("Content-Type", "application/rss+xml")
		fmt.Fprintf(w, rssOf, items)
	}))
	t.Cleanup(site.Close)
	nats := outsideNATS(t, false)
	config := fmt.Sprintf(`
data: data
listen: 127.0.0.1:0
bus: {url: "%s"}
record: {key: 0123456789abcdef0123456789abcdef}
crawler: {host_delay: 20ms}
users: [{id: root, name: 管理, roles: [admin, officer]}]
sources:
  - {id: one, kind: feed, base_url: "%s/one.xml", every: 1s}
  - {id: two, kind: feed, base_url: "%s/two.xml", every: 1s}
  - {id: desk, kind: intake, options: {platform: hotline}}
`, nats, site.URL, site.URL)
	main := boot(t, t.TempDir(), files{office: config})
	other := boot(t, t.TempDir(), files{office: config}, func(o *app.Options) { o.Targets = []string{"crawler"} })
	root := signIn(t, main, "root")
	wait := func(what string, done func() bool) {
		t.Helper()
		for deadline := time.Now().Add(60 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: not in a minute", what)
			}
		}
	}
	wait("visits", func() bool { return asked.Load() > 6 })
	if status, raw := root.do(t, http.MethodPut, "/api/v1/collection", map[string]any{"stopped": true}); status < 400 {
		t.Errorf("stopped without a reason: %d %s", status, raw)
	}
	if status, raw := root.do(t, http.MethodPut, "/api/v1/collection", map[string]any{"stopped": true, "reason": "系统割接"}); status >= 300 {
		t.Fatalf("stop: %d %s", status, raw)
	}
	time.Sleep(time.Second) // what is promised
	before := asked.Load()
	published.Add(3)
	var sources struct {
		Sources []struct{ Source, State, Reason string }
	}
	paused := func(want string) func() bool {
		return func() bool {
			root.get(t, "/api/v1/sources", &sources)
			n := 0
			for _, s := range sources.Sources {
				if s.State == want && s.Source != "desk" {
					n++
				}
			}
			return n == 2
		}
	}
	wait("the ledger says it", paused("paused"))
	status, raw := root.do(t, http.MethodPost, "/api/v1/handovers?source=desk", map[string]any{
		"handovers": []map[string]string{{"number": "SZ1", "text": "路灯不亮", "time": "2026-11-20 10:30"}},
	})
	if status != http.StatusOK {
		t.Errorf("a hand-over: %d %s", status, raw)
	}
	if got := asked.Load(); got != before {
		t.Errorf("%d requests after the stop", got-before)
	}
	if _, page := root.do(t, http.MethodGet, "/sources", nil); !has(page, "系统割接") || !has(page, "恢复采集") {
		t.Error("the page does not say that all is stopped")
	}
	if status, raw := root.do(t, http.MethodPut, "/api/v1/collection", map[string]any{"stopped": false}); status >= 300 {
		t.Fatalf("start: %d %s", status, raw)
	}
	wait("it goes on", paused("ok"))
	wait("what was published meanwhile", func() bool {
		var list struct{ Total int }
		root.get(t, "/api/v1/posts?limit=1", &list)
		return list.Total == 5 // the four items, by their addresses, and the hand-over
	})
	for _, a := range []interface{ Stop() error }{other, main} {
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
	}
}

func has(page []byte, words string) bool { return bytes.Contains(page, []byte(words)) }

func (b *browser) get(t *testing.T, path string, into any) {
	t.Helper()
	status, raw := b.do(t, http.MethodGet, path, nil)
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", path, status, raw)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

// outsideNATS runs a server beside the service, which forces every message to
// the disk or not, and gives its address.
func outsideNATS(t *testing.T, synced bool) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, JetStreamMaxStore: 1 << 40, StoreDir: t.TempDir(), SyncAlways: synced, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("NATS does not start")
	}
	return s.ClientURL()
}
