package replica

import (
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// siteZone is the zone Weibo and the portals write their times in, wherever
// the replica runs.
var siteZone = time.FixedZone("CST", 8*3600)

// siteTime is how m.weibo.cn writes a time.
func siteTime(t time.Time) string {
	return t.In(siteZone).Format("Mon Jan 02 15:04:05 -0700 2006")
}

// longFrom is the length in characters from which a list shows a cut text.
const longFrom = 140

func long(s string) bool { return utf8.RuneCountInString(s) > longFrom }

// listHTML is the text as a list shows it: a long one is cut and ends in the
// link 全文.
func listHTML(s, id string) string {
	if !long(s) {
		return textHTML(s)
	}
	cut := string([]rune(s)[:longFrom])
	return textHTML(cut) + `...<a href="/status/` + id + `">全文</a>`
}

var pieces = regexp.MustCompile(`#[^#\n]+#|@[\p{Han}\w-]+|\[[\p{Han}a-z]+\]|\n`)

// textHTML turns plain words into the site's markup.
func textHTML(s string) string {
	var b strings.Builder
	last := 0
	for _, at := range pieces.FindAllStringIndex(s, -1) {
		b.WriteString(html.EscapeString(s[last:at[0]]))
		b.WriteString(pieceHTML(s[at[0]:at[1]]))
		last = at[1]
	}
	b.WriteString(html.EscapeString(s[last:]))
	return b.String()
}

var topics = regexp.MustCompile(`#[^#\n]+#`)

func topicURL(topic string) string {
	return "https://m.weibo.cn/search?containerid=" + url.QueryEscape("231522type=1&t=10&q="+topic)
}

func pieceHTML(piece string) string {
	switch piece[0] {
	case '\n':
		return "<br />"
	case '#':
		return `<a  href="` + topicURL(piece) + `" data-hide=""><span class="surl-text">` + html.EscapeString(piece) + `</span></a>`
	case '@':
		return `<a href='/n/` + piece[1:] + `'>` + piece + `</a>`
	}
	return `<span class="url-icon"><img alt=` + piece + ` src="https://h5.sinaimg.cn/m/emoticon/icon/default.png" style="width:1em; height:1em;" /></span>`
}

// count writes a number as the site does: small ones as a number, or as a
// string of it for some posts; from ten thousand on as "1.2万", from a hundred
// thousand on as the floor "10万+".
func count(n int64, asString bool) any {
	switch {
	case n >= 1_000_000:
		return "100万+"
	case n >= 100_000:
		return "10万+"
	case n >= 10_000:
		return strings.TrimSuffix(strconv.FormatFloat(float64(n/1000)/10, 'f', 1, 64), ".0") + "万"
	case asString:
		return strconv.FormatInt(n, 10)
	}
	return n
}
