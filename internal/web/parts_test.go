package web_test

import (
	"cmp"
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"huiying"
	"huiying/internal/query"
)

func TestMe(t *testing.T) {
	w := newWorld(t)
	b, other := w.as("hall"), w.as("hall")
	if res := b.post("/me", url.Values{"action": {"look"}, "lang": {"en"}, "theme": {"dark"}, "large": {"1"}}); res.status != http.StatusSeeOther {
		t.Fatalf("%d", res.status)
	}
	if a, err := w.users.ByID(t.Context(), "hall"); err != nil || a.Lang != "en" || a.Theme != "dark large" {
		t.Errorf("%+v %v", a, err)
	}
	if res := b.post("/me", url.Values{"action": {"look"}, "theme": {"x onload=1"}}); res.status != http.StatusUnprocessableEntity {
		t.Errorf("a made-up theme: %d", res.status)
	}
	logins, err := w.users.Logins(t.Context(), "hall")
	if err != nil || len(logins) != 2 {
		t.Fatalf("%v %v", logins, err)
	}
	own := query.LoginID(b.cookie())
	for _, l := range logins {
		if l.ID == own {
			continue
		}
		if res := b.post("/me", url.Values{"action": {"end"}, "login": {l.ID}}); res.status != http.StatusSeeOther {
			t.Errorf("%d", res.status)
		}
	}
	if res := b.post("/me", url.Values{"action": {"end"}, "login": {"0123456789abcdef"}}); res.status != http.StatusNotFound {
		t.Errorf("ending a login that is not there: %d", res.status)
	}
	if res := other.get("/me"); res.status != http.StatusSeeOther {
		t.Errorf("an ended login still works: %d", res.status)
	}
}

// A part alone answers when htmx asks for it; the whole page else, and when
// the browser goes back.
func TestParts(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	ask := func(path string, header map[string]string) answer {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.base+path, nil)
		s.must(err)
		for k, v := range header {
			r.Header.Set(k, v)
		}
		return b.do(r)
	}
	for path, part := range map[string]string{"/": "part-pressing", "/?": "part-stream", "/?x": "part-figures", "/?y": "part-chart", "/?z": "part-sources", "/cases": "part-cases", "/alerts": "part-alerts", "/stream": "part-posts", "/inbox": "part-queue", "/sources": "part-source-list"} {
		res := ask(path, map[string]string{"HX-Request": "true", "HX-Target": part})
		if res.status != http.StatusOK || !strings.Contains(res.body, `id="`+part+`"`) || strings.Contains(res.body, "<html") {
			t.Errorf("%s %s: %d", path, part, res.status)
		}
		if !strings.Contains(strings.Join(res.header.Values("Vary"), ","), "HX-Request") {
			t.Errorf("%s may be kept as the whole page", part)
		}
		back := ask(path, map[string]string{"HX-Request": "true", "HX-Target": part, "HX-History-Restore-Request": "true"})
		if !strings.Contains(back.body, "<html") {
			t.Errorf("%s: going back gets a part", path)
		}
	}
	gone := ask("/cases/HY20000101-0001", map[string]string{"HX-Request": "true"})
	if gone.status != http.StatusNotFound || gone.header.Get("HX-Retarget") != "#problem" || strings.Contains(gone.body, "<html") {
		t.Errorf("a part that fails: %d %v", gone.status, gone.header)
	}
}

// What an open page asks for may have gone meanwhile: every part of the pages of
// a busy day answers in an office where nothing is left, and has something to
// show that will hear of news again.
func TestPartsWhenAllIsDone(t *testing.T) {
	parts := map[string]string{} // id by what is asked for
	busy := newSeeded(t).as("officer")
	ask := regexp.MustCompile(`id="(part-[a-z-]+)"(?: data-count="[^"]*")? data-live="[^"]*"(?: data-get="([^"]*)")?`)
	for _, path := range []string{"/", "/inbox", "/stream", "/cases", "/alerts?show=all", "/sources"} {
		for _, m := range ask.FindAllStringSubmatch(busy.get(path).body, -1) {
			parts[cmp.Or(html.UnescapeString(m[2]), path)+" "+m[1]] = m[1]
		}
	}
	if len(parts) < 9 {
		t.Fatalf("only %d parts were found: %v", len(parts), parts)
	}
	idle := newWorld(t).as("officer")
	for key, part := range parts {
		path := strings.Fields(key)[0]
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, idle.base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Target", part)
		if res := idle.do(r); res.status != http.StatusOK || !strings.Contains(res.body, `id="`+part+`"`) {
			t.Errorf("%s of %s: %d %s", part, path, res.status, res.body)
		}
	}
	for _, path := range []string{"/", "/inbox", "/stream", "/cases", "/alerts", "/sources"} {
		if !strings.Contains(idle.get(path).body, "data-live=") {
			t.Errorf("%s, empty, never hears that something came", path)
		}
	}
}

func TestPlain(t *testing.T) {
	w := newWorld(t)
	b := w.as("")
	// In this order: a page must have been asked for before it is counted.
	for _, c := range [][2]string{{"/healthz", "ok"}, {"/readyz", "ready"}, {"/metrics", "huiying_web_request_seconds"}} {
		if res := b.get(c[0]); res.status != http.StatusOK || !strings.Contains(res.body, c[1]) {
			t.Errorf("%s: %d", c[0], res.status)
		}
	}
}

func postErr(a answer) error {
	if a.status != http.StatusSeeOther {
		return huiying.Errorf(huiying.Internal, "status", a.status)
	}
	return nil
}

// What the store fails to know is not invented: an unread post stays out.
func TestCaseOfUnarchivedPost(t *testing.T) {
	s := newSeeded(t)
	_, err := s.engine.Do(context.Background(), huiying.Command{CaseNo: s.handling, Action: "attach_mention", Actor: s.actor("officer"), Fields: map[string]string{"post": "weibo:999"}})
	s.must(err)
	if res := s.as("hall").get("/cases/" + s.handling); res.status != http.StatusOK {
		t.Errorf("%d", res.status)
	}
}
