package host_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"huiying/crawler/host"
)

// robotsSite answers robots.txt as told and everything else with 200.
func robotsSite(t *testing.T, status int, text string) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var fetched atomic.Int32
	return site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/robots.txt" {
			fmt.Fprint(w, "page")
			return
		}
		fetched.Add(1)
		w.WriteHeader(status)
		fmt.Fprint(w, text)
	}), &fetched
}

const (
	allowed    = "allowed"
	disallowed = "disallowed"
	unread     = "unread"
)

func verdict(err error) string {
	var no *host.DisallowedError
	var later *host.RobotsError
	switch {
	case err == nil:
		return allowed
	case errors.As(err, &no):
		return disallowed
	case errors.As(err, &later):
		return unread
	}
	return err.Error()
}

func TestRobots(t *testing.T) {
	for _, tc := range []struct {
		name   string
		status int
		text   string
		path   string
		want   string
	}{
		{"none", 404, "", "/x", allowed},
		{"gone", 410, "", "/x", allowed},
		{"closed to us", 403, "", "/x", allowed}, // RFC 9309 §2.3.1.3
		{"failing", 500, "", "/x", unread},
		{"busy", 503, "User-agent: *\nAllow: /\n", "/x", unread},
		{"slow down", 429, "", "/x", unread},
		{"empty", 200, "", "/x", allowed},
		{"all", 200, "User-agent: *\nDisallow: /\n", "/x", disallowed},
		{"a folder", 200, "User-agent: *\nDisallow: /manage/\n", "/manage/x", disallowed},
		{"beside it", 200, "User-agent: *\nDisallow: /manage/\n", "/letters", allowed},
		{"an exception", 200, "User-agent: *\nDisallow: /a\nAllow: /a/b\n", "/a/b/c", allowed},
		{"by our name", 200, "User-agent: *\nDisallow: /\n\nUser-agent: huiying\nDisallow: /private\n", "/x", allowed},
		{"by our name, other case", 200, "User-agent: HuiYing\nDisallow: /\n", "/x", disallowed},
		{"for others only", 200, "User-agent: otherbot\nDisallow: /\n", "/x", allowed},
		{"wildcard", 200, "User-agent: *\nDisallow: /*.do$\n", "/a/b.do", disallowed},
		{"query", 200, "User-agent: *\nDisallow: /s?q=\n", "/s?q=x", disallowed},
		{"Chinese path, plain", 200, "User-agent: *\nDisallow: /检索\n", "/%E6%A3%80%E7%B4%A2/1", disallowed},
		{"Chinese path, escaped", 200, "User-agent: *\nDisallow: /%E6%A3%80%E7%B4%A2\n", "/检索/1", disallowed},
		{"a page instead", 200, "<!DOCTYPE html><html><body>User-agent is no such page</body></html>", "/x", allowed},
		{"odd lines", 200, "\xef\xbb\xbfUser-agent: * # all\r\nFoo: bar\r\nnonsense\r\nDisallow: /x # this\r\nSitemap: http://a/b\r\n", "/x", disallowed},
		{"odd delay", 200, "User-agent: *\nCrawl-delay: soon\nDisallow: /x\n", "/x", disallowed},
		{"Chinese path in GBK", 200, "User-agent: *\nDisallow: /\xbc\xec\xcb\xf7\n", "/%E6%A3%80%E7%B4%A2/1", disallowed},
		{"a block page instead", 200, "<html><title>\xb7\xc3\xce\xca\xca\xdc\xcf\xde</title><body>\xb7\xc3\xce\xca\xca\xdc\xcf\xde</body></html>", "/x", unread}, // 访问受限
		{"maintenance instead", 200, "<html><body>系统维护中</body></html>", "/x", unread},
		{"a sign-in instead", 200, "<html><body>请先登录</body></html>", "/x", allowed},
		{"very long", 200, "User-agent: *\nDisallow: /x\n" + strings.Repeat("#\n", 400_000), "/x", disallowed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, _ := robotsSite(t, tc.status, tc.text)
			_, _, err := ask(t, hosts(t, nil), s.URL+tc.path)
			if got := verdict(err); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

// A permission stands above what the file disallows, and above a file that
// cannot be read, but not above the delay it asks for.
func TestRobotsCovered(t *testing.T) {
	for _, status := range []int{200, 500} {
		s, _ := robotsSite(t, status, "User-agent: *\nDisallow: /\n")
		if _, _, err := hosts(t, nil).Ask(t.Context(), get(t, s.URL+"/x"), true); err != nil {
			t.Errorf("%d: %v", status, err)
		}
	}
}

func TestRobotsIsKept(t *testing.T) {
	c := newClock()
	s, fetched := robotsSite(t, 200, "User-agent: *\nDisallow: /no\n")
	h := hosts(t, func(o *host.Options) { o.Now, o.RobotsTTL = c.now, time.Hour })
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { ask(t, h, s.URL+"/x") })
	}
	wg.Wait()
	c.advance(59 * time.Minute)
	ask(t, h, s.URL+"/no")
	if n := fetched.Load(); n != 1 {
		t.Errorf("fetched %d times within its time", n)
	}
	c.advance(time.Minute)
	ask(t, h, s.URL+"/x")
	if n := fetched.Load(); n != 2 {
		t.Errorf("fetched %d times after its time", n)
	}
}

// A file that cannot be read any more is obeyed as it was; one that never
// could is a no that is asked again after a while.
func TestRobotsFailing(t *testing.T) {
	c := newClock()
	var status atomic.Int32
	status.Store(500)
	s := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			w.WriteHeader(int(status.Load()))
			fmt.Fprint(w, "User-agent: *\nDisallow: /no\n")
		}
	})
	h := hosts(t, func(o *host.Options) { o.Now = c.now })
	want := func(when, path, want string) {
		t.Helper()
		if _, _, err := ask(t, h, s.URL+path); verdict(err) != want {
			t.Errorf("%s: %v, want %s", when, err, want)
		}
	}
	want("never read", "/x", unread)
	status.Store(200)
	want("within the retry", "/x", unread)
	c.advance(10 * time.Minute)
	want("read", "/x", allowed)
	status.Store(500)
	c.advance(24 * time.Hour)
	want("failing, old copy", "/x", allowed)
	want("failing, old copy", "/no", disallowed)
	c.advance(31 * 24 * time.Hour)
	want("failing for a month", "/x", unread)
}

func TestRobotsRedirects(t *testing.T) {
	other, _ := robotsSite(t, 200, "User-agent: *\nDisallow: /x\n")
	hops := func(n int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			var i int
			switch {
			case r.URL.Path == "/x":
			case n < 0:
				http.Redirect(w, r, "https://passport.weibo.com/visitor/visitor", http.StatusFound)
			case r.URL.Path == "/robots.txt" && n > 0:
				http.Redirect(w, r, "/hop/1", http.StatusMovedPermanently)
			case n == 0:
				http.Redirect(w, r, other.URL+"/robots.txt", http.StatusFound)
			default:
				fmt.Sscanf(r.URL.Path, "/hop/%d", &i)
				if i >= n {
					fmt.Fprint(w, "User-agent: *\nDisallow: /x\n")
					return
				}
				http.Redirect(w, r, fmt.Sprintf("/hop/%d", i+1), http.StatusMovedPermanently)
			}
		}
	}
	for n, want := range map[int]string{0: disallowed, 1: disallowed, 5: disallowed, 6: allowed, 50: allowed, -1: allowed} {
		s := site(t, hops(n))
		if _, _, err := ask(t, hosts(t, nil), s.URL+"/x"); verdict(err) != want {
			t.Errorf("%d redirects: %v, want %s", n, err, want)
		}
	}
}

// The delay a host asks for is kept even where ours is shorter.
func TestCrawlDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var times []time.Time
		h := hosts(t, func(o *host.Options) {
			o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
				times = append(times, time.Now())
				return response(r, 200, "User-agent: *\nCrawl-delay: 7.5\n"), nil
			})
		})
		for range 4 {
			if _, _, err := ask(t, h, "http://a.example/x"); err != nil {
				t.Fatal(err)
			}
		}
		for i := 2; i < len(times); i++ {
			if gap := times[i].Sub(times[i-1]); gap != 7500*time.Millisecond {
				t.Errorf("gap %d is %s", i, gap)
			}
		}
	})
}

// A refusal met while reading robots.txt rests the host like any other.
func TestRobotsRefused(t *testing.T) {
	s, fetched := robotsSite(t, 418, "")
	h := hosts(t, nil)
	ask(t, h, s.URL+"/x")
	var resting *host.RestingError
	if _, _, err := ask(t, h, s.URL+"/x"); !errors.As(err, &resting) || fetched.Load() != 1 {
		t.Errorf("asked %d times: %v", fetched.Load(), err)
	}
}

func FuzzRobots(f *testing.F) {
	for _, s := range []string{"User-agent: *\nDisallow: /\n", "Disallow: *(((\n", "User-agent: huiying\nCrawl-delay: 1e309\nAllow: $", "user-agent:\nuser-agent: *\n\xff"} {
		f.Add(s, "/x")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		h := host.New(host.Options{NoDelay: true, Now: time.Now, Random: noJitter, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			return response(r, 200, text), nil
		})})
		req := httptest.NewRequest(http.MethodGet, "http://a.example/", nil)
		req.URL.Path = "/" + strings.TrimLeft(path, "/")
		_, _, err := h.Ask(t.Context(), req, false)
		if v := verdict(err); v != allowed && v != disallowed && v != unread {
			t.Fatalf("%q %q: %s", text, path, v)
		}
	})
}
