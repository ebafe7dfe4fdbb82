package discuz_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huiying/crawler"
	"huiying/crawler/forum/discuz"
	"huiying/crawler/surfacetest"
)

func surface(tb testing.TB, name string) crawler.Parse {
	tb.Helper()
	parse := discuz.Surfaces()[name]
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
	return crawler.Document{Body: body, URL: url, FetchedAt: surfacetest.Fetched(), Zone: surfacetest.Zone(), Source: surfacetest.Source}
}

func TestGoldens(t *testing.T) {
	surfacetest.Goldens(t, discuz.Surfaces(), [][3]string{
		{"touch_list.html", "discuz.forum", ""},
		{"touch_list_old.html", "discuz.forum", "http://m.qinghe.example/forum.php?mod=forumdisplay&fid=7"},
		{"desk_list_gbk.html", "discuz.forum", ""},
		{"list.json", "discuz.forum", "https://bbs.qinghe.example/api/mobile/index.php?version=4&module=forumdisplay&fid=7"},
		{"touch_thread.html", "discuz.thread", ""},
		{"desk_thread_gbk.html", "discuz.thread", "http://www.qinghe.example/bbs/thread-96418-1-1.html"},
		{"thread_gbk.json", "discuz.thread", "https://bbs.qinghe.example/api/mobile/index.php?version=4&module=viewthread&tid=309"},
	})
}

// TestAnswers: what stands in place of content is named and gives no posts.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		surface, file string
		want          crawler.Answer
	}{
		{"discuz.forum", "prompt_login_gbk.html", crawler.AnswerLoginWall},
		{"discuz.forum", "prompt_gone_gbk.html", crawler.AnswerDeleted},
		{"discuz.forum", "prompt_level_gbk.html", crawler.AnswerForbidden},
		{"discuz.forum", "prompt_flood_gbk.html", crawler.AnswerRateLimited},
		{"discuz.forum", "touch_prompt.html", crawler.AnswerLoginWall},
		{"discuz.forum", "login_form.html", crawler.AnswerLoginWall},
		{"discuz.forum", "maintenance.html", crawler.AnswerMaintenance},
		{"discuz.forum", "json_login.json", crawler.AnswerLoginWall},
		{"discuz.forum", "json_gone.json", crawler.AnswerDeleted},
		{"discuz.forum", "json_closed.json", crawler.AnswerForbidden},
		{"discuz.thread", "prompt_login_gbk.html", crawler.AnswerLoginWall},
		{"discuz.thread", "prompt_gone_gbk.html", crawler.AnswerDeleted},
		{"discuz.thread", "prompt_level_gbk.html", crawler.AnswerForbidden},
		{"discuz.thread", "prompt_flood_gbk.html", crawler.AnswerRateLimited},
		{"discuz.thread", "touch_prompt.html", crawler.AnswerLoginWall},
		{"discuz.thread", "login_form.html", crawler.AnswerLoginWall},
		{"discuz.thread", "maintenance.html", crawler.AnswerMaintenance},
		{"discuz.thread", "json_login.json", crawler.AnswerLoginWall},
		{"discuz.thread", "json_gone.json", crawler.AnswerDeleted},
		{"discuz.thread", "json_closed.json", crawler.AnswerForbidden},
		{"discuz.forum", "list_empty.html", crawler.AnswerEmpty},
		{"discuz.thread", "list_empty.html", crawler.AnswerMalformed},
		{"discuz.thread", "touch_list.html", crawler.AnswerMalformed},
		{"discuz.forum", "touch_thread.html", crawler.AnswerMalformed},
		{"discuz.thread", "list.json", crawler.AnswerMalformed},
		{"discuz.forum", "thread_gbk.json", crawler.AnswerMalformed},
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

// TestWordsOfWalls: a short thread about a wall is no wall.
func TestWordsOfWalls(t *testing.T) {
	for _, words := range []string{"系统维护到几点？", "请先登录才能看公示，不合理", "访问受限怎么办"} {
		body := `<html><body class="pg_viewthread"><div class="view_tit">` + words + `</div><div class="plc cl" id="pid8"><ul class="authi"><li class="mtit"><span class="y">1<sup>#</sup></span></li></ul><div class="message">` + words + `</div></div></body></html>`
		got, err := surface(t, "discuz.thread")(crawler.Document{Body: []byte(body), URL: "https://bbs.qinghe.example/thread-5-1-1.html", FetchedAt: surfacetest.Fetched(), Zone: surfacetest.Zone()})
		if err != nil || got.Answer != crawler.AnswerOK || len(got.Posts) != 1 || got.Posts[0].Text != words {
			t.Errorf("%s: %+v, %v", words, got, err)
		}
	}
}

// TestOddBytes: nothing that is not an answer of the site is content, and
// nothing makes a parser fail.
func TestOddBytes(t *testing.T) {
	bodies := map[string]string{
		"nothing": "", "spaces": " \n", "a number": "17", "an array": "[]", "cut": `{"Variables":{"forum_threadlist":[`,
		"NUL": "\x00\x00", "invalid UTF-8": "\xff\xfe\xfd", "html": "<html><body>hello</body></html>", "no object": `{"Variables":3}`,
		"deep": strings.Repeat("<div>", 20000), "deep floors": `<div id=pid1><div class=message>` + strings.Repeat("<b>", 20000) + "x",
		"odd fields":    `<div class="l_post" data-field="{'a"></div><li class="j_thread_list" data-field='{"id":{}}'></li>`,
		"an error page": "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>",
	}
	for name := range discuz.Surfaces() {
		for what, body := range bodies {
			got, err := surface(t, name)(crawler.Document{Body: []byte(body), FetchedAt: surfacetest.Fetched(), Zone: surfacetest.Zone()})
			if err != nil {
				t.Fatalf("%s of %s: %v", name, what, err)
			}
			if what != "deep floors" && (got.Answer == crawler.AnswerOK || len(got.Posts) > 0) {
				t.Errorf("%s of %s: answer %s with %d posts", name, what, got.Answer, len(got.Posts))
			}
		}
	}
}

func FuzzParse(f *testing.F) { surfacetest.Fuzz(f, discuz.Surfaces()) }
