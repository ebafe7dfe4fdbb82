package weibo_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/weibo"
	"huiying/crawler/weibo/readertest"
)

func newSite(perPage int) *site {
	return &site{perPage: perPage, comments: map[int64][]int64{}, replies: map[int64][]int64{}, reposts: map[int64][]int64{}}
}

func ids(t time.Time, n int, from int64) []int64 {
	var out []int64
	for i := range n {
		out = append(out, midAt(t.Add(time.Duration(i)*time.Second), from+int64(i)))
	}
	return out
}

func TestRepliesAndReposts(t *testing.T) {
	s := newSite(4)
	r := readertest.New(t, weibo.Kind(), s.ServeHTTP, `{"accounts":["1900000001"],"comments":true,"replies":true,"reposts":true}`)
	e := s.add(r.Now.Add(-time.Hour), uid, "通知")
	s.comments[e.mid] = ids(r.Now.Add(-50*time.Minute), 3, 100)
	s.replies[s.comments[e.mid][1]] = ids(r.Now.Add(-40*time.Minute), 6, 200)
	s.replies[s.comments[e.mid][2]] = ids(r.Now.Add(-40*time.Minute), 1, 300) // shown with its comment
	s.reposts[e.mid] = ids(r.Now.Add(-30*time.Minute), 6, 400)
	e.comments = 10
	report := r.Visit(t)
	if report.Entry.Accepted != 1+3+7+6 || report.Entry.Capped {
		t.Fatalf("%+v", report.Entry)
	}
	if n := len(r.Asked("/comments/hotFlowChild")); n != 2 {
		t.Errorf("%d questions for replies, want 2", n)
	}
	root := "weibo:" + strconv.FormatInt(e.mid, 10)
	for _, p := range r.Posts {
		if p.Kind != huiying.KindPost && p.RootID != root {
			t.Errorf("%s %s stands under %s", p.Kind, p.ID, p.RootID)
		}
	}
	r.Forget()
	r.Now = r.Now.Add(time.Minute)
	if report := r.Visit(t); report.Entry.Accepted != 0 || report.Entry.Pages != 1 {
		t.Errorf("%+v", report.Entry)
	}
}

// TestOldCommentsByTime: where the order by heat is forbidden, that by time is
// asked for.
func TestOldCommentsByTime(t *testing.T) {
	s := newSite(4)
	s.status = func(q *http.Request) int {
		if q.URL.Path == "/comments/hotflow" {
			return http.StatusForbidden
		}
		return 0
	}
	r := readertest.New(t, weibo.Kind(), s.ServeHTTP, `{"accounts":["1900000001"],"comments":true}`)
	for range 2 {
		e := s.add(r.Now.Add(-time.Hour), uid, "通知")
		s.comments[e.mid], e.comments = ids(r.Now.Add(-50*time.Minute), 9, 100*int64(len(s.posts))), 9
	}
	report := r.Visit(t)
	if report.Answer != crawler.AnswerOK || report.Entry.Accepted != 2+18 || len(r.Asked("/api/comments/show")) != 6 {
		t.Fatalf("%+v", report.Entry)
	}
	r.Now = r.Now.Add(time.Minute)
	if report := r.Visit(t); report.Entry.Pages != 1 {
		t.Errorf("%+v", report.Entry)
	}
}

func TestWindow(t *testing.T) {
	s := newSite(5)
	r := readertest.New(t, weibo.Kind(), s.ServeHTTP, `{"accounts":["1900000001"],"max_pages":1}`)
	for h := range 40 {
		s.add(r.Now.Add(time.Duration(h-40)*time.Hour), uid, "旧帖")
	}
	r.Window = crawler.Window{From: r.Now.Add(-30 * time.Hour), To: r.Now.Add(-10 * time.Hour)}
	if report := r.Visit(t); report.Entry.Accepted != 20 || report.Entry.Capped || report.Entry.Pages != 7 {
		t.Errorf("%+v", report.Entry)
	}
	r.Window = crawler.Window{From: r.Now.Add(-100 * time.Hour), To: r.Now.Add(-36 * time.Hour)}
	if report := r.Visit(t); report.Entry.Accepted != 4 || !report.Entry.Capped || !strings.Contains(report.Detail, "before 2026-11-18 18:00") {
		t.Errorf("the list does not reach the beginning: %+v", report.Entry)
	}
	r.Window = crawler.Window{}
	if report := r.Visit(t); report.Entry.Accepted != 5 {
		t.Errorf("%+v", report.Entry)
	}
}

// TestWindowGoesOn: a back-fill that a wall cut short goes on where it was.
func TestWindowGoesOn(t *testing.T) {
	s := newSite(5)
	r := readertest.New(t, weibo.Kind(), s.ServeHTTP, `{"accounts":["1900000001"]}`)
	for h := range 40 {
		s.add(r.Now.Add(time.Duration(h-40)*time.Hour), uid, "旧帖")
	}
	r.Window = crawler.Window{From: r.Now.Add(-38 * time.Hour), To: r.Now}
	s.wall = func(*http.Request) bool { return len(s.asked) > 4 }
	if report := r.Visit(t); report.Entry.Accepted != 20 || !report.Entry.Capped || report.Answer != crawler.AnswerLoginWall {
		t.Errorf("%+v", report.Entry)
	}
	s.wall = nil
	r.Forget()
	if report := r.Visit(t); report.Entry.Accepted != 18 || report.Entry.Pages != 4 || report.Entry.Capped {
		t.Errorf("%+v", report.Entry)
	}
}

func TestLook(t *testing.T) {
	s := newSite(5)
	r := readertest.New(t, weibo.Kind(), s.ServeHTTP, `{"accounts":["1900000001"]}`)
	e := s.add(r.Now, uid, "通知")
	id := "weibo:" + strconv.FormatInt(e.mid, 10)
	if got := r.Look(t, id); got.Answer != crawler.AnswerOK || len(got.Posts) != 1 || got.Posts[0].Text != "通知" {
		t.Errorf("%+v", got)
	}
	before := huiying.Post{ID: id, Text: "通知 "}
	if got := r.LookAt(t, before); got.Posts[0].Text != "通知 " {
		t.Errorf("never edited, and other words: %+v", got)
	}
	e.edits, e.text = 1, "通知，有改"
	if got := r.LookAt(t, before); got.Posts[0].Text != "通知，有改" || !got.Posts[0].Edited {
		t.Errorf("%+v", got)
	}
	e.deleted = true
	if got := r.Look(t, id); got.Answer != crawler.AnswerDeleted || len(got.Posts) != 1 || !got.Posts[0].Deleted || got.Posts[0].Evidence == "" {
		t.Errorf("%+v", got)
	}
	s.wall = func(*http.Request) bool { return true }
	if got := r.Look(t, id); got.Answer != crawler.AnswerLoginWall || len(got.Posts) != 0 {
		t.Errorf("%+v", got)
	}
	r.Forget()
	if got := r.Look(t, "weibo:c1"); got.Answer != crawler.AnswerEmpty || len(r.Asked("/")) != 0 {
		t.Errorf("%+v", got)
	}
}

// TestCookieHealth: the ledger says which cookie stopped working and since when
// it had worked, warns before the stated day, and never shows the value.
func TestCookieHealth(t *testing.T) {
	s := newSite(5)
	r := readertest.New(t, weibo.Kind(), s.ServeHTTP, `{"accounts":["1900000001"],"cookie":"SUB=hush","cookie_expires":"2026-11-25"}`)
	s.add(r.Now, uid, "通知")
	if report := r.Visit(t); report.Answer != crawler.AnswerOK || report.Entry.Reason != "weibo.cookie_expires" || report.Detail != "cookie of source town-weibo: expires on 2026-11-25" {
		t.Errorf("%+v", report.Entry)
	}
	r.Now = r.Now.Add(30 * time.Hour)
	r.Visit(t)
	s.wall = func(*http.Request) bool { return true }
	for range 2 {
		r.Now = r.Now.Add(30 * time.Hour)
		report := r.Visit(t)
		if report.Entry.Reason != "weibo.cookie_refused" || !strings.Contains(report.Detail, "cookie of source town-weibo: refused since 2026-11-22 22:00, had worked from 2026-11-20 10:00 to 2026-11-21 16:00") {
			t.Errorf("%q", report.Detail)
		}
		if strings.Contains(report.Detail+string(r.Cursor), "hush") {
			t.Error("the cookie is shown")
		}
	}
	s.wall = nil
	r.Source.Options = []byte(`{"accounts":["1900000001"],"cookie":"SUB=other"}`)
	r.Now = r.Now.Add(time.Hour)
	if report := r.Visit(t); report.Answer != crawler.AnswerOK || report.Entry.Reason != "" || report.Detail != "" {
		t.Errorf("%+v", report.Entry)
	}
}
