package forum_test

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/forum"
)

const host = "forum:bbs.qinghe.example/"

// floors makes n texts.
func floors(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("第%d层", i+1))
	}
	return out
}

func TestReadsNewAndChangedThreads(t *testing.T) {
	s := &site{}
	s.add(11, floors(3)...)
	long := s.add(12, floors(7)...)
	r := newReading(s, discuzOptions)
	got := r.visit(t)
	if got.Answer != crawler.AnswerOK || got.Entry.Accepted != 10 || got.Entry.Pages != 1+1+2 || got.Entry.Capped {
		t.Fatalf("first visit: %+v", got)
	}
	p := r.basket.posts[0]
	if p.ID != host+"t12" || p.Evidence != "sha256:ab" || p.Source != "town-forum" || p.Title != "主题12" || !strings.HasPrefix(p.URL, "https://bbs.qinghe.example/forum.php") {
		t.Errorf("identity depends on the replica: %+v", p)
	}
	if got := r.visit(t); len(s.asked) != 1 || got.Entry.Accepted != 0 || got.Answer != crawler.AnswerOK {
		t.Errorf("nothing new: asked %v, %+v", s.asked, got)
	}
	long.floors = append(long.floors, "新来的")
	r.visit(t)
	if texts := r.basket.texts(); len(texts) != 1 || texts[host+"p12007"] != "新来的" || len(s.asked) != 2 || !strings.HasSuffix(s.asked[1], "tid=12&page=2") {
		t.Errorf("a reply: %v, asked %v", texts, s.asked)
	}
	long.floors = append(long.floors, "又一个")
	r.visit(t)
	if texts := r.basket.texts(); len(texts) != 2 || texts[host+"p12008"] != "又一个" || texts[host+"t12"] != "第1层" || len(s.asked) != 3 {
		t.Errorf("a reply, and growth past a power of two: %v, asked %v", texts, s.asked)
	}
	for _, a := range s.asked {
		if !strings.HasPrefix(a, "http://127.0.0.1:9/") {
			t.Errorf("asked %s, not the stand-in", a)
		}
	}
}

// TestLongThreads: of a thread that is longer than a visit may read the middle
// is left out and said to be; its end is followed from then on.
func TestLongThreads(t *testing.T) {
	s := &site{}
	long := s.add(12, floors(48)...) // ten pages
	r := newReading(s, discuzOptions)
	got := r.visit(t)
	if !got.Entry.Capped || got.Entry.Accepted != 5+5+3 || r.basket.texts()[host+"p12047"] != "第48层" {
		t.Fatalf("%+v, asked %v", got, s.asked)
	}
	long.floors = append(long.floors, floors(12)...)
	got = r.visit(t)
	texts := r.basket.texts()
	if len(texts) != 12 || texts[host+"p12059"] != "第12层" || got.Entry.Capped {
		t.Errorf("%d posts, %+v, asked %v", len(texts), got, s.asked)
	}
	long.floors = append(long.floors, floors(20)...) // more than one visit may read
	if got = r.visit(t); !got.Entry.Capped {
		t.Errorf("%+v", got)
	}
	n := len(r.basket.posts)
	if got = r.visit(t); len(r.basket.posts)+n != 20+1 || got.Entry.Capped { // and the first floor, for its growth
		t.Errorf("%d and then %d posts, asked %v", n, len(r.basket.posts), s.asked)
	}
}

func TestThreadsAVisitAreBounded(t *testing.T) {
	s := &site{}
	for i := range 5 {
		s.add(20+i, "一")
	}
	r := newReading(s, `{"software":"discuz","site":"https://bbs.qinghe.example","forums":["7"],"threads":2}`)
	total := 0
	for visit, want := range []int{2, 2, 1, 0} {
		got := r.visit(t)
		total += got.Entry.Accepted
		if got.Entry.Accepted != want || got.Entry.Capped != (visit < 2) {
			t.Errorf("visit %d: %+v", visit, got)
		}
	}
	if total != 5 {
		t.Errorf("%d of 5", total)
	}
}

// TestGone: a thread that is taken away is told once, one that was never seen
// is not.
func TestGone(t *testing.T) {
	s := &site{}
	seen, unseen := s.add(31, floors(2)...), s.add(32, "一")
	unseen.deleted = true
	r := newReading(s, discuzOptions)
	if r.visit(t); len(r.basket.posts) != 2 {
		t.Fatalf("%v", r.basket.texts())
	}
	seen.deleted, seen.title = true, "改了"
	if r.visit(t); len(r.basket.posts) != 1 || r.basket.texts()[host+"t31"] != "deleted" || r.basket.posts[0].Title != "" {
		t.Errorf("%v", r.basket.posts)
	}
	if got := r.visit(t); got.Entry.Accepted != 0 || len(s.asked) != 1 {
		t.Errorf("asked %v", s.asked)
	}
	seen.deleted, seen.title = false, "又在了"
	if r.visit(t); r.basket.texts()[host+"t31"] != "第1层" {
		t.Errorf("%v", r.basket.texts())
	}
}

// TestWall: a wall ends the visit, is said, and loses nothing.
func TestWall(t *testing.T) {
	s := &site{wall: true}
	s.add(41, "一")
	r := newReading(s, discuzOptions)
	if got := r.visit(t); got.Answer != crawler.AnswerLoginWall || got.Entry.Accepted != 0 || len(s.asked) != 1 || got.Detail == "" {
		t.Fatalf("%+v", got)
	}
	s.wall = false
	if got := r.visit(t); got.Answer != crawler.AnswerOK || got.Entry.Accepted != 1 {
		t.Errorf("%+v", got)
	}
	s.fail = true
	if _, err := r.try(); huiying.ErrorCode(err) != huiying.Unavailable {
		t.Errorf("got %v", err)
	}
	s.fail = false
	if got := r.visit(t); got.Entry.Accepted != 0 {
		t.Errorf("%+v", got)
	}
}

// TestWordsOfWalls: pages whose floors can be read are content even where the
// fetcher took their words for a wall; a real wall keeps its class.
func TestWordsOfWalls(t *testing.T) {
	s := &site{class: crawler.AnswerMaintenance}
	s.add(45, "系统维护到几点？")
	r := newReading(s, discuzOptions)
	if got := r.visit(t); got.Answer != crawler.AnswerOK || got.Entry.Accepted != 1 {
		t.Errorf("%+v", got.Entry)
	}
	s.saved = func(*url.URL) []byte { return []byte("<html><title>论坛维护</title></html>") }
	if got := r.visit(t); got.Answer != crawler.AnswerMaintenance {
		t.Errorf("%+v", got.Answer)
	}
}

// TestDenied: a thread for members of a level does not stop the others, and is
// left alone after some tries.
func TestDenied(t *testing.T) {
	s := &site{}
	s.add(51, "一")
	s.add(52, "二").denied = true
	r := newReading(s, discuzOptions)
	if got := r.visit(t); got.Answer != crawler.AnswerOK || got.Entry.Accepted != 1 || !strings.HasPrefix(got.Entry.Detail, "forbidden ") {
		t.Fatalf("%+v", got)
	}
	for range 3 {
		r.visit(t)
	}
	if len(s.asked) != 1 {
		t.Errorf("asked %v", s.asked)
	}
}

// TestSinkFails: what was not accepted is offered again, page by page.
func TestSinkFails(t *testing.T) {
	for after := 1; after < 12; after++ {
		s := &site{}
		s.add(61, floors(4)...)
		s.add(62, floors(8)...)
		r := newReading(s, discuzOptions)
		r.basket.after = after
		if _, err := r.try(); !errors.Is(err, errFull) {
			t.Fatalf("after %d: %v", after, err)
		}
		have := r.basket.texts()
		r.basket.after = 0
		for range 2 {
			r.visit(t)
			for id, text := range r.basket.texts() {
				have[id] = text
			}
		}
		if len(have) != 12 {
			t.Errorf("after %d: %d of 12 posts", after, len(have))
		}
	}
}

// TestUncleanStart: what was accepted after the moment from which all is read
// again is offered again.
func TestUncleanStart(t *testing.T) {
	s := &site{}
	s.add(71, floors(6)...)
	r := newReading(s, discuzOptions)
	r.visit(t)
	r.since = r.now.Add(time.Minute)
	if got := r.visit(t); got.Entry.Accepted != 0 {
		t.Errorf("accepted before that moment: %+v", got.Entry)
	}
	r.since = r.now.Add(-10 * time.Minute)
	if got := r.visit(t); got.Entry.Accepted != 6 {
		t.Errorf("%+v", got.Entry)
	}
}

// TestTieba: the same visit reads a forum of Tieba.
func TestTieba(t *testing.T) {
	body, err := os.ReadFile(filepath.Join("tieba", "testdata", "list.html"))
	if err != nil {
		t.Fatal(err)
	}
	talk, err := os.ReadFile(filepath.Join("tieba", "testdata", "thread.html"))
	if err != nil {
		t.Fatal(err)
	}
	s := &site{saved: func(u *url.URL) []byte {
		if u.Path == "/f" || u.Query().Has("pn") {
			return body
		}
		return talk
	}}
	r := newReading(s, `{"software":"tieba","forums":["清河"],"pages":1,"threads":1}`)
	got := r.visit(t)
	if got.Answer != crawler.AnswerOK || len(r.basket.posts) != 5 || !got.Entry.Capped {
		t.Fatalf("%+v, asked %v", got.Entry, s.asked)
	}
	if s.asked[0] != "http://127.0.0.1:9/f?ie=utf-8&kw=%E6%B8%85%E6%B2%B3" || s.asked[1] != "http://127.0.0.1:9/p/9100000001" || !strings.HasPrefix(s.asked[2], "http://127.0.0.1:9/p/9100000001?pn=") {
		t.Errorf("asked %v", s.asked)
	}
}

func TestCheck(t *testing.T) {
	for options, want := range map[string]string{
		discuzOptions: "",
		`{"software":"tieba","forums":["清河"]}`:                             "",
		`{"software":"tieba","forums":["清河"],"site":"https://x.example/"}`: "forum.bad_site",
		`{"software":"phpwind","site":"https://x.example","forums":["1"]}`: "forum.software",
		`{"software":"discuz","forums":["1"]}`:                             "forum.bad_site",
		`{"software":"discuz","site":"ftp://x","forums":["1"]}`:            "forum.bad_site",
		`{"software":"discuz","site":"https://x.example"}`:                 "forum.forums",
		`{"software":"discuz","site":"https://x.example","forums":["a"]}`:  "forum.forum",
		`{"software":"tieba","forums":[""]}`:                               "forum.forum",
		`{"software":"tieba","forums":["清河"],"pages":0}`:                   "forum.number",
		`{"software":"tieba","forums":["清河"],"thread_pages":99}`:           "forum.number",
		`{"software":"tieba","forums":["清河"],"cookie":"x"}`:                "forum.options_unreadable",
		`[`: "forum.options_unreadable",
	} {
		err := forum.Check(huiying.Source{ID: "town-forum", Options: []byte(options)})
		if (err == nil) != (want == "") || (want != "" && !strings.Contains(fmt.Sprint(keys(err)), want)) {
			t.Errorf("%s: got %v (%v), want %s", options, err, keys(err), want)
		}
	}
	if err := forum.Check(huiying.Source{ID: "a", BaseURL: "x", Options: []byte(discuzOptions)}); fmt.Sprint(keys(err)) != "[forum.bad_base_url]" {
		t.Error(err)
	}
}

// keys are the catalogue keys of all mistakes in err.
func keys(err error) []string {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []string
		for _, e := range joined.Unwrap() {
			out = append(out, keys(e)...)
		}
		return out
	}
	var e *huiying.Error
	if errors.As(err, &e) {
		return []string{e.Key}
	}
	return []string{err.Error()}
}
