// Package ajax reads weibo.com as its own pages do, by weibo.com/ajax:
// timelines of accounts with whole texts, comments with their replies, and
// reposts, with the cookie of an account of the office; and the hot searches,
// for which the site asks nobody to sign in. It refuses to mint the visitor
// token that other crawlers look anonymous with.
package ajax

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/text"
	"huiying/crawler/weibo/account"
	"huiying/crawler/weibo/ask"
	"huiying/crawler/weibo/desktop"
	"huiying/crawler/weibo/status"
	"huiying/crawler/weibo/walk"
)

// Kind is the row of the table of source kinds for weibo.com.
func Kind() crawler.Kind {
	return crawler.Kind{Name: "weibo-desktop", Check: Check, Reader: Reader{}, Look: Look, Surfaces: desktop.Surfaces()}
}

// Reader reads weibo.com/ajax. It keeps nothing between visits but the cursor.
type Reader struct{}

// Read makes one visit: the hot searches, then every account; see walk.Read.
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

// hotEvery is how often the hot searches are asked for at most: the site makes
// them anew every minute.
const hotEvery = time.Minute

func (s settings) plan() walk.Plan {
	out := walk.Plan{Face: Face(s.base, s.cookie), Limits: s.limits}
	if s.HotSearch {
		out.Streams = append(out.Streams, walk.Stream{Key: "hot", Every: hotEvery, Ask: func(string, int64) ask.Question {
			return question("side/hotSearch", nil, desktop.ReadHot)
		}})
	}
	for _, uid := range s.Accounts {
		out.Streams = append(out.Streams, timeline(uid))
	}
	return out
}

// Face is weibo.com/ajax at base, asked with a cookie of the operator's. The
// site answers such questions only as its pages ask them; the token it wants
// echoed is sent where the operator supplied it with the cookie.
func Face(base *url.URL, cookie account.Secret) walk.Face {
	head := http.Header{
		"Accept":           {"application/json, text/plain, */*"},
		"X-Requested-With": {"XMLHttpRequest"},
	}
	if cookie.Value() != "" {
		head.Set("Cookie", cookie.Value())
	}
	if token := cookie.Part("XSRF-TOKEN"); token != "" {
		head.Set("X-Xsrf-Token", token)
	}
	return walk.Face{
		Site:     ask.Site{Base: base, Header: head, Secret: cookie},
		Comments: comments, Replies: replies, Reposts: reposts,
		Whole: func(e status.Entry) ask.Question {
			return question("statuses/longtext", url.Values{"id": {text.MidToBid(number(e.Mid))}}, desktop.ReadLongText)
		},
		Show: func(mid int64) ask.Question {
			return question("statuses/show", url.Values{"id": {number(mid)}, "isGetLongText": {"true"}}, desktop.ReadShow)
		},
	}
}

func question(path string, q url.Values, read func(crawler.Document) status.Page) ask.Question {
	return ask.Question{Path: "/ajax/" + path, Query: q, Referer: "/", Read: read}
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

func timeline(uid string) walk.Stream {
	return walk.Stream{
		Key: "u:" + uid, Watched: true, Talk: true,
		Ask: func(token string, _ int64) ask.Question {
			q := url.Values{"uid": {uid}, "page": {"1"}, "feature": {"0"}}
			return question("statuses/mymblog", ask.With(q, token), ownPosts)
		},
		Back: func(token string, from, to time.Time) ask.Question {
			q := url.Values{
				"uid": {uid}, "page": {"1"}, "starttime": {number(from.Unix())}, "endtime": {number(to.Unix())},
				"hasori": {"1"}, "hasret": {"1"}, "hastext": {"1"}, "haspic": {"1"}, "hasvideo": {"1"}, "hasmusic": {"1"},
			}
			return question("statuses/searchProfile", ask.With(q, token), desktop.ReadTimeline)
		},
	}
}

// ownPosts reads a page of statuses/mymblog, whose pages are turned by number
// and token together until one is empty.
func ownPosts(d crawler.Document) status.Page {
	p := desktop.ReadTimeline(d)
	if p.Answer == crawler.AnswerOK {
		p.Next = strings.TrimPrefix(p.Next+"&page="+number(status.PageOf(d.URL)+1), "&")
	}
	return p
}

// comments asks for a post's comments, the newest first.
func comments(e status.Entry, token string) ask.Question {
	q := url.Values{"is_reload": {"1"}, "id": {number(e.Mid)}, "is_show_bulletin": {"2"}, "is_mix": {"0"}, "count": {"20"}, "flow": {"1"}}
	if author := e.Post.Author.ID; author != "" {
		q.Set("uid", author)
	}
	return question("statuses/buildComments", ask.With(q, token), desktop.ReadComments)
}

// replies asks for those under a comment. The answer does not say what post
// they belong to.
func replies(of, comment status.Entry, token string) ask.Question {
	q := url.Values{
		"is_reload": {"1"}, "id": {number(comment.Mid)}, "is_show_bulletin": {"2"}, "is_mix": {"1"}, "fetch_level": {"1"},
		"max_id": {"0"}, "count": {"100"},
	}
	return question("statuses/buildComments", ask.With(q, token), func(d crawler.Document) status.Page {
		p := desktop.ReadComments(d)
		for i := range p.Entries {
			place(&p.Entries[i], of.Mid)
		}
		return p
	})
}

// place puts a comment under its post.
func place(e *status.Entry, mid int64) {
	e.Post.RootID, e.Post.URL = status.PostID(mid), status.CommentURL(mid, e.Mid)
	if e.Post.Kind == huiying.KindComment {
		e.Post.ParentID = e.Post.RootID
	}
}

func reposts(e status.Entry, token string) ask.Question {
	q := url.Values{"id": {number(e.Mid)}, "page": {"1"}, "moduleID": {"feed"}, "count": {"10"}}
	return question("statuses/repostTimeline", ask.With(q, token), desktop.ReadReposts)
}
