package sight_test

import (
	"testing"
	"time"
	"unicode/utf8"

	"huiying/crawler/patrol/sight"
)

func at() time.Time {
	return time.Date(2026, 11, 20, 9, 0, 0, 0, time.FixedZone("CST", 8*3600))
}

func look(html string) sight.Sight {
	return sight.Look([]byte(html), "https://zw.example.gov.cn/a/index.html", at())
}

func TestNewest(t *testing.T) {
	for _, c := range []struct{ html, want string }{
		{`<ul><li><a href="1.html">大厅延时服务</a><span>2026-11-18</span></li><li><a href="2.html">旧闻</a><span>2026-10-01</span></li></ul>`, "2026-11-18"},
		{`<ul><li><span>[11-19]</span><a href="1.html">公告</a></li></ul>`, "2026-11-19"},
		{`<ul><li><span>12-30</span><a href="1.html">去年的公告</a></li></ul>`, "2025-12-30"},
		{`<div><a href="1.html">通知（2026年11月17日）</a></div>`, "2026-11-17"},
		{`<li><div><b>16</b><i>2026-11</i></div><a href="x">一</a></li>`, "2026-11-16"},
		{`<table><tr><td><a href="x">一</a></td><td>发布时间：2026/11/5 08:30</td></tr></table>`, "2026-11-05"},
		{`<li><a href="x">关于2026年11月19日停电检修的公告</a></li>`, "0001-01-01"},
		{`<li><a href="x">报名至</a><span>2026-12-31</span></li>`, "0001-01-01"},
		{`<div>今天是2026年11月20日 星期五 <a href="/">首页</a></div>`, "0001-01-01"},
		{`<li><a href="x">一</a><span>2026-02-30</span></li>`, "0001-01-01"},
		{`<a href="/xw/202611/t20261112_99.html">新闻</a>`, "2026-11-12"},
		{`<a href="/2026/11/13/a.html">新闻</a><a href="/2026-11/14/b.html">新闻</a>`, "2026-11-14"},
		{`<li><a href="x">1-3 岁托育</a></li>`, "0001-01-01"},
	} {
		if got := look("<body>" + c.html + "</body>").Newest.Format(time.DateOnly); got != c.want {
			t.Errorf("%s: %s, want %s", c.html, got, c.want)
		}
	}
}

func TestLook(t *testing.T) {
	s := look(`<html><head><title>通知公告</title><meta name="ColumnName" content="通知公告"><meta name="ColumnType" content="通知公告"></head>
		<body><a href="../b.html">  领导
		信箱 </a><a href="javascript:x()">无</a><a href="mailto:a@b.c">信</a><a href="//other.example/"><img alt="友情链接"></a></body></html>`)
	if len(s.Links) != 2 || s.Links[0] != (sight.Link{URL: "https://zw.example.gov.cn/b.html", Words: "领导信箱"}) || s.Links[1].Words != "友情链接" {
		t.Errorf("%+v", s.Links)
	}
	if s.Column != "通知公告" || s.Class != "通知公告" || s.Article || s.Gone != "" {
		t.Errorf("%+v", s)
	}
	if based := look(`<base href="/c/"><a href="d.html">丁</a>`); based.Links[0].URL != "https://zw.example.gov.cn/c/d.html" {
		t.Errorf("%+v", based.Links)
	}
	article := look(`<meta name="ArticleTitle" content="404 号公告"><meta name="ColumnName" content="公告"><title>404 号公告</title><body>页面不存在</body>`)
	if !article.Article || article.Column != "" || article.Gone != "" || article.Blank {
		t.Errorf("%+v", article)
	}
}

func TestGoneAndBlank(t *testing.T) {
	for _, c := range []struct {
		html        string
		gone, blank bool
	}{
		{`<title>404</title><body><script></script>您访问的页面走丢了</body>`, true, false},
		{`<title>政务服务中心</title><body><script></script><p>抱歉，您访问的页面不存在，3秒后返回首页。</p></body>`, true, false},
		{`<title>办事指南</title><body><script></script><p>办事指南一</p></body>`, false, false},
		{`<title>政策解读</title><body><div class="list">栏目建设中</div><script></script></body>`, false, true},
		{`<title>政策解读</title><body><ul></ul></body>`, false, true},
		{`<title>政策解读</title><body><ul></ul><script src="page.js"></script></body>`, false, false},
		{`<title>政策解读</title><body><li><a href="1">解读</a><i>2026-01-02</i></li></body>`, false, false},
	} {
		s := look(c.html)
		if (s.Gone != "") != c.gone || s.Blank != c.blank {
			t.Errorf("%s: gone %q, blank %v", c.html, s.Gone, s.Blank)
		}
	}
}

func FuzzLook(f *testing.F) {
	for _, s := range []string{
		`<li><a href="1.html">大厅</a><span>[11-19]</span></li>`, `<base href="::"><a href="%zz">x</a>`, "<title>404", `<a href="/t20269999_1.html">`,
		"<div><div><div><a href=x>\xff2026-11-18",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s := sight.Look(body, "https://zw.example.gov.cn/", at())
		if s.Newest.After(at()) || (s.Dated == 0) != s.Newest.IsZero() {
			t.Errorf("%+v", s.Newest)
		}
		if utf8.Valid(body) && !utf8.ValidString(s.Text) {
			t.Error("text")
		}
	})
}
