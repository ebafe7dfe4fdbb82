package endpoint

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"huiying"
)

//go:embed profiles/*.yaml
var profiles embed.FS

// Builtin reads the embedded descriptions by name; that they are sound is a
// test's business, so one that is not is a programmer's error.
func Builtin() map[string]Profile {
	out := map[string]Profile{}
	files, err := profiles.ReadDir("profiles")
	if err != nil {
		panic(fmt.Sprintf("feed/endpoint: built-in profiles: %v", err))
	}
	for _, f := range files {
		raw, err := profiles.ReadFile("profiles/" + f.Name())
		if err != nil {
			panic(fmt.Sprintf("feed/endpoint: built-in profile %s: %v", f.Name(), err))
		}
		p, err := ParseProfile(raw)
		if err != nil {
			panic(fmt.Sprintf("feed/endpoint: built-in profile %s: %v", f.Name(), err))
		}
		out[p.Name] = p
	}
	return out
}

// find gives the description of a name: a built-in one, or a YAML file.
func find(name string) (Profile, error) {
	if strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		raw, err := os.ReadFile(name)
		if err != nil {
			return Profile{}, huiying.Errorf(huiying.Invalid, "endpoint.file", name, err)
		}
		return ParseProfile(raw)
	}
	known := Builtin()
	p, ok := known[name]
	if !ok {
		names := strings.Join(slices.Sorted(maps.Keys(known)), ", ")
		return Profile{}, huiying.Errorf(huiying.NotFound, "endpoint.unknown", name, names)
	}
	return p, nil
}

// ParseProfile reads one description in YAML or JSON. Unknown keys are
// refused; every mistake is a sentence with line and column.
func ParseProfile(raw []byte) (Profile, error) {
	var p Profile
	if err := yaml.UnmarshalWithOptions(raw, &p, yaml.Strict()); err != nil {
		return Profile{}, unreadable(err)
	}
	faults := p.compile()
	if len(faults) == 0 {
		return p, nil
	}
	file, err := parser.ParseBytes(raw, 0)
	if err != nil {
		return Profile{}, unreadable(err)
	}
	var all []error
	for _, f := range faults {
		line, column := place(file, f.path)
		all = append(all, huiying.Errorf(huiying.Invalid, f.key, append([]any{line, column}, f.args...)...))
	}
	return Profile{}, errors.Join(all...)
}

// unreadable puts the YAML reader's own complaint into a sentence.
func unreadable(err error) error {
	line, column, what := 1, 1, err.Error()
	var y yaml.Error
	if errors.As(err, &y) {
		what = y.GetMessage()
		if t := y.GetToken(); t != nil && t.Position != nil {
			line, column = t.Position.Line, t.Position.Column
		}
	}
	return huiying.Errorf(huiying.Invalid, "endpoint.yaml", line, column, what)
}

// place finds where a path, or the nearest of its parents that is there,
// stands in the file.
func place(file *ast.File, path string) (line, column int) {
	for path != "$" && path != "" {
		if y, err := yaml.PathString(path); err == nil {
			if node, err := y.FilterFile(file); err == nil && node != nil && node.GetToken() != nil {
				at := node.GetToken().Position
				return at.Line, at.Column
			}
		}
		cut := strings.LastIndexByte(path, '.')
		if cut < 0 {
			break
		}
		path = path[:cut]
	}
	return 1, 1
}
