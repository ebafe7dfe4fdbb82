package huiying

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Platforms and kinds a Post may have.
const (
	PlatformWeibo   = "weibo"
	PlatformPortal  = "portal"
	PlatformForum   = "forum"
	PlatformFeed    = "feed"
	PlatformHotline = "hotline"
	PlatformMailbox = "mailbox"
	PlatformConsult = "consult"
	PlatformNews    = "news"
	PlatformWechat  = "wechat"
	PlatformSystem  = "system" // our own findings about the collection itself

	KindPost    = "post"
	KindRepost  = "repost"
	KindComment = "comment"
	KindReply   = "reply"
	KindLetter  = "letter"
	KindThread  = "thread"
	KindArticle = "article"
	KindTicket  = "ticket"
	KindFinding = "finding" // of an inspection, or about a source
)

// Precisions of Post.PublishedAt.
const (
	PrecisionSecond = "second"
	PrecisionMinute = "minute"
	PrecisionDay    = "day"
)

// What a site says of how far a letter or hand-over is: 受理, 办理, 答复.
const (
	StatusReceived = "received"
	StatusHandling = "handling"
	StatusAnswered = "answered"
)

// MaxText is how many bytes of one text a message carries; what is longer is
// cut, marked truncated, and kept whole in the evidence.
const MaxText = 600_000

// Post is one public utterance, or a hand-over of one, as collected. Text is
// plain: no markup, emoticons as [doge].
type Post struct {
	ID                 string     `json:"id"` // platform:native id, see Identify
	Source             string     `json:"source"`
	Platform           string     `json:"platform"`
	Kind               string     `json:"kind"`
	URL                string     `json:"url"`
	ParentID           string     `json:"parent_id"`
	RootID             string     `json:"root_id"`
	Title              string     `json:"title"`
	Text               string     `json:"text"`
	Author             Author     `json:"author"`
	PublishedAt        time.Time  `json:"published_at"`
	PublishedPrecision string     `json:"published_precision"`
	CollectedAt        time.Time  `json:"collected_at"`
	Region             string     `json:"region"` // without 发布于/来自
	Engagement         Engagement `json:"engagement"`
	Answers            []Answer   `json:"answers"`
	Deleted            bool       `json:"deleted"`
	Edited             bool       `json:"edited"`
	Truncated          bool       `json:"truncated"`
	Evidence           string     `json:"evidence"`            // sha256:<hex> of the raw answer it was read from
	Status             string     `json:"status,omitempty"`    // of a letter: received handling answered, "" unknown
	Number             string     `json:"number,omitempty"`    // the handing-over office's own number
	DueAt              time.Time  `json:"due_at,omitzero"`     // the deadline it was handed over with
	Held               bool       `json:"held,omitempty"`      // old words met by a first reading or a back-fill: archived, never alerted
	Finding            *Finding   `json:"finding,omitempty"`   // of KindFinding: what was found, against which norm
	Withdrawn          bool       `json:"withdrawn,omitempty"` // its words were removed by law (a refusal, a purge); a case needs the rest
}

// Finding is a fact that the service found out by itself: by inspecting the
// office's own site, or by watching its own collection. Its post's id names
// the incident, so that a finding that lasts is told once.
type Finding struct {
	Check  string   `json:"check"`           // [a-z0-9-]: home-stale, link-dead, source-silent …
	Level  Level    `json:"level"`           // how urgent, by the norm
	Found  string   `json:"found"`           // "16 天"
	Limit  string   `json:"limit,omitempty"` // "14 天"
	Basis  string   `json:"basis,omitempty"` // the norm the limit comes from
	Notify []string `json:"notify,omitempty"`
	Over   bool     `json:"over,omitempty"` // no longer so: the incident has ended
}

// Author is who wrote a post. Past the crawler's sink ID and Name are keyed
// hashes (网络数据安全管理条例 §24).
type Author struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Verified string `json:"verified"` // none person government media enterprise campus organisation
}

// Institution reports an account that its platform verified as a government's
// or a medium's: no natural person, so it keeps its name and cannot refuse to
// be collected.
func (a Author) Institution() bool { return a.Verified == "government" || a.Verified == "media" }

// Engagement is the counts a platform shows. AtLeast marks a floor ("10万+").
type Engagement struct {
	Reposts  int64 `json:"reposts"`
	Comments int64 `json:"comments"`
	Likes    int64 `json:"likes"`
	Views    int64 `json:"views"`
	AtLeast  bool  `json:"at_least"`
}

// Answer is an official answer shown with a letter or message.
type Answer struct {
	Org  string    `json:"org"`
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// In returns p with every time in the zone loc, for JSON that people read.
func (p Post) In(loc *time.Location) Post {
	p.PublishedAt, p.DueAt = inZone(p.PublishedAt, loc), inZone(p.DueAt, loc)
	p.CollectedAt = inZone(p.CollectedAt, loc)
	answers := make([]Answer, len(p.Answers))
	for i, a := range p.Answers {
		a.At = inZone(a.At, loc)
		answers[i] = a
	}
	p.Answers = answers
	return p
}

func inZone(t time.Time, loc *time.Location) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(loc)
}

// Validate says in one sentence what a post lacks before it may be published.
func (p Post) Validate() error {
	switch {
	case p.ID == "" || !strings.Contains(p.ID, ":"):
		return Errorf(Invalid, "post.no_id", p.URL)
	case !ValidSubject(p.Source):
		return Errorf(Invalid, "post.bad_source", p.ID, p.Source)
	case !ValidSubject(p.Platform):
		return Errorf(Invalid, "post.bad_platform", p.ID, p.Platform)
	case p.CollectedAt.IsZero():
		return Errorf(Invalid, "post.no_collected_at", p.ID)
	}
	return nil
}

// Trim cuts title, text and answers so that the message stays under its size
// limit, and marks what it cut. Cuts fall on rune boundaries.
func (p Post) Trim() Post {
	left := MaxText
	p.Title, left, p.Truncated = cut(p.Title, left, p.Truncated)
	p.Text, left, p.Truncated = cut(p.Text, left, p.Truncated)
	answers := make([]Answer, len(p.Answers))
	for i, a := range p.Answers {
		a.Text, left, p.Truncated = cut(a.Text, left, p.Truncated)
		answers[i] = a
	}
	p.Answers = answers
	return p
}

func cut(s string, left int, already bool) (kept string, rest int, truncated bool) {
	if len(s) <= left {
		return s, left - len(s), already
	}
	end := left
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end], 0, true
}
