package status

import (
	"regexp"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/text"
)

// Comment is one comment as the JSON surfaces write it.
type Comment struct {
	ID        Word  `json:"id"`
	RootID    Word  `json:"rootid"`
	Answers   Raw   `json:"reply_comment"`    // the comment this one answers
	AnswersID Word  `json:"reply_comment_id"` // its number alone
	CreatedAt Word  `json:"created_at"`
	Text      Word  `json:"text"`
	TextRaw   Word  `json:"text_raw"` // weibo.com/ajax: without markup
	Source    Word  `json:"source"`   // a place, or an app
	Likes     Count `json:"like_count"`
	LikesToo  Count `json:"like_counts"`
	User      Raw   `json:"user"`
	Replies   Items `json:"comments"` // inline replies, or false
	Total     Count `json:"total_number"`
	Extra     Word  `json:"analysis_extra"`
	Status    Raw   `json:"status"` // api.weibo.com: the post it stands under

	// What only posts have.
	Bid      Word  `json:"bid"`
	Mblogid  Word  `json:"mblogid"`
	Reposted Count `json:"reposts_count"`
	Liked    Count `json:"attitudes_count"`
}

// post reports an object that is a post and no comment.
func (c Comment) post() bool {
	return c.Bid != "" || c.Mblogid != "" || c.Reposted.Set || c.Liked.Set
}

// Thread reads a comment under the post of (0 when it is not known), and the
// replies the site shows with it.
func Thread(raw []byte, of int64, d crawler.Document) []Entry {
	var c Comment
	if !Object(raw, &c) {
		return nil
	}
	own, ok := c.Entry(of, d)
	if !ok {
		return nil
	}
	if of == 0 {
		of = c.postOf()
	}
	list := []Entry{own}
	for _, inner := range c.Replies {
		var r Comment
		if !Object(inner, &r) {
			continue
		}
		if Number(string(r.RootID)) == 0 || r.RootID == r.ID {
			r.RootID = c.ID
		}
		if reply, ok := r.Entry(of, d); ok {
			list = append(list, reply)
		}
	}
	return list
}

// Entry is the comment alone, placed under the post of; when that is 0, under
// the post the site notes beside the comment. It is false without an id, and
// for a post.
func (c Comment) Entry(of int64, d crawler.Document) (Entry, bool) {
	id := Number(string(c.ID))
	if id == 0 || c.post() {
		return Entry{}, false
	}
	var u User
	known := Object(c.User, &u)
	likes := c.Likes
	if !likes.Set {
		likes = c.LikesToo
	}
	p := huiying.Post{
		ID: CommentID(id), Source: d.Source, Platform: huiying.PlatformWeibo,
		Text: text.Plain(c.html()), Author: u.Author(), Region: Place(string(c.Source)),
		CollectedAt: d.FetchedAt, Deleted: !known && Gone(c.html()),
		Engagement: huiying.Engagement{Likes: likes.N, Comments: c.Total.N, AtLeast: likes.Floor || c.Total.Floor},
	}
	if p.Deleted {
		p.Text = ""
	}
	p.PublishedAt, p.PublishedPrecision = Published(string(c.CreatedAt), id, d)
	if of == 0 {
		of = c.postOf()
	}
	c.place(&p, of)
	return Entry{Post: p, Mid: id}, true
}

func (c Comment) html() string {
	if c.TextRaw != "" {
		return string(c.TextRaw)
	}
	return string(c.Text)
}

// place says where a comment stands: a first-level comment under its post, a
// reply under the comment it answers.
func (c Comment) place(p *huiying.Post, of int64) {
	if of > 0 {
		p.RootID = PostID(of)
		p.ParentID = p.RootID
		p.URL = CommentURL(of, Number(string(c.ID)))
	}
	root := Number(string(c.RootID))
	if c.RootID == c.ID {
		root = 0
	}
	answered := c.Answered()
	if answered == 0 {
		answered = root
	}
	if answered == 0 {
		p.Kind = huiying.KindComment
		return
	}
	p.Kind, p.ParentID = huiying.KindReply, CommentID(answered)
	if p.RootID != "" {
		return
	}
	p.RootID = p.ParentID
	if root > 0 {
		p.RootID = CommentID(root)
	}
}

// Answered is the number of the comment this one answers, 0 when the site does
// not say.
func (c Comment) Answered() int64 {
	var answered Comment
	if Object(c.Answers, &answered) {
		if n := Number(string(answered.ID)); n > 0 {
			return n
		}
	}
	return Number(string(c.AnswersID))
}

var extraMid = regexp.MustCompile(`(?:^|\|)mid:(\d{10,19})`)

// postOf is the post the site notes beside a comment.
func (c Comment) postOf() int64 {
	if m := extraMid.FindStringSubmatch(string(c.Extra)); m != nil {
		return Number(m[1])
	}
	return 0
}
