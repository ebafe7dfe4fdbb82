package jsobject_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiying/crawler/portal/jsobject"
)

func TestParseObject(t *testing.T) {
	type m = map[string]any
	for text, want := range map[string]any{
		`{a:1,b:'x',"c":"y",d:[1,2,],e:{f:true,g:null,h:undefined},}`: m{"a": "1", "b": "x", "c": "y", "d": []any{"1", "2"}, "e": m{"f": true, "g": nil, "h": nil}},
		`var data = {n:-1.5e3};`:                m{"n": "-1.5e3"},
		`callback({"ok":1})`:                    m{"ok": "1"},
		`{t:'it's here',u:"say "hi" now"}`:      m{"t": "it's here", "u": `say "hi" now`},
		`{t:'a\'b\\c\nd\x41\u4e2d\q',u:'\u12'}`: m{"t": "a'b\\c\ndA中q", "u": "12"},
		`{t:'多行
文字'}`: m{"t": "多行\n文字"},
		`[{"a":"他说"好",然后走了","b":"行"},{"a":"路径 C:\","b":""嗯"}"}]`: []any{m{"a": `他说"好",然后走了`, "b": "行"}, m{"a": `路径 C:\`, "b": `"嗯"}`}},
		"{\"a\":\"两行\n文字\",\"b\":1,}":                            m{"a": "两行\n文字", "b": "1"},
		`{"a":"\ud83d\ude00"}`:                                   m{"a": "😀"},
		`[]`:                                                     []any{}, `{}`: m{}, ` [ {a : 1} , ] `: []any{m{"a": "1"}},
	} {
		got, err := jsobject.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	for _, text := range []string{"", "x", "{", "{a", "{a:", "{a:'", "{:1}", "[1", "{a 1}", strings.Repeat("[", 100), strings.Repeat("{a:", 9000)} {
		if got, err := jsobject.Parse(text); err == nil {
			t.Errorf("%.20q gave %v", text, got)
		}
	}
}

func FuzzParseObject(f *testing.F) {
	for _, text := range []string{`{page:{pageNo:1},result:[{t:'a\'b'}]}`, `{"a":"b"}`, "[[[", `{a:'it's'}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := jsobject.Parse(text)
		if err != nil && v != nil {
			t.Fatal("a value beside an error")
		}
		jsobject.Word(v, "page.pageNo")
	})
}
