package lang

import (
	"slices"
	"strconv"
	"strings"

	"huiying/analyzer/fold"
)

func isFunction(name string) bool {
	return slices.Contains([]string{"word", "set", "sentence", "paragraph", "atleast", "score"}, name)
}

// function reads the arguments of name( ).
func (p *parser) function(name lexeme) *Node {
	opened := p.take()
	var n *Node
	switch name.text {
	case "word":
		n = p.wordOf(name)
	case "set":
		n = p.setOf(name)
	case "sentence":
		n = p.within(Sentence, name)
	case "paragraph":
		n = p.within(Paragraph, name)
	case "atleast":
		n = p.atLeast(name)
	case "score":
		n = p.score(name)
	}
	if n == nil {
		return nil
	}
	switch t := p.peek(); t.kind {
	case closed:
		p.take()
		return n
	case end:
		return p.fail(opened.pos, "rule.unclosed")
	default:
		return p.fail(t.pos, "rule.function_arguments", name.text)
	}
}

// wordOf reads word(T): a term, a phrase, or a set.
func (p *parser) wordOf(name lexeme) *Node {
	t := p.take()
	if t.kind == word && t.text == "set" && p.peek().kind == open {
		opened := p.take()
		n := p.setOf(t)
		if n == nil {
			return nil
		}
		if p.peek().kind != closed {
			return p.fail(opened.pos, "rule.unclosed")
		}
		p.take()
		n.Word = true
		return n
	}
	if t.kind != word && t.kind != phrase || operator(t) != "" {
		return p.fail(t.pos, "rule.word_argument")
	}
	n := p.term(t)
	if n != nil {
		n.Word = true
	}
	return n
}

func (p *parser) setOf(name lexeme) *Node {
	t := p.take()
	if t.kind != word && t.kind != phrase {
		return p.fail(t.pos, "rule.set_argument")
	}
	words, ok := p.sets[t.text]
	if !ok {
		p.fail(t.pos, "rule.unknown_set", t.text) // and on: there may be more to tell
	}
	n := p.node(Node{Kind: Set, Pos: name.pos, Name: t.text})
	if n == nil {
		return nil
	}
	for _, w := range words {
		if folded := fold.String(w); !slices.Contains(n.Words, folded) {
			n.Words = append(n.Words, folded)
		}
	}
	return n
}

func (p *parser) within(k Kind, name lexeme) *Node {
	n := p.node(Node{Kind: k, Pos: name.pos})
	if n == nil {
		return nil
	}
	for {
		kid := p.or()
		if kid == nil {
			return nil
		}
		n.Kids = append(n.Kids, kid)
		if p.peek().kind != comma {
			break
		}
		p.take()
	}
	if len(n.Kids) < 2 {
		return p.fail(name.pos, "rule.two_arguments", name.text)
	}
	return n
}

func (p *parser) atLeast(name lexeme) *Node {
	t := p.take()
	count, err := strconv.Atoi(t.text)
	if t.kind != word || err != nil || count < 1 || count > maxGap {
		return p.fail(t.pos, "rule.atleast_number")
	}
	if p.peek().kind != comma {
		return p.fail(p.peek().pos, "rule.atleast_arguments")
	}
	p.take()
	kid := p.or()
	if kid == nil {
		return nil
	}
	return p.node(Node{Kind: AtLeast, Pos: name.pos, N: count, Kids: []*Node{kid}})
}

// values lists what a condition may ask for; region takes any place.
func values(name string) (list []string, ok bool) {
	switch name {
	case "platform":
		return []string{"weibo", "portal", "forum", "feed", "hotline", "mailbox", "consult", "news", "wechat"}, true
	case "kind":
		return []string{"post", "repost", "comment", "reply", "letter", "thread", "article", "ticket"}, true
	case "verified":
		return []string{"none", "person", "government", "media", "enterprise", "campus", "organisation"}, true
	case "intent":
		return []string{"complaint", "report", "help", "enquiry", "suggestion", "praise", "other"}, true
	case "sentiment":
		return []string{"positive", "neutral", "negative"}, true
	case "level":
		return []string{"red", "orange", "yellow", "blue", "none"}, true
	case "burst":
		return []string{"yes"}, true
	case "region", "place", "hour", "weekday":
		return nil, true
	}
	return nil, false
}

// condition reads name:value, and title:( ) or text:( ).
func (p *parser) condition(name lexeme) *Node {
	mark := p.take()
	field := fold.String(name.text)
	if field == "title" || field == "text" {
		kid := p.primary()
		if kid == nil {
			return nil
		}
		return p.node(Node{Kind: Field, Pos: name.pos, Name: field, Kids: []*Node{kid}})
	}
	list, known := values(field)
	switch {
	case !known && slices.Contains(counts(), field):
		return p.fail(mark.pos, "rule.count_colon", field)
	case !known:
		return p.fail(name.pos, "rule.unknown_field", name.text)
	case p.peek().kind == open:
		return p.anyValue(field, list)
	}
	return p.value(field, list)
}

// anyValue reads platform:(weibo OR portal).
func (p *parser) anyValue(field string, list []string) *Node {
	opened := p.take()
	n := p.list(Or, "OR", func() *Node { return p.value(field, list) })
	if n == nil {
		return nil
	}
	if p.peek().kind != closed {
		return p.fail(opened.pos, "rule.unclosed")
	}
	p.take()
	return n
}

func (p *parser) value(field string, list []string) *Node {
	t := p.peek()
	if t.kind != word && t.kind != phrase || operator(t) != "" {
		return p.fail(t.pos, "rule.no_value", field)
	}
	p.take()
	v := fold.String(t.text)
	if field == "hour" || field == "weekday" {
		return p.time(field, t, v)
	}
	if list != nil && !slices.Contains(list, v) {
		p.fail(t.pos, "rule.unknown_value", field, t.text, strings.Join(list, " "))
	}
	return p.node(Node{Kind: Meta, Pos: t.pos, Name: field, Text: v, Raw: t.text})
}

func counts() []string {
	return []string{"reposts", "comments", "likes", "views", "engagement", "voices", "platforms", "speed"}
}

// count reads reposts>=100.
func (p *parser) count(name lexeme) *Node {
	op := p.take()
	field := fold.String(name.text)
	if !slices.Contains(counts(), field) {
		return p.fail(name.pos, "rule.unknown_count", name.text)
	}
	if !slices.Contains([]string{">=", ">", "<=", "<", "="}, op.text) {
		return p.fail(op.pos, "rule.bad_compare", op.text)
	}
	t := p.peek()
	number := fold.String(t.text)
	n, err := strconv.Atoi(number)
	if t.kind != word || err != nil || n < 0 || number[0] == '+' {
		return p.fail(t.pos, "rule.count_number", field)
	}
	p.take()
	return p.node(Node{Kind: Count, Pos: name.pos, Name: field, Op: op.text, N: n})
}
