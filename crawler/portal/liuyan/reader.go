package liuyan

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/follow"
)

// Options are the settings of a source of the message board. Unknown keys are
// refused.
type Options struct {
	Forums []string `json:"forums"` // numbers of the forums (fid) that are read
	Pages  int      `json:"pages"`  // pages a forum and visit, 5 by default
	Size   int      `json:"size"`   // messages a page, 10 by default
	Again  string   `json:"again"`  // how often known pages are read for answers, "1h" by default

	again time.Duration
}

// Defaults and bounds of the settings.
const (
	defaultPages = 5
	defaultSize  = 10
	defaultAgain = time.Hour
	maxForums    = 100
	maxPages     = 50
	maxSize      = 100
)

func settle(src huiying.Source) (Options, error) {
	o := Options{Pages: defaultPages, Size: defaultSize, again: defaultAgain}
	dec := json.NewDecoder(bytes.NewReader(cmpBytes(bytes.TrimSpace(src.Options), []byte("{}"))))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&o); err != nil {
		return o, huiying.Errorf(huiying.Invalid, "feed.options_unreadable", src.ID, err)
	}
	return o, errors.Join(o.faults(src)...)
}

func cmpBytes(b, otherwise []byte) []byte {
	if len(b) == 0 {
		return otherwise
	}
	return b
}

func (o *Options) faults(src huiying.Source) []error {
	var out []error
	say := func(key string, args ...any) {
		out = append(out, huiying.Errorf(huiying.Invalid, key, append([]any{src.ID}, args...)...))
	}
	if len(o.Forums) == 0 || len(o.Forums) > maxForums {
		say("liuyan.forums", maxForums)
	}
	for _, fid := range o.Forums {
		if !number(fid) {
			say("liuyan.forum", fid)
		}
	}
	if o.Pages < 1 || o.Pages > maxPages {
		say("liuyan.number", "pages", maxPages)
	}
	if o.Size < 1 || o.Size > maxSize {
		say("liuyan.number", "size", maxSize)
	}
	if u, err := url.Parse(src.BaseURL); src.BaseURL != "" && (err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https")) {
		say("feed.bad_base_url", src.BaseURL)
	}
	if o.Again != "" {
		d, err := time.ParseDuration(o.Again)
		if err != nil || d <= 0 {
			say("endpoint.again", o.Again)
		}
		o.again = d
	}
	return out
}

// Reader polls forums of the message board. It keeps nothing between visits
// but the cursor.
type Reader struct{}

// Read reads every forum from its newest message down to its watermark, and
// now and then its known pages again, for answers that came since.
func (Reader) Read(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
	o, err := settle(v.Source)
	if err != nil {
		return crawler.Report{Cursor: v.Cursor}, err
	}
	var lists []follow.List
	for _, fid := range o.Forums {
		lists = append(lists, o.list(fid, v.Source.BaseURL))
	}
	return follow.Read(ctx, v, lists...)
}

// list is one forum, asked without a cookie: those come from the operator or
// not at all. Where the board's firewall wants the one its page hands out, it
// refuses, and the source stops and says so.
func (o Options) list(fid, base string) follow.List {
	page := site + "/pro-dfbbs-front/forum/list?fid=" + fid
	return follow.List{
		Key: "f" + fid, Pages: o.Pages, Again: o.again, Rank: rank,
		Ask: func(token string) crawler.Request {
			return crawler.Request{
				URL:    site + "/pro-dfbbs-front/threads/queryThreadsList",
				Header: http.Header{"Accept": {"application/json,*/*;q=0.8"}, "Referer": {follow.Swap(page, base)}},
				Form:   url.Values{"fid": {fid}, "lastItem": {cmp.Or(token, "0")}, "pageSize": {strconv.Itoa(o.Size)}},
			}
		},
		Parse: func(d crawler.Document) (crawler.Parsed, error) {
			got, err := Parse(d)
			newestFirst(got.Posts)
			return got, err
		},
	}
}
