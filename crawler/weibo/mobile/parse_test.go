package mobile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/surfacetest"
	"huiying/crawler/weibo/mobile"
)

func surface(tb testing.TB, name string) crawler.Parse {
	tb.Helper()
	parse := mobile.Surfaces()[name]
	if parse == nil {
		tb.Fatalf("no surface %s", name)
	}
	return parse
}

func document(tb testing.TB, file, url string) crawler.Document {
	tb.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return crawler.Document{Body: body, URL: url, FetchedAt: surfacetest.Fetched(), Zone: surfacetest.Zone(), Source: "town-weibo"}
}

func TestGoldens(t *testing.T) {
	const post = "5367253432270859" // the long post of the test pages
	surfacetest.Goldens(t, mobile.Surfaces(), [][3]string{
		{"timeline.json", "weibo.m.timeline", ""},
		{"search.json", "weibo.m.search", ""},
		{"hotflow.json", "weibo.m.hotflow", ""},
		{"hotflow_end.json", "weibo.m.hotflow", "https://m.weibo.cn/comments/hotflow?id=" + post + "&mid=" + post + "&max_id_type=0"},
		{"hotflow_child.json", "weibo.m.hotflow", "https://m.weibo.cn/comments/hotFlowChild?cid=1"},
		{"extend.json", "weibo.m.extend", "https://m.weibo.cn/statuses/extend?id=" + post},
		{"show.json", "weibo.m.show", ""},
		{"show_detail.html", "weibo.m.show", ""},
		{"reposts.json", "weibo.m.reposts", "https://m.weibo.cn/api/statuses/repostTimeline?id=" + post + "&page=1"},
	})
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		surface, file string
		want          crawler.Answer
	}{
		{"weibo.m.timeline", "login_wall.json", crawler.AnswerLoginWall},
		{"weibo.m.search", "login_wall.json", crawler.AnswerLoginWall},
		{"weibo.m.show", "login_wall.json", crawler.AnswerLoginWall},
		{"weibo.m.extend", "login_wall.json", crawler.AnswerLoginWall},
		{"weibo.m.hotflow", "login_wall.json", crawler.AnswerLoginWall},
		{"weibo.m.reposts", "login_wall.json", crawler.AnswerLoginWall},
		{"weibo.m.hotflow", "account_wall.json", crawler.AnswerLoginWall},
		{"weibo.m.timeline", "forbidden.json", crawler.AnswerForbidden},
		{"weibo.m.timeline", "captcha.json", crawler.AnswerBlocked},
		{"weibo.m.timeline", "often.json", crawler.AnswerRateLimited},
		{"weibo.m.timeline", "empty.json", crawler.AnswerEmpty},
		{"weibo.m.timeline", "profile.json", crawler.AnswerMalformed},
		{"weibo.m.hotflow", "hotflow_none.json", crawler.AnswerEmpty},
		{"weibo.m.extend", "extend_whole.json", crawler.AnswerEmpty},
		{"weibo.m.show", "show_deleted.json", crawler.AnswerDeleted},
		{"weibo.m.show", "show_private.json", crawler.AnswerDeleted},
		{"weibo.m.extend", "show_deleted.json", crawler.AnswerDeleted},
		{"weibo.m.show", "timeline.json", crawler.AnswerMalformed},
		{"weibo.m.timeline", "show.json", crawler.AnswerMalformed},
		{"weibo.m.hotflow", "show.json", crawler.AnswerMalformed},
	} {
		t.Run(c.surface+" "+c.file, func(t *testing.T) {
			got, err := surface(t, c.surface)(document(t, filepath.Join("testdata", c.file), ""))
			if err != nil {
				t.Fatal(err)
			}
			if got.Answer != c.want || len(got.Posts) > 0 {
				t.Errorf("answer %s with %d posts, want %s and none", got.Answer, len(got.Posts), c.want)
			}
		})
	}
}

// TestOddBytes: nothing that is not an answer of the site is content, and
// nothing makes a parser fail.
func TestOddBytes(t *testing.T) {
	bodies := map[string]string{
		"nothing": "", "spaces": " \n", "a number": "17", "an array": "[]", "a string": `"ok"`, "cut": `{"ok":1,"data":{"cards":[`,
		"NUL": "\x00\x00", "invalid UTF-8": "{\"ok\":1,\"msg\":\"\xff\xfe\"}", "html": "<html><body>hello</body></html>",
		"data is a number": `{"ok":1,"data":3}`, "cards is a number": `{"ok":1,"data":{"cards":3}}`,
		"no ids": `{"ok":1,"data":{"cards":[{"mblog":{"text":"x"}}]}}`, "deep": strings.Repeat("[", 20000),
		"nested": `{"ok":1,"data":{"cards":` + strings.Repeat(`[{"card_group":`, 3000) + `[]` + strings.Repeat(`}]`, 3000) + `}}`,
		"odd ok": `{"ok":{"a":1},"data":[]}`, "unknown refusal": `{"ok":0,"msg":"十二点"}`,
	}
	for name := range mobile.Surfaces() {
		for what, body := range bodies {
			got, err := surface(t, name)(crawler.Document{Body: []byte(body), FetchedAt: surfacetest.Fetched(), Zone: surfacetest.Zone()})
			if err != nil {
				t.Fatalf("%s of %s: %v", name, what, err)
			}
			if got.Answer == crawler.AnswerOK || len(got.Posts) > 0 {
				t.Errorf("%s of %s: answer %s with %d posts", name, what, got.Answer, len(got.Posts))
			}
		}
	}
}

// TestLooseTypes: one field comes in many types and means the same.
func TestLooseTypes(t *testing.T) {
	const shape = `{"ok":%OK,"data":{"id":%ID,"created_at":"Fri Nov 20 09:00:00 +0800 2026","text":"早","user":%USER,"reposts_count":%N,"isLongText":"0"}}`
	for _, c := range []struct {
		ok, id, user, n string
		reposts         int64
		floor           bool
		author          string
	}{
		{"1", `"5367253432270859"`, `{"id":"77","screen_name":"甲"}`, `7`, 7, false, "77"},
		{`"1"`, `5367253432270859`, `{"id":77,"screen_name":"甲"}`, `"7"`, 7, false, "77"},
		{"1", `5367253432270859`, `{"id":77}`, `"1.2万"`, 12000, false, "77"},
		{"1", `5367253432270859`, `{"id":77}`, `"10万+"`, 100000, true, "77"},
		{"1", `5367253432270859`, `[]`, `null`, 0, false, ""},
		{"1", `5367253432270859`, `"gone"`, `{}`, 0, false, ""},
		{"1", `5367253432270859`, `{"id":77}`, `-3`, 0, false, "77"},
		{"1", `5367253432270859`, `{"id":77}`, `"转发"`, 0, false, "77"},
	} {
		body := strings.NewReplacer("%OK", c.ok, "%ID", c.id, "%USER", c.user, "%N", c.n).Replace(shape)
		got, err := surface(t, "weibo.m.show")(crawler.Document{Body: []byte(body), FetchedAt: surfacetest.Fetched(), Zone: surfacetest.Zone()})
		if err != nil || got.Answer != crawler.AnswerOK || len(got.Posts) != 1 {
			t.Fatalf("%s: %v %v", body, got, err)
		}
		p := got.Posts[0]
		if p.ID != "weibo:5367253432270859" || p.Engagement.Reposts != c.reposts || p.Engagement.AtLeast != c.floor || p.Author.ID != c.author {
			t.Errorf("%s: got %+v", body, p)
		}
	}
}

func TestVerified(t *testing.T) {
	for kind, want := range map[string]string{
		`"verified_type":-1`: "none", `"verified_type":0`: "person", `"verified_type":1`: "government", `"verified_type":"2"`: "enterprise",
		`"verified_type":3`: "media", `"verified_type":4`: "campus", `"verified_type":5`: "enterprise", `"verified_type":6`: "enterprise",
		`"verified_type":7`: "organisation", `"verified_type":200`: "none", `"verified_type":220`: "none",
		`"verified":true`: "person", `"verified":false`: "none",
	} {
		body := `{"ok":1,"data":{"id":"5367253432270859","text":"早","user":{"id":1,` + kind + `}}}`
		got, err := surface(t, "weibo.m.show")(crawler.Document{Body: []byte(body), FetchedAt: surfacetest.Fetched(), Zone: surfacetest.Zone()})
		if err != nil || len(got.Posts) != 1 || got.Posts[0].Author.Verified != want {
			t.Errorf("%s: got %+v, want %s", kind, got.Posts, want)
		}
	}
}

// TestTimeFromMid: a post without a readable time takes it from its mid.
func TestTimeFromMid(t *testing.T) {
	body := `{"ok":1,"data":{"id":"5367253432270859","created_at":"???","text":"早","user":{"id":1}}}`
	got, err := surface(t, "weibo.m.show")(crawler.Document{Body: []byte(body), FetchedAt: surfacetest.Fetched(), Zone: surfacetest.Zone()})
	if err != nil || len(got.Posts) != 1 {
		t.Fatal(got, err)
	}
	p := got.Posts[0]
	if off := p.PublishedAt.Sub(time.Date(2026, 11, 20, 9, 0, 0, 0, surfacetest.Zone())); off.Abs() > 2*time.Second || p.PublishedPrecision != huiying.PrecisionMinute {
		t.Errorf("published %v (%s)", p.PublishedAt.In(surfacetest.Zone()), p.PublishedPrecision)
	}
}

func FuzzParse(f *testing.F) { surfacetest.Fuzz(f, mobile.Surfaces()) }
