package rule

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"huiying/analyzer/fold"
	"huiying/analyzer/rule/lang"
)

// unreadable finds bytes that are not text, with their line and column.
func unreadable(data []byte) (problem string, line, column int) {
	line = 1
	for number := 1; len(data) > 0; number++ {
		var current []byte
		current, data, _ = bytes.Cut(data, []byte("\n"))
		for i, r := range string(current) {
			_, size := utf8.DecodeRune(current[i:])
			switch {
			case r == utf8.RuneError && size == 1:
				return "rule.not_utf8", number, utf8.RuneCount(current[:i]) + 1
			case r == 0:
				return "rule.nul", number, utf8.RuneCount(current[:i]) + 1
			}
		}
	}
	return "", line, 1
}

// setWord takes a word of a set, or tells what is wrong with it.
func (r *reader) setWord(n ast.Node) (word string, ok bool) {
	word, ok = r.text(n)
	switch folded := fold.String(word); {
	case !ok:
	case strings.TrimSpace(folded) == "":
		r.at(n, "rule.empty_term")
	case utf8.RuneCountInString(folded) > lang.MaxTerm:
		r.at(n, "rule.long_term", lang.MaxTerm)
	default:
		return word, true
	}
	return "", false
}

// plain looks behind an anchor; aliases are refused like anything unexpected.
func plain(n ast.Node) ast.Node {
	if a, ok := n.(*ast.AnchorNode); ok {
		return a.Value
	}
	return n
}

// mapping gives the values of a mapping by key. Keys that are not among the
// allowed ones (none given = any) and keys that stand twice are told.
func (r *reader) mapping(n ast.Node, allowed ...string) map[string]ast.Node {
	var pairs []*ast.MappingValueNode
	switch m := plain(n).(type) {
	case *ast.MappingNode:
		pairs = m.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{m}
	default:
		r.at(n, "rule.want_mapping")
		return nil
	}
	values := map[string]ast.Node{}
	for _, p := range pairs {
		key := p.Key.GetToken().Value
		_, twice := values[key]
		switch {
		case twice:
			r.at(p.Key, "rule.key_twice", key)
		case len(allowed) > 0 && !contains(allowed, key):
			r.at(p.Key, "rule.unknown_key", key, strings.Join(allowed, " "))
		}
		values[key] = p.Value
	}
	return values
}

func contains(list []string, s string) bool {
	for _, item := range list {
		if item == s {
			return true
		}
	}
	return false
}

func (r *reader) list(n ast.Node) ([]ast.Node, bool) {
	switch s := plain(n).(type) {
	case *ast.SequenceNode:
		return s.Values, true
	case *ast.NullNode:
		return nil, true
	}
	r.at(n, "rule.want_list")
	return nil, false
}

// text gives a scalar as it is written: 12345 and yes are words here.
func (r *reader) text(n ast.Node) (string, bool) {
	switch s := plain(n).(type) {
	case *ast.StringNode:
		return s.Value, true
	case *ast.LiteralNode:
		return s.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	r.at(n, "rule.want_text")
	return "", false
}

// notify reads one id or a list of them.
func (r *reader) notify(n ast.Node) []string {
	nodes := []ast.Node{n}
	if s, ok := plain(n).(*ast.SequenceNode); ok {
		nodes = s.Values
	}
	var ids []string
	for _, item := range nodes {
		id, ok := r.text(item)
		switch {
		case !ok:
		case id == "" || strings.ContainsFunc(id, unicode.IsSpace):
			r.at(item, "rule.bad_notify", id)
		case contains(ids, id):
			r.at(item, "rule.notify_twice", id)
		default:
			ids = append(ids, id)
		}
	}
	return ids
}

// place is a line and column of the file, both from 1, columns in characters.
type place struct{ line, column int }

// align finds where in the file each rune of a scalar stands, whatever its
// style: quoted, block or folded over lines. White space and escapes differ
// between the two, other characters come in the same order. One place more
// stands for the end.
func (r *reader) align(n ast.Node, value string) []place {
	at := r.offset(n)
	runes := []rune(value)
	places := make([]place, 0, len(runes)+1)
	for _, want := range runes {
		if unicode.IsSpace(want) {
			places = append(places, r.place(at))
			if at < len(r.source) && unicode.IsSpace(r.source[at]) {
				at++
			}
			continue
		}
		next := at
		for next < len(r.source) && r.source[next] != want {
			next++
		}
		if next == len(r.source) { // written as an escape
			places = append(places, r.place(at))
			continue
		}
		places = append(places, r.place(next))
		at = next + 1
	}
	return append(places, r.place(at))
}

// offset is where a scalar begins in the file; for block scalars its first
// line.
func (r *reader) offset(n ast.Node) int {
	n = plain(n)
	p := n.GetToken().Position
	line := min(max(p.Line, 1), len(r.lines))
	if _, block := n.(*ast.LiteralNode); block && line < len(r.lines) {
		return r.lines[line]
	}
	return min(r.lines[line-1]+max(p.Column-1, 0), len(r.source))
}

func (r *reader) place(at int) place {
	line := len(r.lines)
	for line > 1 && r.lines[line-1] > at {
		line--
	}
	return place{line, at - r.lines[line-1] + 1}
}
