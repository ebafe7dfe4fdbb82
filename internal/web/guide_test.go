package web_test

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying/docs"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/assets"
	"huiying/internal/web/templates"
	"huiying/notifier/casework/measure"
)

// guideDesk knows of every stage something else.
type guideDesk struct{ now time.Time }

func (d guideDesk) Flow(context.Context) ([]query.Stage, error) {
	return []query.Stage{
		{Key: query.StageGather, Last: d.now.Add(-2 * time.Minute), Waiting: 1, Since: d.now.Add(-9 * time.Minute)}, {Key: query.StageAnalyse, Waiting: query.Unknown},
		{Key: query.StageArchive, Last: d.now.Add(-3 * time.Minute), Waiting: 12}, {Key: query.StageAlert}, {Key: query.StageCase, Last: d.now.Add(-time.Hour), Waiting: 4, Since: d.now.Add(-2 * time.Hour)},
		{Key: query.StageRecord, Last: d.now, Waiting: 0},
	}, nil
}

func (guideDesk) Figures() []string {
	return append(measure.IDs(), query.FigureAlerts, query.FigureNoise, query.FigureBacklog)
}

func (guideDesk) Metrics(context.Context) ([]query.Metric, error) {
	return []query.Metric{{Name: "huiying_cases_overdue", Kind: "gauge", Help: "Open cases of which a limit has passed."}}, nil
}

func (guideDesk) Terms() []query.Term { return docs.Terms() }

// The help page says how far each stage is, what every figure is, which keys
// there are for the person, and how to ask for help.
func TestHelp(t *testing.T) {
	s := newSeeded(t)
	body := s.as("officer").get("/help").body
	for _, want := range []string{
		"1 个来源", "本进程不知道", "12 条结果", "没有积压", "4 件", "尚无数据", `href="/outcomes/on_time_honest"`, "误报率",
		"huiying_cases_overdue", "静默", "silence", "前往：信息流", "管理员甲", "请求编号", "Apache-2.0", "一周可用率", "没有任何联系方式",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	admin := s.as("admin").get("/help").body
	if strings.Contains(admin, "前往：信息流") || strings.Contains(admin, `href="/outcomes/`) || !strings.Contains(admin, `href="/admin#versions"`) {
		t.Error("the administrator is told of pages that are not his")
	}
	res := s.as("").get("/help")
	if res.status != http.StatusSeeOther {
		t.Errorf("nobody: %d", res.status)
	}
}

// The sheet of shortcuts and the pages agree: every key that a page answers to
// stands in the table, and every key of the table that presses something has
// something to press.
func TestShortcutsAreOnPages(t *testing.T) {
	table, err := assets.Shortcuts()
	if err != nil {
		t.Fatal(err)
	}
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	pressed := map[string]bool{"2": true} // with the actions of a case, whose keys the view gives
	raw, err := templates.Files().(interface {
		ReadFile(name string) ([]byte, error)
	}).ReadFile("pages/inbox.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`data-key="([^"{]+)"`).FindAllStringSubmatch(string(raw), -1) {
		pressed[m[1]] = true
	}
	for _, row := range table {
		if row.Do != "go" && !words.Has("web.keys."+row.ID) {
			t.Errorf("no sentence for the shortcut %s", row.ID)
		}
		if row.Do == "press" {
			for _, key := range row.Keys {
				if !pressed[key] {
					t.Errorf("nothing on a page answers to %s", key)
				}
				delete(pressed, key)
			}
		}
	}
	for key := range pressed {
		t.Errorf("a page answers to %s, which is not in the table", key)
	}
}

// Every number of the overview and of the administrator's page is explained.
func TestNumbersAreExplained(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := templates.Files().(interface {
		ReadFile(name string) ([]byte, error)
	}).ReadFile("pages/overview.html")
	if err != nil {
		t.Fatal(err)
	}
	kpis := regexp.MustCompile(`"kpi" dict "Name" "([a-z_]+)"`).FindAllStringSubmatch(string(raw), -1)
	if len(kpis) < 6 {
		t.Errorf("%d figures on the overview", len(kpis))
	}
	for _, m := range kpis {
		if !words.Has("web.help.kpi." + m[1]) {
			t.Errorf("the figure %s of the overview is not explained", m[1])
		}
	}
	for key := range words.Entries() {
		if name, ok := strings.CutPrefix(key, "web.admin.figure."); ok && !words.Has("web.help.admin."+name) {
			t.Errorf("the figure %s of the administration is not explained", name)
		}
	}
	for _, id := range (guideDesk{}).Figures() {
		if !words.Has("measure."+id) || !words.Has("measure.formula."+id) {
			t.Errorf("the response figure %s is not explained", id)
		}
	}
	for _, key := range []string{query.StageGather, query.StageAnalyse, query.StageArchive, query.StageAlert, query.StageCase, query.StageRecord} {
		for _, prefix := range []string{"web.help.stage.", "web.help.stage_does.", "web.help.stage_waits."} {
			if !words.Has(prefix + key) {
				t.Errorf("no sentence for %s%s", prefix, key)
			}
		}
	}
}

// Whatever goes wrong, the page says the number of the request; a refusal names
// the role and who grants it.
func TestErrorPagesSayTheRequest(t *testing.T) {
	s := newSeeded(t)
	number := regexp.MustCompile(`<span class="mono">([0-9a-f]{12})</span>`)
	for _, c := range []struct {
		who, path string
		status    int
		says      []string
	}{
		{"hall", "/admin/users", http.StatusForbidden, []string{"管理员", "授予"}},
		{"officer", "/no-such-page", http.StatusNotFound, []string{"没有这个页面"}},
		{"officer", "/cases/HY20260101-9999", http.StatusNotFound, nil},
		{"officer", "/readyz", http.StatusInternalServerError, []string{"已记入日志"}},
	} {
		s.panics = c.path == "/readyz"
		res := s.as(c.who).get(c.path)
		ids := number.FindAllStringSubmatch(res.body, -1)
		if res.status != c.status || len(ids) == 0 || !slices.ContainsFunc(ids, func(m []string) bool { return m[1] == res.header.Get("X-Request-Id") }) {
			t.Errorf("%s: %d, request %q, the page says %v", c.path, res.status, res.header.Get("X-Request-Id"), ids)
		}
		for _, want := range c.says {
			if !strings.Contains(res.body, want) {
				t.Errorf("%s lacks %q", c.path, want)
			}
		}
	}
}
