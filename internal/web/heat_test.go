package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	heatLink = regexp.MustCompile(`<a class="fig" href="(/heat/[^"]+)">([0-9,]+)</a>`)
	cold     = regexp.MustCompile(`这一部分没有内容`)
)

// Every number of the page leads to a list of just so many posts or cases.
func TestHeatNumbersLeadToLists(t *testing.T) {
	s := newSeeded(t)
	for who, least := range map[string]int{"officer": 40, "manager": 40} {
		lists := numbered(t, s.as(who), heatLink, cold, "/heat", "/heat?by=unit", "/heat?by=township&period=7d", "/heat?by=village", "/heat?by=window&unit=u-hrss", "/heat?by=item&place="+url.QueryEscape("文昌镇"))
		if len(lists) < least {
			t.Errorf("%s: only %d numbers were followed", who, len(lists))
		}
		s.leadOn(t, who, lists)
	}
}

var (
	heatPost = regexp.MustCompile(`<a class="post-line" href="(/posts/[^"]+)"`)
	heatCase = regexp.MustCompile(`<a href="(/cases/[^"]+)" data-row>`)
)

// leadOn follows every row of the lists to its post or case.
func (s *seeded) leadOn(t *testing.T, who string, lists map[string]string) {
	t.Helper()
	b, seen := s.as(who), map[string]bool{}
	for href, body := range lists {
		link := heatPost
		if strings.HasPrefix(href, "/heat/cases") {
			link = heatCase
		}
		rows := link.FindAllStringSubmatch(body, -1)
		total := 0
		if found := listed.FindStringSubmatch(body); found != nil {
			total, _ = strconv.Atoi(found[1]) // the page has said so many already
		}
		if len(rows) != min(total, 50) {
			t.Errorf("%s has %d rows of %d that lead on", href, len(rows), total)
		}
		for _, r := range rows {
			if seen[r[1]] {
				continue
			}
			seen[r[1]] = true
			if res := b.get(r[1]); res.status != http.StatusOK {
				t.Errorf("%s leads to %s: %d", href, r[1], res.status)
			}
		}
	}
	if len(seen) < 10 {
		t.Errorf("%s: only %d rows were followed", who, len(seen))
	}
}

// What the page says, whom it refuses, and what it makes of a wrong address.
func TestHeatShowsAndRefuses(t *testing.T) {
	s := newSeeded(t)
	page := s.as("manager").get("/heat").body
	for _, want := range []string{"事项热度", "社保卡补办", "取号叫号", "人社窗口", "首次发现的日期", `action="/exports"`, "按村和社区"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if town := s.as("officer").get("/heat?by=township").body; !strings.Contains(town, "文昌镇") || strings.Contains(town, ">新民村</a>") {
		t.Error("a village does not count for its township")
	}
	if body := s.as("officer").get("/heat/posts").body; strings.Contains(body, "13900001234") || !strings.Contains(body, `class="post-line"`) {
		t.Error("the list of posts shows a number, or none")
	}
	if res := s.as("hall").get("/heat"); res.status != http.StatusForbidden || !strings.Contains(res.body, "值班员") {
		t.Errorf("a responder: %d", res.status)
	}
	for path, want := range map[string]int{
		"/heat/people": http.StatusNotFound, "/heat?period=range&from=2026-02-30": http.StatusUnprocessableEntity, "/heat/posts?page=99999999999999999999": http.StatusOK,
		"/heat?by=person": http.StatusOK, "/heat?item=none": http.StatusOK,
	} {
		if got := s.as("manager").get(path); got.status != want {
			t.Errorf("%s: %d, want %d", path, got.status, want)
		}
	}
}
