package endpoint

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// path leads into a JSON answer: names with dots between, [2] for one element
// of an array and [-1] for its last, [*] for all, ["a.b"] for a name with
// dots. "" and "$" are the answer itself.
type path []step

// step is a name, an index, or everything.
type step struct {
	name  string
	index int
	kind  stepKind
}

type stepKind int

const (
	byName stepKind = iota
	byIndex
	everything
)

var errPath = errors.New("no path")

// maxSteps bounds a path.
const maxSteps = 32

func parsePath(s string) (path, error) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "$")
	var out path
	for s = strings.TrimPrefix(s, "."); s != ""; {
		if len(out) == maxSteps {
			return nil, errPath
		}
		if s[0] == '[' {
			st, rest, err := bracket(s)
			if err != nil {
				return nil, err
			}
			out, s = append(out, st), rest
		} else {
			end := strings.IndexAny(s, ".[")
			if end < 0 {
				end = len(s)
			}
			if end == 0 {
				return nil, errPath
			}
			out, s = append(out, step{name: s[:end]}), s[end:]
		}
		if strings.HasPrefix(s, ".") {
			if s = s[1:]; s == "" {
				return nil, errPath
			}
		}
	}
	return out, nil
}

func bracket(s string) (st step, rest string, err error) {
	if strings.HasPrefix(s, `["`) {
		name, rest, ok := strings.Cut(s[2:], `"]`)
		if !ok || name == "" {
			return step{}, "", errPath
		}
		return step{name: name}, rest, nil
	}
	inner, rest, ok := strings.Cut(s[1:], "]")
	if !ok {
		return step{}, "", errPath
	}
	if inner == "*" {
		return step{kind: everything}, rest, nil
	}
	n, err := strconv.Atoi(inner)
	if err != nil {
		return step{}, "", errPath
	}
	return step{kind: byIndex, index: n}, rest, nil
}

// find gives every value the path leads to.
func (p path) find(v any) []any {
	at := []any{v}
	for _, st := range p {
		var next []any
		for _, v := range at {
			next = append(next, st.into(v)...)
		}
		at = next
	}
	return at
}

func (s step) into(v any) []any {
	switch s.kind {
	case everything:
		return elements(v)
	case byIndex:
		list, _ := v.([]any)
		i := s.index
		if i < 0 {
			i += len(list)
		}
		if i >= 0 && i < len(list) {
			return list[i : i+1]
		}
		return nil
	}
	switch x := v.(type) {
	case map[string]any:
		if got, ok := x[s.name]; ok {
			return []any{got}
		}
	case string: // JSON in a string is common where one system wraps another
		if inner, ok := decode([]byte(x)); ok && strings.ContainsAny(x[:1], "{[") {
			return s.into(inner)
		}
	}
	return nil
}

// elements are the members of an array, or the values of an object by their
// keys' order; numbers as keys in the order of numbers.
func elements(v any) []any {
	switch x := v.(type) {
	case []any:
		return x
	case map[string]any:
		keys := slices.SortedFunc(maps.Keys(x), func(a, b string) int {
			n, errA := strconv.Atoi(a)
			m, errB := strconv.Atoi(b)
			if errA == nil && errB == nil {
				return cmp.Compare(n, m)
			}
			return cmp.Compare(a, b)
		})
		out := make([]any, 0, len(keys))
		for _, k := range keys {
			out = append(out, x[k])
		}
		return out
	case string:
		if inner, ok := decode([]byte(x)); ok && x != "" && strings.ContainsAny(x[:1], "{[") {
			return elements(inner)
		}
	}
	return nil
}

// word is a JSON value as text: numbers as they are written, "" for null and
// for what holds other values.
func word(v any) string {
	switch x := v.(type) {
	case string:
		return strings.TrimSpace(x)
	case json.Number:
		return x.String()
	case bool:
		return strconv.FormatBool(x)
	}
	return ""
}

// first is the first value of the path that says something.
func (p path) first(v any) string {
	for _, found := range p.find(v) {
		if s := word(found); s != "" {
			return s
		}
	}
	return ""
}
