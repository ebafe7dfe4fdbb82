// Package tidy writes the expressions of a rules file in one way: operators,
// spaces and brackets the same everywhere, long ones over several lines. It
// changes nothing else of the file, leaves expressions with comments alone,
// and never changes what an expression means.
package tidy

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"huiying/analyzer/rule"
	"huiying/analyzer/rule/lang"
	"huiying/analyzer/rule/source"
)

// long is how many characters an expression may have on one line.
const long = 100

// Format gives the file with its expressions written anew. The error is that
// of reading the file, mistakes joined.
func Format(data []byte) ([]byte, error) {
	before, err := rule.ParseFile(data)
	if err != nil {
		return nil, err //nolint:wrapcheck // sentences with line and column
	}
	var r source.Reader
	body, ok := r.Open(data)
	if !ok {
		return data, r.Err() //nolint:wrapcheck // as above
	}
	var edits []source.Edit
	list, _ := r.List(r.Mapping(body)["rules"])
	for _, item := range list {
		if e, ok := edit(&r, item, before.Sets); ok {
			edits = append(edits, e)
		}
	}
	out := r.Replace(edits)
	return out, same(before, out)
}

// edit is the new text of one rule's expression, if it needs one.
func edit(r *source.Reader, item ast.Node, sets map[string][]string) (e source.Edit, ok bool) {
	n := r.Mapping(item)["when"]
	when, ok := r.Text(n)
	if !ok || lang.Commented(when) {
		return e, false
	}
	tree, problems := lang.Parse(when, sets)
	if len(problems) > 0 {
		return e, false
	}
	if e.From, e.To, ok = r.Extent(item, "when", when); !ok {
		return e, false
	}
	written := tree.Written()
	if utf8.RuneCountInString(written) <= long || source.Flow(item) || len(tree.Kids) < 2 || tree.Kind != lang.And && tree.Kind != lang.Or {
		e.Text = scalar(written)
		return e, true
	}
	e.Text = block(tree, strings.Repeat(" ", r.Indent(e.From)+2))
	return e, true
}

// block writes an AND or OR with a line for each operand.
func block(tree *lang.Node, indent string) string {
	op := map[lang.Kind]string{lang.And: "AND ", lang.Or: "OR "}[tree.Kind]
	var b strings.Builder
	b.WriteString("|-")
	for i, k := range tree.Kids {
		b.WriteString("\n" + indent)
		one := &lang.Node{Kind: tree.Kind, Kids: []*lang.Node{k}}
		written := one.Written()
		if i > 0 && (tree.Kind != lang.And || k.Kind != lang.Not) {
			b.WriteString(op)
		}
		b.WriteString(written)
	}
	return b.String()
}

// scalar writes a string as YAML reads it back, in single quotes where a plain
// one would be read otherwise.
func scalar(s string) string {
	const signs = ":#{}[],&*!|>'\"%@`?-<=~\\"
	if strings.ContainsAny(s, signs) || strings.TrimSpace(s) != s || numeric(s) {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return s
}

// numeric reports texts that YAML takes for something else.
func numeric(s string) bool {
	switch strings.ToLower(s) {
	case "null", "true", "false", "yes", "no", "on", "off", "":
		return true
	}
	return strings.Trim(s, "0123456789._+eExXoO") == "" || s[0] == '.'
}

// same makes sure that the rules mean what they did: a mistake here must not
// reach the file.
func same(before *rule.File, out []byte) error {
	after, err := rule.ParseFile(out)
	if err != nil {
		return fmt.Errorf("the formatted file is not read: %w", err)
	}
	for i, r := range before.Rules {
		if i >= len(after.Rules) || after.Rules[i].ID != r.ID || after.Rules[i].Expr().String() != r.Expr().String() {
			return fmt.Errorf("rule %s would mean something else", r.ID)
		}
	}
	return nil
}
