package source_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/goccy/go-yaml/ast"

	"huiying"
	"huiying/analyzer/rule/source"
)

func open(t *testing.T, text string) (*source.Reader, ast.Node) {
	t.Helper()
	r := &source.Reader{}
	body, ok := r.Open([]byte(text))
	if !ok {
		t.Fatalf("%q cannot be read: %v", text, r.Err())
	}
	return r, body
}

// Each character of a text leads to the same character of the file, however
// the file writes it.
func TestAlign(t *testing.T) {
	for name, text := range map[string]string{
		"plain":        "k: 甲 乙b 丙\n",
		"single":       "k: '甲 ''乙'' 丙'\n",
		"double":       "k: \"甲 \\\"乙\\\" 丙\"\n",
		"literal":      "k: |\n  甲\n    乙\n\n  丙\n",
		"folded":       "k: >\n  甲\n  乙\n\n  丙\n",
		"literal, end": "a: 1\nk: |-\n   甲乙丙",
		"anchor":       "k: &x 甲乙丙\n",
	} {
		r, body := open(t, text)
		n := r.Mapping(body)["k"]
		value, ok := r.Text(n)
		if !ok {
			t.Fatal(r.Err())
		}
		places := r.Align(n, value)
		runes := []rune(value)
		if len(places) != len(runes)+1 {
			t.Fatalf("%s: %d places for %d characters", name, len(places), len(runes))
		}
		lines := strings.Split(text, "\n")
		for i, want := range runes {
			if !strings.ContainsRune("甲乙丙b", want) {
				continue
			}
			p := places[i]
			if got := []rune(lines[p.Line-1])[p.Column-1]; got != want {
				t.Errorf("%s: character %d is %q, its place holds %q", name, i, want, got)
			}
		}
	}
}

// A text written in escapes leads at least to where it begins.
func TestAlignEscapes(t *testing.T) {
	r, body := open(t, "k: \"\\u7532 AND\"\n")
	n := r.Mapping(body)["k"]
	places := r.Align(n, "甲 AND")
	if places[0] != (source.Place{Line: 1, Column: 4}) {
		t.Errorf("got %v", places[0])
	}
}

func TestShapes(t *testing.T) {
	r, body := open(t, "a: 1\nb: [x, 2, yes, 1.5]\nc: {d: e}\na: 2\nz:\n")
	values := r.Mapping(body, "a", "b", "c", "z")
	items, ok := r.List(values["b"])
	var words []string
	for _, item := range items {
		w, _ := r.Text(item)
		words = append(words, w)
	}
	if !ok || strings.Join(words, " ") != "x 2 yes 1.5" || !source.IsList(values["b"]) || source.IsList(values["c"]) {
		t.Errorf("got %q, %v", words, ok)
	}
	if none, ok := r.List(values["z"]); !ok || none != nil {
		t.Errorf("an empty value: %v, %v", none, ok)
	}
	if _, ok := r.Text(values["c"]); ok {
		t.Error("a mapping is taken as text")
	}
	var all interface{ Unwrap() []error }
	if err := r.Err(); !errors.As(err, &all) || len(all.Unwrap()) != 2 || huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("mistakes: %v; want a text at line 3 and a key twice at line 4", err)
	}
}

func TestNotReadable(t *testing.T) {
	for text, want := range map[string]string{
		"a: 1\nb: 中\xff": "line 2, column 5",
		"a\x00":          "line 1, column 2",
		"a: [":           "line 1",
	} {
		r := &source.Reader{}
		if _, ok := r.Open([]byte(text)); ok {
			t.Errorf("%q is read", text)
		}
		var e *huiying.Error
		if !errors.As(r.Err(), &e) || e.Key != "rule.at" {
			t.Errorf("%q: got %v, want %s", text, r.Err(), want)
		}
	}
	r := &source.Reader{}
	if _, ok := r.Open(nil); ok || r.Err() != nil {
		t.Errorf("an empty file: %v", r.Err())
	}
}
