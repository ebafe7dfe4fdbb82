package changyan

import (
	"bytes"
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

// Options are the settings of a source of comments. Unknown keys are refused.
type Options struct {
	ClientID string  `json:"client_id"` // the site's number at 畅言, in the source of its pages
	Topics   []Topic `json:"topics"`    // the pages whose comments are read
	Pages    int     `json:"pages"`     // pages of comments a topic and visit, 3 by default
	Again    string  `json:"again"`     // how often known pages are read, "1h" by default

	again time.Duration
}

// Topic is one page with comments: by its number at 畅言 when known, else by
// what the site calls it.
type Topic struct {
	URL      string `json:"url"`       // the page
	SourceID string `json:"source_id"` // the site's own id of it, when its pages give one
	ID       string `json:"id"`        // topic_id
}

// Defaults and bounds of the settings.
const (
	defaultPages = 3
	defaultAgain = time.Hour
	maxPages     = 50
	maxTopics    = 100
	pageSize     = 30
)

func settle(src huiying.Source) (Options, error) {
	o := Options{Pages: defaultPages, again: defaultAgain}
	raw := bytes.TrimSpace(src.Options)
	if len(raw) == 0 {
		raw = []byte("{}")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&o); err != nil {
		return o, huiying.Errorf(huiying.Invalid, "feed.options_unreadable", src.ID, err)
	}
	return o, errors.Join(o.faults(src)...)
}

func (o *Options) faults(src huiying.Source) []error {
	var out []error
	say := func(key string, args ...any) {
		out = append(out, huiying.Errorf(huiying.Invalid, key, append([]any{src.ID}, args...)...))
	}
	if o.ClientID == "" {
		say("changyan.client")
	}
	if len(o.Topics) == 0 || len(o.Topics) > maxTopics {
		say("changyan.topics", maxTopics)
	}
	for _, t := range o.Topics {
		if u, err := url.Parse(t.URL); err != nil || u.Host == "" {
			say("changyan.topic", t.URL)
		}
	}
	if o.Pages < 1 || o.Pages > maxPages {
		say("endpoint.pages", maxPages)
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

// Reader polls comments. It keeps nothing between visits but the cursor.
type Reader struct{}

// Read reads every topic from its newest comment on until nothing is new. A
// topic whose number is not known is looked up first.
func (Reader) Read(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
	o, err := settle(v.Source)
	if err != nil {
		return crawler.Report{Cursor: v.Cursor}, err
	}
	var lists []follow.List
	for _, t := range o.Topics {
		lists = append(lists, o.list(t))
	}
	return follow.Read(ctx, v, lists...)
}

// list is one topic; its tokens are numbers of pages.
func (o Options) list(t Topic) follow.List {
	topic, page := t.ID, 1
	var before *follow.Before
	if topic == "" {
		before = &follow.Before{
			Request: crawler.Request{URL: o.address(t, "", 1), Header: headers(t)},
			Carry: func(p crawler.Page, _ http.Header) {
				a, _ := read(p.Body)
				topic = string(a.TopicID)
			},
		}
	}
	return follow.List{
		Key: t.URL, Pages: o.Pages, Again: o.again, Before: before,
		Ask: func(token string) crawler.Request {
			page = 1
			if n, err := strconv.Atoi(token); err == nil {
				page = n
			}
			return crawler.Request{URL: o.address(t, topic, page), Header: headers(t)}
		},
		Parse: func(d crawler.Document) (crawler.Parsed, error) {
			if u, err := url.Parse(d.URL); err == nil {
				q := u.Query()
				q.Set("topic_url", t.URL)
				u.RawQuery = q.Encode()
				d.URL = u.String()
			}
			got, err := Parse(d)
			if topic != "" && len(got.Posts) > 0 && (got.Total == 0 || int64(page*pageSize) < got.Total) {
				got.Next = strconv.Itoa(page + 1)
			}
			return got, err
		},
	}
}

func headers(t Topic) http.Header {
	return http.Header{"Accept": {"application/json,*/*;q=0.8"}, "Referer": {t.URL}}
}

// address is the question for a page of comments, or for the number of a
// topic that is not known.
func (o Options) address(t Topic, topic string, page int) string {
	q := url.Values{"client_id": {o.ClientID}, "page_size": {strconv.Itoa(pageSize)}}
	if topic == "" {
		q.Set("topic_url", t.URL)
		if t.SourceID != "" {
			q.Set("topic_source_id", t.SourceID)
		}
		return site + "/api/2/topic/load?" + q.Encode()
	}
	q.Set("topic_id", topic)
	q.Set("page_no", strconv.Itoa(page))
	return site + "/api/2/topic/comments?" + q.Encode()
}
