package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"huiying/internal/web/door"
)

// What is put into a filter is looked for and nothing else: it changes nothing,
// shows nothing of other tables, and is never a failure of ours.
func TestInjectionFindsNothing(t *testing.T) {
	s := newSeeded(t)
	b, officer := s.as("admin"), s.as("officer")
	before := s.digest()
	for _, evil := range []string{
		`' OR '1'='1`, `'; DROP TABLE posts; --`, `" UNION SELECT id, password_hash FROM users --`, `1); DELETE FROM record; --`,
		`%' ESCAPE '`, `a" NEAR("b`, `text : *`, `"unclosed`, `')) OR hex(load_extension('x'))--`, "a\x00b", `{{.}}`, `$1`,
	} {
		q := url.QueryEscape(evil)
		for path, who := range map[string]*browser{
			"/stream?q=": officer, "/stream?period=all&platform=": officer, "/stream?period=all&place=": officer, "/stream?period=all&intent=": officer,
			"/cases?view=all&q=": officer, "/cases?view=all&unit=": officer, "/cases?view=": officer, "/alerts?show=all&level=": officer,
			"/lexicon?q=": b, "/admin/access?who=": b, "/admin/access?action=": b, "/patrol?column=": b, "/outcomes?unit=": b, "/heat?item=": officer, "/heat/posts?place=": officer,
			"/api/v1/posts?q=": officer, "/api/v1/cases?q=": officer, "/api/v1/search?q=": officer, "/api/v1/posts?platform=": officer, "/posts/": officer, "/cases/": officer,
		} {
			res := who.get(path + q)
			if res.status >= http.StatusInternalServerError {
				t.Errorf("%s%s: %d", path, evil, res.status)
			}
			for _, shown := range []string{"argon2id", "password_hash FROM users WHERE", "SQL logic error", "no such column", "syntax error near"} {
				if strings.Contains(res.body, shown) {
					t.Errorf("%s%s shows %s", path, evil, shown)
				}
			}
		}
	}
	if s.digest() != before {
		t.Error("something was written")
	}
}

// A token that somebody brought before signing in is not the one they have
// afterwards, and opens nothing; signing in again makes another.
func TestSessionIsNew(t *testing.T) {
	w := newWorld(t)
	w.must(w.users.SetPassword(t.Context(), "officer", password))
	const planted = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	seen := map[string]bool{planted: true}
	for range 2 {
		b := w.as("")
		home, err := url.Parse(b.base)
		w.must(err)
		b.http.Jar.SetCookies(home, []*http.Cookie{{Name: door.CookieName(false), Value: planted, Path: "/"}})
		if res := b.post("/login", url.Values{"id": {"officer"}, "password": {password}}); res.status != http.StatusSeeOther {
			t.Fatalf("%d", res.status)
		}
		if got := b.cookie(); seen[got] || len(got) < 40 {
			t.Errorf("the login is under %q", got)
		} else {
			seen[got] = true
		}
	}
	for token := range map[string]bool{planted: true} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.as("").base+"/api/v1/me", nil)
		w.must(err)
		r.Header.Set("Cookie", door.CookieName(false)+"="+token)
		if res := w.as("").do(r); res.status != http.StatusUnauthorized {
			t.Errorf("what was planted opens: %d", res.status)
		}
	}
}

// No address leads to a file of the machine.
func TestPathsStayInside(t *testing.T) {
	s := newSeeded(t)
	b := s.as("admin")
	for _, evil := range []string{"../../../../etc/passwd", "..%2f..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/%2e%2e/etc/passwd", "..%5c..%5cetc%5cpasswd", "%2fetc%2fpasswd", "....//....//etc/passwd", "huiying.db", "..%2fhuiying.db", "file:%2f%2f%2fetc%2fpasswd"} {
		for _, under := range []string{"/assets/", "/cases/", "/cases/" + s.fresh + "/files/", "/api/v1/cases/" + s.fresh + "/files/", "/api/v1/exports/", "/exports/", "/posts/", "/sources/", "/reports/", "/api/v1/posts/", "/link/", "/a/"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.base, nil)
			s.must(err)
			r.URL.Opaque = "//" + r.URL.Host + under + evil // as it stands, nothing tidied
			res := b.do(r)
			if strings.Contains(res.body, "root:x:") || strings.Contains(res.body, "SQLite format 3") || res.status >= http.StatusInternalServerError {
				t.Errorf("%s%s: %d", under, evil, res.status)
			}
		}
	}
}

// What strangers send makes no line of its own in the log, and no header of its
// own in an answer.
func TestLogLinesAreOurs(t *testing.T) {
	w := newWorld(t)
	b := w.as("")
	forged := "x\nlevel=ERROR msg=forged user=admin"
	for _, path := range []string{"/no-such/", "/login?next=", "/link/", "/a/", "/assets/", "/api/v1/posts?q="} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.base+path+url.QueryEscape(forged)+"%0d%0aX-Forged:%201", nil)
		w.must(err)
		r.Header["User-Agent"] = []string{"curl \u2028level=ERROR\tmsg=forged"}
		r.Header.Set("X-Request-Id", "mine")
		res := b.do(r)
		if res.header.Get("X-Forged") != "" || res.header.Get("X-Request-Id") == "mine" {
			t.Errorf("%s: %v", path, res.header)
		}
	}
	b.post("/login", url.Values{"id": {forged}, "password": {"wrong wrong wrong"}})
	w.panics = true
	b.get("/readyz?" + url.QueryEscape(forged)) // a failure is logged with its address
	for line := range strings.Lines(w.log.String()) {
		if !strings.HasPrefix(line, "time=") || strings.Contains(line, "\x1b") {
			t.Errorf("a line of another hand: %q", line)
		}
	}
	if w.log.String() == "" {
		t.Error("nothing was logged: nothing was tried")
	}
	rows, err := w.store.Reader().QueryContext(context.Background(), `SELECT detail FROM access_log`)
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		var detail string
		w.must(rows.Scan(&detail))
		if strings.ContainsAny(detail, "\n\r") {
			t.Errorf("the access log has %q", detail)
		}
	}
	w.must(rows.Err())
}
