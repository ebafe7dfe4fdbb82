package web_test

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"huiying"
	"huiying/internal/query"
)

var (
	superviseLink = regexp.MustCompile(`<a class="fig" href="(/supervision/[^"]+)">(?:n=)?([0-9,]+)</a>`)
	untold        = regexp.MustCompile(`没有符合的|本期没有|<div class="empty">`)
)

// Every number of the cards leads to a list of just so many rows, for whoever
// sees every unit, for one unit, and for who sees no titles.
func TestSupervisionNumbersLeadToLists(t *testing.T) {
	s := newSeeded(t)
	for who, least := range map[string]int{"manager": 30, "hall": 10, "admin": 30} {
		lists := numbered(t, s.as(who), superviseLink, untold, "/supervision", "/supervision?period=7d")
		for href, body := range lists {
			if who == "admin" && (strings.Contains(body, `href="/cases/`) || strings.Contains(body, "退休手续")) {
				t.Errorf("%s shows an administrator a case", href)
			}
		}
		if len(lists) < least {
			t.Errorf("%s: only %d numbers were followed", who, len(lists))
		}
	}
}

// What the page says of the overdue case, of a unit alone, and what it refuses.
func TestSupervisionShowsAndRefuses(t *testing.T) {
	s := newSeeded(t)
	manager := s.as("manager").get("/supervision").body
	for _, want := range []string{s.overdue, "样本过少", "按时答复率（首次发现起算）", "权重 × 数值 ÷ 目标", "人社窗口", "修改评分办法", "登记表扬或通报", `action="/exports"`} {
		if !strings.Contains(manager, want) {
			t.Errorf("the head is not shown %q", want)
		}
	}
	hall := s.as("hall").get("/supervision").body
	for _, not := range []string{"人社窗口", s.overdue, "登记表扬或通报", `name="version"`} {
		if strings.Contains(hall, not) {
			t.Errorf("one unit is shown %q", not)
		}
	}
	if !strings.Contains(hall, "评分办法由领导或管理员修改") || !strings.Contains(hall, "权重 × 数值 ÷ 目标") {
		t.Error("a unit does not see how it is scored")
	}
	if admin := s.as("admin").get("/supervision").body; strings.Contains(admin, "退休手续") || strings.Contains(admin, `href="/cases/`) || !strings.Contains(admin, s.overdue) || strings.Contains(admin, `action="/exports"`) {
		t.Error("an administrator is shown titles, or no numbers of cases")
	}
	for who, paths := range map[string]map[string]int{
		"hall":     {"/supervision?unit=u-hrss": http.StatusForbidden, "/supervision/overdue?unit=u-hrss": http.StatusForbidden, "/supervision/ack_rate?unit=u-hrss": http.StatusForbidden, "/supervision?unit=u-hall": http.StatusOK},
		"reviewer": {"/supervision": http.StatusForbidden, "/supervision/overdue": http.StatusForbidden},
		"manager":  {"/supervision/guessed": http.StatusNotFound, "/supervision?period=range&from=2026-02-30": http.StatusUnprocessableEntity, "/supervision/overdue?page=99999999999999999999": http.StatusOK, "/supervision?formula=77": http.StatusOK},
	} {
		b := s.as(who)
		for path, want := range paths {
			if got := b.get(path); got.status != want {
				t.Errorf("%s %s: %d, want %d", who, path, got.status, want)
			}
		}
	}
}

// A unit is named with a reason, which is withdrawn with another; both stay.
func TestMentionOnThePage(t *testing.T) {
	s := newSeeded(t)
	b := s.as("manager")
	form := url.Values{"do": {"mention"}, "kind": {"name"}, "unit": {"u-hrss"}, "case": {s.overdue}, "reason": {"红色办件逾期未答"}}
	if res := b.post("/supervision/mentions?period=30d", form); res.status != http.StatusSeeOther {
		t.Fatalf("%d %s", res.status, res.body)
	}
	page := b.get("/supervision?period=30d").body
	if !strings.Contains(page, "红色办件逾期未答") || !strings.Contains(s.as("hrss").get("/supervision").body, "红色办件逾期未答") || strings.Contains(s.as("hall").get("/supervision").body, "红色办件逾期未答") {
		t.Error("who sees the entry")
	}
	id := regexp.MustCompile(`name="id" value="(m-[a-z0-9]+)"`).FindStringSubmatch(page)
	if id == nil {
		t.Fatal("it cannot be withdrawn")
	}
	for name, bad := range map[string]url.Values{
		"no reason": {"do": {"withdraw"}, "id": {id[1]}}, "personal data": {"do": {"mention"}, "kind": {"praise"}, "unit": {"u-hall"}, "reason": {"请打 13900001234"}},
		"no order": {"do": {"erase"}, "id": {id[1]}},
	} {
		if res := b.post("/supervision/mentions", bad); res.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, res.status)
		}
	}
	if res := b.post("/supervision/mentions?period=30d", url.Values{"do": {"withdraw"}, "id": {id[1]}, "reason": {"节假日顺延，核实不属逾期"}}); res.status != http.StatusSeeOther {
		t.Fatalf("%d %s", res.status, res.body)
	}
	if page := b.get("/supervision?period=30d").body; !strings.Contains(page, "红色办件逾期未答") || !strings.Contains(page, "节假日顺延") || !strings.Contains(page, "已撤回") {
		t.Error("what was withdrawn is gone")
	}
	for _, who := range []string{"hall", "admin"} {
		if res := s.as(who).post("/supervision/mentions", form); res.status != http.StatusForbidden {
			t.Errorf("%s: %d", who, res.status)
		}
	}
}

// The formula is changed on the page, a refused one keeps what was typed, and
// an earlier one can be begun with.
func TestFormulaOnThePage(t *testing.T) {
	s := newSeeded(t)
	b := s.as("admin")
	form := url.Values{"version": {"0"}, "measure": {"ack_rate", "", "response_time"}, "direction": {"more", "more", "less"}, "target": {"98", "", "12.5"}, "weight": {"40", "", "60"},
		"cap": {"40", "", "75"}, "praise_at": {"95"}, "name_below": {"55"}, "note": {"年度会议决定"}}
	bad := url.Values{}
	for k, v := range form {
		bad[k] = v
	}
	bad["weight"] = []string{"四十", "", "60"}
	if res := b.post("/supervision/formula", bad); res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, "“四十”不是数字") || !strings.Contains(res.body, `value="四十"`) {
		t.Errorf("a number that is none: %d", res.status)
	}
	for want, version := range map[int]string{http.StatusSeeOther: "0", http.StatusConflict: "7"} {
		form.Set("version", version)
		if res := b.post("/supervision/formula", form); res.status != want {
			t.Errorf("from version %s: %d, want %d", version, res.status, want)
		}
	}
	form.Set("version", "1")
	form.Set("praise_at", "85")
	if res := s.as("manager").post("/supervision/formula", form); res.status != http.StatusSeeOther {
		t.Errorf("%d", res.status)
	}
	page := b.get("/supervision").body
	for _, want := range []string{"第 2 版", "85 分及以上", "年度会议决定", "formula=1#formula", "60 × 12.5 ÷ "} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if old := b.get("/supervision?formula=1").body; !strings.Contains(old, "以下是第 1 版的内容") || !strings.Contains(old, `name="praise_at" value="95"`) {
		t.Error("an earlier version is not begun with")
	}
	for _, who := range []string{"officer", "hall"} {
		if res := s.as(who).post("/supervision/formula", form); res.status != http.StatusForbidden {
			t.Errorf("%s: %d", who, res.status)
		}
	}
}

// The file holds every term with what it takes to compute it anew.
func TestScoresAsFile(t *testing.T) {
	s := newSeeded(t)
	s.must(os.MkdirAll(s.exportDir(), 0o700))
	b := s.as("hall")
	if res := b.post("/exports", url.Values{"what": {"supervision"}, "format": {"xlsx"}, "query": {"period=30d"}}); res.status != http.StatusSeeOther {
		t.Fatalf("%d %s", res.status, res.body)
	}
	s.must(s.exports.Step(t.Context()))
	list, err := s.exports.List(t.Context(), query.Account{Person: huiying.Person{ID: "hall"}})
	s.must(err)
	res := b.post("/exports/"+list[0].ID+"/file", nil)
	book, err := excelize.OpenReader(bytes.NewReader([]byte(res.body)))
	s.must(err)
	rows, err := book.GetRows(book.GetSheetName(0))
	s.must(err)
	text := ""
	for _, r := range rows {
		text += strings.Join(r, "|") + "\n"
	}
	if len(rows) < 7 || !strings.Contains(text, "签收率") || !strings.Contains(text, "越高越好") || strings.Contains(text, "人社窗口") {
		t.Errorf("%s", text)
	}
	if res := s.as("reviewer").post("/exports", url.Values{"what": {"supervision"}, "format": {"xlsx"}}); res.status != http.StatusForbidden {
		t.Errorf("a reviewer: %d", res.status)
	}
}
