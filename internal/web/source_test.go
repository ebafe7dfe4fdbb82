package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/app/sourcing"
	"huiying/internal/query"
	"huiying/internal/store/access"
	"huiying/internal/store/definitions"
)

// The page of a source shows its hours, visits and gaps and never its options,
// which may hold a cookie.
func TestSourcePage(t *testing.T) {
	s := newSeeded(t)
	admin := s.as("admin")
	list := admin.get("/sources").body
	if !strings.Contains(list, `href="/sources/weibo-office"`) || !strings.Contains(list, `href="/sources/register"`) {
		t.Error("the list leads nowhere")
	}
	for id, want := range map[string][]string{"weibo-office": {"最近 24 小时", "最近的采集", "采集登记册", "有效"}, "forum-local": {"网站要求登录", "HTTP 302", "至今"}} {
		res := admin.get("/sources/" + id)
		if res.status != http.StatusOK {
			t.Fatalf("%s: %d", id, res.status)
		}
		for _, w := range want {
			if !strings.Contains(res.body, w) {
				t.Errorf("%s lacks %s", id, w)
			}
		}
		if strings.Contains(res.body, "SUB=secret") {
			t.Errorf("%s shows its cookie", id)
		}
	}
	if res := admin.get("/sources/none"); res.status != http.StatusNotFound {
		t.Errorf("a source that there is not: %d", res.status)
	}
}

// An administrator wants one visit and sets how often a source is read; a site
// that refuses is not hurried, and a file is not touched.
func TestSourceOrders(t *testing.T) {
	s := newSeeded(t)
	admin := s.as("admin")
	at := "/sources/weibo-office"
	if page := admin.get(at).body; !strings.Contains(page, "立即采集") || !strings.Contains(page, `name="every" min="1" max="1440" required value="60"`) {
		t.Fatal("nothing can be ordered")
	}
	if page := s.as("officer").get(at).body; strings.Contains(page, "立即采集") {
		t.Error("an order is offered to whom it is refused")
	}
	run, rate := url.Values{"action": {"run"}}, func(every, slowest string) url.Values {
		return url.Values{"action": {"rate"}, "every": {every}, "slowest": {slowest}}
	}
	s.must(postErr(admin.post(at, run)))
	if res := admin.post(at, run); res.status != http.StatusConflict || !strings.Contains(res.body, "已经要求过立即采集") {
		t.Errorf("wanted twice: %d", res.status)
	}
	laid, err := sourcing.Lay(t.Context(), definitions.New(s.store), definitions.Definition{ID: "weibo-office", Body: []byte(`{"id":"weibo-office"}`)})
	var src huiying.Source
	if err != nil || json.Unmarshal(laid, &src) != nil || !src.Asked.Equal(s.clock()) {
		t.Errorf("it does not travel: %s %v", laid, err)
	}
	if res := admin.post("/sources/forum-local", run); res.status != http.StatusConflict || !strings.Contains(res.body, "不能催") {
		t.Errorf("a site that refuses was hurried: %d", res.status)
	}
	for _, wrong := range []url.Values{rate("0", ""), rate("1441", ""), rate("x", ""), rate("30", "20"), rate("30", "20000"), {"action": {"none"}}} {
		if res := admin.post(at, wrong); res.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", wrong, res.status)
		}
	}
	s.must(postErr(admin.post(at, rate("30", "240"))))
	def, err := definitions.New(s.store).Get(t.Context(), "source", "weibo-office")
	if err != nil || json.Unmarshal(def.Body, &src) != nil || src.Every != 30*time.Minute || src.Slowest != 4*time.Hour || def.Author != "admin" {
		t.Errorf("%s %v", def.Body, err)
	}
	for action, detail := range map[string]string{access.SourceAsked: "", access.SourceRated: "1h0m0s → 30m0s–4h0m0s"} {
		log, err := s.access.Of(t.Context(), "weibo-office", action, 5)
		if err != nil || len(log) != 1 || log[0].Actor != "admin" || log[0].Detail != detail {
			t.Errorf("%s: %+v %v", action, log, err)
		}
	}
	_, err = definitions.New(s.store).Import(t.Context(), "source", "huiying.yaml", []definitions.Definition{{ID: "weibo-office", Author: "file", Body: def.Body}})
	s.must(err)
	if page := admin.get(at).body; !strings.Contains(page, "由配置文件 huiying.yaml 定义") || strings.Contains(page, `name="every"`) {
		t.Error("the page does not name the file")
	}
	if res := admin.post(at, rate("30", "")); res.status != http.StatusForbidden || !strings.Contains(res.body, "huiying.yaml") {
		t.Errorf("a file was overwritten: %d", res.status)
	}
	s.stopped.Stopped = true
	if res := admin.post("/sources/weibo-mentions", run); res.status != http.StatusConflict || !strings.Contains(res.body, "全部采集已停止") {
		t.Errorf("while all collection is stopped: %d", res.status)
	}
}

// The register names the basis of every source and says when it ends; as a
// file no cell of it is a formula.
func TestRegister(t *testing.T) {
	s := newSeeded(t)
	admin := s.as("admin")
	page := admin.get("/sources/register").body
	for _, want := range []string{"政务公开协议", "有效", "公开信息，未登记专门依据", "30 天内到期", "每日 500 次"} {
		if !strings.Contains(page, want) {
			t.Errorf("the register lacks %s", want)
		}
	}
	file := admin.get("/sources/register.csv")
	if !strings.HasPrefix(file.body, "\ufeff编号,名称,") || !strings.Contains(file.body, ",'=HYPERLINK(1),") || file.header.Get("Content-Disposition") == "" {
		t.Errorf("the file: %.300s", file.body)
	}
}

// registerRows are rows of every standing.
func registerRows(now time.Time) []query.RegisterRow {
	row := func(id, name string, r huiying.Register) query.RegisterRow {
		return query.RegisterRow{Source: huiying.Source{ID: id, Name: name, Kind: "weibo", Register: r}, Host: "m.weibo.cn", PerDay: 500, Delay: 2 * time.Second, Standing: query.StandingOf(r, now)}
	}
	held := huiying.Register{Basis: "政务公开协议", Reference: "示政办〔2026〕1号", Holder: "示例市政务服务中心"}
	long, soon := held, held
	long.Expires, soon.Expires = now.AddDate(1, 0, 0), now.AddDate(0, 0, 10)
	return []query.RegisterRow{row("weibo-office", "微博", long), row("portal", "门户", soon), row("forum", "=HYPERLINK(1)", huiying.Register{}), row("old", "旧", held)}
}

func TestStandings(t *testing.T) {
	now := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	got := ""
	for _, r := range registerRows(now) {
		got += r.Standing + " "
	}
	if got != "in_force expiring none expired " {
		t.Errorf("standings: %s", got)
	}
}
