package mobile

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/text"
)

// mblog is one post as the site writes it. Its display rule
// number_display_strategy ("100万+") stands on nearly every post and is no
// count, so it is not read.
type mblog struct {
	ID         word            `json:"id"`
	Mid        word            `json:"mid"`
	Bid        word            `json:"bid"`
	CreatedAt  word            `json:"created_at"`
	Text       word            `json:"text"`
	RawText    word            `json:"raw_text"`
	IsLong     flag            `json:"isLongText"`
	LongText   json.RawMessage `json:"longText"`
	User       json.RawMessage `json:"user"`
	Reposts    count           `json:"reposts_count"`
	Comments   count           `json:"comments_count"`
	Likes      count           `json:"attitudes_count"`
	Reads      count           `json:"reads_count"`
	Region     word            `json:"region_name"`
	EditCount  count           `json:"edit_count"`
	EditConfig json.RawMessage `json:"edit_config"`
	Deleted    flag            `json:"deleted"`
	IsTop      flag            `json:"isTop"`
	Title      json.RawMessage `json:"title"`
	PageInfo   json.RawMessage `json:"page_info"`
	Retweeted  json.RawMessage `json:"retweeted_status"`
}

type user struct {
	ID           word  `json:"id"`
	Name         word  `json:"screen_name"`
	Verified     flag  `json:"verified"`
	VerifiedType whole `json:"verified_type"`
}

// Verified types as the site numbers them; what is not listed (200 and 220
// are rank badges) is no verification.
const (
	typePersonal     = 0
	typeGovernment   = 1
	typeEnterprise   = 2
	typeMedia        = 3
	typeCampus       = 4
	typeSite         = 5
	typeApp          = 6
	typeOrganisation = 7
)

func (u user) author() huiying.Author {
	return huiying.Author{ID: string(u.ID), Name: string(u.Name), Verified: u.verified()}
}

func (u user) verified() string {
	if !u.VerifiedType.set {
		if u.Verified {
			return "person"
		}
		return "none"
	}
	switch u.VerifiedType.n {
	case typePersonal:
		return "person"
	case typeGovernment:
		return "government"
	case typeEnterprise, typeSite, typeApp:
		return "enterprise"
	case typeMedia:
		return "media"
	case typeCampus:
		return "campus"
	case typeOrganisation:
		return "organisation"
	}
	return "none"
}

// Entry is a post with what a reader needs beside it.
type Entry struct {
	Post   huiying.Post
	Mid    int64 // its number, or the comment's
	Pinned bool
	Edits  int64 // how often it was edited
	Quoted bool  // stands there only because another post quotes it
}

// longTail is the link the site ends a cut text with.
var longTail = regexp.MustCompile(`(?:<a [^>]*>|<span[^>]*>)\s*全文\s*(?:</a>|</span>)\s*$`)

// reading is a document and what its surface says about the posts in it.
type reading struct {
	crawler.Document
	whole bool // the surface gives whole texts: isLongText alone means no cut
}

// entries reads one post: the original it quotes first, then itself. scheme
// is the link of the card around it, "" without one. A post without an id
// gives nothing.
func entries(raw []byte, scheme string, d reading) []Entry {
	var m mblog
	if !object(raw, &m) {
		return nil
	}
	own, ok := m.entry(scheme, d)
	if !ok {
		return nil
	}
	var original mblog
	if !object(m.Retweeted, &original) {
		return []Entry{own}
	}
	own.Post.Kind = huiying.KindRepost
	quoted, ok := original.entry("", d)
	if !ok || quoted.Mid == own.Mid {
		return []Entry{own}
	}
	quoted.Quoted, quoted.Pinned = true, false
	own.Post.ParentID, own.Post.RootID = quoted.Post.ID, quoted.Post.ID
	return []Entry{quoted, own}
}

func (m mblog) entry(scheme string, d reading) (Entry, bool) {
	bid := m.bid(scheme)
	mid := m.mid(bid)
	if mid == 0 {
		return Entry{}, false
	}
	if bid == "" {
		bid = text.MidToBid(strconv.FormatInt(mid, 10))
	}
	var u user
	known := object(m.User, &u)
	p := huiying.Post{
		ID: PostID(mid), Source: d.Source, Platform: huiying.PlatformWeibo, Kind: huiying.KindPost,
		URL: postURL(string(u.ID), bid, mid), Text: text.Plain(m.html()),
		Author: u.author(), Region: region(m.Region), CollectedAt: d.FetchedAt,
		Engagement: m.engagement(), Edited: m.edited(), Deleted: bool(m.Deleted) || (!known && gone(m.Text)),
	}
	p.PublishedAt, p.PublishedPrecision = published(m.CreatedAt, mid, d.Document)
	cut := longTail.MatchString(string(m.Text)) || (bool(m.IsLong) && !d.whole)
	p.Truncated = cut && !m.wholeInHand() && !p.Deleted
	if p.Deleted {
		p.Text = ""
	}
	return Entry{Post: p, Mid: mid, Pinned: m.pinned(), Edits: m.EditCount.n}, true
}

// html is the text as the site formats it; a whole text that came along is
// taken instead of the cut one.
func (m mblog) html() string {
	var long struct {
		Content word `json:"content"`
		HTML    word `json:"longTextContent"`
	}
	if object(m.LongText, &long) {
		for _, s := range []word{long.HTML, long.Content} {
			if s != "" {
				return string(s)
			}
		}
	}
	if m.Text == "" {
		return string(m.RawText)
	}
	return string(m.Text)
}

func (m mblog) wholeInHand() bool {
	return m.Text != "" && m.html() != string(m.Text)
}

func (m mblog) bid(scheme string) string {
	if validBid(string(m.Bid)) {
		return string(m.Bid)
	}
	if u, err := url.Parse(scheme); err == nil && validBid(u.Query().Get("mblogid")) {
		return u.Query().Get("mblogid")
	}
	if validBid(string(m.ID)) && number(string(m.ID)) == 0 {
		return string(m.ID)
	}
	return ""
}

func (m mblog) mid(bid string) int64 {
	for _, s := range []string{string(m.Mid), string(m.ID), text.BidToMid(bid)} {
		if n := number(s); n > 0 {
			return n
		}
	}
	return 0
}

func (m mblog) engagement() huiying.Engagement {
	var page struct {
		PlayCount count `json:"play_count"`
	}
	object(m.PageInfo, &page)
	views := m.Reads
	if !views.set {
		views = page.PlayCount
	}
	return huiying.Engagement{
		Reposts: m.Reposts.n, Comments: m.Comments.n, Likes: m.Likes.n, Views: views.n,
		AtLeast: m.Reposts.floor || m.Comments.floor || m.Likes.floor || views.floor,
	}
}

func (m mblog) pinned() bool {
	var title struct {
		Text word `json:"text"`
	}
	object(m.Title, &title)
	return bool(m.IsTop) || title.Text == "置顶"
}

func (m mblog) edited() bool {
	var config struct {
		Edited flag `json:"edited"`
	}
	object(m.EditConfig, &config)
	return bool(config.Edited) || m.EditCount.n > 0
}

// gone reports whether a text is the notice the site shows in place of a post
// that its author deleted or no longer shows.
func gone(html word) bool {
	s := string(html)
	if s == "" {
		return true
	}
	for _, mark := range []string{"微博已被", "微博已不可见", "不可见", "已被删除", "账号因", "帐号因", "该账号", "该帐号",
		"没有权限", "暂无查看权限", "微博不存在", "违反"} {
		if strings.Contains(s, mark) {
			return true
		}
	}
	return false
}

// published reads the site's time; where it gives none that can be read, the
// mid tells it to about a second.
func published(s word, mid int64, d crawler.Document) (at time.Time, precision string) {
	if t, p, ok := text.ParseTime(string(s), d.FetchedAt, d.Zone); ok {
		return t, p
	}
	if t := MidTime(mid); !t.IsZero() {
		return t, huiying.PrecisionMinute
	}
	return time.Time{}, ""
}

// A mid counts seconds since epochShift in its upper bits; checked on every
// saved post, it is within two seconds of created_at.
const (
	midShift   = 22
	epochShift = 515483463
	oldestMid  = 3_000_000_000_000_000 // before it mids were not made of time
)

// MidTime is when the post of a mid was written, zero for ids that hold no
// time.
func MidTime(mid int64) time.Time {
	if mid < oldestMid {
		return time.Time{}
	}
	return time.Unix(mid>>midShift+epochShift, 0).UTC()
}

// LowerMid is the mid of a moment: every later post has a higher one.
func LowerMid(t time.Time) int64 { return max(t.Unix()-epochShift, 0) << midShift }

// PostID is the id of a post.
func PostID(mid int64) string { return "weibo:" + strconv.FormatInt(mid, 10) }

// DetailURL is the address of a post whose author is not known.
func DetailURL(mid int64) string { return "https://m.weibo.cn/detail/" + strconv.FormatInt(mid, 10) }

func commentID(id int64) string { return "weibo:c" + strconv.FormatInt(id, 10) }

func postURL(uid, bid string, mid int64) string {
	if number(uid) > 0 && bid != "" {
		return "https://weibo.com/" + uid + "/" + bid
	}
	return DetailURL(mid)
}

// region drops 发布于 and 来自 from a place.
func region(s word) string {
	r := strings.TrimSpace(string(s))
	for _, prefix := range []string{"发布于", "来自"} {
		r = strings.TrimSpace(strings.TrimPrefix(r, prefix))
	}
	return r
}

// number is the positive decimal in s, else 0.
func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func validBid(s string) bool {
	if len(s) < 5 || len(s) > 12 {
		return false
	}
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return true
}
