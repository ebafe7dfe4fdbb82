package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/app/tool"
	"huiying/internal/drill/replica"
	"huiying/internal/locale"
)

// loggedSite is a site with a log of its own: the number of every request it
// answered, by what it answered.
type loggedSite struct {
	*httptest.Server
	mu     sync.Mutex
	status map[int]int
	robots int
}

func newLoggedSite(t *testing.T, h http.Handler) *loggedSite {
	s := &loggedSite{status: map[int]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		s.mu.Lock()
		if r.URL.Path == "/robots.txt" {
			s.robots++
		} else {
			s.status[rec.Code]++
		}
		s.mu.Unlock()
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	}))
	t.Cleanup(s.Close)
	return s
}

const rssOf = `<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>t</title>%s</channel></rss>`

// sitesOf are sites of many kinds: some answer well, some not at all.
func sitesOf(t *testing.T) map[string]*loggedSite {
	world := replica.NewWorld(replica.Options{Now: time.Now})
	by := replica.Account{UID: 2000000021, Name: "示例服务中心", Verified: "government"}
	for i := range 5 {
		c := replica.Change{At: time.Now(), Post: &replica.Post{Key: strconv.Itoa(i), By: by, Text: fmt.Sprintf("大厅通知 %d", i)}}
		if err := world.Apply(c); err != nil {
			t.Fatal(err)
		}
	}
	text := func(status int, contentType, body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/robots.txt" {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		})
	}
	item := `<item><title>通知</title><link>http://news.example/1</link><guid>1</guid><pubDate>Mon, 23 Nov 2026 08:00:00 +0800</pubDate></item>`
	return map[string]*loggedSite{
		"weibo": newLoggedSite(t, replica.Weibo(world)),
		"news":  newLoggedSite(t, text(200, "application/rss+xml", fmt.Sprintf(rssOf, item))),
		"none":  newLoggedSite(t, text(200, "application/rss+xml", fmt.Sprintf(rssOf, ""))),
		"wall":  newLoggedSite(t, text(432, "text/html", "")),
		"down":  newLoggedSite(t, text(503, "text/html", "x")),
		"unchanged": newLoggedSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"1"`)
			if r.URL.Path != "/robots.txt" && r.Header.Get("If-None-Match") == `"1"` {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			text(200, "application/rss+xml", fmt.Sprintf(rssOf, item)).ServeHTTP(w, r)
		})),
		"moved": newLoggedSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/feed.xml" {
				http.Redirect(w, r, "/new.xml?token=secret", http.StatusFound)
				return
			}
			text(200, "application/rss+xml", fmt.Sprintf(rssOf, item)).ServeHTTP(w, r)
		})),
		"closed": newLoggedSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/robots.txt" {
				_, _ = w.Write([]byte("User-agent: *\nDisallow: /\n"))
				return
			}
			http.Error(w, "nobody was to come here", http.StatusTeapot)
		})),
	}
}

// The ledger is an account of what was asked: its totals are those of the
// sites' own logs, request for request; every gap has its reason, and no secret of an
// address is in it.
func TestLedgerIsTheSitesLog(t *testing.T) {
	t.Parallel()
	sites := sitesOf(t)
	dir := t.TempDir()
	a := startAccount(t, dir, sites)
	root := signIn(t, a, "root")
	var health struct {
		Sources []struct {
			Source string
			Visits int
		}
	}
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		status, raw := root.do(t, http.MethodGet, "/api/v1/sources", nil)
		if err := json.Unmarshal(raw, &health); err != nil || status != http.StatusOK {
			t.Fatal(status, err)
		}
		visited := 0
		for _, s := range health.Sources {
			patient := s.Source == "wall" || s.Source == "down" || s.Source == "closed"
			if s.Visits >= 3 || patient && s.Visits >= 1 {
				visited++
			}
		}
		if visited == len(sites) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("not all are visited: %+v", health)
		}
	}
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	told := accountOf(t, dir)
	if len(told.Sources) != len(sites) {
		t.Fatalf("%d sources", len(told.Sources))
	}
	for _, s := range told.Sources {
		site := sites[s.Source]
		site.mu.Lock()
		got := s.Answers
		if s.Total.Asked != got.Asked() || got.Robots != site.robots || got.Asked() != site.robots+sum(site.status) {
			t.Errorf("%s: the ledger says %+v, the site %v and robots.txt %d times", s.Source, got, site.status, site.robots)
		}
		for class, n := range map[int]int{432: got.Blocked, 503: got.Maintenance, 304: got.Unchanged, 302: got.Redirected, 418: 0} {
			if site.status[class] != n {
				t.Errorf("%s: status %d %d times at the site, %d in the ledger", s.Source, class, site.status[class], n)
			}
		}
		site.mu.Unlock()
		bad := map[string]bool{"wall": true, "down": true, "closed": true}[s.Source]
		if bad != (len(s.Gaps) > 0) {
			t.Errorf("%s: gaps %+v", s.Source, s.Gaps)
		}
		for _, g := range s.Gaps {
			if g.Why == "" {
				t.Errorf("%s: a gap without a reason: %+v", s.Source, g)
			}
		}
	}
	db, err := os.ReadFile(filepath.Join(dir, "data", "huiying.db"))
	if err != nil || bytes.Contains(db, []byte("token=secret")) {
		t.Errorf("a secret of an address is stored: %v", err)
	}
}

func sum(m map[int]int) (n int) {
	for _, k := range m {
		n += k
	}
	return n
}

type account struct {
	Sources []struct {
		Source  string
		Total   struct{ Asked, Got, Blocked, Failed int }
		Answers huiying.AnswerCounts
		Gaps    []struct{ Why, Detail string }
	}
}

// accountOf is what huiying source health prints.
func accountOf(t *testing.T, dir string) (out account) {
	t.Helper()
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	err = tool.SourceHealth(t.Context(), tool.Streams{Out: &printed, Err: &bytes.Buffer{}, Words: words, Lang: locale.Chinese}, tool.HealthOptions{
		Where: app.Where{ConfigFile: filepath.Join(dir, "huiying.yaml")}, JSON: true, Hours: 24,
	})
	if err != nil && err != tool.ErrFailed { // a source needs a person
		t.Fatal(err)
	}
	if err := json.Unmarshal(printed.Bytes(), &out); err != nil {
		t.Fatalf("%v: %s", err, printed.String())
	}
	return out
}

func startAccount(t *testing.T, dir string, sites map[string]*loggedSite) *app.App {
	t.Helper()
	var list strings.Builder
	for id, site := range sites {
		u, err := url.Parse(site.URL)
		if err != nil {
			t.Fatal(err)
		}
		switch id {
		case "weibo":
			fmt.Fprintf(&list, "  - {id: weibo, kind: weibo, base_url: \"%s\", every: 1s, options: {accounts: [\"2000000021\"], comments: true}}\n", u)
		default:
			fmt.Fprintf(&list, "  - {id: %s, kind: feed, base_url: \"%s/feed.xml\", every: 1s}\n", id, u)
		}
	}
	return boot(t, dir, files{office: `
data: data
listen: 127.0.0.1:0
crawler: {host_delay: 1ms}
users: [{id: root, name: 管理, roles: [admin, officer]}]
sources:
` + list.String()})
}
