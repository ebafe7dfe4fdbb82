package changyan

import (
	"crypto/sha256"
	"encoding/hex"
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

// answer is what topic/load, topic/liteload and topic/comments send.
type answer struct {
	TopicID  loose     `json:"topic_id"`
	TopicURL loose     `json:"topic_url"`
	Title    loose     `json:"topic_title"`
	Sum      loose     `json:"cmt_sum"`
	ErrCode  loose     `json:"error_code"`
	ErrMsg   loose     `json:"error_msg"`
	Comments []comment `json:"comments"`
	Hots     []comment `json:"hots"`
}

// comment is one comment; those it answers stand in it, the nearest last.
type comment struct {
	ID        loose     `json:"comment_id"`
	Content   loose     `json:"content"`
	Created   loose     `json:"create_time"` // milliseconds, in places seconds
	ReplyID   loose     `json:"reply_id"`    // 0 for none
	Replies   loose     `json:"reply_count"`
	Supports  loose     `json:"support_count"`
	Location  loose     `json:"ip_location"`
	Passport  passport  `json:"passport"`
	Answering []comment `json:"comments"`
}

type passport struct {
	UserID   loose `json:"user_id"`
	Nickname loose `json:"nickname"`
}

// UnmarshalJSON takes an object; anything else is nobody.
func (p *passport) UnmarshalJSON(b []byte) error {
	type plain passport
	var q plain
	if json.Unmarshal(b, &q) == nil {
		*p = passport(q)
	}
	return nil
}

// loose is a JSON string, number or bool as text; anything else is "".
type loose string

// UnmarshalJSON takes any value.
func (l *loose) UnmarshalJSON(b []byte) error {
	var s string
	switch {
	case json.Unmarshal(b, &s) == nil:
		*l = loose(strings.TrimSpace(s))
	case len(b) > 0 && b[0] != '{' && b[0] != '[' && string(b) != "null":
		*l = loose(b)
	default:
		*l = ""
	}
	return nil
}

var jsonp = regexp.MustCompile(`^\s*[A-Za-z_$][\w$.]*\s*\(`)

// maxDepth bounds how deep comments stand in comments.
const maxDepth = 50

// Parse reads one page of comments. The page that they are about is taken
// from the document's own address (topic_url) or from the answer.
func Parse(d crawler.Document) (crawler.Parsed, error) {
	a, ok := read(d.Body)
	if !ok {
		return crawler.Parsed{Answer: refusal(d)}, nil
	}
	if a.ErrCode != "" && a.ErrCode != "0" {
		return crawler.Parsed{Answer: a.refusal()}, nil
	}
	if a.Comments == nil && a.Sum == "" && a.TopicID == "" {
		return crawler.Parsed{Answer: refusal(d)}, nil
	}
	c := collector{doc: d, root: a.about(d), met: map[string]bool{}}
	for _, list := range [][]comment{a.Comments, a.Hots} {
		for _, x := range list {
			c.add(x, "", 0)
		}
	}
	out := crawler.Parsed{Answer: crawler.AnswerEmpty, Posts: c.posts}
	out.Total, _ = text.ParseCount(string(a.Sum))
	if len(c.posts) > 0 {
		out.Answer = crawler.AnswerOK
	}
	return out, nil
}

func read(body []byte) (answer, bool) {
	body, _ = crawler.Decode(body, "")
	if loc := jsonp.FindIndex(body); loc != nil {
		body = body[loc[1]:]
	}
	var a answer
	err := json.NewDecoder(strings.NewReader(string(body))).Decode(&a)
	return a, err == nil
}

func refusal(d crawler.Document) crawler.Answer {
	if got, _ := crawler.Classify(200, d.URL, nil, d.Body); !got.Answered() {
		return got
	}
	return crawler.AnswerMalformed
}

// refusal is what an error of the service means.
func (a answer) refusal() crawler.Answer {
	for _, s := range []struct {
		part   string
		answer crawler.Answer
	}{
		{"频繁", crawler.AnswerRateLimited}, {"limit", crawler.AnswerRateLimited}, {"登录", crawler.AnswerLoginWall},
		{"topic", crawler.AnswerDeleted}, {"不存在", crawler.AnswerDeleted},
	} {
		if strings.Contains(strings.ToLower(string(a.ErrMsg)), s.part) {
			return s.answer
		}
	}
	return crawler.AnswerForbidden
}

// about is the address of the page the comments are about.
func (a answer) about(d crawler.Document) string {
	if u, err := url.Parse(d.URL); err == nil && u.Query().Get("topic_url") != "" {
		return u.Query().Get("topic_url")
	}
	return string(a.TopicURL)
}

// rootID is the id of the post that is the page: the one a feed or portal
// source without native ids would give it, so that they meet.
func rootID(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	sum := sha256.Sum256([]byte(u.String()))
	return "news:" + u.Host + "/a" + hex.EncodeToString(sum[:])
}

// collector gathers comments, what is answered before its answers.
type collector struct {
	doc   crawler.Document
	root  string
	met   map[string]bool
	posts []huiying.Post
}

// add takes a comment and those it answers, which stand in it oldest first.
func (c *collector) add(x comment, before string, depth int) {
	if depth > maxDepth {
		return
	}
	parent := string(x.ReplyID)
	if !plain(parent) {
		parent = before
	}
	chain := ""
	for _, a := range x.Answering {
		c.add(a, chain, depth+1)
		chain = string(a.ID)
	}
	if !plain(parent) {
		parent = chain
	}
	words := text.Plain(string(x.Content))
	if !plain(string(x.ID)) || words == "" || c.met[string(x.ID)] {
		return
	}
	c.met[string(x.ID)] = true
	p := huiying.Post{
		ID: name(string(x.ID)), Source: c.doc.Source, Platform: huiying.PlatformNews, Kind: huiying.KindComment, URL: c.root,
		RootID: rootID(c.root), Text: words, Region: strings.TrimPrefix(string(x.Location), "来自"), CollectedAt: c.doc.FetchedAt,
		Author: huiying.Author{ID: string(x.Passport.UserID), Name: string(x.Passport.Nickname), Verified: "none"},
	}
	p.ParentID = p.RootID
	if plain(parent) {
		p.Kind, p.ParentID = huiying.KindReply, name(parent)
	}
	p.PublishedAt, p.PublishedPrecision = c.when(x.Created)
	p.Engagement.Comments, _ = text.ParseCount(string(x.Replies))
	p.Engagement.Likes, _ = text.ParseCount(string(x.Supports))
	c.posts = append(c.posts, p)
}

func name(id string) string { return "news:" + host + "/p" + id }

func plain(id string) bool {
	return id != "" && id != "0" && len(id) < 40 && strings.Trim(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_") == ""
}

// when reads milliseconds or seconds; a number is never shown with a point,
// but floats have been seen where another system passed it on.
func (c *collector) when(s loose) (time.Time, string) {
	v := string(s)
	if f, err := strconv.ParseFloat(v, 64); err == nil && f > 1e8 && f < 1e14 {
		v = strconv.FormatInt(int64(f), 10)
	}
	t, precision, ok := text.ParseTime(v, c.doc.FetchedAt, c.doc.Zone)
	if !ok {
		return time.Time{}, ""
	}
	return t, precision
}
