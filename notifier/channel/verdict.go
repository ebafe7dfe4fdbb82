package channel

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"huiying"
	"huiying/internal/locale"
)

// Verdict is how a configuration says what an acceptance looks like in a JSON
// answer: the value at Path is one of Equals. Without a Path the status alone
// decides.
type Verdict struct {
	Path    string   // "Code", "data.0.status"
	Equals  []string // an acceptance
	LaterOn []string // what a wait may cure; anything else is final
}

// Validate wants a Path to have values.
func (v Verdict) Validate() error {
	if v.Path != "" && len(v.Equals) == 0 || v.Path == "" && len(v.Equals)+len(v.LaterOn) > 0 {
		return huiying.Errorf(huiying.Invalid, "channel.verdict")
	}
	return nil
}

// Judge reads an answer whose status was fine.
func (v Verdict) Judge(provider string, a Answer) Outcome {
	if v.Path == "" {
		return Outcome{Result: Accepted, Code: strconv.Itoa(a.Status)}
	}
	value, ok := valueAt(a.Body, v.Path)
	name, code := locale.Key(provider), Said(value)
	switch {
	case !ok:
		return Outcome{Result: Retry, Code: strconv.Itoa(a.Status), Reason: huiying.Errorf(huiying.Unavailable, "channel.unreadable", name)}
	case slices.Contains(v.Equals, value):
		return Outcome{Result: Accepted, Code: code}
	case slices.Contains(v.LaterOn, value):
		return Outcome{Result: Retry, Code: code, Reason: huiying.Errorf(huiying.Unavailable, "channel.busy", name, code, "")}
	}
	return Outcome{Result: Refused, Code: code, Reason: huiying.Errorf(huiying.Invalid, "channel.refused", name, code, "")}
}

// valueAt is the value at a path of member names and indexes in a JSON body, as
// text.
func valueAt(body []byte, path string) (string, bool) {
	var v any
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return "", false
	}
	for name := range strings.SplitSeq(path, ".") {
		switch one := v.(type) {
		case map[string]any:
			v = one[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(one) {
				return "", false
			}
			v = one[i]
		default:
			return "", false
		}
	}
	switch one := v.(type) {
	case string:
		return one, true
	case json.Number:
		return one.String(), true
	case bool:
		return strconv.FormatBool(one), true
	}
	return "", false
}
