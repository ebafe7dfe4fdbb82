package mobile

import (
	"encoding/json"
	"regexp"
	"strconv"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/text"
)

// comment is one comment as the site writes it; comments holds inline replies
// or false.
type comment struct {
	ID        word            `json:"id"`
	RootID    word            `json:"rootid"`
	Answers   json.RawMessage `json:"reply_comment"` // the comment this one answers
	CreatedAt word            `json:"created_at"`
	Text      word            `json:"text"`
	Source    word            `json:"source"`
	Likes     count           `json:"like_count"`
	LikesToo  count           `json:"like_counts"`
	User      json.RawMessage `json:"user"`
	Replies   items           `json:"comments"`
	Total     count           `json:"total_number"`
	Extra     word            `json:"analysis_extra"`
}

// ReadFlow reads an answer of comments/hotflow (or hotFlowChild): first level
// comments, each followed by the replies shown with it. of is the post they
// belong to; when 0 it is taken from the address or from what the site notes
// beside a comment. Next is "max_id=…&max_id_type=…".
func ReadFlow(d crawler.Document, of int64) Page {
	if of == 0 {
		of = midOf(d.URL)
	}
	e, answer := open(d)
	if answer != crawler.AnswerOK {
		return e.none(answer)
	}
	flow, ok := unwrap(e.Data, d.Body)
	if !ok {
		return Page{Answer: crawler.AnswerMalformed}
	}
	out := Page{Answer: crawler.AnswerOK, Next: flow.next(), Total: flow.Total.n}
	for _, raw := range flow.List {
		out.Entries = append(out.Entries, thread(raw, of, d)...)
	}
	out.Entries = once(out.Entries)
	if len(out.Entries) == 0 {
		out.Answer = crawler.AnswerEmpty
	}
	return out
}

type flow struct {
	List    items `json:"data"`
	MaxID   word  `json:"max_id"`
	MaxType word  `json:"max_id_type"`
	Total   count `json:"total_number"`
}

// unwrap takes both shapes: {data:{data:[…],max_id}} and {data:[…],max_id}.
func unwrap(data, body []byte) (flow, bool) {
	var f flow
	if len(data) > 0 && data[0] == '[' {
		ok := object(body, &f)
		return f, ok
	}
	var probe struct {
		Data json.RawMessage `json:"data"`
	}
	if !object(data, &f) || !object(data, &probe) {
		return f, false
	}
	return f, len(probe.Data) > 0
}

func (f flow) next() string {
	n := number(string(f.MaxID))
	if n == 0 {
		return ""
	}
	kind := number(string(f.MaxType))
	return "max_id=" + strconv.FormatInt(n, 10) + "&max_id_type=" + strconv.FormatInt(kind, 10)
}

// thread reads a comment and the replies under it.
func thread(raw []byte, of int64, d crawler.Document) []Entry {
	var c comment
	if !object(raw, &c) {
		return nil
	}
	own, ok := c.entry(d)
	if !ok {
		return nil
	}
	if of == 0 {
		of = c.postOf()
	}
	place(&own.Post, c, of)
	list := []Entry{own}
	for _, inner := range c.Replies {
		var r comment
		if !object(inner, &r) {
			continue
		}
		reply, ok := r.entry(d)
		if !ok {
			continue
		}
		if number(string(r.RootID)) == 0 || r.RootID == r.ID {
			r.RootID = c.ID
		}
		place(&reply.Post, r, of)
		list = append(list, reply)
	}
	return list
}

// place says where a comment stands: a first-level comment under its post, a
// reply under the comment it answers.
func place(p *huiying.Post, c comment, of int64) {
	if of > 0 {
		p.RootID = PostID(of)
		p.ParentID = p.RootID
		p.URL = DetailURL(of) + "?cid=" + string(c.ID)
	}
	root := number(string(c.RootID))
	if root == 0 || c.RootID == c.ID {
		p.Kind = huiying.KindComment
		return
	}
	p.Kind, p.ParentID = huiying.KindReply, commentID(root)
	var answered comment
	if object(c.Answers, &answered) && number(string(answered.ID)) > 0 {
		p.ParentID = commentID(number(string(answered.ID)))
	}
	if p.RootID == "" {
		p.RootID = commentID(root)
	}
}

func (c comment) entry(d crawler.Document) (Entry, bool) {
	id := number(string(c.ID))
	if id == 0 {
		return Entry{}, false
	}
	var u user
	known := object(c.User, &u)
	likes := c.Likes
	if !likes.set {
		likes = c.LikesToo
	}
	p := huiying.Post{
		ID: commentID(id), Source: d.Source, Platform: huiying.PlatformWeibo, Kind: huiying.KindComment,
		Text: text.Plain(string(c.Text)), Author: u.author(), Region: region(c.Source),
		CollectedAt: d.FetchedAt, Deleted: !known && gone(c.Text),
		Engagement: huiying.Engagement{Likes: likes.n, Comments: c.Total.n, AtLeast: likes.floor || c.Total.floor},
	}
	if p.Deleted {
		p.Text = ""
	}
	p.PublishedAt, p.PublishedPrecision = published(c.CreatedAt, id, d)
	return Entry{Post: p, Mid: id}, true
}

var extraMid = regexp.MustCompile(`(?:^|\|)mid:(\d{10,19})`)

// postOf is the post the site notes beside a comment.
func (c comment) postOf() int64 {
	if m := extraMid.FindStringSubmatch(string(c.Extra)); m != nil {
		return number(m[1])
	}
	return 0
}
