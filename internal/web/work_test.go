package web_test

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/cases"
	"huiying/internal/store/views"
)

// What was set aside just now comes back by the hand that did it, once, and not
// later.
func TestUndo(t *testing.T) {
	s := newSeeded(t)
	b, key := s.as("officer"), "post:"+s.post
	aside := func() answer {
		return b.post("/inbox", url.Values{"item": {key}, "action": {"false_alarm"}, "next": {"post:" + s.private}})
	}
	undo := url.Values{"item": {key}, "action": {"undo"}}
	to := aside().header.Get("Location")
	if !strings.Contains(to, "undo="+url.QueryEscape(key)) {
		t.Fatalf("it goes on to %s", to)
	}
	body := b.get(to).body
	if !strings.Contains(body, `data-gone-after="10"`) || !strings.Contains(body, `data-key="u"`) || strings.Contains(body, `data-item="`+key+`"`) {
		t.Error("the page does not offer to take it back")
	}
	if res := s.as("manager").post("/inbox", undo); res.status != http.StatusConflict {
		t.Errorf("another took it back: %d", res.status)
	}
	res := b.post("/inbox", undo)
	if res.status != http.StatusSeeOther || !strings.Contains(b.get(res.header.Get("Location")).body, `data-item="`+key+`"`) {
		t.Errorf("it does not wait again: %d", res.status)
	}
	if res := b.post("/inbox", undo); res.status != http.StatusConflict {
		t.Errorf("taken back twice: %d", res.status)
	}
	aside()
	s.pass(31 * time.Second)
	if res := b.post("/inbox", undo); res.status != http.StatusConflict || !strings.Contains(res.body, "已不能撤回") {
		t.Errorf("taken back too late: %d", res.status)
	}
}

// Cases in columns by the stages of the work: each once, under a count that leads
// to the list; the choice stays in the address.
func TestCaseColumns(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	table := b.get("/cases?view=all").body
	if !strings.Contains(table, `href="/cases?as=columns&amp;view=all"`) {
		t.Error("the table does not lead to the columns")
	}
	body := b.get("/cases?view=all&as=columns").body
	for _, no := range []string{s.pending, s.fresh, s.handling, s.review, s.responded, s.closed} {
		if n := strings.Count(body, `href="/cases/`+no+`" data-row`); n != 1 {
			t.Errorf("case %s stands there %d times", no, n)
		}
	}
	for _, want := range []string{"待研判 <b>1</b>", `name="as" value="columns"`, `href="/cases?state=awaiting_ack&amp;view=all"`, "待回访 <b>0</b>"} {
		if !strings.Contains(body, want) {
			t.Errorf("the columns lack %q", want)
		}
	}
	if strings.Contains(body, "其他 <b>") {
		t.Error("a column of nothing")
	}
}

// Cases that a unit gave back are a view of their own.
func TestReturnedView(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	if body := b.get("/cases?view=returned").body; !strings.Contains(body, "没有被单位退回过的在办案件") {
		t.Error("nothing was given back yet")
	}
	s.step(s.fresh, "hall", "return_back", map[string]string{"reason": "不属本单位职责"})
	if body := b.get("/cases?view=returned").body; !strings.Contains(body, s.fresh) || strings.Contains(body, s.handling) {
		t.Error("the view does not hold the case alone")
	}
}

// Nothing overdue says when something was last.
func TestLastMissed(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	if body := b.get("/cases?view=overdue").body; strings.Contains(body, "上次超时") || !strings.Contains(body, s.overdue) {
		t.Fatal("one is overdue")
	}
	s.breached(s.overdue)
	if body := b.get("/cases?view=overdue").body; !strings.Contains(body, "没有超时案件") || !strings.Contains(body, "上次超时") || !strings.Contains(body, "/cases/"+s.overdue) {
		t.Error("the last one is not told")
	}
	if body := s.as("hall").get("/cases?view=overdue").body; strings.Contains(body, s.overdue) {
		t.Error("another unit's is told")
	}
}

// breached lets every clock of a case that ran out be met now, after it was noted
// that it was missed.
func (s *seeded) breached(no string) {
	page, err := views.New(s.store).Case(s.t.Context(), query.Scope{All: true}, no)
	s.must(err)
	c := page.Case
	for i, k := range c.Clocks {
		if k.MetAt.IsZero() && !k.DueAt.After(s.clock()) {
			c.Clocks[i].BreachedAt, c.Clocks[i].MetAt = k.DueAt, s.clock()
		}
	}
	c.Version++
	s.must(s.store.Write(s.t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error { return cases.Put(ctx, tx, c) }))
}

// The first page tells what the day is about, and each number is that of the list
// it leads to.
func TestPulsePart(t *testing.T) {
	s := newSeeded(t)
	queue, _, _ := s.events()
	b := s.as("officer")
	body := b.get("/").body
	for _, want := range []string{"近 24 小时都在说什么", "/events/" + queue, "星期 × 小时"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	part := body[strings.Index(body, `id="part-pulse"`):]
	links := regexp.MustCompile(`href="(/stream\?[^"]+)">(?:[^<]*<small>)?(\d+)<`).FindAllStringSubmatch(part, -1)
	if len(links) < 3 {
		t.Fatalf("%d numbers lead to lists", len(links))
	}
	for _, l := range links {
		if list := b.get(html.UnescapeString(l[1])).body; !strings.Contains(list, `data-count="`+l[2]+" 条") {
			t.Errorf("%s says %s, the list does not", l[1], l[2])
		}
	}
	if strings.Contains(s.as("hall").get("/").body, `id="part-pulse"`) {
		t.Error("whoever does not see all posts is told of them")
	}
}
