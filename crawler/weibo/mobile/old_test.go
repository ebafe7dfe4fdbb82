package mobile_test

import (
	"testing"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/weibo/mobile"
)

// TestOldComments: comments by time are turned by page, until the last that the
// site names.
func TestOldComments(t *testing.T) {
	const body = `{"ok":1,"data":{"data":[
{"id":5367256619900010,"created_at":"Fri Nov 20 09:12:00 +0800 2026","source":"来自宁夏","text":"路灯<br />还没修","like_counts":3,"user":{"id":71,"screen_name":"某"}},
{"id":5367256619900011,"created_at":"11-19","source":"来自iPhone","text":"同问","user":null}],"total_number":12,"max":2}}`
	d := crawler.Document{Body: []byte(body), URL: "https://m.weibo.cn/api/comments/show?id=5367253432270859&page=1", Source: "x"}
	got := mobile.ReadOldComments(d)
	if got.Answer != crawler.AnswerOK || len(got.Entries) != 2 || got.Next != "page=2" || got.Total != 12 {
		t.Fatalf("%+v", got)
	}
	p := got.Entries[0].Post
	if p.ID != "weibo:c5367256619900010" || p.Kind != huiying.KindComment || p.RootID != "weibo:5367253432270859" || p.Region != "宁夏" ||
		p.Engagement.Likes != 3 || p.Text != "路灯\n还没修" {
		t.Errorf("%+v", p)
	}
	d.URL = "https://m.weibo.cn/api/comments/show?id=5367253432270859&page=2"
	if got := mobile.ReadOldComments(d); got.Next != "" {
		t.Errorf("after the last page comes %s", got.Next)
	}
	d.Body = []byte(`{"ok":-100,"url":"https://passport.weibo.com/sso/signin"}`)
	if got := mobile.ReadOldComments(d); got.Answer != crawler.AnswerLoginWall {
		t.Errorf("%+v", got)
	}
}

func FuzzOldComments(f *testing.F) {
	for _, s := range []string{`{"ok":1,"data":{"data":[{"id":1,"text":"a"}],"max":3}}`, `{"ok":1,"data":[]}`, `{"ok":0,"msg":"还没有人评论"}`, "{", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got := mobile.ReadOldComments(crawler.Document{Body: body, URL: "https://m.weibo.cn/api/comments/show?id=1&page=1"})
		if got.Answer == "" || (got.Answer != crawler.AnswerOK && len(got.Entries) > 0) {
			t.Errorf("%+v", got)
		}
	})
}
