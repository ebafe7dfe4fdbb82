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

// deadLink is the post of a finding.
const deadLink = "portal:zw.example.gov.cn/fdead"

// patrolDesk stands for the desk of the inspection.
type patrolDesk struct {
	unset, quiet bool
	state        string // of the finding
	orders       []string
	excepted     []query.NewException
	also         string // another finding there is
	refuse       error
}

func (d *patrolDesk) Sites(context.Context) ([]query.PatrolSite, error) {
	if d.unset {
		return nil, nil
	}
	at := time.Date(2026, 11, 23, 6, 10, 0, 0, time.UTC)
	site := query.PatrolSite{
		Source: "portal-news", Name: "门户网站", Home: "https://zw.example.gov.cn/", Visited: at, State: "ok", Probing: true, Letters: 12, LettersAt: at,
		Probes: query.PatrolProbes{Slots: 168, Probes: 160, Closed: 3, Slow: 1, Silent: 2, Gaps: 8, Limit: 5},
		Round:  query.PatrolRound{Ended: at, Addresses: 412, Pages: 98, Unread: 7, Unsaid: 3, Looked: 20, Of: 60},
		Columns: []query.PatrolColumn{
			{Name: "工作动态", URL: "https://zw.example.gov.cn/gzdt/", Newest: at.AddDate(0, 0, -20), Days: 20, Limit: "14 天", Stale: true},
			{Name: "办事指南", URL: "https://zw.example.gov.cn/bszn/", Newest: at.AddDate(0, 0, -3), Days: 3, Own: 90}, {Name: "旧栏目", URL: "https://zw.example.gov.cn/jlm/", Blank: true}, {Name: "无日期", URL: "https://zw.example.gov.cn/wrq/"},
		},
		Cert: query.PatrolCert{At: at, NotAfter: at.AddDate(0, 0, 21), Left: 21},
		Open: map[string]int{"link-dead": 1, "column-stale": 1}, Total: 2,
	}
	if d.quiet {
		site.Open, site.Total = map[string]int{}, 0
	}
	return []query.PatrolSite{site}, nil
}

func (d *patrolDesk) found() query.PatrolFinding {
	at := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	f := query.PatrolFinding{
		Post: deadLink, Source: "portal-news", Title: "门户网站死链：表格下载", URL: "https://zw.example.gov.cn/bszn/", Object: "https://zw.example.gov.cn/a.html", Text: "死链 <a>\n地址：……", State: query.FindingOpen,
		Finding: huiying.Finding{Check: "link-dead", Level: huiying.LevelYellow, Found: "HTTP 404", Limit: "1 个", Basis: "产品预设"}, Began: at, At: at, LookedAt: at.Add(time.Hour), Came: "still",
	}
	if d.state != "" {
		f.State = d.state
	}
	if f.State == query.FindingExcepted {
		f.Exception = &query.PatrolException{Until: at.AddDate(0, 1, 0), Reason: "正在改版", By: "officer", At: at}
	}
	return f
}

func (d *patrolDesk) Findings(_ context.Context, f query.PatrolFilter) (query.PatrolFindings, error) {
	if d.quiet || f.State == query.FindingOver || f.Check != "" && f.Check != "link-dead" {
		return query.PatrolFindings{}, nil
	}
	return query.PatrolFindings{Rows: []query.PatrolFinding{d.found()}, Total: 1}, nil
}

func (d *patrolDesk) Finding(_ context.Context, post string) (query.PatrolPage, error) {
	if post != deadLink && post != d.also {
		return query.PatrolPage{}, huiying.Errorf(huiying.NotFound, "patrol.no_finding")
	}
	at := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	return query.PatrolPage{PatrolFinding: d.found(), History: []query.PatrolStep{
		{At: at.Add(time.Hour), What: "patrol_rescanned", By: "officer"}, {At: at, What: "told", Level: huiying.LevelYellow, Found: "HTTP 404"},
	}}, nil
}

func (d *patrolDesk) Rescan(_ context.Context, post string, who huiying.Actor) error {
	d.orders = append(d.orders, "rescan "+post+" "+who.ID)
	return d.refuse
}

func (d *patrolDesk) Except(_ context.Context, n query.NewException) error {
	d.excepted = append(d.excepted, n)
	return d.refuse
}

func (d *patrolDesk) EndException(_ context.Context, post string, who huiying.Actor) error {
	d.orders = append(d.orders, "end "+post+" "+who.ID)
	return d.refuse
}

// The page shows how the site stands and what was found, and each kind of
// nothing in its own words.
func TestPatrolPage(t *testing.T) {
	s := newSeeded(t)
	officer := s.as("officer")
	page := officer.get("/patrol").body
	for _, want := range []string{"98.1%", "打不开 3/160 次", "工作动态", "20 天", "超限", "14 天", "90 天", "空白", "不判", "死链", "表格下载", "未立案", "21 天", `/patrol?check=link-dead`, "记着 12 封来信", `href="/patrol/` + deadLink + `"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if page = officer.get("/patrol?check=wording").body; !strings.Contains(page, "没有符合条件的发现") || !strings.Contains(page, "清除筛选") {
		t.Error("a filter without result")
	}
	s.patrol.quiet = true
	if page = officer.get("/patrol").body; !strings.Contains(page, "没有未恢复的问题") {
		t.Error("all is well")
	}
	s.patrol.unset = true
	if page = officer.get("/patrol").body; !strings.Contains(page, "kind: patrol") || !strings.Contains(page, "还没有配置门户巡检") {
		t.Error("nothing is configured")
	}
	if res := officer.get("/patrol?site=other"); res.status != http.StatusOK {
		t.Errorf("%d", res.status)
	}
	s.patrol.unset = false
	if res := officer.get("/patrol?site=other"); res.status != http.StatusNotFound {
		t.Errorf("%d", res.status)
	}
	for _, who := range []string{"hall", "reviewer"} {
		if res := s.as(who).get("/patrol"); res.status != http.StatusForbidden {
			t.Errorf("%s: %d", who, res.status)
		}
	}
}

func TestPatrolOrders(t *testing.T) {
	s := newSeeded(t)
	officer, admin := s.as("officer"), s.as("admin")
	path := "/patrol/" + deadLink
	page := officer.get(path).body
	for _, want := range []string{"死链 &lt;a&gt;", "HTTP 404", "仍然存在", "请求复查", "产品预设", `value="rescan"`, `value="except"`, `value="open"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if page = admin.get(path).body; strings.Contains(page, `value="open"`) {
		t.Error("an administrator is offered to open a case")
	}
	if res := officer.post(path, url.Values{"do": {"rescan"}}); res.status != http.StatusSeeOther || s.patrol.orders[0] != "rescan "+deadLink+" officer" {
		t.Errorf("%d %v", res.status, s.patrol.orders)
	}
	if res := officer.post(path, url.Values{"do": {"except"}, "until": {"2026-12-31"}, "reason": {"正在改版"}}); res.status != http.StatusSeeOther {
		t.Fatalf("%d %s", res.status, res.body)
	}
	if n := s.patrol.excepted[0]; n.Post != deadLink || n.Reason != "正在改版" || n.Until.In(s.zone).Format("2006-01-02 15:04") != "2027-01-01 00:00" || n.Actor.ID != "officer" {
		t.Errorf("%+v", n)
	}
	if res := officer.post(path, url.Values{"do": {"except"}, "until": {"下周"}}); res.status != http.StatusUnprocessableEntity {
		t.Errorf("%d", res.status)
	}
	s.patrol.state = query.FindingExcepted
	if page = officer.get(path).body; !strings.Contains(page, "正在改版") || !strings.Contains(page, `value="unexcept"`) || strings.Contains(page, `value="rescan"`) {
		t.Error("what is excepted does not say so")
	}
	if res := admin.post(path, url.Values{"do": {"unexcept"}}); res.status != http.StatusSeeOther || s.patrol.orders[1] != "end "+deadLink+" admin" {
		t.Errorf("%d %v", res.status, s.patrol.orders)
	}
	s.patrol.refuse = huiying.Errorf(huiying.Conflict, "patrol.asked_already")
	if res := officer.post(path, url.Values{"do": {"rescan"}}); res.status != http.StatusConflict || !strings.Contains(res.body, "请稍等") {
		t.Errorf("%d", res.status)
	}
	for what, status := range map[string]int{"admin opens": admin.post(path, url.Values{"do": {"open"}}).status, "hall": s.as("hall").post(path, url.Values{"do": {"rescan"}}).status} {
		if status != http.StatusForbidden {
			t.Errorf("%s: %d", what, status)
		}
	}
	if got := officer.post(path, url.Values{"do": {"x"}}).status; got != http.StatusUnprocessableEntity {
		t.Errorf("%d", got)
	}
	if got := officer.get("/patrol/portal:none").status; got != http.StatusNotFound {
		t.Errorf("%d", got)
	}
	for path, want := range map[string]int{"/api/v1/patrol": 200, "/api/v1/patrol/findings?state=open": 200, "/api/v1/patrol/finding?post=" + url.QueryEscape(deadLink): 200, "/api/v1/patrol/finding?post=x": 404, "/api/v1/patrol/findings?state=x": 422} {
		if res := officer.get(path); res.status != want {
			t.Errorf("%s: %d %s", path, res.status, res.body)
		}
	}
}

// A case is opened of a finding by hand, as of any post.
func TestPatrolOpensCase(t *testing.T) {
	s := newSeeded(t)
	id := s.say(utterance{text: "死链", rule: "finding-link-dead", ruleName: "死链", level: huiying.LevelYellow, platform: "portal", source: "patrol"})
	s.patrol.also = id
	res := s.as("officer").post("/patrol/"+id, url.Values{"do": {"open"}, "note": {"请承办"}})
	if res.status != http.StatusSeeOther || !strings.HasPrefix(res.header.Get("Location"), "/cases/") {
		t.Fatalf("%d %s", res.status, res.header.Get("Location"))
	}
	if page := s.as("officer").get(strings.Split(res.header.Get("Location"), "?")[0]); page.status != http.StatusOK {
		t.Errorf("%d", page.status)
	}
}
