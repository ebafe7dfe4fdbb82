package site

import (
	"embed"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"huiying"
)

// Names of the built-in site descriptions that surfaces read by without one.
const (
	BeijingLetters    = "beijing-letters"
	GovernmentArticle = "government-article"
)

//go:embed profiles/*.yaml
var profiles embed.FS

// Builtin reads the embedded descriptions; that they are sound is a test's
// business, so one that is not is a programmer's error.
func Builtin() map[string]Profile {
	out := map[string]Profile{}
	files, err := profiles.ReadDir("profiles")
	if err != nil {
		panic(fmt.Sprintf("portal/site: built-in profiles: %v", err))
	}
	for _, file := range files {
		name := strings.TrimSuffix(file.Name(), ".yaml")
		raw, err := profiles.ReadFile("profiles/" + file.Name())
		if err != nil {
			panic(fmt.Sprintf("portal/site: built-in profile %s: %v", name, err))
		}
		p, err := Parse(raw)
		if err != nil {
			panic(fmt.Sprintf("portal/site: built-in profile %s: %v", name, err))
		}
		out[name] = p
	}
	return out
}

// Parse reads one site description. Unknown keys are refused; every
// mistake is a sentence with line and column.
func Parse(raw []byte) (Profile, error) {
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
	return huiying.Errorf(huiying.Invalid, "portal.profile_yaml", line, column, what)
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
