package weibo

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

// page is what a list answered: its posts and how to go on.
type page struct {
	entries []entry
	answer  crawler.Answer
	next    string
	total   int64
}

func (p page) parsed() crawler.Parsed {
	out := crawler.Parsed{Answer: p.answer, Next: p.next, Total: p.total}
	for _, e := range p.entries {
		out.Posts = append(out.Posts, e.post)
	}
	return out
}

// ParseCards reads an answer of api/container/getIndex: a timeline or a
// search. Next is "since_id=…" or "page=…".
func ParseCards(d crawler.Document) (crawler.Parsed, error) {
	return readCards(d).parsed(), nil
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

func readCards(d crawler.Document) page {
	e, answer := open(d)
	if answer != crawler.AnswerOK {
		return page{answer: answer}
	}
	var list cards
	if !object(e.Data, &list) || (list.Cards == nil && len(list.Info) == 0) {
		return page{answer: crawler.AnswerMalformed}
	}
	var out page
	if list.Cards != nil {
		for _, raw := range *list.Cards {
			out.entries = append(out.entries, readCard(raw, d, 0)...)
		}
	}
	out.entries = once(out.entries)
	out.next, out.total = list.next()
	out.answer = crawler.AnswerOK
	if len(out.entries) == 0 {
		out.answer = crawler.AnswerEmpty
	}
	return out
}

// maxGroups is how deep cards may stand in cards; the site nests one level.
const maxGroups = 3

func readCard(raw []byte, d crawler.Document, depth int) []entry {
	var c card
	if !object(raw, &c) {
		return nil
	}
	list := entries(c.Mblog, string(c.Scheme), reading{Document: d})
	if strings.HasPrefix(string(c.ProfileID), "proweibotop") {
		for i := range list {
			list[i].pinned = !list[i].quoted
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
func once(list []entry) []entry {
	at := make(map[string]int, len(list))
	out := list[:0]
	for _, e := range list {
		i, seen := at[e.post.ID]
		if !seen {
			at[e.post.ID] = len(out)
			out = append(out, e)
			continue
		}
		if out[i].quoted && !e.quoted {
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

// ParseShow reads an answer of statuses/show, or the HTML of detail/<mid>
// that carries the same object as $render_data.
func ParseShow(d crawler.Document) (crawler.Parsed, error) {
	return readShow(d).parsed(), nil
}

func readShow(d crawler.Document) page {
	if raw := renderData(d.Body); raw != nil {
		return show(raw, d)
	}
	e, answer := open(d)
	if answer != crawler.AnswerOK {
		return page{answer: answer}
	}
	return show(e.Data, d)
}

func show(raw []byte, d crawler.Document) page {
	list := entries(raw, "", reading{Document: d, whole: true})
	if len(list) == 0 {
		return page{answer: crawler.AnswerMalformed}
	}
	own := list[len(list)-1]
	if own.post.Deleted {
		return page{entries: list, answer: crawler.AnswerDeleted}
	}
	return page{entries: list, answer: crawler.AnswerOK}
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

// ParseExtend reads an answer of statuses/extend: the whole text and the
// counts. The answer does not say whose it is; the id comes from the URL.
func ParseExtend(d crawler.Document) (crawler.Parsed, error) {
	e, answer := open(d)
	if answer != crawler.AnswerOK {
		return crawler.Parsed{Answer: answer}, nil
	}
	var long struct {
		OK   whole `json:"ok"`
		Text word  `json:"longTextContent"`
		mblog
	}
	if !object(e.Data, &long) {
		return crawler.Parsed{Answer: crawler.AnswerMalformed}, nil
	}
	if long.Text == "" {
		return crawler.Parsed{Answer: crawler.AnswerEmpty}, nil
	}
	p := huiying.Post{
		Source: d.Source, Platform: huiying.PlatformWeibo, Kind: huiying.KindPost,
		Text: text.Plain(string(long.Text)), Engagement: long.engagement(),
		Author: huiying.Author{Verified: "none"}, CollectedAt: d.FetchedAt,
	}
	if mid := midOf(d.URL); mid > 0 {
		p.ID, p.URL = postID(mid), detailURL(mid)
		p.PublishedAt, p.PublishedPrecision = published("", mid, d)
	}
	return crawler.Parsed{Answer: crawler.AnswerOK, Posts: []huiying.Post{p}}, nil
}

// ParseReposts reads an answer of api/statuses/repostTimeline. Next is
// "page=…".
func ParseReposts(d crawler.Document) (crawler.Parsed, error) {
	e, answer := open(d)
	if answer != crawler.AnswerOK {
		return crawler.Parsed{Answer: answer}, nil
	}
	var data struct {
		Data  *items `json:"data"`
		Total count  `json:"total_number"`
		Max   whole  `json:"max"`
	}
	if !object(e.Data, &data) || data.Data == nil {
		return crawler.Parsed{Answer: crawler.AnswerMalformed}, nil
	}
	out := page{answer: crawler.AnswerOK, total: data.Total.n, next: nextPage(d.URL, data.Max.n)}
	for _, raw := range *data.Data {
		out.entries = append(out.entries, reposted(entries(raw, "", reading{Document: d}), midOf(d.URL))...)
	}
	out.entries = once(out.entries)
	if len(out.entries) == 0 {
		out.answer, out.next = crawler.AnswerEmpty, ""
	}
	return out.parsed(), nil
}

// reposted marks a post of a list of reposts that came without its original.
func reposted(list []entry, of int64) []entry {
	if len(list) != 1 {
		return list
	}
	own := &list[0].post
	own.Kind = huiying.KindRepost
	if of > 0 && own.ParentID == "" {
		own.ParentID, own.RootID = postID(of), postID(of)
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
