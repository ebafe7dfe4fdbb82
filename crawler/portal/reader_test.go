package portal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/portal"
)

const beijing = `{"profile":"beijing-letters"}`

// filled is a site with n letters, a day apart, the newest from today.
func filled(n int) *site {
	s := &site{}
	for i := range n {
		s.add(fetched.AddDate(0, 0, i+1-n), fmt.Sprintf("第%d封来信", i))
	}
	return s
}

func TestLettersNewestFirst(t *testing.T) {
	s := filled(8)
	r := newReading(t, s, beijing, nil)
	report := r.visit(t)
	if report.Entry.Accepted != 8 || report.Entry.Pages != 2+8 || report.Entry.Capped || report.Answer != crawler.AnswerOK || report.Entry.Posts != 8 {
		t.Fatalf("report %+v", report)
	}
	p := r.basket.posts[0]
	if p.ID != "portal:www.beijing.gov.cn/lAH00000008" || p.URL != letters+"com.web.complain.complainDetail.flow?originalId=AH00000008" {
		t.Errorf("identity depends on the replica: %+v", p)
	}
	if p.Text == "" || p.Title == "" || p.Author.Name != "匿名用户" || p.Evidence == "" || p.Source != "town-portal" || p.PublishedPrecision != huiying.PrecisionDay {
		t.Errorf("%+v", p)
	}
	s.forget()
	r.now = r.now.Add(2 * time.Minute)
	if report := r.visit(t); len(s.asked) != 1 || report.Entry.Accepted != 0 || report.Answer != crawler.AnswerOK {
		t.Errorf("asked %v, report %+v", s.asked, report)
	}
	fresh := s.add(fetched, "新的来信")
	if report := r.visit(t); report.Entry.Accepted != 1 {
		t.Errorf("report %+v", report)
	}
	if _, ok := r.basket.latest(fresh); !ok {
		t.Error("the new letter was missed")
	}
}

// TestAnswerArrivesLater: letters without an answer are read again, at a pace
// that slows down.
func TestAnswerArrivesLater(t *testing.T) {
	s := filled(3)
	r := newReading(t, s, beijing, nil)
	r.visit(t)
	s.letters[1].answers = []string{"已派人修理。"}
	r.now = r.now.Add(30 * time.Minute)
	if report := r.visit(t); report.Entry.Accepted != 0 {
		t.Errorf("read again too soon: %+v", report)
	}
	r.now = r.now.Add(31 * time.Minute)
	s.forget()
	report := r.visit(t)
	p, _ := r.basket.latest(s.letters[1])
	if report.Entry.Accepted != 1 || len(p.Answers) != 1 || p.Answers[0].Org != "市政所" || p.Answers[0].Text != "已派人修理。" || p.Title == "" {
		t.Errorf("report %+v, post %+v", report, p)
	}
	s.forget()
	r.now = r.now.Add(61 * time.Minute)
	r.visit(t)
	if s.times("originalId") != 0 {
		t.Errorf("asked %v: the second wait is two hours", s.asked)
	}
	r.now = r.now.Add(61 * time.Minute)
	r.visit(t)
	if s.times("AH00000002") != 0 || s.times("originalId") != 2 {
		t.Errorf("asked %v: the answered letter is done", s.asked)
	}
	r.now = r.now.AddDate(0, 0, 40)
	s.forget()
	if r.visit(t); s.times("originalId") != 0 {
		t.Errorf("asked %v: letters are old by now", s.asked)
	}
}

func TestRecheckIsBounded(t *testing.T) {
	s := filled(12)
	r := newReading(t, s, `{"profile":"beijing-letters","recheck":4}`, nil)
	r.visit(t)
	seen := map[string]bool{}
	for range 3 {
		r.now = r.now.Add(2 * time.Hour)
		s.forget()
		r.visit(t)
		if s.times("originalId") != 4 {
			t.Errorf("asked %v", s.asked)
		}
		for _, a := range s.asked {
			seen[a] = true
		}
	}
	if len(seen) != 12+2 {
		t.Errorf("%d addresses, want every letter once and two pages of the list", len(seen))
	}
}

func TestBoundedPagesAndDetails(t *testing.T) {
	s := filled(20)
	r := newReading(t, s, `{"profile":"beijing-letters","pages":2,"recheck":0}`, nil)
	if report := r.visit(t); !report.Entry.Capped || report.Entry.Accepted != 12 {
		t.Errorf("report %+v", report)
	}
	r = newReading(t, s, `{"profile":"beijing-letters","details":5,"recheck":0,"pages":9}`, nil)
	for i, want := range []int{5, 5, 5, 5, 0} {
		report := r.visit(t)
		if report.Entry.Accepted != want || report.Entry.Capped != (i < 3) {
			t.Errorf("visit %d: report %+v", i, report)
		}
	}
}

func TestChangedRowIsReadAgain(t *testing.T) {
	s := filled(3)
	s.letters[0].answers = []string{"好的。"}
	r := newReading(t, s, beijing, nil)
	r.visit(t)
	s.letters[0].title = "第0封来信（已改）"
	r.now = r.now.Add(time.Minute)
	if report := r.visit(t); report.Entry.Accepted != 1 {
		t.Errorf("report %+v", report)
	}
}

func TestDeletedLetter(t *testing.T) {
	s := filled(3)
	r := newReading(t, s, beijing, nil)
	r.visit(t)
	s.letters[2].deleted = true
	r.now = r.now.Add(2 * time.Hour)
	report := r.visit(t)
	p, _ := r.basket.latest(s.letters[2])
	if !p.Deleted || report.Entry.Accepted != 1 || p.URL == "" || p.PublishedAt.IsZero() {
		t.Errorf("report %+v, post %+v", report, p)
	}
	r.now = r.now.Add(24 * time.Hour)
	if report := r.visit(t); report.Entry.Accepted != 0 {
		t.Errorf("told twice: %+v", report)
	}
}

// TestRefusalMidway: what was accepted stays, and the rest is read next time
// although the first page is known by then.
func TestRefusalMidway(t *testing.T) {
	s := filled(14)
	s.status = func(r *http.Request) int {
		if strings.Contains(r.URL.RawQuery, "AH00000006") {
			return http.StatusForbidden
		}
		return 0
	}
	r := newReading(t, s, beijing, nil)
	report := r.visit(t)
	if report.Answer != crawler.AnswerForbidden || report.Detail != "HTTP 403" || report.Entry.Accepted != 8 {
		t.Fatalf("report %+v", report)
	}
	s.status = nil
	if report := r.visit(t); report.Entry.Accepted != 6 || report.Answer != crawler.AnswerOK {
		t.Errorf("report %+v", report)
	}
	for _, l := range s.letters {
		if _, ok := r.basket.latest(l); !ok {
			t.Errorf("%s is lost", l.id)
		}
	}
}

func TestUnreadablePageIsGivenUp(t *testing.T) {
	s := filled(3)
	s.body = func(r *http.Request) string {
		if strings.Contains(r.URL.RawQuery, "AH00000002") {
			return "<html><body><p>nothing here</p></body></html>"
		}
		return ""
	}
	r := newReading(t, s, `{"profile":"beijing-letters","recheck":0}`, nil)
	for range 5 {
		r.now = r.now.Add(time.Minute)
		r.visit(t)
	}
	if n := s.times("AH00000002"); n != 3 || len(r.basket.posts) != 2 {
		t.Errorf("asked %d times, %d posts", n, len(r.basket.posts))
	}
}

func TestBadList(t *testing.T) {
	s := filled(1)
	s.body = func(*http.Request) string { return "{page:" }
	r := newReading(t, s, beijing, nil)
	if report := r.visit(t); report.Answer != crawler.AnswerMalformed || report.Detail == "" {
		t.Errorf("report %+v", report)
	}
}

func TestSinkFailureLosesNothing(t *testing.T) {
	s := filled(9)
	r := newReading(t, s, beijing, nil)
	r.basket.fail = 5
	if _, err := r.try(t); !errors.Is(err, errFull) {
		t.Fatal(err)
	}
	r.visit(t)
	for _, l := range s.letters {
		if _, ok := r.basket.latest(l); !ok {
			t.Errorf("%s is lost", l.id)
		}
	}
}

func TestSinceReadsAgain(t *testing.T) {
	s := filled(4)
	r := newReading(t, s, beijing, nil)
	r.visit(t)
	r.now = r.now.Add(20 * time.Minute)
	late := s.add(fetched, "后来的一封")
	r.visit(t)
	r.now = r.now.Add(5 * time.Minute)
	r.since = r.now.Add(-10 * time.Minute)
	if report := r.visit(t); report.Entry.Accepted != 1 || r.basket.posts[len(r.basket.posts)-1].ID != "portal:www.beijing.gov.cn/l"+late.id {
		t.Errorf("report %+v", report)
	}
}

func TestUnreachable(t *testing.T) {
	r := newReading(t, filled(1), beijing, nil)
	r.source.BaseURL = "http://127.0.0.1:1"
	if _, err := r.try(t); huiying.ErrorCode(err) != huiying.Unavailable {
		t.Error(err)
	}
	r.cursor = json.RawMessage(`[1]`)
	if _, err := r.try(t); err == nil {
		t.Error("a broken cursor was read")
	}
}

// static serves files by path, as a static site does.
type static map[string]string

func (s static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, ok := s[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write([]byte(body))
}

// TestArticles: a static site with a next link, under a path of the replica;
// links that leave the site are not followed.
func TestArticles(t *testing.T) {
	article := read(t, "article_meta.html")
	pages := static{
		"/copy/xw/index.html":                       read(t, "list.html"),
		"/copy/xw/index_1.html":                     `<html><body><ul class="news"><li><a href="t20261110_700100.shtml">旧闻一则</a><span>2026-11-10</span></li></ul></body></html>`,
		"/copy/xw/202611/t20261119_700123.shtml":    article,
		"/copy/xw/202611/t20261118_700122.shtml":    read(t, "article_bare.html"),
		"/copy/xw/t20261110_700100.shtml":           article,
		"/copy/zt/single_3344.html":                 article,
		"/copy/zt/other_section/content_33445.html": article,
	}
	extra := map[string]portal.Profile{"town-news": profile(t, town)}
	r := newReading(t, pages, `{"profile":"town-news","urls":["/zt/other_section/content_33445.html"]}`, extra)
	r.source.BaseURL += "/copy/"
	report := r.visit(t)
	var ids []string
	for _, p := range r.basket.posts {
		ids = append(ids, p.ID)
		if p.Kind != huiying.KindArticle || p.Text == "" || !strings.HasPrefix(p.URL, "https://www.linhe.gov.example/") {
			t.Errorf("%+v", p)
		}
	}
	want := "portal:www.linhe.gov.example/a700123 portal:www.linhe.gov.example/a700122 portal:www.linhe.gov.example/a700100 portal:www.linhe.gov.example/a33445"
	if strings.Join(ids, " ") != want || report.Answer != crawler.AnswerOK {
		t.Errorf("ids %v, report %+v", ids, report)
	}
	if report := r.visit(t); report.Entry.Pages != 1 || report.Entry.Accepted != 0 {
		t.Errorf("report %+v", report)
	}
}
