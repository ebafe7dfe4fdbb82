package rule

import (
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/rule/lang"
	"huiying/analyzer/rule/source"
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
	// Exclude are expressions any of which keeps this rule, and no other, from
	// holding.
	Exclude []string
	Line    int // of the rule in its file

	expr   *lang.Node
	places []source.Place // of each character of When
}

// Expr is the expression made ready for evaluation, exclusions in it.
func (r *Rule) Expr() *lang.Node { return r.expr }

// Place is where in its file a character of the expression stands, both from 1.
func (r *Rule) Place(pos int) (line, column int) {
	if len(r.places) == 0 {
		return r.Line, 1
	}
	at := r.places[max(0, min(pos, len(r.places)-1))]
	return at.Line, at.Column
}

// ParseFile reads a rules file. Every mistake is told with line and column, in
// the file's order, joined (errors.Join) as huiying.Error sentences; with a
// mistake nothing is taken.
func ParseFile(data []byte) (*File, error) {
	r := &reader{file: &File{Sets: map[string][]string{}}}
	if body, ok := r.Open(data); ok {
		r.top(body)
	}
	if err := r.Err(); err != nil {
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

// reader reads a rules file.
type reader struct {
	source.Reader
	file *File
}

// top reads sets first, because rules name them wherever they stand.
func (r *reader) top(body ast.Node) {
	values := r.Mapping(body, "sets", "rules")
	if n, ok := values["sets"]; ok {
		r.sets(n)
	}
	n, ok := values["rules"]
	if !ok {
		if values != nil {
			r.At(body, "rule.no_rules")
		}
		return
	}
	list, ok := r.List(n)
	if !ok {
		return
	}
	seen := map[string]int{}
	for _, item := range list {
		r.rule(item, seen)
	}
}

func (r *reader) sets(n ast.Node) {
	values := r.Mapping(n)
	for name, words := range values {
		list, ok := r.List(words)
		if !ok {
			continue
		}
		if len(list) == 0 || len(list) > maxSetWords {
			r.At(words, "rule.set_size", name, maxSetWords)
		}
		r.file.Sets[name] = nil
		for _, item := range list {
			if word, ok := r.setWord(item); ok {
				r.file.Sets[name] = append(r.file.Sets[name], word)
			}
		}
	}
}

// setWord takes a word of a set, or tells what is wrong with it.
func (r *reader) setWord(n ast.Node) (word string, ok bool) {
	word, ok = r.Text(n)
	switch folded := fold.String(word); {
	case !ok:
	case strings.TrimSpace(folded) == "":
		r.At(n, "rule.empty_term")
	case utf8.RuneCountInString(folded) > lang.MaxTerm:
		r.At(n, "rule.long_term", lang.MaxTerm)
	default:
		return word, true
	}
	return "", false
}

func (r *reader) rule(n ast.Node, seen map[string]int) {
	values := r.Mapping(n, "id", "name", "when", "exclude", "level", "notify")
	if values == nil {
		return
	}
	rule := Rule{Level: huiying.LevelBlue, Line: n.GetToken().Position.Line}
	r.identity(n, values, &rule, seen)
	if level, ok := values["level"]; ok {
		text, _ := r.Text(level)
		if rule.Level = huiying.Level(text); !rule.Level.Valid() {
			r.At(level, "rule.bad_level", text)
		}
	}
	if notify, ok := values["notify"]; ok {
		rule.Notify = r.notify(notify)
	}
	when, ok := values["when"]
	if !ok {
		r.At(n, "rule.no_when", rule.ID)
		return
	}
	if rule.When, ok = r.Text(when); ok {
		rule.expr, rule.places = r.expression(when, rule.When)
	}
	if exclude, ok := values["exclude"]; ok {
		r.exclude(exclude, &rule)
	}
	r.file.Rules = append(r.file.Rules, rule)
}

// exclude reads one expression or a list of them and takes them out of what
// the rule holds for.
func (r *reader) exclude(n ast.Node, rule *Rule) {
	nodes := []ast.Node{n}
	if source.IsList(n) {
		nodes, _ = r.List(n)
	}
	var kids []*lang.Node
	for _, item := range nodes {
		text, ok := r.Text(item)
		if !ok {
			continue
		}
		rule.Exclude = append(rule.Exclude, text)
		if expr, _ := r.expression(item, text); expr != nil {
			kids = append(kids, expr)
		}
	}
	if rule.expr == nil || len(kids) == 0 {
		return
	}
	rule.expr = lang.Without(rule.expr, kids)
}

// identity reads id and name.
func (r *reader) identity(n ast.Node, values map[string]ast.Node, rule *Rule, seen map[string]int) {
	id, ok := values["id"]
	if !ok {
		r.At(n, "rule.no_id")
		return
	}
	rule.ID, _ = r.Text(id)
	switch {
	case !huiying.ValidSubject(rule.ID):
		r.At(id, "rule.bad_id", rule.ID)
	case rule.ID == huiying.Untagged:
		r.At(id, "rule.reserved_id", rule.ID)
	case seen[rule.ID] > 0:
		r.At(id, "rule.twice", rule.ID, seen[rule.ID])
	default:
		seen[rule.ID] = rule.Line
	}
	rule.Name = rule.ID
	if name, ok := values["name"]; ok {
		if rule.Name, ok = r.Text(name); ok && rule.Name == "" {
			r.At(name, "rule.empty_name", rule.ID)
		}
	}
}

// notify reads one id or a list of them.
func (r *reader) notify(n ast.Node) []string {
	nodes := []ast.Node{n}
	if source.IsList(n) {
		nodes, _ = r.List(n)
	}
	var ids []string
	for _, item := range nodes {
		id, ok := r.Text(item)
		switch {
		case !ok:
		case id == "" || strings.ContainsFunc(id, unicode.IsSpace):
			r.At(item, "rule.bad_notify", id)
		case slices.Contains(ids, id):
			r.At(item, "rule.notify_twice", id)
		default:
			ids = append(ids, id)
		}
	}
	return ids
}

// expression parses the expression of a rule and places its mistakes in the
// file.
func (r *reader) expression(n ast.Node, when string) (*lang.Node, []source.Place) {
	expr, problems := ParseWhen(when, r.file.Sets)
	places := r.Align(n, when)
	if len(problems) == 0 {
		return expr, places
	}
	for _, p := range problems {
		r.Problem(places[min(p.Pos, len(places)-1)], p.Key, p.Args...)
	}
	return nil, nil
}

// ParseWhen parses the expression of a rule for evaluation.
func ParseWhen(when string, sets lang.Sets) (*lang.Node, []lang.Problem) {
	expr, problems := parse(when, sets)
	if expr != nil {
		if n := late(expr); n != nil {
			return nil, []lang.Problem{{Pos: n.Pos, Key: "rule.only_levels", Args: []any{n.Name}}}
		}
	}
	return expr, problems
}

func parse(when string, sets lang.Sets) (*lang.Node, []lang.Problem) {
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
