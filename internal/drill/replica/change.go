package replica

import "time"

// Account is a Weibo user.
type Account struct {
	UID       int64
	Name      string
	Verified  string // none person government media enterprise campus organisation
	Reason    string // what the verification says
	Followers int64
}

// Counts are what a post shows under it. The replica writes large ones as the
// site does ("1.2万", "10万+"), and adds what it shows itself.
type Counts struct {
	Reposts  int64
	Comments int64
	Likes    int64
}

// Change is one thing that happens in the world. Exactly one of its parts is
// set. Keys are the script's own names of things; the world gives them the
// sites' ids.
type Change struct {
	At      time.Time
	Post    *Post
	Comment *Comment
	Edit    *Edit
	Delete  *Delete
	Grow    *Grow
	Letter  *Letter
	Answer  *Answer
	Article *Article
}

// Post is a new Weibo post. Text is plain: #topics#, @names and [emoticons]
// become the site's markup. Of names the post it reposts.
type Post struct {
	Key    string
	By     Account
	Text   string
	Of     string
	Region string // 宁夏
	Client string // 微博网页版
	Pinned bool
	Pics   int
	Counts Counts
}

// Comment is a new comment on a post, or a reply to a comment.
type Comment struct {
	Key    string
	On     string // key of the post or of a comment
	By     Account
	Text   string
	Region string
	Likes  int64
}

// Edit gives a post new words, which the site marks as edited.
type Edit struct {
	Key  string
	Text string
}

// Delete takes a post away; lists drop it, its own address says it is gone,
// and reposts show a notice in its place.
type Delete struct{ Key string }

// Grow sets the counts of a post.
type Grow struct {
	Key    string
	Counts Counts
}

// Kinds of a letter, as the portal's addresses name them.
const (
	LetterConsult  = "consult"
	LetterSuggest  = "suggest"
	LetterComplain = "complain"
)

// Letter is a new letter on the portal. GBK serves its page as GBK bytes
// although its meta tag says utf-8.
type Letter struct {
	Key   string
	Kind  string
	Title string
	Text  string
	GBK   bool
}

// Answer is an office's answer to a letter.
type Answer struct {
	Letter string
	Org    string
	Text   string
}

// Article is a page of the portal with the standard government meta tags.
type Article struct {
	Key    string
	Column string
	Title  string
	Source string
	Text   string
}
