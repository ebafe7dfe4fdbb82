package portal_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/portal"
)

// office is the zone of the tests, fetched when the first visit is.
var (
	office  = time.FixedZone("CST", 8*60*60)
	fetched = time.Date(2026, 11, 20, 10, 0, 0, 0, office)
)

// letters is where the pages of letters lie.
const letters = "https://www.beijing.gov.cn/hudong/hdjl/"

// town is a site description as an office would write it.
const town = `
name: town-news
site: https://www.linhe.gov.example
kind: article
list:
  url: /xw/index_{page}.html
  first_url: /xw/index.html
  first: 0
  item: ul.news li
  date: {select: span, match: '\d{4}-\d{2}-\d{2}'}
  next: a.next
`

func profile(tb testing.TB, yaml string) portal.Profile {
	tb.Helper()
	p, err := portal.ParseProfile([]byte(yaml))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func read(tb testing.TB, name string) string {
	tb.Helper()
	body, err := os.ReadFile(filepath.Join("site", "testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return string(body)
}

// profileOf is short for the long name.
type profileOf = portal.Profile

// site is a small portal of letters that answers in the real shapes.
type site struct {
	mu      sync.Mutex
	letters []*letter // oldest first
	asked   []string
	status  func(r *http.Request) int
	body    func(r *http.Request) string // an answer in place of the page, "" for none
}

type letter struct {
	id, title, text string
	day             time.Time
	answers         []string
	deleted         bool
}

const listPath = "/hudong/hdjl/sindex/bjah-index-hdjl!letterListJson.action"

func (s *site) add(day time.Time, title string) *letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := &letter{id: fmt.Sprintf("AH%08d", len(s.letters)+1), title: title, text: title + "，请尽快处理。", day: day}
	s.letters = append(s.letters, l)
	return l
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.URL.RequestURI())
	if s.status != nil && s.status(r) != 0 {
		w.WriteHeader(s.status(r))
		return
	}
	if s.body != nil {
		if b := s.body(r); b != "" {
			_, _ = io.WriteString(w, b)
			return
		}
	}
	switch {
	case strings.HasSuffix(r.URL.Path, listPath):
		_, _ = io.WriteString(w, s.list(r))
	case strings.HasSuffix(r.URL.Path, "Detail.flow"):
		_, _ = io.WriteString(w, s.detail(r))
	default:
		http.NotFound(w, r)
	}
}

func (s *site) list(r *http.Request) string {
	const size = 6
	page, _ := strconv.Atoi(r.URL.Query().Get("page.pageNo"))
	var list []*letter
	for _, l := range slices.Backward(s.letters) {
		if !l.deleted {
			list = append(list, l)
		}
	}
	pages := (len(list) + size - 1) / size
	from := min((page-1)*size, len(list))
	var b strings.Builder
	fmt.Fprintf(&b, "{page:{pageNo:%d,totalCount:%d,totalPages:%d,pageSize:%d},result:[", page, len(list), pages, size)
	for _, l := range list[from:min(from+size, len(list))] {
		fmt.Fprintf(&b, "{letterType:'3',letterTypeName:'投诉',letterTitle:'%s',writeDate:'%s',orgNames:'',originalId:'%s'},", l.title, l.day.Format(time.DateOnly), l.id)
	}
	b.WriteString("]}")
	return b.String()
}

func (s *site) detail(r *http.Request) string {
	for _, l := range s.letters {
		if l.id != r.URL.Query().Get("originalId") || l.deleted {
			continue
		}
		var answers strings.Builder
		for _, a := range l.answers {
			answers.WriteString(`<div class="o-border-bottom"><div class="o-font4"><strong>市政所</strong></div><div>答复时间：2026-11-21</div><div class="p-4 text-muted">` + a + `</div></div>`)
		}
		return `<html><body><div class="o-font4"><strong>` + l.title + `</strong></div><div class="text-muted">来信人：匿名用户</div><div class="text-muted">时间：` +
			l.day.Format(time.DateOnly) + `</div><div class="p-2 text-muted mx-2">` + l.text + `</div>` + answers.String() + `</body></html>`
	}
	return `<html><body>信件不存在</body></html>`
}

func (s *site) times(part string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, a := range s.asked {
		if strings.Contains(a, part) {
			n++
		}
	}
	return n
}

func (s *site) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = nil
}

// plainFetch asks without pacing and classifies by status alone.
type plainFetch struct{ now func() time.Time }

func (f plainFetch) Fetch(ctx context.Context, r crawler.Request) (crawler.Page, error) {
	method, form := http.MethodGet, io.Reader(nil)
	if r.Form != nil {
		method, form = http.MethodPost, strings.NewReader(r.Form.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, r.URL, form)
	if err != nil {
		return crawler.Page{}, err
	}
	req.Header = r.Header.Clone()
	if r.Form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
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
	case http.StatusOK:
	case http.StatusNotFound:
		p.Answer, p.Detail = crawler.AnswerDeleted, "HTTP 404"
	case http.StatusForbidden:
		p.Answer, p.Detail = crawler.AnswerForbidden, "HTTP 403"
	default:
		p.Answer, p.Detail = crawler.AnswerMalformed, "HTTP "+strconv.Itoa(res.StatusCode)
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

func (b *basket) latest(l *letter) (huiying.Post, bool) {
	for _, p := range slices.Backward(b.posts) {
		if p.ID == "portal:www.beijing.gov.cn/l"+l.id {
			return p, true
		}
	}
	return huiying.Post{}, false
}

// reading is one source that is visited again and again.
type reading struct {
	source huiying.Source
	kind   crawler.Kind
	cursor json.RawMessage
	basket basket
	now    time.Time
	since  time.Time
	window crawler.Window
}

func newReading(t *testing.T, h http.Handler, options string, extra map[string]portal.Profile) *reading {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	r := &reading{now: fetched, kind: portal.Kind(extra)}
	r.source = huiying.Source{ID: "town-portal", Kind: "portal", BaseURL: server.URL, Options: json.RawMessage(options)}
	if err := r.kind.Check(r.source); err != nil {
		t.Fatal(err)
	}
	return r
}

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
	report, err := r.kind.Reader.Read(t.Context(), crawler.Visit{
		Source: r.source, Cursor: r.cursor, Fetch: plainFetch{now: clock}, Sink: &r.basket, Since: r.since, Window: r.window, Now: clock, Zone: office,
	})
	if !errors.Is(err, errFull) {
		r.cursor = report.Cursor
	}
	return report, err
}
