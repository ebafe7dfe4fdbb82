package weibo

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/weibo/ask"
	"huiying/crawler/weibo/mobile"
	"huiying/crawler/weibo/status"
	"huiying/crawler/weibo/walk"
)

// Reader reads m.weibo.cn. It keeps nothing between visits but the cursor.
type Reader struct{}

// Read makes one visit: every account, then every query; see walk.Read.
func (Reader) Read(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
	set, err := settle(v.Source, v.Zone)
	if err != nil {
		return crawler.Report{Cursor: v.Cursor}, err
	}
	return walk.Read(ctx, v, set.plan())
}

// Look asks for one post by itself; see walk.Look.
func Look(ctx context.Context, v crawler.Visit, p huiying.Post) (crawler.Parsed, error) {
	set, err := settle(v.Source, v.Zone)
	if err != nil {
		return crawler.Parsed{}, err
	}
	return walk.Look(ctx, v, set.plan(), p)
}

func (s settings) plan() walk.Plan {
	return walk.Plan{Face: s.face(), Streams: s.streams(), Limits: s.limits}
}

// streams are the timelines and searches. m.weibo.cn shows both newest first.
func (s settings) streams() []walk.Stream {
	var out []walk.Stream
	for _, uid := range s.Accounts {
		q := url.Values{"type": {"uid"}, "value": {uid}, "containerid": {"107603" + uid}}
		out = append(out, cards("u:"+uid, q, "/u/"+uid))
	}
	for _, query := range s.Queries {
		id := "100103type=61&q=" + query
		q := url.Values{"containerid": {id}, "page_type": {"searchall"}}
		out = append(out, cards("q:"+query, q, "/search?containerid="+url.QueryEscape(id)))
	}
	return out
}

func cards(key string, q url.Values, referer string) walk.Stream {
	return walk.Stream{Key: key, Watched: true, Talk: true, Ask: func(token string, _ int64) ask.Question {
		return ask.Question{Path: "/api/container/getIndex", Query: ask.With(q, token), Referer: referer, Read: mobile.ReadCards}
	}}
}

func (s settings) face() walk.Face {
	head := http.Header{
		"Accept":           {"application/json, text/plain, */*"},
		"Mweibo-Pwa":       {"1"},
		"X-Requested-With": {"XMLHttpRequest"},
	}
	if s.cookie.Value() != "" {
		head.Set("Cookie", s.cookie.Value())
	}
	return walk.Face{
		Site:     ask.Site{Base: s.base, Header: head, Secret: s.cookie},
		Comments: hotflow, OldComments: oldComments, Replies: replies, Reposts: reposts,
		Whole: func(e status.Entry) ask.Question { return one("/statuses/extend", e.Mid, mobile.ReadExtend) },
		Show:  func(mid int64) ask.Question { return one("/statuses/show", mid, mobile.ReadShow) },
	}
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// one asks about one post.
func one(path string, mid int64, read func(crawler.Document) status.Page) ask.Question {
	return ask.Question{Path: path, Query: url.Values{"id": {number(mid)}}, Referer: "/status/" + number(mid), Read: read}
}

// hotflow asks for a post's comments, in their order by heat.
func hotflow(e status.Entry, token string) ask.Question {
	q := url.Values{"id": {number(e.Mid)}, "mid": {number(e.Mid)}, "max_id_type": {"0"}}
	return under("/comments/hotflow", e, ask.With(q, token))
}

// replies asks for those under a comment.
func replies(of, comment status.Entry, token string) ask.Question {
	q := url.Values{"cid": {number(comment.Mid)}, "max_id": {"0"}, "max_id_type": {"0"}}
	return under("/comments/hotFlowChild", of, ask.With(q, token))
}

func under(path string, e status.Entry, q url.Values) ask.Question {
	return ask.Question{Path: path, Query: q, Referer: "/detail/" + number(e.Mid), Read: func(d crawler.Document) status.Page {
		return mobile.ReadFlow(d, e.Mid)
	}}
}

// oldComments asks for the comments of a post whose hotflow is forbidden, as
// that of old posts is.
func oldComments(e status.Entry, token string) ask.Question {
	q := ask.With(url.Values{"id": {number(e.Mid)}, "page": {"1"}}, token)
	return ask.Question{Path: "/api/comments/show", Query: q, Referer: "/detail/" + number(e.Mid), Read: mobile.ReadOldComments}
}

func reposts(e status.Entry, token string) ask.Question {
	q := ask.With(url.Values{"id": {number(e.Mid)}, "page": {"1"}}, token)
	return ask.Question{Path: "/api/statuses/repostTimeline", Query: q, Referer: "/detail/" + number(e.Mid), Read: mobile.ReadReposts}
}
