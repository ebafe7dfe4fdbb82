package web_test

import (
	"strings"
	"testing"
)

// Whatever is drawn over a gap says so: the sources page with the reason,
// lists and the chart with a notice, the API with a member of its own.
func TestGapsAreSaid(t *testing.T) {
	s := newSeeded(t)
	admin, officer := s.as("admin"), s.as("officer")
	page := admin.get("/sources").body
	for _, want := range []string{"gap-row", "网站要求登录", "未与真实网站核对", "没有读到底就停了"} {
		if !strings.Contains(page, want) {
			t.Errorf("/sources lacks %q", want)
		}
	}
	for _, path := range []string{"/", "/stream?period=all", "/inbox", "/cases", "/alerts"} {
		if body := officer.get(path).body; !strings.Contains(body, `class="gaps"`) || !strings.Contains(body, "采集有") {
			t.Errorf("%s says nothing of gaps", path)
		}
	}
	for _, path := range []string{"/api/v1/posts", "/api/v1/inbox", "/api/v1/cases", "/api/v1/alerts", "/api/v1/metrics/summary"} {
		if body := officer.get(path).body; !strings.Contains(body, `"coverage":{"from":"2026`) || !strings.Contains(body, `"kind":"state"`) {
			t.Errorf("%s: %.300s", path, body)
		}
	}
	if body := admin.get("/api/v1/sources").body; !strings.Contains(body, `"kind":"state","state":"login-needed"`) {
		t.Errorf("%.500s", body)
	}
}
