package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// paths are every page of a seeded office, as people open them.
func (s *seeded) paths() []string {
	return []string{
		"/", "/inbox", "/inbox?item=post:" + s.post, "/inbox?item=case:" + s.pending, "/stream", "/stream?level=red&q=窗口&tagged=1&period=all",
		"/posts/" + s.post, "/posts/" + s.private, "/cases", "/cases?view=overdue", "/cases?view=closed", "/cases?view=all&level=red", "/cases?view=mine",
		"/cases/" + s.pending, "/cases/" + s.fresh, "/cases/" + s.overdue, "/cases/" + s.handling, "/cases/" + s.review, "/cases/" + s.approved,
		"/cases/" + s.responded, "/cases/" + s.closed, "/alerts", "/alerts?show=all&level=red&level=orange", "/alerts?show=mine", "/sources",
		"/admin/users", "/me", "/help", "/login", "/no-such-page", "/a/" + s.links.Token(s.delivery, s.clock()),
	}
}

func TestEveryPageForEveryRole(t *testing.T) {
	s := newSeeded(t)
	for _, id := range []string{"", "admin", "officer", "hall", "hrss", "reviewer", "manager"} {
		b := s.as(id)
		for _, path := range s.paths() {
			res := b.get(path)
			if res.status >= 500 {
				t.Errorf("%s %s: %d", id, path, res.status)
			}
			if res.status == http.StatusOK && strings.Contains(res.body, "web.") {
				i := strings.Index(res.body, "web.")
				t.Errorf("%s %s: a key without a sentence: %q", id, path, res.body[i:min(i+40, len(res.body))])
			}
		}
	}
	if log := s.log.String(); strings.Contains(log, "ERROR") {
		t.Error(log)
	}
}
