package feed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/follow"
)

// Options are the settings of a feed source. Unknown keys are refused.
type Options struct {
	URL      string   `json:"url"`      // the feed
	URLs     []string `json:"urls"`     // further feeds of the same place
	Platform string   `json:"platform"` // feed (default), news or wechat
}

// maxFeeds bounds how many feeds one source has; more are more sources.
const maxFeeds = 50

// platforms are those a feed's posts may belong to.
func platforms() []string {
	return []string{huiying.PlatformFeed, huiying.PlatformNews, huiying.PlatformWechat}
}

// settle reads the options of a source; feeds without an address of their own
// take base_url for it.
func settle(src huiying.Source) (Options, error) {
	var o Options
	raw := src.Options
	if len(bytes.TrimSpace(raw)) == 0 {
		raw = []byte("{}")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&o); err != nil {
		return o, huiying.Errorf(huiying.Invalid, "feed.options_unreadable", src.ID, err)
	}
	if o.URL == "" && len(o.URLs) == 0 {
		o.URL = src.BaseURL
	}
	if o.URL != "" {
		o.URLs = append([]string{o.URL}, o.URLs...)
	}
	return o, errors.Join(o.faults(src)...)
}

func (o Options) faults(src huiying.Source) []error {
	var out []error
	say := func(key string, args ...any) {
		out = append(out, huiying.Errorf(huiying.Invalid, key, append([]any{src.ID}, args...)...))
	}
	if len(o.URLs) == 0 {
		say("feed.no_url")
	}
	if len(o.URLs) > maxFeeds {
		say("feed.too_many", maxFeeds)
	}
	for _, address := range o.URLs {
		if !absolute(address) {
			say("feed.bad_url", address)
		}
	}
	if src.BaseURL != "" && !absolute(src.BaseURL) {
		say("feed.bad_base_url", src.BaseURL)
	}
	if o.Platform != "" && !slices.Contains(platforms(), o.Platform) {
		say("feed.bad_platform", o.Platform, strings.Join(platforms(), ", "))
	}
	return out
}

func absolute(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// Reader polls feeds. It keeps nothing between visits but the cursor.
type Reader struct{}

// Read asks for every feed of the source, with what the site said of its
// version, and offers entries that are new or whose words changed.
func (Reader) Read(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
	o, err := settle(v.Source)
	if err != nil {
		return crawler.Report{Cursor: v.Cursor}, err
	}
	if o.URL == v.Source.BaseURL {
		v.Source.BaseURL = "" // it is the feed itself, not a stand-in for its host
	}
	parse := func(d crawler.Document) (crawler.Parsed, error) {
		d.Profile = o.Platform
		return Parse(d)
	}
	var lists []follow.List
	for _, address := range o.URLs {
		lists = append(lists, follow.List{
			Key: address, Parse: parse, Pages: 1, Conditional: true, Window: true,
			Ask: func(string) crawler.Request {
				return crawler.Request{URL: address, Header: http.Header{
					"Accept": {"application/atom+xml,application/rss+xml,application/feed+json,application/xml;q=0.9,text/xml;q=0.9,*/*;q=0.8"},
				}}
			},
		})
	}
	return follow.Read(ctx, v, lists...)
}
