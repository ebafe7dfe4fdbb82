package wap_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/surfacetest"
	"huiying/crawler/text"
	"huiying/crawler/weibo/wap"
)

func TestGoldens(t *testing.T) {
	surfacetest.Goldens(t, wap.Surfaces(), [][3]string{
		{"timeline.html", "weibo.cn.timeline", "https://weibo.cn/7100000011/profile?page=1"},
		{"timeline_none.html", "weibo.cn.timeline", ""},
		{"home.html", "weibo.cn.timeline", "https://weibo.cn/"},
		{"comments.html", "weibo.cn.comments", "https://weibo.cn/comment/Rsdzh9wKL"},
		{"comments_none.html", "weibo.cn.comments", ""},
		{"gone.html", "weibo.cn.comments", ""},
	})
}

func TestRefusals(t *testing.T) {
	surfacetest.Refusals(t, wap.Surfaces(), map[string]crawler.Answer{
		`<html><title>访问受限</title><body><p>抱歉，您的访问受限</p></body></html>`:                                                                       crawler.AnswerBlocked,
		`<html><head><title>微博</title></head><body><script>location.replace("https://passport.weibo.cn/signin/login")</script></body></html>`: crawler.AnswerLoginWall,
		`<html><head><title>微博</title></head><body><div class="me">微博不存在</div></body></html>`:                                                 crawler.AnswerDeleted,
		`<html><head><title>资料</title></head><body><div class="c">昵称:甲</div></body></html>`:                                                   crawler.AnswerMalformed,
		`{"ok":-100,"url":"https://passport.weibo.com/sso/signin"}`:                                                                           crawler.AnswerLoginWall,
	})
}

func TestOddBytes(t *testing.T) { surfacetest.Odd(t, wap.Surfaces()) }

// TestPlaces: behind a time stands a client, or a place the site marks twice.
func TestPlaces(t *testing.T) {
	for said, want := range map[string]string{
		"2026-11-20 09:00:00&nbsp;网页": "", "11月20日 09:00&nbsp;来自青禾手机端": "", "11月20日 09:00&nbsp;来自来自云岭": "云岭",
		"今天 09:00&nbsp;来自发布于 云岭": "云岭", "11月20日 09:00&nbsp;来自青禾手机端 发布于云岭": "云岭", "11月20日 09:00": "",
	} {
		body := `<html><body><div class="c" id="C_5367248399106049"><a href="/u/7">甲</a>:<span class="ctt">早</span>&nbsp;<span class="ct">` + said + `</span></div></body></html>`
		got := surfacetest.Parse(t, wap.Surfaces(), "weibo.cn.comments", surfacetest.Body(body, ""))
		if len(got.Posts) != 1 || got.Posts[0].Region != want || got.Posts[0].PublishedAt.In(surfacetest.Zone()).Format("01-02 15:04") != "11-20 09:00" {
			t.Errorf("%s: %+v", said, got.Posts)
		}
	}
}

var cards = regexp.MustCompile(`class="c" id="M_(\w+)"`)

func TestSavedTimeline(t *testing.T) {
	d := surfacetest.Document(t, surfacetest.Saved(t, "weibo-cn/profile_page1.html"), "")
	d.FetchedAt = time.Date(2020, 6, 19, 0, 47, 0, 0, surfacetest.Zone())
	got := surfacetest.Parse(t, wap.Surfaces(), "weibo.cn.timeline", d)
	listed := cards.FindAllStringSubmatch(string(d.Body), -1)
	at := map[string]huiying.Post{}
	for _, p := range got.Posts {
		at[p.ID] = p
	}
	frames := strings.Count(string(d.Body), "原文评论[")
	if len(listed) == 0 || len(got.Posts) != len(listed)+frames || got.Next != "page=2" {
		t.Fatalf("%d posts of %d cards with %d originals, next %s", len(got.Posts), len(listed), frames, got.Next)
	}
	for _, m := range listed {
		p := at["weibo:"+text.BidToMid(m[1])]
		if p.Text == "" || p.Author.ID == "" || p.Author.Name == "" || p.Author.Verified != "person" || p.PublishedAt.Year() != 2020 ||
			!strings.HasSuffix(p.URL, "/"+p.Author.ID+"/"+m[1]) || p.Truncated || strings.Contains(p.Text, "组图共") {
			t.Errorf("%s: %+v", m[1], p)
		}
		if p.Kind == huiying.KindRepost && at[p.ParentID].Text == "" {
			t.Errorf("%s quotes nothing", p.ID)
		}
	}
}

func TestSavedComments(t *testing.T) {
	d := surfacetest.Document(t, surfacetest.Saved(t, "weibo-cn/comment_page.html"), "")
	got := surfacetest.Parse(t, wap.Surfaces(), "weibo.cn.comments", d)
	comments := strings.Count(string(d.Body), `id="C_`)
	if comments == 0 || len(got.Posts) != comments+2 || got.Next != "page=2" {
		t.Fatalf("%d posts, %d comments, next %s", len(got.Posts), comments, got.Next)
	}
	post := got.Posts[1]
	if post.Kind != huiying.KindRepost || post.ParentID != got.Posts[0].ID || post.Engagement.Comments != 1_000_000 || !post.Engagement.AtLeast {
		t.Errorf("%+v", post)
	}
	places := 0
	for _, p := range got.Posts[2:] {
		if p.Kind != huiying.KindComment || p.RootID != post.ID || p.Author.ID == "" || p.Text == "" || strings.Contains(p.Region, "来自") {
			t.Errorf("%+v", p)
		}
		if p.Region != "" {
			places++
		}
	}
	if want := strings.Count(string(d.Body), "来自来自"); places != want {
		t.Errorf("%d places, want %d", places, want)
	}
}

func TestSavedRefusals(t *testing.T) {
	for file, want := range map[string]crawler.Answer{
		"weibo-cn/user_info.html": crawler.AnswerMalformed, "weibo-antibot/access_denied.html": crawler.AnswerBlocked,
		"weibo-antibot/account_blocked_gbk.html": crawler.AnswerBlocked,
	} {
		for name := range wap.Surfaces() {
			got := surfacetest.Parse(t, wap.Surfaces(), name, surfacetest.Document(t, surfacetest.Saved(t, file), ""))
			if got.Answer != want || len(got.Posts) > 0 {
				t.Errorf("%s as %s: %s", file, name, got.Answer)
			}
		}
	}
}

func FuzzParse(f *testing.F) { surfacetest.Fuzz(f, wap.Surfaces()) }
