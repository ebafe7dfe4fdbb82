package endpoint

import (
	"bytes"
	"encoding/json"
	"regexp"

	"huiying/crawler"
)

// call is the function that JSONP answers are wrapped in.
var call = regexp.MustCompile(`^(?s)(?:/\*.*?\*/)?\s*(?:try\s*\{)?\s*(?:(?:var|let|const)\s+)?(?:[A-Za-z_$][\w$.]*\s*=\s*|[A-Za-z_$][\w$.]*\s*\()`)

// read gives the value of a JSON answer, JSONP and "var x = …" included.
func read(body []byte) (any, bool) {
	body, _ = crawler.Decode(body, "")
	body = bytes.TrimSpace(body)
	if len(body) > 0 && body[0] != '{' && body[0] != '[' {
		loc := call.FindIndex(body)
		if loc == nil {
			return nil, false
		}
		body = body[loc[1]:]
	}
	return decode(body)
}

// decode reads one JSON object or array; what follows it is left alone, but
// an answer that breaks off is none.
func decode(body []byte) (any, bool) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, false
	}
	switch v.(type) {
	case map[string]any, []any:
		return v, true
	}
	return nil, false
}
