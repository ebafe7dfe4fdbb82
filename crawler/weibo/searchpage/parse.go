package searchpage

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/text"
	"huiying/crawler/weibo/markup"
	"huiying/crawler/weibo/status"
)

// Surfaces is the parser of search results by the name of its surface.
func Surfaces() map[string]crawler.Parse {
	return map[string]crawler.Parse{"weibo.s.search": status.Parser(ReadSearch)}
}

// layout is one of the forms the page has had.
type layout struct {
	card     string // a result
	nothing  string // stands on a page without results
	repost   string // the quoted original in a card, "" where it stands in it otherwise
	from     string // time and client
	text     string
	fullText string // the hidden whole of a folded text
	author   string
}

// layouts, the newest first; the first whose cards or notice stand on a page
// is taken.
func layouts() []layout {
	return []layout{
		{
			card: "div.card-wrap[mid]", nothing: "div.card-no-result", repost: "div.card-comment",
			from: "div.from, p.from", text: `p.txt[node-type="feed_list_content"], p.txt`, fullText: `p[node-type="feed_list_content_full"]`,
			author: "a[nick-name]",
		},
		{
			card: `div[mid][action-type="feed_list_item"]`, nothing: "div.pl_noresult, div.search_noresult, p.noresult_tit", repost: "div.comment",
			from: "div.feed_from", text: `p.comment_txt[node-type="feed_list_content"], p.comment_txt`, fullText: `p[node-type="feed_list_content_full"]`,
			author: "a[nick-name]",
		},
	}
}

// ReadSearch reads a page of search results. Next is "page=…".
func ReadSearch(d crawler.Document) status.Page {
	doc, answer := markup.Open(d)
	if answer != crawler.AnswerOK {
		return status.Page{Answer: answer}
	}
	if html := pagelets(doc); html != "" {
		if doc, answer = markup.Fragment(html); answer != crawler.AnswerOK {
			return status.Page{Answer: answer}
		}
	}
	for _, l := range layouts() {
		var list []status.Entry
		for _, s := range doc.Find(l.card).EachIter() {
			list = append(list, l.entries(s, d)...)
		}
		if len(list) > 0 {
			return status.Full(list, next(doc, d.URL), 0)
		}
	}
	return nothing(doc)
}

// nothing is a page without posts: no result, or what the site says instead.
func nothing(doc *goquery.Document) status.Page {
	for _, l := range layouts() {
		if s := doc.Find(l.nothing).First(); s.Length() > 0 {
			return status.Page{Answer: crawler.AnswerEmpty, Said: markup.Label(s)}
		}
	}
	for _, s := range doc.Find("p").EachIter() {
		said := markup.Label(s)
		if strings.HasPrefix(said, "抱歉，未找到") || strings.HasPrefix(said, "抱歉，没有找到") {
			return status.Page{Answer: crawler.AnswerEmpty, Said: said}
		}
	}
	return status.Page{Answer: crawler.AnswerMalformed}
}

// pagelets joins the HTML of the parts that a page of 2017 carries in calls of
// its scripts, "" when it has none.
func pagelets(doc *goquery.Document) string {
	var out []byte
	for _, s := range doc.Find("script").EachIter() {
		_, call, found := bytes.Cut([]byte(s.Text()), []byte("STK.pageletM.view("))
		if !found {
			continue
		}
		var part struct {
			ID   string `json:"pid"`
			HTML string `json:"html"`
		}
		if json.NewDecoder(bytes.NewReader(call)).Decode(&part) == nil && part.ID == "pl_weibo_direct" {
			out = append(out, part.HTML...)
		}
	}
	return string(out)
}

func next(doc *goquery.Document, address string) string {
	n := status.Number(markup.Query(doc.Find("a.next[href]").First().AttrOr("href", ""), "page"))
	if n <= status.PageOf(address) {
		return ""
	}
	return "page=" + strconv.FormatInt(n, 10)
}

// entries reads one card: the original it quotes first, then its own post.
func (l layout) entries(s *goquery.Selection, d crawler.Document) []status.Entry {
	mid := status.Number(s.AttrOr("mid", ""))
	box := s.Find(l.repost).First()
	own, ok := l.post(piece{Selection: s, without: box, mid: mid}, d)
	if !ok {
		return nil
	}
	if box.Length() == 0 || (l.text0(box) == "" && box.Find(l.author).Length() == 0) {
		return []status.Entry{own}
	}
	own.Post.Kind = huiying.KindRepost
	quoted, ok := l.post(piece{Selection: box, without: &goquery.Selection{}, mid: quotedMid(box)}, d)
	if !ok || quoted.Mid == mid {
		return []status.Entry{own}
	}
	quoted.Quoted = true
	own.Post.ParentID, own.Post.RootID = quoted.Post.ID, quoted.Post.ID
	return []status.Entry{quoted, own}
}

// text0 is the visible text in a selection.
func (l layout) text0(s *goquery.Selection) string { return markup.Label(s.Find(l.text).First()) }

// quotedMid is the number of a quoted original: by its like link, or by its
// address.
func quotedMid(box *goquery.Selection) int64 {
	for _, s := range box.Find("[action-data]").EachIter() {
		if n := status.Number(markup.Query(s.AttrOr("action-data", ""), "mid")); n > 0 {
			return n
		}
	}
	for _, s := range box.Find(".from a[href], .feed_from a[href]").EachIter() {
		if bid := markup.Last(s.AttrOr("href", "")); status.ValidBid(bid) {
			if n := status.Number(text.BidToMid(bid)); n > 0 {
				return n
			}
		}
	}
	return 0
}

// Pages is how many pages of results the page offers to turn to, 0 when it
// does not say.
func Pages(d crawler.Document) int {
	doc, answer := markup.Open(d)
	if answer != crawler.AnswerOK {
		return 0
	}
	return doc.Find("ul.s-scroll").First().Find("li").Length()
}
