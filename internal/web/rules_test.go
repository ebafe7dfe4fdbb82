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

// ruleDesk stands for the desk of the rules.
type ruleDesk struct {
	book      query.RuleBook
	trial     query.RuleTrial
	changes   []query.RuleChange
	published []query.RulePublication
	tried     []int
	stopped   int
	refuse    error
}

func (d *ruleDesk) Book(context.Context) (query.RuleBook, error) { return d.book, nil }

func (d *ruleDesk) Change(_ context.Context, c query.RuleChange) (int, error) {
	d.changes = append(d.changes, c)
	return c.Seen + 1, d.refuse
}

func (d *ruleDesk) Publish(_ context.Context, p query.RulePublication) error {
	d.published = append(d.published, p)
	return d.refuse
}

func (d *ruleDesk) Explain(_ context.Context, q query.RuleQuestion) (query.RuleAnswer, error) {
	return query.RuleAnswer{
		Rule: q.Rule, Holds: true, Why: "两项都成立",
		Parts:  []query.RulePart{{Expression: "停车 AND 难", Holds: true, Why: "两项都成立"}, {Depth: 1, Expression: "停车", Why: "没有这个词", Nearest: []string{"车位"}}},
		Tokens: []query.RuleTokens{{Field: "text", Words: []string{"大厅", "停车"}}}, Advice: []query.RuleAdviceLine{{Rule: q.Rule, Say: huiying.Errorf(huiying.Invalid, "rules.note")}},
	}, d.refuse
}

func (d *ruleDesk) Try(_ context.Context, days int, _ huiying.Actor) error {
	d.tried = append(d.tried, days)
	return d.refuse
}

func (d *ruleDesk) Trial(context.Context) query.RuleTrial { return d.trial }

func (d *ruleDesk) StopTrial(context.Context) { d.stopped++ }

func newRuleDesk(now time.Time) ruleDesk {
	return ruleDesk{
		book: query.RuleBook{
			Draft: 4, DraftBy: "officer", DraftAt: now, Differs: true,
			Rules: []query.RuleRow{
				{NewRule: query.NewRule{ID: "r-file", Name: "文件规则", When: "排队", Level: huiying.LevelOrange}, File: "rules.yaml", Hits: 12},
				{NewRule: query.NewRule{ID: "r-parking", Name: "停车难", When: "停车 AND <难>", Exclude: []string{"招聘"}, Level: huiying.LevelYellow, Notify: []string{"u-hall", "duty"}}, Change: "added"},
				{NewRule: query.NewRule{ID: "r-gone", Name: "旧规则", When: "旧", Level: huiying.LevelNone, Off: true}, Change: "removed"},
			},
			Versions: []query.RulesVersion{{Version: 2, By: "admin", Note: "加强停车", Added: []string{"r-gone"}}, {Version: 1, By: "admin", Note: "开始"}},
		},
		trial: query.RuleTrial{Days: 7, Draft: 3, By: "officer", BeganAt: now, EndedAt: now, Report: &query.TrialReport{
			Posts: 900, PerDay: 60, Tagged: query.TrialPair{New: 500, Old: 20}, Alerts: query.TrialPair{New: 420, Old: 10},
			Days: []query.TrialDay{{Day: "2026-11-22", Posts: 900}},
			Rules: []query.TrialRule{{Rule: "r-parking", Name: "停车难", Gained: 480, Hits: query.TrialPair{New: 480}, Sample: []query.TrialSample{
				{Post: "weibo:9", Sign: "+", Text: "…停车<太难>…", Level: "yellow"},
			}}},
		}},
	}
}

// The list shows what is in force, the draft, the trial and the versions, each
// to those who may see it.
func TestRulesList(t *testing.T) {
	s := newSeeded(t)
	s.rules = newRuleDesk(s.clock())
	page := s.as("officer").get("/rules").body
	for _, want := range []string{"文件规则", "rules.yaml", "停车 AND &lt;难&gt;", "新增", "删除", "草稿与现行规则不同", "由管理员发布", "加强停车", "/stream?rule=r-file&amp;period=7d", "停车&lt;太难&gt;", "看不过来", "草稿此后又改过"} {
		if !strings.Contains(page, want) {
			t.Errorf("an officer does not see %q", want)
		}
	}
	if strings.Contains(page, `"/rules/publication"`) || strings.Contains(page, `href="/rules/r-gone"`) {
		t.Error("an officer is offered to publish, or a rule that is gone")
	}
	page = s.as("admin").get("/rules").body
	if !strings.Contains(page, `"/rules/publication"`) || !strings.Contains(page, "回退到第 1 版") || strings.Contains(page, "太难&gt;") || strings.Contains(page, "/stream?rule") {
		t.Error("an administrator cannot publish, or sees posts")
	}
	s.rules.trial = query.RuleTrial{Days: 30, BeganAt: s.clock(), Done: 10, Of: 900}
	page = s.as("reviewer").get("/rules").body
	if !strings.Contains(page, "正在试跑") || !strings.Contains(page, `hx-trigger="every 2s"`) || strings.Contains(page, `value="stop"`) || strings.Contains(page, `href="/rules/new"`) {
		t.Error("a reviewer may write, or does not see the trial")
	}
}

func TestRuleSteps(t *testing.T) {
	s := newSeeded(t)
	s.rules = newRuleDesk(s.clock())
	officer, admin, reviewer := s.as("officer"), s.as("admin"), s.as("reviewer")
	form := url.Values{
		"draft": {"4"}, "do": {"save"}, "id": {"r-new"}, "name": {"新规则"}, "level": {"yellow"}, "places": {"中卫"}, "events": {"停车 车位"},
		"exclude": {"招聘\r\n\r\n/期/"}, "unit": {"u-hall"}, "notify": {"duty u-hall"},
	}
	if res := officer.post("/rules/new", form); res.status != http.StatusSeeOther {
		t.Fatalf("%d %s", res.status, res.body)
	}
	got := s.rules.changes[0]
	if got.Was != "" || got.Seen != 4 || got.Actor.ID != "officer" || got.Rule.When != "word(中卫) AND (停车 OR 车位)" ||
		strings.Join(got.Rule.Exclude, "|") != "招聘|/期/" || strings.Join(got.Rule.Notify, " ") != "duty u-hall" {
		t.Errorf("%+v", got)
	}
	if res := officer.post("/rules/r-parking", url.Values{"draft": {"4"}, "do": {"remove"}}); res.status != http.StatusSeeOther || !s.rules.changes[1].Remove || s.rules.changes[1].Was != "r-parking" {
		t.Errorf("%d %+v", res.status, s.rules.changes)
	}
	if res := reviewer.post("/rules/r-parking", url.Values{"draft": {"4"}, "do": {"remove"}}); res.status != http.StatusForbidden {
		t.Errorf("a reviewer removes: %d", res.status)
	}
	if res := reviewer.post("/rules/r-parking/why", url.Values{"text": {"大厅停车难"}}); res.status != http.StatusOK || !strings.Contains(res.body, "车位") || !strings.Contains(res.body, "发布说明") {
		t.Errorf("explain: %d", res.status)
	}
	if res := officer.post("/rules/publication", url.Values{"draft": {"4"}, "note": {"x"}}); res.status != http.StatusForbidden || len(s.rules.published) != 0 {
		t.Errorf("an officer publishes: %d", res.status)
	}
	admin.post("/rules/publication", url.Values{"draft": {"4"}, "note": {"加强停车"}})
	admin.post("/rules/publication", url.Values{"draft": {"4"}, "back": {"1"}, "note": {"退"}})
	if len(s.rules.published) != 2 || s.rules.published[0].Note != "加强停车" || s.rules.published[1].Back != 1 {
		t.Errorf("%+v", s.rules.published)
	}
	officer.post("/rules/trial", url.Values{"days": {"30"}})
	officer.post("/rules/trial", url.Values{"do": {"stop"}})
	if len(s.rules.tried) != 1 || s.rules.tried[0] != 30 || s.rules.stopped != 1 {
		t.Errorf("%v %d", s.rules.tried, s.rules.stopped)
	}
	s.rules.refuse = huiying.Errorf(huiying.Conflict, "rules.draft_changed", "admin")
	form.Set("name", "改过的名")
	if res := officer.post("/rules/new", form); res.status != http.StatusConflict || !strings.Contains(res.body, "改过的名") || !strings.Contains(res.body, "刚刚改过草稿") {
		t.Errorf("refused: %d", res.status)
	}
	if res := officer.post("/rules/r-parking", form); res.status != http.StatusConflict || !strings.Contains(res.body, "改过的名") {
		t.Errorf("refused: %d", res.status)
	}
	if res := officer.get("/rules/r-none"); res.status != http.StatusNotFound {
		t.Errorf("a rule there is not: %d", res.status)
	}
	if res := officer.get("/rules/r-file"); !strings.Contains(res.body, "只读") || strings.Contains(res.body, `name="when"`) {
		t.Error("a file's rule can be written")
	}
	s.rules.refuse = nil
	var book struct {
		Draft int
		Rules []query.RuleRow
	}
	officer.call(http.MethodGet, "/api/v1/rules", nil, &book)
	if book.Draft != 4 || len(book.Rules) != 3 {
		t.Errorf("%+v", book)
	}
	officer.call(http.MethodPut, "/api/v1/rules/r-api", map[string]any{"new": true, "draft": 4, "rule": map[string]any{"id": "", "name": "n", "when": "w", "level": "blue"}}, nil)
	if c := s.rules.changes[len(s.rules.changes)-1]; c.Was != "" || c.Rule.ID != "r-api" || c.Seen != 4 {
		t.Errorf("%+v", c)
	}
	var trial struct {
		Running bool
		Report  *query.TrialReport
	}
	admin.call(http.MethodGet, "/api/v1/rules/trial", nil, &trial)
	if trial.Running || trial.Report == nil || len(trial.Report.Rules[0].Sample) != 0 {
		t.Errorf("%+v", trial)
	}
}
