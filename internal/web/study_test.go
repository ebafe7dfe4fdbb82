package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/web/door"
)

// matter is an event of six posts over ten hours on two platforms, with a case
// that was answered after four, and another event of five.
func (s *seeded) matter() (event, other, no string) {
	told := func(topic, text, tone, platform string, ago time.Duration) string {
		return s.say(utterance{
			text: text, rule: "r-lift", ruleName: "电梯", level: huiying.LevelYellow, sentiment: tone, ago: ago, hit: "电梯", platform: platform,
			topic: func(_, _ string) string { return topic },
		})
	}
	event, other = "t-lift", "t-heat"
	s.pass(-10 * time.Hour)
	no, _ = s.open(utterance{
		text: "二号楼电梯又停了，轮椅上不去。", rule: "r-lift", ruleName: "电梯停运", level: huiying.LevelOrange, hit: "电梯", sentiment: "negative",
		topic: func(_, _ string) string { return event },
	}, "u-hall", "hall")
	s.pass(4 * time.Hour)
	s.answer(no, "hall", huiying.StateResponded)
	s.pass(6*time.Hour - 16*time.Minute)
	told(event, "电梯停了一上午没人来修。", "negative", "", 9*time.Hour)
	told(event, "大厅电梯坏了，老人爬楼。", "negative", "forum", 8*time.Hour)
	told(event, "电梯修好了，动作挺快。", "positive", "", 3*time.Hour)
	told(event, "电梯能用了，谢谢。", "positive", "", 2*time.Hour)
	told(event, "电梯里的按钮还是失灵。", "negative", "forum", time.Hour)
	for i := range 5 {
		told(other, "暖气不热，电梯口漏风。", "negative", "", time.Duration(60+i)*time.Hour)
	}
	return event, other, no
}

// The page of an event tells how it went, and every number leads to as many
// posts.
func TestEventWhole(t *testing.T) {
	s := newSeeded(t)
	event, other, no := s.matter()
	b := s.as("officer")
	if body := b.get("/events/" + event).body; !strings.Contains(body, `href="/events/`+event+`?with=#compare"`) {
		t.Error("the page does not lead to past events")
	}
	body := b.get("/events/" + event + "?with=" + other).body
	for _, want := range []string{
		"首发", "扩散到新平台", "回应", no, "各方观点", "批评", "停了一上午没人来修", "回应前（3 条）", "回应后（3 条）", "都从首条信息起算", "系统聚类·待确认",
		"还没有人写概述", `data-chart="curve"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	links := regexp.MustCompile(`<a(?: class="fig")? href="(/events/`+event+`\?[^"]*#posts)">([^<]*<small>)?(\d+)<`).FindAllStringSubmatch(body, -1)
	if len(links) < 10 {
		t.Fatalf("%d numbers lead to lists", len(links))
	}
	for _, l := range links {
		list := b.get(strings.TrimSuffix(html.UnescapeString(l[1]), "#posts")).body
		if n := strings.Count(list, "data-row"); l[3] != strconv.Itoa(n) {
			t.Errorf("%s says %s and lists %d", l[1], l[3], n)
		}
	}
}

// A span of time holds for every list and number of the page, and what cannot be
// one is none.
func TestEventSpan(t *testing.T) {
	s := newSeeded(t)
	event, _, _ := s.matter()
	b := s.as("officer")
	field := func(ago time.Duration) string { return s.clock().Add(-ago).In(s.zone).Format("2006-01-02T15:04") }
	q := url.Values{"from": {field(4 * time.Hour)}, "to": {field(90 * time.Minute)}}
	body := b.get("/events/" + event + "?" + q.Encode()).body
	if strings.Count(body, "data-row") != 2 || !strings.Contains(body, "只算所选时段：2 条，事件共 6 条") || strings.Contains(body, "没人来修") || !strings.Contains(body, "不足 5 条，不分观点") {
		t.Error("the span does not hold for the page")
	}
	if !strings.Contains(body, "from="+url.QueryEscape(field(4*time.Hour))) {
		t.Error("the links of the page lose the span")
	}
	for _, bad := range []string{"from=yesterday", "from=2026-11-24T00:00&to=2026-11-23T00:00", "tone=angry&side=left&before=x"} {
		if body := b.get("/events/" + event + "?" + bad).body; strings.Count(body, "data-row") != 6 {
			t.Errorf("%s: not the whole event", bad)
		}
	}
	if body := b.get("/events/" + event + "?from=2020-01-01T00:00&to=2020-01-02T00:00&with=t-none").body; !strings.Contains(body, "所选范围里没有信息") || !strings.Contains(body, "没有编号为 t-none 的事件可对照") {
		t.Error("an empty span says nothing")
	}
}

// Officers pin posts and write the summary, also of an event that has closed; the
// span stays, and nobody else may.
func TestEventPinsAndSummary(t *testing.T) {
	s := newSeeded(t)
	event, _, _ := s.matter()
	b, path := s.as("officer"), "/events/"+event
	post := regexp.MustCompile(`name="pin" value="([^"]+)"`).FindStringSubmatch(b.get(path).body)[1]
	res := b.post(path+"?tone=negative", url.Values{"action": {"pin"}, "pin": {post}})
	if res.status != http.StatusSeeOther || res.header.Get("Location") != path+"?done=event_pin&tone=negative" {
		t.Fatalf("%d %s", res.status, res.header.Get("Location"))
	}
	if body := b.get(path).body; !strings.Contains(body, "周值班 置顶于") || !strings.Contains(body, "取消置顶") {
		t.Error("the timeline does not show the pin")
	}
	s.must(postErr(b.post(path, url.Values{"action": {"unpin"}, "pin": {post}})))
	if strings.Contains(b.get(path).body, "取消置顶") {
		t.Error("it is still pinned")
	}
	s.must(postErr(b.post(path, url.Values{"action": {"summary"}, "read": {"0"}, "summary": {"电梯停运，已抢修恢复。"}})))
	late := s.as("manager").post(path, url.Values{"action": {"summary"}, "read": {"0"}, "summary": {"另一人写的"}})
	if late.status != http.StatusConflict || !strings.Contains(late.body, "另一人写的</textarea>") || !strings.Contains(late.body, "电梯停运，已抢修恢复。") || !strings.Contains(late.body, `name="read" value="1"`) {
		t.Errorf("a late summary: %d", late.status)
	}
	for _, who := range []string{"reviewer", "hall"} {
		if res := s.as(who).post(path, url.Values{"action": {"summary"}, "read": {"1"}, "summary": {"x"}}); res.status != http.StatusForbidden {
			t.Errorf("%s may write: %d", who, res.status)
		}
	}
	if res := b.post(path, url.Values{"action": {"pin"}, "pin": {"weibo:none"}}); res.status != http.StatusNotFound || !strings.Contains(res.body, "本事件没有这条信息") {
		t.Errorf("a post that is not there: %d", res.status)
	}
	if body := s.as("reviewer").get(path).body; strings.Contains(body, `name="action"`) || !strings.Contains(body, "周值班 写于") {
		t.Error("whoever only reads has the forms, or not the author")
	}
}

// A span that is drawn over the trend is the span of the page.
func TestBrushInBrowser(t *testing.T) {
	script := filepath.Join(filepath.Dir(needBrowser(t)), "brush.mjs")
	s := newSeeded(t)
	event, _, _ := s.matter()
	job, err := json.Marshal(map[string]string{
		"base": s.http.URL, "path": "/events/" + event, "name": door.CookieName(false), "cookie": s.session("officer"), "chromium": chromium,
	})
	s.must(err)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", script, string(job))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	raw, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	var got struct {
		From, To string
		Rows     int
		Curve    bool
		Wrong    []string
	}
	s.must(json.Unmarshal(raw, &got))
	from, err := time.ParseInLocation("2006-01-02T15:04", got.From, s.zone)
	s.must(err)
	to, err := time.ParseInLocation("2006-01-02T15:04", got.To, s.zone)
	s.must(err)
	if !from.Before(to) || to.Sub(from) > 6*time.Hour || got.Rows == 0 || got.Rows > 4 || !got.Curve || len(got.Wrong) > 0 {
		t.Errorf("%+v", got)
	}
}
