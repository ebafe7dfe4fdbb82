package page_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"

	"huiying/crawler/portal/page"
)

func parse(tb testing.TB, html string) *goquery.Document {
	tb.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html))
	if err != nil {
		tb.Fatal(err)
	}
	return doc
}

func TestPlain(t *testing.T) {
	for _, c := range []struct {
		html  string
		lines bool
		want  string
	}{
		{"<p>　　一段。</p><p>&nbsp;</p><p>二段。</p>", page.Flow, "一段。\n二段。"},
		{"<div>甲<br>乙<br/>丙</div>", page.Flow, "甲\n乙\n丙"},
		{"<p>这一行\n断在中间</p>", page.Flow, "这一行断在中间"},
		{"<p>one\nline of English</p>", page.Flow, "one line of English"},
		{"<p>前<b>重\n点</b>\n后</p>", page.Flow, "前重点后"},
		{"<div>您好：\n   请到大厅。\n\n   谢谢。</div>", page.KeepLines, "您好：\n请到大厅。\n谢谢。"},
		{"<div>看得见<span style='display: none'>看不见</span><span hidden>也看不见</span></div>", page.Flow, "看得见"},
		{"<div>文<script>x()</script><style>p{}</style><!-- 注 --></div>", page.Flow, "文"},
		{"<table><tr><td>甲</td><td>乙</td></tr><tr><td>丙</td></tr></table>", page.Flow, "甲 乙\n丙"},
		{"<p>a\u200bb\ufeffc&#12288;&nbsp;d &lt;e&gt;</p>", page.Flow, "abc d <e>"},
		{"<ul><li>一</li><li>二</li></ul>", page.Flow, "一\n二"},
	} {
		if got := page.Plain(parse(t, "<html><body>"+c.html+"</body></html>").Find("body"), c.lines); got != c.want {
			t.Errorf("%s: %q, want %q", c.html, got, c.want)
		}
	}
}

func TestMeta(t *testing.T) {
	m := page.ReadMeta(parse(t, `<html><head><meta name="SiteDomain" content=" https://a.gov.example/ , b.gov.example"><meta name="contentSource" content="">
		<meta name="ContentSource" content="镇政务中心"><meta name="CONTENTSOURCE" content="别处"><meta name="Author" content="104363"></head></html>`))
	if m.Host() != "a.gov.example" || m.First("contentsource") != "镇政务中心" || m.Byline() != "" || m.First("nothing") != "" {
		t.Errorf("%v %q", m, m.Host())
	}
	for domain, want := range map[string]string{"": "", "no": "", "www.a.example；b.example": "www.a.example", "x.example;y.example": "x.example", "HTTP://A.example/path": ""} {
		if got := (page.Meta{"sitedomain": {domain}}).Host(); got != want {
			t.Errorf("%q: host %q, want %q", domain, got, want)
		}
	}
}

// frame is what stands around every article of a test page.
const top = `<html><head><title>渡口路封闭施工_临河镇人民政府</title></head><body><div class="header"><a href="/">首页</a></div><div class="nav">欢迎您，今天是星期一，请选择栏目。</div>`
const bottom = `<div class="footer">主办：临河镇人民政府，联系电话：0000-1234567。版权所有，转载请注明。</div></body></html>`

// TestMainText: the whole text of the article, and nothing of the frame.
func TestMainText(t *testing.T) {
	const want = "渡口路自下周一起封闭施工，为期二十天。\n9路公交改走河湾路，请提前安排。\n河湾报记者"
	paragraphs := `<p>　　渡口路自下周一起封闭施工，为期二十天。</p><p>　　9路公交改走河湾路，请提前安排。</p><p>河湾报记者</p>`
	inDivs := strings.NewReplacer("<p>", "<div>", "</p>", "</div>").Replace(paragraphs)
	info := `<div class="info">2026-11-17 08:30 来源：河湾报</div>`
	for name, body := range map[string]string{
		"standard tags":      `<div class="a"><h1>渡口路封闭施工</h1>` + info + `<div class="b"><meta name="ContentStart">` + paragraphs + `<meta name="ContentEnd"></div></div>`,
		"known container":    `<div class="a"><h1>渡口路封闭施工</h1>` + info + `<div id="zoom">` + paragraphs + `</div></div>`,
		"nested containers":  `<div class="a">` + info + `<div class="article-body"><div class="TRS_Editor">` + paragraphs + `</div></div></div>`,
		"paragraphs":         `<div class="a"><h1>渡口路封闭施工</h1>` + info + `<div class="x">` + paragraphs + `</div></div>`,
		"divs as paragraphs": `<div class="a">` + info + `<div class="x">` + inDivs + `</div></div>`,
		"table layout":       `<table><tr><td>` + info + `</td></tr><tr><td class="x">` + paragraphs + `</td></tr></table>`,
		"line breaks":        `<div class="a"><h1>渡口路封闭施工</h1>` + info + `<div class="x">渡口路自下周一起封闭施工，为期二十天。<br>9路公交改走河湾路，请提前安排。<br/>河湾报记者</div></div>`,
		"one paragraph rest": `<div class="a"><div class="x"><p>渡口路自下周一起封闭施工，为期二十天。<br>9路公交改走河湾路，请提前安排。</p><p>河湾报记者</p></div></div>`,
		"tools inside":       `<div id="zoom">` + paragraphs + `<div class="bdshare">分享到：微博，微信。</div><div id="qrcode">扫一扫，打开本页。</div></div>`,
		"side column": `<div class="w"><div class="x">` + paragraphs + `</div><div class="right"><ul><li><a href="1">大桥单向通行，请绕行</a></li><li><a href="2">早市搬迁，
			居民点赞</a></li></ul></div></div>`,
	} {
		if got := page.MainText(parse(t, top+body+bottom)); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := page.MainText(parse(t, top+bottom)); got != "" {
		t.Errorf("a page without an article gives %q", got)
	}
	if got := page.MainText(parse(t, top+`<div id="zoom"><a href="a.pdf">附件：工程公告.pdf</a></div>`+bottom)); got != "附件：工程公告.pdf" {
		t.Errorf("a page that names a file gives %q", got)
	}
}

func TestHeadlineOriginStamp(t *testing.T) {
	for _, c := range []struct{ html, headline, origin, stamp string }{
		{top + `<h1>渡口路封闭施工</h1><p>发布时间：2026-11-17 08:30 信息来源：河湾报 浏览：7</p>` + bottom, "渡口路封闭施工", "河湾报", "2026-11-17 08:30"},
		{`<html><head><title>关于早市的通知 - 临河镇</title></head><body>2026年11月7日 来源:镇办公室</body></html>`, "关于早市的通知", "镇办公室", "2026年11月7日"},
		{`<html><body><h1>没有标题栏的一页</h1><h2>别的</h2></body></html>`, "没有标题栏的一页", "", ""},
		{`<html><head><title>短-站名</title></head><body></body></html>`, "短-站名", "", ""},
	} {
		doc := parse(t, c.html)
		if h, o, s := page.Headline(doc), page.Origin(doc), page.Stamp(doc); h != c.headline || o != c.origin || strings.TrimSpace(s) != c.stamp {
			t.Errorf("%q %q %q, want %q %q %q", h, o, s, c.headline, c.origin, c.stamp)
		}
	}
}

func FuzzPage(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("..", "site", "testdata", "*.html"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(body))
	}
	f.Add(strings.Repeat("<div>", 2000) + "深，深。")
	f.Fuzz(func(t *testing.T, html string) {
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(strings.ToValidUTF8(html, "?")))
		if err != nil {
			return
		}
		for _, s := range []string{page.MainText(doc), page.Headline(doc), page.Origin(doc), page.Stamp(doc), page.ReadMeta(doc).Host()} {
			if !utf8.ValidString(s) {
				t.Fatalf("%q is no UTF-8", s)
			}
		}
	})
}
