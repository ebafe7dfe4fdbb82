package casefile

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed paper.html
var paper string

// HTML writes the document as one page that needs no other file: no script, no
// picture, no letter from elsewhere.
func HTML(w io.Writer, d Document) error {
	t, err := template.New("paper").Funcs(template.FuncMap{"lines": func(s string) []string { return strings.Split(s, "\n") }}).Parse(paper)
	if err != nil {
		return fmt.Errorf("read the paper's template: %w", err)
	}
	if err := t.Execute(w, d); err != nil {
		return fmt.Errorf("write case file: %w", err)
	}
	return nil
}
