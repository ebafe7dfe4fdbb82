package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying/internal/query"
	"huiying/internal/store/access"
	"huiying/internal/store/views"
)

// picked is the value of the checkbox of an item, as the queue has it.
func picked(t testing.TB, body, key string) string {
	t.Helper()
	m := regexp.MustCompile(`name="pick" value="([^"]+ ` + regexp.QuoteMeta(key) + `)"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("the queue has no %s", key)
	}
	return m[1]
}

// What is put off stands apart, is counted all the same, says who did it, and
// comes back first.
func TestInboxLater(t *testing.T) {
	s := newSeeded(t)
	b, key := s.as("officer"), "post:"+s.post
	before := b.get("/inbox?item=" + key).body
	seen, _, _ := strings.Cut(picked(t, before, key), " ")
	count := regexp.MustCompile(`\d+ 条待研判`).FindString(before)
	if !strings.Contains(before, `data-key="h"`) {
		t.Error("no key for putting off")
	}
	off := url.Values{"item": {key}, "action": {"later"}, "seen": {seen}, "until": {"hour"}, "reason": {"等窗口回话"}}
	for name, bad := range map[string]url.Values{"until": {"until": {"never"}}, "seen": {"seen": {"0000"}}} {
		form := url.Values{}
		for k, v := range off {
			form[k] = v
		}
		for k, v := range bad {
			form[k] = v
		}
		if res := b.post("/inbox", form); res.status != http.StatusUnprocessableEntity && res.status != http.StatusConflict {
			t.Errorf("wrong %s: %d", name, res.status)
		}
	}
	s.must(postErr(b.post("/inbox", off)))

	body := s.as("manager").get("/inbox?item=" + key).body
	for _, want := range []string{count, "其中已推迟 1 条", "稍后（1）", "周值班 推迟到", "等窗口回话", "现在处理"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if first := regexp.MustCompile(`data-item="([^"]+)"`).FindStringSubmatch(body)[1]; first == key {
		t.Error("it still stands in front")
	}
	var list struct {
		Later []struct{ Item, By, Reason string }
		Total int
	}
	s.must(json.Unmarshal([]byte(b.get("/api/v1/inbox").body), &list))
	if len(list.Later) != 1 || list.Later[0].Item != key || list.Later[0].By != "officer" {
		t.Errorf("%+v", list)
	}

	s.pass(time.Hour)
	body = b.get("/inbox").body
	if !strings.Contains(body, "推迟到时，已回来（周值班 推迟）") || strings.Contains(body, "其中已推迟") {
		t.Error("it is not back")
	}
	order := regexp.MustCompile(`data-item="([^"]+)"`).FindAllStringSubmatch(body, -1)
	for _, item := range order {
		if item[1] == key {
			break
		}
		if !strings.Contains(body, `data-item="`+item[1]+`"`) || !redBefore(body, item[1]) {
			t.Errorf("%s stands before what came back", item[1])
		}
	}
	if res := b.post("/inbox", url.Values{"item": {key}, "action": {"back"}}); res.status != http.StatusSeeOther {
		t.Errorf("%d", res.status)
	}
	if strings.Contains(b.get("/inbox").body, "已回来") {
		t.Error("it is still marked")
	}
}

// redBefore reports whether the item is red, the only ones that may stand before
// what came back.
func redBefore(body, key string) bool {
	_, after, _ := strings.Cut(body, `data-item="`+key+`"`)
	badge, _, _ := strings.Cut(after, "item-text")
	return strings.Contains(badge, "red")
}

// A red item that is put off is named in the heading and stays in every count.
func TestInboxLaterRed(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	key := "case:" + s.pending
	version, _, _ := strings.Cut(picked(t, b.get("/inbox").body, key), " ")
	s.must(postErr(b.post("/inbox", url.Values{"item": {key}, "version": {version}, "action": {"regrade"}, "f.level": {"red"}, "f.reason": {"涉及安全"}})))
	body := b.get("/inbox").body
	if first := regexp.MustCompile(`data-item="([^"]+)"`).FindStringSubmatch(body)[1]; first != key || !redBefore(body, key) {
		t.Fatalf("the first of the queue is %s, want the red %s", first, key)
	}
	waiting := func() int {
		var sum struct {
			Waiting int `json:"waiting"`
		}
		s.must(json.Unmarshal([]byte(b.get("/api/v1/metrics/summary").body), &sum))
		return sum.Waiting
	}
	before := waiting()
	seen, _, _ := strings.Cut(picked(t, body, key), " ")
	s.must(postErr(b.post("/inbox", url.Values{"item": {key}, "action": {"later"}, "seen": {seen}, "until": {"morning"}})))
	if body := b.get("/inbox").body; !strings.Contains(body, "其中已推迟 1 条（含红色 1 条；推迟的照样计入待研判）") {
		t.Error("the heading does not say that a red item is put off")
	}
	if got := waiting(); got != before || before == 0 {
		t.Errorf("%d wait, before it was put off %d", got, before)
	}
}

// Whoever has an item open is shown to the others until the lease runs out, and
// reading alone makes nobody busy.
func TestInboxOpen(t *testing.T) {
	s := newSeeded(t)
	officer, manager, key := s.as("officer"), s.as("manager"), "post:"+s.post
	at := "/inbox?item=" + key
	officer.get(at)
	if strings.Contains(manager.get(at).body, "正在处理") {
		t.Error("reading made somebody busy")
	}
	if res := officer.post("/inbox/hold", url.Values{"item": {key}}); res.status != http.StatusNoContent {
		t.Fatalf("%d", res.status)
	}
	if body := manager.get(at).body; strings.Count(body, "周值班 正在处理") != 2 || !strings.Contains(body, "并未锁定") {
		t.Error("the row and the reader do not both say who has it open")
	}
	if strings.Contains(officer.get(at).body, "正在处理") {
		t.Error("one is busy to oneself")
	}
	s.pass(89 * time.Second)
	officer.post("/inbox/hold", url.Values{"item": {key}})
	s.pass(89 * time.Second)
	if !strings.Contains(manager.get(at).body, "周值班 正在处理") {
		t.Error("the lease was not renewed")
	}
	s.pass(2 * time.Second)
	if strings.Contains(manager.get(at).body, "正在处理") {
		t.Error("the lease did not run out")
	}
	officer.post("/inbox/hold", url.Values{"item": {key}})
	officer.post("/inbox/hold", url.Values{"item": {key}, "go": {"1"}})
	if strings.Contains(manager.get(at).body, "正在处理") {
		t.Error("it was not let go")
	}
	// Nothing is locked, and the second of two is told.
	officer.post("/inbox/hold", url.Values{"item": {key}})
	seen, _, _ := strings.Cut(picked(t, manager.get(at).body, key), " ")
	form := url.Values{"item": {key}, "seen": {seen}, "action": {"watch"}}
	s.must(postErr(manager.post("/inbox", form)))
	if res := officer.post("/inbox", form); res.status != http.StatusConflict || !strings.Contains(res.body, "已研判过") {
		t.Errorf("the second decision: %d", res.status)
	}
	if res := officer.post("/inbox/hold", url.Values{"item": {key}}); res.status != http.StatusConflict {
		t.Errorf("held although it waits no more: %d", res.status)
	}
}

// Several are decided on each for itself: what moved meanwhile is named and left
// as it is.
func TestInboxTogether(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	body := b.get("/inbox").body
	post, private, pending := "post:"+s.post, "post:"+s.private, "case:"+s.pending
	picks := []string{picked(t, body, post), picked(t, body, private), picked(t, body, pending)}
	if res := b.post("/inbox/together", url.Values{"pick": picks, "action": {"false_alarm"}}); res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, "请填写理由") {
		t.Errorf("without a reason: %d", res.status)
	}
	s.must(postErr(s.as("manager").post("/inbox", url.Values{"item": {private}, "action": {"watch"}})))
	res := b.post("/inbox/together", url.Values{"pick": picks, "action": {"false_alarm"}, "reason": {"广告"}})
	if res.status != http.StatusOK {
		t.Fatalf("%d", res.status)
	}
	refused, done, _ := strings.Cut(res.body, "已列为误报 2 条")
	if !strings.Contains(refused, "未处理 1 条") || !strings.Contains(refused, s.private) || !strings.Contains(refused, "已研判过") || !strings.Contains(done, s.pending) {
		t.Error("the results are not told one by one")
	}
	log, err := access.New(s.store).Of(t.Context(), s.private, access.Aside, 5)
	if err != nil || len(log) != 1 || log[0].Actor != "manager" || log[0].Detail != query.AsideWatch {
		t.Errorf("it was overwritten: %+v %v", log, err)
	}
	log, err = access.New(s.store).Of(t.Context(), s.post, access.Aside, 5)
	if err != nil || len(log) != 1 || log[0].Detail != "false_alarm: 广告" {
		t.Errorf("%+v %v", log, err)
	}
	if got := b.get("/cases/" + s.pending).body; !strings.Contains(got, "广告") {
		t.Error("the case does not say why")
	}
	var out struct {
		Results []struct {
			Item, Error string
			Done        bool
		}
	}
	answer := b.call("POST", "/api/v1/inbox/together", map[string]any{"action": "later", "until": s.clock().Add(time.Hour), "items": []map[string]string{{"item": pending, "seen": "1"}}}, &out)
	if len(out.Results) != 1 || out.Results[0].Done || out.Results[0].Error == "" {
		t.Errorf("%s", answer.body)
	}
}

// busyInbox has a case put off and somebody else at work on the post.
func (s *seeded) busyInbox() {
	s.t.Helper()
	c, err := views.New(s.store).Seen(context.Background(), query.Scope{All: true}, s.pending)
	s.must(err)
	desk := s.inbox()
	s.must(desk.PutOff(context.Background(), query.NewLater{
		InboxSeen: query.InboxSeen{Item: "case:" + s.pending, Seen: strconv.Itoa(c.Version)}, Until: s.clock().Add(time.Hour), Reason: "等窗口回话", Actor: s.actor("officer"),
	}))
	s.must(desk.Hold(context.Background(), "post:"+s.post, "manager"))
}

// Posts ticked in the stream become cases, with a result for each.
func TestStreamTogether(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	body := b.get("/stream?period=all&platform=portal").body
	if !strings.Contains(body, `action="/stream/together"`) || !strings.Contains(body, `name="pick" value="`+s.post+`"`) {
		t.Fatalf("nothing can be ticked: %q", regexp.MustCompile(`action="/stream/together"|name="pick" value="[^"]*"`).FindAllString(body, 9))
	}
	if res := b.post("/stream/together", url.Values{"pick": {s.post}, "action": {"each"}}); res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, "请选择承办单位") {
		t.Errorf("without a unit: %d", res.status)
	}
	form := url.Values{"pick": {s.post, s.private}, "action": {"one"}, "unit": {"u-hall"}}
	res := b.post("/stream/together", form)
	m := regexp.MustCompile(`→ <a href="/cases/([^"]+)">`).FindAllStringSubmatch(res.body, -1)
	if res.status != http.StatusOK || !strings.Contains(res.body, "已立案 2 条") || len(m) != 2 || m[0][1] != m[1][1] {
		t.Fatalf("%d %v", res.status, m)
	}
	c, err := views.New(s.store).Seen(context.Background(), query.Scope{All: true}, m[0][1])
	if err != nil || len(c.Posts) != 2 || c.Unit != "u-hall" {
		t.Errorf("%+v %v", c, err)
	}
	var out struct {
		Results []struct {
			Post, Error string
			CaseNo      string `json:"case_no"`
		}
	}
	b.call("POST", "/api/v1/inbox/open/together", map[string]any{"posts": []string{s.post}, "unit": "u-hall"}, &out)
	if len(out.Results) != 1 || out.Results[0].CaseNo != "" || !strings.Contains(out.Results[0].Error, c.No) {
		t.Errorf("%+v", out)
	}
}
