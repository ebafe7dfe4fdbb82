package legacy

import (
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/text"
	"huiying/crawler/weibo/markup"
	"huiying/crawler/weibo/status"
)

// Surfaces is the parser of the old comments by the name of its surface.
func Surfaces() map[string]crawler.Parse {
	return map[string]crawler.Parse{"weibo.legacy.comments": status.Parser(ReadComments)}
}

// answer is the wrapping: code 100000 and a page's HTML under data.
type answer struct {
	Code status.Word `json:"code"`
	Msg  status.Word `json:"msg"`
	Data status.Raw  `json:"data"`
}

type data struct {
	HTML  *status.Word `json:"html"`
	Page  status.Raw   `json:"page"`
	Count status.Count `json:"count"`
}

// codes are what the numbers of refusals mean; the words beside any other
// decide.
var codes = map[status.Word]crawler.Answer{
	"100002": crawler.AnswerLoginWall,
	"100006": crawler.AnswerLoginWall,
	"100027": crawler.AnswerBlocked, // a person has to prove to be one
}

// ReadComments reads an answer of aj/v6/comment/big or small. Next is "page=…".
func ReadComments(d crawler.Document) status.Page {
	var a answer
	if !status.Object(status.Body(d), &a) {
		return status.Page{Answer: status.NotJSON(d)}
	}
	if a.Code == "" {
		return plainEnvelope(d)
	}
	if a.Code != "100000" {
		return status.Page{Answer: a.refusal(), Said: string(a.Msg)}
	}
	var content data
	if !status.Object(a.Data, &content) || content.HTML == nil {
		return status.Page{Answer: crawler.AnswerMalformed}
	}
	doc, means := markup.Fragment(string(*content.HTML))
	if means != crawler.AnswerOK {
		return status.Page{Answer: means}
	}
	of := postOf(doc, d.URL)
	var list []status.Entry
	doc.Find("div[comment_id]").Each(func(_ int, s *goquery.Selection) {
		if e, ok := comment(s, of, d); ok {
			list = append(list, e)
		}
	})
	return status.Full(list, content.next(), content.Count.N)
}

// plainEnvelope is an answer in the form of the newer surfaces: it can only be
// a refusal.
func plainEnvelope(d crawler.Document) status.Page {
	e, means := status.ReadEnvelope(d)
	if means == crawler.AnswerOK {
		means = e.Answer(false)
	}
	return e.None(means)
}

func (a answer) refusal() crawler.Answer {
	if means, known := codes[a.Code]; known {
		return means
	}
	if means := status.Meaning(string(a.Msg)); means != "" {
		return means
	}
	return crawler.AnswerForbidden
}

func (c data) next() string {
	var page struct {
		Last    status.Whole `json:"totalpage"`
		Current status.Whole `json:"pagenum"`
	}
	status.Object(c.Page, &page)
	if page.Current.N < 1 || page.Current.N >= page.Last.N {
		return ""
	}
	return "page=" + strconv.FormatInt(page.Current.N+1, 10)
}

// postOf is the post the comments stand under: by the links to other pages,
// else by the address that was asked.
func postOf(doc *goquery.Document, address string) (mid int64) {
	doc.Find("[action-type=feed_list_page][action-data]").EachWithBreak(func(_ int, s *goquery.Selection) bool {
		mid = status.Number(markup.Query(s.AttrOr("action-data", ""), "id"))
		return mid == 0
	})
	if mid == 0 {
		mid = status.MidOf(address)
	}
	return mid
}

func comment(s *goquery.Selection, of int64, d crawler.Document) (status.Entry, bool) {
	id := status.Number(s.AttrOr("comment_id", ""))
	said := own(s, "div.WB_text")
	if id == 0 || said.Length() == 0 {
		return status.Entry{}, false
	}
	who := said.ChildrenFiltered("a[usercard]").First()
	likes, floor := text.ParseCount(markup.Label(own(s, "[node-type=like_status] em").Last()))
	p := huiying.Post{
		ID: status.CommentID(id), Source: d.Source, Platform: huiying.PlatformWeibo, Kind: huiying.KindComment,
		Text: words(said, markup.Label(who)), CollectedAt: d.FetchedAt,
		Author: huiying.Author{
			ID: markup.Query(who.AttrOr("usercard", ""), "id"), Name: markup.Label(who), Verified: verified(said),
		},
		Engagement: huiying.Engagement{Likes: likes, AtLeast: floor},
	}
	if of > 0 {
		p.ParentID, p.RootID, p.URL = status.PostID(of), status.PostID(of), status.CommentURL(of, id)
	}
	if under := root(s); under > 0 && under != id {
		p.Kind, p.ParentID = huiying.KindReply, status.CommentID(under)
		if p.RootID == "" {
			p.RootID = p.ParentID
		}
	}
	p.PublishedAt, p.PublishedPrecision = status.Published(markup.Label(own(s, "div.WB_from")), id, d)
	return status.Entry{Post: p, Mid: id}, true
}

// own finds what belongs to a comment and not to one nested in it.
func own(s *goquery.Selection, selector string) *goquery.Selection {
	return s.Find(selector).FilterFunction(func(_ int, found *goquery.Selection) bool {
		return found.Closest("div[comment_id]").IsSelection(s)
	})
}

// root is the comment this one stands in or names as its root.
func root(s *goquery.Selection) int64 {
	if n := status.Number(s.AttrOr("root_comment_id", "")); n > 0 {
		return n
	}
	return status.Number(s.Parent().Closest("div[comment_id]").AttrOr("comment_id", ""))
}

// words is what was said, without the name and the colon before it.
func words(said *goquery.Selection, name string) string {
	s := strings.TrimPrefix(markup.Words(said), name)
	for _, colon := range []string{"：", ":"} {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(s), colon); ok {
			return strings.TrimSpace(rest)
		}
	}
	return s
}

// verified reads the badge behind a name.
func verified(said *goquery.Selection) string {
	badge := said.Find("i.icon_approve_co, i.icon_approve, i.icon_approve_gold").First()
	switch {
	case badge.Length() == 0:
		return status.VerifiedNone
	case badge.HasClass("icon_approve_co"):
		return status.VerifiedOrganisation
	}
	return status.VerifiedPerson
}
