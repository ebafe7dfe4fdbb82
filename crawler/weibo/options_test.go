package weibo_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huiying"
	"huiying/crawler/weibo"
	"huiying/internal/locale"
)

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	good, empty := filepath.Join(dir, "cookie"), filepath.Join(dir, "empty")
	for file, text := range map[string]string{good: "SUB=abc\n", empty: "\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	catalogue, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		options, base string
		keys          []string
	}{
		{`{"accounts":["1900000001"]}`, "", nil},
		{`{"accounts":["1900000001"],"comments":true}`, "http://127.0.0.1:9000/", nil},
		{`{"accounts":["1900000001"],"comments":false,"reread":"12h","reread_every":"5m"}`, "", nil},
		{`{"queries":["政务大厅"],"cookie":"SUB=abc; SUBP=def"}`, "", nil},
		{`{"queries":["政务大厅"],"cookie_file":"` + good + `"}`, "", nil},
		{``, "", []string{"weibo.nothing_to_read"}},
		{`{"accounts":["1900000001"],"acounts":1}`, "", []string{"weibo.options_unreadable"}},
		{`{"accounts":"1900000001"}`, "", []string{"weibo.options_unreadable"}},
		{`{"accounts":["1900000001"],"comments":"many"}`, "", []string{"weibo.options_unreadable"}},
		{`{"accounts":["小明"]}`, "", []string{"weibo.bad_account"}},
		{`{"queries":["政务大厅"," "]}`, "", []string{"weibo.empty_query", "weibo.search_needs_cookie"}},
		{`{"accounts":["1"],"max_pages":0,"comment_pages":99,"comments":-1}`, "", []string{"weibo.bad_number", "weibo.bad_number", "weibo.bad_number"}},
		{`{"accounts":["1"],"cookie":"a","cookie_file":"` + good + `"}`, "", []string{"weibo.two_secrets"}},
		{`{"accounts":["1"],"cookie_file":"` + empty + `"}`, "", []string{"weibo.bad_secret"}},
		{`{"accounts":["1"],"cookie":"a\r\nX: y"}`, "", []string{"weibo.bad_secret"}},
		{`{"accounts":["1"],"cookie_file":"` + dir + `/none"}`, "", []string{"weibo.secret_file"}},
		{`{"accounts":["1"],"reread":"soon"}`, "", []string{"weibo.bad_duration"}},
		{`{"accounts":["1"]}`, "ftp://127.0.0.1", []string{"weibo.bad_base_url"}},
	} {
		err := weibo.Check(huiying.Source{ID: "town-weibo", BaseURL: c.base, Options: json.RawMessage(c.options)})
		if got := keys(err); strings.Join(got, " ") != strings.Join(c.keys, " ") {
			t.Errorf("%s: %v, want %v", c.options, got, c.keys)
		}
		for _, lang := range []locale.Lang{locale.Chinese, locale.English} {
			if err == nil {
				continue
			}
			if s := catalogue.Sentence(lang, err); strings.Contains(s, "%!") || strings.Contains(s, "weibo.") && !strings.Contains(s, "weibo.com") {
				t.Errorf("%s: sentence %q", c.options, s)
			}
		}
	}
}

// keys are the catalogue keys of an error, in order.
func keys(err error) []string {
	switch e := err.(type) { //nolint:errorlint // the errors are joined, not wrapped
	case nil:
		return nil
	case *huiying.Error:
		return []string{e.Key}
	case interface{ Unwrap() []error }:
		var out []string
		for _, one := range e.Unwrap() {
			out = append(out, keys(one)...)
		}
		return out
	}
	return []string{err.Error()}
}
