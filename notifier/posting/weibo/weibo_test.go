package weibo_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/posting"
	"huiying/notifier/posting/weibo"
)

func site(t *testing.T, c weibo.Config) *weibo.Site {
	t.Helper()
	c.Token, c.IP = "2.00token", "8.8.4.4"
	s, err := weibo.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func words() posting.Words {
	return posting.Words{Text: "已安排增开窗口。", Post: "weibo:5230000000000001", Root: "weibo:5230000000000001"}
}

// The form is the platform's: https://open.weibo.com/wiki/2/comments/create and
// …/2/comments/reply.
func TestForm(t *testing.T) {
	for name, one := range map[string]struct {
		words      posting.Words
		commercial bool
		path       string
		form       url.Values
	}{
		"a post": {words(), false, "/2/comments/create.json", url.Values{
			"access_token": {"2.00token"}, "comment": {"已安排增开窗口。"}, "id": {"5230000000000001"}, "rip": {"8.8.4.4"},
		}},
		"a comment": {posting.Words{Text: "好", Post: "weibo:c5230000000000009", Root: "weibo:5230000000000001", FromIP: "9.9.9.9"}, false,
			"/2/comments/reply.json", url.Values{
				"access_token": {"2.00token"}, "comment": {"好"}, "id": {"5230000000000001"}, "cid": {"5230000000000009"}, "rip": {"9.9.9.9"},
			}},
		"the paid interface, from the office's own network": {posting.Words{Text: "好", Post: "weibo:7", Root: "weibo:7", FromIP: "192.168.1.9"}, true,
			"/2/comments/create/biz.json", url.Values{"access_token": {"2.00token"}, "comment": {"好"}, "id": {"7"}, "rip": {"8.8.4.4"}}},
	} {
		t.Run(name, func(t *testing.T) {
			var path, query, body string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if err := r.ParseForm(); err != nil {
					t.Error(err)
				}
				path, query, body = r.URL.Path, r.URL.RawQuery, r.PostForm.Encode()
				_, _ = w.Write([]byte(`{"id":12438492184,"idstr":"12438492184","text":"x"}`))
			}))
			defer server.Close()
			a := site(t, weibo.Config{URL: server.URL, Commercial: one.commercial}).Publish(t.Context(), one.words)
			if a.State != huiying.PostingDone || a.Receipt != "12438492184" || a.Why != nil {
				t.Fatalf("%+v", a)
			}
			if path != one.path || query != "" || body != one.form.Encode() {
				t.Errorf("%s ? %q\n%s\nwant %s\n%s", path, query, body, one.path, one.form.Encode())
			}
		})
	}
}

// An answer is a publication, a refusal, or unclear; in doubt unclear.
func TestAnswers(t *testing.T) {
	for name, one := range map[string]struct {
		status int
		body   string
		want   huiying.PostingState
	}{
		"taken without idstr":  {200, `{"id":99}`, huiying.PostingDone},
		"no such post":         {400, `{"error":"target weibo does not exist!","error_code":20101,"request":"/2/comments/create.json"}`, huiying.PostingRefused},
		"code as a string":     {403, `{"error":"expired_token","error_code":"21327"}`, huiying.PostingRefused},
		"said before":          {400, `{"error":"repeat content!","error_code":20019}`, huiying.PostingUnclear},
		"its own failure":      {503, `{"error":"System error","error_code":10001}`, huiying.PostingUnclear},
		"a page":               {502, `<html>bad gateway</html>`, huiying.PostingUnclear},
		"nothing":              {200, ``, huiying.PostingUnclear},
		"neither":              {200, `{}`, huiying.PostingUnclear},
		"an id with a failure": {500, `{"id":7}`, huiying.PostingUnclear},
		"a redirect":           {302, ``, huiying.PostingUnclear},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(one.status)
				_, _ = w.Write([]byte(one.body))
			}))
			defer server.Close()
			a := site(t, weibo.Config{URL: server.URL}).Publish(t.Context(), words())
			if a.State != one.want || (a.Why == nil) != (one.want == huiying.PostingDone) {
				t.Fatalf("%+v, want %s", a, one.want)
			}
			sentence(t, a.Why)
		})
	}
}

// Where no connection was made nothing was sent; where one broke nobody knows.
func TestNoAnswer(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	if a := site(t, weibo.Config{URL: gone.URL}).Publish(t.Context(), words()); a.State != huiying.PostingRefused {
		t.Errorf("nobody listens: %+v", a)
	}
	cuts := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer cuts.Close()
	if a := site(t, weibo.Config{URL: cuts.URL}).Publish(t.Context(), words()); a.State != huiying.PostingUnclear {
		t.Errorf("cut off: %+v", a)
	}
	stop := make(chan struct{})
	hangs := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}))
	defer hangs.Close()
	defer close(stop)
	a := site(t, weibo.Config{URL: hangs.URL, Timeout: 50 * time.Millisecond}).Publish(t.Context(), words())
	if a.State != huiying.PostingUnclear {
		t.Errorf("hangs: %+v", a)
	}
	sentence(t, a.Why)
}

func TestFits(t *testing.T) {
	s := site(t, weibo.Config{URL: "http://127.0.0.1:1"})
	for text, n := range map[string]int{
		strings.Repeat("字", 140): 140, strings.Repeat("字", 141): 141, strings.Repeat("ab", 140): 140, "字a": 2, "": 0,
	} {
		if got := weibo.Length(text); got != n {
			t.Errorf("%q counts %d, want %d", text, got, n)
		}
		w := words()
		w.Text = text
		if err := s.Fits(w); (err == nil) != (n <= 140) {
			t.Errorf("%d characters: %v", n, err)
		}
	}
	for _, id := range []string{"", "portal:9", "weibo:", "weibo:x", "weibo:-4", "weibo:c"} {
		w := words()
		w.Post = id
		if err := s.Fits(w); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("post %q: %v", id, err)
		}
	}
}

func TestConfig(t *testing.T) {
	for name, c := range map[string]weibo.Config{
		"no token":       {IP: "8.8.4.4"},
		"no address":     {Token: "t"},
		"a private one":  {Token: "t", IP: "10.0.0.8"},
		"IPv6":           {Token: "t", IP: "2001:db8::1"},
		"no http":        {Token: "t", IP: "8.8.4.4", URL: "ftp://example.org"},
		"not an address": {Token: "t", IP: "office"},
	} {
		err := c.Validate()
		if huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%s: %v", name, err)
		}
		sentence(t, err)
	}
}

// sentence asks that the catalogue has the words, and that the token is not
// among them.
func sentence(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	words, e := locale.Load()
	if e != nil {
		t.Fatal(e)
	}
	for _, lang := range []locale.Lang{locale.Chinese, locale.English} {
		if s := words.Sentence(lang, err); s == "" || strings.Contains(s, "posting.") || strings.Contains(s, "2.00token") {
			t.Errorf("%q", s)
		}
	}
}
