package ajax_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/text"
	"huiying/crawler/weibo/ajax"
	"huiying/crawler/weibo/readertest"
)

type object = readertest.Object

const (
	uid     = 7100000011
	perPage = 5
)

// desk is a small weibo.com.
type desk struct {
	posts    []*entry // of the account, the newest last
	comments map[int64][]int64
	replies  map[int64][]int64 // of a comment
	reposts  map[int64][]int64
	hot      []string
	refuse   func(w http.ResponseWriter, r *http.Request) bool
}

type entry struct {
	mid     int64
	text    string
	whole   string
	pinned  bool
	deleted bool
}

func newDesk() *desk {
	return &desk{comments: map[int64][]int64{}, replies: map[int64][]int64{}, reposts: map[int64][]int64{}}
}

func (d *desk) write(t time.Time, text string) *entry {
	e := &entry{mid: readertest.Mid(t, int64(len(d.posts)+1)), text: text}
	d.posts = append(d.posts, e)
	return e
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d.refuse != nil && d.refuse(w, r) {
		return
	}
	if r.Header.Get("X-Requested-With") != "XMLHttpRequest" || !strings.HasSuffix(r.Header.Get("Referer"), "/") {
		readertest.Reply(w, 403, object{"error": "Forbidden"})
		return
	}
	if r.URL.Path == "/ajax/side/hotSearch" {
		readertest.Reply(w, 200, d.hotSearch())
		return
	}
	if !strings.Contains(r.Header.Get("Cookie"), "SUB=good") || r.Header.Get("X-Xsrf-Token") != "echo" {
		readertest.Reply(w, 200, object{"ok": -100, "url": "https://weibo.com/login.php?url=https%3A%2F%2Fweibo.com%2F"})
		return
	}
	q := r.URL.Query()
	switch strings.TrimPrefix(r.URL.Path, "/ajax/") {
	case "statuses/mymblog":
		d.timeline(w, int(readertest.Query(q, "page")), readertest.Query(q, "since_id"))
	case "statuses/searchProfile":
		d.within(w, r)
	case "statuses/show":
		d.show(w, readertest.Query(q, "id"))
	case "statuses/longtext":
		d.longtext(w, q.Get("id"))
	case "statuses/buildComments":
		d.talk(w, r)
	case "statuses/repostTimeline":
		d.forwards(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (d *desk) hotSearch() object {
	rows := []object{}
	for i, word := range d.hot {
		rows = append(rows, object{"word": word, "word_scheme": "#" + word + "#", "num": 1000 * (i + 1), "rank": i})
	}
	rows = append(rows, object{"word": "广告", "is_ad": 1})
	return object{"ok": 1, "data": object{"realtime": rows}}
}

func (d *desk) mblog(e *entry) object {
	id := strconv.FormatInt(e.mid, 10)
	m := object{
		"id": e.mid, "idstr": id, "mid": id, "mblogid": text.MidToBid(id), "text_raw": e.text, "text": e.text, "isLongText": e.whole != "",
		"created_at":     time.Unix(e.mid>>22+515483463, 0).In(readertest.Zone()).Format(time.RubyDate),
		"user":           object{"id": uid, "idstr": strconv.Itoa(uid), "screen_name": "青禾镇政务"},
		"comments_count": len(d.comments[e.mid]) + len(d.replies), "reposts_count": len(d.reposts[e.mid]), "region_name": "发布于 宁夏",
	}
	if e.pinned {
		m["isTop"] = 1
	}
	return m
}

func (d *desk) timeline(w http.ResponseWriter, page int, since int64) {
	var top, list []*entry
	for _, e := range slices.Backward(d.posts) {
		switch {
		case e.deleted:
		case e.pinned:
			top = append(top, e)
		default:
			list = append(list, e)
		}
	}
	from := (page - 1) * perPage
	if since > 0 {
		from = max(slices.IndexFunc(list, func(e *entry) bool { return e.mid <= since }), 0)
	}
	from = min(from, len(list))
	shown := list[from:min(from+perPage, len(list))]
	if page == 1 {
		shown = append(top, shown...)
	}
	rows := []object{}
	for _, e := range shown {
		rows = append(rows, d.mblog(e))
	}
	data := object{"list": rows, "total": len(list)}
	if from+perPage < len(list) {
		data["since_id"] = strconv.FormatInt(list[from+perPage].mid, 10)
	}
	readertest.Reply(w, 200, object{"ok": 1, "data": data})
}

func (d *desk) within(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	rows := []object{}
	skip := (int(readertest.Query(q, "page")) - 1) * perPage
	for _, e := range slices.Backward(d.posts) {
		at := e.mid>>22 + 515483463
		if at < readertest.Query(q, "starttime") || at > readertest.Query(q, "endtime") {
			continue
		}
		if skip--; skip < 0 && len(rows) < perPage {
			rows = append(rows, d.mblog(e))
		}
	}
	readertest.Reply(w, 200, object{"ok": 1, "data": object{"list": rows}})
}

func (d *desk) show(w http.ResponseWriter, id int64) {
	for _, e := range d.posts {
		if e.mid == id && !e.deleted {
			m := d.mblog(e)
			m["ok"] = 1
			readertest.Reply(w, 200, m)
			return
		}
	}
	readertest.Reply(w, 400, object{"ok": 0, "errno": "20101", "msg": "该微博不存在"})
}

func (d *desk) longtext(w http.ResponseWriter, bid string) {
	for _, e := range d.posts {
		if text.MidToBid(strconv.FormatInt(e.mid, 10)) == bid && e.whole != "" && e.whole != e.text {
			readertest.Reply(w, 200, object{"ok": 1, "data": object{"longTextContent": e.whole}})
			return
		}
	}
	readertest.Reply(w, 200, object{"ok": 1, "data": object{}})
}

func comment(id, root int64, total int) object {
	s := strconv.FormatInt(id, 10)
	return object{
		"id": id, "idstr": s, "mid": s, "rootid": root, "rootidstr": strconv.FormatInt(root, 10), "text_raw": "评论" + s, "text": "评论" + s,
		"created_at": time.Unix(id>>22+515483463, 0).In(readertest.Zone()).Format(time.RubyDate), "source": "来自宁夏",
		"user": object{"id": id % 1000, "screen_name": "评"}, "total_number": total, "like_counts": 0, "comments": []object{},
	}
}

func (d *desk) talk(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	id, ids := readertest.Query(q, "id"), []int64(nil)
	root := object(nil)
	if q.Get("fetch_level") == "1" {
		ids, root = d.replies[id], comment(id, id, len(d.replies[id]))
	} else {
		ids = d.comments[id]
	}
	rows, next := []object{}, int64(0)
	for _, c := range slices.Backward(ids) {
		switch before := readertest.Query(q, "max_id"); {
		case before > 0 && c > before:
		case len(rows) == perPage:
			next = max(next, c)
		case root != nil:
			rows = append(rows, comment(c, id, 0))
		default:
			row := comment(c, c, len(d.replies[c]))
			if list := d.replies[c]; len(list) > 0 {
				row["comments"] = []object{comment(list[0], c, 0)} // one is shown with it
			}
			rows = append(rows, row)
		}
	}
	readertest.Reply(w, 200, object{"ok": 1, "data": rows, "rootComment": root, "max_id": next, "total_number": len(ids), "trendsText": "已加载全部评论"})
}

func (d *desk) forwards(w http.ResponseWriter, r *http.Request) {
	id, page := readertest.Query(r.URL.Query(), "id"), int(readertest.Query(r.URL.Query(), "page"))
	rows := []object{}
	for i, mid := range d.reposts[id] {
		if i/perPage == page-1 {
			rows = append(rows, d.mblog(&entry{mid: mid, text: "转发微博"}))
		}
	}
	readertest.Reply(w, 200, object{"ok": 1, "data": rows, "total_number": len(d.reposts[id]), "max_page": (len(d.reposts[id]) + perPage - 1) / perPage})
}

const account = `"accounts":["7100000011"],"cookie":"SUB=good; XSRF-TOKEN=echo"`

func TestTimeline(t *testing.T) {
	d := newDesk()
	r := readertest.New(t, ajax.Kind(), d.ServeHTTP, `{`+account+`}`)
	for i := range 12 {
		d.write(r.Now.Add(time.Duration(i-12)*time.Minute), "通知"+strconv.Itoa(i))
	}
	d.posts[0].pinned = true
	d.posts[11].whole = "通知11，全文在此"
	report := r.Visit(t)
	if report.Answer != crawler.AnswerOK || report.Entry.Accepted != 12 || report.Entry.Capped {
		t.Fatalf("%+v", report)
	}
	if p, _ := r.Latest("weibo:" + strconv.FormatInt(d.posts[11].mid, 10)); p.Text != "通知11，全文在此" || p.Truncated || p.Region != "宁夏" {
		t.Errorf("%+v", p)
	}
	d.posts[10].deleted = true
	d.write(r.Now, "新通知")
	r.Now = r.Now.Add(time.Hour)
	if report := r.Visit(t); report.Entry.Accepted != 2 {
		t.Errorf("%+v", report)
	}
	if p, _ := r.Latest("weibo:" + strconv.FormatInt(d.posts[10].mid, 10)); !p.Deleted {
		t.Errorf("%+v", p)
	}
}

func TestCommentsRepliesAndReposts(t *testing.T) {
	d := newDesk()
	r := readertest.New(t, ajax.Kind(), d.ServeHTTP, `{`+account+`,"comments":true,"replies":true,"reposts":true}`)
	e := d.write(r.Now.Add(-time.Hour), "通知")
	for i := range 8 {
		d.comments[e.mid] = append(d.comments[e.mid], readertest.Mid(r.Now.Add(time.Duration(i-50)*time.Minute), int64(i+1)))
	}
	under := d.comments[e.mid][2]
	for i := range 7 {
		d.replies[under] = append(d.replies[under], readertest.Mid(r.Now.Add(time.Duration(i-30)*time.Minute), int64(i+50)))
	}
	for i := range 6 {
		d.reposts[e.mid] = append(d.reposts[e.mid], readertest.Mid(r.Now.Add(time.Duration(i-20)*time.Minute), int64(i+80)))
	}
	if report := r.Visit(t); report.Entry.Accepted != 1+8+7+6 || report.Entry.Capped {
		t.Fatalf("%+v", report)
	}
	root := "weibo:" + strconv.FormatInt(e.mid, 10)
	kinds := map[string]int{}
	for _, p := range r.Posts {
		kinds[p.Kind]++
		if p.Kind != huiying.KindPost && p.RootID != root {
			t.Errorf("%s %s stands under %s", p.Kind, p.ID, p.RootID)
		}
		if p.Kind == huiying.KindReply && p.ParentID != "weibo:c"+strconv.FormatInt(under, 10) {
			t.Errorf("reply to %s", p.ParentID)
		}
	}
	if kinds[huiying.KindComment] != 8 || kinds[huiying.KindReply] != 7 || kinds[huiying.KindRepost] != 6 {
		t.Errorf("%v", kinds)
	}
	r.Now = r.Now.Add(time.Minute)
	r.Forget()
	if report := r.Visit(t); report.Entry.Accepted != 0 || len(r.Asked("/ajax/statuses/buildComments"))+len(r.Asked("/ajax/statuses/repostTimeline")) != 0 {
		t.Errorf("asked again for what did not change: %+v", report)
	}
	d.replies[under] = append(d.replies[under], readertest.Mid(r.Now, 99))
	d.replies[0] = []int64{1} // the post's own count grows with it
	r.Now = r.Now.Add(time.Minute)
	if report := r.Visit(t); report.Entry.Accepted != 2 { // the comment too: its count has doubled
		t.Errorf("a new reply under an old comment: %+v", report.Entry)
	}
}

// TestHotSearch: nobody need sign in for it, and it is asked once a minute.
func TestHotSearch(t *testing.T) {
	d := newDesk()
	d.hot = []string{"暴雨预警", "大厅延时"}
	r := readertest.New(t, ajax.Kind(), d.ServeHTTP, `{"hot_search":true}`)
	if report := r.Visit(t); report.Answer != crawler.AnswerOK || report.Entry.Accepted != 2 || r.Posts[0].Kind != huiying.KindThread {
		t.Fatalf("%+v %+v", report, r.Posts)
	}
	r.Now = r.Now.Add(59 * time.Second)
	r.Forget()
	if r.Visit(t); len(r.Asked("/")) != 0 {
		t.Error("asked within the minute")
	}
	d.hot = append(d.hot, "新词")
	r.Now = r.Now.Add(2 * time.Second)
	if report := r.Visit(t); report.Entry.Accepted != 1 {
		t.Errorf("%+v", report)
	}
	if h := r.Asked("/ajax/side/hotSearch")[0].Header; h.Get("Cookie") != "" || h.Get("X-Xsrf-Token") != "" {
		t.Errorf("%v", h)
	}
}

func TestWalls(t *testing.T) {
	for name, c := range map[string]struct {
		refuse func(w http.ResponseWriter, r *http.Request) bool
		want   crawler.Answer
		reason string
	}{
		"signed out": {func(w http.ResponseWriter, _ *http.Request) bool {
			readertest.Reply(w, 200, object{"ok": -100, "url": "https://passport.weibo.com/sso/signin"})
			return true
		}, crawler.AnswerLoginWall, "weibo.cookie_refused"},
		"account wall": {func(w http.ResponseWriter, _ *http.Request) bool {
			readertest.Reply(w, 403, object{"ok": 0, "message": "前方有点拥堵，请登录后使用"})
			return true
		}, crawler.AnswerLoginWall, "weibo.cookie_refused"},
		"visitor gate": {func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "https://passport.weibo.com/visitor/visitor?entry=miniblog", http.StatusFound)
			return true
		}, crawler.AnswerLoginWall, "weibo.cookie_refused"},
		"wrong kind": {func(w http.ResponseWriter, _ *http.Request) bool {
			readertest.Reply(w, 403, object{"error": "Forbidden"})
			return true
		}, crawler.AnswerForbidden, ""},
		"captcha": {func(w http.ResponseWriter, _ *http.Request) bool {
			readertest.Reply(w, 200, object{"ok": 0, "url": "https://weibo.com/checkcode"})
			return true
		}, crawler.AnswerBlocked, ""},
		"too often": {func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(418)
			return true
		}, crawler.AnswerRateLimited, ""},
		"rubbish": {func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = w.Write([]byte("{"))
			return true
		}, crawler.AnswerMalformed, ""},
	} {
		d := newDesk()
		r := readertest.New(t, ajax.Kind(), d.ServeHTTP, `{`+account+`}`)
		e := d.write(r.Now.Add(-time.Hour), "通知")
		r.Visit(t)
		r.Now = r.Now.Add(time.Hour)
		d.refuse = c.refuse
		r.Forget()
		report := r.Visit(t)
		if report.Answer != c.want || report.Entry.Reason != c.reason || report.Entry.Detail == "" || len(r.Asked("/")) != 1 {
			t.Errorf("%s: %+v", name, report)
		}
		if c.reason != "" && (!strings.Contains(report.Detail, "had worked from 2026-11-20 10:00") || strings.Contains(report.Detail, "good")) {
			t.Errorf("%s: %s", name, report.Detail)
		}
		if got := r.Look(t, "weibo:"+strconv.FormatInt(e.mid, 10)); got.Answer != c.want {
			t.Errorf("%s: looked at, %s", name, got.Answer)
		}
	}
}

func TestWindowAndLook(t *testing.T) {
	d := newDesk()
	r := readertest.New(t, ajax.Kind(), d.ServeHTTP, `{`+account+`,"max_pages":1}`)
	for h := range 40 {
		d.write(r.Now.Add(time.Duration(h-40)*time.Hour), "旧帖")
	}
	r.Visit(t)
	before := len(r.Posts)
	r.Window = crawler.Window{From: r.Now.Add(-30 * time.Hour), To: r.Now.Add(-10 * time.Hour)}
	if report := r.Visit(t); report.Entry.Accepted != 20 || report.Entry.Capped {
		t.Errorf("%+v", report)
	}
	for _, p := range r.Posts[before:] {
		if !r.Window.Holds(p.PublishedAt) {
			t.Errorf("%v is outside the window", p.PublishedAt)
		}
	}
	r.Window = crawler.Window{}
	r.Now = r.Now.Add(time.Minute)
	if report := r.Visit(t); report.Entry.Accepted != 0 {
		t.Errorf("the back-fill moved how far the list was read: %+v", report)
	}
	if got := r.Look(t, "weibo:"+strconv.FormatInt(d.posts[3].mid, 10)); got.Answer != crawler.AnswerOK || len(got.Posts) != 1 || got.Posts[0].Evidence == "" {
		t.Errorf("%+v", got)
	}
}

func TestCheck(t *testing.T) {
	for options, want := range map[string]string{
		`{}`:                               "weibo.nothing_on_desktop",
		`{"accounts":["7100000011"]}`:      "weibo.desktop_needs_cookie",
		`{"accounts":["x"],"cookie":"a"}`:  "weibo.bad_account",
		`{"hot_search":true,"queries":[]}`: "weibo.options_unreadable",
		`{"hot_search":true,"cookie":"a","cookie_expires":"31.12."}`: "weibo.bad_expiry",
	} {
		err := ajax.Check(huiying.Source{ID: "x", Options: []byte(options)})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", options, err)
		}
	}
}
