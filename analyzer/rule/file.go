package rule

import (
	"cmp"
	"errors"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"huiying"
	"huiying/analyzer/rule/lang"
)

// maxSetWords bounds a set.
const maxSetWords = 20_000

// File is the content of a rules file, checked.
type File struct {
	Rules []Rule
	Sets  map[string][]string
}

// Rule tags the posts for which its expression holds.
type Rule struct {
	ID     string        // one token of a subject: [a-z0-9-]{1,64}
	Name   string        // as people call it; the id when not given
	When   string        // the expression as written
	Level  huiying.Level // blue when not given; none = tag only
	Notify []string      // ids of units, users or channels that are told
	Line   int           // of the rule in its file

	expr *lang.Node
}

// ParseFile reads a rules file. Every mistake is told with line and column, in
// the file's order, joined (errors.Join) as huiying.Error sentences; with a
// mistake nothing is taken.
func ParseFile(data []byte) (*File, error) {
	r := &reader{file: &File{Sets: map[string][]string{}}}
	r.read(data)
	if err := r.err(); err != nil {
		return nil, err
	}
	return r.file, nil
}

// Join puts the rules of several files together in their order. An id that
// stands in two of them is refused.
func Join(files ...*File) (*File, error) {
	all := &File{Sets: map[string][]string{}}
	seen := map[string]bool{}
	var problems []error
	for _, f := range files {
		if f == nil {
			continue
		}
		for _, r := range f.Rules {
			if seen[r.ID] {
				problems = append(problems, huiying.Errorf(huiying.Invalid, "rule.twice_in_files", r.ID))
			}
			seen[r.ID] = true
			all.Rules = append(all.Rules, r)
		}
		for name, words := range f.Sets {
			all.Sets[name] = words
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return all, nil
}

// mistake is one problem and where it stands.
type mistake struct {
	line, column int
	err          error
}

type reader struct {
	source   []rune // the file, for columns inside expressions
	lines    []int  // offset in source of each line
	file     *File
	mistakes []mistake
}

func (r *reader) err() error {
	slices.SortStableFunc(r.mistakes, func(a, b mistake) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
	errs := make([]error, len(r.mistakes))
	for i, m := range r.mistakes {
		errs[i] = m.err
	}
	return errors.Join(errs...)
}

func (r *reader) problem(line, column int, key string, args ...any) {
	err := huiying.Errorf(huiying.Invalid, "rule.at", line, column, huiying.Errorf(huiying.Invalid, key, args...))
	r.mistakes = append(r.mistakes, mistake{line, column, err})
}

func (r *reader) at(n ast.Node, key string, args ...any) {
	p := n.GetToken().Position
	r.problem(p.Line, p.Column, key, args...)
}

func (r *reader) read(data []byte) {
	if problem, line, column := unreadable(data); problem != "" {
		r.problem(line, column, problem)
		return
	}
	r.source = []rune(string(data))
	r.lines = []int{0}
	for i, c := range r.source {
		if c == '\n' {
			r.lines = append(r.lines, i+1)
		}
	}
	doc, err := parser.ParseBytes(data, 0)
	if err != nil {
		line, column, message := 1, 1, err.Error()
		var syntax yaml.Error
		if errors.As(err, &syntax) {
			line, column, message = syntax.GetToken().Position.Line, syntax.GetToken().Position.Column, syntax.GetMessage()
		}
		r.problem(line, column, "rule.yaml", message)
		return
	}
	if len(doc.Docs) > 1 {
		r.at(doc.Docs[1], "rule.one_document")
		return
	}
	if len(doc.Docs) == 1 && doc.Docs[0].Body != nil {
		r.top(doc.Docs[0].Body)
	}
}

// top reads sets first, because rules name them wherever they stand.
func (r *reader) top(body ast.Node) {
	values := r.mapping(body, "sets", "rules")
	if n, ok := values["sets"]; ok {
		r.sets(n)
	}
	n, ok := values["rules"]
	if !ok {
		if values != nil {
			r.at(body, "rule.no_rules")
		}
		return
	}
	list, ok := r.list(n)
	if !ok {
		return
	}
	seen := map[string]int{}
	for _, item := range list {
		r.rule(item, seen)
	}
}

func (r *reader) sets(n ast.Node) {
	values := r.mapping(n)
	for name, words := range values {
		list, ok := r.list(words)
		if !ok {
			continue
		}
		if len(list) == 0 || len(list) > maxSetWords {
			r.at(words, "rule.set_size", name, maxSetWords)
		}
		r.file.Sets[name] = nil
		for _, item := range list {
			if word, ok := r.setWord(item); ok {
				r.file.Sets[name] = append(r.file.Sets[name], word)
			}
		}
	}
}

func (r *reader) rule(n ast.Node, seen map[string]int) {
	values := r.mapping(n, "id", "name", "when", "level", "notify")
	if values == nil {
		return
	}
	rule := Rule{Level: huiying.LevelBlue, Line: n.GetToken().Position.Line}
	r.identity(n, values, &rule, seen)
	if level, ok := values["level"]; ok {
		text, _ := r.text(level)
		if rule.Level = huiying.Level(text); !rule.Level.Valid() {
			r.at(level, "rule.bad_level", text)
		}
	}
	if notify, ok := values["notify"]; ok {
		rule.Notify = r.notify(notify)
	}
	when, ok := values["when"]
	if !ok {
		r.at(n, "rule.no_when", rule.ID)
		return
	}
	if rule.When, ok = r.text(when); ok {
		rule.expr = r.expression(when, rule.When)
	}
	r.file.Rules = append(r.file.Rules, rule)
}

// identity reads id and name.
func (r *reader) identity(n ast.Node, values map[string]ast.Node, rule *Rule, seen map[string]int) {
	id, ok := values["id"]
	if !ok {
		r.at(n, "rule.no_id")
		return
	}
	rule.ID, _ = r.text(id)
	switch {
	case !huiying.ValidSubject(rule.ID):
		r.at(id, "rule.bad_id", rule.ID)
	case rule.ID == huiying.Untagged:
		r.at(id, "rule.reserved_id", rule.ID)
	case seen[rule.ID] > 0:
		r.at(id, "rule.twice", rule.ID, seen[rule.ID])
	default:
		seen[rule.ID] = rule.Line
	}
	rule.Name = rule.ID
	if name, ok := values["name"]; ok {
		if rule.Name, ok = r.text(name); ok && rule.Name == "" {
			r.at(name, "rule.empty_name", rule.ID)
		}
	}
}

// expression parses the expression of a rule and places its mistakes in the
// file.
func (r *reader) expression(n ast.Node, when string) *lang.Node {
	expr, problems := ParseWhen(when, r.file.Sets)
	if len(problems) == 0 {
		return expr
	}
	places := r.align(n, when)
	for _, p := range problems {
		at := places[min(p.Pos, len(places)-1)]
		r.problem(at.line, at.column, p.Key, p.Args...)
	}
	return nil
}

// ParseWhen parses one expression for evaluation.
func ParseWhen(when string, sets lang.Sets) (*lang.Node, []lang.Problem) {
	raw, problems := lang.Parse(when, sets)
	if len(problems) > 0 {
		return nil, problems
	}
	expr, ok := lang.Normalise(raw)
	if !ok {
		return nil, []lang.Problem{{Key: "rule.too_spread"}}
	}
	return expr, nil
}
