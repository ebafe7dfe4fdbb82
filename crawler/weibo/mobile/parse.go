package mobile

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/text"
)

// Page is what one address answered: its posts and how to go on.
type Page struct {
	Entries []Entry
	Answer  crawler.Answer
	Next    string // added to the query of the next page, "" at the end
	Total   int64
	Said    string // the site's own words where it gave no posts
}

func (p Page) parsed() crawler.Parsed {
	out := crawler.Parsed{Answer: p.Answer, Next: p.Next, Total: p.Total}
	for _, e := range p.Entries {
		out.Posts = append(out.Posts, e.Post)
	}
	return out
}

// Surfaces are the parsers of m.weibo.cn by the names of their surfaces.
func Surfaces() map[string]crawler.Parse {
	return map[string]crawler.Parse{
		"weibo.m.timeline": parser(ReadCards),
		"weibo.m.search":   parser(ReadCards),
		"weibo.m.hotflow":  parser(func(d crawler.Document) Page { return ReadFlow(d, 0) }),
		"weibo.m.extend":   parser(ReadExtend),
		"weibo.m.show":     parser(ReadShow),
		"weibo.m.reposts":  parser(ReadReposts),
	}
}

func parser(read func(crawler.Document) Page) crawler.Parse {
	return func(d crawler.Document) (crawler.Parsed, error) { return read(d).parsed(), nil }
}

type cards struct {
	Info  json.RawMessage `json:"cardlistInfo"`
	Cards *items          `json:"cards"`
}

type card struct {
	Type      whole           `json:"card_type"`
	Scheme    word            `json:"scheme"`
	ProfileID word            `json:"profile_type_id"`
	Mblog     json.RawMessage `json:"mblog"`
	Group     items           `json:"card_group"`
}

// ReadCards reads an answer of api/container/getIndex: a timeline or a
// search. Next is "since_id=…" or "page=…".
func ReadCards(d crawler.Document) Page {
	e, answer := open(d)
	if answer != crawler.AnswerOK {
		return e.none(answer)
	}
	var list cards
	if !object(e.Data, &list) || (list.Cards == nil && len(list.Info) == 0) {
		return Page{Answer: crawler.AnswerMalformed}
	}
	var out Page
	if list.Cards != nil {
		for _, raw := range *list.Cards {
			out.Entries = append(out.Entries, readCard(raw, d, 0)...)
		}
	}
	out.Entries = once(out.Entries)
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
	if !object(raw, &c) {
		return nil
	}
	list := entries(c.Mblog, string(c.Scheme), reading{Document: d})
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

// once keeps each post once, in its first place. A post's own card says more
// than a quotation of it, so the fuller reading is kept.
func once(list []Entry) []Entry {
	at := make(map[string]int, len(list))
	out := list[:0]
	for _, e := range list {
		i, seen := at[e.Post.ID]
		if !seen {
			at[e.Post.ID] = len(out)
			out = append(out, e)
			continue
		}
		if out[i].Quoted && !e.Quoted {
			out[i] = e
		}
	}
	return out
}

func (c cards) next() (token string, total int64) {
	var info struct {
		Total   count `json:"total"`
		SinceID word  `json:"since_id"`
		Page    word  `json:"page"`
	}
	object(c.Info, &info)
	switch {
	case number(string(info.SinceID)) > 0:
		token = "since_id=" + string(info.SinceID)
	case number(string(info.Page)) > 1:
		token = "page=" + string(info.Page)
	}
	return token, info.Total.n
}

// ReadShow reads an answer of statuses/show, or the HTML of detail/<mid> that
// carries the same object as $render_data.
func ReadShow(d crawler.Document) Page {
	if raw := renderData(d.Body); raw != nil {
		return show(raw, d)
	}
	e, answer := open(d)
	if answer != crawler.AnswerOK {
		return e.none(answer)
	}
	return show(e.Data, d)
}

func show(raw []byte, d crawler.Document) Page {
	list := entries(raw, "", reading{Document: d, whole: true})
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
		Status json.RawMessage `json:"status"`
	}
	if json.NewDecoder(bytes.NewReader(rest[start:])).Decode(&list) != nil || len(list) == 0 {
		return nil
	}
	return list[0].Status
}

// ReadExtend reads an answer of statuses/extend: the whole text and the
// counts. The answer does not say whose it is; the id comes from the URL.
func ReadExtend(d crawler.Document) Page {
	e, answer := open(d)
	if answer != crawler.AnswerOK {
		return e.none(answer)
	}
	var long struct {
		OK   whole `json:"ok"`
		Text word  `json:"longTextContent"`
		mblog
	}
	if !object(e.Data, &long) {
		return Page{Answer: crawler.AnswerMalformed}
	}
	if long.Text == "" {
		return Page{Answer: crawler.AnswerEmpty}
	}
	p := huiying.Post{
		Source: d.Source, Platform: huiying.PlatformWeibo, Kind: huiying.KindPost,
		Text: text.Plain(string(long.Text)), Engagement: long.engagement(),
		Author: huiying.Author{Verified: "none"}, CollectedAt: d.FetchedAt,
	}
	mid := midOf(d.URL)
	if mid > 0 {
		p.ID, p.URL = PostID(mid), DetailURL(mid)
		p.PublishedAt, p.PublishedPrecision = published("", mid, d)
	}
	return Page{Answer: crawler.AnswerOK, Entries: []Entry{{Post: p, Mid: mid}}}
}

// ReadReposts reads an answer of api/statuses/repostTimeline. Next is
// "page=…".
func ReadReposts(d crawler.Document) Page {
	e, answer := open(d)
	if answer != crawler.AnswerOK {
		return e.none(answer)
	}
	var data struct {
		Data  *items `json:"data"`
		Total count  `json:"total_number"`
		Max   whole  `json:"max"`
	}
	if !object(e.Data, &data) || data.Data == nil {
		return Page{Answer: crawler.AnswerMalformed}
	}
	out := Page{Answer: crawler.AnswerOK, Total: data.Total.n, Next: nextPage(d.URL, data.Max.n)}
	for _, raw := range *data.Data {
		out.Entries = append(out.Entries, reposted(entries(raw, "", reading{Document: d}), midOf(d.URL))...)
	}
	out.Entries = once(out.Entries)
	if len(out.Entries) == 0 {
		out.Answer, out.Next = crawler.AnswerEmpty, ""
	}
	return out
}

// reposted marks a post of a list of reposts that came without its original.
func reposted(list []Entry, of int64) []Entry {
	if len(list) != 1 {
		return list
	}
	own := &list[0].Post
	own.Kind = huiying.KindRepost
	if of > 0 && own.ParentID == "" {
		own.ParentID, own.RootID = PostID(of), PostID(of)
	}
	return list
}

func nextPage(address string, last int64) string {
	current := int64(1)
	if u, err := url.Parse(address); err == nil {
		if n := number(u.Query().Get("page")); n > 0 {
			current = n
		}
	}
	if current >= last {
		return ""
	}
	return "page=" + strconv.FormatInt(current+1, 10)
}

// midOf is the post an address asks about, 0 when it names none.
func midOf(address string) int64 {
	u, err := url.Parse(address)
	if err != nil {
		return 0
	}
	for _, key := range []string{"id", "mid"} {
		v := u.Query().Get(key)
		if n := number(v); n > 0 {
			return n
		}
		if validBid(v) {
			return number(text.BidToMid(v))
		}
	}
	return 0
}
