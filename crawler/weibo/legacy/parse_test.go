package legacy_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"huiying/crawler"
	"huiying/crawler/surfacetest"
	"huiying/crawler/weibo/legacy"
)

func TestGoldens(t *testing.T) {
	surfacetest.Goldens(t, legacy.Surfaces(), [][3]string{
		{"comments.json", "weibo.legacy.comments", "https://weibo.com/aj/v6/comment/big?ajwvr=6&id=5367245945438215&page=2"},
		{"none.json", "weibo.legacy.comments", ""},
	})
}

func TestRefusals(t *testing.T) {
	surfacetest.Refusals(t, legacy.Surfaces(), map[string]crawler.Answer{
		`{"code":"100002","msg":"","data":"https://weibo.com/login.php"}`: crawler.AnswerLoginWall,
		`{"code":100002,"msg":"请先登录"}`:                                    crawler.AnswerLoginWall,
		`{"code":"100027","msg":"","data":[]}`:                            crawler.AnswerBlocked,
		`{"code":"100001","msg":"该微博不存在","data":[]}`:                      crawler.AnswerDeleted,
		`{"code":"100001","msg":"系统繁忙，请稍后再试","data":[]}`:                  crawler.AnswerRateLimited,
		`{"code":"100001","msg":"","data":[]}`:                            crawler.AnswerForbidden,
		`{"code":"100000","msg":"","data":[]}`:                            crawler.AnswerMalformed,
		`{"code":"100000","msg":"","data":{"html":7}}`:                    crawler.AnswerEmpty,
		`{"ok":-100,"url":"https://passport.weibo.com/"}`:                 crawler.AnswerLoginWall,
		`{"error":"Forbidden"}`:                                           crawler.AnswerForbidden,
		`<html><title>访问受限</title><body>访问受限</body></html>`:               crawler.AnswerBlocked,
	})
}

func TestOddBytes(t *testing.T) { surfacetest.Odd(t, legacy.Surfaces()) }

// TestPostOf: the post is told by the links to other pages, else by the
// address, else not at all.
func TestPostOf(t *testing.T) {
	const one = `<div comment_id=\"5367248399106049\"><div class=\"WB_text\"><a usercard=\"id=7\">甲</a>：早</div></div>`
	const link = `<a action-type=\"feed_list_page\" action-data=\"id=5367245945438215&amp;page=2\">2</a>`
	for _, c := range []struct{ html, url, want string }{
		{one + link, "", "weibo:5367245945438215"},
		{one, "https://weibo.com/aj/v6/comment/big?id=5367245945438216", "weibo:5367245945438216"},
		{one, "", ""},
	} {
		body := `{"code":"100000","data":{"html":"` + c.html + `","count":"1"}}`
		got := surfacetest.Parse(t, legacy.Surfaces(), "weibo.legacy.comments", surfacetest.Body(body, c.url))
		if len(got.Posts) != 1 || got.Posts[0].RootID != c.want || got.Posts[0].ParentID != c.want || got.Posts[0].Text != "早" {
			t.Errorf("%s: %+v", c.html, got)
		}
	}
}

var ids = regexp.MustCompile(`comment_id="(\d+)"`)

func TestSaved(t *testing.T) {
	d := surfacetest.Document(t, surfacetest.Saved(t, "weibo-legacy/ajwvr6_comment_big.json"), "")
	var raw struct {
		Data struct {
			HTML  string `json:"html"`
			Count int64  `json:"count"`
		} `json:"data"`
	}
	if err := json.Unmarshal(d.Body, &raw); err != nil {
		t.Fatal(err)
	}
	got := surfacetest.Parse(t, legacy.Surfaces(), "weibo.legacy.comments", d)
	want := ids.FindAllStringSubmatch(raw.Data.HTML, -1)
	if len(want) == 0 || len(got.Posts) != len(want) || got.Total != raw.Data.Count || got.Next != "page=3" {
		t.Fatalf("%d of %d comments, total %d, next %s", len(got.Posts), len(want), got.Total, got.Next)
	}
	for i, p := range got.Posts {
		if p.ID != "weibo:c"+want[i][1] || p.Text == "" || p.Author.ID == "" || p.Author.Name == "" || strings.HasPrefix(p.Text, p.Author.Name) ||
			strings.HasPrefix(p.Text, "：") || p.ParentID == "" || !strings.Contains(raw.Data.HTML, "usercard=\"id="+p.Author.ID+"\"") {
			t.Errorf("%+v", p)
		}
		if back := surfacetest.Fetched().Sub(p.PublishedAt); back.Minutes() < 10 || back.Minutes() > 15 {
			t.Errorf("%s: written %s before it was fetched", p.ID, back)
		}
	}
}

func FuzzParse(f *testing.F) { surfacetest.Fuzz(f, legacy.Surfaces()) }
