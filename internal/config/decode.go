package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"huiying"
	"huiying/internal/locale"
)

// position is where a value stands in the file.
type position struct{ line, column int }

// decoder fills a struct from YAML and collects every mistake instead of
// stopping at the first, because an operator corrects a file in one go.
type decoder struct {
	file      string
	positions map[string]position // by path such as sources[0].base_url
	problems  []mistake
}

// mistake is one problem and where it stands.
type mistake struct {
	at  position
	err error
}

// err joins the mistakes in the file's order.
func (d *decoder) err() error {
	slices.SortStableFunc(d.problems, func(a, b mistake) int {
		return cmp.Or(cmp.Compare(a.at.line, b.at.line), cmp.Compare(a.at.column, b.at.column))
	})
	errs := make([]error, len(d.problems))
	for i, m := range d.problems {
		errs[i] = m.err
	}
	return errors.Join(errs...)
}

// problem records a mistake at a path; the nearest known parent gives the
// position where the key itself is missing.
func (d *decoder) problem(path, key string, args ...any) {
	d.problemAt(nearestPosition(d.positions, path), path, key, args...)
}

// nearestPosition is where a path stands, or the nearest known parent.
func nearestPosition(positions map[string]position, path string) position {
	for at := path; ; {
		if p, ok := positions[at]; ok {
			return p
		}
		cut := strings.LastIndexAny(at, ".[")
		if cut < 0 {
			return position{1, 1}
		}
		at = at[:cut]
	}
}

func (d *decoder) problemAt(p position, path, key string, args ...any) {
	err := huiying.Errorf(huiying.Invalid, "config.at",
		d.file, p.line, p.column, path, huiying.Errorf(huiying.Invalid, key, args...))
	d.problems = append(d.problems, mistake{p, err})
}

// decode reports whether the file could be read at all; what it read of a file
// with mistakes is still worth checking.
func (d *decoder) decode(raw []byte, into any) bool {
	if len(bytes.TrimSpace(raw)) == 0 {
		return true
	}
	file, err := parser.ParseBytes(raw, 0)
	if err != nil {
		var syntax yaml.Error
		p := position{1, 1}
		message := err.Error()
		if errors.As(err, &syntax) {
			p = position{syntax.GetToken().Position.Line, syntax.GetToken().Position.Column}
			message = syntax.GetMessage()
		}
		d.problemAt(p, "", "config.syntax", message)
		return false
	}
	if len(file.Docs) != 1 {
		d.problemAt(position{1, 1}, "", "config.one_document", len(file.Docs))
		return false
	}
	if body := file.Docs[0].Body; body != nil {
		d.value(body, reflect.ValueOf(into).Elem(), "")
	}
	return true
}

func (d *decoder) value(n ast.Node, v reflect.Value, path string) {
	n = resolveAnchor(n)
	if tok := n.GetToken(); tok != nil {
		if _, known := d.positions[path]; !known {
			d.positions[path] = position{tok.Position.Line, tok.Position.Column}
		}
	}
	if _, null := n.(*ast.NullNode); null {
		return
	}
	switch {
	case v.Kind() == reflect.Pointer: // what the file does not say stays nil
		said := reflect.New(v.Type().Elem())
		d.value(n, said.Elem(), path)
		v.Set(said)
	case v.Type() == reflect.TypeFor[Duration]():
		d.duration(n, v, path)
	case v.Kind() == reflect.Struct:
		d.mapping(n, v, path)
	case v.Kind() == reflect.Slice:
		d.sequence(n, v, path)
	default:
		d.scalar(n, v, path)
	}
}

func resolveAnchor(n ast.Node) ast.Node {
	if a, ok := n.(*ast.AnchorNode); ok {
		return a.Value
	}
	return n
}

// pairs gives the key-value pairs of a mapping; a mapping of one pair has a
// node of its own.
func pairs(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}, true
	}
	return nil, false
}

func (d *decoder) mapping(n ast.Node, v reflect.Value, path string) {
	values, ok := pairs(n)
	if !ok {
		d.problem(path, "config.want_mapping")
		return
	}
	fields := fieldsOf(v.Type())
	seen := map[string]bool{}
	for _, pair := range values {
		key := pair.Key.GetToken().Value
		at := position{pair.Key.GetToken().Position.Line, pair.Key.GetToken().Position.Column}
		child := join(path, key)
		index, known := fields[key]
		switch {
		case !known:
			d.problemAt(at, child, "config.unknown_key", key, nearest(key, fields))
			continue
		case seen[key]:
			d.problemAt(at, child, "config.twice", key)
			continue
		}
		seen[key] = true
		d.positions[child] = at
		d.value(pair.Value, v.Field(index), child)
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func fieldsOf(t reflect.Type) map[string]int {
	fields := map[string]int{}
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" && name != "-" {
			fields[name] = i
		}
	}
	return fields
}

func (d *decoder) sequence(n ast.Node, v reflect.Value, path string) {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		d.problem(path, "config.want_list")
		return
	}
	out := reflect.MakeSlice(v.Type(), len(list.Values), len(list.Values))
	for i, item := range list.Values {
		d.value(item, out.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
	v.Set(out)
}

func (d *decoder) duration(n ast.Node, v reflect.Value, path string) {
	text := n.GetToken().Value
	parsed, err := time.ParseDuration(text)
	if err != nil || parsed < 0 {
		d.problem(path, "config.want_duration", text)
		return
	}
	v.SetInt(int64(parsed))
}

func (d *decoder) scalar(n ast.Node, v reflect.Value, path string) {
	if v.Kind() == reflect.String {
		d.text(n, v, path)
		return
	}
	var buf bytes.Buffer
	buf.WriteString(n.String())
	if err := yaml.NewDecoder(&buf).Decode(v.Addr().Interface()); err != nil {
		d.problem(path, "config.want_kind", kindName(v.Kind()), n.GetToken().Value)
	}
}

// text reads a string, with ${NAME} taken from the environment.
func (d *decoder) text(n ast.Node, v reflect.Value, path string) {
	switch n.(type) {
	case *ast.StringNode, *ast.LiteralNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
	default:
		d.problem(path, "config.want_kind", kindName(reflect.String), n.GetToken().Value)
		return
	}
	text := n.GetToken().Value
	if l, ok := n.(*ast.LiteralNode); ok {
		text = l.Value.Value
	}
	if name, ok := strings.CutPrefix(text, "${"); ok && strings.HasSuffix(name, "}") {
		name = strings.TrimSuffix(name, "}")
		value, set := os.LookupEnv(name)
		if !set {
			d.problem(path, "config.no_env", name)
			return
		}
		text = value
	}
	v.SetString(text)
}

// secret fills s from the file named beside it.
func (d *decoder) secret(path string, s *Secret, file string) {
	if file == "" {
		return
	}
	if *s != "" {
		d.problem(path, "config.secret_twice", path)
		return
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		d.problem(path+"_file", "config.unreadable", file, err)
		return
	}
	*s = Secret(strings.TrimSpace(string(raw)))
}

func kindName(k reflect.Kind) locale.Key {
	switch k {
	case reflect.String:
		return "config.kind.text"
	case reflect.Bool:
		return "config.kind.bool"
	case reflect.Map:
		return "config.kind.mapping"
	}
	return "config.kind.number"
}

// nearest is the known key closest to a mistyped one, for the hint.
func nearest(key string, fields map[string]int) string {
	best, distance := "", 1000
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if n := editDistance(key, name); n < distance {
			best, distance = name, n
		}
	}
	return best
}

func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diagonal, row[j] = row[j], min(row[j]+1, row[j-1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
