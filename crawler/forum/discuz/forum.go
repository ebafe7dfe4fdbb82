package discuz

import (
	"strings"

	"github.com/PuerkitoBio/goquery"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/forum/board"
	"huiying/crawler/text"
)

// pageForum reads a list of threads off a page, touch or desktop.
func pageForum(p *board.Page) crawler.Parsed {
	f := site(p.Base, p.Doc)
	out := listing{next: next(p), total: topics(p.Tree)}
	list := p.Tree.Find(".threadlist")
	list.Find("li").Each(func(_ int, s *goquery.Selection) {
		if s.Find("li").Find("a[href*='mod=viewthread']").Length() == 0 {
			out.posts = append(out.posts, f.touchRow(s))
		}
	})
	p.Tree.Find("tbody[id^=normalthread_], tbody[id^=stickthread_]").Each(func(_ int, s *goquery.Selection) {
		out.posts = append(out.posts, f.deskRow(s))
	})
	none := crawler.AnswerMalformed
	if list.Length() > 0 || p.Tree.Find("#threadlist, #threadlisttableid, body.pg_forumdisplay").Length() > 0 {
		none = crawler.AnswerEmpty
	}
	return out.parsed(none)
}

// touchRow reads a row of a touch list: a card, a pinned line, or the one line
// of older templates.
func (f forum) touchRow(s *goquery.Selection) huiying.Post {
	link := s.Find("a[href*='tid='], a[href*='thread-']").FilterFunction(func(_ int, a *goquery.Selection) bool {
		return tidOf(a.AttrOr("href", "")) != "" && !strings.Contains(a.AttrOr("href", ""), "goto=")
	})
	tid := tidOf(link.First().AttrOr("href", ""))
	if tid == "" {
		return huiying.Post{}
	}
	t := f.post(huiying.KindThread, f.id(board.Thread, tid))
	t.RootID, t.URL = t.ID, f.threadURL(tid)
	t.Title = touchTitle(s, link.First())
	if excerpt := s.Find(".threadlist_mes").First(); excerpt.Length() > 0 {
		t.Text = board.Plain(excerpt, picture, nil)
		t.Truncated = strings.HasSuffix(t.Text, "...")
	}
	t.Author = author(s.Find(".muser a[href*=uid], a.mmc").First())
	if t.Author.Name == "" {
		t.Author.Name = board.Line(s.Find(".muser .mmc, .muser h3, .by").First())
	}
	t.PublishedAt, t.PublishedPrecision = board.When(s.Find(".mtime").First(), f.doc)
	t.Engagement = touchCounts(s)
	return t
}

// touchTitle is the title of a row: its own element where the template has
// one, else the words of the link without the labels in it.
func touchTitle(s, link *goquery.Selection) string {
	for _, own := range []string{".threadlist_tit em", ".threadlist_tit", "a[href*='tid='] > em"} {
		if title := board.Line(s.Find(own).First()); title != "" {
			return title
		}
	}
	words := link.Clone()
	words.Find(".micon, .by, .num, .icon_top, .icon_tu").Remove()
	return board.Line(words)
}

// touchCounts reads the numbers that stand behind an eye and a balloon, or the
// one number of older templates.
func touchCounts(s *goquery.Selection) huiying.Engagement {
	var e huiying.Engagement
	var views, replies bool
	e.Views, views = numberBehind(s, ".dm-eye, .dm-eye-fill")
	e.Comments, replies = numberBehind(s, ".dm-chat-s, .dm-chat-s-fill, .dm-chat, .dm-chat-fill")
	if n := s.Find(".num").First(); n.Length() > 0 && e.Comments == 0 {
		e.Comments, replies = text.ParseCount(n.Text())
	}
	e.AtLeast = views || replies
	return e
}

// numberBehind is the number in the element behind an icon, or in the text that
// the icon's own element holds.
func numberBehind(s *goquery.Selection, icon string) (n int64, atLeast bool) {
	i := s.Find(icon).First()
	if i.Length() == 0 {
		return 0, false
	}
	if em := i.Next(); goquery.NodeName(em) == "em" {
		return text.ParseCount(em.Text())
	}
	return text.ParseCount(i.Parent().Text())
}

// deskRow reads a row of a desktop list. One without a title is a thread that
// was moved away.
func (f forum) deskRow(s *goquery.Selection) huiying.Post {
	link := s.Find("a.xst").First()
	_, tid, _ := strings.Cut(s.AttrOr("id", ""), "_")
	tid = board.Digits(tid)
	if link.Length() == 0 || tid == "" {
		return huiying.Post{}
	}
	t := f.post(huiying.KindThread, f.id(board.Thread, tid))
	t.RootID, t.URL, t.Title = t.ID, f.threadURL(tid), board.Line(link)
	by := s.Find("td.by").First()
	t.Author = author(by.Find("cite a").First())
	if t.Author.Name == "" {
		t.Author.Name = board.Line(by.Find("cite").First())
	}
	t.PublishedAt, t.PublishedPrecision = board.When(by.Find("em").First(), f.doc)
	var a, b bool
	t.Engagement.Comments, a = text.ParseCount(s.Find("td.num a").First().Text())
	t.Engagement.Views, b = text.ParseCount(s.Find("td.num em").First().Text())
	t.Engagement.AtLeast = a || b
	return t
}

// author is whom a link to a member's page names, as shown.
func author(a *goquery.Selection) huiying.Author {
	return huiying.Author{ID: uidOf(a.AttrOr("href", "")), Name: board.Line(a), Verified: "none"}
}

// topics is how many threads the list says there are: "主题: 1231".
func topics(tree *goquery.Document) int64 {
	for _, where := range []string{".forumdisplay-top p", ".xs1.xw0.i", ".bm_h .i"} {
		_, tail, found := strings.Cut(board.Line(tree.Find(where).First()), "主题")
		if found {
			n, _ := text.ParseCount(tail)
			return n
		}
	}
	return 0
}

// next is the token of the page after this one, "" at the end.
func next(p *board.Page) string {
	n := pageOf(p.Tree.Find(".pg a.nxt, a.nxt").First().AttrOr("href", ""))
	if n == "" {
		return ""
	}
	return "page=" + n
}
