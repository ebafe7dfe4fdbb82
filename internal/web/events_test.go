package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/analyzer/gather"
	apptopics "huiying/internal/app/topics"
	"huiying/internal/query"
	"huiying/internal/store/topics"
)

// topicDesk is the room where posts are gathered and the store's decisions,
// wired as the application does.
type topicDesk struct {
	w    *world
	room *gather.Room
	book *topics.Book
}

func newTopicDesk(w *world) topicDesk {
	room, err := gather.Open(context.Background(), gather.Options{Now: w.clock, Zone: w.zone})
	w.must(err)
	return topicDesk{w, room, topics.New(w.store)}
}

func (d *topicDesk) Topics(context.Context) ([]query.Topic, error) {
	var out []query.Topic
	for _, e := range d.room.Topics(d.w.clock()) {
		t, _ := d.Topic(context.Background(), e.ID)
		out = append(out, t)
	}
	return out, nil
}

func (d *topicDesk) Topic(_ context.Context, id string) (query.Topic, error) {
	e, open := d.room.Topic(id, d.w.clock())
	if !open {
		return query.Topic{}, huiying.Errorf(huiying.NotFound, "cluster.no_event", id)
	}
	return query.Topic{
		ID: e.ID, Title: e.Title, First: e.First, Last: e.Last, Size: e.Size, Voices: e.Voices, Platforms: e.Platforms, Stage: string(e.Stage),
		Hours: e.Hours[:], Typical: e.Typical, Merged: e.Aliases,
	}, nil
}

func (d *topicDesk) Decide(ctx context.Context, n query.NewTopicDecision) (string, error) {
	matters, err := apptopics.Joining(ctx, d.w.store.Reader(), n.Posts)
	if err != nil && n.Action == huiying.TopicAdded {
		return "", err
	}
	c, err := d.room.Decide(ctx, gather.Decision{Action: n.Action, Topic: n.Topic, From: n.From, Posts: n.Posts, Title: n.Title, By: n.Actor.ID, Matters: matters})
	if err != nil {
		return "", err
	}
	return c.Topic, d.book.Save(ctx, c)
}

func (d *topicDesk) Decisions(ctx context.Context, id string) ([]query.TopicDecision, error) {
	return topics.Decisions(ctx, d.w.store.Reader(), id)
}

// gathered is a post that is gathered as the analyzer does, ago before now.
func (d *topicDesk) gathered(text string, ago time.Duration) (post, topic string) {
	at := d.w.clock().Add(-ago)
	post = d.w.say(utterance{
		text: text, rule: "r-hall", ruleName: "大厅", level: huiying.LevelYellow, sentiment: "negative", ago: ago,
		topic: func(id, text string) string {
			f, err := d.room.Gather(context.Background(), []gather.Matter{{ID: id, Text: text, Rule: "r-hall", Author: id, Platform: "weibo", At: at, Hour: at}})
			d.w.must(err)
			topic = f[0].Topic
			return topic
		},
	})
	return post, topic
}

// events are two matters, the first of three posts over two days.
func (s *seeded) events() (queue, system, post string) {
	_, queue = s.topics.gathered("政务大厅排队三个小时还没轮到，窗口只开了两个，后面全是人", 30*time.Hour)
	post, _ = s.topics.gathered("今天去政务大厅办事，排队排了三个小时，窗口只开两个，太离谱了", 5*time.Hour)
	s.topics.gathered("政务大厅只开两个窗口，排队三小时还没办上，老人都站不住了", time.Hour)
	_, system = s.topics.gathered("社保系统崩溃了，窗口说今天办不了业务，让明天再来跑一趟", 2*time.Hour)
	return queue, system, post
}

// The list shows each event by its most typical post until somebody names it.
func TestEvents(t *testing.T) {
	s := newSeeded(t)
	queue, system, _ := s.events()
	if queue == system {
		t.Fatal("two matters are one event")
	}
	b := s.as("officer")
	body := b.get("/events").body
	for _, want := range []string{"/events/" + queue, "/events/" + system, "3 条 · 约 3 人", "系统聚类·待确认", "社保系统崩溃了", "近七天每天条数："} {
		if !strings.Contains(body, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	if strings.Index(body, "/events/"+queue) > strings.Index(body, "/events/"+system) {
		t.Error("the event with fewer posts of the last day comes first")
	}
	s.must(postErr(b.post("/events/"+queue, url.Values{"action": {"renamed"}, "title": {" 大厅排队 "}})))
	body = b.get("/events/" + queue).body
	for _, want := range []string{"<h1>大厅排队</h1>", "改名为“大厅排队”", "周值班", "老人都站不住了"} {
		if !strings.Contains(body, want) {
			t.Errorf("the event lacks %q", want)
		}
	}
	if strings.Contains(body, "系统聚类·待确认") {
		t.Error("an event that somebody named is unconfirmed")
	}
}

// One event is merged into another, whose page takes over, and a later post of
// either goes there.
func TestMergeEvents(t *testing.T) {
	s := newSeeded(t)
	queue, system, _ := s.events()
	b := s.as("officer")
	res := b.post("/events/"+queue, url.Values{"action": {"merged"}, "from": {system}})
	if res.status != http.StatusSeeOther || !strings.HasSuffix(res.header.Get("Location"), "/events/"+queue+"?done=event_merged") {
		t.Fatalf("%d %s", res.status, res.body)
	}
	if res := b.get("/events/" + system); res.status != http.StatusSeeOther || res.header.Get("Location") != "/events/"+queue {
		t.Errorf("the page of the one that went: %d %s", res.status, res.header.Get("Location"))
	}
	if _, topic := s.topics.gathered("社保系统崩溃了，今天窗口办不了业务，只能明天再来", 0); topic != queue {
		t.Errorf("a later post went to %s", topic)
	}
	body := b.get("/events/" + queue).body
	if !strings.Contains(body, "并入了 "+system) || strings.Count(body, "data-row") != 5 {
		t.Error("the event does not show what was merged into it")
	}
}

// Ticked posts become another event; the page of such a post leads there.
func TestSplitEvent(t *testing.T) {
	s := newSeeded(t)
	queue, _, post := s.events()
	b := s.as("manager")
	res := b.post("/events/"+queue, url.Values{"action": {"split"}, "post": {post}, "title": {"另一天"}})
	to := strings.TrimSuffix(res.header.Get("Location"), "?done=event_split")
	if res.status != http.StatusSeeOther || to == "/events/"+queue {
		t.Fatalf("%d %s", res.status, res.body)
	}
	body := b.get(to).body
	if !strings.Contains(body, "<h1>另一天</h1>") || !strings.Contains(body, "太离谱了") || strings.Contains(body, "老人都站不住了") {
		t.Error("the new event does not hold what was taken")
	}
	if body := b.get("/events/" + queue).body; strings.Contains(body, post+`"`) && strings.Contains(body, "太离谱了") {
		t.Error("the old event still holds it")
	}
	s.topics.gathered("今天去政务大厅办事，排队排了三个小时，窗口只开两个，太离谱了！！", 0)
	if body := b.get("/posts/" + post).body; !strings.Contains(body, `href="`+to+`"`) {
		t.Error("the post does not lead to its new event")
	}
}

// What cannot be is refused on the page in words, with the form as it was sent.
func TestEventRefuses(t *testing.T) {
	s := newSeeded(t)
	queue, system, post := s.events()
	for _, c := range []struct {
		who    string
		form   url.Values
		status int
		says   string
	}{
		{"officer", url.Values{"action": {"split"}}, http.StatusNotFound, "请勾选原帖"},
		{"officer", url.Values{"action": {"merged"}, "from": {queue}}, http.StatusUnprocessableEntity, "已经是同一个主题"},
		{"officer", url.Values{"action": {"renamed"}, "title": {" "}}, http.StatusUnprocessableEntity, "名称不能为空"},
		{"officer", url.Values{"action": {"burn"}, "post": {post}}, http.StatusUnprocessableEntity, "不是对主题的操作"},
		{"reviewer", url.Values{"action": {"merged"}, "from": {system}}, http.StatusForbidden, ""},
		{"hall", url.Values{"action": {"merged"}, "from": {system}}, http.StatusForbidden, ""},
	} {
		res := s.as(c.who).post("/events/"+queue, c.form)
		if res.status != c.status || !strings.Contains(res.body, c.says) {
			t.Errorf("%v: %d", c.form, res.status)
		}
		if c.form.Get("action") == "burn" && !strings.Contains(res.body, `value="`+post+`" checked`) {
			t.Error("the ticks are lost")
		}
	}
	if res := s.as("officer").get("/events/t-none"); res.status != http.StatusNotFound || !strings.Contains(res.body, "没有编号为 t-none 的主题") {
		t.Errorf("an event that is not: %d", res.status)
	}
	if body := s.as("reviewer").get("/events/" + queue).body; strings.Contains(body, `name="action"`) {
		t.Error("whoever may not decide has the forms")
	}
}

// An event that has closed still shows its posts, and nothing can be decided; it
// can be summed up.
func TestClosedEvent(t *testing.T) {
	s := newSeeded(t)
	s.say(utterance{text: "很久以前排队的事", rule: "r-hall", topic: func(_, _ string) string { return "t-closed" }})
	body := s.as("officer").get("/events/t-closed").body
	if !strings.Contains(body, "已关闭") || !strings.Contains(body, "很久以前排队的事") || !strings.Contains(body, `name="summary"`) {
		t.Error("the page of a closed event")
	}
	for _, action := range []string{"merged", "split", "renamed"} {
		if strings.Contains(body, `name="action" value="`+action+`"`) {
			t.Errorf("a closed event can be %s", action)
		}
	}
}

func TestAPITopics(t *testing.T) {
	s := newSeeded(t)
	queue, system, post := s.events()
	b := s.as("officer")
	var list struct{ Topics []query.Topic }
	if res := b.call(http.MethodGet, "/api/v1/topics", nil, &list); res.status != http.StatusOK || len(list.Topics) != 2 || !strings.Contains(res.body, "+08:00") {
		t.Fatalf("%d %s", res.status, res.body)
	}
	var one struct {
		Topic     query.Topic
		Decisions []query.TopicDecision
	}
	decide := func(body map[string]any) int {
		return b.call(http.MethodPost, "/api/v1/topics/"+queue+"/decisions", body, &one).status
	}
	if status := decide(map[string]any{"action": "split", "posts": []string{post}, "title": "另一天"}); status != http.StatusOK || one.Topic.Title != "另一天" || one.Topic.Size != 1 {
		t.Errorf("split: %d %+v", status, one)
	}
	if status := decide(map[string]any{"action": "merged", "from": system}); status != http.StatusOK || one.Topic.Size != 3 || len(one.Decisions) != 2 || one.Decisions[1].By != "officer" {
		t.Errorf("merged: %d %+v", status, one)
	}
	if res := b.call(http.MethodGet, "/api/v1/topics/"+system, nil, &one); res.status != http.StatusOK || one.Topic.ID != queue || len(one.Topic.Merged) != 1 {
		t.Errorf("by the old name: %d %+v", res.status, one.Topic)
	}
	var f failure
	if res := b.call(http.MethodPost, "/api/v1/topics/t-none/decisions", map[string]any{"action": "renamed", "title": "x"}, &f); res.status != http.StatusNotFound || f.Message == "" {
		t.Errorf("no topic: %d %+v", res.status, f)
	}
	if res := b.call(http.MethodPost, "/api/v1/topics/"+queue+"/decisions", map[string]any{"action": "burst"}, &f); res.status != http.StatusUnprocessableEntity {
		t.Errorf("no decision: %d %+v", res.status, f)
	}
}
