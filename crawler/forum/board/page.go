package board

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"huiying"
	"huiying/crawler"
)

// Page is an HTML answer being read: its tree, and the site it belongs to.
type Page struct {
	Doc  crawler.Document
	Tree *goquery.Document
	Base *url.URL // what its links are relative to; never nil
}

// Open decodes and parses an HTML answer. answer is not "" when the page is no
// content by its form: a login wall, a block page, a maintenance page, or
// nothing at all; the page may then be nil.
func Open(d crawler.Document) (p *Page, answer crawler.Answer) {
	body := d.Text()
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, crawler.AnswerMalformed
	}
	tree, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	if err != nil {
		return nil, crawler.AnswerMalformed
	}
	return &Page{Doc: d, Tree: tree, Base: base(d.URL, tree)}, Refused(d)
}

// Refused classifies an answer that is no content by its form; "" for all
// others.
func Refused(d crawler.Document) crawler.Answer {
	answer, _ := crawler.Classify(200, d.URL, nil, d.Body)
	if answer.Answered() || answer == crawler.AnswerMalformed {
		return ""
	}
	return answer
}

// base is the address that links are relative to: the page's own word where it
// is of the host that was asked or no host is known, else the address asked.
func base(address string, tree *goquery.Document) *url.URL {
	asked := web(address)
	for _, s := range []struct{ selector, attr string }{{"base[href]", "href"}, {"link[rel=canonical]", "href"}} {
		own := web(tree.Find(s.selector).First().AttrOr(s.attr, ""))
		if own != nil && (asked == nil || strings.EqualFold(own.Host, asked.Host)) {
			return own
		}
	}
	if asked != nil {
		return asked
	}
	return &url.URL{}
}

// web is an absolute web address, nil for anything else. An address without a
// scheme ("//host/path") counts as https.
func web(address string) *url.URL {
	if strings.HasPrefix(address, "//") {
		address = "https:" + address
	}
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil
	}
	u.Host = strings.ToLower(u.Host)
	return u
}

// Resolve makes a link of the page absolute; "" when it is no web address.
func (p *Page) Resolve(link string) string { return Resolve(p.Base, link) }

// Resolve makes a link absolute; "" when it is no web address.
func Resolve(base *url.URL, link string) string {
	u, err := base.Parse(strings.TrimSpace(link))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	return u.String()
}

// BaseOf is the address that links of an answer without markup are relative
// to.
func BaseOf(address string) *url.URL {
	if u := web(address); u != nil {
		return u
	}
	return &url.URL{}
}

// Letters of the native ids of a forum.
const (
	Thread = "t"
	Floor  = "p"
	Reply  = "l" // to a floor, inside it
)

// ID is the identity of what a forum holds: forum:<host>/<letter><native id>.
// It is "" when the native id is.
func ID(host, letter, native string) string {
	if native == "" {
		return ""
	}
	if host == "" {
		host = "unknown" // a saved page that does not say where it is from
	}
	return huiying.PlatformForum + ":" + host + "/" + letter + native
}

// Digits is s when it is a native id, a positive number without leading zero,
// else "".
func Digits(s string) string {
	s = strings.TrimSpace(s)
	if !native.MatchString(s) {
		return ""
	}
	return s
}

var native = regexp.MustCompile(`^[1-9]\d{0,18}$`)
