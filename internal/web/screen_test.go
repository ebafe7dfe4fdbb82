package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"huiying"
)

// hireWall gives the office a wall, with an account that may look at the big
// screen alone.
func (s *seeded) hireWall() *browser {
	s.must(s.users.Create(s.t.Context(), "admin", huiying.Person{ID: "wall", Name: "大厅大屏", Roles: []huiying.Role{huiying.RoleDisplay}}))
	return s.as("wall")
}

// The screen shows figures, cases, alerts and sources in parts, and nobody's
// words or names.
func TestScreen(t *testing.T) {
	s := newSeeded(t)
	s.open(utterance{text: "家住某处的王某，电话 13900001234", rule: "r-call", ruleName: "来电 13900001234", level: huiying.LevelOrange, hit: "电话"}, "u-hall", "hall")
	b := s.as("manager")
	page := b.get("/screen")
	for _, want := range []string{"data-screen", "今日信息", "昨日同时段", "红级未结", "超时", "最新预警", "数据时间", `data-chart="levels"`, "<details", `data-live-url="/live"`, "窗口冲突", s.overdue, "来电 ***", "正常"} {
		if page.status != http.StatusOK || !strings.Contains(page.body, want) {
			t.Errorf("%d, the screen lacks %q", page.status, want)
		}
	}
	for _, not := range []string{"13900001234", "吵起来", "韩承办", "周值班", "<nav", "<form", "<button", `href="/cases`} {
		if strings.Contains(page.body, not) {
			t.Errorf("the screen shows %q", not)
		}
	}
	for _, part := range []string{"part-wall-figures", "part-wall-chart", "part-wall-cases", "part-wall-alerts", "part-wall-sources"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.base+"/screen", nil)
		s.must(err)
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Target", part)
		res := b.do(r)
		if !strings.HasPrefix(strings.TrimSpace(res.body), "<section") || !strings.Contains(res.body, `id="`+part+`"`) || strings.Contains(res.body, "<html") {
			t.Errorf("%s alone: %d %.80s", part, res.status, res.body)
		}
	}
	s.pass(45 * time.Minute)
	if page = b.get("/screen"); !strings.Contains(page.body, "数据已陈旧") {
		t.Error("old data is not said to be old")
	}
	for _, who := range []string{"hall", "admin"} {
		if res := s.as(who).get("/screen"); res.status != http.StatusForbidden || !strings.Contains(res.body, "大屏") {
			t.Errorf("%s: %d", who, res.status)
		}
	}
}

// A wall looks at the screen and hears the stream; nothing else opens to it.
func TestWallOpensNothingElse(t *testing.T) {
	s := newSeeded(t)
	b := s.hireWall()
	if res := b.get("/"); res.status != http.StatusSeeOther || res.header.Get("Location") != "/screen" {
		t.Errorf("it lands at %d %s", res.status, res.header.Get("Location"))
	}
	if res := b.get("/screen"); res.status != http.StatusOK || !strings.Contains(res.body, s.overdue) {
		t.Errorf("%d", res.status)
	}
	for _, path := range []string{"/inbox", "/cases", "/cases/" + s.overdue, "/alerts", "/stream", "/duty", "/me", "/me/tokens", "/sources", "/lexicon", "/patrol", "/rules", "/posts/" + s.post, "/admin/users", "/api/v1/cases", "/api/v1/metrics/summary", "/api/v1/me", "/api/v1/duty"} {
		if res := b.get(path); res.status != http.StatusForbidden {
			t.Errorf("%s: %d", path, res.status)
		}
	}
	if res := b.post("/cases/"+s.handling, map[string][]string{"action": {"note"}, "version": {"0"}, "f.note": {"x"}}); res.status != http.StatusForbidden {
		t.Errorf("a step: %d", res.status)
	}
	s.pass(80 * 24 * time.Hour)
	if res := b.get("/screen"); res.status != http.StatusOK {
		t.Errorf("after 80 days: %d", res.status)
	}
	s.pass(11 * 24 * time.Hour)
	if res := b.get("/screen"); res.status != http.StatusSeeOther {
		t.Errorf("after 91 days: %d", res.status)
	}
	if res := s.as("wall").post("/logout", nil); res.status != http.StatusSeeOther {
		t.Errorf("sign out: %d", res.status)
	}
}
