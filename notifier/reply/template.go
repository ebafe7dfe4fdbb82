package reply

import (
	"regexp"
	"slices"
	"strings"
)

// Template is words to begin a reply from. Its placeholders are {case_no},
// {unit}, {date} and {item}.
type Template struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Kind        string `json:"kind,omitempty"`        // of the case it is for, "" = of any
	Disposition string `json:"disposition,omitempty"` // likewise
	Text        string `json:"text"`
}

// Placeholders lists what a template may name.
func Placeholders() []string { return []string{"case_no", "unit", "date", "item"} }

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// BadPlaceholder gives the first placeholder of a template that nobody fills;
// "" is none.
func BadPlaceholder(text string) string {
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(Placeholders(), m[1]) {
			return m[0]
		}
	}
	return ""
}

// For gives the templates for a case of a kind and disposition, their
// placeholders filled. One without a value becomes ＿＿, which its author sees.
func For(list []Template, kind, disposition string, values map[string]string) []Template {
	var out []Template
	for _, t := range list {
		if t.Kind != "" && t.Kind != kind || t.Disposition != "" && t.Disposition != disposition {
			continue
		}
		t.Text = placeholder.ReplaceAllStringFunc(t.Text, func(m string) string {
			if v := values[strings.Trim(m, "{}")]; v != "" {
				return v
			}
			return "＿＿"
		})
		out = append(out, t)
	}
	return out
}
