package follow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/follow"
)

// size is how many rows a page of the board has.
const size = 3

// board is a site whose list is numbered rows, newest first, by page.
type board struct {
	rows    []string // words by number
	asked   []crawler.Request
	answer  func(crawler.Request) *crawler.Page // in place of the page, nil for the page
	version string
}

func (b *board) Fetch(_ context.Context, r crawler.Request) (crawler.Page, error) {
	b.asked = append(b.asked, r)
	if b.answer != nil {
		if p := b.answer(r); p != nil {
			return *p, nil
		}
	}
	if b.version != "" && r.Header.Get("If-None-Match") == b.version {
		return crawler.Page{Status: http.StatusNotModified, Answer: crawler.AnswerEmpty, Detail: "HTTP 304"}, nil
	}
	u, _ := url.Parse(r.URL)
	page, _ := strconv.Atoi(u.Query().Get("page"))
	var lines []string
	for i := len(b.rows) - 1 - page*size; i >= 0 && len(lines) < size; i-- {
		lines = append(lines, fmt.Sprintf("%d %s", i+1, b.rows[i]))
	}
	p := crawler.Page{Status: http.StatusOK, Header: http.Header{"Etag": {b.version}}, Evidence: "sha256:00"}
	p.Body = []byte(strings.Join(lines, "\n"))
	return p, nil
}

// parse reads "number words" lines; its token is the number of a page.
func parse(d crawler.Document) (crawler.Parsed, error) {
	out := crawler.Parsed{Answer: crawler.AnswerEmpty}
	if string(d.Body) == "wall" {
		return crawler.Parsed{Answer: crawler.AnswerBlocked}, nil
	}
	for line := range strings.Lines(string(d.Body)) {
		n, words, _ := strings.Cut(strings.TrimSpace(line), " ")
		out.Posts = append(out.Posts, huiying.Post{ID: "feed:b.example/p" + n, Source: d.Source, Platform: "feed", Text: words, CollectedAt: d.FetchedAt})
		out.Answer = crawler.AnswerOK
	}
	if len(out.Posts) == size {
		u, _ := url.Parse(d.URL)
		page, _ := strconv.Atoi(u.Query().Get("page"))
		out.Next = strconv.Itoa(page + 1)
	}
	return out, nil
}

func rank(p huiying.Post) int64 {
	n, _ := strconv.ParseInt(strings.TrimPrefix(p.ID, "feed:b.example/p"), 10, 64)
	return n
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
	b.posts = append(b.posts, p)
	return p.Validate()
}

func (b *basket) texts() map[string]string {
	out := map[string]string{}
	for _, p := range b.posts {
		out[p.ID] = p.Text
	}
	return out
}

// reading is one source that is visited again and again.
type reading struct {
	board  board
	list   follow.List
	cursor json.RawMessage
	basket basket
	now    time.Time
	since  time.Time
	base   string
}

func newReading(pages int) *reading {
	return &reading{
		now: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC),
		list: follow.List{
			Key: "b", Pages: pages, Parse: parse, Rank: rank,
			Ask: func(token string) crawler.Request {
				return crawler.Request{URL: "https://b.example/list?page=" + token}
			},
		},
	}
}

func (r *reading) visit() (crawler.Report, error) {
	r.now = r.now.Add(time.Minute)
	r.board.asked = nil
	report, err := follow.Read(context.Background(), crawler.Visit{
		Source: huiying.Source{ID: "b", BaseURL: r.base}, Cursor: r.cursor, Fetch: &r.board, Sink: &r.basket, Since: r.since,
		Now: func() time.Time { return r.now }, Zone: time.UTC,
	}, r.list)
	r.cursor = report.Cursor
	return report, err
}

func (r *reading) good(t *testing.T) crawler.Report {
	t.Helper()
	report, err := r.visit()
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func (r *reading) write(n int) {
	for range n {
		r.board.rows = append(r.board.rows, "words "+strconv.Itoa(len(r.board.rows)))
	}
}

func TestNewestUntilKnown(t *testing.T) {
	r := newReading(2)
	r.write(20)
	if got := r.good(t); got.Entry.Accepted != 6 || !got.Entry.Capped || got.Entry.Pages != 2 || got.Answer != crawler.AnswerOK {
		t.Errorf("first visit: %+v", got)
	}
	if got := r.good(t); got.Entry.Accepted != 0 || got.Entry.Capped || got.Entry.Pages != 1 {
		t.Errorf("nothing new: %+v", got)
	}
	r.write(1)
	r.board.rows[18] = "edited"
	if got := r.good(t); got.Entry.Accepted != 2 || got.Entry.Pages != 2 || r.basket.texts()["feed:b.example/p19"] != "edited" {
		t.Errorf("one new, one edited: %+v", got)
	}
	if p := r.basket.posts[0]; p.Evidence != "sha256:00" || p.Source != "b" {
		t.Errorf("%+v", p)
	}
}

// TestGapIsClosed: what a visit had no pages left for comes with the next.
func TestGapIsClosed(t *testing.T) {
	r := newReading(2)
	r.write(3)
	r.good(t)
	r.write(20)
	if got := r.good(t); !got.Entry.Capped || got.Entry.Accepted != 6 {
		t.Errorf("%+v", got)
	}
	for range 30 {
		if got := r.good(t); !got.Entry.Capped && got.Entry.Accepted == 0 {
			break
		}
	}
	if len(r.basket.posts) != 23 {
		t.Errorf("%d posts, want 23", len(r.basket.posts))
	}
}

func TestKnownPagesAgain(t *testing.T) {
	r := newReading(5)
	r.list.Again = time.Hour
	r.write(12)
	r.good(t)
	r.board.rows[1] = "answered"
	if got := r.good(t); got.Entry.Pages != 1 || got.Entry.Accepted != 0 {
		t.Errorf("too soon: %+v", got)
	}
	r.now = r.now.Add(time.Hour)
	if got := r.good(t); got.Entry.Accepted != 1 || r.basket.texts()["feed:b.example/p2"] != "answered" {
		t.Errorf("%+v", got)
	}
}

func TestConditional(t *testing.T) {
	r := newReading(1)
	r.list.Conditional = true
	r.board.version = `"v1"`
	r.write(2)
	r.good(t)
	if got := r.good(t); got.Answer != crawler.AnswerOK || got.Entry.Pages != 1 || got.Entry.Accepted != 0 {
		t.Errorf("unchanged: %+v", got)
	}
	r.board.version = `"v2"`
	r.write(1)
	if got := r.good(t); got.Entry.Accepted != 1 {
		t.Errorf("changed: %+v", got)
	}
	r.since = r.now.Add(-10 * time.Second)
	if got := r.good(t); got.Entry.Accepted != 1 || r.board.asked[0].Header.Get("If-None-Match") != "" {
		t.Errorf("read again: %+v", got)
	}
}

// TestVersionOnlyWhenAccepted: a version is not kept of a page whose posts
// were not taken.
func TestVersionOnlyWhenAccepted(t *testing.T) {
	r := newReading(1)
	r.list.Conditional = true
	r.board.version = `"v1"`
	r.write(3)
	r.basket.fail = 2
	if _, err := r.visit(); !errors.Is(err, errFull) {
		t.Fatalf("%v", err)
	}
	if got := r.good(t); got.Entry.Accepted != 2 {
		t.Errorf("%+v", got)
	}
}

func TestWindowMovedOn(t *testing.T) {
	r := newReading(1)
	r.list.Window = true
	r.write(3)
	r.good(t)
	r.write(2)
	if got := r.good(t); got.Entry.Detail != "" {
		t.Errorf("%+v", got)
	}
	r.write(3)
	if got := r.good(t); !got.Entry.Capped || got.Entry.Detail == "" {
		t.Errorf("%+v", got)
	}
}

func TestRefusals(t *testing.T) {
	r := newReading(2)
	r.write(9)
	page := func(a crawler.Answer, status int, body string) func(crawler.Request) *crawler.Page {
		return func(crawler.Request) *crawler.Page {
			p := &crawler.Page{Answer: a, Status: status, Detail: "HTTP " + strconv.Itoa(status)}
			p.Body = []byte(body)
			return p
		}
	}
	for _, c := range []struct {
		answer func(crawler.Request) *crawler.Page
		want   crawler.Answer
	}{
		{page(crawler.AnswerForbidden, 403, ""), crawler.AnswerForbidden},
		{page(crawler.AnswerDeleted, 404, ""), crawler.AnswerMalformed},
		{page(crawler.AnswerOK, 200, "wall"), crawler.AnswerBlocked},
	} {
		r.board.answer = c.answer
		if got := r.good(t); got.Answer != c.want || got.Detail == "" || got.Entry.Accepted != 0 {
			t.Errorf("%+v, want %s", got, c.want)
		}
	}
	r.board.answer = func(q crawler.Request) *crawler.Page {
		if strings.HasSuffix(q.URL, "=1") {
			return page(crawler.AnswerDeleted, 404, "")(q)
		}
		return nil
	}
	if got := r.good(t); got.Answer != crawler.AnswerOK || got.Entry.Accepted != 3 || got.Entry.Capped {
		t.Errorf("the list ends where a page is missing: %+v", got)
	}
	if _, err := follow.Read(context.Background(), crawler.Visit{Cursor: json.RawMessage("["), Now: time.Now}, r.list); err == nil {
		t.Error("a broken cursor")
	}
}

func TestBeforeAndBaseURL(t *testing.T) {
	r := newReading(1)
	r.base = "http://replica.test:8080"
	r.list.Before = &follow.Before{
		Request: crawler.Request{URL: "https://b.example/hello"},
		Carry:   func(_ crawler.Page, h http.Header) { h.Set("Cookie", "seen=1") },
	}
	r.write(1)
	r.good(t)
	var asked []string
	for _, q := range r.board.asked {
		asked = append(asked, q.URL+" "+q.Header.Get("Cookie"))
	}
	if !slices.Equal(asked, []string{"http://replica.test:8080/hello ", "http://replica.test:8080/list?page= seen=1"}) {
		t.Errorf("%q", asked)
	}
}

func TestSwap(t *testing.T) {
	for _, c := range []struct{ address, base, want string }{
		{"https://a.example/x?y=1", "", "https://a.example/x?y=1"},
		{"https://a.example/x?y=1", "http://127.0.0.1:9", "http://127.0.0.1:9/x?y=1"},
		{"https://a.example/x%2Fz?y=1", "http://127.0.0.1:9/pre/", "http://127.0.0.1:9/pre/x%2Fz?y=1"},
		{"https://a.example/x", "nonsense", "https://a.example/x"},
	} {
		if got := follow.Swap(c.address, c.base); got != c.want {
			t.Errorf("%s by %s: %s", c.address, c.base, got)
		}
	}
}

// TestNothingIsLost: whatever is written, edited, refused or not accepted in
// between, healthy visits bring every row that came after the first.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := newReading(rapid.IntRange(1, 4).Draw(rt, "pages"))
		if rapid.Bool().Draw(rt, "unranked") {
			r.list.Rank = nil
		}
		r.write(2)
		if _, err := r.visit(); err != nil {
			rt.Fatal(err)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"write": func(rt *rapid.T) { r.write(rapid.IntRange(1, 12).Draw(rt, "rows")) },
			"visit": func(rt *rapid.T) {
				if _, err := r.visit(); err != nil {
					rt.Fatal(err)
				}
			},
			"sink fails": func(rt *rapid.T) {
				r.basket.fail = rapid.IntRange(1, 8).Draw(rt, "after")
				_, _ = r.visit()
				r.basket.fail = 0
			},
			"refused": func(*rapid.T) {
				left := 1
				r.board.answer = func(crawler.Request) *crawler.Page {
					if left--; left < 0 {
						return &crawler.Page{Answer: crawler.AnswerBlocked, Status: 432}
					}
					return nil
				}
				_, _ = r.visit()
				r.board.answer = nil
			},
		})
		for range 200 {
			got, err := r.visit()
			if err != nil {
				rt.Fatal(err)
			}
			if !got.Entry.Capped && got.Entry.Accepted == 0 {
				break
			}
		}
		texts := r.basket.texts()
		for i, words := range r.board.rows {
			if got := texts[fmt.Sprintf("feed:b.example/p%d", i+1)]; got != words {
				rt.Fatalf("row %d of %d is lost", i+1, len(r.board.rows))
			}
		}
	})
}
