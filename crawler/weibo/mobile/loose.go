package mobile

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"huiying/crawler/text"
)

// The site writes one field as a number here and a string there, a list as an
// object, an object as false. These types read all of it and never fail: what
// has another shape altogether counts as absent.

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

// count is a number the site shows: 7, "7", "1.2万", "100万+", "87万次播放".
type count struct {
	n     int64
	floor bool
	set   bool
}

// UnmarshalJSON takes numbers and the site's ways of writing them.
func (c *count) UnmarshalJSON(b []byte) error {
	*c = count{}
	var w word
	_ = w.UnmarshalJSON(b)
	if w == "" {
		return nil
	}
	if n, err := strconv.ParseInt(string(w), 10, 64); err == nil {
		*c = count{n: max(n, 0), set: true}
		return nil
	}
	s := strings.TrimSpace(string(w))
	for _, tail := range []string{"次播放", "次观看", "播放", "观看", "阅读"} {
		s = strings.TrimSuffix(s, tail)
	}
	c.n, c.floor = text.ParseCount(s)
	c.n = max(c.n, 0)
	c.set = s != ""
	return nil
}

// whole is an integer that may be written as a string; absent when it is
// neither.
type whole struct {
	n   int64
	set bool
}

// UnmarshalJSON takes integers and strings of them.
func (i *whole) UnmarshalJSON(b []byte) error {
	*i = whole{}
	var w word
	_ = w.UnmarshalJSON(b)
	if n, err := strconv.ParseInt(strings.TrimSpace(string(w)), 10, 64); err == nil {
		*i = whole{n: n, set: true}
	}
	return nil
}

// flag is true for true, 1, "1" and "true".
type flag bool

// UnmarshalJSON takes the site's ways of saying yes.
func (f *flag) UnmarshalJSON(b []byte) error {
	switch string(bytes.Trim(b, `"`)) {
	case "true", "1":
		*f = true
	default:
		*f = false
	}
	return nil
}

// items is a list: an array, or an object keyed "0", "1", …; anything else
// (null, false, "") is an empty list. Its elements are left raw.
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
		*l = keyed(b)
	}
	return nil
}

// keyed reads an object whose keys are all numbers as a list in their order.
func keyed(b []byte) items {
	var object map[string]json.RawMessage
	if json.Unmarshal(b, &object) != nil {
		return nil
	}
	keys := make([]int, 0, len(object))
	for k := range object {
		n, err := strconv.Atoi(k)
		if err != nil {
			return nil
		}
		keys = append(keys, n)
	}
	slices.Sort(keys)
	list := make(items, 0, len(keys))
	for _, k := range keys {
		list = append(list, object[strconv.Itoa(k)])
	}
	return list
}

// object decodes raw when it is a JSON object and reports whether it was.
func object(raw []byte, into any) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && raw[0] == '{' && json.Unmarshal(raw, into) == nil
}
