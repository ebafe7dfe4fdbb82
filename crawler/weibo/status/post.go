package status

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/text"
)

// Status is one post as the JSON surfaces write it. The display rule
// number_display_strategy ("100万+") stands on nearly every post and is no
// count, so it is not read.
type Status struct {
	ID         Word  `json:"id"`
	Mid        Word  `json:"mid"`
	Bid        Word  `json:"bid"`     // m.weibo.cn
	Mblogid    Word  `json:"mblogid"` // weibo.com/ajax
	CreatedAt  Word  `json:"created_at"`
	Text       Word  `json:"text"`
	TextRaw    Word  `json:"text_raw"` // weibo.com/ajax: as it was written, without markup
	RawText    Word  `json:"raw_text"` // m.weibo.cn: the same, on reposts only
	IsLong     Flag  `json:"isLongText"`
	LongText   Raw   `json:"longText"`
	Truncated  Flag  `json:"truncated"` // api.weibo.com
	User       Raw   `json:"user"`
	Reposts    Count `json:"reposts_count"`
	Comments   Count `json:"comments_count"`
	Likes      Count `json:"attitudes_count"`
	Reads      Count `json:"reads_count"`
	Region     Word  `json:"region_name"`
	EditCount  Count `json:"edit_count"`
	EditConfig Raw   `json:"edit_config"`
	Deleted    Flag  `json:"deleted"`
	IsTop      Flag  `json:"isTop"`
	Title      Raw   `json:"title"`
	PageInfo   Raw   `json:"page_info"`
	Retweeted  Raw   `json:"retweeted_status"`

	// What only comments have.
	Floor   Whole `json:"floor_number"`
	RootID  Word  `json:"rootid"`
	Liked   Whole `json:"like_counts"` // weibo.com/ajax
	LikedBy Whole `json:"like_count"`  // m.weibo.cn
	Answers Word  `json:"reply_comment_id"`
}

// comment reports an object that is a comment and no post: lists of both are
// alike in all but this, and a comment taken for a post would have another's
// identity.
func (s Status) comment() bool {
	own := s.Mblogid != "" || s.Bid != "" || s.Reposts.Set || s.Likes.Set
	return !own && (s.Floor.Set || s.RootID != "" || s.Liked.Set || s.LikedBy.Set || s.Answers != "")
}

// Reading is a document and what its surface says about the posts in it.
type Reading struct {
	crawler.Document
	Whole  bool   // the surface gives whole texts: isLongText alone means no cut
	Scheme string // the link of the card around the post, "" without one
}

// longTail is the link the site ends a cut text with.
var longTail = regexp.MustCompile(`(?:<a [^>]*>|<span[^>]*>)\s*全文\s*(?:</a>|</span>)\s*$`)

// Entries reads one post: the original it quotes first, then itself. A post
// without an id gives nothing; an original without one leaves only the mark
// that the post is a repost.
func Entries(raw []byte, r Reading) []Entry {
	var s Status
	if !Object(raw, &s) || s.comment() {
		return nil
	}
	own, ok := s.entry(r)
	if !ok {
		return nil
	}
	var original Status
	if !Object(s.Retweeted, &original) {
		return []Entry{own}
	}
	own.Post.Kind = huiying.KindRepost
	r.Scheme = ""
	quoted, ok := original.entry(r)
	if !ok || quoted.Mid == own.Mid {
		return []Entry{own}
	}
	quoted.Quoted, quoted.Pinned = true, false
	own.Post.ParentID, own.Post.RootID = quoted.Post.ID, quoted.Post.ID
	return []Entry{quoted, own}
}

// Reposted marks a post of a list of reposts of the post of (0 when it is not
// known) that came without its original.
func Reposted(list []Entry, of int64) []Entry {
	if len(list) != 1 {
		return list
	}
	own := &list[0].Post
	own.Kind = huiying.KindRepost
	if of > 0 && own.ParentID == "" && own.ID != PostID(of) {
		own.ParentID, own.RootID = PostID(of), PostID(of)
	}
	return list
}

func (s Status) entry(r Reading) (Entry, bool) {
	bid := s.bid(r.Scheme)
	mid := s.mid(bid)
	if mid == 0 {
		return Entry{}, false
	}
	if bid == "" {
		bid = text.MidToBid(strconv.FormatInt(mid, 10))
	}
	author, known := s.author()
	p := huiying.Post{
		ID: PostID(mid), Source: r.Source, Platform: huiying.PlatformWeibo, Kind: huiying.KindPost,
		URL: PostURL(author.ID, bid, mid), Text: text.Plain(s.html()),
		Author: author, Region: Region(string(s.Region)), CollectedAt: r.FetchedAt,
		Engagement: s.Engagement(), Edited: s.edited(), Deleted: bool(s.Deleted) || (!known && Gone(s.html())),
	}
	p.PublishedAt, p.PublishedPrecision = Published(string(s.CreatedAt), mid, r.Document)
	p.Truncated = s.cut(r.Whole) && !p.Deleted
	if p.Deleted {
		p.Text = ""
	}
	return Entry{Post: p, Mid: mid, Pinned: s.pinned(), Edits: s.EditCount.N}, true
}

func (s Status) author() (a huiying.Author, known bool) {
	var u User
	known = Object(s.User, &u)
	return u.Author(), known
}

// long is the whole text that came along with a cut one, "" without it.
func (s Status) long() string {
	var long struct {
		Content Word `json:"content"`
		HTML    Word `json:"longTextContent"`
	}
	Object(s.LongText, &long)
	if long.HTML != "" {
		return string(long.HTML)
	}
	return string(long.Content)
}

// html is the text: the whole one where it came along, else as it was
// written, else as the site formats it.
func (s Status) html() string {
	for _, t := range []string{s.long(), string(s.TextRaw), string(s.Text)} {
		if t != "" {
			return t
		}
	}
	return string(s.RawText)
}

// cut reports whether the text in hand is not all of it.
func (s Status) cut(whole bool) bool {
	switch {
	case s.long() != "":
		return false
	case longTail.MatchString(string(s.Text)) || bool(s.Truncated):
		return true
	}
	return bool(s.IsLong) && !whole
}

func (s Status) bid(scheme string) string {
	for _, b := range []Word{s.Bid, s.Mblogid} {
		if ValidBid(string(b)) {
			return string(b)
		}
	}
	if u, err := url.Parse(scheme); err == nil && ValidBid(u.Query().Get("mblogid")) {
		return u.Query().Get("mblogid")
	}
	if ValidBid(string(s.ID)) && Number(string(s.ID)) == 0 {
		return string(s.ID)
	}
	return ""
}

func (s Status) mid(bid string) int64 {
	for _, v := range []string{string(s.Mid), string(s.ID), text.BidToMid(bid)} {
		if n := Number(v); n > 0 {
			return n
		}
	}
	return 0
}

// Engagement is the counts of the post; of a video, the plays are its views.
func (s Status) Engagement() huiying.Engagement {
	var page struct {
		PlayCount Count `json:"play_count"`
	}
	Object(s.PageInfo, &page)
	views := s.Reads
	if !views.Set {
		views = page.PlayCount
	}
	return huiying.Engagement{
		Reposts: s.Reposts.N, Comments: s.Comments.N, Likes: s.Likes.N, Views: views.N,
		AtLeast: s.Reposts.Floor || s.Comments.Floor || s.Likes.Floor || views.Floor,
	}
}

func (s Status) pinned() bool {
	var title struct {
		Text Word `json:"text"`
	}
	Object(s.Title, &title)
	return bool(s.IsTop) || title.Text == "置顶"
}

func (s Status) edited() bool {
	var config struct {
		Edited Flag `json:"edited"`
	}
	Object(s.EditConfig, &config)
	return bool(config.Edited) || s.EditCount.N > 0
}

// Gone reports whether a text is the notice the site shows in place of a post
// that its author deleted or no longer shows; "" counts as one.
func Gone(s string) bool {
	if s == "" {
		return true
	}
	for _, mark := range []string{"微博已被", "微博已不可见", "不可见", "已被删除", "账号因", "帐号因", "该账号", "该帐号",
		"没有权限", "暂无查看权限", "微博不存在", "违反", "作者已设置"} {
		if strings.Contains(s, mark) {
			return true
		}
	}
	return false
}
