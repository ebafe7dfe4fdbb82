// Package markup opens the HTML that Weibo shows to browsers: it tells a page
// from a wall, and gives the words of a piece of it as a person reads them.
// What a page holds is read by the packages beside it; nothing here follows a
// link or runs a script.
package markup

import (
	"bytes"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"huiying/crawler"
	"huiying/crawler/text"
)

// Open parses a document as HTML, whatever its charset says. The answer is
// AnswerOK for a page that may hold content, else what stands in its place;
// the document is then nil.
func Open(d crawler.Document) (*goquery.Document, crawler.Answer) {
	if answer, _ := crawler.Classify(200, d.URL, nil, d.Body); !answer.Answered() || answer == crawler.AnswerDeleted {
		return nil, answer
	}
	body := d.Text()
	body = bytes.TrimSpace(body)
	if len(body) == 0 || !bytes.ContainsRune(body, '<') || body[0] == '{' || body[0] == '[' {
		return nil, crawler.AnswerMalformed
	}
	return Fragment(string(body))
}

// Fragment parses a piece of HTML that came inside of something else.
func Fragment(html string) (*goquery.Document, crawler.Answer) {
	if deep(html) {
		return nil, crawler.AnswerMalformed
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html))
	if err != nil {
		return nil, crawler.AnswerMalformed
	}
	return doc, crawler.AnswerOK
}

// Bounds of a page that is read: the parser's time grows with the square of
// how deep tags stand in tags, and the pages of this site stay under 60.
const (
	maxDepth = 500
	maxBytes = 16 << 20
)

var tags = regexp.MustCompile(`</?(?:div|p|span|a|ul|li|dl|dd|table|b|i|em|font|svg)\b`)

// deep reports whether a page is too large or nests deeper than a page does.
func deep(html string) bool {
	if len(html) > maxBytes {
		return true
	}
	depth := 0
	for _, at := range tags.FindAllStringIndex(html, -1) {
		if html[at[0]+1] == '/' {
			depth = max(depth-1, 0)
			continue
		}
		if depth++; depth > maxDepth {
			return true
		}
	}
	return false
}

var breaks = strings.NewReplacer("\r", " ", "\n", " ", "\t", " ")

// Words is the text of a selection as a person reads it: line breaks only
// where the page breaks lines, emoticons by name, letters that draw icons left
// out.
func Words(s *goquery.Selection) string {
	s = s.Clone()
	s.Find("i.W_ficon, i.W_icon, i.W_vline, i.wbicon, script, style").Remove()
	html, err := s.Html()
	if err != nil {
		return ""
	}
	return text.Plain("<span>" + breaks.Replace(html) + "</span>")
}

// Label is the text of a selection on one line, as a count or a time stands in
// it.
func Label(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

// Last is the last segment of an address's path, "" when it has none.
func Last(href string) string {
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil {
		return ""
	}
	if last := path.Base(u.Path); last != "." && last != "/" {
		return last
	}
	return ""
}

// Query is a value of an address's query, or of action-data and usercard,
// which are written as one. The site leaves ampersands and percent signs in
// them as they come.
func Query(s, key string) string {
	if _, q, found := strings.Cut(s, "?"); found {
		s = q
	}
	for pair := range strings.SplitSeq(s, "&") {
		k, v, _ := strings.Cut(strings.TrimPrefix(pair, "amp;"), "=")
		if k != key {
			continue
		}
		v, _, _ = strings.Cut(v, "#")
		if plain, err := url.QueryUnescape(v); err == nil {
			return plain
		}
		return v
	}
	return ""
}
