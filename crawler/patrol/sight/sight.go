// Package sight reads a page of the inspected site as a visitor sees it: its
// words, its links, the newest date on it, whether it is a column, an empty
// one, or a page that says it is not there. It judges nothing, and where a page
// shows no date it guesses none.
package sight

import (
	"cmp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"

	"huiying/crawler/portal/page"
	"huiying/crawler/portal/site"
)

// Sight is what a page shows.
type Sight struct {
	Title   string
	Text    string
	Links   []Link
	Newest  time.Time // the newest publication date beside a link or in its address, zero for none
	Dated   int       // links with such a date
	Column  string    // ColumnName of a page that is a column, by its meta tags
	Class   string    // ColumnType, as the page says it
	Gone    string    // the words with which the page says that it is not there
	Blank   bool      // a column without anything in it
	Article bool      // the page carries the tags of an article, and is no list
}

// Link is one address on a page and the words it stands under.
type Link struct{ URL, Words string }

// Bounds of one page.
const (
	maxLinks = 3000
	maxText  = 400_000 // bytes
)

// Look reads a page in UTF-8 that was found at address. now, in the office
// zone, is when: later dates are announcements, not publications.
func Look(body []byte, address string, now time.Time) Sight {
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(body)))
	if err != nil {
		return Sight{}
	}
	m := page.ReadMeta(doc)
	out := Sight{Title: page.Tidy(doc.Find("title").First().Text()), Text: page.Plain(doc.Find("body"), page.Flow)}
	if len(out.Text) > maxText {
		out.Text = strings.ToValidUTF8(out.Text[:maxText], "")
	}
	out.Links = links(doc, address)
	d := dates{now: now}
	d.rows(doc)
	d.addresses(out.Links)
	out.Newest, out.Dated = d.newest, d.n
	out.Article = m.First("articletitle") != "" || m.First("pubdate") != ""
	if !out.Article {
		out.Column, out.Class = m.First("columnname"), m.First("columntype")
	}
	out.Gone = gone(out)
	out.Blank = !out.Article && out.Dated == 0 && blank(doc, out)
	return out
}

func links(doc *goquery.Document, address string) []Link {
	base := address
	if href, ok := doc.Find("base[href]").First().Attr("href"); ok {
		base = cmp.Or(site.Resolve(address, href), address)
	}
	seen := map[string]bool{}
	var out []Link
	doc.Find("a[href], area[href]").EachWithBreak(func(_ int, s *goquery.Selection) bool {
		u := site.Resolve(base, s.AttrOr("href", ""))
		words := page.Plain(s, page.Flow)
		if words == "" {
			words = page.Tidy(cmp.Or(s.AttrOr("title", ""), s.AttrOr("alt", ""), s.Find("img[alt]").AttrOr("alt", "")))
		}
		if u != "" && !seen[u+"\n"+words] {
			seen[u+"\n"+words] = true
			out = append(out, Link{URL: u, Words: words})
		}
		return len(out) < maxLinks
	})
	return out
}

// thin is the text a page that is not there has at most, in runes.
const thin = 300

// gone gives the words of a page that is answered and says that it is not
// there.
func gone(s Sight) string {
	if s.Article {
		return ""
	}
	for _, mark := range []string{"404", "页面不存在", "页面未找到", "页面没有找到", "找不到页面", "无法找到", "Not Found", "not found", "页面已删除"} {
		if strings.HasPrefix(s.Title, mark) || (mark != "404" && strings.Contains(s.Title, mark)) {
			return s.Title
		}
	}
	if utf8.RuneCountInString(s.Text) > thin {
		return ""
	}
	for _, mark := range []string{
		"页面不存在", "您访问的页面", "您要访问的页面", "您查找的页面", "找不到该页", "找不到页面", "页面已被删除", "页面已删除", "信息不存在", "内容不存在",
		"文章不存在", "404 Not Found", "404错误",
	} {
		if strings.Contains(s.Text, mark) {
			return mark
		}
	}
	return ""
}

// blank reports a page without content: it says so itself, or there is neither
// text nor a script that could bring some.
func blank(doc *goquery.Document, s Sight) bool {
	for _, mark := range []string{"暂无内容", "暂无信息", "暂无数据", "暂无相关", "没有相关信息", "栏目建设中", "正在建设中", "内容更新中", "没有找到相关记录"} {
		if strings.Contains(s.Text, mark) {
			return true
		}
	}
	return page.MainText(doc) == "" && doc.Find("script, iframe").Length() == 0
}
