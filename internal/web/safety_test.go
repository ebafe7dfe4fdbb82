package web_test

import (
	"context"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"huiying"
	"huiying/internal/store"
)

// Every answer carries the policy that lets nothing inline run, and may not be
// kept by anybody on the way.
func TestSafeHeaders(t *testing.T) {
	s := newSeeded(t)
	for _, path := range []string{"/login", "/", "/no-such", "/api/v1/openapi.json", "/healthz", "/api/no-such"} {
		h := s.as("officer").get(path).header
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'self'") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, csp)
		}
		for key, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store"} {
			if h.Get(key) != want {
				t.Errorf("%s: %s is %q", path, key, h.Get(key))
			}
		}
		if h.Get("X-Request-Id") == "" {
			t.Errorf("%s: no request id", path)
		}
	}
}

// A form on another site changes nothing.
func TestCrossOriginIsRefused(t *testing.T) {
	s := newSeeded(t)
	b := s.as("hall")
	for _, path := range []string{"/cases/" + s.fresh, "/posts/" + s.post, "/me", "/logout", "/api/v1/cases/" + s.fresh + "/actions", "/a/" + s.links.Token(s.delivery, s.clock())} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.base+path, strings.NewReader("action=ack&version=0"))
		s.must(err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", "https://elsewhere.example")
		if res := b.do(r); res.status != http.StatusForbidden {
			t.Errorf("%s: %d", path, res.status)
		}
	}
	page, err := s.ledger.Case(t.Context(), s.fresh)
	s.must(err)
	if page.State != huiying.StateAwaitingAck {
		t.Errorf("the case is %s", page.State)
	}
}

// digest is everything that is stored, as one value.
func (s *seeded) digest() string {
	s.t.Helper()
	var all strings.Builder
	for _, table := range []string{"posts", "post_tags", "alerts", "deliveries", "cases", "case_posts", "record", "texts", "users", "sessions", "links", "access_log", "factors", "recovery_codes", "sign_in_steps", "sign_in_failures", "known_browsers", "api_tokens", "identities", "bus_outbox", "definitions", "coverage", "counters", "corrections", "attachments", "purges", "verifications"} {
		rows, err := store.Collect[string](s.store.Reader().QueryContext(context.Background(), "SELECT * FROM "+table+" ORDER BY 1"))(scanAny)
		s.must(err)
		all.WriteString(table + strings.Join(rows, "\n"))
	}
	return huiying.Digest(all.String())
}

// No GET changes anything, whoever asks: the previews of chat programs open
// every link they see.
func TestGetWritesNothing(t *testing.T) {
	s := newSeeded(t)
	link, err := s.users.Link(t.Context(), "signin", "hall2", 3600e9)
	s.must(err)
	people := []*browser{s.as(""), s.as("admin"), s.as("officer"), s.as("hall")}
	before := s.digest()
	paths := append(s.paths(), link, "/link/none", "/setup/none", "/healthz", "/readyz", "/metrics", "/api/v1/cases", "/api/v1/posts", "/api/v1/inbox", "/api/v1/alerts", "/api/v1/me")
	for _, b := range people {
		for _, path := range paths {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				r, err := http.NewRequestWithContext(t.Context(), method, b.base+path, nil)
				s.must(err)
				b.do(r)
			}
		}
	}
	if s.digest() != before {
		t.Error("something was written")
	}
}

// What citizens write stays text, wherever it lands.
func TestWordsStayText(t *testing.T) {
	s := newSeeded(t)
	evil := `</script><script>alert(1)</script><img src=x onerror=alert(2)>" onmouseover="alert(3)`
	id := s.say(utterance{text: evil + "排队", rule: "r-evil", ruleName: evil, level: huiying.LevelRed, hit: "排队"})
	b := s.as("officer")
	for _, path := range []string{"/", "/inbox?item=post:" + id, "/stream?q=" + url.QueryEscape(evil), "/posts/" + id, "/cases?q=" + url.QueryEscape(evil), "/login?next=" + url.QueryEscape(evil)} {
		body := b.get(path).body
		for _, bad := range []string{"<script>alert", "<img src=x", `" onmouseover="`} {
			if strings.Contains(body, bad) {
				t.Errorf("%s: %s came through", path, bad)
			}
		}
	}
}

var chartData = regexp.MustCompile(`data-values="([^"]*)"`)

// The chart's data is JSON whatever the names are.
func TestChartDataIsJSON(t *testing.T) {
	s := newSeeded(t)
	body := s.as("officer").get("/").body
	found := chartData.FindStringSubmatch(body)
	if found == nil {
		t.Skip("SKIPPED: the bundle is not built, so the page has tables only")
	}
	var data struct {
		Hours  []string
		Series []struct {
			Level string
			Data  []int
		}
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(found[1])), &data); err != nil {
		t.Fatal(err)
	}
	if len(data.Hours) != 24 || len(data.Series) != 5 {
		t.Errorf("%d hours, %d series", len(data.Hours), len(data.Series))
	}
}

// A failure that is ours shows its number and nothing else.
func TestPanicIsCaught(t *testing.T) {
	w := newWorld(t)
	w.panics = true
	res := w.as("").get("/readyz")
	if res.status != http.StatusInternalServerError || strings.Contains(res.body, "asked for it") {
		t.Errorf("%d %s", res.status, res.body)
	}
	if !strings.Contains(w.log.String(), "the test asked for it") || !strings.Contains(w.log.String(), res.header.Get("X-Request-Id")) {
		t.Error("the log lacks the cause or the request's number")
	}
}

func TestFailureHidesItsCause(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	s.must(s.store.Close())
	for _, path := range []string{"/cases", "/api/v1/cases"} {
		res := b.get(path)
		if res.status != http.StatusInternalServerError || strings.Contains(res.body, "sql") || strings.Contains(res.body, "database") {
			t.Errorf("%s: %d %s", path, res.status, res.body)
		}
		if !strings.Contains(res.body, res.header.Get("X-Request-Id")) {
			t.Errorf("%s: no request id for whoever reports it", path)
		}
	}
}

func TestTooLarge(t *testing.T) {
	s := newSeeded(t)
	res := s.as("hall").post("/cases/"+s.handling, url.Values{"action": {"submit"}, "version": {"3"}, "f.text": {strings.Repeat("长", 400_000)}})
	if res.status != http.StatusRequestEntityTooLarge {
		t.Errorf("%d", res.status)
	}
}
