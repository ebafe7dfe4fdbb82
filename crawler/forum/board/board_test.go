package board_test

import (
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/forum/board"
)

var office = time.FixedZone("CST", 8*60*60)

// doc was fetched on a Friday morning.
var doc = crawler.Document{FetchedAt: time.Date(2026, 11, 20, 10, 0, 0, 0, office), Zone: office}

func tree(t *testing.T, markup string) *goquery.Selection {
	t.Helper()
	d, err := goquery.NewDocumentFromReader(strings.NewReader(markup))
	if err != nil {
		t.Fatal(err)
	}
	return d.Find("body")
}

func TestTime(t *testing.T) {
	for in, want := range map[string]string{
		"2026-2-8 9:05":         "2026-02-08 09:05:00 minute",
		"2024-8-6\u00a022:11":   "2024-08-06 22:11:00 minute",
		"发表于 2026-2-8 09:05:31": "2026-02-08 09:05:31 second",
		"昨天\u00a015:28":         "2026-11-19 15:28:00 minute",
		"3\u00a0天前":             "2026-11-17 10:00:00 day",
		"半小时前":                  "2026-11-20 09:30:00 minute",
		"02:38":                 "2026-11-20 02:38:00 minute",
		"10:40":                 "2026-11-20 10:40:00 minute", // the site's clock is ahead
		"23:50":                 "2026-11-19 23:50:00 minute",
		"7-6":                   "2026-07-06 00:00:00 day",
		"12-31":                 "2025-12-31 00:00:00 day",
		"2020-05":               "2020-05-01 00:00:00 day",
		"2020-13":               "",
		"25:00":                 "",
		"":                      "",
		"楼主":                    "",
	} {
		got, precision := board.Time(in, doc)
		said := ""
		if !got.IsZero() {
			said = got.In(office).Format(time.DateTime) + " " + precision
		}
		if said != want {
			t.Errorf("%q: got %q, want %q", in, said, want)
		}
	}
}

// TestWhen: the date beside a relative form decides, and what is finer where
// the two agree.
func TestWhen(t *testing.T) {
	for in, want := range map[string]string{
		`<span title="2026-11-19 15:28">昨天&nbsp;15:28</span>`: "2026-11-19 15:28 minute",
		`<span title="2026-11-17 08:10">3&nbsp;天前</span>`:     "2026-11-17 08:10 minute",
		`<span title="2026-11-20">1&nbsp;小时前</span>`:          "2026-11-20 09:00 minute",
		`<span title="2018-8-21">1&nbsp;小时前</span>`:           "2018-08-21 00:00 day",
		`<span title="2026-11-17">3&nbsp;天前</span>`:           "2026-11-17 00:00 day",
		`<span title="点击复制">2026-2-8 11:31</span>`:            "2026-02-08 11:31 minute",
		`<span title="2026-2-8 11:31">楼主</span>`:              "2026-02-08 11:31 minute",
		`2026-2-8 11:31`:             "2026-02-08 11:31 minute",
		`<span title="某日">不久</span>`: "",
	} {
		got, precision := board.When(tree(t, "<p>"+in+"</p>").Find("p"), doc)
		said := ""
		if !got.IsZero() {
			said = got.In(office).Format("2006-01-02 15:04") + " " + precision
		}
		if said != want {
			t.Errorf("%s: got %q, want %q", in, said, want)
		}
	}
}

func TestPlain(t *testing.T) {
	picture := func(n *html.Node) string { return board.Attr(n, "alt") }
	drop := func(n *html.Node) bool { return board.Attr(n, "class") == "noise" }
	for in, want := range map[string]string{
		"一\n  二":                                 "一 二",
		"一<br />\n二":                             "一\n二",
		"『<b>嗯</b>嗯』":                            "『嗯嗯』",
		"1 &lt; 2 &amp;amp; 3":                   "1 < 2 &amp; 3",
		"&lt;b&gt;不是标签":                          "<b>不是标签",
		"<div>甲</div><div> </div>乙":              "甲\n乙",
		"好<i class=noise>坏</i>":                  "好",
		"看<span style='display: none'>不见</span>": "看",
		"<script>x()</script>字<img alt='[酷]'>":   "字[酷]",
		"<a href=x>网页链接</a>":                     "网页链接",
		"<table><tr><td>甲</td><td>乙</td></tr><tr><td>丙</td></tr></table>": "甲 乙\n丙",
		"<!-- 无 -->":                      "",
		"":                                "",
		strings.Repeat("<b>", 450) + "太深": "",
	} {
		if got := board.Plain(tree(t, in), picture, drop); got != want {
			t.Errorf("%.60s: got %q, want %q", in, got, want)
		}
	}
}

func TestRegion(t *testing.T) {
	for in, want := range map[string]string{
		"IP属地:宁夏": "宁夏", "2楼 | IP属地： 广东 | x": "广东", "IP归属地：北京": "北京", "IP: 甘肃": "甘肃", "IP属地:未知": "", "来自 Android": "", "": "",
	} {
		if got := board.Region(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestIdentity(t *testing.T) {
	if got := board.ID("bbs.qinghe.example", board.Thread, "88"); got != "forum:bbs.qinghe.example/t88" {
		t.Error(got)
	}
	if got := board.ID("", board.Floor, "88"); got != "forum:unknown/p88" {
		t.Error(got)
	}
	if got := board.ID("a", board.Reply, ""); got != "" {
		t.Error(got)
	}
	for in, want := range map[string]string{"12": "12", " 7 ": "7", "0": "", "012": "", "-3": "", "1e3": "", "": "", strings.Repeat("9", 20): ""} {
		if got := board.Digits(in); got != want {
			t.Errorf("%q: got %q", in, got)
		}
	}
}

// TestBase: a page's own word about where it lives counts only for the host
// that was asked.
func TestBase(t *testing.T) {
	for _, c := range []struct{ url, head, want string }{
		{"", `<base href="https://BBS.qinghe.example/a/">`, "https://bbs.qinghe.example/a/x"},
		{"", `<link rel="canonical" href="//tieba.baidu.com/p/1">`, "https://tieba.baidu.com/p/x"},
		{"https://bbs.qinghe.example/b/y.html", `<base href="https://bbs.qinghe.example/a/">`, "https://bbs.qinghe.example/a/x"},
		{"https://bbs.qinghe.example/b/y.html", `<base href="https://evil.example/">`, "https://bbs.qinghe.example/b/x"},
		{"", "", ""},
		{"not an address", "<base href='javascript:1'>", ""},
	} {
		d := doc
		d.URL, d.Body = c.url, []byte("<html><head>"+c.head+"</head><body>"+strings.Repeat("字", 500)+"</body></html>")
		p, answer := board.Open(d)
		if p == nil || answer != "" {
			t.Fatalf("%+v: %v", c, answer)
		}
		if got := p.Resolve("x"); got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for in, want := range map[string]crawler.Answer{
		"": crawler.AnswerMalformed, " \n": crawler.AnswerMalformed,
		"<html><title>访问受限</title></html>":      crawler.AnswerBlocked,
		"<html><title>清河论坛每日维护</title></html>":  crawler.AnswerMaintenance,
		"<html><body><p>请先登录</p></body></html>": crawler.AnswerLoginWall,
		"<html><body>你好</body></html>":          "",
	} {
		d := doc
		d.Body = []byte(in)
		if _, got := board.Open(d); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := board.Refused(crawler.Document{URL: "https://wappass.baidu.com/x", Body: []byte("<html>你好</html>")}); got != crawler.AnswerBlocked {
		t.Error(got)
	}
}

func FuzzTime(f *testing.F) {
	for _, s := range []string{"2026-2-8 9:05", "昨天 15:28", "3 天前", "02:38", "2020-05", "7-6", "99999小时前"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, precision := board.Time(s, doc)
		if got.IsZero() != (precision == "") {
			t.Fatalf("%q: %v %q", s, got, precision)
		}
		if precision != "" && precision != huiying.PrecisionDay && precision != huiying.PrecisionMinute && precision != huiying.PrecisionSecond {
			t.Fatalf("%q: precision %q", s, precision)
		}
	})
}
