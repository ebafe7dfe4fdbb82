package tieba

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/PuerkitoBio/goquery"
)

// fields is a data-field attribute: JSON on some pages, the text of a
// JavaScript object with single quotes or bare keys on others.
type fields map[string]any

// read parses a data-field; what is neither form is empty.
func read(s *goquery.Selection) fields {
	raw := strings.TrimSpace(s.AttrOr("data-field", ""))
	var f fields
	dec := json.NewDecoder(strings.NewReader(raw))
	dec.UseNumber()
	if dec.Decode(&f) == nil {
		return f
	}
	return loose(raw)
}

// loose reads one flat object whose strings stand in single quotes and may
// hold quotes themselves: a string ends at the quote before "," or "}".
func loose(raw string) fields {
	f := fields{}
	s := strings.TrimPrefix(raw, "{")
	for {
		s = strings.TrimLeft(s, " ,\n\t")
		key, rest, ok := strings.Cut(s, ":")
		if !ok {
			return f
		}
		var value string
		value, s = loosely(strings.TrimLeft(rest, " "))
		f[strings.Trim(key, `'" `)] = value
	}
}

// loosely takes one value off s.
func loosely(s string) (value, rest string) {
	if s == "" {
		return "", ""
	}
	if q := s[0]; q == '\'' || q == '"' {
		for i := 1; i < len(s); i++ {
			if s[i] == q && s[i-1] != '\\' && closes(s[i+1:]) {
				return s[1:i], s[i+1:]
			}
		}
		return s[1:], ""
	}
	if i := strings.IndexAny(s, ",}"); i >= 0 {
		return strings.TrimSpace(s[:i]), s[i+1:]
	}
	return s, ""
}

// closes reports whether what follows a quote ends the value.
func closes(rest string) bool {
	rest = strings.TrimLeft(rest, " ")
	return rest == "" || rest[0] == ',' || rest[0] == '}'
}

// in is an object inside the object, empty when there is none.
func (f fields) in(key string) fields {
	m, ok := f[key].(map[string]any)
	if !ok {
		return fields{}
	}
	return m
}

// word is a string or number as text; null, true and objects are "".
func (f fields) word(key string) string {
	switch v := f[key].(type) {
	case string:
		if v == "null" || v == "undefined" {
			return ""
		}
		return strings.TrimFunc(v, unicode.IsSpace)
	case json.Number:
		return v.String()
	}
	return ""
}

// portrait is the id of an author without the version of the picture behind
// it.
func portrait(s string) string {
	id, _, _ := strings.Cut(s, "?")
	return id
}
