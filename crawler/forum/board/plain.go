package board

import (
	"regexp"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"huiying/crawler/text"
)

// maxNesting is how deep a page's elements are followed.
const maxNesting = 400

// Plain is the text a person sees of a selection. picture names an emoticon's
// picture ("[doge]") and gives "" for any other; drop, which may be nil, says
// which elements are not the writer's words. Line breaks of the source mean
// nothing, as in a browser.
func Plain(s *goquery.Selection, picture func(*html.Node) string, drop func(*html.Node) bool) string {
	w := writer{picture: picture, drop: drop}
	for _, n := range s.Nodes {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			w.node(c, 0)
		}
		w.endLine()
	}
	return text.Plain(html.EscapeString(w.out.String()))
}

type writer struct {
	picture func(*html.Node) string
	drop    func(*html.Node) bool
	out     strings.Builder
	begun   bool // the line under way holds more than spaces
}

// node writes the writer's words in a node.
func (w *writer) node(n *html.Node, depth int) {
	switch {
	case depth > maxNesting:
	case n.Type == html.TextNode:
		w.add(strings.Map(unbroken, n.Data))
	case n.Type != html.ElementNode || hidden(n) || (w.drop != nil && w.drop(n)):
	case n.Data == "img":
		w.add(w.picture(n))
	case n.Data == "br":
		w.out.WriteByte('\n')
		w.begun = false
	default:
		w.element(n, depth)
	}
}

// element writes what is inside an element; blocks stand on lines of their own.
func (w *writer) element(n *html.Node, depth int) {
	if block(n.Data) {
		w.endLine()
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c, depth+1)
	}
	switch {
	case block(n.Data):
		w.endLine()
	case n.Data == "td" || n.Data == "th":
		w.add(" ")
	}
}

func (w *writer) add(s string) {
	w.out.WriteString(s)
	w.begun = w.begun || strings.TrimSpace(s) != ""
}

// endLine breaks the line once between blocks that touch.
func (w *writer) endLine() {
	if w.begun {
		w.out.WriteByte('\n')
		w.begun = false
	}
}

// unbroken writes breaks of the source as spaces.
func unbroken(r rune) rune {
	if r == '\n' || r == '\r' || r == '\t' {
		return ' '
	}
	return r
}

// block names elements that stand on lines of their own.
func block(tag string) bool {
	switch tag {
	case "hr", "p", "div", "li", "ul", "ol", "table", "tr", "dl", "dd", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "section", "article":
		return true
	}
	return false
}

// hidden names elements that nobody sees: by kind, or by their own style.
func hidden(n *html.Node) bool {
	switch n.Data {
	case "script", "style", "noscript", "template", "textarea", "select", "button", "iframe", "object", "svg", "audio", "video", "head", "title":
		return true
	}
	style := strings.ToLower(strings.ReplaceAll(Attr(n, "style"), " ", ""))
	return strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden")
}

// Attr is an attribute of an element, "" when it has none.
func Attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// Line is the text of a selection on one line: names, titles, labels.
func Line(s *goquery.Selection) string { return OneLine(s.Text()) }

// OneLine joins the lines of s.
func OneLine(s string) string {
	return strings.Join(strings.Fields(text.Plain(html.EscapeString(s))), " ")
}

var regionForm = regexp.MustCompile(`IP\s*(?:属地|归属地|地址)?\s*[:：]\s*([^\s|<>]{2,20})`)

// Region is the region in "IP属地:宁夏", "" when s shows none.
func Region(s string) string {
	m := regionForm.FindStringSubmatch(s)
	if m == nil || strings.HasPrefix(m[1], "未知") {
		return ""
	}
	return m[1]
}
