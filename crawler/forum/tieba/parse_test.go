package tieba_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huiying/crawler"
	"huiying/crawler/forum/tieba"
	"huiying/crawler/surfacetest"
)

func surface(tb testing.TB, name string) crawler.Parse {
	tb.Helper()
	parse := tieba.Surfaces()[name]
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
	surfacetest.Goldens(t, tieba.Surfaces(), [][3]string{
		{"list.html", "tieba.list", ""},
		{"thread.html", "tieba.thread", ""},
		{"replies.html", "tieba.replies", "https://tieba.baidu.com/p/comment?tid=9100000002&pid=150000000030&pn=1"},
		{"search_gbk.html", "tieba.search", ""},
	})
}

// TestAnswers: what stands in place of content is named and gives no posts.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		surface, file string
		want          crawler.Answer
	}{
		{"tieba.list", "verify.html", crawler.AnswerBlocked},
		{"tieba.list", "gone.html", crawler.AnswerDeleted},
		{"tieba.list", "closed.html", crawler.AnswerForbidden},
		{"tieba.thread", "verify.html", crawler.AnswerBlocked},
		{"tieba.thread", "gone.html", crawler.AnswerDeleted},
		{"tieba.thread", "closed.html", crawler.AnswerForbidden},
		{"tieba.replies", "verify.html", crawler.AnswerBlocked},
		{"tieba.replies", "gone.html", crawler.AnswerDeleted},
		{"tieba.replies", "closed.html", crawler.AnswerForbidden},
		{"tieba.search", "verify.html", crawler.AnswerBlocked},
		{"tieba.search", "gone.html", crawler.AnswerDeleted},
		{"tieba.search", "closed.html", crawler.AnswerForbidden},
		{"tieba.list", "list_none.html", crawler.AnswerEmpty},
		{"tieba.replies", "replies_none.html", crawler.AnswerEmpty},
		{"tieba.search", "search_none.html", crawler.AnswerEmpty},
		{"tieba.thread", "list.html", crawler.AnswerMalformed},
		{"tieba.list", "thread.html", crawler.AnswerMalformed},
		{"tieba.search", "list.html", crawler.AnswerMalformed},
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
		"nothing": "", "spaces": " \n", "a number": "17", "an array": "[]", "cut": `{"Variables":{"forum_threadlist":[`,
		"NUL": "\x00\x00", "invalid UTF-8": "\xff\xfe\xfd", "html": "<html><body>hello</body></html>", "no object": `{"Variables":3}`,
		"deep": strings.Repeat("<div>", 20000), "deep floors": `<div id=pid1><div class=message>` + strings.Repeat("<b>", 20000) + "x",
		"odd fields":    `<div class="l_post" data-field="{'a"></div><li class="j_thread_list" data-field='{"id":{}}'></li>`,
		"an error page": "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>",
	}
	for name := range tieba.Surfaces() {
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

func FuzzParse(f *testing.F) { surfacetest.Fuzz(f, tieba.Surfaces()) }
