package weibo

import (
	"net/url"
	"time"

	"huiying"
	"huiying/crawler/weibo/account"
	"huiying/crawler/weibo/options"
	"huiying/crawler/weibo/walk"
)

// DefaultBaseURL is the site that is read when a source names no base_url.
const DefaultBaseURL = "https://m.weibo.cn"

// Options are the settings of a Weibo source. Unknown keys are refused.
type Options struct {
	Accounts   []string      `json:"accounts"`       // numeric uids whose timelines are read
	Queries    []string      `json:"queries"`        // what is searched for; needs a cookie
	Cookie     string        `json:"cookie"`         // of an account the operator supplies: "SUB=…" or the bare value of SUB
	CookieFile string        `json:"cookie_file"`    // a file that holds it
	Expires    string        `json:"cookie_expires"` // the day the cookie is known to expire, 2026-12-31
	Comments   options.Depth `json:"comments"`       // of how many posts a visit and stream reads comments; true is 10
	Replies    options.Depth `json:"replies"`        // of how many comments a visit and stream reads the replies behind those shown with them
	Reposts    options.Depth `json:"reposts"`        // of how many posts a visit and stream reads reposts
	MaxPages   int           `json:"max_pages"`      // list pages a stream and visit, 5 by default
	LongText   *bool         `json:"long_text"`      // whether cut texts are completed; true by default

	CommentPages int    `json:"comment_pages"` // pages of comments or reposts a post, and of replies a comment, 3 by default
	Reread       string `json:"reread"`        // how far back edits and deletions are looked for, "24h" by default
	RereadEvery  string `json:"reread_every"`  // how often pages behind the first are read for it, "15m" by default
}

// Defaults and bounds of the settings.
const (
	defaultPages        = 5
	defaultCommentPages = 3
	defaultReread       = 24 * time.Hour
	defaultRereadEvery  = 15 * time.Minute
	maxPages            = 50
	maxDepth            = 100
)

// settings are Options that were checked, with their defaults filled in.
type settings struct {
	Options
	limits walk.Limits
	cookie account.Secret
	base   *url.URL
}

// Check says every mistake of a source's options, one sentence each.
func Check(s huiying.Source) error {
	_, err := settle(s, nil)
	return err
}

func settle(s huiying.Source, zone *time.Location) (settings, error) {
	out := settings{}
	out.MaxPages, out.CommentPages = defaultPages, defaultCommentPages
	if err := options.Decode(s, &out.Options); err != nil {
		return out, err
	}
	f := options.Faults{Source: s.ID}
	out.base = f.Base(s.BaseURL, DefaultBaseURL)
	out.cookie = f.Secret(account.Given{
		Kind: account.Cookie, Key: "cookie", Value: out.Cookie, FileKey: "cookie_file", File: out.CookieFile, Expires: out.Expires,
	}, zone)
	out.limits = walk.Limits{
		Pages: f.Number("max_pages", out.MaxPages, 1, maxPages), CommentPages: f.Number("comment_pages", out.CommentPages, 1, maxPages),
		Comments: f.Number("comments", int(out.Comments), 0, maxDepth), Replies: f.Number("replies", int(out.Replies), 0, maxDepth),
		Reposts: f.Number("reposts", int(out.Reposts), 0, maxDepth), LongText: out.LongText == nil || *out.LongText,
		Reread: f.Duration("reread", out.Reread, defaultReread), RereadEvery: f.Duration("reread_every", out.RereadEvery, defaultRereadEvery),
	}
	if len(out.Accounts) == 0 && len(out.Queries) == 0 {
		f.Say("weibo.nothing_to_read", s.ID)
	}
	f.Accounts(out.Accounts)
	f.Queries(out.Queries)
	if len(out.Queries) > 0 && out.Cookie == "" && out.CookieFile == "" {
		f.Say("weibo.search_needs_cookie", s.ID)
	}
	return out, f.Err()
}
