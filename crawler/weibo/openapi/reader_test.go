package openapi_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/weibo/openapi"
	"huiying/crawler/weibo/readertest"
)

type object = readertest.Object

// platform is a small open platform.
type platform struct {
	lists   map[string][]int64 // path → ids, the newest last
	texts   map[int64]string
	reposts map[int64][]int64
	gone    map[int64]bool
	refuse  func(r *http.Request) (status, code int, words string)
}

func newPlatform() *platform {
	return &platform{lists: map[string][]int64{}, texts: map[int64]string{}, reposts: map[int64][]int64{}, gone: map[int64]bool{}}
}

// perPage is less than what is asked for, so that pages are turned.
const perPage = 4

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.refuse != nil {
		if status, code, words := p.refuse(r); status != 0 {
			readertest.Reply(w, status, object{"request": r.URL.Path, "error_code": code, "error": words})
			return
		}
	}
	q := r.URL.Query()
	if q.Get("access_token") != "2.00secret" {
		readertest.Reply(w, 403, object{"error": "invalid_access_token", "error_code": 21332, "request": r.URL.Path})
		return
	}
	path := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/2/"), ".json")
	path = strings.TrimSuffix(path, "/biz")
	id := readertest.Query(q, "id")
	switch path {
	case "statuses/show":
		if p.gone[id] || p.texts[id] == "" {
			readertest.Reply(w, 400, object{"error": "target weibo does not exist!", "error_code": 20101, "request": r.URL.Path})
			return
		}
		readertest.Reply(w, 200, p.status(id))
	case "statuses/repost_timeline":
		p.list(w, "reposts", p.reposts[id], r)
	case "comments/to_me", "comments/mentions":
		p.list(w, "comments", p.lists[path], r)
	default:
		p.list(w, "statuses", p.lists[path], r)
	}
}

func (p *platform) list(w http.ResponseWriter, name string, ids []int64, r *http.Request) {
	since, before := readertest.Query(r.URL.Query(), "since_id"), readertest.Query(r.URL.Query(), "max_id")
	rows, next := []object{}, int64(0)
	for _, id := range slices.Backward(ids) {
		switch {
		case id <= since || (before > 0 && id > before) || p.gone[id]:
		case len(rows) == perPage:
			next = max(next, id)
		case name == "comments":
			rows = append(rows, object{
				"created_at": created(id), "id": id, "text": p.texts[id], "user": user(id), "source": "<a href=\"x\">网页</a>",
				"status": p.status(readertest.Mid(readertest.Begin().Add(-time.Hour), 99)),
			})
		default:
			rows = append(rows, p.status(id))
		}
	}
	readertest.Reply(w, 200, object{name: rows, "next_cursor": next, "previous_cursor": 0, "total_number": len(ids)})
}

func created(id int64) string {
	return time.Unix(id>>22+515483463, 0).In(readertest.Zone()).Format(time.RubyDate)
}

func user(id int64) object {
	return object{"id": id % 1000, "idstr": strconv.FormatInt(id%1000, 10), "screen_name": "某"}
}

func (p *platform) status(id int64) object {
	return object{
		"created_at": created(id), "id": id, "mid": strconv.FormatInt(id, 10), "text": p.texts[id] + "。", "user": user(id),
		"reposts_count": len(p.reposts[id]), "comments_count": 1,
	}
}

func (p *platform) write(path string, t time.Time, text string) int64 {
	id := readertest.Mid(t, int64(len(p.texts)+1))
	p.lists[path], p.texts[id] = append(p.lists[path], id), text
	return id
}

const token = `{"access_token":"2.00secret","max_pages":2}`

func TestEveryListFromItsWatermark(t *testing.T) {
	p := newPlatform()
	r := readertest.New(t, openapi.Kind(), p.ServeHTTP, token)
	for i := range 3 {
		at := r.Now.Add(-time.Duration(i+1) * time.Minute)
		p.write("statuses/mentions", at, "@大厅 排队")
		p.write("comments/to_me", at, "谢谢")
		p.write("comments/mentions", at, "@大厅 看看")
	}
	own := p.write("statuses/user_timeline", r.Now.Add(-time.Minute), "通知")
	p.reposts[own] = []int64{readertest.Mid(r.Now.Add(-30*time.Second), 7)}
	p.texts[p.reposts[own][0]] = "转发微博"
	report := r.Visit(t)
	if report.Answer != crawler.AnswerOK || report.Entry.Accepted != 9+1+1+1 || report.Entry.Capped {
		t.Fatalf("%+v", report) // nine, the post the comments stand under, the own one and its repost
	}
	kinds := map[string]int{}
	for _, q := range r.Posts {
		kinds[q.Kind]++
		if q.Evidence == "" || strings.Contains(q.URL, "secret") {
			t.Errorf("%+v", q)
		}
	}
	if kinds[huiying.KindComment] != 6 || kinds[huiying.KindRepost] != 1 {
		t.Errorf("%v", kinds)
	}
	r.Now = r.Now.Add(time.Minute)
	fresh := p.write("comments/to_me", r.Now, "还在排")
	r.Forget()
	if report := r.Visit(t); report.Entry.Accepted != 1 || len(r.Asked("/2/comments/to_me.json")) != 1 {
		t.Errorf("%+v", report)
	}
	if since := r.Asked("/2/comments/to_me.json")[0].URL.Query().Get("since_id"); since == "" || since >= strconv.FormatInt(fresh, 10) {
		t.Errorf("since_id %q", since)
	}
	if strings.Contains(string(r.Cursor), "secret") || strings.Contains(report.Detail, "secret") {
		t.Error("the token stands in the cursor or the ledger")
	}
}

// TestGapFollows: what a visit had no pages left for comes with the next ones,
// and nothing twice.
func TestGapFollows(t *testing.T) {
	p := newPlatform()
	r := readertest.New(t, openapi.Kind(), p.ServeHTTP, `{"access_token":"2.00secret","max_pages":1,"lists":["mentions"]}`)
	p.write("statuses/mentions", r.Now, "首条")
	r.Visit(t)
	for range 30 {
		r.Now = r.Now.Add(time.Second)
		p.write("statuses/mentions", r.Now, "又来了")
	}
	if report := r.Visit(t); !report.Entry.Capped || report.Entry.Accepted != perPage || !strings.Contains(report.Detail, "mentions") {
		t.Fatalf("%+v", report)
	}
	for n := 0; ; n++ {
		if r.Now = r.Now.Add(time.Minute); n%3 == 0 {
			p.write("statuses/mentions", r.Now, "中途")
		}
		if report := r.Visit(t); !report.Entry.Capped {
			break
		}
		if n > 40 {
			t.Fatal("the gap never closes")
		}
	}
	met := map[string]int{}
	for _, q := range r.Posts {
		met[q.ID]++
	}
	for _, id := range p.lists["statuses/mentions"] {
		if met["weibo:"+strconv.FormatInt(id, 10)] != 1 {
			t.Errorf("%d was accepted %d times", id, met["weibo:"+strconv.FormatInt(id, 10)])
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		status, code int
		words        string
		want         crawler.Answer
		reason       string
	}{
		{403, 21327, "expired_token", crawler.AnswerLoginWall, "weibo.token_refused"},
		{401, 21314, "token_used", crawler.AnswerLoginWall, "weibo.token_refused"},
		{403, 10022, "IP requests out of rate limit!", crawler.AnswerRateLimited, ""},
		{403, 10023, "User requests out of rate limit!", crawler.AnswerRateLimited, ""},
		{403, 10024, "User requests for (x) out of rate limit!", crawler.AnswerRateLimited, ""},
		{403, 10014, "Insufficient app permissions!", crawler.AnswerForbidden, ""},
		{200, 20502, "Need you follow uid.", crawler.AnswerForbidden, ""},
	} {
		p := newPlatform()
		r := readertest.New(t, openapi.Kind(), p.ServeHTTP, token)
		p.write("statuses/mentions", r.Now, "首条")
		r.Visit(t)
		r.Now = r.Now.Add(26 * time.Hour)
		p.refuse = func(*http.Request) (int, int, string) { return c.status, c.code, c.words }
		r.Forget()
		report := r.Visit(t)
		if report.Answer != c.want || report.Entry.Reason != c.reason || !strings.Contains(report.Detail, strconv.Itoa(c.code)) || len(r.Asked("/")) != 1 {
			t.Errorf("%d: %+v after %d questions", c.code, report, len(r.Asked("/")))
		}
		if c.reason != "" && !strings.Contains(report.Entry.Detail, "token of source town-weibo: refused since 2026-11-21 12:00, had worked from 2026-11-20 10:00") {
			t.Errorf("%q", report.Entry.Detail)
		}
	}
}

func TestTokenFileAndExpiry(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("2.00secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newPlatform()
	r := readertest.New(t, openapi.Kind(), p.ServeHTTP, `{"token_file":"`+file+`","token_expires":"2026-11-24","commercial":true}`)
	p.write("statuses/mentions", r.Now, "首条")
	report := r.Visit(t)
	if report.Answer != crawler.AnswerOK || report.Entry.Reason != "weibo.token_expires" || !strings.Contains(report.Detail, "2026-11-24") {
		t.Errorf("%+v", report)
	}
	if len(r.Asked("/2/statuses/mentions/biz.json")) != 1 {
		t.Error("the commercial interface was not asked")
	}
	r.Now = r.Now.Add(10 * 24 * time.Hour)
	if report := r.Visit(t); report.Entry.Reason != "weibo.token_expired" {
		t.Errorf("%+v", report)
	}
}

func TestOwnPostDeleted(t *testing.T) {
	p := newPlatform()
	r := readertest.New(t, openapi.Kind(), p.ServeHTTP, `{"access_token":"2.00secret","lists":["own"]}`)
	a := p.write("statuses/user_timeline", r.Now, "通知一")
	b := p.write("statuses/user_timeline", r.Now.Add(time.Second), "通知二")
	r.Visit(t)
	p.gone[a] = true
	r.Now = r.Now.Add(time.Hour)
	r.Visit(t)
	if got, _ := r.Latest("weibo:" + strconv.FormatInt(a, 10)); !got.Deleted {
		t.Errorf("%+v", got)
	}
	if got := r.Look(t, "weibo:"+strconv.FormatInt(a, 10)); got.Answer != crawler.AnswerDeleted || len(got.Posts) != 1 || !got.Posts[0].Deleted {
		t.Errorf("%+v", got)
	}
	if got := r.Look(t, "weibo:"+strconv.FormatInt(b, 10)); got.Answer != crawler.AnswerOK || len(got.Posts) != 1 || got.Posts[0].Text != "通知二。" {
		t.Errorf("%+v", got)
	}
	if got := r.Look(t, "weibo:c12"); len(got.Posts) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestWindow(t *testing.T) {
	p := newPlatform()
	r := readertest.New(t, openapi.Kind(), p.ServeHTTP, `{"access_token":"2.00secret","lists":["mentions"],"max_pages":1}`)
	for h := range 60 {
		p.write("statuses/mentions", r.Now.Add(time.Duration(h-60)*time.Hour), "旧帖")
	}
	r.Window = crawler.Window{From: r.Now.Add(-50 * time.Hour), To: r.Now.Add(-20 * time.Hour)}
	report := r.Visit(t)
	if report.Entry.Accepted != 30 || report.Entry.Capped {
		t.Errorf("%+v", report)
	}
	for _, q := range r.Posts {
		if !r.Window.Holds(q.PublishedAt) {
			t.Errorf("%v is outside the window", q.PublishedAt)
		}
	}
}

func TestCheck(t *testing.T) {
	for options, want := range map[string]string{
		`{}`:                                    "weibo.token_missing",
		`{"access_token":"a","token_file":"b"}`: "weibo.two_secrets",
		`{"access_token":"a","lists":["everything"]}`:    "weibo.unknown_list",
		`{"access_token":"a","token_expires":"soon"}`:    "weibo.bad_expiry",
		`{"access_token":"a","max_pages":0}`:             "weibo.bad_number",
		`{"access_token":"a","reposts":true,"cookie":1}`: "weibo.options_unreadable",
		`{"access_token":"a\nb"}`:                        "weibo.bad_secret",
		`{"access_token":"a","reread":"long"}`:           "weibo.bad_duration",
	} {
		err := openapi.Check(huiying.Source{ID: "x", Options: []byte(options)})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", options, err)
		}
	}
}
