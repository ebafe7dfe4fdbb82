package mobile

import (
	"bytes"
	"encoding/json"
	"strings"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/text"
	"huiying/crawler/weibo/status"
)

// Surfaces are the parsers of m.weibo.cn by the names of their surfaces.
func Surfaces() map[string]crawler.Parse {
	return map[string]crawler.Parse{
		"weibo.m.timeline": status.Parser(ReadCards),
		"weibo.m.search":   status.Parser(ReadCards),
		"weibo.m.hotflow":  status.Parser(func(d crawler.Document) Page { return ReadFlow(d, 0) }),
		"weibo.m.extend":   status.Parser(ReadExtend),
		"weibo.m.show":     status.Parser(ReadShow),
		"weibo.m.reposts":  status.Parser(ReadReposts),
	}
}

// Said reads only the envelope of an answer: its class, and the site's own
// words.
func Said(d crawler.Document) (crawler.Answer, string) {
	e, answer := status.Open(d)
	return answer, e.Words()
}

type cards struct {
	Info, Cards status.Raw
}

// has reports whether there is a list, be it empty.
func (c cards) has() bool { return len(c.Cards) > 0 && string(c.Cards) != "null" }

type card struct {
	Scheme    status.Word
	ProfileID status.Word
	Mblog     status.Raw
	Group     status.Items
}

// ReadCards reads an answer of api/container/getIndex: a timeline or a
// search. Next is "since_id=…" or "page=…".
func ReadCards(d crawler.Document) Page {
	e, answer := status.Open(d)
	if answer != crawler.AnswerOK {
		return e.None(answer)
	}
	var list cards
	isObject := status.Fields(e.Data, map[string]json.Unmarshaler{"cardlistInfo": &list.Info, "cards": &list.Cards})
	if !isObject || (!list.has() && len(list.Info) == 0) {
		return Page{Answer: crawler.AnswerMalformed}
	}
	var out Page
	for _, raw := range status.List(list.Cards) {
		out.Entries = append(out.Entries, readCard(raw, d, 0)...)
	}
	out.Entries = status.Once(out.Entries)
	out.Next, out.Total = list.next()
	out.Answer = crawler.AnswerOK
	if len(out.Entries) == 0 {
		out.Answer = crawler.AnswerEmpty
	}
	return out
}

// maxGroups is how deep cards may stand in cards; the site nests one level.
const maxGroups = 3

func readCard(raw []byte, d crawler.Document, depth int) []Entry {
	var c card
	if !status.Fields(raw, map[string]json.Unmarshaler{"scheme": &c.Scheme, "profile_type_id": &c.ProfileID, "mblog": &c.Mblog, "card_group": &c.Group}) {
		return nil
	}
	list := status.Entries(c.Mblog, status.Reading{Document: d, Scheme: string(c.Scheme)})
	if strings.HasPrefix(string(c.ProfileID), "proweibotop") {
		for i := range list {
			list[i].Pinned = !list[i].Quoted
		}
	}
	if depth >= maxGroups {
		return list
	}
	for _, inner := range c.Group {
		list = append(list, readCard(inner, d, depth+1)...)
	}
	return list
}

func (c cards) next() (token string, total int64) {
	var info struct {
		Total   status.Count `json:"total"`
		SinceID status.Word  `json:"since_id"`
		Page    status.Word  `json:"page"`
	}
	status.Object(c.Info, &info)
	switch {
	case status.Number(string(info.SinceID)) > 0:
		token = "since_id=" + string(info.SinceID)
	case status.Number(string(info.Page)) > 1:
		token = "page=" + string(info.Page)
	}
	return token, info.Total.N
}

// ReadShow reads an answer of statuses/show, or the HTML of detail/<mid> that
// carries the same object as $render_data.
func ReadShow(d crawler.Document) Page {
	if raw := renderData(d.Body); raw != nil {
		return show(raw, d)
	}
	e, answer := status.Open(d)
	if answer != crawler.AnswerOK {
		return e.None(answer)
	}
	return show(e.Data, d)
}

func show(raw []byte, d crawler.Document) Page {
	list := status.Entries(raw, status.Reading{Document: d, Whole: true})
	if len(list) == 0 {
		return Page{Answer: crawler.AnswerMalformed}
	}
	own := list[len(list)-1]
	if own.Post.Deleted {
		return Page{Entries: list, Answer: crawler.AnswerDeleted}
	}
	return Page{Entries: list, Answer: crawler.AnswerOK}
}

// renderData finds the post in a detail page: var $render_data = [{status:…}][0].
func renderData(body []byte) []byte {
	_, rest, found := bytes.Cut(body, []byte("$render_data"))
	if !found {
		return nil
	}
	start := bytes.IndexByte(rest, '[')
	if start < 0 {
		return nil
	}
	var list []struct {
		Status json.RawMessage `json:"status"` // a copy: the decoder owns what it reads
	}
	if json.NewDecoder(bytes.NewReader(rest[start:])).Decode(&list) != nil || len(list) == 0 {
		return nil
	}
	return list[0].Status
}

// ReadExtend reads an answer of statuses/extend: the status.Whole text and the
// counts. The answer does not say whose it is; the id comes from the URL.
func ReadExtend(d crawler.Document) Page {
	e, answer := status.Open(d)
	if answer != crawler.AnswerOK {
		return e.None(answer)
	}
	var long struct {
		OK   status.Whole `json:"ok"`
		Text status.Word  `json:"longTextContent"`
		status.Status
	}
	if !status.Object(e.Data, &long) || (long.Text == "" && !long.OK.Set && string(e.Data) != "{}") {
		return Page{Answer: crawler.AnswerMalformed}
	}
	if long.Text == "" {
		return Page{Answer: crawler.AnswerEmpty}
	}
	p := huiying.Post{
		Source: d.Source, Platform: huiying.PlatformWeibo, Kind: huiying.KindPost,
		Text: text.Plain(string(long.Text)), Engagement: long.Engagement(),
		Author: huiying.Author{Verified: "none"}, CollectedAt: d.FetchedAt,
	}
	mid := status.MidOf(d.URL)
	if mid > 0 {
		p.ID, p.URL = status.PostID(mid), status.DetailURL(mid)
		p.PublishedAt, p.PublishedPrecision = status.Published("", mid, d)
	}
	return Page{Answer: crawler.AnswerOK, Entries: []Entry{{Post: p, Mid: mid}}}
}

// ReadReposts reads an answer of api/statuses/repostTimeline. Next is
// "page=…".
func ReadReposts(d crawler.Document) Page {
	e, answer := status.Open(d)
	if answer != crawler.AnswerOK {
		return e.None(answer)
	}
	var data struct {
		Data  *status.Items `json:"data"`
		Total status.Count  `json:"total_number"`
		Max   status.Whole  `json:"max"`
	}
	if !status.Object(e.Data, &data) || data.Data == nil {
		return Page{Answer: crawler.AnswerMalformed}
	}
	out := Page{Answer: crawler.AnswerOK, Total: data.Total.N, Next: status.PageAfter(d.URL, data.Max.N)}
	for _, raw := range *data.Data {
		out.Entries = append(out.Entries, status.Reposted(status.Entries(raw, status.Reading{Document: d}), status.MidOf(d.URL))...)
	}
	return status.Full(out.Entries, out.Next, out.Total)
}
