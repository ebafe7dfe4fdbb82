package query

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/rule/foreign"
)

// scope says what terms are read as: behind the name of a field they are
// values of it.
type scope int

const (
	anywhere scope = iota
	inTitle
	inText
	exact    // raw:, caseSensitive: and { }
	siteOf   // a host
	sourceOf // the name of a source
	hashtag
	kindOf // an engagement
	sentimentOf
	regionOf
)

// fieldOf gives the scope of a field by its name in lower case.
func fieldOf(name string) (s scope, ok bool) {
	switch name {
	case "title", "headline":
		return inTitle, true
	case "text", "content", "contents", "body", "ingress":
		return inText, true
	case "raw", "casesensitive":
		return exact, true
	case "site", "domain", "url":
		return siteOf, true
	case "source", "sourcename":
		return sourceOf, true
	case "hashtag", "hashtags":
		return hashtag, true
	case "engagementtype":
		return kindOf, true
	case "sentiment":
		return sentimentOf, true
	case "region":
		return regionOf, true
	}
	return anywhere, false
}

// field reads what stands behind the name of a field.
func (p *parser) field(t token) *foreign.Node {
	from := p.at
	name := strings.ToLower(t.text)
	next := p.peek()
	if next.shape == end || next.shape == closed || next.shape == operator {
		return foreign.Lose(t.at, p.lex.text(t), "rule.no_value", t.text)
	}
	if counted := countOf(name); counted != "" {
		p.pass()
		return p.ranged(t, counted, next)
	}
	s, known := fieldOf(name)
	if !known || next.shape == span {
		p.pass()
		return foreign.Lose(t.at, t.text+":"+p.source(from), "rule.import_no_field", t.text)
	}
	outer, outerName := p.scope, p.under
	if outer == inTitle && s == inText || outer == inText && s == inTitle {
		p.pass()
		return foreign.Lose(t.at, t.text+":"+p.source(from), "rule.field_in_field", fieldWord(s), fieldWord(outer))
	}
	p.scope, p.under = s, t.text
	n := p.operand()
	p.scope, p.under = outer, outerName
	if name == "ingress" {
		p.note(t.at, "rule.import_ingress")
	}
	if n == nil || s != inTitle && s != inText || outer == s {
		return n
	}
	return &foreign.Node{Kind: foreign.Field, At: t.at, Name: fieldWord(s), Kids: []*foreign.Node{n}}
}

func fieldWord(s scope) string {
	if s == inTitle {
		return "title"
	}
	return "text"
}

// pass reads a value that is not carried over; nothing need be told of its
// parts.
func (p *parser) pass() {
	notes := slices.Clone(p.notes)
	p.operand()
	if !p.deep {
		p.notes = notes
	}
}

// operand reads one value or a group of them, without what is attached.
func (p *parser) operand() *foreign.Node {
	t := p.peek()
	switch t.shape {
	case opened:
		return p.group()
	case phrase:
		p.take()
		return p.phrase(t)
	case word, cased:
		p.take()
		return p.leaf(t)
	case fieldName:
		p.take()
		return p.deeper(func() *foreign.Node { return p.field(t) })
	case span, compared, frequency:
		p.take()
		return foreign.Lose(t.at, p.lex.text(t), "rule.import_no_field", p.lex.text(t))
	}
	return nil
}

// leaf translates a term by what it is read as.
func (p *parser) leaf(t token) *foreign.Node {
	if p.scope == anywhere || p.scope == inTitle || p.scope == inText {
		if t.shape == cased {
			p.note(t.at, "rule.import_case", p.lex.text(t))
		}
		return p.termOf(t)
	}
	return p.value(t, p.under+":"+p.lex.text(t))
}

// value translates what stands behind the name of a field that holds no text.
func (p *parser) value(t token, written string) *foreign.Node {
	switch p.scope {
	case siteOf:
		return p.site(t.at, t.text, written)
	case sourceOf:
		return p.sourceName(t.at, t.text, written)
	case hashtag:
		return foreign.Checked(&foreign.Node{Kind: foreign.Term, At: t.at, Text: "#" + strings.TrimLeft(strings.TrimSpace(t.text), "#")}, written)
	case kindOf:
		return oneOf(t, "kind", map[string]string{"retweet": "repost", "comment": "comment", "reply": "reply"}, written)
	case sentimentOf:
		return oneOf(t, "sentiment", map[string]string{"positive": "positive", "neutral": "neutral", "negative": "negative"}, written)
	case regionOf:
		return region(t, written)
	}
	p.note(t.at, "rule.import_case", written) // exact
	text := strings.TrimSpace(t.text)
	return foreign.Checked(&foreign.Node{Kind: foreign.Term, At: t.at, Text: text, Word: latin(text)}, written)
}

// oneOf makes a condition of a value that we have too.
func oneOf(t token, name string, ours map[string]string, written string) *foreign.Node {
	if v := ours[strings.ToLower(t.text)]; v != "" {
		return &foreign.Node{Kind: foreign.Meta, At: t.at, Name: name, Text: v}
	}
	return foreign.Lose(t.at, written, "rule.import_no_value", name)
}

// region takes the Chinese name of a province, the only regions there are
// here; codes such as chn.ningxia are none.
func region(t token, written string) *foreign.Node {
	if text := strings.TrimSpace(t.text); text != "" && !strings.ContainsFunc(text, func(r rune) bool { return !chinese(r) }) {
		return &foreign.Node{Kind: foreign.Meta, At: t.at, Name: "region", Text: text}
	}
	return foreign.Lose(t.at, written, "rule.import_no_value", "region")
}

// platform is what a site is here; wider says that it is more than the site.
type platform struct {
	name  string
	wider bool
}

// platformOf gives the platform that collects a host.
func platformOf(host string) (platform, bool) {
	switch {
	case under(host, "weibo.com"), under(host, "weibo.cn"):
		return platform{huiying.PlatformWeibo, false}, true
	case under(host, "tieba.baidu.com"):
		return platform{huiying.PlatformForum, true}, true
	case host == "mp.weixin.qq.com", host == "weixin.qq.com":
		return platform{huiying.PlatformWechat, false}, true
	case under(host, "liuyan.people.com.cn"), under(host, "gov.cn"):
		return platform{huiying.PlatformPortal, true}, true
	}
	return platform{}, false
}

func under(host, domain string) bool { return host == domain || strings.HasSuffix(host, "."+domain) }

var protocol = regexp.MustCompile(`^https?://`)

// site turns a host into a platform. A path below it is none.
func (p *parser) site(at foreign.Place, text, written string) *foreign.Node {
	host, path, _ := strings.Cut(protocol.ReplaceAllString(strings.ToLower(strings.TrimSpace(text)), ""), "/")
	host = strings.TrimPrefix(strings.TrimLeft(host, "*."), "www.")
	if path != "" && path != "*" {
		return foreign.Lose(at, written, "rule.import_site_path")
	}
	found, ok := platformOf(host)
	if !ok {
		return foreign.Lose(at, written, "rule.import_no_platform", foreign.Shorten(host, foreign.MaxQuote))
	}
	return p.platform(at, found, host)
}

// sourceName turns the name of a source into a platform.
func (p *parser) sourceName(at foreign.Place, text, written string) *foreign.Node {
	switch name := strings.TrimSpace(fold.String(text)); {
	case slices.Contains([]string{"微博", "新浪微博", "weibo", "sina weibo"}, name):
		return p.platform(at, platform{huiying.PlatformWeibo, false}, name)
	case slices.Contains([]string{"贴吧", "百度贴吧", "tieba", "baidu tieba"}, name):
		return p.platform(at, platform{huiying.PlatformForum, true}, name)
	case slices.Contains([]string{"微信", "微信公众号", "wechat", "weixin"}, name):
		return p.platform(at, platform{huiying.PlatformWechat, false}, name)
	case strings.Contains(name, "."):
		return p.site(at, name, written)
	}
	return foreign.Lose(at, written, "rule.import_no_platform", foreign.Shorten(text, foreign.MaxQuote))
}

func (p *parser) platform(at foreign.Place, found platform, written string) *foreign.Node {
	if found.wider {
		p.note(at, "rule.import_site_wider", written, "platform:"+found.name)
	}
	return &foreign.Node{Kind: foreign.Meta, At: at, Name: "platform", Text: found.name}
}

// countOf gives our count for theirs.
func countOf(name string) string {
	switch name {
	case "likes", "comments", "views":
		return name
	case "shares", "reposts", "retweets":
		return "reposts"
	}
	return ""
}

// comparison reads likes >5000.
func (p *parser) comparison(t token) *foreign.Node {
	ours := countOf(strings.ToLower(t.text))
	if ours == "" {
		return foreign.Lose(t.at, p.lex.text(t), "rule.import_no_field", t.text)
	}
	return &foreign.Node{Kind: foreign.Count, At: t.at, Name: ours, Op: t.op, N: t.n}
}

var bounds = regexp.MustCompile(`^ *(\d+|\*) *(?:TO|-) *(\d+|\*) *$`)

// ranged reads likes:[100 TO *] and likes:100.
func (p *parser) ranged(t token, ours string, value token) *foreign.Node {
	at := func(op, digits string) *foreign.Node {
		n, err := strconv.Atoi(digits)
		if err != nil {
			return nil // *: no bound
		}
		return &foreign.Node{Kind: foreign.Count, At: t.at, Name: ours, Op: op, N: n}
	}
	m := bounds.FindStringSubmatch(value.text)
	switch {
	case value.shape == span && m != nil:
		if n := foreign.Join(foreign.And, t.at, at(">=", m[1]), at("<=", m[2])); n != nil {
			return n
		}
	case value.shape == word:
		if n := at("=", value.text); n != nil && n.N >= 0 {
			return n
		}
	}
	return foreign.Lose(t.at, t.text+":"+p.lex.text(value), "rule.count_number", ours)
}
