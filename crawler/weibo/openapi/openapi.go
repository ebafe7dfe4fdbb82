// Package openapi reads the official open platform, api.weibo.com/2, with the
// access token of the office's own account: who mentions it in posts and in
// comments, who comments on its posts, its own posts and their reposts. It is
// the preferred way for the office's own account, because it is the one the
// site offers by contract. It refuses to ask for a token: the account's holder
// authorises and supplies one.
package openapi

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/weibo/ask"
	"huiying/crawler/weibo/open"
	"huiying/crawler/weibo/status"
	"huiying/crawler/weibo/walk"
)

// Kind is the row of the table of source kinds for the open platform.
func Kind() crawler.Kind {
	return crawler.Kind{Name: "weibo-open", Check: Check, Reader: Reader{}, Look: Look, Surfaces: open.Surfaces()}
}

// Reader reads the lists of one authorised account. It keeps nothing between
// visits but the cursor.
type Reader struct{}

// Read makes one visit to every list, each from its own watermark (since_id)
// on; see walk.Read.
func (Reader) Read(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
	set, err := settle(v.Source, v.Zone)
	if err != nil {
		return crawler.Report{Cursor: v.Cursor}, err
	}
	return walk.Read(ctx, v, set.plan())
}

// Look asks for one post by itself; see walk.Look. The platform gives it only
// for the account's own posts and says so otherwise.
func Look(ctx context.Context, v crawler.Visit, p huiying.Post) (crawler.Parsed, error) {
	set, err := settle(v.Source, v.Zone)
	if err != nil {
		return crawler.Parsed{}, err
	}
	return walk.Look(ctx, v, set.plan(), p)
}

// list is one list of the platform.
type list struct {
	name string // as options name it
	path string
	read func(crawler.Document) status.Page
	own  bool // the account's own posts
}

func lists() []list {
	return []list{
		{"mentions", "statuses/mentions", open.ReadStatuses, false},
		{"comments_to_me", "comments/to_me", open.ReadComments, false},
		{"comments_mentions", "comments/mentions", open.ReadComments, false},
		{"own", "statuses/user_timeline", open.ReadStatuses, true},
	}
}

// perPage is how many rows a page is asked for; every list allows it.
const perPage = "50"

func (s settings) plan() walk.Plan {
	face := walk.Face{
		Site: ask.Site{Base: s.base, Header: http.Header{"Accept": {"application/json"}}, Secret: s.token},
		Show: func(mid int64) ask.Question {
			return s.ask("statuses/show", url.Values{"id": {number(mid)}}, open.ReadStatuses)
		},
		Reposts: func(e status.Entry, token string) ask.Question {
			q := url.Values{"id": {number(e.Mid)}, "count": {perPage}}
			return s.ask("statuses/repost_timeline", ask.With(q, token), open.ReadStatuses)
		},
	}
	out := walk.Plan{Face: face, Limits: s.limits}
	for _, l := range lists() {
		if s.wants(l.name) {
			out.Streams = append(out.Streams, s.stream(l))
		}
	}
	return out
}

// stream reads one list: since_id leaves out what is known, max_id turns the
// pages. Ids are made of time, so that both bound a past window too.
func (s settings) stream(l list) walk.Stream {
	return walk.Stream{
		Key: l.name, Watched: l.own, Talk: l.own, After: true,
		Ask: func(token string, after int64) ask.Question {
			q := url.Values{"count": {perPage}}
			if after > 0 {
				q.Set("since_id", number(after))
			}
			return s.ask(l.path, ask.With(q, token), l.read)
		},
		Back: func(token string, from, to time.Time) ask.Question {
			q := url.Values{"count": {perPage}, "since_id": {number(max(status.LowerMid(from)-1, 0))}, "max_id": {number(status.LowerMid(to))}}
			return s.ask(l.path, ask.With(q, token), l.read)
		},
	}
}

// ask makes a question. The token stands in the query, as the platform
// documents it, and nowhere else.
func (s settings) ask(path string, q url.Values, read func(crawler.Document) status.Page) ask.Question {
	path = "/2/" + path
	if s.Commercial {
		path += "/biz"
	}
	return ask.Question{
		Path: path + ".json", Query: q, Secret: url.Values{"access_token": {s.token.Value()}},
		Read: func(d crawler.Document) status.Page { return told(read(d), d) },
	}
}

// told puts the platform's own number before its words.
func told(p status.Page, d crawler.Document) status.Page {
	var e struct {
		Code  status.Word `json:"error_code"`
		Error status.Word `json:"error"`
	}
	if status.Object(status.Body(d), &e) && e.Code != "" && e.Code != "0" {
		p.Said = strings.TrimSpace("error " + string(e.Code) + " " + string(e.Error))
	}
	return p
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
