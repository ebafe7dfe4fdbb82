package openapi

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/crawler/weibo/account"
	"huiying/crawler/weibo/options"
	"huiying/crawler/weibo/walk"
)

// The platform's addresses; a source's base_url replaces them.
const (
	DefaultBaseURL    = "https://api.weibo.com"
	CommercialBaseURL = "https://c.api.weibo.com"
)

// Options are the settings of a source of the open platform. Unknown keys are
// refused.
type Options struct {
	AccessToken string   `json:"access_token"`  // of the office's account; ${NAME} takes it from the environment
	TokenFile   string   `json:"token_file"`    // a file that holds it
	Expires     string   `json:"token_expires"` // the day the token is known to expire, 2026-12-31
	Commercial  bool     `json:"commercial"`    // the contract is for the commercial interface
	Lists       []string `json:"lists"`         // mentions, comments_to_me, comments_mentions, own; all by default
	MaxPages    int      `json:"max_pages"`     // pages of 50 a list and visit, 5 by default

	Reposts     *options.Depth `json:"reposts"`      // of how many own posts a visit reads reposts, 10 by default
	RepostPages int            `json:"repost_pages"` // pages of reposts a post, 3 by default
	Reread      string         `json:"reread"`       // how far back edits and deletions are looked for, "24h" by default
	RereadEvery string         `json:"reread_every"` // how often, "15m" by default
}

// Defaults and bounds of the settings.
const (
	defaultPages       = 5
	defaultRepostPages = 3
	defaultReposts     = 10
	defaultReread      = 24 * time.Hour
	defaultRereadEvery = 15 * time.Minute
	maxPages           = 40 // the platform gives the newest 2,000 rows of a list
	maxReposts         = 100
)

// settings are Options that were checked, with their defaults filled in.
type settings struct {
	Options
	limits walk.Limits
	token  account.Secret
	base   *url.URL
}

func (s settings) wants(name string) bool { return len(s.Lists) == 0 || slices.Contains(s.Lists, name) }

// Check says every mistake of a source's options, one sentence each.
func Check(s huiying.Source) error {
	_, err := settle(s, nil)
	return err
}

func settle(s huiying.Source, zone *time.Location) (settings, error) {
	out := settings{}
	out.MaxPages, out.RepostPages = defaultPages, defaultRepostPages
	if err := options.Decode(s, &out.Options); err != nil {
		return out, err
	}
	f := options.Faults{Source: s.ID}
	site := DefaultBaseURL
	if out.Commercial {
		site = CommercialBaseURL
	}
	out.base = f.Base(s.BaseURL, site)
	out.token = f.Secret(account.Given{
		Kind: account.Token, Key: "access_token", Value: out.AccessToken, FileKey: "token_file", File: out.TokenFile, Expires: out.Expires,
	}, zone)
	if out.AccessToken == "" && out.TokenFile == "" {
		f.Say("weibo.token_missing", s.ID)
	}
	reposts := defaultReposts
	if out.Reposts != nil {
		reposts = int(*out.Reposts)
	}
	out.limits = walk.Limits{
		Pages: f.Number("max_pages", out.MaxPages, 1, maxPages), CommentPages: f.Number("repost_pages", out.RepostPages, 1, maxPages),
		Reposts: f.Number("reposts", reposts, 0, maxReposts),
		Reread:  f.Duration("reread", out.Reread, defaultReread), RereadEvery: f.Duration("reread_every", out.RereadEvery, defaultRereadEvery),
	}
	var names []string
	for _, l := range lists() {
		names = append(names, l.name)
	}
	for _, l := range out.Lists {
		if !slices.Contains(names, l) {
			f.Say("weibo.unknown_list", s.ID, l, strings.Join(names, ", "))
		}
	}
	return out, f.Err()
}
