package web_test

import (
	"bytes"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"huiying"
	"huiying/internal/query"
)

var (
	figureLink = regexp.MustCompile(`<a class="fig[^"]*" href="(/outcomes/[^"]+)">(?:n=)?([0-9,]+)</a>`)
	listed     = regexp.MustCompile(`共 ([0-9,]+) 条`)
	rateRow    = regexp.MustCompile(`<b class="num-big[^"]*">([0-9.]+%)</b></td><td><a class="fig" href="([^"]+)">`)
)

// numbered is the body of the list behind each number of some pages; each list
// is of as many rows as its number says, or, where none is told, says so in the
// words of untold.
func numbered(t *testing.T, b *browser, link, untold *regexp.Regexp, paths ...string) map[string]string {
	t.Helper()
	lists := map[string]string{}
	for _, path := range paths {
		page := b.get(path)
		if page.status != http.StatusOK {
			t.Fatalf("%s: %d", path, page.status)
		}
		for _, m := range link.FindAllStringSubmatch(page.body, -1) {
			href := html.UnescapeString(m[1])
			if _, seen := lists[href]; seen {
				continue
			}
			list := b.get(href)
			lists[href] = list.body
			n := "0"
			if found := listed.FindStringSubmatch(list.body); found != nil {
				n = found[1]
			} else if !untold.MatchString(list.body) {
				t.Errorf("%s says neither how many nor that there are none", href)
			}
			if list.status != http.StatusOK || n != m[2] {
				t.Errorf("%s says %s and lists %s (%d)", href, m[2], n, list.status)
			}
		}
	}
	return lists
}

// Every number of the page leads to a list of just so many rows, for whoever
// sees every unit and for one unit.
func TestEveryNumberLeadsToItsList(t *testing.T) {
	s := newSeeded(t)
	for who, least := range map[string]int{"manager": 60, "hall": 40} {
		lists := numbered(t, s.as(who), figureLink, untold, "/outcomes", "/outcomes?period=7d&by=level", "/outcomes?period=range&from=2026-11-20&to=2026-11-23&by=week&compare=none&level=orange")
		if len(lists) < least {
			t.Errorf("%s: only %d numbers were followed", who, len(lists))
		}
	}
}

// A rate has the same digits wherever it stands.
func TestRateStandsOnce(t *testing.T) {
	s := newSeeded(t)
	b := s.as("manager")
	broken := 0
	for _, m := range rateRow.FindAllStringSubmatch(b.get("/outcomes").body, -1) {
		if strings.Contains(m[1], ".") {
			broken++
		}
		if body := b.get(html.UnescapeString(m[2])).body; !strings.Contains(body, m[1]+" · ") {
			t.Errorf("%s: %s is another rate above its list", m[2], m[1])
		}
	}
	if broken == 0 {
		t.Error("no rate has a digit behind the point: nothing was looked at")
	}
}

func TestOutcomesRefusals(t *testing.T) {
	s := newSeeded(t)
	for who, paths := range map[string]map[string]int{
		"hall":    {"/outcomes?unit=u-hrss": http.StatusForbidden, "/outcomes/ack_rate?unit=u-hrss": http.StatusForbidden, "/outcomes/false_positive": http.StatusForbidden, "/outcomes?unit=u-hall": http.StatusOK},
		"admin":   {"/outcomes": http.StatusForbidden, "/exports": http.StatusForbidden},
		"manager": {"/outcomes/guessed": http.StatusNotFound, "/outcomes?period=range&from=2026-02-30": http.StatusUnprocessableEntity, "/outcomes?period=range&from=2010-01-01": http.StatusUnprocessableEntity, "/outcomes?period=range&from=2026-11-23&to=2026-11-01": http.StatusUnprocessableEntity, "/outcomes/ack_rate?page=99999999999999999999&over=-3&under=x": http.StatusOK},
	} {
		b := s.as(who)
		for path, want := range paths {
			if got := b.get(path); got.status != want {
				t.Errorf("%s %s: %d, want %d", who, path, got.status, want)
			}
		}
	}
	hall := s.as("hall").get("/outcomes").body
	if strings.Contains(hall, "人社窗口") || strings.Contains(hall, s.overdue) || strings.Contains(hall, "误报率") || strings.Contains(hall, "按单位") {
		t.Error("one unit is shown another's")
	}
	if body := s.as("manager").get("/outcomes").body; !strings.Contains(body, s.overdue) || !strings.Contains(body, "超时未回应") || !strings.Contains(body, "样本过少") {
		t.Error("the unanswered red case, or that there are few, is not named")
	}
}

// The page says when alerts and posts were counted, which in an office of much is a minute ago.
func TestOutcomesSayWhenRead(t *testing.T) {
	s := newSeeded(t)
	b := s.as("manager")
	counted := func() string {
		body := b.get("/outcomes").body
		at := regexp.MustCompile(`预警与误报统计于 <time datetime="([^"]+)"`).FindStringSubmatch(body)
		if at == nil {
			t.Fatal("the page does not say when")
		}
		return at[1]
	}
	for range 2 { // counting takes no time here, so it is of this moment
		if got, want := html.UnescapeString(counted()), s.clock().In(s.zone).Format(time.RFC3339); got != want {
			t.Errorf("what was counted at %s is said to be of %s", want, got)
		}
		s.pass(30 * time.Second)
	}
}

// A list is asked for on its page, made, listed and taken by a form; following
// a link takes nothing.
func TestExportsOnPages(t *testing.T) {
	s := newSeeded(t)
	s.must(os.MkdirAll(s.exportDir(), 0o700))
	b := s.as("officer")
	for _, path := range []string{"/cases", "/stream", "/alerts", "/outcomes"} {
		if body := b.get(path).body; !strings.Contains(body, `action="/exports"`) || !strings.Contains(body, `name="what" value="`+path[1:]+`"`) {
			t.Errorf("%s offers no export", path)
		}
	}
	ask := url.Values{"what": {"cases"}, "format": {"xlsx"}, "query": {"view=all&before=HY20261123-0003"}}
	if res := b.post("/exports", ask); res.status != http.StatusSeeOther {
		t.Fatalf("%d %s", res.status, res.body)
	}
	if res := b.post("/exports", ask); res.status != http.StatusConflict || !strings.Contains(res.body, "还有一个导出没有完成") {
		t.Errorf("a second one: %d", res.status)
	}
	if body := b.get("/exports").body; !strings.Contains(body, "排队中") || !strings.Contains(body, `hx-get="/exports"`) {
		t.Error("the page does not show what waits")
	}
	s.must(s.exports.Step(t.Context()))
	list, err := s.exports.List(t.Context(), query.Account{Person: huiying.Person{ID: "officer"}})
	s.must(err)
	id := list[0].ID
	if res := b.get("/exports/" + id + "/file"); res.status != http.StatusMethodNotAllowed && res.status != http.StatusNotFound {
		t.Errorf("following a link: %d", res.status)
	}
	res := b.post("/exports/"+id+"/file", nil)
	x, err := excelize.OpenReader(bytes.NewReader([]byte(res.body)))
	s.must(err)
	defer x.Close()
	rows, err := x.GetRows(x.GetSheetList()[0])
	if err != nil || len(rows) != 9 || !strings.Contains(res.header.Get("Content-Disposition"), "attachment") || res.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d rows, %v, %v", len(rows), err, res.header)
	}
	if res := s.as("hall").post("/exports/"+id+"/file", nil); res.status != http.StatusNotFound {
		t.Errorf("another's file: %d", res.status)
	}
	for name, form := range map[string]url.Values{
		"posts for one unit": {"what": {"stream"}, "format": {"csv"}}, "unmasked cases": {"what": {"cases"}, "format": {"csv"}, "reveal": {"1"}, "reason": {"x"}},
	} {
		if res := s.as("hall").post("/exports", form); res.status != http.StatusForbidden {
			t.Errorf("%s: %d", name, res.status)
		}
	}
	if res := b.post("/exports", url.Values{"what": {"stream"}, "format": {"csv"}, "reveal": {"1"}}); res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, "须写明用途") {
		t.Errorf("unmasked without a reason: %d", res.status)
	}
}

// Programs ask with a token that is for exports and for the list itself.
func TestExportsAPI(t *testing.T) {
	s := newSeeded(t)
	s.must(os.MkdirAll(s.exportDir(), 0o700))
	b := s.as("officer")
	do := func(method, path, body string) answer {
		r, err := http.NewRequestWithContext(t.Context(), method, b.base+path, strings.NewReader(body))
		s.must(err)
		r.Header.Set("Content-Type", "application/json")
		return b.do(r)
	}
	res := do(http.MethodPost, "/api/v1/exports", `{"what":"outcomes","query":"period=7d","format":"csv"}`)
	var e query.Export
	s.must(json.Unmarshal([]byte(res.body), &e))
	if res.status != http.StatusOK || e.State != query.ExportWaiting || !strings.Contains(e.Words, "7") {
		t.Fatalf("%d %s", res.status, res.body)
	}
	if res := do(http.MethodGet, "/api/v1/exports/"+e.ID+"/file", ""); res.status != http.StatusConflict {
		t.Errorf("before it is done: %d", res.status)
	}
	s.must(s.exports.Step(t.Context()))
	res = do(http.MethodGet, "/api/v1/exports/"+e.ID, "")
	s.must(json.Unmarshal([]byte(res.body), &e))
	if e.State != query.ExportDone || e.Rows == 0 || !strings.HasSuffix(res.header.Get("Content-Type"), "json") {
		t.Errorf("%s", res.body)
	}
	if res := do(http.MethodGet, "/api/v1/exports/"+e.ID+"/file", ""); res.status != http.StatusOK || !strings.HasPrefix(res.body, "\ufeff") || res.header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("%d %v", res.status, res.header)
	}
	for body, want := range map[string]int{`{"what":"users"}`: http.StatusUnprocessableEntity, `{"what":"outcomes","query":"period=range&from=x"}`: http.StatusUnprocessableEntity} {
		if res := do(http.MethodPost, "/api/v1/exports", body); res.status != want {
			t.Errorf("%s: %d %s", body, res.status, res.body)
		}
	}
	if res := do(http.MethodDelete, "/api/v1/exports/"+e.ID, ""); res.status != http.StatusConflict {
		t.Errorf("cancelling what is done: %d", res.status)
	}
	if res := do(http.MethodGet, "/api/v1/exports/x-nobody", ""); res.status != http.StatusNotFound {
		t.Errorf("none: %d", res.status)
	}
}

// takeAway has a person take lists away: one is done, one waits.
func (s *seeded) takeAway(who string) {
	s.t.Helper()
	s.must(os.MkdirAll(s.exportDir(), 0o700))
	a, err := s.users.ByID(s.t.Context(), who)
	s.must(err)
	for i, what := range []string{query.ExportCases, query.ExportOutcomes} {
		_, err := s.exports.Ask(s.t.Context(), query.ExportAsk{Account: a, What: what, Query: "view=all", Format: "xlsx", Lang: "zh"})
		s.must(err)
		if i == 0 {
			s.must(s.exports.Step(s.t.Context()))
		}
	}
}
