package search_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/weibo/readertest"
	"huiying/crawler/weibo/search"
)

// wallAfter refuses from the nth question on: with a sign-in, or with rubbish.
func wallAfter(n int, rubbish bool) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if n--; n >= 0 {
			return false
		}
		if rubbish {
			_, _ = w.Write([]byte("<html><head><title>微博搜索</title></head><body><div>…</div></body></html>"))
			return true
		}
		http.Redirect(w, r, "https://passport.weibo.com/sso/signin?url=x", http.StatusFound)
		return true
	}
}

func TestNewestUntilKnown(t *testing.T) {
	s := &site{perPage: 10, shows: 50, counts: true}
	r := begin(t, s, ``)
	for m := range 23 {
		s.add(r.Now.Add(-time.Duration(m*30)*time.Minute), 64, "大厅排队")
	}
	s.add(r.Now, 64, "无关")
	if report := r.Visit(t); report.Answer != crawler.AnswerOK || report.Entry.Accepted != 23 || report.Entry.Capped || report.Entry.Pages != 3 {
		t.Fatalf("%+v", report.Entry)
	}
	r.Now = r.Now.Add(5 * time.Minute)
	e := s.add(r.Now, 64, "大厅又排队")
	if report := r.Visit(t); report.Entry.Accepted != 1 || report.Entry.Pages != 1 {
		t.Errorf("%+v", report.Entry)
	}
	if p, _ := r.Latest(e.id()); p.Text != "大厅又排队" || p.Platform != huiying.PlatformWeibo || p.Evidence == "" {
		t.Errorf("%+v", p)
	}
}

// TestLateOnes: what the site shows late is found when it is looked back for.
func TestLateOnes(t *testing.T) {
	s := &site{perPage: 10, shows: 50}
	r := begin(t, s, ``)
	s.add(r.Now.Add(-time.Hour), 64, "大厅")
	r.Visit(t)
	r.Now = r.Now.Add(5 * time.Minute)
	late := s.add(r.Now.Add(-4*time.Hour), 64, "大厅，补上的")
	if report := r.Visit(t); report.Entry.Accepted != 0 {
		t.Errorf("%+v", report.Entry)
	}
	r.Now = r.Now.Add(30 * time.Minute)
	if r.Visit(t); times(r)[late.id()] != 1 {
		t.Error("it was not found")
	}
}

// TestSplitsByDayHourAndProvince: the way the split goes, and what it costs.
func TestSplitsByDayHourAndProvince(t *testing.T) {
	s := &site{perPage: 10, shows: 50, counts: true}
	r := begin(t, s, `,"first":"72h","max_pages":200`)
	busy := r.Now.Add(-30 * time.Hour)
	for i := range 700 {
		s.add(busy.Add(time.Duration(i%60)*time.Minute), []int{11, 64}[i%2], "大厅")
	}
	for range 20 { // of authors whom the site places nowhere
		s.add(busy.Add(59*time.Minute), 0, "大厅")
	}
	settled(t, r, 20)
	if n := len(times(r)); n != 720 {
		t.Errorf("%d posts found, want 720", n)
	}
	var days, hours, places int
	for _, q := range r.Asked("/weibo") {
		from, to, _ := scope(q.URL.Query().Get("timescope"))
		switch {
		case q.URL.Query().Get("region") != "":
			places++
		case to.Sub(from) == time.Hour:
			hours++
		case to.Sub(from) <= 24*time.Hour:
			days++
		}
	}
	if days == 0 || hours < 24 || places < 36 {
		t.Errorf("%d days, %d hours, %d provinces asked", days, hours, places)
	}
}

// TestMoreThanIsShown: what not even a province in an hour shows is said.
func TestMoreThanIsShown(t *testing.T) {
	s := &site{perPage: 10, shows: 3, counts: true}
	r := begin(t, s, `,"ceiling":3,"max_pages":200`)
	at := r.Now.Add(-2 * time.Hour)
	for i := range 50 {
		s.add(at.Add(time.Duration(i)*time.Minute), 64, "大厅")
	}
	report := r.Visit(t)
	if !report.Entry.Capped || !strings.Contains(report.Detail, `"大厅": more than the site shows in 2026-11-20 08:00 to 2026-11-20 09:00 region 64`) {
		t.Errorf("%s", report.Detail)
	}
}

// TestEmptyPageIsDoubted: an empty page where another page led to it is asked
// for again with the next visits, and believed after the third time.
func TestEmptyPageIsDoubted(t *testing.T) {
	s := &site{perPage: 10, shows: 50}
	r := begin(t, s, ``)
	for m := range 25 {
		s.add(r.Now.Add(-time.Duration(m*20)*time.Minute), 64, "大厅")
	}
	asked := 0
	s.blank = func(_ string, page int) bool {
		if page == 2 {
			asked++
		}
		return page == 2 && asked < 3
	}
	report := r.Visit(t)
	if !report.Entry.Capped || report.Entry.Accepted != 10 || !strings.Contains(report.Detail, "page 2 of 2026-11-19 10:00 to 2026-11-20 11:00 is empty, asked for again later") {
		t.Fatalf("%+v", report.Entry)
	}
	if details := settled(t, r, 10); len(times(r)) != 25 || len(details) > 3 {
		t.Errorf("%d found after %d visits", len(times(r)), len(details))
	}
	r.Cursor, r.Posts = nil, nil
	s.blank = func(_ string, page int) bool { return page == 2 }
	details := settled(t, r, 10)
	if !slices.ContainsFunc(details, func(s string) bool { return strings.Contains(s, "was asked for 3 times and is empty") }) {
		t.Errorf("%q", details)
	}
}

// TestCutShort: a visit that is cut short in the middle of a split goes on
// there, whether by its bound of pages, by a wall, or by its time.
func TestCutShort(t *testing.T) {
	s := &site{perPage: 10, shows: 3, counts: true}
	r := begin(t, s, `,"ceiling":3,"first":"48h","max_pages":4`)
	for i := range 160 {
		s.add(r.Now.Add(-time.Duration(i*15)*time.Minute), 64, "大厅")
	}
	r.Visit(t)
	s.refuse = wallAfter(2, false)
	r.Now = r.Now.Add(time.Minute)
	report := r.Visit(t)
	if report.Answer != crawler.AnswerLoginWall || report.Entry.Reason != "weibo.cookie_refused" || !strings.Contains(report.Detail, "had worked from 2026-11-20 10:00") ||
		!strings.Contains(report.Detail, "windows still to be read") || strings.Contains(report.Detail, "good") {
		t.Errorf("%+v", report.Entry)
	}
	s.refuse = nil
	settled(t, r, 100)
	met := times(r)
	for _, e := range s.posts {
		if met[e.id()] != 1 {
			t.Errorf("%v was found %d times", e, met[e.id()])
		}
	}
}

func TestWindow(t *testing.T) {
	s := &site{perPage: 10, shows: 5, counts: true}
	r := begin(t, s, `,"ceiling":5,"max_pages":1`)
	for i := range 400 {
		s.add(r.Now.Add(-time.Duration(i*20)*time.Minute), 64, "大厅")
	}
	r.Window = crawler.Window{From: r.Now.Add(-100 * time.Hour), To: r.Now.Add(-20*time.Hour - 30*time.Minute)}
	s.refuse = wallAfter(7, false)
	if report := r.Visit(t); !report.Entry.Capped || report.Answer != crawler.AnswerLoginWall {
		t.Errorf("%+v", report.Entry)
	}
	s.refuse = nil
	r.Forget()
	report := r.Visit(t)
	if report.Entry.Capped || report.Answer != crawler.AnswerOK {
		t.Errorf("%+v", report.Entry)
	}
	met, want := times(r), 0
	for _, e := range s.posts {
		if in := r.Window.Holds(e.at); met[e.id()] > 1 || (met[e.id()] == 1) != in {
			t.Errorf("%v was found %d times", e, met[e.id()])
		} else if in {
			want++
		}
	}
	if want != 239 {
		t.Errorf("%d posts in the window", want)
	}
	r.Window = crawler.Window{}
	if report := r.Visit(t); report.Entry.Pages == 0 || report.Entry.Pages > 2 {
		t.Errorf("%+v", report.Entry)
	}
}

// TestOtherZone: the site's clock is that of Beijing wherever the office is.
func TestOtherZone(t *testing.T) {
	s := &site{perPage: 10, shows: 50}
	r := begin(t, s, `,"first":"2h"`)
	r.Office = time.FixedZone("Urumqi", 6*60*60)
	e := s.add(r.Now.Add(-90*time.Minute), 65, "大厅")
	r.Visit(t)
	if p, ok := r.Latest(e.id()); !ok || !p.PublishedAt.Equal(e.at) {
		t.Errorf("%+v", p)
	}
}

func TestSinceReadsAgain(t *testing.T) {
	s := &site{perPage: 10, shows: 50}
	r := begin(t, s, ``)
	for m := range 5 {
		s.add(r.Now.Add(-time.Duration(m+1)*time.Minute), 64, "大厅")
	}
	r.Visit(t)
	r.Since = r.Now.Add(-10 * time.Minute)
	r.Now = r.Now.Add(time.Minute)
	if report := r.Visit(t); report.Entry.Accepted != 5 {
		t.Errorf("%+v", report.Entry)
	}
}

func TestWalls(t *testing.T) {
	for name, c := range map[string]struct {
		refuse func(http.ResponseWriter, *http.Request) bool
		want   crawler.Answer
	}{
		"sign-in": {wallAfter(0, false), crawler.AnswerLoginWall},
		"rubbish": {wallAfter(0, true), crawler.AnswerMalformed},
		"visitor gate": {func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = w.Write([]byte(`<html><head><meta charset="gb2312"><title>Sina Visitor System</title></head><body><script src="/visitor/visitor.js"></script></body></html>`))
			return true
		}, crawler.AnswerLoginWall},
		"blocked": {func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = w.Write([]byte(`<html><head><title>访问受限</title></head><body><p>抱歉，您的访问受限</p></body></html>`))
			return true
		}, crawler.AnswerBlocked},
		"too often": {func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusRequestURITooLong)
			return true
		}, crawler.AnswerRateLimited},
	} {
		s := &site{perPage: 10, shows: 50, refuse: c.refuse}
		r := begin(t, s, ``)
		if report := r.Visit(t); report.Answer != c.want || report.Entry.Detail == "" || report.Entry.Pages != 1 {
			t.Errorf("%s: %+v", name, report.Entry)
		}
		s.refuse = nil
		s.add(r.Now.Add(-2*time.Hour), 64, "大厅")
		r.Now = r.Now.Add(time.Hour)
		if settled(t, r, 5); len(r.Posts) != 1 {
			t.Errorf("%s: %d posts afterwards", name, len(r.Posts))
		}
	}
}

func TestLook(t *testing.T) {
	s := &site{perPage: 10, shows: 50}
	r := begin(t, s, ``)
	r.Source.Options = []byte(`{"queries":["大厅"],"cookie":"SUB=good","desktop_url":"` + r.Source.BaseURL + `"}`)
	e := s.add(r.Now, 64, "大厅")
	if got := r.Look(t, e.id()); got.Answer != crawler.AnswerOK || len(got.Posts) != 1 || got.Posts[0].Region != "宁夏" {
		t.Errorf("%+v", got)
	}
	if got := r.Look(t, "weibo:"+strconv.FormatInt(readertest.Mid(r.Now, 999), 10)); got.Answer != crawler.AnswerDeleted || !got.Posts[0].Deleted {
		t.Errorf("%+v", got)
	}
}

func TestCheck(t *testing.T) {
	for options, want := range map[string]string{
		`{}`:                             "weibo.nothing_to_search",
		`{"queries":["a"]}`:              "weibo.search_needs_cookie",
		`{"queries":[" "],"cookie":"a"}`: "weibo.empty_query",
		`{"queries":["a"],"cookie":"a","ceiling":60}`:      "weibo.bad_number",
		`{"queries":["a"],"cookie":"a","first":"1"}`:       "weibo.bad_duration",
		`{"queries":["a"],"cookie":"a","accounts":1}`:      "weibo.options_unreadable",
		`{"queries":["a"],"cookie":"a","desktop_url":"x"}`: "weibo.bad_base_url",
	} {
		err := search.Check(huiying.Source{ID: "x", Options: []byte(options)})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", options, err)
		}
	}
}
