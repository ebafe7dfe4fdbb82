package discuz

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"huiying/crawler/forum/board"
)

// message is a floor's own words and what its markup says about it.
type message struct {
	text    string
	answers string // the floor it quotes, "" when it quotes none
	edited  bool
	gone    bool // a notice stands in place of the words
}

// gone is how the notice over a shielded floor begins.
var gone = regexp.MustCompile(`^(?:提示\s*[:：]\s*)?(?:作者被禁止或删除|该帖被管理员或版主屏蔽|该帖已被|内容自动屏蔽|此帖仅作者可见|此贴仅作者可见)`)

// read reads the element that holds a floor's message. A quotation that names
// the floor it is from is another's words: it becomes the parent and is left
// out. One that names none stays.
func read(s *goquery.Selection) message {
	var m message
	m.edited = s.Find(".pstatus").Length() > 0
	m.text = board.Plain(s, picture, func(n *html.Node) bool {
		if pid := quoted(n); pid != "" {
			if m.answers == "" {
				m.answers = pid
			}
			return true
		}
		return furniture(n)
	})
	if gone.MatchString(m.text) {
		m.text, m.gone = "", true
	}
	return m
}

// furniture names what the page adds to a message: noise against copying, the
// note of an edit, menus and names of attachments, buttons.
func furniture(n *html.Node) bool {
	classes := strings.Fields(board.Attr(n, "class"))
	for _, c := range []string{"jammer", "pstatus", "tip", "aimg_tip", "attnm", "attach_nopermission", "tattl", "post_attlist", "replybtn", "blockcode_copy", "o", "poll"} {
		if slices.Contains(classes, c) && (c != "o" || n.Data == "em") {
			return true
		}
	}
	id := board.Attr(n, "id")
	return strings.HasPrefix(id, "aimg_") && strings.HasSuffix(id, "_menu") || strings.HasPrefix(id, "attach_")
}

// quoted is the floor that a quotation names, "" when n is no quotation or
// names none.
func quoted(n *html.Node) string {
	if !slices.Contains(strings.Fields(board.Attr(n, "class")), "quote") {
		return ""
	}
	return link(n, 0)
}

// link is the floor that the first fitting link under n leads to.
func link(n *html.Node, depth int) string {
	if depth > 20 {
		return ""
	}
	if href := board.Attr(n, "href"); n.Data == "a" && strings.Contains(href, "findpost") {
		return in(href, pidQuery)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if pid := link(c, depth+1); pid != "" {
			return pid
		}
	}
	return ""
}

// picture is the name of an emoticon: Discuz draws it from a folder of
// smileys and gives it no words.
func picture(n *html.Node) string {
	src := board.Attr(n, "src")
	if board.Attr(n, "smilieid") == "" && !strings.Contains(src, "image/smiley/") {
		return ""
	}
	if alt := strings.Trim(board.Attr(n, "alt"), " :[]{}"); alt != "" {
		return "[" + alt + "]"
	}
	name := path.Base(src)
	name = strings.TrimSuffix(name, path.Ext(name))
	if name == "." || name == "/" || name == "" {
		return ""
	}
	return "[" + name + "]"
}
