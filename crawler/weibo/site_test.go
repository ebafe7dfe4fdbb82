package weibo_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/weibo"
)

// office is the zone of the tests, fetched when the first visit is.
var (
	office  = time.FixedZone("CST", 8*60*60)
	fetched = time.Date(2026, 11, 20, 10, 0, 0, 0, office)
)

// site is a small m.weibo.cn that answers in the real shapes.
type site struct {
	mu       sync.Mutex
	posts    []*entry // of every account, in the order they were written
	perPage  int
	asked    []string // paths and queries, in order
	headers  []http.Header
	wall     func(r *http.Request) bool // where a sign-in is demanded
	status   func(r *http.Request) int  // where a bare status is answered
	walls    int                        // from the how manieth question of now on a sign-in is demanded, 0 for never
	stuck    bool                       // every list request answers the first page
	comments map[int64][]int64          // mid → ids of its comments
	replies  map[int64][]int64          // comment → ids of its replies
	reposts  map[int64][]int64          // mid → mids of its reposts
}

type entry struct {
	mid      int64
	uid      int64
	text     string
	whole    string // the text behind 全文, "" when the list has it all
	comments int
	likes    int
	edits    int
	pinned   bool
	deleted  bool
	hidden   bool // not on the list, but there
}

type object = map[string]any

func midAt(t time.Time, n int64) int64 { return (t.Unix()-515483463)<<22 + n }

func (s *site) add(t time.Time, uid int64, text string) *entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := &entry{mid: midAt(t, int64(len(s.posts)+1)), uid: uid, text: text}
	s.posts = append(s.posts, e)
	return e
}

func (s *site) serve(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.URL.RequestURI())
	s.headers = append(s.headers, r.Header.Clone())
	switch {
	case s.status != nil && s.status(r) != 0:
		w.WriteHeader(s.status(r))
		return
	case s.walled() || (s.wall != nil && s.wall(r)):
		s.reply(w, object{"ok": -100, "url": "https://passport.weibo.com/sso/signin"})
		return
	}
	q := r.URL.Query()
	switch r.URL.Path {
	case "/api/container/getIndex":
		s.reply(w, s.list(q.Get("containerid"), q.Get("since_id"), q.Get("page")))
	case "/statuses/show":
		s.reply(w, s.one(q.Get("id"), func(e *entry) object { m := s.mblog(e); m["text"] = s.full(e); return m }))
	case "/statuses/extend":
		s.reply(w, s.one(q.Get("id"), func(e *entry) object { return object{"ok": 1, "longTextContent": s.full(e)} }))
	case "/comments/hotflow":
		s.reply(w, s.hotflow(q.Get("id"), q.Get("max_id"), q.Get("max_id_type")))
	case "/comments/hotFlowChild":
		s.reply(w, s.children(q.Get("cid"), q.Get("max_id")))
	case "/api/comments/show":
		s.reply(w, s.old(q.Get("id"), q.Get("page")))
	case "/api/statuses/repostTimeline":
		s.reply(w, s.forwards(q.Get("id"), q.Get("page")))
	default:
		http.NotFound(w, r)
	}
}

func (s *site) walled() bool {
	if s.walls > 1 {
		s.walls--
		return false
	}
	return s.walls == 1
}

func (s *site) reply(w http.ResponseWriter, o object) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(o)
}

func (s *site) full(e *entry) string {
	if e.whole != "" {
		return e.whole
	}
	return e.text
}

func (s *site) one(id string, of func(*entry) object) object {
	for _, e := range s.posts {
		if strconv.FormatInt(e.mid, 10) == id && !e.deleted {
			return object{"ok": 1, "data": of(e)}
		}
	}
	return object{"ok": 0, "errno": "20101", "msg": "该微博不存在"}
}

func (s *site) mblog(e *entry) object {
	id := strconv.FormatInt(e.mid, 10)
	text := e.text
	if e.whole != "" {
		text += ` ...<a href="/status/` + id + `">全文</a>`
	}
	m := object{
		"id": id, "mid": id, "bid": "", "text": text, "isLongText": e.whole != "", "edit_count": e.edits, "edit_config": object{"edited": e.edits > 0},
		"created_at": time.Unix(e.mid>>22+515483463, 0).In(office).Format("Mon Jan 02 15:04:05 -0700 2006"),
		"user":       object{"id": e.uid, "screen_name": "某" + strconv.FormatInt(e.uid, 10)}, "comments_count": e.comments, "attitudes_count": e.likes,
		"reposts_count": len(s.reposts[e.mid]),
	}
	if e.pinned {
		m["isTop"] = 1
	}
	return m
}

func (s *site) list(container, since, page string) object {
	uid, isTimeline := strings.CutPrefix(container, "107603")
	query := strings.TrimPrefix(container, "100103type=61&q=")
	var list, top []*entry
	for _, e := range slices.Backward(s.posts) {
		switch {
		case e.deleted || e.hidden:
		case isTimeline && strconv.FormatInt(e.uid, 10) != uid:
		case !isTimeline && !strings.Contains(e.text, query):
		case e.pinned && isTimeline:
			top = append(top, e)
		default:
			list = append(list, e)
		}
	}
	info := object{"total": len(list)}
	from := 0
	if n, err := strconv.ParseInt(since, 10, 64); err == nil && !s.stuck {
		from = max(slices.IndexFunc(list, func(e *entry) bool { return e.mid <= n }), 0)
	}
	n, _ := strconv.Atoi(page)
	if n > 1 && !s.stuck {
		from = min((n-1)*s.perPage, len(list))
	}
	end := min(from+s.perPage, len(list))
	if end < len(list) {
		info["since_id"] = list[end].mid
		if !isTimeline {
			delete(info, "since_id")
			info["page"] = max(n, 1) + 1
		}
	}
	shown := list[from:end]
	if from == 0 {
		shown = append(top, shown...)
	}
	if len(shown) == 0 {
		return object{"ok": 0, "msg": "这里还没有内容", "data": object{"cards": []any{}}}
	}
	var cards []object
	for _, e := range shown {
		cards = append(cards, object{"card_type": 9, "mblog": s.mblog(e), "scheme": "https://m.weibo.cn/status/1"})
	}
	return object{"ok": 1, "data": object{"cardlistInfo": info, "cards": cards}}
}

func (s *site) hotflow(id, maxID, kind string) object {
	mid, _ := strconv.ParseInt(id, 10, 64)
	ids := s.comments[mid]
	if len(ids) == 0 {
		return object{"ok": 0, "msg": "快来发表你的评论吧"}
	}
	from, _ := strconv.Atoi(maxID)
	if (from > 0) != (kind == "1") {
		return object{"ok": 0, "msg": "参数错误"}
	}
	var list []object
	end := min(from+s.perPage, len(ids))
	for _, c := range ids[from:end] {
		row := s.comment(c, c)
		if under := s.replies[c]; len(under) > 0 {
			row["comments"], row["total_number"] = []object{s.comment(under[0], c)}, len(under)
		}
		list = append(list, row)
	}
	data := object{"data": list, "max_id": 0, "max_id_type": 0, "total_number": len(ids)}
	if end < len(ids) {
		data["max_id"], data["max_id_type"] = end, 1
	}
	return object{"ok": 1, "data": data}
}

func (s *site) comment(id, root int64) object {
	cid, rid := strconv.FormatInt(id, 10), strconv.FormatInt(root, 10)
	return object{"id": cid, "rootid": rid, "text": "评论" + cid, "source": "来自宁夏", "user": object{"id": id, "screen_name": "评"}, "comments": false}
}

// children is the replies under a comment, with what the site calls for the
// next page.
func (s *site) children(cid, maxID string) object {
	root, _ := strconv.ParseInt(cid, 10, 64)
	from, _ := strconv.Atoi(maxID)
	ids := s.replies[root]
	end := min(from+s.perPage, len(ids))
	list := []object{}
	for _, c := range ids[from:end] {
		list = append(list, s.comment(c, root))
	}
	out := object{"ok": 1, "data": list, "max_id": 0, "max_id_type": 0, "total_number": len(ids)}
	if end < len(ids) {
		out["max_id"] = end
	}
	return out
}

// page is the nth part of ids and how many parts there are.
func (s *site) page(ids []int64, page string) (part []int64, last int) {
	n, _ := strconv.Atoi(page)
	from := min(max(n-1, 0)*s.perPage, len(ids))
	return ids[from:min(from+s.perPage, len(ids))], (len(ids) + s.perPage - 1) / s.perPage
}

func (s *site) old(id, page string) object {
	mid, _ := strconv.ParseInt(id, 10, 64)
	part, last := s.page(s.comments[mid], page)
	list := []object{}
	for _, c := range part {
		list = append(list, s.comment(c, c))
	}
	return object{"ok": 1, "data": object{"data": list, "max": last, "total_number": len(s.comments[mid])}}
}

func (s *site) forwards(id, page string) object {
	mid, _ := strconv.ParseInt(id, 10, 64)
	part, last := s.page(s.reposts[mid], page)
	list := []object{}
	for _, r := range part {
		list = append(list, s.mblog(&entry{mid: r, uid: r, text: "转发微博"}))
	}
	return object{"ok": 1, "data": object{"data": list, "max": last, "total_number": len(s.reposts[mid])}}
}

// times counts the requests whose address begins so.
func (s *site) times(prefix string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, a := range s.asked {
		if strings.HasPrefix(a, prefix) {
			n++
		}
	}
	return n
}

func (s *site) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked, s.headers = nil, nil
}

// plainFetch asks without pacing and classifies by status alone.
type plainFetch struct{ now func() time.Time }

func (f plainFetch) Fetch(ctx context.Context, r crawler.Request) (crawler.Page, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL, nil)
	if err != nil {
		return crawler.Page{}, err
	}
	req.Header = r.Header.Clone()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return crawler.Page{}, huiying.Errorf(huiying.Unavailable, "crawler.unreachable", err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return crawler.Page{}, err
	}
	p := crawler.Page{Status: res.StatusCode, Answer: crawler.AnswerOK, Evidence: huiying.Digest(string(body))}
	p.Body, p.URL, p.FetchedAt = body, r.URL, f.now()
	switch res.StatusCode {
	case 432, 418:
		p.Answer, p.Detail = crawler.AnswerRateLimited, "HTTP "+strconv.Itoa(res.StatusCode)
	case http.StatusForbidden:
		p.Answer, p.Detail = crawler.AnswerForbidden, "HTTP 403"
	case http.StatusNotFound:
		p.Answer, p.Detail = crawler.AnswerMalformed, "HTTP 404"
	}
	return p, nil
}

// basket is a sink that keeps what it accepts.
type basket struct {
	posts []huiying.Post
	fail  int // the how manieth offer from now fails, 0 for none
}

var errFull = errors.New("the bus is full")

func (b *basket) Accept(_ context.Context, p huiying.Post) error {
	if b.fail > 0 {
		if b.fail--; b.fail == 0 {
			return errFull
		}
	}
	if err := p.Validate(); err != nil {
		return err
	}
	b.posts = append(b.posts, p)
	return nil
}

// latest is the last accepted form of a post.
func (b *basket) latest(mid int64) (huiying.Post, bool) {
	for _, p := range slices.Backward(b.posts) {
		if p.ID == "weibo:"+strconv.FormatInt(mid, 10) {
			return p, true
		}
	}
	return huiying.Post{}, false
}

// reading is one source that is visited again and again.
type reading struct {
	source huiying.Source
	cursor json.RawMessage
	basket basket
	now    time.Time
	since  time.Time
}

func newReading(t *testing.T, s *site, options string) *reading {
	t.Helper()
	r := &reading{now: fetched}
	r.source = huiying.Source{ID: "town-weibo", Kind: "weibo", BaseURL: s.serve(t), Options: json.RawMessage(options)}
	if err := weibo.Check(r.source); err != nil {
		t.Fatal(err)
	}
	return r
}

// visit reads once and keeps the cursor the report gives.
func (r *reading) visit(t *testing.T) crawler.Report {
	t.Helper()
	report, err := r.try(t)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func (r *reading) try(t *testing.T) (crawler.Report, error) {
	t.Helper()
	clock := func() time.Time { return r.now }
	report, err := weibo.Reader{}.Read(t.Context(), crawler.Visit{
		Source: r.source, Cursor: r.cursor, Fetch: plainFetch{now: clock}, Sink: &r.basket, Since: r.since, Now: clock, Zone: office,
	})
	if !errors.Is(err, errFull) {
		r.cursor = report.Cursor
	}
	if len(report.Cursor) > 300_000 {
		t.Fatalf("the cursor has %d bytes", len(report.Cursor))
	}
	return report, err
}
