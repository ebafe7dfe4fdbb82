package crawler_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"huiying"
	"huiying/crawler"
)

// Every question put on the wire is counted once, by what came back: the sum is
// the number of lines in the site's own log.
func TestAnswerCounts(t *testing.T) {
	var log atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		log.Add(1)
		switch r.URL.Path {
		case "/robots.txt", "/gone":
			http.NotFound(w, r)
		case "/twice":
			http.Redirect(w, r, "/once", http.StatusFound)
		case "/once":
			http.Redirect(w, r, "/ok", http.StatusFound)
		case "/wall":
			http.Redirect(w, r, "https://passport.weibo.com/signin", http.StatusFound)
		case "/same":
			w.WriteHeader(http.StatusNotModified)
		case "/none":
			fmt.Fprint(w, `{"ok":0,"msg":"这里还没有内容"}`)
		case "/down":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/no":
			w.WriteHeader(http.StatusForbidden)
		case "/dead":
			panic(http.ErrAbortHandler)
		case "/blocked":
			w.WriteHeader(432) // the host rests from here on
		default:
			fmt.Fprint(w, "<html><body>来信</body></html>")
		}
	}))
	t.Cleanup(s.Close)
	paths := []string{"ok", "twice", "gone", "wall", "same", "none", "down", "no", "dead", "blocked", "ok"}
	w := newWorld(t, func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
		for _, p := range paths {
			_, _ = v.Fetch.Fetch(ctx, crawler.Request{URL: s.URL + "/" + p}) // what came of it is counted
		}
		return crawler.Report{Answer: crawler.AnswerOK}, nil
	}, nil)
	w.apply(t, source("a"))
	got := once(t, w, "a").Answers
	want := huiying.AnswerCounts{
		OK: 2, Redirected: 2, Deleted: 1, LoginWall: 1, Unchanged: 1, Empty: 1, Maintenance: 1, Forbidden: 1, Unreachable: got.Unreachable, Blocked: 1, Robots: 1,
	}
	if got != want || got.Unreachable < 1 || got.Asked() != int(log.Load()) {
		t.Errorf("counted %+v, %d in all; the site's log has %d", got, got.Asked(), log.Load())
	}
	if got.Got() != 5 || got.Stopped() != 3 || got.Failed() != 1+got.Unreachable {
		t.Errorf("got %d, stopped %d, failed %d", got.Got(), got.Stopped(), got.Failed())
	}
}
