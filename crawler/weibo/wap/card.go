package wap

import (
	"regexp"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/text"
	"huiying/crawler/weibo/markup"
	"huiying/crawler/weibo/status"
)

// card is one post on a page.
type card struct {
	*goquery.Selection
	bid    string
	counts *goquery.Selection // where its counts stand
	author huiying.Author     // what the page says of it elsewhere
	named  bool               // its author's name stands before the text
}

func (c card) entries(d crawler.Document) []status.Entry {
	mid := status.Number(text.BidToMid(c.bid))
	if mid == 0 {
		return nil
	}
	frame := c.Find("span.cmt").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.HasPrefix(markup.Label(s), "转发了")
	}).First()
	reason := c.Find("span.cmt").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.HasPrefix(markup.Label(s), "转发理由")
	}).First()
	p := c.post(mid, d)
	if frame.Length() == 0 {
		body := c.Find("span.ctt").First()
		if body.Length() == 0 {
			return nil
		}
		p.Text, p.Truncated = passage(body.Get(0))
		if c.named {
			p.Text = strings.TrimSpace(strings.TrimPrefix(p.Text, ":"))
		}
		return []status.Entry{{Post: p, Mid: mid, Pinned: c.pinned()}}
	}
	p.Kind = huiying.KindRepost
	if reason.Length() > 0 && reason.Get(0).NextSibling != nil {
		p.Text, p.Truncated = passage(reason.Get(0).NextSibling)
	}
	own := status.Entry{Post: p, Mid: mid, Pinned: c.pinned()}
	quoted, ok := c.original(frame, d)
	if !ok || quoted.Mid == mid {
		return []status.Entry{own}
	}
	own.Post.ParentID, own.Post.RootID = quoted.Post.ID, quoted.Post.ID
	return []status.Entry{quoted, own}
}

// post is the card's own post but for its text.
func (c card) post(mid int64, d crawler.Document) huiying.Post {
	said := markup.Label(c.Find("span.ct").Last())
	p := huiying.Post{
		ID: status.PostID(mid), Source: d.Source, Platform: huiying.PlatformWeibo, Kind: huiying.KindPost,
		Author: c.writer(), Region: place(said), CollectedAt: d.FetchedAt, Engagement: c.engagement(),
	}
	p.URL = status.PostURL(p.Author.ID, c.bid, mid)
	p.PublishedAt, p.PublishedPrecision = status.Published(said, mid, d)
	return p
}

// writer is the author: named on the card on lists of several accounts and on
// the page of one post, else the account whose page it is.
func (c card) writer() huiying.Author {
	a := c.author
	link := c.Find("a.nk").First()
	if c.named && link.Length() == 0 {
		link = c.ChildrenFiltered("div").First().ChildrenFiltered("a[href]").First()
	}
	uid := ""
	for _, s := range c.Find(`a[href*="/repost/"], a[href*="/comment/"]`).EachIter() {
		if uid = markup.Query(s.AttrOr("href", ""), "uid"); uid != "" {
			break
		}
	}
	if link.Length() > 0 {
		a = huiying.Author{ID: a.ID, Name: markup.Label(link), Verified: badge(link.NextUntil("span"))}
		if n := markup.Last(link.AttrOr("href", "")); status.Number(n) > 0 {
			a.ID = n
		}
	}
	if uid != "" && uid != a.ID {
		a.ID = uid
		if link.Length() == 0 && c.author.ID != "" {
			a.Name, a.Verified = "", status.VerifiedNone // not the page's own account
		}
	}
	if a.Verified == "" {
		a.Verified = status.VerifiedNone
	}
	return a
}

func (c card) pinned() bool {
	return strings.Contains(c.Find("span.kt").First().Text(), "置顶")
}

// original is the post that the card's frame shows.
func (c card) original(frame *goquery.Selection, d crawler.Document) (status.Entry, bool) {
	box := frame.Parent()
	link := box.Find(`a[href*="/comment/"]`).FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.HasPrefix(markup.Label(s), "原文评论")
	}).First()
	bid := markup.Last(link.AttrOr("href", ""))
	mid := status.Number(text.BidToMid(bid))
	if mid == 0 || !status.ValidBid(bid) {
		return status.Entry{}, false
	}
	by := frame.Find("a[href]").First()
	p := huiying.Post{
		ID: status.PostID(mid), Source: d.Source, Platform: huiying.PlatformWeibo, Kind: huiying.KindPost, CollectedAt: d.FetchedAt,
		Author: huiying.Author{Name: strings.TrimPrefix(markup.Label(by), "@"), Verified: badge(frame.Find("img"))},
	}
	if n := markup.Last(by.AttrOr("href", "")); status.Number(n) > 0 {
		p.Author.ID = n
	}
	var n counter
	n.add(&p.Engagement.Comments, markup.Label(link))
	for _, s := range box.Find("span.cmt").EachIter() {
		switch label := markup.Label(s); {
		case strings.HasPrefix(label, "原文转发["):
			n.add(&p.Engagement.Reposts, label)
		case strings.HasPrefix(label, "赞["):
			n.add(&p.Engagement.Likes, label)
		}
	}
	p.Engagement.AtLeast = n.floor
	p.URL = status.PostURL(p.Author.ID, bid, mid)
	p.PublishedAt, p.PublishedPrecision = status.Published("", mid, d)
	if body := box.Find("span.ctt").First(); body.Length() > 0 {
		p.Text, p.Truncated = passage(body.Get(0))
	}
	if by.Length() == 0 && status.Gone(p.Text) {
		p.Deleted, p.Truncated, p.Text = true, false, ""
	}
	return status.Entry{Post: p, Mid: mid, Quoted: true}, true
}

// ceiling is where the site stops counting reposts and comments.
const ceiling = 1_000_000

// counter reads counts into a post and remembers whether one is a floor.
type counter struct{ floor bool }

func (c *counter) add(into *int64, label string) {
	n, floor := text.ParseCount(label)
	*into = n
	c.floor = c.floor || floor || (n == ceiling && !strings.HasPrefix(label, "赞"))
}

// engagement reads the card's own counts; those of an original stand behind
// 原文, or in no link.
func (c card) engagement() (e huiying.Engagement) {
	var n counter
	for _, s := range c.counts.Find("a, span.pms").EachIter() {
		if s.Closest(`div.c[id^="C_"]`).Length() > 0 {
			continue
		}
		label := markup.Label(s)
		for prefix, into := range map[string]*int64{"赞[": &e.Likes, "转发[": &e.Reposts, "评论[": &e.Comments} {
			if strings.HasPrefix(label, prefix) {
				n.add(into, label)
			}
		}
	}
	e.AtLeast = n.floor
	return e
}

// comment reads one comment. Its link to the spam form carries the author's
// number even where the author has a named address.
func comment(s *goquery.Selection, of int64, d crawler.Document) (status.Entry, bool) {
	id := status.Number(strings.TrimPrefix(s.AttrOr("id", ""), "C_"))
	body := s.ChildrenFiltered("span.ctt").First()
	if id == 0 || body.Length() == 0 {
		return status.Entry{}, false
	}
	by := s.ChildrenFiltered("a[href]").First()
	said := markup.Label(s.ChildrenFiltered("span.ct").Last())
	p := huiying.Post{
		ID: status.CommentID(id), Source: d.Source, Platform: huiying.PlatformWeibo, Kind: huiying.KindComment,
		Author:      huiying.Author{Name: markup.Label(by), Verified: badge(by.NextUntil("span"))},
		CollectedAt: d.FetchedAt, Region: place(said),
	}
	for _, id := range []string{markup.Query(s.Find(`a[href*="/spam/"]`).AttrOr("href", ""), "fuid"), markup.Last(by.AttrOr("href", ""))} {
		if p.Author.ID == "" && status.Number(id) > 0 {
			p.Author.ID = id
		}
	}
	p.Text, p.Truncated = passage(body.Get(0))
	for _, like := range s.Find("span.cc a").EachIter() {
		if label := markup.Label(like); strings.HasPrefix(label, "赞[") {
			p.Engagement.Likes, p.Engagement.AtLeast = text.ParseCount(label)
		}
	}
	if of > 0 {
		p.ParentID, p.RootID, p.URL = status.PostID(of), status.PostID(of), status.CommentURL(of, id)
	}
	p.PublishedAt, p.PublishedPrecision = status.Published(said, id, d)
	return status.Entry{Post: p, Mid: id}, true
}

// place is the region behind a time: the site writes 来自 before a client and
// once more before a place.
func place(said string) string {
	_, client, _ := strings.Cut(said, "来自")
	if i := strings.Index(client, "发布于"); i >= 0 {
		client = client[i:]
	}
	return status.Place(client)
}

// control is the label of what stands behind a text: counts, pictures, verbs.
var control = regexp.MustCompile(`^(?:(?:赞|已赞|转发|评论|原文评论)\[[^\]]*\]|组图共\d+张|原图|收藏|举报|操作|删除|关注[她他]|加关注|回复)$`)

// passage is the text that begins at a node and ends before the first control
// among those behind it, and whether the site cut it.
func passage(n *html.Node) (said string, cut bool) {
	var b strings.Builder
	for ; n != nil && !ends(n); n = n.NextSibling {
		if err := html.Render(&b, n); err != nil {
			break // cannot be: a builder takes everything
		}
	}
	s := strings.NewReplacer("\r", " ", "\n", " ", "\t", " ").Replace(b.String())
	cut = fullText.MatchString(s)
	said = text.Plain("<span>" + strings.TrimRight(s, " \u00a0[") + "</span>")
	return said, cut
}

// fullText is the link to the rest of a cut text.
var fullText = regexp.MustCompile(`<a [^>]*>\s*(?:查看)?全文\s*</a>`)

func ends(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	s := goquery.NewDocumentFromNode(n).Selection
	switch n.Data {
	case "a":
		return control.MatchString(markup.Label(s)) || s.Find("img.ib").Length() > 0
	case "span":
		return s.Is("span.ct, span.cmt, span.cc")
	case "div", "form":
		return true
	}
	return false
}
