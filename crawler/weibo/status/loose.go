package status

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"huiying/crawler/text"
)

// The site writes one field as a number here and a string there, a list as an
// object, an object as false. These types read all of it and never fail: what
// has another shape altogether counts as absent.

// Word is a string, or a number written as one.
type Word string

// WordOf is a number as a word.
func WordOf(n int64) Word { return Word(strconv.FormatInt(n, 10)) }

// UnmarshalJSON takes strings and numbers.
func (w *Word) UnmarshalJSON(b []byte) error {
	*w = ""
	switch {
	case len(b) == 0:
	case b[0] == '"':
		*w = Word(wordOf(b))
	case b[0] == '-' || (b[0] >= '0' && b[0] <= '9'):
		*w = Word(b)
	}
	return nil
}

// Count is a number the site shows: 7, "7", "1.2万", "100万+", "87万次播放".
type Count struct {
	N     int64
	Floor bool
	Set   bool
}

// UnmarshalJSON takes numbers and the site's ways of writing them.
func (c *Count) UnmarshalJSON(b []byte) error {
	*c = Count{}
	var w Word
	_ = w.UnmarshalJSON(b)
	if w == "" {
		return nil
	}
	if n, err := strconv.ParseInt(string(w), 10, 64); err == nil {
		*c = Count{N: max(n, 0), Set: true}
		return nil
	}
	s := strings.TrimSpace(string(w))
	for _, tail := range []string{"次播放", "次观看", "播放", "观看", "阅读"} {
		s = strings.TrimSuffix(s, tail)
	}
	c.N, c.Floor = text.ParseCount(s)
	c.N = max(c.N, 0)
	c.Set = s != ""
	return nil
}

// Whole is an integer that may be written as a string; absent when it is
// neither.
type Whole struct {
	N   int64
	Set bool
}

// UnmarshalJSON takes integers and strings of them.
func (i *Whole) UnmarshalJSON(b []byte) error {
	*i = Whole{}
	var w Word
	_ = w.UnmarshalJSON(b)
	if n, err := strconv.ParseInt(strings.TrimSpace(string(w)), 10, 64); err == nil {
		*i = Whole{N: n, Set: true}
	}
	return nil
}

// Flag is true for true, 1, "1" and "true".
type Flag bool

// UnmarshalJSON takes the site's ways of saying yes.
func (f *Flag) UnmarshalJSON(b []byte) error {
	switch string(bytes.Trim(b, `"`)) {
	case "true", "1":
		*f = true
	default:
		*f = false
	}
	return nil
}

// Items is a list: an array, or an object keyed "0", "1", …; anything else
// (null, false, "") is an empty list. Its elements are left raw.
type Items []Raw

// UnmarshalJSON takes arrays and keyed objects.
func (l *Items) UnmarshalJSON(b []byte) error {
	*l = nil
	switch {
	case len(b) == 0:
	case b[0] == '[':
		*l = elements(b)
	case b[0] == '{':
		*l = keyed(b)
	}
	return nil
}

// List is the elements of a valid JSON list, none of what is no list.
func List(raw []byte) Items {
	var l Items
	_ = l.UnmarshalJSON(bytes.TrimSpace(raw)) // it never refuses
	return l
}

// keyed reads an object whose keys are all numbers as a list in their order.
func keyed(b []byte) Items {
	object := map[int]Raw{}
	for k, raw := range Members(b) {
		n, err := strconv.Atoi(k)
		if err != nil {
			return nil
		}
		object[n] = raw
	}
	list := make(Items, 0, len(object))
	for _, k := range slices.Sorted(maps.Keys(object)) {
		list = append(list, object[k])
	}
	return list
}

// Object decodes raw when it is a JSON object and reports whether it was.
func Object(raw []byte, into any) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && raw[0] == '{' && json.Unmarshal(raw, into) == nil
}
