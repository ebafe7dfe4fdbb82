package status

import (
	"bytes"
	"encoding/json"
	"iter"
	"strings"
	"unicode/utf8"
)

// A page is objects in lists in objects, five deep, and encoding/json looks twice
// through all of a value at each depth: once whether it is JSON, once for where it
// ends. What is here goes through JSON that is known to be valid (the page was
// asked once, or encoding/json hands it over) and only finds where values end. Of
// anything else it gives some part, and never panics.

// Raw is a value left as it is: a part of the document and no copy, for nobody
// writes to a document.
type Raw []byte

// UnmarshalJSON keeps the value where it stands.
func (r *Raw) UnmarshalJSON(b []byte) error {
	*r = b
	return nil
}

// Members are the names and values of a valid JSON object in their order; none of
// what is no object.
func Members(raw []byte) iter.Seq2[string, Raw] {
	return func(yield func(string, Raw) bool) {
		raw = bytes.TrimSpace(raw)
		if len(raw) == 0 || raw[0] != '{' {
			return
		}
		for at := next(raw, 1); at < len(raw) && raw[at] == '"'; {
			end := endOfText(raw, at)
			name := wordOf(raw[at:end])
			at = next(raw, next(raw, end)+1) // over the colon
			if at >= len(raw) {
				return
			}
			end = endOf(raw, at)
			if !yield(name, Raw(raw[at:end])) {
				return
			}
			at = next(raw, next(raw, end)+1) // over the comma
		}
	}
}

// Fields reads the members of a valid JSON object that are asked for by name, and
// reports whether it is an object. The types of this package never refuse a value.
func Fields(raw []byte, into map[string]json.Unmarshaler) bool {
	for name, value := range Members(raw) {
		if to, asked := into[name]; asked && to.UnmarshalJSON(value) != nil {
			return false
		}
	}
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && raw[0] == '{'
}

// elements are the values of a valid JSON array.
func elements(raw []byte) Items {
	var list Items
	for at := next(raw, 1); at < len(raw) && raw[at] != ']'; {
		end := endOf(raw, at)
		list = append(list, Raw(raw[at:end]))
		at = next(raw, next(raw, end)+1) // over the comma
	}
	return list
}

// next is where the next character stands that is no space.
func next(raw []byte, at int) int {
	for at < len(raw) && (raw[at] == ' ' || raw[at] == '\n' || raw[at] == '\t' || raw[at] == '\r') {
		at++
	}
	return at
}

// endOf is where the value that begins at a place ends.
func endOf(raw []byte, at int) int {
	switch raw[at] {
	case '"':
		return endOfText(raw, at)
	case '{', '[':
		return endOfNested(raw, at)
	}
	end := at + 1
	for end < len(raw) && strings.IndexByte(",]} \n\t\r", raw[end]) < 0 {
		end++
	}
	return end
}

func endOfNested(raw []byte, at int) int {
	for depth := 0; at < len(raw); {
		switch raw[at] {
		case '"':
			at = endOfText(raw, at)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return at + 1
			}
		}
		at++
	}
	return len(raw)
}

// endOfText is where the text ends whose quotation mark stands at a place: at a
// mark with an even number of backslashes before it.
func endOfText(raw []byte, at int) int {
	for from := at + 1; from < len(raw); {
		mark := bytes.IndexByte(raw[from:], '"')
		if mark < 0 {
			break
		}
		mark += from
		before := mark
		for before > at+1 && raw[before-1] == '\\' {
			before--
		}
		if (mark-before)%2 == 0 {
			return mark + 1
		}
		from = mark + 1
	}
	return len(raw)
}

// wordOf is what a JSON text says, "" of what is none.
func wordOf(quoted []byte) string {
	if len(quoted) < 2 {
		return ""
	}
	if inner := quoted[1 : len(quoted)-1]; quoted[len(quoted)-1] == '"' && bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner)
	}
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return ""
	}
	return s
}
