// Package source reads a YAML file strictly and tells every mistake with its
// line and column, also inside a long text that is a language of its own. It
// knows the shapes of YAML and nothing of what they mean.
package source

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"huiying"
)

// Place is a line and column of the file, both from 1, columns in characters.
type Place struct{ Line, Column int }

// mistake is one problem and where it stands.
type mistake struct {
	at  Place
	err error
}

// Reader is a file being read. Its methods that give ok = false have told why.
type Reader struct {
	source   []rune // the file, for columns inside texts
	lines    []int  // offset in source of each line
	mistakes []mistake
}

// Err joins the mistakes in the file's order; each is a sentence rule.at.
func (r *Reader) Err() error {
	slices.SortStableFunc(r.mistakes, func(a, b mistake) int {
		return cmp.Or(cmp.Compare(a.at.Line, b.at.Line), cmp.Compare(a.at.Column, b.at.Column))
	})
	errs := make([]error, len(r.mistakes))
	for i, m := range r.mistakes {
		errs[i] = m.err
	}
	return errors.Join(errs...)
}

// Problem tells a mistake at a place.
func (r *Reader) Problem(at Place, key string, args ...any) {
	err := huiying.Errorf(huiying.Invalid, "rule.at", at.Line, at.Column, huiying.Errorf(huiying.Invalid, key, args...))
	r.mistakes = append(r.mistakes, mistake{at, err})
}

// At tells a mistake at a node.
func (r *Reader) At(n ast.Node, key string, args ...any) {
	p := n.GetToken().Position
	r.Problem(Place{p.Line, p.Column}, key, args...)
}

// Open reads the one document of a file; ok is false when there is none to
// read, for a mistake or because the file is empty.
func (r *Reader) Open(data []byte) (body ast.Node, ok bool) {
	if problem, at := unreadable(data); problem != "" {
		r.Problem(at, problem)
		return nil, false
	}
	r.source = []rune(string(data))
	r.lines = []int{0}
	for i, c := range r.source {
		if c == '\n' {
			r.lines = append(r.lines, i+1)
		}
	}
	doc, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		at, message := Place{1, 1}, err.Error()
		var syntax yaml.Error
		if errors.As(err, &syntax) {
			p := syntax.GetToken().Position
			at, message = Place{p.Line, p.Column}, syntax.GetMessage()
		}
		r.Problem(at, "rule.yaml", message)
		return nil, false
	}
	if len(doc.Docs) > 1 {
		r.At(doc.Docs[1], "rule.one_document")
		return nil, false
	}
	if len(doc.Docs) == 0 || doc.Docs[0].Body == nil {
		return nil, false
	}
	return doc.Docs[0].Body, true
}

// unreadable finds bytes that are not text, and where they are.
func unreadable(data []byte) (problem string, at Place) {
	for number := 1; len(data) > 0; number++ {
		var current []byte
		current, data, _ = bytes.Cut(data, []byte("\n"))
		for i, r := range string(current) {
			_, size := utf8.DecodeRune(current[i:])
			switch {
			case r == utf8.RuneError && size == 1:
				return "rule.not_utf8", Place{number, utf8.RuneCount(current[:i]) + 1}
			case r == 0:
				return "rule.nul", Place{number, utf8.RuneCount(current[:i]) + 1}
			}
		}
	}
	return "", Place{}
}

// plain looks behind an anchor; aliases are refused like anything unexpected.
func plain(n ast.Node) ast.Node {
	if a, ok := n.(*ast.AnchorNode); ok {
		return a.Value
	}
	return n
}

// Mapping gives the values of a mapping by key. Keys that are not among the
// allowed ones (none given = any) and keys that stand twice are told.
func (r *Reader) Mapping(n ast.Node, allowed ...string) map[string]ast.Node {
	var pairs []*ast.MappingValueNode
	switch m := plain(n).(type) {
	case *ast.MappingNode:
		pairs = m.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{m}
	default:
		r.At(n, "rule.want_mapping")
		return nil
	}
	values := map[string]ast.Node{}
	for _, p := range pairs {
		key := p.Key.GetToken().Value
		_, twice := values[key]
		switch {
		case twice:
			r.At(p.Key, "rule.key_twice", key)
		case len(allowed) > 0 && !slices.Contains(allowed, key):
			r.At(p.Key, "rule.unknown_key", key, strings.Join(allowed, " "))
		}
		if !twice {
			values[key] = p.Value
		}
	}
	return values
}

// IsList reports whether a node is a sequence.
func IsList(n ast.Node) bool {
	_, ok := plain(n).(*ast.SequenceNode)
	return ok
}

// List gives the items of a sequence; an empty value is an empty one.
func (r *Reader) List(n ast.Node) ([]ast.Node, bool) {
	switch s := plain(n).(type) {
	case *ast.SequenceNode:
		return s.Values, true
	case *ast.NullNode:
		return nil, true
	}
	r.At(n, "rule.want_list")
	return nil, false
}

// Text gives a scalar as it is written: 12345 and yes are words here.
func (r *Reader) Text(n ast.Node) (string, bool) {
	switch s := plain(n).(type) {
	case *ast.StringNode:
		return s.Value, true
	case *ast.LiteralNode:
		return s.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	r.At(n, "rule.want_text")
	return "", false
}

// Align finds where in the file each rune of a scalar stands, whatever its
// style: quoted, block or folded over lines. White space and escapes differ
// between the two, other characters come in the same order. One place more
// stands for the end.
func (r *Reader) Align(n ast.Node, value string) []Place {
	at := r.offset(n)
	runes := []rune(value)
	places := make([]Place, 0, len(runes)+1)
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
func (r *Reader) offset(n ast.Node) int {
	n = plain(n)
	p := n.GetToken().Position
	line := min(max(p.Line, 1), len(r.lines))
	if _, block := n.(*ast.LiteralNode); block && line < len(r.lines) {
		return r.lines[line]
	}
	return min(r.lines[line-1]+max(p.Column-1, 0), len(r.source))
}

func (r *Reader) place(at int) Place {
	line := len(r.lines)
	for line > 1 && r.lines[line-1] > at {
		line--
	}
	return Place{line, at - r.lines[line-1] + 1}
}

// Extent is where the value of a key stands in the file, in runes: with its
// quotes, with the mark and all lines of a block. value is what Text gave for
// it. ok is false where it is written in a way that is better left alone: with
// an anchor, a tag or a comment before it.
func (r *Reader) Extent(mapping ast.Node, key, value string) (from, to int, ok bool) {
	pair := pairOf(mapping, key)
	if pair == nil {
		return 0, 0, false
	}
	p := pair.Key.GetToken().Position
	from = r.lines[min(max(p.Line, 1), len(r.lines))-1] + max(p.Column-1, 0)
	for from < len(r.source) && r.source[from] != ':' {
		from++
	}
	for from++; from < len(r.source) && unicode.IsSpace(r.source[from]); from++ {
	}
	if from >= len(r.source) || strings.ContainsRune("&!#*", r.source[from]) {
		return 0, 0, false
	}
	if _, block := plain(pair.Value).(*ast.LiteralNode); block {
		line := r.place(from).Line
		return from, r.blockEnd(line), true
	}
	at := from
	for _, want := range value {
		if unicode.IsSpace(want) {
			continue
		}
		for at < len(r.source) && r.source[at] != want {
			at++
		}
		at++
	}
	if quote := r.source[from]; quote == '"' || quote == '\'' {
		for at < len(r.source) && r.source[at] != quote {
			at++
		}
		at++
	}
	return from, at, at <= len(r.source)
}

func pairOf(mapping ast.Node, key string) *ast.MappingValueNode {
	var pairs []*ast.MappingValueNode
	switch m := plain(mapping).(type) {
	case *ast.MappingNode:
		pairs = m.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{m}
	}
	for _, p := range pairs {
		if p.Key.GetToken().Value == key {
			return p
		}
	}
	return nil
}

// Indent is how far in the key of a mapping stands that is on the line of a
// place of the file.
func (r *Reader) Indent(at int) int {
	from := r.lines[r.place(at).Line-1]
	n := 0
	for from+n < len(r.source) && (r.source[from+n] == ' ' || r.source[from+n] == '-') {
		n++
	}
	return n
}

// blockEnd is where the lines of a block end whose mark stands on a line: those
// that are empty or stand further in than that line begins.
func (r *Reader) blockEnd(line int) int {
	indent := func(i int) (n int, empty bool) {
		for at := r.lines[i]; at < len(r.source) && r.source[at] == ' '; at++ {
			n++
		}
		at := r.lines[i] + n
		return n, at >= len(r.source) || r.source[at] == '\n'
	}
	outer := r.Indent(r.lines[line-1])
	end := line
	for i := line; i < len(r.lines); i++ {
		if n, empty := indent(i); !empty && n <= outer {
			break
		} else if !empty {
			end = i + 1
		}
	}
	if end == len(r.lines) {
		return len(r.source)
	}
	return r.lines[end] - 1
}

// Replace gives the file with some extents written anew; they do not overlap.
func (r *Reader) Replace(edits []Edit) []byte {
	slices.SortFunc(edits, func(a, b Edit) int { return a.From - b.From })
	var b bytes.Buffer
	at := 0
	for _, e := range edits {
		b.WriteString(string(r.source[at:e.From]))
		b.WriteString(e.Text)
		at = e.To
	}
	b.WriteString(string(r.source[at:]))
	return b.Bytes()
}

// Edit is a new text for an extent of the file.
type Edit struct {
	From, To int
	Text     string
}

// Flow reports whether a mapping is written within braces.
func Flow(n ast.Node) bool {
	m, ok := plain(n).(*ast.MappingNode)
	return ok && m.IsFlowStyle
}
