package status_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"huiying/crawler/weibo/status"
)

// FuzzSplit holds members and elements of valid JSON against encoding/json's, and
// anything else against a panic.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{
		`{"a":1,"b":[1,{"c":"}"}],"a":"\"\\","\u0061b" : null}`, ` [ 1 , "]\\" , [ ] , {"k":[",\\\""]} ] `, `{}`, `[]`, `""`, `{"":""}`,
		`{"数":"字\ud83d\ude00"}`, `[tru`, `{"a"`, `{"a":`, `["`, `{"a":"\`, `[1 2]`, "{\"\xff\":1}", `{"1":"b","0":"a"}`, `-1.5e3`, `[0,-1.5e3,true]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got := map[string]status.Raw{}
		for name, value := range status.Members(raw) {
			got[name] = value
		}
		list := status.List(raw)
		if !json.Valid(raw) {
			return
		}
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) == nil && len(got) != len(object) {
			t.Fatalf("%d members of %q, not %d", len(got), raw, len(object))
		}
		for name, want := range object {
			if !bytes.Equal(got[name], want) {
				t.Errorf("%q of %q is %q, not %q", name, raw, got[name], want)
			}
		}
		var array []json.RawMessage
		if json.Unmarshal(raw, &array) != nil {
			return // no array: an object with numbers for names is a list, too
		}
		if len(list) != len(array) {
			t.Fatalf("%d elements of %q, not %d", len(list), raw, len(array))
		}
		for i, want := range array {
			if !bytes.Equal(list[i], want) {
				t.Errorf("element %d of %q is %q, not %q", i, raw, list[i], want)
			}
		}
	})
}

// A text is read as encoding/json reads it.
func FuzzWord(f *testing.F) {
	for _, seed := range []string{`"字"`, `"\u5b57"`, "\"\xff\"", `"\ud83d\ude00"`, `"\"\\"`, `""`, "\"\"\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var got status.Word
		_ = got.UnmarshalJSON(raw) // it never refuses
		var want string
		if json.Valid(raw) && json.Unmarshal(raw, &want) == nil && len(raw) > 0 && raw[0] == '"' && string(got) != want {
			t.Errorf("%q is %q, not %q", raw, got, want)
		}
	})
}
