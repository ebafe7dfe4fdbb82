package desktop

import (
	"net/url"
	"path"
	"strconv"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/text"
	"huiying/crawler/weibo/status"
)

// Surfaces are the parsers of weibo.com/ajax by the names of their surfaces.
func Surfaces() map[string]crawler.Parse {
	return map[string]crawler.Parse{
		"weibo.ajax.show":      status.Parser(ReadShow),
		"weibo.ajax.longtext":  status.Parser(ReadLongText),
		"weibo.ajax.timeline":  status.Parser(ReadTimeline),
		"weibo.ajax.comments":  status.Parser(ReadComments),
		"weibo.ajax.reposts":   status.Parser(ReadReposts),
		"weibo.ajax.hotsearch": status.Parser(ReadHot),
	}
}

// ReadShow reads an answer of statuses/show: the post stands bare at the top
// level, beside ok.
func ReadShow(d crawler.Document) status.Page {
	e, answer := status.ReadEnvelope(d)
	if answer != crawler.AnswerOK {
		return e.None(answer)
	}
	raw := status.Body(d)
	list := status.Entries(raw, status.Reading{Document: d, Whole: true})
	if answer = e.Answer(len(list) > 0); answer != crawler.AnswerOK {
		return e.None(answer)
	}
	out := status.Page{Entries: list, Answer: crawler.AnswerOK}
	if list[len(list)-1].Post.Deleted {
		out.Answer = crawler.AnswerDeleted
	}
	return out
}

// ReadLongText reads an answer of statuses/longtext. It does not say whose
// text it is: the id comes from the URL. An answer without text means that the
// post was whole as it stood.
func ReadLongText(d crawler.Document) status.Page {
	e, answer := status.Open(d)
	if answer != crawler.AnswerOK {
		return e.None(answer)
	}
	var long struct {
		Text *status.Word `json:"longTextContent"`
	}
	switch {
	case e.OK.Set && (string(e.Data) == "{}" || string(e.Data) == "[]"): // from PHP an empty object is a list
		return status.Page{Answer: crawler.AnswerEmpty}
	case !status.Object(e.Data, &long) || long.Text == nil:
		return status.Page{Answer: crawler.AnswerMalformed}
	case *long.Text == "":
		return status.Page{Answer: crawler.AnswerEmpty}
	}
	p := huiying.Post{
		Source: d.Source, Platform: huiying.PlatformWeibo, Kind: huiying.KindPost, Text: text.Plain(string(*long.Text)),
		Author: huiying.Author{Verified: status.VerifiedNone}, CollectedAt: d.FetchedAt,
	}
	mid := status.MidOf(d.URL)
	if mid > 0 {
		p.ID, p.URL = status.PostID(mid), status.DetailURL(mid)
		p.PublishedAt, p.PublishedPrecision = status.Published("", mid, d)
	}
	return status.Page{Answer: crawler.AnswerOK, Entries: []status.Entry{{Post: p, Mid: mid}}}
}

// timeline is a list of posts in any of its wrappings.
type timeline struct {
	List     status.Raw   `json:"list"`
	Statuses status.Raw   `json:"statuses"` // the feeds, at the top level
	SinceID  status.Word  `json:"since_id"`
	Cursor   status.Word  `json:"next_cursor"` // -1 at the end
	Total    status.Count `json:"total"`
}

// ReadTimeline reads an answer of statuses/mymblog, profile/getWaterFallContent,
// statuses/searchProfile or of a feed. Next is "since_id=…", "cursor=…" or,
// where the site gives no token, "page=…".
func ReadTimeline(d crawler.Document) status.Page {
	e, answer := status.ReadEnvelope(d)
	if answer != crawler.AnswerOK {
		return e.None(answer)
	}
	var t timeline
	if !status.Object(e.Data, &t) || t.list() == nil {
		status.Object(status.Body(d), &t)
	}
	if answer = e.Answer(t.list() != nil); answer != crawler.AnswerOK {
		return e.None(answer)
	}
	var list []status.Entry
	for _, raw := range status.List(t.list()) {
		list = append(list, status.Entries(raw, status.Reading{Document: d})...)
	}
	return status.Full(list, t.next(d.URL), t.Total.N)
}

// list is the posts, nil when there is no list.
func (t timeline) list() status.Raw {
	for _, raw := range []status.Raw{t.List, t.Statuses} {
		if len(raw) > 0 && raw[0] == '[' {
			return raw
		}
	}
	return nil
}

// next is the token of the page after. Only an address that pages by number
// says that the next page is asked for so.
func (t timeline) next(address string) string {
	u, err := url.Parse(address)
	switch {
	case err == nil && path.Base(u.Path) == "searchProfile":
		return "page=" + strconv.FormatInt(status.PageOf(address)+1, 10)
	case status.Number(string(t.Cursor)) > 0:
		return "cursor=" + string(t.Cursor)
	case t.SinceID != "" && t.SinceID != "0":
		return "since_id=" + url.QueryEscape(string(t.SinceID))
	}
	return ""
}

// ReadReposts reads an answer of statuses/repostTimeline. Next is "page=…"
// until the last page the site names, or until a page is empty.
func ReadReposts(d crawler.Document) status.Page {
	e, answer := status.Open(d)
	if answer != crawler.AnswerOK {
		return e.None(answer)
	}
	var data struct {
		Data  status.Raw   `json:"data"`
		Total status.Count `json:"total_number"`
		Last  status.Whole `json:"max_page"`
	}
	if !status.Object(status.Body(d), &data) || data.Data[0] != '[' {
		return status.Page{Answer: crawler.AnswerMalformed}
	}
	var list []status.Entry
	for _, raw := range status.List(data.Data) {
		list = append(list, status.Reposted(status.Entries(raw, status.Reading{Document: d}), status.MidOf(d.URL))...)
	}
	last := data.Last.N
	if !data.Last.Set {
		last = status.PageOf(d.URL) + 1
	}
	return status.Full(list, status.PageAfter(d.URL, last), data.Total.N)
}
