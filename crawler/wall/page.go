package wall

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A citizen's letter may speak of 访问受限 and a thread page always says that
// answering needs a sign-in, so words alone never make a wall. A page is one
// when the words stand at the beginning of its title or of a piece of text,
// the page has hardly any other text outside links, and it carries none of the
// meta tags of an article.
const (
	thin   = 400 // runes of text outside links that a wall has at most
	barren = 60  // the same for a page that only forwards or only shows a picture
	looked = 256 << 10
)

// wallText is how a wall begins; letters only, 账 written as 帐.
type wallText struct {
	begins string
	class  Class
}

func wallTexts() []wallText {
	return []wallText{
		{"访问受限", Blocked}, {"您的访问受限", Blocked}, {"访问被拒绝", Blocked}, {"您的访问被", Blocked},
		{"抱歉您的帐号存在异常", Blocked}, {"您的帐号存在异常", Blocked}, {"帐号存在异常", Blocked}, {"您的帐号异常", Blocked},
		{"抱歉网络繁忙", Blocked}, {"请完成安全验证", Blocked}, {"安全验证", Blocked}, {"访问验证", Blocked},
		{"检测到异常访问", Blocked}, {"您的访问出现异常", Blocked},
		{"您的访问过于频繁", RateLimited}, {"访问过于频繁", RateLimited}, {"操作过于频繁", RateLimited},
		{"抱歉您尚未登录", LoginWall}, {"您尚未登录", LoginWall}, {"您还没有登录", LoginWall}, {"您需要先登录", LoginWall},
		{"您需要登录", LoginWall}, {"请先登录", LoginWall}, {"请登录后", LoginWall},
		{"系统维护", Maintenance}, {"网站维护", Maintenance}, {"站点维护", Maintenance}, {"正在维护", Maintenance},
		{"系统正在维护", Maintenance}, {"网站正在维护", Maintenance}, {"系统升级", Maintenance}, {"网站升级", Maintenance},
		{"网站正在升级", Maintenance}, {"系统正在升级", Maintenance}, {"站点关闭", Maintenance}, {"站点暂时关闭", Maintenance},
	}
}

// pageClass looks whether an HTML page is a wall; "" when it is not.
func pageClass(body []byte) (Class, string) {
	body = body[:min(len(body), looked)]
	if head := bytes.ToLower(body[:min(len(body), 1024)]); !bytes.Contains(head, []byte("<html")) && isFeed(head) {
		return "", ""
	}
	if !known.finds(body) {
		return "", ""
	}
	p := look(body)
	switch {
	case p.article || p.runes > thin:
		return "", ""
	case strings.HasPrefix(p.title, "Sina Visitor System"), strings.Contains(p.script, "visitor/visitor"):
		return LoginWall, "visitor gate"
	}
	for _, piece := range append([]string{p.title}, p.pieces...) {
		if a := p.begins(piece); a != "" {
			return a, clip(piece)
		}
	}
	if p.runes > barren {
		return "", ""
	}
	for _, host := range []string{"passport.weibo.com", "passport.weibo.cn", "login.sina.com.cn"} {
		if strings.Contains(p.script, host) {
			return LoginWall, host
		}
	}
	if strings.HasSuffix(letters(p.title), "维护") {
		return Maintenance, clip(p.title)
	}
	return "", ""
}

// isFeed reports the beginning of XML that no browser shows as a page.
func isFeed(head []byte) bool {
	return slices.ContainsFunc([]string{"<?xml", "<rss", "<feed", "<rdf"}, func(s string) bool { return bytes.HasPrefix(head, []byte(s)) })
}

// sight is what of a page a person would see first.
type sight struct {
	title   string
	pieces  []string // texts outside links
	runes   int      // of pieces
	script  string   // scripts and refresh targets
	article bool     // carries the meta tags of content
	asks    bool     // has a field for a password
}

// begins gives the wall whose words the piece begins with.
func (p sight) begins(piece string) Class {
	s := letters(piece)
	for _, w := range wallTexts() {
		if strings.HasPrefix(s, w.begins) && (w.class != LoginWall || !invites(s)) {
			return w.class
		}
	}
	for _, form := range []string{"登录", "用户登录", "统一身份认证"} {
		if p.asks && piece == p.title && strings.HasPrefix(s, form) {
			return LoginWall
		}
	}
	return ""
}

// invites reports that the words ask for a sign-in only in order to write.
func invites(s string) bool {
	return slices.ContainsFunc([]string{"回帖", "评论", "发表", "发帖", "留言", "回复", "收藏", "点赞"}, func(w string) bool { return strings.Contains(s, w) })
}

// letters drops all but letters and digits and writes 账 as 帐, so that commas
// and spaces do not hide the words.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '账':
			return '帐'
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return r
		}
		return -1
	}, s)
}

// look reads a page's texts without building its tree, until there is more
// text than a wall has.
func look(body []byte) sight {
	var p sight
	var in []atom.Atom // open tags whose text is special
	z := html.NewTokenizer(bytes.NewReader(body))
	for p.runes <= thin {
		switch z.Next() {
		case html.ErrorToken:
			return p
		case html.StartTagToken:
			if tag := p.tag(z); special(tag) && !slices.Contains(in, tag) {
				in = append(in, tag)
			}
		case html.SelfClosingTagToken:
			p.tag(z)
		case html.EndTagToken:
			name, _ := z.TagName()
			if i := slices.Index(in, atom.Lookup(name)); i >= 0 {
				in = in[:i]
			}
		case html.TextToken:
			p.text(z.Text(), in)
		}
	}
	return p
}

func special(a atom.Atom) bool {
	switch a {
	case atom.Title, atom.Script, atom.Style, atom.Noscript, atom.A, atom.Select, atom.Textarea:
		return true
	}
	return false
}

// tag looks at a tag; only those of two names have attributes that matter.
func (p *sight) tag(z *html.Tokenizer) atom.Atom {
	name, more := z.TagName()
	tag := atom.Lookup(name)
	if tag != atom.Meta && tag != atom.Input {
		return tag
	}
	attrs := map[string]string{}
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		attrs[string(key)] = string(value)
	}
	switch tag {
	case atom.Meta:
		name := strings.ToLower(attrs["name"])
		p.article = p.article || slices.Contains([]string{"articletitle", "pubdate", "contentsource"}, name)
		if strings.EqualFold(attrs["http-equiv"], "refresh") {
			p.note(attrs["content"])
		}
	case atom.Input:
		p.asks = p.asks || strings.EqualFold(attrs["type"], "password")
	}
	return tag
}

// note keeps the beginning of what scripts and refreshes say.
func (p *sight) note(s string) {
	if len(p.script) < 32<<10 {
		p.script += " " + s[:min(len(s), 32<<10)]
	}
}

func (p *sight) text(raw []byte, in []atom.Atom) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || (len(in) > 0 && in[len(in)-1] != atom.Title && !slices.Contains(in, atom.Script)) {
		return
	}
	s := strings.TrimSpace(html.UnescapeString(string(raw)))
	switch {
	case s == "":
	case slices.Contains(in, atom.Script):
		p.note(s)
	case len(in) == 0:
		p.pieces = append(p.pieces, s)
		p.runes += utf8.RuneCountInString(s)
	case in[len(in)-1] == atom.Title && p.title == "":
		p.title = s
	}
}
