package text

import (
	"html"
	"net/url"
	"slices"
	"strings"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Plain turns the rich text of Weibo, portals and forums into plain text:
// emoticon pictures become their names in brackets, <br> and blocks become
// line breaks, links their words, a nameless wrapped link (网页链接) its real
// address. Invisible marks and the trailing 全文, 展开, 收起 of folded texts are
// dropped; text without markup keeps its own line breaks. It never fails: what
// is no markup is text.
func Plain(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return settle(s)
	}
	if !marked(s) {
		return settle(html.UnescapeString(s))
	}
	p := plainer{keepLines: !hasBreaks(s), linkAt: -1}
	z := xhtml.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case xhtml.ErrorToken:
			p.closeLink()
			return settle(string(p.out))
		case xhtml.TextToken:
			p.text(string(z.Text()))
		case xhtml.StartTagToken, xhtml.SelfClosingTagToken:
			p.open(z.Token())
		case xhtml.EndTagToken:
			p.close(z.Token())
		}
	}
}

// marked reports whether s holds a tag at all: a bare "<" in a post is text.
func marked(s string) bool {
	for i := 0; i+1 < len(s); i++ {
		c := s[i+1] | 0x20
		if s[i] == '<' && (c >= 'a' && c <= 'z' || s[i+1] == '/' || s[i+1] == '!') {
			return true
		}
	}
	return false
}

// hasBreaks reports whether the markup makes its own line breaks, so that
// those of its source mean nothing.
func hasBreaks(s string) bool {
	z := xhtml.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case xhtml.ErrorToken:
			return false
		case xhtml.StartTagToken, xhtml.EndTagToken, xhtml.SelfClosingTagToken:
			name, _ := z.TagName()
			if breaks(atom.Lookup(name)) != "" {
				return true
			}
		}
	}
}

// breaks is what a tag puts between the texts around it.
func breaks(a atom.Atom) string {
	switch a {
	case atom.Br, atom.Div, atom.Li, atom.Tr, atom.Dd, atom.Dt, atom.Ul, atom.Ol, atom.Table, atom.Section, atom.Article,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Blockquote, atom.Pre, atom.Hr, atom.P:
		return "\n"
	case atom.Td, atom.Th:
		return " "
	}
	return ""
}

// hidden are the tags whose content is never shown. The tokenizer gives the
// content of all of them as one text.
func hidden(a atom.Atom) bool {
	return slices.Contains([]atom.Atom{atom.Script, atom.Style, atom.Noscript, atom.Title, atom.Textarea, atom.Iframe}, a)
}

type plainer struct {
	out       []byte
	keepLines bool
	skipping  []atom.Atom // hidden tags that are open
	href      string      // of the open link
	linkAt    int         // where its words begin in out, -1 when none is open
	icon      bool        // inside <i class="wbicon">, whose letters draw a picture
	written   bool        // the line under way holds more than spaces
}

func (p *plainer) text(raw string) {
	if len(p.skipping) > 0 || p.icon {
		return
	}
	if !p.keepLines {
		raw = strings.NewReplacer("\r", " ", "\n", " ", "\t", " ").Replace(raw)
	}
	p.add(raw) // the tokenizer has unescaped it
}

func (p *plainer) add(s string) {
	p.out = append(p.out, s...)
	if i := strings.LastIndexByte(s, '\n'); i >= 0 {
		p.written, s = false, s[i+1:]
	}
	p.written = p.written || strings.TrimLeft(s, " ") != ""
}

func (p *plainer) open(t xhtml.Token) {
	switch {
	case hidden(t.DataAtom):
		if t.Type == xhtml.StartTagToken {
			p.skipping = append(p.skipping, t.DataAtom)
		}
	case len(p.skipping) > 0:
	case t.DataAtom == atom.A:
		p.closeLink()
		p.href, p.linkAt = attr(t, "href"), len(p.out)
	case t.DataAtom == atom.Img:
		p.add(emoticon(t))
	case t.DataAtom == atom.I && strings.Contains(attr(t, "class"), "wbicon"):
		p.icon = true
	default:
		p.separate(t.DataAtom)
	}
}

func (p *plainer) close(t xhtml.Token) {
	if i := slices.Index(p.skipping, t.DataAtom); i >= 0 {
		p.skipping = p.skipping[:i]
		return
	}
	switch {
	case len(p.skipping) > 0:
	case t.DataAtom == atom.A:
		p.closeLink()
	case t.DataAtom == atom.I:
		p.icon = false
	case t.DataAtom != atom.Br:
		p.separate(t.DataAtom)
	}
}

// separate puts a break where the tag makes one. Blocks that touch break the
// line once between them; every <br> breaks it.
func (p *plainer) separate(a atom.Atom) {
	mark := breaks(a)
	if a == atom.Br || mark == " " || p.written {
		p.add(mark)
	}
}

// closeLink settles the words of the open link: a control that unfolds the
// text goes, a nameless link becomes its address.
func (p *plainer) closeLink() {
	if p.linkAt < 0 {
		return
	}
	words := strings.TrimSpace(string(p.out[p.linkAt:]))
	switch {
	case folds(words):
		p.out = p.out[:p.linkAt]
	case words == "网页链接":
		if to := unwrap(p.href); to != "" {
			p.out = append(p.out[:p.linkAt], to...)
		}
	}
	p.linkAt = -1
}

// folds reports whether the words are the control that unfolds or folds a
// long text; the letter behind some is an icon's.
func folds(s string) bool {
	return slices.Contains([]string{"全文", "展开", "收起", "展开c", "收起d", "展开全文", "收起全文", "查看全文"}, s)
}

// emoticon is the name of an emoticon picture, "[doge]"; "" for any other.
func emoticon(t xhtml.Token) string {
	for _, name := range []string{"alt", "title"} {
		v := strings.TrimSpace(attr(t, name))
		if strings.HasPrefix(v, "[") && strings.HasSuffix(v, "]") && len(v) > 2 && len(v) <= 100 {
			return v
		}
	}
	return ""
}

// unwrap gives the address that a link of sinaurl?u= leads to, the address
// itself when it is not wrapped, and "" when it is no web address.
func unwrap(href string) string {
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil {
		return ""
	}
	if strings.HasSuffix(u.Path, "/sinaurl") {
		if u, err = url.Parse(u.Query().Get("u")); err != nil {
			return ""
		}
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

func attr(t xhtml.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// unseen are characters that sites add and nobody sees: zero-width space,
// Weibo's link icon from the private area, byte order marks, controls.
func unseen(r rune) bool {
	switch {
	case r == '\u200b' || r == '\ue627' || r == '\ufeff' || r == '\u2060':
		return true
	case r < ' ' || r == 0x7f:
		return r != '\n' && r != '\t' && r != '\r'
	}
	return false
}

// settle drops what is unseen, joins runs of spaces, bounds empty lines at
// one, and cuts the tail of a folded text.
func settle(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	var out []string
	gap := false
	for line := range strings.SplitSeq(strings.ReplaceAll(s, "\r", "\n"), "\n") {
		line = strings.Join(strings.FieldsFunc(strings.Map(visible, line), isBlank), " ")
		if line == "" {
			gap = len(out) > 0
			continue
		}
		if gap {
			out = append(out, "")
		}
		out, gap = append(out, line), false
	}
	return tail(strings.Join(out, "\n"))
}

func visible(r rune) rune {
	if unseen(r) {
		return -1
	}
	return r
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' || r == '\u00a0' || r == '\u3000' }

// tail cuts the control of a fold that was taken as text. Words alone are not
// enough, since a sentence may end so; the dots of the cut, or the icon's
// letter, must stand with them.
func tail(s string) string {
	for _, t := range []string{"全文", "展开", "展开c", "查看全文"} {
		cut, ok := strings.CutSuffix(s, t)
		cut = strings.TrimSpace(cut)
		if ok && (strings.HasSuffix(cut, "...") || strings.HasSuffix(cut, "…")) {
			return cut
		}
	}
	if cut, ok := strings.CutSuffix(s, "收起d"); ok {
		return strings.TrimSpace(cut)
	}
	return s
}
