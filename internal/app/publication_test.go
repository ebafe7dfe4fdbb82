package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"huiying/internal/app"
)

// A rule that is published on a page is in force in every running analyzer, of
// this process and of others, without a restart; going back takes it out again.
func TestPublishedRulesAreInForce(t *testing.T) {
	t.Parallel()
	var published atomic.Int64
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		items := ""
		for i := max(0, published.Load()-20); i < published.Load(); i++ {
			items += fmt.Sprintf(`<item><title>第%d次：等候区的座椅坏了</title><link>http://news.example/%d</link><guid>%d</guid><pubDate>%s</pubDate></item>`,
				i, i, i, time.Now().Format(time.RFC1123Z))
		}
		w.Header().Set("Content-Type", "application/rss+xml")
		fmt.Fprintf(w, rssOf, items)
	}))
	t.Cleanup(site.Close)
	config := fmt.Sprintf(`
data: data
listen: 127.0.0.1:0
bus: {url: "%s"}
record: {key: 0123456789abcdef0123456789abcdef}
crawler: {host_delay: 20ms, hold_older: 0s}
users: [{id: root, name: 管理, roles: [admin, officer]}]
sources: [{id: news, kind: feed, base_url: "%s/one.xml", every: 1s}]
`, outsideNATS(t, false), site.URL)
	main := boot(t, t.TempDir(), files{office: config})
	boot(t, t.TempDir(), files{office: config}, func(o *app.Options) { o.Targets = []string{"analyzer"} })
	root := signIn(t, main, "root")
	// tagged waits until the ten newest posts all bear the rule's tag, or none.
	tagged := func(want int) {
		t.Helper()
		var got int
		for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
			published.Add(2)
			var list struct {
				Posts []struct{ Tags []struct{ Rule string } }
			}
			root.get(t, "/api/v1/posts?limit=10", &list)
			got = 0
			for _, p := range list.Posts {
				got += len(p.Tags)
			}
			if len(list.Posts) == 10 && got == want {
				return
			}
		}
		t.Fatalf("%d of the ten newest posts are tagged, want %d", got, want)
	}
	ok := func(method, path string, body any) {
		t.Helper()
		if status, raw := root.do(t, method, path, body); status >= 300 {
			t.Fatalf("%s %s: %d %s", method, path, status, raw)
		}
	}
	draft := func() int {
		var book struct{ Draft int }
		root.get(t, "/api/v1/rules", &book)
		return book.Draft
	}
	tagged(0)
	rule := map[string]any{"id": "r-seats", "name": "座椅损坏", "level": "blue", "when": "座椅 NEAR/6 坏"}
	ok(http.MethodPut, "/api/v1/rules/r-seats", map[string]any{"rule": rule, "new": true, "draft": draft()})
	ok(http.MethodPost, "/api/v1/rules/publication", map[string]any{"draft": draft(), "note": "群众多次反映"})
	tagged(10)
	ok(http.MethodDelete, "/api/v1/rules/r-seats?draft="+fmt.Sprint(draft()), nil)
	ok(http.MethodPost, "/api/v1/rules/publication", map[string]any{"draft": draft(), "note": "已修好"})
	tagged(0)
}
