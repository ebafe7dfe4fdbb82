package site_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/portal"
	"huiying/crawler/surfacetest"
)

func surface(tb testing.TB, name string) crawler.Parse {
	tb.Helper()
	parse := portal.Kind(nil).Surfaces[name]
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

const letters = "https://www.beijing.gov.cn/hudong/hdjl/"

func TestGoldens(t *testing.T) {
	surfacetest.Goldens(t, portal.Kind(nil).Surfaces, [][3]string{
		{"letter_open.html", "portal.letter", ""},
		{"letter_one.html", "portal.letter", ""},
		{"letter_two.html", "portal.letter", letters + "com.web.suggest.suggesDetail.flow?originalId=AH26111000003"},
		{"letter_gbk.html", "portal.letter", letters + "com.web.complain.complainDetail.flow?originalId=AH26111500009"},
		{"letters.js", "portal.list", ""},
		{"article_meta.html", "portal.article", ""},
		{"article_bare.html", "portal.article", "http://news.hewan.example/a/2026/1117/content_55667.html"},
	})
}

// town is a site description as an surfacetest.Zone() would write it.
const town = `
name: town-news
label: 临河镇要闻
site: https://www.linhe.gov.example
kind: article
list:
  url: /xw/index_{page}.html
  first_url: /xw/index.html
  first: 0
  item: ul.news li
  date: {select: span, match: '\d{4}-\d{2}-\d{2}'}
  next: a.next
`

func TestHTMLList(t *testing.T) {
	surfacetest.Goldens(t, portal.Surfaces(profile(t, town)), [][3]string{
		{"list.html", "portal.list", "https://www.linhe.gov.example/xw/index.html"},
	})
}

// TestHTMLListWithoutSelectors: a list that nobody described is read by its
// shape.
func TestHTMLListWithoutSelectors(t *testing.T) {
	got, err := surface(t, "portal.list")(document(t, filepath.Join("testdata", "list.html"), "https://www.linhe.gov.example/xw/index.html"))
	if err != nil || got.Answer != crawler.AnswerOK || len(got.Posts) != 3 {
		t.Fatalf("%+v %v", got, err)
	}
	p := got.Posts[1]
	if p.Title != "大桥今早单向通行" || p.URL != "https://www.linhe.gov.example/xw/202611/t20261118_700122.shtml" || p.PublishedAt.In(surfacetest.Zone()).Day() != 18 {
		t.Errorf("%+v", p)
	}
}

func profile(tb testing.TB, yaml string) portal.Profile {
	tb.Helper()
	p, err := portal.ParseProfile([]byte(yaml))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		surface, body string
		want          crawler.Answer
	}{
		{"portal.letter", read(t, "letter_gone.html"), crawler.AnswerDeleted},
		{"portal.article", read(t, "maintenance.html"), crawler.AnswerMaintenance},
		{"portal.letter", read(t, "maintenance.html"), crawler.AnswerMaintenance},
		{"portal.letter", "<html><body><p>hello</p></body></html>", crawler.AnswerMalformed},
		{"portal.letter", "", crawler.AnswerMalformed},
		{"portal.list", "{page:{pageNo:1,totalPages:0},result:[]}", crawler.AnswerEmpty},
		{"portal.list", "{page:{pageNo:1", crawler.AnswerMalformed},
		{"portal.list", "{page:{}}", crawler.AnswerMalformed},
		{"portal.list", "\x00\xff", crawler.AnswerMalformed},
	} {
		got, err := surface(t, c.surface)(crawler.Document{Body: []byte(c.body), FetchedAt: surfacetest.Fetched(), Zone: surfacetest.Zone()})
		if err != nil || got.Answer != c.want || len(got.Posts) > 0 {
			t.Errorf("%s of %.40q: %s with %d posts (%v), want %s", c.surface, c.body, got.Answer, len(got.Posts), err, c.want)
		}
	}
}

func read(tb testing.TB, name string) string {
	tb.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return string(body)
}

// TestLetterIdentity: the site's number, else the address, else the bytes.
func TestLetterIdentity(t *testing.T) {
	body := read(t, "letter_two.html")
	id := func(url, body string) string {
		got, err := surface(t, "portal.letter")(crawler.Document{Body: []byte(body), URL: url, FetchedAt: surfacetest.Fetched(), Zone: surfacetest.Zone()})
		if err != nil || len(got.Posts) != 1 {
			t.Fatal(got, err)
		}
		return got.Posts[0].ID
	}
	if got := id(letters+"x.flow?originalId=AH1", body); got != "portal:www.beijing.gov.cn/lAH1" {
		t.Error(got)
	}
	if got := id("", "<url>"+letters+"x.flow?originalId=AH2</url>\n"+body); got != "portal:www.beijing.gov.cn/lAH2" {
		t.Error(got)
	}
	byURL, other := id("HTTPS://WWW.Beijing.gov.cn:443/a.html#top", body), id("https://www.beijing.gov.cn/a.html", body+" ")
	if byURL != other || len(byURL) != len("portal:www.beijing.gov.cn/l")+64 {
		t.Error(byURL, other)
	}
	bytes1, bytes2 := id("", body), id("", body+" ")
	if bytes1 == bytes2 || !strings.HasPrefix(bytes1, "portal:www.beijing.gov.cn/l") {
		t.Error(bytes1, bytes2)
	}
}

func TestUnknownProfile(t *testing.T) {
	d := document(t, filepath.Join("testdata", "list.html"), "")
	d.Profile = "nowhere"
	if _, err := surface(t, "portal.list")(d); huiying.ErrorCode(err) != huiying.NotFound {
		t.Error(err)
	}
	d.Profile = "town-news"
	d.URL = "https://www.linhe.gov.example/xw/index.html"
	kind := portal.Kind(map[string]portal.Profile{"town-news": profile(t, town)})
	if got, err := kind.Surfaces["portal.list"](d); err != nil || len(got.Posts) != 3 || got.Posts[0].Kind != huiying.KindArticle {
		t.Error(got, err)
	}
}

func FuzzParse(f *testing.F) {
	surfacetest.Fuzz(f, portal.Kind(nil).Surfaces, `callback({result:[{originalId:1,letterTypeName:'咨询',}]})`)
}

func FuzzParseProfile(f *testing.F) {
	f.Add([]byte(town))
	f.Add([]byte("name: x\nkind: letter\nlist: {next: {select: 'a['}}"))
	f.Add([]byte("- 1"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := portal.ParseProfile(raw); err != nil && huiying.ErrorCode(err) == "" {
			t.Fatal(err)
		}
	})
}
