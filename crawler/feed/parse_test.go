package feed_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/feed"
	"huiying/crawler/surfacetest"
)

func document(body []byte) crawler.Document {
	return crawler.Document{Body: body, FetchedAt: surfacetest.Fetched(), Zone: surfacetest.Zone(), Source: surfacetest.Source}
}

func read(tb testing.TB, name string) []byte {
	tb.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return body
}

func parse(tb testing.TB, d crawler.Document) crawler.Parsed {
	tb.Helper()
	got, err := feed.Parse(d)
	if err != nil {
		tb.Fatal(err)
	}
	return got
}

// TestCharsets: the same feed says the same in every charset, whatever its
// prolog declares.
func TestCharsets(t *testing.T) {
	gbk := read(t, "gbk_rss.xml")
	whole, name := crawler.Decode(gbk, "")
	if name != "gb18030" {
		t.Fatalf("the feed is %s", name)
	}
	want := parse(t, document(gbk))
	for _, body := range [][]byte{
		whole,
		append([]byte("\xef\xbb\xbf"), whole...),
		bytes.Replace(gbk, []byte("gb2312"), []byte("UTF-8"), 1),
		bytes.Replace(whole, []byte(` encoding="gb2312"`), nil, 1),
	} {
		if diff := cmp.Diff(want, parse(t, document(body))); diff != "" {
			t.Error(diff)
		}
	}
}

func TestTimes(t *testing.T) {
	for in, want := range map[string]string{
		"Wed, 28 Dec 2005 16:00:00 GMT":       "2005-12-29T00:00:00+08:00 second",
		"Wed, 28 Dec 2005 16:00:00 +0800":     "2005-12-28T16:00:00+08:00 second",
		"28 Dec 05 16:00 EST":                 "2005-12-29T05:00:00+08:00 minute",
		"Wednesday, 28-Dec-2005 16:00:00 CST": "2005-12-28T16:00:00+08:00 second",
		"星期三, 28 十二月 2005 16:00:00 +0800":     "2005-12-28T16:00:00+08:00 second",
		"28 Dec 2005":                         "2005-12-28T00:00:00+08:00 day",
		"2005-5-28 16:05:36":                  "2005-05-28T16:05:36+08:00 second",
		"2026-11-18T12:00Z":                   "2026-11-18T20:00:00+08:00 minute",
		"2026-11-18T12:00:01.25+09:00":        "2026-11-18T11:00:01+08:00 second",
		"2026-11-18 12:00:00 GMT+8":           "2026-11-18T12:00:00+08:00 second",
		"2026-11-18":                          "2026-11-18T00:00:00+08:00 day",
		"2026年11月18日 9:30":                    "2026-11-18T09:30:00+08:00 minute",
		"1795190400":                          "2026-11-21T00:00:00+08:00 second",
		"2026-02-30":                          "",
		"Wed, 31 Feb 2026 10:00:00 GMT":       "",
		"soon":                                "",
	} {
		body := `<rss version="2.0"><channel><title>t</title><item><title>x</title><link>http://a.example/1</link><pubDate>` + in + `</pubDate></item></channel></rss>`
		p := parse(t, document([]byte(body))).Posts[0]
		got := ""
		if p.PublishedPrecision != "" {
			got = p.PublishedAt.Format(time.RFC3339) + " " + p.PublishedPrecision
		} else if !p.PublishedAt.IsZero() {
			got = "a time without a precision"
		}
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestAnswers: what is no feed is named.
func TestAnswers(t *testing.T) {
	for body, want := range map[string]crawler.Answer{
		"": crawler.AnswerMalformed,
		`<html><body><p>一个普通的页面，没有订阅源。</p></body></html>`:                   crawler.AnswerMalformed,
		`<html><head><title>访问受限</title></head><body>访问受限</body></html>`:    crawler.AnswerBlocked,
		`{"ok":-100,"url":"https://passport.weibo.com/"}`:                   crawler.AnswerLoginWall,
		`<rss version="2.0"><channel><title>空</title></channel></rss>`:      crawler.AnswerEmpty,
		`<feed xmlns="http://www.w3.org/2005/Atom"><title>空</title></feed>`: crawler.AnswerEmpty,
		`<rss version="2.0"><channel><title>断`:                              crawler.AnswerMalformed,
	} {
		if got := parse(t, document([]byte(body))); got.Answer != want || len(got.Posts) > 0 {
			t.Errorf("%q: %s with %d posts, want %s", body, got.Answer, len(got.Posts), want)
		}
	}
}

// TestIdentity: the id is the site's, whichever way the entry came.
func TestIdentity(t *testing.T) {
	item := func(inner string) string {
		return `<rss version="2.0"><channel><title>t</title><link>http://bridge.example/</link>` + inner + `</channel></rss>`
	}
	id := func(inner string) []string {
		var out []string
		for _, p := range parse(t, document([]byte(item(inner)))).Posts {
			out = append(out, p.ID)
		}
		return out
	}
	one := id(`<item><title>x</title><link>HTTP://A.example:80/1</link></item>`)
	if other := id(`<item><title>y</title><link>http://a.example/1</link><guid>http://a.example/1</guid></item>`); !slices.Equal(one, other) || !strings.HasPrefix(one[0], "feed:a.example/a") || len(one[0]) != len("feed:a.example/a")+64 {
		t.Errorf("%v and %v", one, other)
	}
	if got := id(`<item><title>x</title><link>http://a.example/1</link><guid>n-77</guid></item>`); got[0] != "feed:a.example/an-77" {
		t.Errorf("%v", got)
	}
	if got := id(`<item><title>x</title><link>http://a.example/m#1</link></item><item><title>x</title><link>http://a.example/m#2</link></item>`); got[0] == got[1] {
		t.Errorf("anchors are one: %v", got)
	}
	same := id(`<item><title>x</title><link>http://a.example/1</link><guid>0</guid></item><item><title>y</title><link>http://a.example/2</link><guid>0</guid></item>`)
	if len(same) != 2 || same[0] != one[0] {
		t.Errorf("an id of all entries: %v", same)
	}
	d := document([]byte(item(`<item><title>x</title><link>http://a.example/1</link></item>`)))
	d.Profile = huiying.PlatformWechat
	if p := parse(t, d).Posts[0]; p.Platform != "wechat" || !strings.HasPrefix(p.ID, "wechat:a.example/") {
		t.Errorf("%+v", p)
	}
	d.Profile = "nowhere"
	if _, err := feed.Parse(d); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("%v", err)
	}
}

func TestGoldens(t *testing.T) {
	const bridge = "https://bridge.linhe.example/feed"
	surfacetest.Goldens(t, feed.Kind().Surfaces, [][3]string{
		{"gbk_rss.xml", "feed", bridge}, {"atom.xml", "feed", bridge}, {"feed.json", "feed", bridge},
		{"rdf.xml", "feed", bridge}, {"broken.xml", "feed", bridge},
	})
}

func FuzzParse(f *testing.F) {
	surfacetest.Fuzz(f, feed.Kind().Surfaces, `<rss><channel><item><title>&#x110000;&bogus;<![CDATA[`)
}

// TestSavedFeeds reads real feeds: as many entries as the bytes hold, each with
// its words.
func TestSavedFeeds(t *testing.T) {
	for _, c := range []struct {
		file           string
		entries        int
		timed, bylined bool
	}{
		{"feeds-gbk/cnblog.org.xml", 16, false, false}, {"feeds-gbk/jjgod.3322.org.xml", 10, true, true}, {"feeds-gbk/softsea.net.xml", 100, true, false},
		{"feeds-gbk/w3cn.org.xml", 20, true, true}, {"feeds-utf8/ruanyifeng_atom.xml", 3, true, true},
	} {
		t.Run(c.file, func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "fixtures", c.file))
			if err != nil {
				t.Skipf("skipped: %s is not here; real feeds are kept outside the repository", c.file)
			}
			got := parse(t, document(body))
			if got.Answer != crawler.AnswerOK || len(got.Posts) != c.entries {
				t.Fatalf("%s, %d entries", got.Answer, len(got.Posts))
			}
			for _, p := range got.Posts {
				if p.Title+p.Text == "" || p.URL == "" || strings.ContainsRune(p.Title+p.Text, '\uFFFD') || strings.Contains(p.Text, "<a ") {
					t.Errorf("%+v", p)
				}
				if p.PublishedAt.IsZero() == c.timed || (p.Author.Name == "") == c.bylined {
					t.Errorf("time or author: %+v", p)
				}
			}
		})
	}
}
