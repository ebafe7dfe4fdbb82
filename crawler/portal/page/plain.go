// Package page reads any government page without a description of it: the text
// a person sees, the standard meta tags, the main text of an article and what
// stands around it. It guesses nothing that the page does not show.
package page

import (
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// How line breaks of the source are taken: as mere formatting, or as the
// writer's own.
const (
	Flow      = false
	KeepLines = true
)

// Plain is the text a person sees of a selection: one line a paragraph, no
// markup, no indentation. lines is Flow or KeepLines.
func Plain(s *goquery.Selection, lines bool) string {
	w := writer{lines: lines}
	for _, n := range s.Nodes {
		w.node(n, 0)
		w.breakLine()
	}
	return strings.TrimSpace(w.out.String())
}

// writer builds plain text from nodes.
type writer struct {
	out   strings.Builder
	line  strings.Builder
	lines bool
	skip  func(*html.Node) bool // nodes to leave out, nil for none
}

// maxNesting is how deep a page's elements are followed.
const maxNesting = 500

func (w *writer) node(n *html.Node, depth int) {
	switch {
	case depth > maxNesting:
		return
	case n.Type == html.TextNode:
		w.text(n.Data)
		return
	case n.Type == html.ElementNode && (silent(n.Data) || hidden(n)):
		return
	case w.skip != nil && w.skip(n):
		return
	}
	if n.Data == "br" && n.Type == html.ElementNode {
		w.breakLine()
		return
	}
	block := n.Type == html.ElementNode && isBlock(n.Data)
	if block {
		w.breakLine()
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c, depth+1)
	}
	switch {
	case block:
		w.breakLine()
	case n.Data == "td" || n.Data == "th":
		w.line.WriteByte(' ')
	}
}

func (w *writer) text(s string) {
	if !w.lines {
		w.line.WriteString(joinLines(s))
		return
	}
	for i, part := range strings.Split(s, "\n") {
		if i > 0 {
			w.breakLine()
		}
		w.line.WriteString(part)
	}
}

func (w *writer) breakLine() {
	line := Tidy(w.line.String())
	w.line.Reset()
	if line == "" {
		return
	}
	if w.out.Len() > 0 {
		w.out.WriteByte('\n')
	}
	w.out.WriteString(line)
}

// joinLines folds line breaks of the source: between Chinese characters they
// are nothing, elsewhere a space.
func joinLines(s string) string {
	if !strings.ContainsAny(s, "\r\n") {
		return s
	}
	var b strings.Builder
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' })
	for i, part := range parts {
		if i > 0 {
			part = strings.TrimLeft(part, " \t")
			b.WriteString(between(b.String(), part))
		}
		b.WriteString(part)
	}
	if strings.HasPrefix(s, "\n") && b.Len() > 0 {
		return between("", b.String()) + b.String()
	}
	return b.String()
}

// between is what stands for a line break between two pieces of a sentence.
func between(before, after string) string {
	if before == "" || after == "" || (wide(last(before)) && wide(first(after))) {
		return ""
	}
	return " "
}

func first(s string) rune {
	for _, r := range s {
		return r
	}
	return ' '
}

func last(s string) rune {
	out := ' '
	for _, r := range s[max(0, len(s)-4):] {
		out = r
	}
	return out
}

// wide reports Chinese characters and full-width signs.
func wide(r rune) bool { return r >= 0x2e80 }

// Tidy drops invisible characters and folds runs of spaces, the ideographic
// indentation included.
func Tidy(s string) string {
	var b strings.Builder
	space := false
	for _, r := range s {
		switch r {
		case '\u200b', '\u200c', '\u200d', '\ufeff', '\u00ad', 0:
			continue
		case ' ', '\t', '\r', '\n', '\f', '\v', '\u00a0', '\u3000', '\u2002', '\u2003':
			space = true
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	return b.String()
}

// silent names elements whose text nobody sees.
func silent(tag string) bool {
	switch tag {
	case "script", "style", "noscript", "template", "head", "title", "select", "option", "textarea", "button", "iframe",
		"object", "svg", "audio", "video", "map":
		return true
	}
	return false
}

// hidden reports elements whose own style hides them.
func hidden(n *html.Node) bool {
	for _, a := range n.Attr {
		if a.Key == "hidden" {
			return true
		}
		if a.Key == "style" {
			style := strings.ReplaceAll(strings.ToLower(a.Val), " ", "")
			return strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden")
		}
	}
	return false
}

// isBlock names elements that stand on lines of their own.
func isBlock(tag string) bool {
	switch tag {
	case "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset", "figcaption",
		"figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "nav", "ol",
		"p", "pre", "section", "table", "tbody", "thead", "tr", "ul":
		return true
	}
	return false
}
