package page

import (
	"regexp"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// Meta holds the standard tags of government sites by name in lower case:
// sites differ in case, repeat tags and leave some empty. The first value
// that says something counts.
type Meta map[string][]string

// ReadMeta reads the tags of a page.
func ReadMeta(doc *goquery.Document) Meta {
	m := Meta{}
	doc.Find("meta[name]").Each(func(_ int, s *goquery.Selection) {
		name := strings.ToLower(strings.TrimSpace(s.AttrOr("name", "")))
		if value := Tidy(s.AttrOr("content", "")); value != "" {
			m[name] = append(m[name], value)
		}
	})
	return m
}

// First is the first value of a tag that says something, "" without one. name
// is in lower case.
func (m Meta) First(name string) string {
	if len(m[name]) == 0 {
		return ""
	}
	return m[name][0]
}

// Byline is the tag of the author, which some systems fill with a number.
func (m Meta) Byline() string {
	if strings.Trim(m.First("author"), "0123456789") == "" {
		return ""
	}
	return m.First("author")
}

// Host is the site's own domain; sites with several name the first first.
func (m Meta) Host() string {
	for _, domain := range strings.FieldsFunc(m.First("sitedomain"), func(r rune) bool {
		return r == ',' || r == ';' || r == '，' || r == '；' || r == '、' || r == ' '
	}) {
		domain = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(domain, "https://"), "http://"), "/")
		if strings.Contains(domain, ".") && !strings.ContainsAny(domain, "/@") {
			return strings.ToLower(domain)
		}
	}
	return ""
}

var (
	originMark = regexp.MustCompile(`(?:信息来源|文章来源|稿件来源|来源|发布机构)\s*[:：]\s*([^\s|:：]{2,40})`)
	stampMark  = regexp.MustCompile(`(?:发布时间|发布日期|发文日期|发表时间|成文日期|时间|日期)\s*[:：]\s*(` + stampForm + `)`)
	stampBare  = regexp.MustCompile(stampForm)
)

const stampForm = `(?:19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:\s*\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?`

// Origin is the source a page's own text names (来源：…).
func Origin(doc *goquery.Document) string {
	if m := originMark.FindStringSubmatch(Plain(doc.Find("body"), Flow)); m != nil {
		return m[1]
	}
	return ""
}

// Stamp is the time a page's own text gives: the one with a word before it,
// else the first date.
func Stamp(doc *goquery.Document) string {
	shown := Plain(doc.Find("body"), Flow)
	if m := stampMark.FindStringSubmatch(shown); m != nil {
		return m[1]
	}
	return stampBare.FindString(shown)
}

// Headline is the title of a page without meta tags: its only h1, else the
// heading that the page's title begins with, else the title up to the site's
// name.
func Headline(doc *goquery.Document) string {
	title := Tidy(doc.Find("head title, title").First().Text())
	var heads []string
	doc.Find("h1, h2, h3, .title, #title").Each(func(_ int, s *goquery.Selection) {
		if h := strings.ReplaceAll(Plain(s, Flow), "\n", " "); h != "" && len(h) < 600 {
			heads = append(heads, h)
		}
	})
	for _, h := range heads {
		if strings.HasPrefix(title, h) {
			return h
		}
	}
	if h1 := doc.Find("h1"); h1.Length() == 1 && title == "" {
		return strings.ReplaceAll(Plain(h1, Flow), "\n", " ")
	}
	return beforeSite(title)
}

// beforeSite cuts the names of column and site off a page's title.
func beforeSite(title string) string {
	for _, mark := range []string{"_", " - ", "|", "—", "--", "-"} {
		if head, _, found := strings.Cut(title, mark); found && len([]rune(strings.TrimSpace(head))) >= 4 {
			return strings.TrimSpace(head)
		}
	}
	return title
}
