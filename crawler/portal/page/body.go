package page

import (
	"strings"
	"unicode"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// containers are where the content systems of government sites put the text
// of an article.
const containers = "#UCAP-CONTENT, .TRS_UEDITOR, .TRS_Editor, #zoom, #Zoom, #zoomcon, .zoom, #BodyLabel, .pages_content, #artibody, " +
	".article-content, .article-body, .article_content, .article-con, .content_text, #articleContent, #content_main, " +
	".rm_txt_con, #rwb_zw, #news_content, .news_content, .Custom_UnionStyle, .view.TRS_UEDITOR, #mainText, .main-txt, .xl-content"

// MainText finds the text of an article: between the tags the standard sets
// around it, else in a container of a known system, else in the densest part
// of the page.
func MainText(doc *goquery.Document) string {
	body := doc.Find("body")
	if body.Length() == 0 {
		return ""
	}
	w := newWeigher(body.Nodes[0])
	if n := marked(doc); n != nil {
		if text := render(n); text != "" {
			return text
		}
	}
	if n := w.container(doc); n != nil {
		return render(n)
	}
	if n := w.densest(body.Nodes[0]); n != nil {
		return render(n)
	}
	return ""
}

// marked is the element that holds the standard's ContentStart tag.
func marked(doc *goquery.Document) *html.Node {
	found := doc.Find("body meta").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.EqualFold(s.AttrOr("name", ""), "ContentStart")
	})
	if found.Length() == 0 {
		return nil
	}
	parent := found.Nodes[0].Parent
	if parent == nil || parent.Data == "body" {
		return nil
	}
	return parent
}

// render writes an element's text without the tools around articles.
func render(n *html.Node) string {
	w := writer{skip: tool}
	w.node(n, 0)
	w.breakLine()
	return strings.TrimSpace(w.out.String())
}

// tool reports elements that serve the reader of the page and are no part of
// the article: sharing, printing, codes to scan, paging.
func tool(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	switch n.Data {
	case "nav", "footer", "form", "aside":
		return true
	}
	for _, a := range n.Attr {
		if a.Key != "class" && a.Key != "id" {
			continue
		}
		for _, name := range strings.Fields(strings.ToLower(a.Val)) {
			for _, mark := range []string{"share", "qrcode", "qcode", "print", "toolbar", "breadcrumb", "pagination", "jiathis", "closewin"} {
				if strings.Contains(name, mark) && !strings.Contains(name, "printer-content") && weightless(n) {
					return true
				}
			}
		}
	}
	return false
}

// weightless reports an element with little text of its own, so that a
// printable frame around the whole article is not taken for a tool.
func weightless(n *html.Node) bool {
	total := 0
	var walk func(*html.Node, int)
	walk = func(n *html.Node, depth int) {
		if n.Type == html.TextNode {
			total += len(strings.TrimSpace(n.Data))
		}
		for c := n.FirstChild; c != nil && total < weightlessLimit && depth < maxNesting; c = c.NextSibling {
			walk(c, depth+1)
		}
	}
	walk(n, 0)
	return total < weightlessLimit
}

const weightlessLimit = 300 // bytes, a hundred Chinese characters

// weigher knows of every element how much running text stands in it: text
// outside links, in pieces that read like sentences.
type weigher struct {
	sentences map[*html.Node]int
}

func newWeigher(root *html.Node) weigher {
	w := weigher{sentences: map[*html.Node]int{}}
	w.weigh(root, 0)
	return w
}

func (w weigher) weigh(n *html.Node, depth int) int {
	if depth > maxNesting {
		return 0
	}
	switch {
	case n.Type == html.TextNode:
		return running(n.Data)
	case n.Type != html.ElementNode && n.Type != html.DocumentNode:
		return 0
	case n.Type == html.ElementNode && (n.Data == "a" || silent(n.Data) || hidden(n) || frame(n)):
		return 0
	}
	sum := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		sum += w.weigh(c, depth+1)
	}
	w.sentences[n] = sum
	return sum
}

// frame reports the parts of a page that stand on every page of a site, by
// element and by the names designers give them.
func frame(n *html.Node) bool {
	if n.Data == "footer" || n.Data == "nav" || n.Data == "aside" || n.Data == "form" {
		return true
	}
	if n.Data == "body" || n.Data == "html" {
		return false
	}
	for _, a := range n.Attr {
		if a.Key != "class" && a.Key != "id" {
			continue
		}
		for _, name := range strings.Fields(strings.ToLower(a.Val)) {
			if frameName(name) {
				return true
			}
		}
	}
	return false
}

func frameName(name string) bool {
	switch name {
	case "foot", "bottom", "nav", "menu", "top", "header", "crumb", "sidebar", "related", "links", "copyright", "position":
		return true
	}
	for _, mark := range []string{"footer", "copyright", "breadcrumb", "navbar", "sidebar", "recommend", "disclaimer"} {
		if strings.Contains(name, mark) {
			return true
		}
	}
	return false
}

// running is how much of a text reads like sentences: its characters when it
// is long or punctuated as sentences are, a few otherwise.
func running(s string) int {
	for _, mark := range []string{"主办单位", "主办：", "承办单位", "承办：", "版权所有", "ICP备", "网站标识码", "公网安备", "技术支持"} {
		if strings.Contains(s, mark) {
			return 0
		}
	}
	letters, marks := 0, 0
	for _, r := range s {
		switch {
		case strings.ContainsRune("，。；！？、“”", r):
			marks++
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			letters++
		}
	}
	switch {
	case marks > 0 && letters >= 8:
		return letters + 4*marks
	case letters >= 40:
		return letters
	}
	return 0
}

// container is the known container that holds at least a third of the page's
// running text, which may be none at all (a page that only names a file to
// download); of nested ones the outer.
func (w weigher) container(doc *goquery.Document) *html.Node {
	total := w.sentences[doc.Find("body").Nodes[0]]
	var best *html.Node
	doc.Find(containers).Each(func(_ int, s *goquery.Selection) {
		n := s.Nodes[0]
		if weight := w.sentences[n]; weight*3 >= total && (best == nil || weight > w.sentences[best]) {
			best = n
		}
	})
	return best
}

// densest goes down from the body as long as one child holds nearly all of
// the running text, and stops above paragraphs.
func (w weigher) densest(n *html.Node) *html.Node {
	if w.sentences[n] == 0 {
		return nil
	}
	for {
		var heaviest *html.Node
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if holds(c) && (heaviest == nil || w.sentences[c] > w.sentences[heaviest]) {
				heaviest = c
			}
		}
		share := dominant
		if heaviest != nil && isLeaf(heaviest) {
			share = dominantLeaf
		}
		if heaviest == nil || w.sentences[heaviest]*100 < w.sentences[n]*share {
			return n
		}
		n = heaviest
	}
}

// The share of the running text, in percent, that makes a child the place to
// look in; higher for one that holds no blocks, because it may be just the
// longest paragraph.
const (
	dominant     = 75
	dominantLeaf = 96
)

// isLeaf reports an element without blocks in it.
func isLeaf(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && isBlock(c.Data) {
			return false
		}
	}
	return true
}

// holds names the elements that may hold a whole article.
func holds(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	switch n.Data {
	case "div", "article", "section", "main", "td", "tr", "tbody", "table", "center", "form", "dd", "dl", "ul", "li", "body":
		return true
	}
	return false
}
