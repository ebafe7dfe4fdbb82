package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"huiying"
)

// count is the figure beside a value of the filters; "" when it is not offered.
func count(body, facet, value string) string {
	found := regexp.MustCompile(`(?s)id="facet-` + facet + `".*?</ul>`).FindString(body)
	figure := regexp.MustCompile(`>` + regexp.QuoteMeta(value) + `</span> <b>([0-9,+]+)</b>`).FindStringSubmatch(found)
	if figure == nil {
		return ""
	}
	return figure[1]
}

// Words, filters and counts stand in one address and agree.
func TestSearchingPosts(t *testing.T) {
	s := newSeeded(t)
	s.say(utterance{text: "夜里的路灯不亮，一个路口全黑", level: huiying.LevelYellow, rule: "r-light", ruleName: "路灯", hit: "路灯"})
	s.say(utterance{text: "路灯太亮，睡不着", level: huiying.LevelBlue, rule: "r-light", ruleName: "路灯", hit: "路灯"})
	s.say(utterance{text: "路口红绿灯坏了", level: huiying.LevelBlue})
	b := s.as("officer")
	page := b.get("/stream?q=" + url.QueryEscape("路灯"))
	if n := strings.Count(page.body, "<mark>路灯</mark>"); page.status != http.StatusOK || n != 2 {
		t.Errorf("%d: %d hits are marked", page.status, n)
	}
	for value, want := range map[string]string{"黄": "1", "蓝": "1", "红": ""} {
		if got := count(page.body, "level", value); got != want {
			t.Errorf("%s: %q, want %q", value, got, want)
		}
	}
	if got := count(page.body, "rule", "路灯"); got != "2" {
		t.Errorf("by rule: %q", got)
	}
	blue := b.get("/stream?level=blue&q=" + url.QueryEscape("路灯"))
	if strings.Contains(blue.body, "全黑") || !strings.Contains(blue.body, "睡不着") || count(blue.body, "level", "黄") != "1" {
		t.Error("a level is counted as if it were not filtered by")
	}
	if neither := b.get("/stream?q=" + url.QueryEscape("路口 -路灯")); strings.Count(neither.body, "data-row") != 1 || !strings.Contains(neither.body, "红绿灯坏了") {
		t.Error("what is excluded is found")
	}
	wrong := b.get("/stream?q=" + url.QueryEscape("路灯 “没有"))
	if wrong.status != http.StatusUnprocessableEntity || !strings.Contains(wrong.body, "第 4 个字的引号没有结束") || !strings.Contains(wrong.body, "value=\"路灯 “没有\"") {
		t.Errorf("%d: a bad question does not say where", wrong.status)
	}
	if best := b.get("/stream?sort=best&q=" + url.QueryEscape("路灯")); strings.Count(best.body, "data-row") != 2 {
		t.Error("the best first loses some")
	}
}

// What a screen masks is not found by, and is not given away by counts.
func TestMaskedIsNotSearched(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	page := b.get("/posts/" + s.private)
	if !strings.Contains(page.body, "＊＊＊＊") {
		t.Fatal("nothing is masked")
	}
	for _, asked := range []string{"13900001234", "139", "1390"} {
		if res := b.get("/stream?period=all&q=" + asked); strings.Contains(res.body, "data-row") {
			t.Errorf("%s is found", asked)
		}
	}
}

func TestSearchAPI(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	var out struct {
		PostTotal int `json:"post_total"`
		CaseTotal int `json:"case_total"`
		Cases     []struct{ No string }
	}
	b.json("GET", "/api/v1/search?q="+s.handling, &out)
	if out.CaseTotal != 1 || len(out.Cases) != 1 || out.Cases[0].No != s.handling || out.PostTotal == 0 {
		t.Errorf("by case number: %+v", out)
	}
	hall := s.as("hrss")
	hall.json("GET", "/api/v1/search?q="+s.handling, &out)
	if out.PostTotal != 0 {
		t.Errorf("another unit finds the posts of a case: %+v", out)
	}
	var list struct {
		Counts map[string][]struct {
			Value string
			N     int
		}
	}
	b.json("GET", "/api/v1/posts?level=red", &list)
	if len(list.Counts["level"]) < 2 || len(list.Counts["source"]) == 0 {
		t.Errorf("counts: %+v", list.Counts)
	}
	b.json("GET", "/api/v1/cases?level=red", &list)
	if len(list.Counts["state"]) == 0 || len(list.Counts["level"]) < 2 {
		t.Errorf("counts of cases: %+v", list.Counts)
	}
}

// A view is saved from the list, opens with it, is shared, and goes.
func TestSavedViews(t *testing.T) {
	s := newSeeded(t)
	b, other := s.as("officer"), s.as("manager")
	res := b.post("/views", url.Values{"action": {"save"}, "page": {"stream"}, "name": {"红色预警"}, "query": {"level=red&period=7d&evil=1"}, "shared": {"role:manager"}})
	if res.status != http.StatusSeeOther || res.header.Get("Location") != "/stream?level=red&period=7d&done=saved" {
		t.Fatalf("%d to %s", res.status, res.header.Get("Location"))
	}
	if page := b.get("/stream?level=red&period=7d"); !strings.Contains(page.body, `aria-current="true">红色预警</a>`) {
		t.Error("the list does not show that it is the view")
	}
	page := other.get("/views")
	id := regexp.MustCompile(`id="(vw-[0-9a-z]+)"`).FindStringSubmatch(page.body)
	if id == nil || strings.Contains(page.body, "改名与共享") {
		t.Fatal("it is not shared, or may be changed")
	}
	if res := other.post("/views", url.Values{"action": {"delete"}, "view": {id[1]}}); res.status != http.StatusForbidden {
		t.Errorf("somebody else deletes it: %d", res.status)
	}
	if res := other.post("/views", url.Values{"action": {"default"}, "view": {id[1]}}); res.status != http.StatusSeeOther {
		t.Errorf("default: %d", res.status)
	}
	if res := other.get("/stream"); res.status != http.StatusSeeOther || res.header.Get("Location") != "/stream?level=red&period=7d" {
		t.Errorf("opens with %d %s", res.status, res.header.Get("Location"))
	}
	if res := other.post("/views", url.Values{"action": {"subscribe"}, "view": {id[1]}, "every": {"30"}, "hours": {"office"}}); res.status != http.StatusSeeOther {
		t.Errorf("subscribe: %d", res.status)
	}
	if page := other.get("/views"); !strings.Contains(page.body, "最多每 30 分钟提醒一次") {
		t.Error("the subscription is not shown")
	}
	if res := b.post("/views", url.Values{"action": {"delete"}, "view": {id[1]}}); res.status != http.StatusSeeOther {
		t.Errorf("delete: %d", res.status)
	}
	if res := other.get("/stream"); res.status != http.StatusOK {
		t.Errorf("a page opens with a view that is gone: %d", res.status)
	}
}

// json asks the API and reads the answer.
func (b *browser) json(method, path string, into any) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, http.NoBody)
	if err != nil {
		b.t.Fatal(err)
	}
	res := b.do(req)
	if res.status != http.StatusOK {
		b.t.Fatalf("%s: %d %s", path, res.status, res.body)
	}
	if err := json.Unmarshal([]byte(res.body), into); err != nil {
		b.t.Fatal(err)
	}
}
