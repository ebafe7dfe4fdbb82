package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
)

// startDesk stands for the desk of the set-up.
type startDesk struct {
	start  query.Start
	refuse error
	put    []query.NewSource
	drills []string
	trial  query.SourceTrial
	drops  []string
}

func (d *startDesk) Standing(context.Context) (query.Start, error) { return d.start, nil }

func (d *startDesk) Drill(_ context.Context, rule string, _ huiying.Actor) error {
	d.drills = append(d.drills, rule)
	return d.refuse
}

func (d *startDesk) Places(list string) ([]query.PlaceAdvice, error) {
	if list == "" {
		return nil, nil
	}
	return []query.PlaceAdvice{{Word: list, Short: true, Left: "集中", Right: "卫生", Longer: []string{"后中卫"}}, {Word: "沙坡头"}}, d.refuse
}

func (d *startDesk) Ways() []string { return []string{"auto", "weibo", "feed", "gov-articles", "town"} }

func (d *startDesk) TrySource(context.Context, query.NewSource) (query.SourceTrial, error) {
	return d.trial, d.refuse
}

func (d *startDesk) PutSource(_ context.Context, n query.NewSource) (string, error) {
	d.put = append(d.put, n)
	return "town", d.refuse
}

func (d *startDesk) DropSource(_ context.Context, id string, _ huiying.Actor) error {
	d.drops = append(d.drops, id)
	return d.refuse
}

// newStartDesk is an office on its way: a source that was read, a draft, a
// roster, a drill that was acknowledged.
func newStartDesk(now time.Time) startDesk {
	zhou := huiying.Person{ID: "officer", Name: "周值班", Roles: []huiying.Role{huiying.RoleOfficer}, Contacts: []huiying.Contact{{Channel: "hook"}}}
	return startDesk{start: query.Start{
		At: now, File: "huiying.yaml", PublicURL: "https://hy.example.gov.cn", Office: "示例政务服务中心",
		Channels: []query.ChannelRow{{ID: "hook", Kind: "webhook"}},
		People: []query.StartPerson{
			{Person: zhou, Reachable: true, OnDuty: true}, {Person: huiying.Person{ID: "hall", Name: "韩承办", Roles: []huiying.Role{huiying.RoleResponder}}, File: true},
			{Person: huiying.Person{ID: "hall2", Name: "何同事"}, Reachable: true},
		},
		Units: units(),
		Sources: []query.StartSource{
			{Source: huiying.Source{ID: "forum-local", Kind: "forum", Name: "本地论坛"}, File: "huiying.yaml", Last: huiying.LedgerEntry{At: now, State: huiying.SourceOK}, Read: 12},
			{Source: huiying.Source{ID: "portal-news", Kind: "portal", Name: "门户网站新闻", Public: true}},
		},
		Rules: []query.RuleRow{
			{NewRule: query.NewRule{ID: "r-file", Name: "文件规则", When: "排队", Level: huiying.LevelOrange}, File: "rules.yaml"},
			{NewRule: query.NewRule{ID: "r-parking", Name: "大厅排队", When: "word(中卫) AND 排队", Level: huiying.LevelRed}, Change: "added"},
		},
		Draft: 4, Differs: true,
		Steps: []query.StartStep{{Key: "address", State: "done"}, {Key: "people", State: "done"}, {Key: "source", State: "done"}, {Key: "rule", State: "done"}, {Key: "roster", State: "half"}, {Key: "drill", State: "todo"}},
	}, trial: query.SourceTrial{
		Way: "feed", State: huiying.SourceOK, Seen: 2, Asked: 2, Took: 3 * time.Second,
		Posts: []query.TriedPost{{Begins: "政务大厅延时服务公告", URL: "https://town.example/1", PublishedAt: now, Length: 320}, {Begins: "无正文的一条", Missing: []string{"text"}}},
	}}
}

// What is typed is shown again with one clear sentence when it is refused, and
// nothing is done.
func TestStartRefuses(t *testing.T) {
	s := newSeeded(t)
	b := s.as("admin")
	rule := func(over url.Values) url.Values {
		v := url.Values{"do": {"draft"}, "name": {"大厅排队"}, "places": {"中卫"}, "about": {"大厅"}, "level": {"orange"}}
		for k, list := range over {
			v[k] = list
		}
		return v
	}
	roster := func(over url.Values) url.Values {
		v := url.Values{"name": {"总值班"}, "first": {"officer"}, "second": {"hall2"}}
		for k, list := range over {
			v[k] = list
		}
		return v
	}
	for _, c := range []struct {
		path string
		form url.Values
		says string
	}{
		{"/start/rule", rule(url.Values{"places": {" "}}), "请填地名"},
		{"/start/rule", rule(url.Values{"about": {""}}), "至少填一格"},
		{"/start/rule", rule(url.Values{"level": {"none"}}), "会预警"},
		{"/start/rule", rule(url.Values{"name": {""}}), "起个名字"},
		{"/start/rule", rule(url.Values{"do": {"x"}}), "不认识"},
		{"/start/roster", roster(url.Values{"second": {"officer"}}), "不同的人"},
		{"/start/roster", roster(url.Values{"second": {"hall"}}), "没有可用的联系渠道"},
		{"/start/roster", roster(url.Values{"first": {"nobody"}}), "两位在册人员"},
		{"/start/roster", roster(url.Values{"name": {""}}), "起个名字"},
		{"/start/people", url.Values{"do": {"contact"}, "id": {"hall"}}, "请选一个渠道"},
		{"/start/people", url.Values{"id": {"Bad Id"}, "name": {"x"}, "role": {"officer"}}, "Bad Id"},
		{"/start/source", url.Values{"do": {"x"}}, "不认识"},
	} {
		res := b.post(c.path, c.form)
		if res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, c.says) && c.says != "不认识" {
			t.Errorf("%s %v: %d, want %q", c.path, c.form, res.status, c.says)
		}
		for key, list := range c.form {
			if text := list[0]; key == "places" && strings.TrimSpace(text) != "" && !strings.Contains(res.body, `value="`+text+`"`) {
				t.Errorf("%s: what was typed is gone: %s", c.path, text)
			}
		}
	}
	s.starting.refuse = huiying.Errorf(huiying.Conflict, "start.source_known", "town")
	for path, form := range map[string]url.Values{
		"/start/source": {"do": {"put"}, "way": {"feed"}, "address": {"https://town.example/feed.xml"}},
		"/start/test":   {"do": {"drill"}, "rule": {"r-file"}},
	} {
		if res := b.post(path, form); res.status != http.StatusConflict || !strings.Contains(res.body, "town 在读") {
			t.Errorf("%s: %d", path, res.status)
		}
	}
	if n := len(s.rules.changes); n != 0 {
		t.Errorf("%d rules were kept", n)
	}
}

// Forms do what they say, and lead back to their step.
func TestStartForms(t *testing.T) {
	s := newSeeded(t)
	b := s.as("admin")
	for path, form := range map[string]url.Values{
		"/start/source": {"do": {"put"}, "way": {"feed"}, "address": {"https://town.example/feed.xml"}, "basis": {"协议"}},
		"/start/rule":   {"do": {"draft"}, "name": {"大厅排队"}, "places": {"中卫 沙坡头"}, "events": {"排队"}, "without": {"球队"}, "level": {"red"}, "unit": {"u-hall"}},
		"/start/roster": {"name": {"总值班"}, "first": {"officer"}, "second": {"hall2"}},
		"/start/test":   {"do": {"drill"}, "rule": {"r-file"}},
	} {
		if res := b.post(path, form); res.status != http.StatusSeeOther || !strings.HasPrefix(res.header.Get("Location"), "/start?step=") {
			t.Errorf("%s: %d %s", path, res.status, res.header.Get("Location"))
		}
	}
	if len(s.starting.put) != 1 || s.starting.put[0].Basis != "协议" || s.starting.put[0].By.ID != "admin" {
		t.Errorf("%+v", s.starting.put)
	}
	want := query.NewRule{ID: "first-2", Name: "大厅排队", When: "(word(中卫) OR word(沙坡头)) AND 排队", Exclude: []string{"球队"}, Level: huiying.LevelRed, Notify: []string{"u-hall"}}
	if len(s.rules.changes) != 1 || s.rules.changes[0].Rule.When != want.When || s.rules.changes[0].Rule.Exclude[0] != "球队" || s.rules.changes[0].Rule.Notify[0] != "u-hall" {
		t.Errorf("%+v", s.rules.changes)
	}
	if len(s.rules.tried) != 1 {
		t.Error("the draft is not tried")
	}
	duty, err := s.duty.Duty(t.Context(), s.clock(), s.clock().Add(time.Hour))
	if err != nil || len(duty.Rosters) != 1 || duty.Rosters[0].Roster.Layers[0].Start != "2026-11-23" || duty.Rosters[0].Roster.Layers[0].Turn != huiying.TurnWeek {
		t.Errorf("%v %+v", err, duty.Rosters)
	}
	if res := b.post("/start/people", url.Values{"do": {"contact"}, "id": {"hall"}, "channel": {"mail"}, "address": {"han@example.org"}}); res.status != http.StatusSeeOther {
		t.Errorf("a channel: %d", res.status)
	}
	if a, err := s.users.ByID(t.Context(), "hall"); err != nil || len(a.Person.Contacts) != 2 || a.Person.Contacts[0].Channel != "mail" || a.Person.Contacts[1].Channel != "hook" {
		t.Errorf("%+v %v", a.Person.Contacts, err)
	}
	if len(s.starting.drills) != 1 || s.starting.drills[0] != "r-file" {
		t.Errorf("%v", s.starting.drills)
	}
	if res := b.post("/start/rule", url.Values{"do": {"advise"}, "name": {"x"}, "places": {"中卫"}, "about": {"大厅"}, "level": {"red"}, "inside": {"1"}}); !strings.Contains(res.body, "集中|卫生") || !strings.Contains(res.body, "后中卫") || !strings.Contains(res.body, "会有误报") || !strings.Contains(res.body, "中卫 AND 大厅") {
		t.Error("the advice is not shown")
	}
	if res := b.post("/start/source", url.Values{"do": {"try"}, "way": {"auto"}, "address": {"https://town.example/feed.xml"}}); !strings.Contains(res.body, "政务大厅延时服务公告") || !strings.Contains(res.body, "没有正文") || !strings.Contains(res.body, `value="put"`) {
		t.Error("the trial is not shown")
	}
}

// An office in which everything is in place is shown quietly, and its empty
// lists lead nowhere; in one that is not, others than administrators are told
// whom to ask.
func TestStartLeads(t *testing.T) {
	w := newWorld(t)
	w.starting = newStartDesk(w.clock())
	w.starting.start.Steps[3].State = query.StepTodo
	if body := w.as("officer").get("/").body; !strings.Contains(body, "请找管理员：管理员甲") || strings.Contains(body, `href="/start`) {
		t.Error("the officer is not told whom to ask")
	}
	if body := w.as("officer").get("/inbox").body; !strings.Contains(body, "请找管理员：管理员甲") {
		t.Error("the empty inbox does not tell whom to ask")
	}
	if body := w.as("admin").get("/").body; !strings.Contains(body, `href="/start?step=rule#rule"`) {
		t.Error("the administrator is not led on")
	}
	for i := range w.starting.start.Steps {
		w.starting.start.Steps[i].State = query.StepDone
	}
	if body := w.as("admin").get("/").body; strings.Contains(body, `href="/start`) {
		t.Error("an office that is ready leads to the set-up")
	}
	if body := w.as("admin").get("/start").body; !strings.Contains(body, "六步都已就绪") || strings.Count(body, "✓") != 6 || strings.Contains(body, " open>") {
		t.Error("an office that is ready is not shown quietly")
	}
	res := w.as("officer").get("/start")
	if res.status != http.StatusForbidden || !strings.Contains(res.body, "管理员") {
		t.Errorf("the officer: %d", res.status)
	}
}
