package forum_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/forum"
)

var office = time.FixedZone("CST", 8*60*60)

// perPage is how many floors a page of the test site shows.
const perPage = 5

// topic is a thread of the test site; floors holds its texts.
type topic struct {
	tid     int
	title   string
	floors  []string
	deleted bool
	denied  bool // for members of a level only
}

// site is a small Discuz forum in the real shapes, newest thread first.
type site struct {
	topics []*topic
	asked  []string
	wall   bool
	class  crawler.Answer // what the fetcher takes the pages for, "" for content
	fail   bool
	saved  func(*url.URL) []byte // answers in place of the site's own, nil for none
}

func (s *site) add(tid int, floors ...string) *topic {
	t := &topic{tid: tid, title: fmt.Sprintf("主题%d", tid), floors: floors}
	s.topics = append([]*topic{t}, s.topics...)
	return t
}

// Fetch answers like the site.
func (s *site) Fetch(_ context.Context, r crawler.Request) (crawler.Page, error) {
	s.asked = append(s.asked, r.URL)
	u, err := url.Parse(r.URL)
	if err != nil {
		return crawler.Page{}, err
	}
	if s.fail {
		return crawler.Page{}, huiying.Errorf(huiying.Unavailable, "crawler.unreachable", r.URL)
	}
	body := prompt("抱歉，您尚未登录，没有权限访问该版块")
	page, _ := strconv.Atoi(u.Query().Get("page"))
	switch {
	case s.saved != nil:
		body = string(s.saved(u))
	case s.wall:
	case u.Query().Get("mod") == "forumdisplay":
		body = s.list()
	default:
		body = s.thread(u.Query().Get("tid"), max(page, 1))
	}
	return crawler.Page{Document: crawler.Document{Body: []byte(body), URL: r.URL}, Status: 200, Answer: cmp.Or(s.class, crawler.AnswerOK), Evidence: "sha256:ab"}, nil
}

func prompt(s string) string {
	return `<html><head><title>提示信息</title></head><body><div id="messagetext" class="alert_info"><p>` + s + `</p></div></body></html>`
}

func (s *site) list() string {
	var b strings.Builder
	b.WriteString(`<html><body class="pg_forumdisplay"><div class="threadlist"><ul>`)
	for _, t := range s.topics {
		fmt.Fprintf(&b, `<li class="list"><a href="forum.php?mod=viewthread&amp;tid=%d"><div class="threadlist_tit"><em>%s</em></div></a><i class="dm-eye-fill"></i><ul><li><i class="dm-chat-s-fill"></i>%d</li></ul></li>`, t.tid, t.title, len(t.floors)-1)
	}
	return b.String() + `</ul></div></body></html>`
}

func (s *site) thread(tid string, page int) string {
	for _, t := range s.topics {
		if strconv.Itoa(t.tid) != tid || t.deleted {
			continue
		}
		if t.denied {
			return prompt("抱歉，本帖要求阅读权限高于 30 才能浏览")
		}
		return t.page(page)
	}
	return prompt("抱歉，指定的主题不存在或已被删除或正在被审核")
}

func (t *topic) page(page int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<html><body class="pg_viewthread"><div class="view_tit">%s</div>`, t.title)
	for i, text := range t.floors {
		if i/perPage != page-1 {
			continue
		}
		counts := ""
		if i == 0 {
			counts = fmt.Sprintf(`<span class="y"><i class="dm-eye"></i><em>9</em><i class="dm-chat-s"></i><em>%d</em></span>`, len(t.floors)-1)
		}
		fmt.Fprintf(&b, `<div class="plc cl" id="pid%d"><ul class="authi"><li class="mtit"><span class="y">%d<sup>#</sup></span><span class="z"><a href="home.php?mod=space&amp;uid=%d">甲</a></span></li><li class="mtime">%s2026-11-20 9:0%d</li></ul><div class="message">%s</div></div>`,
			t.tid*1000+i, i+1, 70+i, counts, i%10, text)
	}
	if page*perPage < len(t.floors) {
		fmt.Fprintf(&b, `<div class="pg"><strong>%d</strong><a href="forum.php?mod=viewthread&amp;tid=%d&amp;page=%d" class="nxt">下一页</a></div>`, page, t.tid, page+1)
	}
	return b.String() + `</body></html>`
}

// basket is a sink that remembers, and fails when told to.
type basket struct {
	posts []huiying.Post
	after int // fail when this many were accepted, 0 for never
}

var errFull = errors.New("basket is full")

// Accept takes a post.
func (b *basket) Accept(_ context.Context, p huiying.Post) error {
	if b.after > 0 && len(b.posts) >= b.after {
		return errFull
	}
	b.posts = append(b.posts, p)
	return nil
}

func (b *basket) texts() map[string]string {
	out := map[string]string{}
	for _, p := range b.posts {
		out[p.ID] = p.Text
		if p.Deleted {
			out[p.ID] = "deleted"
		}
	}
	return out
}

// reading is a source that is visited again and again.
type reading struct {
	site   *site
	basket basket
	source huiying.Source
	cursor json.RawMessage
	since  time.Time
	now    time.Time
}

func newReading(s *site, options string) *reading {
	return &reading{
		site: s, now: time.Date(2026, 11, 20, 10, 0, 0, 0, office),
		source: huiying.Source{ID: "town-forum", Kind: "forum", BaseURL: "http://127.0.0.1:9", Options: json.RawMessage(options)},
	}
}

const discuzOptions = `{"software":"discuz","site":"https://bbs.qinghe.example/","forums":["7"]}`

func (r *reading) try() (crawler.Report, error) {
	r.site.asked, r.basket.posts = nil, nil
	r.now = r.now.Add(5 * time.Minute)
	got, err := forum.Kind().Reader.Read(context.Background(), crawler.Visit{
		Source: r.source, Cursor: r.cursor, Fetch: r.site, Sink: &r.basket, Since: r.since, Now: func() time.Time { return r.now }, Zone: office,
	})
	r.cursor = got.Cursor
	return got, err
}

func (r *reading) visit(t *testing.T) crawler.Report {
	t.Helper()
	got, err := r.try()
	if err != nil {
		t.Fatal(err)
	}
	return got
}
