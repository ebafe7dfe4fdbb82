package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"huiying/internal/query"
)

// Posts that were ticked in the stream go into an event: the page of it shows
// them and who put them there, and when they are judged anew they stay.
func TestAddToEvent(t *testing.T) {
	s := newSeeded(t)
	queue, system, _ := s.events()
	b := s.as("officer")
	if body := b.get("/stream?period=all&platform=portal").body; !strings.Contains(body, `formaction="/stream/chosen"`) {
		t.Error("the stream does not lead to the page of chosen posts")
	}
	page := b.get("/stream/chosen?pick=" + s.post + "&pick=" + s.private + "&pick=weibo:none&unit=")
	for _, want := range []string{`value="` + queue + `"`, "A&amp;B 两个窗口", "另有 1 条已不在库中", "没有可加入的报告草稿"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if none := b.get("/stream/chosen"); none.status != http.StatusUnprocessableEntity {
		t.Errorf("of no posts: %d", none.status)
	}
	form := url.Values{"action": {"event"}, "pick": {s.post, s.private}}
	if res := b.post("/stream/chosen", form); res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, "请选择要加入的事件") || !strings.Contains(res.body, "A&amp;B 两个窗口") {
		t.Errorf("into none: %d", res.status)
	}
	form.Set("event", queue)
	res := b.post("/stream/chosen", form)
	if res.status != http.StatusSeeOther || res.header.Get("Location") != "/events/"+queue+"?done=event_added" {
		t.Fatalf("%d %s", res.status, res.body)
	}
	body := b.get("/events/" + queue).body
	if !strings.Contains(body, "加入了 2 条信息") || !strings.Contains(body, "/posts/"+s.post) || !strings.Contains(body, "5 条 · ") {
		t.Error("the event does not show what was added to it")
	}
	list, err := s.topics.Topics(t.Context())
	s.must(err)
	if len(list) != 2 {
		t.Errorf("%d events are open, want %s and %s", len(list), queue, system)
	}
	// By a program, and only with whom the door lets in.
	program := s.as("officer")
	var out struct{ Topic query.Topic }
	in := map[string]any{"action": "added", "posts": []string{s.post}}
	if res := program.call(http.MethodPost, "/api/v1/topics/"+system+"/decisions", in, &out); res.status != http.StatusOK || out.Topic.ID != system || out.Topic.Size != 2 {
		t.Errorf("by a program: %d %s", res.status, res.body)
	}
	if body := b.get("/events/" + queue).body; !strings.Contains(body, "把其中 1 条移入 "+system) {
		t.Error("the event that lost a post does not say so")
	}
	if res := s.as("hall").post("/stream/chosen", form); res.status != http.StatusForbidden {
		t.Errorf("a responder: %d", res.status)
	}
}

// Posts that were ticked become material of the draft that was chosen; what it
// quotes already is not quoted twice, and one that changed meanwhile is refused.
func TestAddToReport(t *testing.T) {
	s := newSeeded(t)
	daily, _ := s.someReports() // it quotes s.private
	b := s.as("officer")
	address := "/stream/chosen?pick=" + s.post + "&pick=" + s.private
	_, rest, found := strings.Cut(b.get(address).body, `<option value="3 `+daily+`"`)
	if !found || !strings.Contains(rest, "</option>") {
		t.Fatalf("the draft is not offered: %s", b.get(address).body)
	}
	form := url.Values{"action": {"report"}, "pick": {s.post, s.private}, "draft": {"2 " + daily}}
	if res := b.post("/stream/chosen", form); res.status != http.StatusConflict || !strings.Contains(res.body, "A&amp;B 两个窗口") {
		t.Errorf("an old version: %d %s", res.status, res.body)
	}
	form.Set("draft", "")
	if res := b.post("/stream/chosen", form); res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, "请选择要加入的报告草稿") {
		t.Errorf("no draft: %d", res.status)
	}
	form.Set("draft", "3 "+daily)
	if res := b.post("/stream/chosen", form); res.status != http.StatusSeeOther || res.header.Get("Location") != "/reports/"+daily+"?done=report_add" {
		t.Fatalf("%d %s", res.status, res.body)
	}
	officer, err := s.users.ByID(t.Context(), "officer")
	s.must(err)
	got, err := s.reports.Open(t.Context(), officer, daily)
	s.must(err)
	if len(got.Chosen) != 2 {
		t.Errorf("the draft quotes %+v", got.Chosen)
	}
	form.Set("draft", "4 "+daily)
	if res := b.post("/stream/chosen", form); res.status != http.StatusConflict || !strings.Contains(res.body, "已在报告里") {
		t.Errorf("all of it again: %d", res.status)
	}
}
