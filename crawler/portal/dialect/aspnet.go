package dialect

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// Hidden are the hidden fields of a page's forms: the state that ASP.NET wants
// back (__VIEWSTATE, __EVENTVALIDATION, __CSRFTOKEN …). Fields of a sign-in
// form are none of ours and are left out with it.
func Hidden(doc *goquery.Document) url.Values {
	out := url.Values{}
	doc.Find(`input[type="hidden"][name]`).Each(func(_ int, s *goquery.Selection) {
		name := s.AttrOr("name", "")
		form := s.Closest("form")
		if name == "" || out.Has(name) || form.Find(`input[type="password"]`).Length() > 0 && !strings.HasPrefix(name, "__") {
			return
		}
		out.Set(name, s.AttrOr("value", ""))
	})
	return out
}

var postBack = regexp.MustCompile(`__doPostBack\(\s*(?:'|&#39;|")([^'"]*)(?:'|&#39;|")\s*,\s*(?:'|&#39;|")([^'"]*)(?:'|&#39;|")`)

// PostBack finds the control and argument that bring page n: of a link whose
// argument or words are the number, else of one that says 下一页. Both are ""
// where the page has none.
func PostBack(doc *goquery.Document, n int) (target, argument string) {
	number := strconv.Itoa(n)
	rank := 0
	doc.Find("a[href], [onclick]").Each(func(_ int, s *goquery.Selection) {
		m := postBack.FindStringSubmatch(s.AttrOr("href", "") + " " + s.AttrOr("onclick", ""))
		if m == nil || s.Is("[disabled]") {
			return
		}
		words := strings.Trim(strings.TrimSpace(s.Text()), "[]()<> ")
		fits := 0
		switch {
		case words == number:
			fits = 3
		case words == "下一页" || words == "下页" || strings.EqualFold(words, "next"):
			fits = 2
		case m[2] == number || m[2] == "Page$"+number:
			fits = 1
		}
		if fits > rank {
			rank, target, argument = fits, m[1], m[2]
		}
	})
	return target, argument
}

// Callback unpacks the answer to an ASP.NET callback: an "s" or the length of
// the new __EVENTVALIDATION before the result, an "e" before an error. What
// has neither is taken as it is. ok is false for an error.
func Callback(body string) (html, validation string, ok bool) {
	body = strings.TrimLeft(body, " \t\r\n\ufeff")
	if body == "" {
		return "", "", false
	}
	if head, rest, found := strings.Cut(body, "|"); found && len(head) < 8 {
		if n, err := strconv.Atoi(head); err == nil && n >= 0 && n <= len(rest) {
			return rowsOnly(rest[n:]), rest[:n], true
		}
	}
	switch {
	case strings.HasPrefix(body, "<"):
		return rowsOnly(body), "", true
	case body[0] == 's':
		return rowsOnly(body[1:]), "", true
	}
	return "", "", false
}
