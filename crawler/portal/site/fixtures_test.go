package site_test

import (
	"html"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/surfacetest"
)

func TestSavedLetters(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(surfacetest.Saved(t, "gov-letters"), "*.html"))
	if err != nil || len(files) != 6 {
		t.Fatal(files, err)
	}
	answers := 0
	for _, file := range files {
		got, err := surface(t, "portal.letter")(document(t, file, ""))
		if err != nil || got.Answer != crawler.AnswerOK || len(got.Posts) != 1 {
			t.Fatalf("%s: %+v %v", file, got, err)
		}
		p := got.Posts[0]
		if !strings.HasPrefix(p.ID, "portal:www.beijing.gov.cn/lAH2") || p.Title == "" || p.Text == "" || p.Author.Name == "" || p.PublishedAt.IsZero() || p.URL == "" {
			t.Errorf("%s: %+v", file, p)
		}
		if p.PublishedPrecision != huiying.PrecisionDay || p.Kind != huiying.KindLetter {
			t.Errorf("%s: %+v", file, p)
		}
		for _, a := range p.Answers {
			answers++
			if a.Org == "" || a.Text == "" || a.At.Before(p.PublishedAt) || strings.ContainsAny(a.Text, "<>") {
				t.Errorf("%s: answer %+v", file, a)
			}
		}
	}
	if answers != 7 {
		t.Errorf("%d answers, want 7", answers)
	}
}

// TestSavedArticles: the whole text of an article and nothing around it. from
// and to are the marks of the page's own templates around the text.
func TestSavedArticles(t *testing.T) {
	for _, c := range []struct{ file, from, to string }{
		{"fzggw_zj_gov_cn_article.html", `<meta name="ContentStart">`, `<meta name="ContentEnd">`},
		{"shanxi_gov_cn_article.html", `<div class="TRS_Editor">`, `<!-- /Main text -->`},
	} {
		d := document(t, filepath.Join(surfacetest.Saved(t, "gov-portal"), c.file), "")
		got, err := surface(t, "portal.article")(d)
		if err != nil || got.Answer != crawler.AnswerOK || len(got.Posts) != 1 {
			t.Fatalf("%s: %+v %v", c.file, got, err)
		}
		p, page := got.Posts[0], string(d.Body)
		_, rest, _ := strings.Cut(page, c.from)
		body, _, found := strings.Cut(rest, c.to)
		if want := squeeze(tags.ReplaceAllString(html.UnescapeString(body), "")); !found || squeeze(p.Text) != want {
			t.Errorf("%s: text %q, want %q", c.file, p.Text, want)
		}
		if at := p.PublishedAt.In(surfacetest.Zone()).Format("2006-01-02 15:04"); at != metaOf(page, "PubDate") || p.PublishedPrecision != huiying.PrecisionMinute {
			t.Errorf("%s: published %s (%s)", c.file, at, p.PublishedPrecision)
		}
		if p.Title == "" || p.Title != metaOf(page, "ArticleTitle") || p.Author.Name != metaOf(page, "ContentSource") {
			t.Errorf("%s: %+v", c.file, p)
		}
		host, _, _ := strings.Cut(metaOf(page, "SiteDomain"), ",")
		if id, ok := strings.CutPrefix(p.ID, "portal:"+host+"/a"); !ok || len(id) > 10 {
			t.Errorf("%s: id %s", c.file, p.ID)
		}
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

func squeeze(s string) string { return strings.Join(strings.FieldsFunc(s, unicode.IsSpace), "") }

func metaOf(page, name string) string {
	m := regexp.MustCompile(`(?i)<meta name="` + name + `" content="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return m[1]
}

func TestSavedRefusals(t *testing.T) {
	for _, file := range []string{"access_denied.html", "account_blocked_gbk.html"} {
		for _, name := range []string{"portal.letter", "portal.article", "portal.list"} {
			got, err := surface(t, name)(document(t, filepath.Join(surfacetest.Saved(t, "weibo-antibot"), file), ""))
			if err != nil || got.Answer != crawler.AnswerBlocked || len(got.Posts) > 0 {
				t.Errorf("%s as %s: %s with %d posts (%v)", file, name, got.Answer, len(got.Posts), err)
			}
		}
	}
}
