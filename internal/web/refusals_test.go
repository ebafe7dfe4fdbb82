package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"huiying"
	"huiying/internal/query"
)

// refusalDesk remembers what it is asked.
type refusalDesk struct {
	list []query.Refusal
	who  query.Refuser
	by   string
	fail error
}

func (d *refusalDesk) All(context.Context) ([]query.Refusal, error) { return d.list, nil }

func (d *refusalDesk) Refuse(_ context.Context, who query.Refuser, r query.NewRefusal) (string, error) {
	if d.fail != nil {
		return "", d.fail
	}
	d.who, d.by = who, r.Actor.ID
	d.list = append(d.list, query.Refusal{ID: "rf-1", Platform: who.Platform, Reason: r.Reason, Reference: r.Reference, By: r.Actor.ID})
	return "rf-1", nil
}

func (d *refusalDesk) Lift(_ context.Context, id string, _ huiying.Actor) error {
	d.list = nil
	return d.fail
}

// An administrator records a refusal; the page shows its reference and never
// the person, and neither does the log.
func TestRefusalsPage(t *testing.T) {
	w := newWorld(t)
	b := w.as("admin")
	res := b.post("/admin/refusals", url.Values{
		"platform": {"weibo"}, "author_id": {"2987654321"}, "author_name": {"石榴籽"}, "reason": {"person"}, "reference": {"2026-7"},
	})
	if res.status != http.StatusSeeOther || w.refusals.who.AuthorName != "石榴籽" || w.refusals.by != "admin" {
		t.Fatalf("%d, %+v", res.status, w.refusals)
	}
	page := b.get("/admin/refusals").body
	for want, there := range map[string]bool{"2026-7": true, "本人要求": true, "石榴籽": false, "2987654321": false} {
		if strings.Contains(page, want) != there {
			t.Errorf("%s on the page: %v", want, !there)
		}
	}
	w.refusals.fail = huiying.Errorf(huiying.Conflict, "refusal.known")
	res = b.post("/admin/refusals", url.Values{"platform": {"weibo"}, "author_name": {"石榴籽"}, "reason": {"person"}})
	if res.status != http.StatusConflict || !strings.Contains(res.body, "已在拒绝采集名单中") || strings.Contains(res.body, "石榴籽") {
		t.Errorf("a mistake: %d", res.status)
	}
	w.refusals.fail = nil
	if res = b.post("/admin/refusals", url.Values{"lift": {"rf-1"}}); res.status != http.StatusSeeOther || len(w.refusals.list) > 0 {
		t.Errorf("lifting: %d", res.status)
	}
	if w.log.mu.Lock(); strings.Contains(w.log.lines.String(), "石榴籽") {
		t.Error("the log names the person")
	}
	w.log.mu.Unlock()
}
