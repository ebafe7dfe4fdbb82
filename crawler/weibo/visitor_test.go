package weibo_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiying/crawler"
	"huiying/crawler/weibo"
	"huiying/crawler/weibo/ajax"
	"huiying/crawler/weibo/openapi"
	"huiying/crawler/weibo/readertest"
	"huiying/crawler/weibo/search"
)

// TestNoVisitorTokenIsMinted: wherever the site sends those it does not know,
// and whatever cookies it sets on the way, a reader stops, asks nothing else,
// and sends no other cookie than the operator's.
func TestNoVisitorTokenIsMinted(t *testing.T) {
	gates := map[string]http.HandlerFunc{
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://passport.weibo.com/visitor/visitor?entry=miniblog", http.StatusFound)
		},
		"page": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`<html><head><meta charset="gb2312"><title>Sina Visitor System</title></head><body><script>location="/visitor/visitor?a=incarnate"</script></body></html>`))
		},
		"envelope": func(w http.ResponseWriter, _ *http.Request) {
			readertest.Reply(w, http.StatusOK, object{"ok": -100, "url": "https://visitor.passport.weibo.cn/visitor/genvisitor2"})
		},
		"forbidden": func(w http.ResponseWriter, _ *http.Request) {
			readertest.Reply(w, http.StatusForbidden, object{"ok": 0, "message": "前方有点拥堵，请登录后使用"})
		},
	}
	for _, c := range []struct {
		kind            crawler.Kind
		options, cookie string
	}{
		{weibo.Kind(), `{"accounts":["1900000001"]}`, ""},
		{weibo.Kind(), `{"accounts":["1900000001"],"cookie":"SUB=own"}`, "SUB=own"},
		{ajax.Kind(), `{"hot_search":true}`, ""},
		{ajax.Kind(), `{"accounts":["1900000001"],"cookie":"own"}`, "SUB=own"},
		{search.Kind(), `{"queries":["大厅"],"cookie":"own"}`, "SUB=own"},
		{openapi.Kind(), `{"access_token":"2.00"}`, ""},
	} {
		for name, gate := range gates {
			r := readertest.New(t, c.kind, func(w http.ResponseWriter, q *http.Request) {
				for _, set := range []string{"SUB", "SUBP", "tid", "XSRF-TOKEN"} {
					http.SetCookie(w, &http.Cookie{Name: set, Value: "minted"})
				}
				gate(w, q)
			}, c.options)
			for range 3 {
				r.Forget()
				report := r.Visit(t)
				if report.Answer != crawler.AnswerLoginWall || report.Entry.Reason == "" || len(r.Asked("/")) != 1 {
					t.Errorf("%s, %s: %+v after %d questions", c.kind.Name, name, report.Entry, len(r.Asked("/")))
				}
				for _, q := range r.Asked("/") {
					if got := q.Header.Get("Cookie"); got != c.cookie || q.Header.Get("X-Xsrf-Token") != "" {
						t.Errorf("%s, %s: sent %q", c.kind.Name, name, got)
					}
				}
				r.Now = r.Now.Add(24 * time.Hour)
			}
		}
	}
}

// TestNoReaderKnowsWhereTokensAreMinted: the addresses stand nowhere but where
// they are recognised.
func TestNoReaderKnowsWhereTokensAreMinted(t *testing.T) {
	for _, dir := range []string{".", "account", "ajax", "ask", "openapi", "options", "search", "walk"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range []string{"genvisitor", "incarnate", "passport.weibo", "CookieJar", "Set-Cookie"} {
				if strings.Contains(string(raw), word) {
					t.Errorf("%s speaks of %s", file, word)
				}
			}
		}
	}
}
