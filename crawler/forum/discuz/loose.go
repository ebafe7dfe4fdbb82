package discuz

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"

	"huiying/crawler/text"
)

// The JSON writes one field as a number here and a string there, a list as an
// array or as an object keyed by pid. These types read all of it and never
// fail: what has another shape altogether counts as absent.

// word is a string, or a number written as one.
type word string

// UnmarshalJSON takes strings and numbers.
func (w *word) UnmarshalJSON(b []byte) error {
	*w = ""
	switch {
	case len(b) == 0:
	case b[0] == '"':
		var s string
		if json.Unmarshal(b, &s) == nil {
			*w = word(s)
		}
	case b[0] == '-' || (b[0] >= '0' && b[0] <= '9'):
		*w = word(b)
	}
	return nil
}

// count is the number a field shows, 0 when it shows none.
func (w word) count() int64 {
	n, _ := text.ParseCount(string(w))
	return n
}

// items is a list: an array, or an object whose keys are numbers, in their
// order; anything else is an empty list.
type items []json.RawMessage

// UnmarshalJSON takes arrays and keyed objects.
func (l *items) UnmarshalJSON(b []byte) error {
	*l = nil
	switch {
	case len(b) == 0:
	case b[0] == '[':
		var list []json.RawMessage
		if json.Unmarshal(b, &list) == nil {
			*l = list
		}
	case b[0] == '{':
		var keyed map[string]json.RawMessage
		if json.Unmarshal(b, &keyed) == nil {
			*l = ordered(keyed)
		}
	}
	return nil
}

func ordered(keyed map[string]json.RawMessage) items {
	var keys []int
	for k := range keyed {
		if n, err := strconv.Atoi(k); err == nil && strconv.Itoa(n) == k {
			keys = append(keys, n)
		}
	}
	slices.Sort(keys)
	out := make(items, 0, len(keys))
	for _, k := range keys {
		out = append(out, keyed[strconv.Itoa(k)])
	}
	return out
}

// keyed is an object of lists, such as the remarks by pid; anything else is
// empty.
type keyed map[string]items

// UnmarshalJSON takes objects.
func (k *keyed) UnmarshalJSON(b []byte) error {
	*k = nil
	if len(b) > 0 && b[0] == '{' {
		var m map[string]items
		if json.Unmarshal(b, &m) == nil {
			*k = m
		}
	}
	return nil
}

// isObject reports whether raw is a JSON object, and reads it.
func isObject(raw []byte, into any) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && raw[0] == '{' && json.Unmarshal(raw, into) == nil
}
