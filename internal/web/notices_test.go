package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"huiying/internal/query"
)

// noticesAt are an uncovered night and a channel that fails.
func noticesAt(now time.Time) func(context.Context) []query.Notice {
	return func(context.Context) []query.Notice {
		return []query.Notice{
			{Kind: query.NoticeUncovered, Subject: "main", Name: "总值班", From: now.Add(28 * time.Hour), Until: now.Add(40 * time.Hour), More: 2},
			{Kind: query.NoticeChannel, Subject: "robot", Name: "robot", From: now.Add(-time.Hour), Why: "密钥不对<b>"},
			{Kind: query.NoticeBehind, Subject: "archive", Name: "archive", From: now.Add(-time.Hour), More: 12345},
			{Kind: query.NoticeShed, Subject: "pages", Name: "pages", From: now.Add(-time.Minute), More: 77},
		}
	}
}

// Every page says what its reader can mend, and nothing else.
func TestNotices(t *testing.T) {
	s := newSeeded(t)
	s.notices = noticesAt(s.clock())
	for who, want := range map[string]struct{ duty, channel bool }{
		"officer": {true, false}, "manager": {true, false}, "admin": {true, true}, "hall": {}, "reviewer": {},
	} {
		b := s.as(who)
		for _, path := range []string{"/", "/me", "/help", "/duty", "/no-such-page"} {
			body := b.get(path).body
			if got := strings.Contains(body, "总值班 无人值班"); got != want.duty {
				t.Errorf("%s %s says that nobody is on duty: %v", who, path, got)
			}
			if got := strings.Contains(body, "通知渠道 robot 连续发送失败"); got != want.channel {
				t.Errorf("%s %s says that a channel fails: %v", who, path, got)
			}
		}
	}
	body := s.as("admin").get("/me").body
	for _, want := range []string{"11-24 18:20", "11-25 06:20", "还有 2 段", `href="/duty#roster-main"`, `href="/admin/channels"`, "归档积压 12345 条", "不逐条提示普通内容（已省 77 条）", "密钥不对&lt;b&gt;"} {
		if !strings.Contains(body, want) {
			t.Errorf("the banner lacks %q", want)
		}
	}
}

// Programs are told the same.
func TestAPINotices(t *testing.T) {
	s := newSeeded(t)
	read := func(who string) []query.Notice {
		t.Helper()
		got := s.as(who).get("/api/v1/notices")
		var out struct{ Notices []query.Notice }
		if err := json.Unmarshal([]byte(got.body), &out); err != nil || got.status != http.StatusOK || out.Notices == nil {
			t.Fatalf("%s: %d %s", who, got.status, got.body)
		}
		return out.Notices
	}
	if got := read("admin"); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	s.notices = noticesAt(s.clock())
	if got := read("admin"); len(got) != 4 || got[0].From.Format(time.RFC3339) != "2026-11-24T18:20:00+08:00" {
		t.Errorf("%+v", got)
	}
	if got := read("officer"); len(got) != 3 || got[0].Kind != query.NoticeUncovered {
		t.Errorf("%+v", got)
	}
	if got := s.as("hall").get("/api/v1/notices"); got.status != http.StatusForbidden {
		t.Errorf("a responder: %d", got.status)
	}
}
