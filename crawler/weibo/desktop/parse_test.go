package desktop_test

import (
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/surfacetest"
	"huiying/crawler/weibo/desktop"
)

const ajax = "https://weibo.com/ajax/"

func TestGoldens(t *testing.T) {
	surfacetest.Goldens(t, desktop.Surfaces(), [][3]string{
		{"show.json", "weibo.ajax.show", ""},
		{"show_quoting.json", "weibo.ajax.show", ""},
		{"show_gone.json", "weibo.ajax.show", ""},
		{"longtext.json", "weibo.ajax.longtext", ajax + "statuses/longtext?id=RjJzzEiDp"},
		{"longtext_whole.json", "weibo.ajax.longtext", ""},
		{"timeline.json", "weibo.ajax.timeline", ajax + "statuses/mymblog?uid=7100000011&page=1&feature=0"},
		{"waterfall.json", "weibo.ajax.timeline", ajax + "profile/getWaterFallContent?uid=7100000011&cursor=0"},
		{"waterfall_end.json", "weibo.ajax.timeline", ""},
		{"feed.json", "weibo.ajax.timeline", ""},
		{"comments.json", "weibo.ajax.comments", ""},
		{"replies.json", "weibo.ajax.comments", ajax + "statuses/buildComments?is_reload=1&id=5367251133000001&is_mix=1&fetch_level=1&max_id=0"},
		{"reposts.json", "weibo.ajax.reposts", ajax + "statuses/repostTimeline?id=5367248616095751&page=1&moduleID=feed"},
		{"hot.json", "weibo.ajax.hotsearch", ajax + "side/hotSearch"},
	})
}

func TestRefusals(t *testing.T) {
	surfacetest.Refusals(t, desktop.Surfaces(), map[string]crawler.Answer{
		`{"ok":-100,"url":"https://weibo.com/login.php?url=https%3A%2F%2Fweibo.com%2F"}`: crawler.AnswerLoginWall,
		`{"ok":"-100","url":"https://passport.weibo.com/sso/signin"}`:                    crawler.AnswerLoginWall,
		`{"ok":0,"message":"前方有点拥堵，请登录后使用"}`:                                             crawler.AnswerLoginWall,
		`{"error":"Forbidden"}`:                   crawler.AnswerForbidden,
		`{"ok":0,"errno":"20101","msg":"该微博不存在"}`: crawler.AnswerDeleted,
		`{"ok":0,"error_code":20112,"message":"由于作者隐私设置，你没有权限查看此微博"}`: crawler.AnswerDeleted,
		`{"ok":0,"url":"https://weibo.com/checkcode"}`:                crawler.AnswerBlocked,
		`{"ok":0,"msg":"访问频繁，稍后再试"}`:                                  crawler.AnswerRateLimited,
		`{"ok":0,"msg":"还没有人评论","data":[]}`:                           crawler.AnswerEmpty,
		`<html><head><meta charset="gb2312"><title>Sina Visitor System</title></head><body><script src="https://passport.weibo.com/visitor/visitor"></script></body></html>`: crawler.AnswerLoginWall,
		`<html><title>访问受限</title><body><p>抱歉，您的访问受限</p></body></html>`:                                                                                                      crawler.AnswerBlocked,
	})
}

func TestOddBytes(t *testing.T) { surfacetest.Odd(t, desktop.Surfaces()) }

// TestOtherAnswers: an answer of another surface is not an empty one.
func TestOtherAnswers(t *testing.T) {
	for _, c := range []struct{ file, surface string }{
		{"timeline.json", "weibo.ajax.show"}, {"timeline.json", "weibo.ajax.comments"}, {"timeline.json", "weibo.ajax.hotsearch"},
		{"show.json", "weibo.ajax.timeline"}, {"show.json", "weibo.ajax.comments"}, {"show.json", "weibo.ajax.reposts"},
		{"hot.json", "weibo.ajax.timeline"}, {"hot.json", "weibo.ajax.comments"}, {"comments.json", "weibo.ajax.hotsearch"},
		{"comments.json", "weibo.ajax.show"},
	} {
		got := surfacetest.Parse(t, desktop.Surfaces(), c.surface, surfacetest.Document(t, "testdata/"+c.file, ""))
		if got.Answer != crawler.AnswerMalformed || len(got.Posts) > 0 {
			t.Errorf("%s as %s: %s with %d posts", c.file, c.surface, got.Answer, len(got.Posts))
		}
	}
}

// TestLooseTypes: one field comes in many types and means the same.
func TestLooseTypes(t *testing.T) {
	const shape = `{"ok":%OK,"id":%ID,"mblogid":"RjJzzEiDp","created_at":"Fri Nov 20 09:00:00 +0800 2026","text":"x","text_raw":"早","user":%USER,"attitudes_count":%N}`
	for _, c := range []struct {
		ok, id, user, n string
		likes           int64
		floor           bool
		author          string
	}{
		{"1", "5367253432270859", `{"id":77,"idstr":"77"}`, "7", 7, false, "77"},
		{`"1"`, `"5367253432270859"`, `{"idstr":"77"}`, `"37,184,025"`, 37184025, false, "77"},
		{"true", "5367253432270859", `null`, `"2.68亿"`, 268000000, false, ""},
		{"1", "5367253432270859", `[]`, `"10万+"`, 100000, true, ""},
		{"1", "5367253432270859", `""`, `null`, 0, false, ""},
		{"1", "5367253432270859", `{}`, `{"n":1}`, 0, false, ""},
	} {
		body := strings.NewReplacer("%OK", c.ok, "%ID", c.id, "%USER", c.user, "%N", c.n).Replace(shape)
		got := surfacetest.Parse(t, desktop.Surfaces(), "weibo.ajax.show", surfacetest.Body(body, ""))
		if got.Answer != crawler.AnswerOK || len(got.Posts) != 1 {
			t.Fatalf("%s: %+v", body, got)
		}
		p := got.Posts[0]
		if p.ID != "weibo:5367253432270859" || p.Text != "早" || p.Engagement.Likes != c.likes || p.Engagement.AtLeast != c.floor || p.Author.ID != c.author {
			t.Errorf("%s: %+v", body, p)
		}
	}
}

// TestNext: every paging of a timeline ends.
func TestNext(t *testing.T) {
	const post = `{"id":5367253432270859,"text_raw":"早","user":{"id":7}}`
	for _, c := range []struct{ surface, url, body, want string }{
		{"weibo.ajax.timeline", ajax + "statuses/searchProfile?uid=7&page=3", `{"ok":1,"data":{"list":[` + post + `]}}`, "page=4"},
		{"weibo.ajax.timeline", ajax + "statuses/searchProfile?uid=7&page=3", `{"ok":1,"data":{"list":[]}}`, ""},
		{"weibo.ajax.timeline", ajax + "statuses/mymblog?uid=7&page=3", `{"ok":1,"data":{"list":[` + post + `],"since_id":""}}`, ""},
		{"weibo.ajax.timeline", ajax + "profile/getWaterFallContent?uid=7", `{"ok":1,"data":{"list":[` + post + `],"next_cursor":-1}}`, ""},
		{"weibo.ajax.reposts", ajax + "statuses/repostTimeline?id=5&page=2", `{"ok":1,"data":[` + post + `]}`, "page=3"},
		{"weibo.ajax.reposts", ajax + "statuses/repostTimeline?id=5&page=2", `{"ok":1,"data":[` + post + `],"max_page":2}`, ""},
		{"weibo.ajax.reposts", ajax + "statuses/repostTimeline?id=5&page=2", `{"ok":1,"data":[]}`, ""},
		{"weibo.ajax.comments", "", `{"ok":1,"data":[],"max_id":12,"trendsText":"已加载全部评论"}`, "max_id=12"},
		{"weibo.ajax.comments", "", `{"ok":1,"data":[],"max_id":0}`, ""},
	} {
		if got := surfacetest.Parse(t, desktop.Surfaces(), c.surface, surfacetest.Body(c.body, c.url)); got.Next != c.want {
			t.Errorf("%s: next %q, want %q", c.body, got.Next, c.want)
		}
	}
}

// TestHot: one word is one post, however it is marked.
func TestHot(t *testing.T) {
	if desktop.HotID("#路灯#") != desktop.HotID(" 路灯 ") || desktop.HotID("路灯") == desktop.HotID("路") {
		t.Error("ids of hot words")
	}
	got := surfacetest.Parse(t, desktop.Surfaces(), "weibo.ajax.hotsearch", surfacetest.Document(t, "testdata/hot.json", ""))
	if len(got.Posts) != 3 {
		t.Fatalf("%d hot words, want 3: %+v", len(got.Posts), got.Posts)
	}
	p := got.Posts[1]
	if p.Kind != huiying.KindThread || p.Title != "河湾路积水" || !p.PublishedAt.Equal(time.Date(2026, 11, 20, 8, 45, 0, 0, surfacetest.Zone())) {
		t.Errorf("%+v", p)
	}
}

func FuzzParse(f *testing.F) { surfacetest.Fuzz(f, desktop.Surfaces()) }
