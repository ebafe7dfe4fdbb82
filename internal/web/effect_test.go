package web_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying"
)

// An officer links an interpretation to an event and takes it away again with a
// reason; the page compares around it or around the reply, and says nothing of
// too few.
func TestInterpretationOnThePage(t *testing.T) {
	s := newSeeded(t)
	event, _, no := s.matter()
	b := s.as("officer")
	path := "/events/" + event
	if body := b.get(path).body; !strings.Contains(body, "样本过少，不作判断") || !strings.Contains(body, "还没有关联") || !strings.Contains(body, no) {
		t.Error("the page judges what is too few, or does not compare around the reply")
	}
	at := s.clock().Add(-5 * time.Hour).In(s.zone).Format("2006-01-02T15:04")
	form := url.Values{"action": {"link"}, "kind": {"graphic"}, "title": {"一图读懂电梯检修"}, "url": {"https://example.org/jd"}, "at": {at}}
	if res := b.post(path, form); res.status != http.StatusSeeOther {
		t.Fatalf("%d %s", res.status, res.body)
	}
	body := b.get(path + "?moment=" + url.QueryEscape(at) + "&span=24").body
	for _, want := range []string{"图解", "一图读懂电梯检修", `href="https://example.org/jd"`, "officer", "前后各 "} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if tab := regexp.MustCompile(`aria-current="true">图解`); !tab.MatchString(body) {
		t.Error("the chosen moment is not the interpretation")
	}
	for name, bad := range map[string]url.Values{
		"url": {"action": {"link"}, "kind": {"text"}, "title": {"x"}, "url": {"javascript:alert(1)"}, "at": {at}}, "time": {"action": {"link"}, "kind": {"text"}, "title": {"x"}, "at": {"soon"}},
		"future": {"action": {"link"}, "kind": {"text"}, "title": {"x"}, "at": {s.clock().Add(time.Hour).In(s.zone).Format("2006-01-02T15:04")}},
	} {
		if res := b.post(path, bad); res.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, res.status)
		}
	}
	if res := s.as("manager").get(path); !strings.Contains(res.body, `value="link"`) {
		t.Error("the head cannot link")
	}
	if res := s.as("reviewer").get(path); strings.Contains(res.body, `value="link"`) || !strings.Contains(res.body, "一图读懂电梯检修") {
		t.Error("a reviewer is offered to link, or does not see what is linked")
	}
	if res := s.as("reviewer").post(path, form); res.status != http.StatusForbidden {
		t.Errorf("a reviewer links: %d", res.status)
	}
	id := regexp.MustCompile(`name="interpretation" value="(i-[a-z0-9]+)"`).FindStringSubmatch(body)[1]
	if res := b.post(path, url.Values{"action": {"unlink"}, "interpretation": {id}}); res.status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", res.status)
	}
	if res := b.post(path, url.Values{"action": {"unlink"}, "interpretation": {id}, "reason": {"发错了"}}); res.status != http.StatusSeeOther {
		t.Errorf("taken away: %d", res.status)
	}
	if body := b.get(path).body; !strings.Contains(body, "发错了") || strings.Contains(body, `name="interpretation"`) {
		t.Error("it still stands, or the reason is not shown")
	}
}

// Each number of the comparison leads to a list of just so many posts, and where
// there are enough something is said.
func TestEffectNumbersLeadToLists(t *testing.T) {
	s := newSeeded(t)
	event, _, _ := s.matter()
	for i := range 40 {
		tone := "negative"
		if i >= 28 {
			tone = "positive"
		}
		ago := 6*time.Hour + time.Duration(10+i*6)*time.Minute
		if i >= 28 {
			ago = time.Duration(125+i*5) * time.Minute
		}
		s.say(utterance{text: fmt.Sprint("电梯 ", i), level: huiying.LevelNone, sentiment: tone, ago: ago, topic: func(_, _ string) string { return event }})
	}
	b := s.as("officer")
	body := b.get("/events/" + event + "?span=24").body
	part := body[strings.Index(body, `id="effect"`):]
	part = part[:strings.Index(part, "</section>")]
	links := regexp.MustCompile(`<a class="fig" href="(/events/[^"]*effect=[^"]*)">([0-9]+)</a>`).FindAllStringSubmatch(part, -1)
	if len(links) != 18 {
		t.Fatalf("%d numbers lead to lists", len(links))
	}
	for _, l := range links {
		list := b.get(strings.TrimSuffix(html.UnescapeString(l[1]), "#posts")).body
		if n := strings.Count(list, "data-row"); l[2] != strconv.Itoa(n) {
			t.Errorf("%s says %s and lists %d", l[1], l[2], n)
		}
	}
	if !strings.Contains(part, "下降") || !strings.Contains(part, "上升") {
		t.Errorf("nothing is said: %s", part)
	}
}
