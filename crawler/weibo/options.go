package weibo

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"strings"
	"time"

	"huiying"
)

// DefaultBaseURL is the site that is read when a source names no base_url.
const DefaultBaseURL = "https://m.weibo.cn"

// Options are the settings of a Weibo source. Unknown keys are refused.
type Options struct {
	Accounts   []string `json:"accounts"`    // numeric uids whose timelines are read
	Queries    []string `json:"queries"`     // what is searched for; needs a cookie
	Cookie     string   `json:"cookie"`      // of an account the operator supplies: "SUB=…" or the bare value of SUB
	CookieFile string   `json:"cookie_file"` // a file that holds it
	Comments   Depth    `json:"comments"`    // of how many posts a visit and stream reads comments; true is 10
	MaxPages   int      `json:"max_pages"`   // list pages a stream and visit, 5 by default
	LongText   *bool    `json:"long_text"`   // whether cut texts are completed; true by default

	CommentPages int    `json:"comment_pages"` // pages of comments a post, 3 by default
	Reread       string `json:"reread"`        // how far back edits and deletions are looked for, "24h" by default
	RereadEvery  string `json:"reread_every"`  // how often pages behind the first are read for it, "15m" by default
}

// Depth is how many posts' comments a visit reads: a number, true or false.
type Depth int

// UnmarshalJSON takes a number, true (10) and false (0).
func (d *Depth) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case "true":
		*d = defaultDepth
	case "false", "null":
		*d = 0
	default:
		var n int
		if err := json.Unmarshal(b, &n); err != nil {
			return err
		}
		*d = Depth(n)
	}
	return nil
}

// Defaults and bounds of the settings.
const (
	defaultDepth        = 10
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
	longText    bool
	reread      time.Duration
	rereadEvery time.Duration
	base        *url.URL
}

// Check says every mistake of a source's options, one sentence each.
func Check(s huiying.Source) error {
	_, err := settle(s)
	return err
}

func settle(s huiying.Source) (settings, error) {
	out := settings{longText: true, reread: defaultReread, rereadEvery: defaultRereadEvery}
	out.MaxPages, out.CommentPages = defaultPages, defaultCommentPages
	raw := s.Options
	if len(bytes.TrimSpace(raw)) == 0 {
		raw = []byte("{}")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&out.Options); err != nil {
		return out, huiying.Errorf(huiying.Invalid, "weibo.options_unreadable", s.ID, err)
	}
	if out.LongText != nil {
		out.longText = *out.LongText
	}
	faults := []error{
		duration(&out.reread, s.ID, "reread", out.Reread),
		duration(&out.rereadEvery, s.ID, "reread_every", out.RereadEvery),
	}
	var err error
	out.base, err = base(s)
	faults = append(faults, err)
	faults = append(faults, out.faults(s.ID)...)
	return out, errors.Join(faults...)
}

func (o Options) faults(id string) []error {
	var out []error
	if len(o.Accounts) == 0 && len(o.Queries) == 0 {
		out = append(out, huiying.Errorf(huiying.Invalid, "weibo.nothing_to_read", id))
	}
	for _, uid := range o.Accounts {
		if number(uid) == 0 {
			out = append(out, huiying.Errorf(huiying.Invalid, "weibo.bad_account", id, uid))
		}
	}
	for _, q := range o.Queries {
		if strings.TrimSpace(q) == "" {
			out = append(out, huiying.Errorf(huiying.Invalid, "weibo.empty_query", id))
		}
	}
	if len(o.Queries) > 0 && o.Cookie == "" && o.CookieFile == "" {
		out = append(out, huiying.Errorf(huiying.Invalid, "weibo.search_needs_cookie", id))
	}
	if o.MaxPages < 1 || o.MaxPages > maxPages {
		out = append(out, huiying.Errorf(huiying.Invalid, "weibo.bad_number", id, "max_pages", 1, maxPages))
	}
	if o.CommentPages < 1 || o.CommentPages > maxPages {
		out = append(out, huiying.Errorf(huiying.Invalid, "weibo.bad_number", id, "comment_pages", 1, maxPages))
	}
	if o.Comments < 0 || o.Comments > maxDepth {
		out = append(out, huiying.Errorf(huiying.Invalid, "weibo.bad_number", id, "comments", 0, maxDepth))
	}
	if _, err := o.cookie(id); err != nil {
		out = append(out, err)
	}
	return out
}

// cookie is the Cookie header the operator supplied, "" when there is none.
func (o Options) cookie(id string) (string, error) {
	value := strings.TrimSpace(o.Cookie)
	if o.CookieFile != "" {
		if value != "" {
			return "", huiying.Errorf(huiying.Invalid, "weibo.two_cookies", id)
		}
		raw, err := os.ReadFile(o.CookieFile)
		if err != nil {
			return "", huiying.Errorf(huiying.Invalid, "weibo.cookie_file", id, o.CookieFile, err)
		}
		value = strings.TrimSpace(string(raw))
		if value == "" {
			return "", huiying.Errorf(huiying.Invalid, "weibo.bad_cookie", id)
		}
	}
	for _, r := range value {
		if r < ' ' || r > '~' {
			return "", huiying.Errorf(huiying.Invalid, "weibo.bad_cookie", id)
		}
	}
	if value != "" && !strings.Contains(value, "=") {
		value = "SUB=" + value
	}
	return value, nil
}

// duration reads a duration over its default; nothing leaves the default.
func duration(into *time.Duration, id, key, s string) error {
	if s == "" {
		return nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return huiying.Errorf(huiying.Invalid, "weibo.bad_duration", id, key, s)
	}
	*into = d
	return nil
}

func base(s huiying.Source) (*url.URL, error) {
	address := s.BaseURL
	if address == "" {
		address = DefaultBaseURL
	}
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return &url.URL{}, huiying.Errorf(huiying.Invalid, "weibo.bad_base_url", s.ID, address)
	}
	return u, nil
}
