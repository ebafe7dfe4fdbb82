package wap

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/text"
	"huiying/crawler/weibo/markup"
	"huiying/crawler/weibo/status"
)

// Surfaces are the parsers of weibo.cn by the names of their surfaces.
func Surfaces() map[string]crawler.Parse {
	return map[string]crawler.Parse{
		"weibo.cn.timeline": status.Parser(ReadTimeline),
		"weibo.cn.comments": status.Parser(ReadComments),
	}
}

// ReadTimeline reads a page of posts: of one account, or of those a search or
// the home page lists. Next is "page=…".
func ReadTimeline(d crawler.Document) status.Page {
	doc, answer := markup.Open(d)
	if answer != crawler.AnswerOK {
		return status.Page{Answer: answer}
	}
	owner := ownerOf(doc)
	var list []status.Entry
	doc.Find(`div.c[id^="M_"]`).Each(func(_ int, s *goquery.Selection) {
		bid := strings.TrimPrefix(s.AttrOr("id", ""), "M_")
		c := card{Selection: s, bid: bid, counts: s, author: owner}
		list = append(list, c.entries(d)...)
	})
	if len(list) == 0 {
		return nothing(doc)
	}
	return status.Full(list, next(doc, d.URL), 0)
}

// ReadComments reads the page of one post: the original it quotes, the post,
// and the comments, hot ones first where the page has them so. Next is
// "page=…".
func ReadComments(d crawler.Document) status.Page {
	doc, answer := markup.Open(d)
	if answer != crawler.AnswerOK {
		return status.Page{Answer: answer}
	}
	bid := bidOf(doc, d.URL)
	var list []status.Entry
	cards := doc.Find(`div.c[id^="M_"]`)
	if cards.Length() > 1 {
		return status.Page{Answer: crawler.AnswerMalformed} // a list of posts, not the page of one
	}
	if s := cards.First(); s.Length() > 0 {
		author := huiying.Author{ID: doc.Find(`#cmtfrm input[name="srcuid"]`).AttrOr("value", "")}
		c := card{Selection: s, bid: bid, counts: doc.Find("body"), author: author, named: true}
		list = append(list, c.entries(d)...)
	}
	of := status.Number(text.BidToMid(bid))
	doc.Find(`div.c[id^="C_"]`).Each(func(_ int, s *goquery.Selection) {
		if e, ok := comment(s, of, d); ok {
			list = append(list, e)
		}
	})
	if len(list) == 0 {
		return nothing(doc)
	}
	return status.Full(list, next(doc, d.URL), 0)
}

// nothing is a page without posts: the site's notice, if it is one.
func nothing(doc *goquery.Document) status.Page {
	for _, where := range []string{"div.me", "div.ps", "div.c", "title"} {
		for _, s := range doc.Find(where).EachIter() {
			said := markup.Label(s)
			if strings.Contains(said, "没发过微博") || strings.Contains(said, "没发布过微博") {
				return status.Page{Answer: crawler.AnswerEmpty, Said: said}
			}
			if means := status.Meaning(said); means != "" {
				return status.Page{Answer: means, Said: said}
			}
		}
	}
	return status.Page{Answer: crawler.AnswerMalformed}
}

// next is the page behind 下页.
func next(doc *goquery.Document, address string) (token string) {
	doc.Find("#pagelist a[href]").EachWithBreak(func(_ int, s *goquery.Selection) bool {
		n := status.Number(markup.Query(s.AttrOr("href", ""), "page"))
		if strings.Contains(s.Text(), "下页") && n > status.PageOf(address) {
			token = "page=" + strconv.FormatInt(n, 10)
		}
		return token == ""
	})
	return token
}

// ownerOf is the account whose page this is; its number and name are "" on
// lists of several accounts.
func ownerOf(doc *goquery.Document) huiying.Author {
	head := doc.Find("div.u div.ut").First()
	name := head.Find("span.ctt").First()
	a := huiying.Author{Name: strings.TrimSpace(name.Contents().First().Text()), Verified: badge(name.Find("img"))}
	for _, s := range head.Find("a[href]").EachIter() {
		u, err := url.Parse(s.AttrOr("href", ""))
		if err != nil {
			continue
		}
		if id, rest, found := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/"); found && rest == "info" && status.Number(id) > 0 {
			a.ID = id
		}
	}
	if a.Name == "" {
		a.Name, _ = strings.CutSuffix(doc.Find("title").First().Text(), "的微博")
	}
	return a
}

// bidOf is the post a page of comments is about.
func bidOf(doc *goquery.Document, address string) string {
	var hrefs []string
	for _, at := range []string{doc.Find("#pagelist form").AttrOr("action", ""), address} {
		if strings.Contains(at, "/comment/") {
			hrefs = append(hrefs, at)
		}
	}
	for _, s := range doc.Find(`a[href*="/comments/reply/"]`).EachIter() {
		if parts := strings.Split(s.AttrOr("href", ""), "/comments/reply/"); len(parts) == 2 {
			bid, _, _ := strings.Cut(parts[1], "/")
			hrefs = append(hrefs, bid)
		}
	}
	own := doc.Find(`#cmtfrm input[name="id"]`).AttrOr("value", "")
	for _, s := range append([]string{own}, hrefs...) {
		if bid := markup.Last(s); status.ValidBid(bid) && text.BidToMid(bid) != "" {
			return bid
		}
	}
	return ""
}

// yellow is the picture of the V of a person; the other V is that of an
// organisation.
const yellow = "/5338."

// badge reads the V pictures among imgs.
func badge(imgs *goquery.Selection) string {
	v := imgs.Filter(`img[alt="V"]`).First()
	switch {
	case v.Length() == 0:
		return status.VerifiedNone
	case strings.Contains(v.AttrOr("src", ""), yellow):
		return status.VerifiedPerson
	}
	return status.VerifiedOrganisation
}
