package web_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"huiying"
)

// figureOf is what a figure of the first page says and where it leads.
func figureOf(t *testing.T, body, name string) (href, value string) {
	t.Helper()
	m := regexp.MustCompile(`<a class="kpi[^"]*" href="([^"]+)"><span class="kpi-name">` + name + ` <small>[^<]*</small></span><span class="kpi-value[^"]*">([^<]*)</span>`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("the page has no figure %s that leads anywhere", name)
	}
	return strings.ReplaceAll(m[1], "&amp;", "&"), m[2]
}

// counted is how many rows a list says it has.
func counted(t *testing.T, body string) string {
	t.Helper()
	m := regexp.MustCompile(`data-count="(?:共 )?([0-9,]+)`).FindStringSubmatch(body)
	if m == nil {
		t.Fatal("the list does not say how many there are")
	}
	return m[1]
}

// Every figure of every period is as large as the list it leads to, and no
// longer period has fewer.
func TestOverviewPeriods(t *testing.T) {
	s := newSeeded(t)
	for _, ago := range []time.Duration{50 * time.Hour, 9 * 24 * time.Hour, 40 * 24 * time.Hour} {
		now := s.now
		s.pass(-ago)
		no, _ := s.open(utterance{text: "停车场又收费了。", rule: "r-parking", ruleName: "停车收费", level: huiying.LevelOrange, hit: "停车"}, "u-hall", "hall")
		s.answer(no, "hall", huiying.StateResponded)
		s.now = now
	}
	b := s.as("manager")
	last := map[string]string{}
	for _, period := range []string{"today", "7d", "30d"} {
		path := "/?period=" + period
		body := b.get(path).body
		if !strings.Contains(body, `href="`+strings.TrimSuffix(path, "?period=today")+`" aria-current="true"`) {
			t.Errorf("%s: the switch does not say which period is shown", period)
		}
		for _, name := range []string{"信息", "红橙预警"} {
			href, value := figureOf(t, body, name)
			if got := counted(t, b.get(href).body); got != value {
				t.Errorf("%s %s: %s, its list %s has %s", period, name, value, href, got)
			}
			if len(value) < len(last[name]) || len(value) == len(last[name]) && value <= last[name] {
				t.Errorf("%s %s: %s after %s of a shorter period", period, name, value, last[name])
			}
			last[name] = value
		}
		href, _ := figureOf(t, body, "按期回应率")
		n := regexp.MustCompile(`<span class="kpi-note">[0-9]+/([0-9]+) · `).FindStringSubmatch(body)
		if got := counted(t, b.get(href).body); n == nil || got != n[1] {
			t.Errorf("%s: of %v answers, the list %s has %s", period, n, href, got)
		}
	}
	if body := b.get("/?period=7d").body; !strings.Contains(body, "前 7 天 1") || !strings.Contains(body, `data-get="/?period=7d"`) {
		t.Error("the period before is not told, or the page forgets its period when it is refreshed")
	}
	if body := b.get("/?period=ever").body; !strings.Contains(body, `href="/" aria-current="true"`) {
		t.Error("a period that there is not")
	}
	// A responder's figures lead to the own unit's cases alone.
	body := s.as("hall").get("/?period=30d").body
	href, _ := figureOf(t, body, "首次回应中位数")
	n := regexp.MustCompile(`<span class="kpi-note">([0-9]+) 件 · `).FindStringSubmatch(body)
	if got := counted(t, s.as("hall").get(href).body); n == nil || got != n[1] || !strings.Contains(href, "unit=u-hall") {
		t.Errorf("%s: %v, the list has %s", href, n, got)
	}
}

// The chart draws what is expected once there is history, marks what lies
// outside, and says all of it in words and in the table.
func TestOverviewBand(t *testing.T) {
	s := newSeeded(t)
	b := s.as("manager")
	if body := b.get("/").body; !strings.Contains(body, "满 7 天后才画预期范围") || strings.Contains(body, "&#34;band&#34;") {
		t.Error("a band is drawn without history")
	}
	now := s.now
	for day := 1; day <= 20; day++ {
		for hour := range 24 {
			s.now = now.Add(-time.Duration(day*24+hour) * time.Hour)
			s.say(utterance{text: "请问周六上午办理护照吗？", level: huiying.LevelNone})
		}
	}
	s.now = now
	s.pass(6 * time.Minute) // what is counted is kept for five
	for range 60 {
		s.say(utterance{text: "大厅停电了。", level: huiying.LevelNone})
	}
	body := b.get("/").body
	for _, want := range []string{"&#34;band&#34;:{&#34;low&#34;:[", "在预期范围之外", "高于 ", "<th scope=\"col\">预期范围</th>", "超出预期</b>", "按此前 20 天同一时段的数量估计"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	month := b.get("/?period=30d").body
	if !strings.Contains(month, "近 30 天每日信息量") || !strings.Contains(month, "按此前 20 天的日总量估计") || strings.Count(month, `<tr><th scope="row">`) < 30 {
		t.Error("a month is not told by day")
	}
}
