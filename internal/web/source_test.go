package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
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
