package site

import (
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"huiying/crawler/portal/jsobject"
	"huiying/crawler/portal/page"
)

// text is the value of a pick within a scope, "" when nothing fits.
func (p Pick) text(scope *goquery.Selection) string {
	if p.empty() {
		return ""
	}
	found := ""
	p.candidates(scope).EachWithBreak(func(_ int, s *goquery.Selection) bool {
		value, ok := p.value(s)
		if ok {
			found = value
		}
		return !ok
	})
	return found
}

func (p Pick) candidates(scope *goquery.Selection) *goquery.Selection {
	if p.selector == nil {
		return scope
	}
	return scope.FindMatcher(p.selector)
}

func (p Pick) value(s *goquery.Selection) (string, bool) {
	value := ""
	switch {
	case p.Attr != "":
		value = strings.TrimSpace(s.AttrOr(p.Attr, ""))
	case p.Lines:
		value = page.Plain(s, page.KeepLines)
	default:
		value = page.Plain(s, page.Flow)
	}
	return p.matched(value)
}

// matched narrows a value to what the expression takes of it.
func (p Pick) matched(value string) (string, bool) {
	if p.match == nil {
		return value, value != ""
	}
	m := p.match.FindStringSubmatch(value)
	if m == nil {
		return "", false
	}
	value = strings.TrimSpace(m[min(1, len(m)-1)])
	return value, value != ""
}

// key is the value of a pick in a row or page of js-object.
func (p Pick) key(row any) string {
	if p.Select == "" {
		return ""
	}
	for path := range strings.SplitSeq(p.Select, "|") {
		if value, ok := p.matched(strings.TrimSpace(jsobject.Word(row, path))); ok {
			return value
		}
	}
	return ""
}

// holds reports whether a row is what where asks of it; a value the row does
// not give is no objection.
func holds(row any, where map[string]string) bool {
	for path, want := range where {
		got := jsobject.At(row, path)
		if b, ok := got.(bool); ok {
			got = strconv.FormatBool(b)
		}
		if s, ok := got.(string); ok && strings.TrimSpace(s) != want {
			return false
		}
	}
	return true
}
