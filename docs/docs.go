// Package docs gives the program the papers that pages show, so that a page and
// its paper cannot differ. It holds no text of its own.
package docs

import (
	_ "embed"
	"strings"

	"huiying/internal/query"
)

//go:embed glossary.md
var glossary string

// Terms reads the glossary: every row of its tables of three columns.
func Terms() []query.Term {
	var out []query.Term
	for line := range strings.Lines(glossary) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 3 || !strings.HasPrefix(line, "|") {
			continue
		}
		t := query.Term{English: strings.TrimSpace(cells[0]), Chinese: strings.TrimSpace(cells[1]), Means: strings.ReplaceAll(strings.TrimSpace(cells[2]), "`", "")}
		if t.Chinese != "中文" && strings.Trim(t.English, "-: ") != "" {
			out = append(out, t)
		}
	}
	return out
}
