package exchange

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/report/annual"
)

// readYAML reads
//
//	year: 2017
//	facts:
//	  openness.published: 546
//	  promise.items: {value: 50, at_least: true, note: …}
//	  letters.on_time: {mailbox: 1, hotline: 2, consult: 7}
//	texts:
//	  overview: …
//
// A fact with cells and the value 0 is 0 in each.
func readYAML(raw []byte, n *query.NewDisclosure) error {
	file, err := parser.ParseBytes(raw, 0)
	if err != nil {
		return notYAML(err)
	}
	r := newReading(n)
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return place{row: 1, column: 1}.wrong(huiying.Errorf(huiying.Invalid, "annual.file.keys"))
	}
	return pairs(file.Docs[0].Body, func(key string, at place, value ast.Node) error {
		switch key {
		case "year":
			year, err := yearOf(scalar(value), where(value))
			if err != nil {
				return err
			}
			return r.setYear(year, where(value))
		case "facts":
			return pairs(value, r.yamlFact)
		case "texts":
			return pairs(value, func(key string, at place, value ast.Node) error {
				if blank(value) {
					return nil
				}
				if !words(value) {
					return where(value).wrong(huiying.Errorf(huiying.Invalid, "annual.file.text"))
				}
				return r.text(key, scalar(value), at)
			})
		}
		return at.wrong(huiying.Errorf(huiying.Invalid, "annual.file.key", shown(key)))
	})
}

// notYAML says where a file cannot be read.
func notYAML(err error) error {
	var syntax *yaml.SyntaxError
	at := place{row: 1, column: 1}
	if errors.As(err, &syntax) && syntax.Token != nil {
		at = placeOf(syntax.Token)
	}
	return at.wrong(huiying.Errorf(huiying.Invalid, "annual.file.not_yaml"))
}

func placeOf(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{row: 1, column: 1}
	}
	return place{row: t.Position.Line, column: t.Position.Column}
}

func where(n ast.Node) place {
	if n == nil {
		return place{row: 1, column: 1}
	}
	return placeOf(n.GetToken())
}

// pairs goes through a mapping in its order.
func pairs(n ast.Node, do func(key string, at place, value ast.Node) error) error {
	var list []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		list = m.Values
	case *ast.MappingValueNode:
		list = []*ast.MappingValueNode{m}
	case *ast.NullNode:
		return nil
	default:
		return where(n).wrong(huiying.Errorf(huiying.Invalid, "annual.file.keys"))
	}
	for _, v := range list {
		if err := do(scalar(v.Key), where(v.Key), v.Value); err != nil {
			return err
		}
	}
	return nil
}

// scalar is the text of a plain value; "" of anything else.
func scalar(n ast.Node) string {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value
	case *ast.LiteralNode:
		return v.Value.Value
	case ast.MapKeyNode:
		return v.GetToken().Value
	}
	return ""
}

// blank reports a value that is not there: it says nothing.
func blank(n ast.Node) bool {
	_, null := n.(*ast.NullNode)
	return null
}

// words reports a plain value: no list, no names with values, no reference to
// something elsewhere.
func words(n ast.Node) bool {
	switch n.(type) {
	case *ast.StringNode, *ast.LiteralNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return true
	}
	return false
}

func (r *reading) yamlFact(key string, at place, value ast.Node) error {
	fact, cell := query.SplitFact(key)
	k, known := annual.Find(fact)
	if !known {
		return at.wrong(huiying.Errorf(huiying.Invalid, "annual.no_fact", shown(fact)))
	}
	if blank(value) {
		return nil
	}
	if !mapping(value) {
		if cell == "" && len(k.Cells) > 0 && scalar(value) == "0" {
			for _, c := range k.Cells {
				if err := r.fact(query.DisclosureFact{Fact: fact, Cell: c}, "0", at, where(value)); err != nil {
					return err
				}
			}
			return nil
		}
		return r.fact(query.DisclosureFact{Fact: fact, Cell: cell}, scalar(value), at, where(value))
	}
	if cell != "" || len(k.Cells) == 0 {
		return r.detailed(query.DisclosureFact{Fact: fact, Cell: cell}, at, value)
	}
	return pairs(value, func(cell string, at place, value ast.Node) error {
		f := query.DisclosureFact{Fact: fact, Cell: cell}
		if blank(value) {
			return nil
		}
		if mapping(value) {
			return r.detailed(f, at, value)
		}
		return r.fact(f, scalar(value), at, where(value))
	})
}

func mapping(n ast.Node) bool {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

// detailed reads a number with what is said about it.
func (r *reading) detailed(f query.DisclosureFact, at place, n ast.Node) error {
	value, valueAt := "", at
	err := pairs(n, func(key string, at place, v ast.Node) (err error) {
		switch key {
		case "value":
			value, valueAt = scalar(v), where(v)
		case "at_least":
			if f.AtLeast, err = strconv.ParseBool(scalar(v)); err != nil {
				return where(v).wrong(huiying.Errorf(huiying.Invalid, "annual.file.yes_no"))
			}
		case "note":
			f.Note = scalar(v)
		default:
			return at.wrong(huiying.Errorf(huiying.Invalid, "annual.file.key", shown(key)))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.fact(f, value, at, valueAt)
}

// writeYAML writes what Read reads; what was counted has no place in it.
func writeYAML(d query.Disclosure) ([]byte, error) {
	said := func(fact, cell string) (query.DisclosureFact, bool) {
		f, ok := d.Fact(fact, cell)
		return f, ok && f.Source != query.FactCounted
	}
	facts := yaml.MapSlice{}
	for _, k := range annual.Kinds() {
		if len(k.Cells) == 0 {
			if f, ok := said(k.ID, ""); ok {
				facts = append(facts, yaml.MapItem{Key: k.ID, Value: yamlValue(f)})
			}
			continue
		}
		cells := yaml.MapSlice{}
		for _, c := range k.Cells {
			if f, ok := said(k.ID, c); ok {
				cells = append(cells, yaml.MapItem{Key: c, Value: yamlValue(f)})
			}
		}
		if len(cells) > 0 {
			facts = append(facts, yaml.MapItem{Key: k.ID, Value: cells})
		}
	}
	texts := yaml.MapSlice{}
	for _, p := range annual.Parts() {
		if text := d.Text(p.ID); text != "" {
			texts = append(texts, yaml.MapItem{Key: p.ID, Value: text})
		}
	}
	var out bytes.Buffer
	err := yaml.NewEncoder(&out).Encode(yaml.MapSlice{{Key: "year", Value: d.Year}, {Key: "facts", Value: facts}, {Key: "texts", Value: texts}})
	return out.Bytes(), err
}

func yamlValue(f query.DisclosureFact) any {
	var v any = number(query.DisclosureFact{Value: f.Value}) // as text: no exponent
	if f.Value == float64(int64(f.Value)) {
		v = int64(f.Value)
	}
	if !f.AtLeast && f.Note == "" {
		return v
	}
	out := yaml.MapSlice{{Key: "value", Value: v}}
	if f.AtLeast {
		out = append(out, yaml.MapItem{Key: "at_least", Value: true})
	}
	if f.Note != "" {
		out = append(out, yaml.MapItem{Key: "note", Value: f.Note})
	}
	return out
}
