package patrol_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/host"
	"huiying/crawler/patrol"
	"huiying/crawler/portal/site"
)

const home = "https://zw.example.gov.cn/"

// town is the inspected site.
type town struct {
	pages map[string]string         // address → HTML; others are 404
	fault map[string]error          // address → instead of an answer
	code  map[string]int            // address → status
	moved map[string]string         // address → where it ends
	took  time.Duration             // of every answer
	asked []crawler.Request         // of the visit
	class map[string]crawler.Answer // address → the fetcher's word
}

func (s *town) Fetch(_ context.Context, q crawler.Request) (crawler.Page, error) {
	s.asked = append(s.asked, q)
	if err := s.fault[q.URL]; err != nil {
		return crawler.Page{}, err
	}
	body, ok := s.pages[q.URL]
	p := crawler.Page{Status: http.StatusOK, Answer: crawler.AnswerOK, Took: s.took, Header: http.Header{"Content-Type": {"text/html"}}, Evidence: "sha256:00"}
	p.URL, p.Body = q.URL, []byte(body)
	if !ok {
		p.Status, p.Answer = http.StatusNotFound, crawler.AnswerDeleted
	}
	if to := s.moved[q.URL]; to != "" {
		p.URL = to
	}
	if n := s.code[q.URL]; n != 0 {
		p.Status = n
	}
	if c := s.class[q.URL]; c != "" {
		p.Answer = c
	}
	if q.Head {
		p.Body = nil
	}
	return p, nil
}

func silence() error {
	return &huiying.Error{Code: huiying.Unavailable, Key: "crawler.unreachable", Err: &host.UnreachableError{Host: "zw.example.gov.cn", Err: errors.New("refused")}}
}

// beat is one inspection that goes on from visit to visit.
type beat struct {
	town   town
	opt    map[string]any
	now    time.Time
	since  time.Time
	cursor json.RawMessage
	posts  []huiying.Post
	fail   bool
}

func newBeat() *beat {
	return &beat{
		now: time.Date(2026, 11, 20, 8, 0, 0, 0, time.FixedZone("CST", 8*3600)),
		opt: map[string]any{"url": home, "off": []string{"certificate"}},
		town: town{pages: map[string]string{
			home:              front("2026-11-19"),
			home + "xx.html":  `<title>领导信箱</title><body>写信</body>`,
			home + "a.html":   `<meta name="ArticleTitle" content="甲"><body>内容</body>`,
			"https://b.cn/":   `<title>别处</title>`,
			home + "zc/":      column("政策文件", "2026-08-01"),
			home + "doc.xlsx": "x",
		}, fault: map[string]error{}, code: map[string]int{}, moved: map[string]string{}, class: map[string]crawler.Answer{}},
	}
}

func front(day string) string {
	return `<title>政务服务中心</title><body><a href="/xx.html">领导信箱</a><a href="/zc/">政策文件</a><a href="/doc.xlsx">表格</a><a href="https://b.cn/">别处</a>
		<ul><li><a href="/a.html">甲</a><span>` + day + `</span></li></ul></body>`
}

func column(name, day string) string {
	return `<meta name="ColumnName" content="` + name + `"><title>` + name + `</title><body><ul><li><a href="/a.html">甲</a><span>` + day + `</span></li></ul></body>`
}

func (b *beat) Accept(_ context.Context, p huiying.Post) error {
	if b.fail {
		return errors.New("the bus is full")
	}
	if err := p.Validate(); err != nil {
		return err
	}
	b.posts = append(b.posts, p)
	return nil
}

func (b *beat) source() huiying.Source {
	raw, err := json.Marshal(b.opt)
	if err != nil {
		panic(err)
	}
	return huiying.Source{ID: "patrol", Kind: "patrol", Name: "政务服务中心网站", Every: 10 * time.Minute, Options: raw}
}

func reader(shake func(context.Context, string, string) ([]*x509.Certificate, error)) patrol.Reader {
	return patrol.New(map[string]site.Profile{}, shake, nil)
}

func (b *beat) visit(t *testing.T) crawler.Report {
	t.Helper()
	b.town.asked = nil
	report, err := reader(nil).Read(t.Context(), crawler.Visit{
		Source: b.source(), Cursor: b.cursor, Fetch: &b.town, Sink: b, Since: b.since, Now: func() time.Time { return b.now }, Zone: b.now.Location(),
	})
	if err != nil && !b.fail {
		t.Fatal(err)
	}
	b.cursor = report.Cursor
	return report
}

// told gives check, level and whether it is over, of what the visit told.
func (b *beat) told() []string {
	var out []string
	for _, p := range b.posts {
		s := p.Finding.Check + " " + string(p.Finding.Level)
		if p.Finding.Over {
			s = p.Finding.Check + " over"
		}
		out = append(out, s)
	}
	b.posts = nil
	slices.Sort(out)
	return out
}

func (b *beat) expect(t *testing.T, what string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := b.told(); !slices.Equal(got, want) {
		t.Errorf("%s: told %v, want %v", what, got, want)
	}
}

func TestSoundSite(t *testing.T) {
	b := newBeat()
	got := b.visit(t)
	b.expect(t, "a sound site")
	if got.Answer != crawler.AnswerOK || got.Entry.Capped || !strings.Contains(got.Entry.Detail, "round: 6 addresses, 4 pages") {
		t.Errorf("%+v", got)
	}
	var heads []string
	for _, q := range b.town.asked {
		if q.Head {
			heads = append(heads, q.URL)
		}
	}
	if !slices.Equal(heads, []string{home + "doc.xlsx", "https://b.cn/"}) {
		t.Errorf("%v", heads)
	}
	b.now = b.now.Add(10 * time.Minute)
	if b.visit(t); len(b.town.asked) != 0 {
		t.Errorf("too soon: %v", b.town.asked)
	}
}

// TestFindings: each fault is told once, at the level of its norm, with the
// norm in words, and once more when it is over.
func TestFindings(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*beat)
		want  string
		over  string
	}{
		{"stale home", func(b *beat) { b.town.pages[home] = front("2026-11-05") }, "home-stale orange", "home-stale over"},
		{"nearly stale home", func(b *beat) { b.town.pages[home] = front("2026-11-08") }, "home-stale blue", "home-stale over"},
		{"stale column", func(b *beat) { b.town.pages[home+"zc/"] = column("政策文件", "2026-05-19") }, "column-stale yellow", "column-stale over"},
		{"dead link on the home page", func(b *beat) { delete(b.town.pages, home+"a.html") }, "link-dead yellow", "link-dead over"},
		{"dead link deeper", func(b *beat) { b.town.pages[home+"xx.html"] = `<body><a href="/no.html">无</a></body>` }, "link-dead blue", "link-dead over"},
		{"soft 404", func(b *beat) { b.town.pages[home+"a.html"] = `<title>404</title>` }, "link-dead yellow", "link-dead over"},
		{"redirect to the home page", func(b *beat) { b.town.moved[home+"a.html"] = home }, "link-dead yellow", "link-dead over"},
		{"wrong word", func(b *beat) { b.town.pages[home+"xx.html"] = `<body>截止目前，请写信</body>` }, "wording blue", "wording over"},
		{"serious word", func(b *beat) { b.town.pages[home+"xx.html"] = `<body>中华人民共合国</body>` }, "wording orange", "wording over"},
		{"no channel", func(b *beat) {
			b.town.pages[home] = strings.ReplaceAll(front("2026-11-19"), "领导信箱", "关于我们")
		}, "channel-missing orange", "channel-missing over"},
		{"blank column", func(b *beat) {
			b.town.pages[home+"zc/"] = `<meta name="ColumnName" content="政策文件"><body>栏目建设中</body>`
		}, "column-blank yellow", "column-blank over"},
	} {
		b := newBeat()
		c.spoil(b)
		b.visit(t)
		if len(b.posts) != 1 {
			t.Errorf("%s: told %v", c.name, b.told())
			continue
		}
		p := b.posts[0]
		b.expect(t, c.name, c.want)
		if p.Kind != huiying.KindFinding || p.Title == "" || !strings.Contains(p.Text, "依据：") || !strings.Contains(p.Text, "处理：") || p.Finding.Limit == "" || p.URL == "" || strings.Contains(p.Title+p.Text, "{") || strings.Contains(p.Text, "%!") {
			t.Errorf("%s: %+v\n%s", c.name, p, p.Text)
		}
		b.now = b.now.Add(24 * time.Hour)
		b.visit(t)
		b.expect(t, c.name+", a day later")
		fresh := newBeat()
		b.town.pages, b.town.moved = fresh.town.pages, fresh.town.moved
		b.now = b.now.Add(24 * time.Hour)
		b.visit(t)
		if len(b.posts) == 1 && b.posts[0].ID != p.ID {
			t.Errorf("%s: another id when over", c.name)
		}
		b.expect(t, c.name+", mended", c.over)
	}
}

// TestTroubleIsAskedTwice: an error that may pass is no dead link until it was
// met again later; a host that refuses us is none at all.
func TestTroubleIsAskedTwice(t *testing.T) {
	b := newBeat()
	b.town.code[home+"a.html"] = 503
	b.town.fault["https://b.cn/"] = silence()
	b.visit(t)
	b.expect(t, "the first time")
	b.now = b.now.Add(30 * time.Minute)
	delete(b.town.fault, "https://b.cn/")
	b.visit(t)
	b.expect(t, "half an hour later", "link-dead yellow")

	b = newBeat()
	b.town.code["https://b.cn/"] = 403
	b.visit(t)
	b.expect(t, "refused elsewhere")
	b = newBeat()
	b.town.code[home+"a.html"], b.town.class[home+"a.html"] = 429, crawler.AnswerRateLimited
	if got := b.visit(t); got.Answer != crawler.AnswerRateLimited {
		t.Errorf("refused by the site: %+v", got)
	}
}

// TestShare: a day of closed probes is nine of a week's 168, and lost; what we
// did not probe is no fault of the site.
func TestShare(t *testing.T) {
	b := newBeat()
	b.opt["off"] = []string{"links", "wording", "home", "columns", "channels", "certificate"}
	hour := func(n int) {
		for range n {
			b.visit(t)
			b.now = b.now.Add(time.Hour)
		}
	}
	hour(30)
	b.expect(t, "open")
	b.town.took = 15 * time.Second
	hour(1)
	b.expect(t, "one of 31")
	hour(1)
	b.expect(t, "two of 32 is 6.2 %", "site-down yellow", "site-unreachable yellow")
	hour(6)
	b.expect(t, "eight")
	hour(1)
	b.expect(t, "nine", "site-unreachable orange")
	b.town.took = 14999 * time.Millisecond
	hour(1)
	b.expect(t, "open again", "site-down over")
	b.now = b.now.AddDate(0, 0, 5)
	hour(1)
	b.expect(t, "five days of our own silence")
	b.now = b.now.AddDate(0, 0, 8)
	hour(1)
	b.expect(t, "a week of our own silence: too little to say that it is over")
	hour(20)
	b.expect(t, "a day of open probes", "site-unreachable over")
}

// TestProbes: what a probe counts as.
func TestProbes(t *testing.T) {
	for _, c := range []struct {
		name   string
		spoil  func(*town)
		closed bool
		gap    bool
	}{
		{"no answer", func(s *town) { s.fault[home] = silence() }, true, false},
		{"503", func(s *town) { s.code[home] = 503 }, true, false},
		{"403 is a refusal of us", func(s *town) { s.code[home] = 403 }, false, true},
		{"our line is down", func(s *town) { s.fault[home], s.fault["https://w.cn/"] = silence(), silence() }, false, true},
		{"resting", func(s *town) { s.fault[home] = &host.RestingError{} }, false, true},
	} {
		b := newBeat()
		b.opt["off"] = []string{"links", "wording", "home", "columns", "channels", "certificate"}
		b.opt["witness"] = "https://w.cn/"
		b.town.pages["https://w.cn/"] = "x"
		c.spoil(&b.town)
		want := fmt.Sprintf("probes %d of 1 slots, closed %d", map[bool]int{true: 0, false: 1}[c.gap], map[bool]int{true: 1}[c.closed])
		if got := b.visit(t); !strings.Contains(got.Entry.Detail, want) || !b.town.asked[0].Probe {
			t.Errorf("%s: %s, want %s", c.name, got.Entry.Detail, want)
		}
	}
}

// TestRoundGoesOn: a round of more addresses than a visit may ask goes on with
// the next visits; what lies beyond the bounds is capped and said.
func TestRoundGoesOn(t *testing.T) {
	b := newBeat()
	var rows strings.Builder
	for i := range 40 {
		fmt.Fprintf(&rows, `<a href="/p%d.html">页</a>`, i)
		b.town.pages[fmt.Sprintf("%sp%d.html", home, i)] = `<body>页</body>`
	}
	b.town.pages[home+"xx.html"] = rows.String()
	b.opt["questions"], b.opt["pages"], b.opt["links"] = 10, 20, 30
	visits, last := 0, crawler.Report{}
	for ; visits < 20 && !strings.Contains(last.Entry.Detail, "pages read"); visits++ {
		last = b.visit(t)
		if len(b.town.asked) > 10 {
			t.Errorf("%d questions", len(b.town.asked))
		}
		b.now = b.now.Add(10 * time.Minute)
	}
	if visits < 3 || !last.Entry.Capped || !strings.Contains(last.Entry.Detail, "20 pages read, 8 pages and 16 addresses beyond") {
		t.Errorf("%d visits, %+v", visits, last)
	}
	b.expect(t, "bounded")
}

func TestFindingIsOfferedAgain(t *testing.T) {
	b := newBeat()
	b.town.pages[home] = front("2026-11-01")
	b.fail = true
	b.visit(t)
	b.fail = false
	b.now = b.now.Add(10 * time.Minute)
	b.visit(t)
	first := b.posts
	b.expect(t, "when the sink takes it", "home-stale orange")
	b.since = b.now.Add(-10 * time.Minute)
	b.visit(t)
	if len(b.posts) != 1 || b.posts[0].MessageID() != first[0].MessageID() {
		t.Errorf("after an unclean start: %+v", b.posts)
	}
}

func TestColumns(t *testing.T) {
	b := newBeat()
	var list []map[string]any
	for i := range 5 {
		address := fmt.Sprintf("%sc%d/", home, i)
		list = append(list, map[string]any{"name": fmt.Sprintf("动态%d", i), "url": address, "class": "news", "days": 7})
		b.town.pages[address] = column("x", "2026-11-01")
	}
	b.opt["columns"] = list
	b.visit(t)
	want := []string{"columns-stale orange"}
	for range 5 {
		want = append(want, "column-stale yellow", "column-overdue yellow")
	}
	b.expect(t, "five columns", want...)
}

// TestCertificate: one handshake a day, each fault by its own norm.
func TestCertificate(t *testing.T) {
	b := newBeat()
	b.opt["off"] = []string{"probe", "links", "wording", "home", "columns", "channels"}
	shakes := 0
	shown := &x509.Certificate{DNSNames: []string{"other.example.gov.cn"}, NotAfter: b.now.Add(10*24*time.Hour + time.Hour)}
	r := reader(func(context.Context, string, string) ([]*x509.Certificate, error) {
		shakes++
		return []*x509.Certificate{shown}, nil
	})
	visit := func() {
		t.Helper()
		got, err := r.Read(t.Context(), crawler.Visit{
			Source: b.source(), Cursor: b.cursor, Fetch: &b.town, Sink: b, Now: func() time.Time { return b.now }, Zone: b.now.Location(),
		})
		if err != nil {
			t.Fatal(err)
		}
		b.cursor = got.Cursor
		b.posts = slices.DeleteFunc(b.posts, func(p huiying.Post) bool { return p.Finding.Check == "certificate-chain" }) // by the machine's roots
	}
	visit()
	b.expect(t, "ten days left, another name", "certificate yellow", "certificate-name orange")
	visit()
	if shakes != 1 {
		t.Errorf("%d handshakes", shakes)
	}
	b.now = b.now.AddDate(0, 0, 4)
	visit()
	b.expect(t, "six days left", "certificate orange")
	shown = &x509.Certificate{DNSNames: []string{"zw.example.gov.cn"}, NotAfter: b.now.AddDate(1, 0, 0)}
	b.now = b.now.AddDate(0, 0, 1)
	visit()
	b.expect(t, "changed", "certificate over", "certificate-name over")
}
