package rulebook

import (
	"strings"

	"huiying"
	"huiying/analyzer/rule"
	"huiying/internal/query"
)

// text writes rules as a rules file; those that are off are left out.
func text(rules []query.NewRule) []byte {
	var b strings.Builder
	b.WriteString("rules:")
	none := true
	for _, r := range rules {
		if r.Off {
			continue
		}
		none = false
		b.WriteString("\n  - id: " + quoted(r.ID) + "\n    name: " + quoted(r.Name) + "\n    when: " + quoted(r.When) + "\n    level: " + quoted(string(r.Level)))
		list(&b, "exclude", r.Exclude)
		list(&b, "notify", r.Notify)
	}
	if none {
		b.WriteString(" []")
	}
	b.WriteString("\n")
	return []byte(b.String())
}

func list(b *strings.Builder, key string, values []string) {
	if len(values) == 0 {
		return
	}
	b.WriteString("\n    " + key + ": [")
	for i, v := range values {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quoted(v))
	}
	b.WriteString("]")
}

// quoted writes a text as one line of YAML, whatever it holds: a line end is a
// space to a rule.
func quoted(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), " ")
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// join puts files and rules of pages together as analyzers do. A file that
// cannot be read is left out: it is told elsewhere, and a page must not be
// blocked by it.
func join(files []File, rules []query.NewRule) (*rule.File, error) {
	var all []*rule.File
	for _, f := range files {
		if parsed, err := rule.ParseFile([]byte(f.Text)); err == nil {
			all = append(all, parsed)
		}
	}
	ids := map[string]bool{}
	for _, r := range rules {
		if ids[r.ID] {
			return nil, huiying.Errorf(huiying.Conflict, "rules.id_taken", r.ID)
		}
		ids[r.ID] = true
	}
	// What is off is checked too, so that it can be switched on.
	on := make([]query.NewRule, len(rules))
	for i, r := range rules {
		r.Off = false
		on[i] = r
	}
	parsed, err := rule.ParseFile(text(on))
	if err != nil {
		return nil, err
	}
	if _, err := rule.Join(append(all, parsed)...); err != nil {
		return nil, err
	}
	if parsed, err = rule.ParseFile(text(rules)); err != nil {
		return nil, err
	}
	return rule.Join(append(all, parsed)...)
}
