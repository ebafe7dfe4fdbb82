package weibo_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
)

const uid = 1900000001

const oneAccount = `{"accounts":["1900000001"]}`

// filled is a site with n posts an hour apart, the newest a minute old.
func filled(n int) *site {
	s := &site{perPage: 10, comments: map[int64][]int64{}}
	for i := range n {
		s.add(fetched.Add(-time.Minute-time.Duration(n-1-i)*time.Hour), uid, "第"+strconv.Itoa(i)+"条")
	}
	return s
}

func TestFirstVisitReadsToTheEnd(t *testing.T) {
	s := filled(25)
	r := newReading(t, s, oneAccount)
	report := r.visit(t)
	if len(r.basket.posts) != 25 || report.Answer != crawler.AnswerOK || report.Entry.Accepted != 25 || report.Entry.Pages != 3 || report.Entry.Capped {
		t.Fatalf("%d posts, report %+v", len(r.basket.posts), report)
	}
	if p := r.basket.posts[0]; p.ID != "weibo:"+strconv.FormatInt(s.posts[24].mid, 10) || p.Source != "town-weibo" || p.Evidence == "" || !p.CollectedAt.Equal(fetched) {
		t.Errorf("first post %+v", p)
	}
	h := s.headers[0]
	if h.Get("X-Requested-With") != "XMLHttpRequest" || h.Get("MWeibo-Pwa") != "1" || !strings.HasSuffix(h.Get("Referer"), "/u/1900000001") || h.Get("Cookie") != "" {
		t.Errorf("headers %v", h)
	}
}

func TestKnownFirstPageCostsOneFetch(t *testing.T) {
	s := filled(40)
	r := newReading(t, s, oneAccount)
	r.visit(t)
	s.forget()
	r.now = r.now.Add(2 * time.Minute)
	report := r.visit(t)
	if len(s.asked) != 1 || report.Entry.Accepted != 0 || report.Entry.Capped || report.Answer != crawler.AnswerOK {
		t.Errorf("asked %v, report %+v", s.asked, report)
	}
	fresh := s.add(r.now, uid, "新的一条")
	report = r.visit(t)
	if _, ok := r.basket.latest(fresh.mid); !ok || report.Entry.Accepted != 1 {
		t.Errorf("report %+v", report)
	}
}

func TestBoundedPagesAreCapped(t *testing.T) {
	s := filled(40)
	r := newReading(t, s, `{"accounts":["1900000001"],"max_pages":2}`)
	if report := r.visit(t); !report.Entry.Capped || report.Entry.Accepted != 20 {
		t.Errorf("report %+v", report)
	}
}

func TestEditsGrowthAndDeepRereading(t *testing.T) {
	s := filled(40)
	r := newReading(t, s, oneAccount)
	r.visit(t)
	near, far := s.posts[38], s.posts[25] // on the first page, and behind it but within a day
	near.text, near.edits = "改过的一条", 1
	far.likes = 500
	r.now = r.now.Add(2 * time.Minute)
	r.visit(t)
	if p, _ := r.basket.latest(near.mid); p.Text != "改过的一条" || !p.Edited {
		t.Errorf("the edit was missed: %+v", p)
	}
	if p, _ := r.basket.latest(far.mid); p.Engagement.Likes != 0 {
		t.Error("pages behind the first were read before it was due")
	}
	r.now = r.now.Add(20 * time.Minute)
	report := r.visit(t)
	if p, _ := r.basket.latest(far.mid); p.Engagement.Likes != 500 || report.Entry.Accepted != 1 || report.Entry.Capped {
		t.Errorf("growth behind the first page was missed: %+v, %+v", p, report)
	}
	near.edits = 2 // an edit beyond the cut changes nothing else that the list shows
	r.now = r.now.Add(time.Minute)
	if report := r.visit(t); report.Entry.Accepted != 1 {
		t.Errorf("a second edit was missed: %+v", report)
	}
}

func TestDeletedPostBecomesATombstone(t *testing.T) {
	s := filled(15)
	pinned := s.add(fetched.Add(-500*time.Hour), uid, "置顶的一条")
	pinned.pinned = true
	r := newReading(t, s, oneAccount)
	r.visit(t)
	s.posts[12].deleted = true
	s.posts[13].hidden = true
	r.now = r.now.Add(2 * time.Minute)
	s.forget()
	report := r.visit(t)
	p, _ := r.basket.latest(s.posts[12].mid)
	if !p.Deleted || p.Text != "" || p.PublishedAt.IsZero() || p.Validate() != nil {
		t.Errorf("no tombstone: %+v", p)
	}
	if report.Entry.Accepted != 1 || s.times("/statuses/show") != 2 {
		t.Errorf("report %+v after %v", report, s.asked)
	}
	s.forget()
	r.now = r.now.Add(2 * time.Minute)
	if report := r.visit(t); report.Entry.Accepted != 0 || s.times("/statuses/show") != 0 {
		t.Errorf("asked again at once: %v", s.asked)
	}
	s.posts[13].deleted = true
	r.now = r.now.Add(2 * time.Hour)
	r.visit(t)
	if p, _ := r.basket.latest(s.posts[13].mid); !p.Deleted {
		t.Error("the later deletion was missed")
	}
	pinned.pinned, pinned.deleted = false, true
	r.now = r.now.Add(2 * time.Minute)
	if report := r.visit(t); report.Entry.Accepted != 0 {
		t.Errorf("an old pinned post that is gone says nothing: %+v", report)
	}
}

func TestWholeAccountGone(t *testing.T) {
	s := filled(3)
	r := newReading(t, s, oneAccount)
	r.visit(t)
	for _, e := range s.posts {
		e.deleted = true
	}
	r.now = r.now.Add(time.Minute)
	if report := r.visit(t); report.Entry.Accepted != 3 || report.Answer != crawler.AnswerEmpty {
		t.Errorf("report %+v", report)
	}
}

func TestLongTextIsWhole(t *testing.T) {
	s := filled(3)
	s.posts[1].whole = "第1条<br />全部内容"
	r := newReading(t, s, oneAccount)
	r.visit(t)
	if p, _ := r.basket.latest(s.posts[1].mid); p.Text != "第1条\n全部内容" || p.Truncated {
		t.Errorf("%+v", p)
	}
	s.forget()
	r.now = r.now.Add(time.Minute)
	if r.visit(t); s.times("/statuses/extend") != 0 {
		t.Error("an unchanged long text was fetched again")
	}
	r = newReading(t, s, `{"accounts":["1900000001"],"long_text":false}`)
	r.visit(t)
	if p, _ := r.basket.latest(s.posts[1].mid); !p.Truncated || s.times("/statuses/extend") != 0 {
		t.Errorf("%+v", p)
	}
}

// TestLongTextRefused: what was read is offered although the site refuses the
// rest; the next visit brings the whole.
func TestLongTextRefused(t *testing.T) {
	s := filled(6)
	s.posts[4].whole, s.posts[2].whole = "第4条 全部", "第2条 全部"
	s.wall = func(r *http.Request) bool { return r.URL.Path == "/statuses/extend" }
	r := newReading(t, s, oneAccount)
	report := r.visit(t)
	if report.Answer != crawler.AnswerLoginWall || len(r.basket.posts) != 6 || s.times("/statuses/extend") != 1 {
		t.Fatalf("report %+v, %d posts, asked %v", report, len(r.basket.posts), s.asked)
	}
	if p, _ := r.basket.latest(s.posts[2].mid); !p.Truncated {
		t.Errorf("%+v", p)
	}
	s.wall = nil
	r.visit(t)
	for _, n := range []int{2, 4} {
		if p, _ := r.basket.latest(s.posts[n].mid); p.Truncated || !strings.HasSuffix(p.Text, "全部") {
			t.Errorf("%+v", p)
		}
	}
}

func TestLongTextUnreadableIsTriedAgain(t *testing.T) {
	s := filled(2)
	s.posts[1].whole = "第1条 全部"
	s.status = func(r *http.Request) int {
		if r.URL.Path == "/statuses/extend" {
			return http.StatusNotFound
		}
		return 0
	}
	r := newReading(t, s, oneAccount)
	r.visit(t)
	r.now = r.now.Add(time.Minute)
	if report := r.visit(t); report.Entry.Accepted != 0 || s.times("/statuses/extend") != 2 {
		t.Errorf("report %+v, asked %v", report, s.asked)
	}
	s.status = nil
	r.visit(t)
	if p, _ := r.basket.latest(s.posts[1].mid); p.Truncated {
		t.Errorf("%+v", p)
	}
}

func TestComments(t *testing.T) {
	s := filled(3)
	e := s.posts[1]
	for i := range int64(25) {
		s.comments[e.mid] = append(s.comments[e.mid], midAt(fetched.Add(-time.Duration(i)*time.Minute), 900+i))
	}
	e.comments = 25
	r := newReading(t, s, `{"accounts":["1900000001"],"comments":true,"comment_pages":2}`)
	report := r.visit(t)
	if report.Entry.Accepted != 3+20 || !report.Entry.Capped || s.times("/comments/hotflow") != 2 {
		t.Fatalf("report %+v, asked %v", report, s.asked)
	}
	p := r.basket.posts[3]
	if p.Kind != huiying.KindComment || p.ParentID != "weibo:"+strconv.FormatInt(e.mid, 10) || p.Region != "宁夏" || p.PublishedAt.IsZero() {
		t.Errorf("%+v", p)
	}
	s.forget()
	r.now = r.now.Add(time.Minute)
	if report := r.visit(t); report.Entry.Accepted != 0 || s.times("/comments/hotflow") != 0 {
		t.Errorf("comments of an unchanged post were read again: %v", s.asked)
	}
	s.comments[e.mid] = append([]int64{midAt(r.now, 990)}, s.comments[e.mid]...)
	e.comments = 26
	r.now = r.now.Add(time.Minute)
	if report := r.visit(t); report.Entry.Accepted != 1 {
		t.Errorf("report %+v", report)
	}
}

func TestCommentsForbiddenLeaveThePosts(t *testing.T) {
	s := filled(3)
	for _, e := range s.posts {
		e.comments = 4
	}
	s.status = func(r *http.Request) int {
		if r.URL.Path == "/comments/hotflow" || r.URL.Path == "/api/comments/show" {
			return http.StatusForbidden
		}
		return 0
	}
	r := newReading(t, s, `{"accounts":["1900000001"],"comments":3}`)
	if report := r.visit(t); report.Entry.Accepted != 3 || report.Answer != crawler.AnswerOK || s.times("/comments/hotflow") != 1 {
		t.Errorf("report %+v, asked %v", report, s.asked)
	}
}

// TestWallStopsTheVisit: accounts finished before keep their marks, nothing is
// asked after it.
func TestWallStopsTheVisit(t *testing.T) {
	s := filled(5)
	s.add(fetched, 1900000002, "别家的一条")
	s.wall = func(r *http.Request) bool { return strings.Contains(r.URL.RawQuery, "1900000002") }
	r := newReading(t, s, `{"accounts":["1900000001","1900000002","1900000003"]}`)
	report := r.visit(t)
	if report.Answer != crawler.AnswerLoginWall || report.Detail == "" || report.Entry.Reason != "weibo.cookie_refused" || len(r.basket.posts) != 5 || len(s.asked) != 2 {
		t.Fatalf("report %+v, asked %v", report, s.asked)
	}
	s.wall = nil
	report = r.visit(t)
	if report.Entry.Accepted != 1 || report.Answer != crawler.AnswerOK {
		t.Errorf("report %+v", report)
	}
}

func TestStatusRefusals(t *testing.T) {
	s := filled(5)
	r := newReading(t, s, oneAccount)
	r.visit(t)
	before := r.cursor
	s.status = func(*http.Request) int { return 432 }
	report := r.visit(t)
	if report.Answer != crawler.AnswerRateLimited || report.Detail != "HTTP 432" {
		t.Errorf("report %+v", report)
	}
	if string(before) != string(report.Cursor) {
		t.Error("a refused visit moved the cursor")
	}
}

func TestSearchCarriesTheCookie(t *testing.T) {
	s := filled(25)
	for i := range s.posts {
		s.posts[i].text = "政务大厅 " + s.posts[i].text
	}
	s.wall = func(r *http.Request) bool { c, err := r.Cookie("SUB"); return err != nil || c.Value != "abc" }
	r := newReading(t, s, `{"queries":["政务大厅"],"cookie":"abc"}`)
	report := r.visit(t)
	if report.Entry.Accepted != 25 || report.Entry.Pages != 3 {
		t.Errorf("report %+v, asked %v", report, s.asked)
	}
	if !strings.Contains(s.asked[1], "page=2") || !strings.Contains(s.asked[0], "100103type%3D61%26q%3D%E6%94%BF") {
		t.Errorf("asked %v", s.asked)
	}
}

// TestSinceReadsAgain: after an unclean start, what was accepted from then on
// is offered again, and nothing older.
func TestSinceReadsAgain(t *testing.T) {
	s := filled(30)
	r := newReading(t, s, oneAccount)
	r.visit(t)
	r.now = r.now.Add(30 * time.Minute)
	late := s.add(r.now, uid, "后来的一条")
	r.visit(t)
	r.now = r.now.Add(5 * time.Minute)
	r.since = r.now.Add(-10 * time.Minute)
	before := len(r.basket.posts)
	report := r.visit(t)
	if report.Entry.Accepted != 1 || r.basket.posts[before].ID != "weibo:"+strconv.FormatInt(late.mid, 10) {
		t.Errorf("report %+v", report)
	}
	r.since = fetched.Add(-time.Minute)
	if report := r.visit(t); report.Entry.Accepted != 31 {
		t.Errorf("report %+v", report)
	}
}

func TestSinkFailureLosesNothing(t *testing.T) {
	s := filled(12)
	r := newReading(t, s, oneAccount)
	r.basket.fail = 7
	if _, err := r.try(t); !errors.Is(err, errFull) {
		t.Fatalf("err %v", err)
	}
	r.visit(t)
	for _, e := range s.posts {
		if _, ok := r.basket.latest(e.mid); !ok {
			t.Errorf("post %d is lost", e.mid)
		}
	}
}

func TestUnreachable(t *testing.T) {
	s := filled(1)
	r := newReading(t, s, oneAccount)
	r.source.BaseURL = "http://127.0.0.1:1"
	if _, err := r.try(t); huiying.ErrorCode(err) != huiying.Unavailable {
		t.Errorf("err %v", err)
	}
}

// TestStuckListEnds: a server that answers every page alike is left soon.
func TestStuckListEnds(t *testing.T) {
	s := filled(30)
	s.stuck = true
	r := newReading(t, s, oneAccount)
	if r.visit(t); len(s.asked) > 2 || len(r.basket.posts) != 10 {
		t.Errorf("asked %v, %d posts", s.asked, len(r.basket.posts))
	}
}

func TestStreamsNoLongerReadAreForgotten(t *testing.T) {
	s := filled(3)
	r := newReading(t, s, oneAccount)
	r.visit(t)
	r.source.Options = json.RawMessage(`{"accounts":["1900000009"]}`)
	if report := r.visit(t); strings.Contains(string(report.Cursor), "1900000001") || report.Answer != crawler.AnswerEmpty {
		t.Errorf("cursor %s", report.Cursor)
	}
}

func TestBrokenCursor(t *testing.T) {
	r := newReading(t, filled(1), oneAccount)
	r.cursor = json.RawMessage(`{"streams":7}`)
	if _, err := r.try(t); err == nil {
		t.Error("a broken cursor was read")
	}
}
