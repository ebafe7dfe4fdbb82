package huiying_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"huiying/internal/locale"
)

// TestEveryKeyIsInTheCatalogue checks that each sentence named by
// huiying.Errorf or a local maker of such errors stands in the catalogue.
func TestEveryKeyIsInTheCatalogue(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if key := errorKey(call); key != "" && !words.Has(key) {
					t.Errorf("%s: the catalogue has no %q", file, key)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// errorKey is the literal key of a call of Errorf(code, key, …).
func errorKey(call *ast.CallExpr) string {
	name := ""
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok && x.Name == "huiying" {
			name = f.Sel.Name
		}
	case *ast.Ident:
		name = f.Name
	}
	if name != "Errorf" || len(call.Args) < 2 {
		return ""
	}
	literal, ok := call.Args[1].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return ""
	}
	key, err := strconv.Unquote(literal.Value)
	if err != nil {
		return ""
	}
	return key
}
