package search

import (
	"net/url"
	"time"

	"huiying"
	"huiying/crawler/weibo/account"
	"huiying/crawler/weibo/ajax"
	"huiying/crawler/weibo/options"
)

// DefaultBaseURL is the site that is read when a source names no base_url.
const DefaultBaseURL = "https://s.weibo.com"

// Options are the settings of a source of the keyword search. Unknown keys are
// refused.
type Options struct {
	Queries     []string `json:"queries"`
	Cookie      string   `json:"cookie"`         // of an account the operator supplies: "SUB=…" or the bare value of SUB
	CookieFile  string   `json:"cookie_file"`    // a file that holds it
	Expires     string   `json:"cookie_expires"` // the day the cookie is known to expire, 2026-12-31
	MaxPages    int      `json:"max_pages"`      // pages a query and visit, 10 by default
	Ceiling     int      `json:"ceiling"`        // from how many pages on a window of time is split, 46 by default
	First       string   `json:"first"`          // how far back the first visit searches, "24h" by default
	Reread      string   `json:"reread"`         // how far back what the site shows late, or not at once, is looked for, "6h" by default
	RereadEvery string   `json:"reread_every"`   // how often, "30m" by default
	DesktopURL  string   `json:"desktop_url"`    // where single posts are looked at again, https://weibo.com by default
}

// Defaults and bounds of the settings.
const (
	defaultPages       = 10
	defaultCeiling     = 46
	defaultFirst       = 24 * time.Hour
	defaultReread      = 6 * time.Hour
	defaultRereadEvery = 30 * time.Minute
	maxPages           = 200
	lastPage           = 50 // the site shows no page after it
)

// settings are Options that were checked, with their defaults filled in.
type settings struct {
	Options
	first, reread, rereadEvery time.Duration
	cookie                     account.Secret
	base, desktop              *url.URL
}

// Check says every mistake of a source's options, one sentence each.
func Check(s huiying.Source) error {
	_, err := settle(s, nil)
	return err
}

func settle(s huiying.Source, zone *time.Location) (settings, error) {
	out := settings{}
	out.MaxPages, out.Ceiling = defaultPages, defaultCeiling
	if err := options.Decode(s, &out.Options); err != nil {
		return out, err
	}
	f := options.Faults{Source: s.ID}
	out.base, out.desktop = f.Base(s.BaseURL, DefaultBaseURL), f.Base(out.DesktopURL, ajax.DefaultBaseURL)
	out.cookie = f.Secret(account.Given{
		Kind: account.Cookie, Key: "cookie", Value: out.Cookie, FileKey: "cookie_file", File: out.CookieFile, Expires: out.Expires,
	}, zone)
	if out.Cookie == "" && out.CookieFile == "" {
		f.Say("weibo.search_needs_cookie", s.ID)
	}
	if len(out.Queries) == 0 {
		f.Say("weibo.nothing_to_search", s.ID)
	}
	f.Queries(out.Queries)
	f.Number("max_pages", out.MaxPages, 1, maxPages)
	f.Number("ceiling", out.Ceiling, 2, lastPage)
	out.first = f.Duration("first", out.First, defaultFirst)
	out.reread = f.Duration("reread", out.Reread, defaultReread)
	out.rereadEvery = f.Duration("reread_every", out.RereadEvery, defaultRereadEvery)
	return out, f.Err()
}
