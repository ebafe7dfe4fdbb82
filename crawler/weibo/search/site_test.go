package search_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying/crawler"
	"huiying/crawler/weibo/readertest"
	"huiying/crawler/weibo/search"
)

// site is a small s.weibo.com.
type site struct {
	posts   []entry // in any order
	perPage int
	shows   int                                               // pages that are shown at most
	counts  bool                                              // whether a page lists the pages there are
	blank   func(key string, page int) bool                   // where an empty page is sent at random
	refuse  func(w http.ResponseWriter, r *http.Request) bool // a wall in place of an answer
	wrong   []string                                          // questions the site does not know
}

type entry struct {
	mid      int64
	at       time.Time
	province int
	text     string
}

func (s *site) add(at time.Time, province int, text string) entry {
	e := entry{mid: readertest.Mid(at, int64(len(s.posts)+1)), at: at, province: province, text: text}
	s.posts = append(s.posts, e)
	return e
}

func (e entry) id() string { return "weibo:" + strconv.FormatInt(e.mid, 10) }

// found is what the site knows to a question, newest first.
func (s *site) found(q url.Values) []entry {
	from, to, ok := scope(q.Get("timescope"))
	province := 0
	if region, has := strings.CutPrefix(q.Get("region"), "custom:"); has {
		number, all, _ := strings.Cut(region, ":")
		province, _ = strconv.Atoi(number)
		ok = ok && province > 0 && all == "1000"
	}
	if !ok || q.Get("typeall") != "1" || q.Get("suball") != "1" {
		s.wrong = append(s.wrong, q.Encode())
	}
	var out []entry
	for _, e := range s.posts {
		if !e.at.Before(from) && e.at.Before(to) && strings.Contains(e.text, q.Get("q")) && (province == 0 || e.province == province) {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b entry) int { return b.at.Compare(a.at) })
	return out
}

// scope reads custom:2026-11-01-0:2026-11-02-0.
func scope(s string) (from, to time.Time, ok bool) {
	parts := strings.Split(s, ":")
	if len(parts) != 3 || parts[0] != "custom" {
		return from, to, false
	}
	at := func(s string) time.Time {
		i := strings.LastIndex(s, "-")
		hour, err := strconv.Atoi(s[i+1:])
		day, derr := time.ParseInLocation(time.DateOnly, s[:i], readertest.Zone())
		ok = err == nil && derr == nil && (len(s[i+1:]) == 1 || s[i+1] != '0')
		return day.Add(time.Duration(hour) * time.Hour)
	}
	from = at(parts[1])
	good := ok
	to = at(parts[2])
	return from, to, ok && good && from.Before(to)
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.refuse != nil && s.refuse(w, r) {
		return
	}
	if r.URL.Path == "/ajax/statuses/show" {
		s.show(w, readertest.Query(r.URL.Query(), "id"))
		return
	}
	if !strings.Contains(r.Header.Get("Cookie"), "SUB=good") || r.URL.Path != "/weibo" {
		http.Redirect(w, r, "https://passport.weibo.com/sso/signin?url=x", http.StatusFound)
		return
	}
	q := r.URL.Query()
	page := int(readertest.Query(q, "page"))
	list := s.found(q)
	from := min((page-1)*s.perPage, len(list))
	shown := list[from:min(from+s.perPage, len(list))]
	pages := min((len(list)+s.perPage-1)/s.perPage, s.shows)
	if page > s.shows {
		shown = nil
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if s.blank != nil && s.blank(q.Get("q")+q.Get("timescope")+q.Get("region"), page) {
		shown = nil
	}
	_, _ = fmt.Fprint(w, s.html(shown, page, pages))
}

func (s *site) html(shown []entry, page, pages int) string {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html><html><head><meta charset="utf-8"><title>微博搜索</title></head><body><div id="pl_feedlist_index">`)
	if len(shown) == 0 {
		b.WriteString(`<div class="card card-no-result s-pt20b40"><p>抱歉，未找到相关结果。</p></div></div></body></html>`)
		return b.String()
	}
	for _, e := range shown {
		fmt.Fprintf(&b, `<div class="card-wrap" action-type="feed_list_item" mid="%d"><div class="card"><div class="card-feed"><div class="content">
<div class="info"><div></div><div><a href="//weibo.com/71%d" class="name" nick-name="某人">某人</a></div></div>
<div class="from"><a href="//weibo.com/71%d/?x=1">%s</a></div><p class="txt" node-type="feed_list_content" nick-name="某人">%s</p>
</div></div></div></div><!--/card-wrap-->`, e.mid, e.mid%100, e.mid%100, e.at.In(readertest.Zone()).Format("01月02日 15:04"), html.EscapeString(e.text))
	}
	b.WriteString(`</div><div class="m-page"><div>`)
	if s.counts {
		b.WriteString(`<span class="list"><ul class="s-scroll">` + strings.Repeat(`<li><a>第页</a></li>`, pages) + `</ul></span>`)
	}
	if page < pages {
		fmt.Fprintf(&b, `<a href="/weibo?q=x&page=%d" class="next">下一页</a>`, page+1)
	}
	b.WriteString(`</div></div></body></html>`)
	return b.String()
}

func (s *site) show(w http.ResponseWriter, mid int64) {
	for _, e := range s.posts {
		if e.mid == mid {
			readertest.Reply(w, 200, readertest.Object{"ok": 1, "mid": strconv.FormatInt(mid, 10), "mblogid": "", "text_raw": e.text, "user": readertest.Object{"id": 1}, "region_name": "发布于 宁夏"})
			return
		}
	}
	readertest.Reply(w, 200, readertest.Object{"ok": 0, "errno": "20101", "msg": "该微博不存在"})
}

// settled visits until nothing is left unread and says how many visits it took.
func settled(t *testing.T, r *readertest.Reading, upTo int) (details []string) {
	t.Helper()
	for range upTo {
		report := r.Visit(t)
		if len(report.Cursor) > 500_000 {
			t.Fatalf("the cursor has %d bytes", len(report.Cursor))
		}
		details = append(details, report.Detail)
		if !report.Entry.Capped {
			return details
		}
		r.Now = r.Now.Add(time.Minute)
	}
	t.Fatalf("not settled after %d visits: %s", upTo, details[len(details)-1])
	return nil
}

// times counts how often each post was accepted.
func times(r *readertest.Reading) map[string]int {
	out := map[string]int{}
	for _, p := range r.Posts {
		out[p.ID]++
	}
	return out
}

func begin(t *testing.T, s *site, options string) *readertest.Reading {
	t.Helper()
	r := readertest.New(t, search.Kind(), s.ServeHTTP, `{"queries":["大厅"],"cookie":"SUB=good"`+options+`}`)
	t.Cleanup(func() {
		if len(s.wrong) > 0 {
			t.Errorf("%d questions the site does not know, such as %s", len(s.wrong), s.wrong[0])
		}
	})
	return r
}

var _ crawler.Sink = (*readertest.Reading)(nil)
