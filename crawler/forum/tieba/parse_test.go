package tieba_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/forum/tieba"
)

var update = flag.Bool("update", false, "write the golden files anew")

// office is the zone of the tests.
var office = time.FixedZone("CST", 8*60*60)

// fetched is when the test pages were fetched.
var fetched = time.Date(2026, 11, 20, 10, 0, 0, 0, office)

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
	return crawler.Document{Body: body, URL: url, FetchedAt: fetched, Zone: office, Source: "town-forum"}
}

// golden compares what was parsed with the file kept for it.
func golden(t *testing.T, file string, got crawler.Parsed) {
	t.Helper()
	for i := range got.Posts {
		got.Posts[i] = got.Posts[i].In(office)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(got); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestGoldens(t *testing.T) {
	for _, c := range []struct{ file, surface, url string }{
		{"list.html", "tieba.list", ""},
		{"thread.html", "tieba.thread", ""},
		{"replies.html", "tieba.replies", "https://tieba.baidu.com/p/comment?tid=9100000002&pid=150000000030&pn=1"},
		{"search_gbk.html", "tieba.search", ""},
	} {
		t.Run(c.file, func(t *testing.T) {
			got, err := surface(t, c.surface)(document(t, filepath.Join("testdata", c.file), c.url))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", "golden", c.file+".golden"), got)
		})
	}
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
			got, err := surface(t, name)(crawler.Document{Body: []byte(body), FetchedAt: fetched, Zone: office})
			if err != nil {
				t.Fatalf("%s of %s: %v", name, what, err)
			}
			if what != "deep floors" && (got.Answer == crawler.AnswerOK || len(got.Posts) > 0) {
				t.Errorf("%s of %s: answer %s with %d posts", name, what, got.Answer, len(got.Posts))
			}
		}
	}
}

func FuzzList(f *testing.F)    { fuzzed(f, "tieba.list") }
func FuzzThread(f *testing.F)  { fuzzed(f, "tieba.thread") }
func FuzzReplies(f *testing.F) { fuzzed(f, "tieba.replies") }
func FuzzSearch(f *testing.F)  { fuzzed(f, "tieba.search") }

// fuzzed checks what holds of every answer.
func fuzzed(f *testing.F, name string) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.*"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, "https://tieba.baidu.com/p/9100000002")
	}
	f.Fuzz(func(t *testing.T, body []byte, url string) {
		got, err := surface(t, name)(crawler.Document{Body: body, URL: url, FetchedAt: fetched, Zone: office, Source: "s"})
		if err != nil {
			t.Fatal(err)
		}
		if (len(got.Posts) > 0) != (got.Answer == crawler.AnswerOK) {
			t.Fatalf("%d posts from an answer %s", len(got.Posts), got.Answer)
		}
		seen := map[string]bool{}
		for _, p := range got.Posts {
			if !strings.HasPrefix(p.ID, "forum:") || seen[p.ID] || p.Platform != huiying.PlatformForum {
				t.Fatalf("identity %q", p.ID)
			}
			seen[p.ID] = true
			if e := p.Engagement; e.Comments < 0 || e.Views < 0 {
				t.Fatalf("negative count %+v", e)
			}
			if p.PublishedAt.IsZero() != (p.PublishedPrecision == "") {
				t.Fatalf("time %v (%q)", p.PublishedAt, p.PublishedPrecision)
			}
		}
	})
}
