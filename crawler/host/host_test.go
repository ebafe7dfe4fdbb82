package host_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"huiying/crawler/host"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a time that a test moves.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC).UnixNano())
	return c
}
func (c *clock) now() time.Time          { return time.Unix(0, c.at.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

func noJitter() float64 { return 0 }

func hosts(t *testing.T, set func(*host.Options)) *host.Hosts {
	t.Helper()
	local, err := host.ParsePrivate([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	o := host.Options{NoDelay: true, Private: local, UserAgent: "huiying test", Now: time.Now, Random: noJitter}
	if set != nil {
		set(&o)
	}
	h := host.New(o)
	t.Cleanup(h.Close)
	return h
}

func site(t *testing.T, f http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s
}

func get(t *testing.T, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func ask(t *testing.T, h *host.Hosts, url string) (int, string, error) {
	t.Helper()
	resp, body, err := h.Ask(t.Context(), get(t, url), false)
	if resp == nil {
		return 0, "", err
	}
	return resp.StatusCode, string(body), err
}

// openSite answers robots.txt with 404 and everything else with f.
func openSite(t *testing.T, f http.HandlerFunc) *httptest.Server {
	t.Helper()
	return site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		f(w, r)
	})
}

// roundTrip answers without a network, for tests in made time.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func response(r *http.Request, status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r, ContentLength: int64(len(body))}
}

// Questions to one host come one after the other, in the order asked, with the
// delay between them; another host does not wait for it.
func TestPacing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var order []string
		at := map[string][]time.Time{}
		h := hosts(t, func(o *host.Options) {
			o.NoDelay, o.Delay = false, 2*time.Second
			o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
				if r.URL.Path == "/robots.txt" {
					return response(r, 404, ""), nil
				}
				mu.Lock()
				at[r.URL.Host] = append(at[r.URL.Host], time.Now())
				order = append(order, r.URL.Path)
				mu.Unlock()
				time.Sleep(300 * time.Millisecond) // a slow answer is no reason to ask meanwhile
				return response(r, 200, "x"), nil
			})
		})
		if _, _, err := ask(t, h, "http://a.example/0"); err != nil { // its robots.txt is read
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for i := 1; i <= 5; i++ {
			wg.Go(func() {
				if _, _, err := ask(t, h, fmt.Sprintf("http://a.example/%d", i)); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // it stands in the queue
		}
		begun := time.Now()
		if _, _, err := ask(t, h, "http://b.example/b"); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("another host waited %s", took)
		}
		wg.Wait()
		for i, times := 1, at["a.example"]; i < len(times); i++ {
			if gap := times[i].Sub(times[i-1]); gap != 2300*time.Millisecond {
				t.Errorf("gap %d is %s", i, gap)
			}
		}
		got := strings.ReplaceAll(strings.Join(order, ""), "/b", "")
		if got != "/0/1/2/3/4/5" {
			t.Errorf("asked in the order %s", got)
		}
	})
}

func TestJitterOnlyLengthens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var last time.Time
		var gaps []time.Duration
		n := 0.0
		h := hosts(t, func(o *host.Options) {
			o.NoDelay, o.Delay, o.Jitter = false, time.Second, 0.5
			o.Random = func() float64 { n += 0.3; return n - float64(int(n)) }
			o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
				if !last.IsZero() {
					gaps = append(gaps, time.Since(last))
				}
				last = time.Now()
				return response(r, 404, ""), nil
			})
		})
		for range 5 {
			if _, _, err := ask(t, h, "http://a.example/x"); err != nil {
				t.Fatal(err)
			}
		}
		for _, g := range gaps {
			if g < time.Second || g > 1500*time.Millisecond {
				t.Errorf("a gap of %s", g)
			}
		}
	})
}

// A waiter that gives up leaves the queue; the ones behind it still come.
func TestQueueCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hosts(t, func(o *host.Options) {
			o.NoDelay, o.Delay = false, time.Minute
			o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) { return response(r, 404, ""), nil })
		})
		if _, _, err := ask(t, h, "http://a.example/0"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		gaveUp := make(chan error, 1)
		go func() {
			_, _, err := h.Ask(ctx, get(t, "http://a.example/1"), false)
			gaveUp <- err
		}()
		synctest.Wait()
		second := make(chan error, 1)
		go func() {
			_, _, err := h.Ask(t.Context(), get(t, "http://a.example/2"), false)
			second <- err
		}()
		synctest.Wait()
		cancel()
		begun := time.Now()
		if err := <-gaveUp; !errors.Is(err, context.Canceled) || time.Since(begun) > 0 {
			t.Errorf("giving up took %s: %v", time.Since(begun), err)
		}
		if err := <-second; err != nil || time.Since(begun) > time.Minute {
			t.Errorf("the next came after %s: %v", time.Since(begun), err)
		}
		short, stop := context.WithTimeout(t.Context(), 10*time.Second)
		defer stop()
		begun = time.Now()
		if _, _, err := h.Ask(short, get(t, "http://a.example/3"), false); !errors.Is(err, host.ErrTooLate) || time.Since(begun) > 0 {
			t.Errorf("a turn beyond the deadline: %v after %s", err, time.Since(begun))
		}
	})
}

// Pacing as the server sees it, robots.txt and all callers included.
func TestPacingAtTheServer(t *testing.T) {
	const delay = 30 * time.Millisecond
	var mu sync.Mutex
	var ends, begins []time.Time
	s := site(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		begins = append(begins, time.Now())
		mu.Unlock()
		fmt.Fprint(w, "User-agent: x\nDisallow: /\n")
		mu.Lock()
		ends = append(ends, time.Now())
		mu.Unlock()
	})
	h := hosts(t, func(o *host.Options) { o.NoDelay, o.Delay = false, delay })
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if _, _, err := ask(t, h, s.URL+"/x"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(begins) != 7 {
		t.Fatalf("%d questions, want 6 pages and one robots.txt", len(begins))
	}
	for i := 1; i < len(begins); i++ {
		if gap := begins[i].Sub(ends[i-1]); gap < delay {
			t.Errorf("only %s between two questions", gap)
		}
	}
}

func TestRests(t *testing.T) {
	type step struct {
		status int
		header string        // Retry-After
		rest   time.Duration // that begins
	}
	for name, steps := range map[string][]step{
		"432 doubles":         {{432, "", 30 * time.Minute}, {432, "", time.Hour}, {432, "", 2 * time.Hour}, {432, "", 4 * time.Hour}, {432, "", 6 * time.Hour}, {432, "", 6 * time.Hour}},
		"an answer forgives":  {{432, "", 30 * time.Minute}, {200, "", 0}, {432, "", 30 * time.Minute}},
		"418 and 414":         {{418, "", 2 * time.Hour}, {414, "", 4 * time.Hour}, {418, "", 8 * time.Hour}},
		"429":                 {{429, "", 5 * time.Minute}},
		"429 asks for more":   {{429, "1800", 30 * time.Minute}},
		"429 asks for less":   {{429, "1", 5 * time.Minute}},
		"429 asks for a year": {{429, "31536000", 24 * time.Hour}},
		"429 names a time":    {{429, "Mon, 23 Nov 2026 14:00:00 GMT", 2 * time.Hour}},
		"503 once":            {{503, "", 0}, {200, "", 0}, {503, "", 0}},
		"503 with a wish":     {{503, "120", 2 * time.Minute}},
		"five in a row":       {{500, "", 0}, {502, "", 0}, {503, "", 0}, {500, "", 0}, {500, "", time.Minute}, {500, "", 2 * time.Minute}},
		"403 is no rest":      {{403, "", 0}, {403, "", 0}, {404, "", 0}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			var now step
			asked := 0
			s := openSite(t, func(w http.ResponseWriter, _ *http.Request) {
				asked++
				if now.header != "" {
					w.Header().Set("Retry-After", now.header)
				}
				w.WriteHeader(now.status)
			})
			h := hosts(t, func(o *host.Options) { o.Now = c.now })
			for i, st := range steps {
				now = st
				if status, _, err := ask(t, h, s.URL+"/x"); err != nil || status != st.status {
					t.Fatalf("step %d: %d, %v", i, status, err)
				}
				rest := h.Resting()
				if st.rest == 0 {
					if len(rest) != 0 {
						t.Fatalf("step %d: rests until %s", i, rest[0].Until)
					}
					continue
				}
				if len(rest) != 1 || rest[0].Until.Sub(c.now()) != st.rest {
					t.Fatalf("step %d: rests %v, want %s", i, rest, st.rest)
				}
				before := asked
				var resting *host.RestingError
				if _, _, err := ask(t, h, s.URL+"/y"); !errors.As(err, &resting) || resting.Status != st.status || asked != before {
					t.Fatalf("step %d: asked while resting (%d times): %v", i, asked-before, err)
				}
				c.advance(st.rest)
			}
		})
	}
}

// 414 for an address that really is too long says nothing about us.
func TestLongAddressIsNoRest(t *testing.T) {
	s := openSite(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(414) })
	h := hosts(t, nil)
	if _, _, err := ask(t, h, s.URL+"/?q="+strings.Repeat("x", 3000)); err != nil || len(h.Resting()) != 0 {
		t.Errorf("rests %v, %v", h.Resting(), err)
	}
}

// Those who wait behind a question that meets a refusal do not ask.
func TestWaitersHearOfARest(t *testing.T) {
	var asked atomic.Int32
	enter, leave := make(chan struct{}), make(chan struct{})
	s := openSite(t, func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 1 {
			close(enter)
			<-leave
		}
		w.WriteHeader(418)
	})
	h := hosts(t, nil)
	var wg sync.WaitGroup
	wg.Go(func() { ask(t, h, s.URL+"/1") })
	<-enter
	for range 3 {
		wg.Go(func() {
			var resting *host.RestingError
			if _, _, err := ask(t, h, s.URL+"/2"); !errors.As(err, &resting) {
				t.Errorf("got %v", err)
			}
		})
	}
	close(leave)
	wg.Wait()
	if asked.Load() != 1 {
		t.Errorf("asked %d times", asked.Load())
	}
}

func TestUnreachableRests(t *testing.T) {
	s := site(t, func(http.ResponseWriter, *http.Request) {})
	url := s.URL
	s.Close()
	c := newClock()
	h := hosts(t, func(o *host.Options) { o.Now = c.now })
	var lost *host.UnreachableError
	var resting *host.RestingError
	for i := range 5 {
		if _, _, err := ask(t, h, url+"/x"); !errors.As(err, &lost) || strings.Contains(lost.Host, "/") {
			t.Fatalf("%d: %v", i, err)
		}
	}
	if _, _, err := ask(t, h, url+"/x"); !errors.As(err, &resting) || resting.Status != 0 {
		t.Fatalf("not resting: %v", err)
	}
	c.advance(time.Minute)
	if _, _, err := ask(t, h, url+"/x"); !errors.As(err, &lost) {
		t.Fatalf("not asked again: %v", err)
	}
}

func zipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestBodies(t *testing.T) {
	const limit = 10_000
	packed := zipped(t, []byte("好"))
	for _, tc := range []struct {
		name     string
		encoding string
		body     []byte
		length   int // declared, 0 = as it is
		want     string
		err      func(error) bool
	}{
		{name: "plain", body: []byte("好"), want: "好"},
		{name: "gzip", encoding: "gzip", body: packed, want: "好"},
		{name: "empty gzip", encoding: "gzip", body: nil, want: ""},
		{name: "at the limit", body: bytes.Repeat([]byte("x"), limit), want: strings.Repeat("x", limit)},
		{name: "above the limit", body: bytes.Repeat([]byte("x"), limit+1), err: tooLarge(false)},
		{name: "bomb", encoding: "gzip", body: zipped(t, make([]byte, 50<<20))[:9000:9000], err: tooLarge(true)},
		{name: "unpacked above the limit", encoding: "gzip", body: zipped(t, make([]byte, 2*limit+1)), err: tooLarge(true)},
		{name: "broken gzip", encoding: "gzip", body: []byte("no gzip"), err: broken},
		{name: "cut gzip", encoding: "gzip", body: packed[:len(packed)-6], err: broken},
		{name: "other packing", encoding: "br", body: []byte("x"), err: broken},
		{name: "cut short", body: []byte("half"), length: 100, err: broken},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := openSite(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Accept-Encoding") != "gzip" || r.Header.Get("User-Agent") != "huiying test" {
					t.Errorf("asked with %v", r.Header)
				}
				if tc.encoding != "" {
					w.Header().Set("Content-Encoding", tc.encoding)
				}
				w.Header().Set("Content-Type", "text/plain")
				if tc.length > 0 {
					w.Header().Set("Content-Length", fmt.Sprint(tc.length))
				}
				w.Write(tc.body)
			})
			h := hosts(t, func(o *host.Options) { o.MaxWire, o.MaxBody = limit, 2*limit })
			status, body, err := ask(t, h, s.URL+"/x")
			switch {
			case tc.err != nil:
				if !tc.err(err) || status != 200 || body != "" {
					t.Errorf("got %d, %d bytes, %v", status, len(body), err)
				}
			case err != nil || body != tc.want:
				t.Errorf("got %d bytes, %v", len(body), err)
			}
		})
	}
}

func tooLarge(unpacked bool) func(error) bool {
	return func(err error) bool {
		var e *host.TooLargeError
		return errors.As(err, &e) && e.Unpacked == unpacked
	}
}

func broken(err error) bool {
	var e *host.BrokenError
	return errors.As(err, &e)
}

// An answer that drips ends with the time for the whole exchange.
func TestSlowDrip(t *testing.T) {
	stop := make(chan struct{})
	s := openSite(t, func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := w.Write([]byte(".")); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			select {
			case <-time.After(5 * time.Millisecond):
			case <-stop:
				return
			case <-r.Context().Done():
				return
			}
		}
	})
	defer close(stop)
	h := hosts(t, func(o *host.Options) { o.Timeout = 80 * time.Millisecond })
	var lost *host.UnreachableError
	if _, _, err := ask(t, h, s.URL+"/x"); !errors.As(err, &lost) {
		t.Errorf("got %v", err)
	}
}

// The caller's own end is told as such and is no failure of the host.
func TestCancelDuringExchange(t *testing.T) {
	entered := make(chan struct{}, 10)
	stop := make(chan struct{})
	s := openSite(t, func(_ http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		select {
		case <-r.Context().Done():
		case <-stop:
		}
	})
	defer close(stop)
	h := hosts(t, nil)
	for range 6 {
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-entered; cancel() }()
		if _, _, err := h.Ask(ctx, get(t, s.URL+"/x"), false); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
	}
	if r := h.Resting(); len(r) != 0 {
		t.Errorf("rests %v", r)
	}
}

func TestName(t *testing.T) {
	for url, want := range map[string]string{
		"https://Example.ORG/x": "example.org", "http://example.org:80/": "example.org", "https://example.org:443": "example.org",
		"http://127.0.0.1:8123/x": "127.0.0.1:8123", "http://[::1]:99/": "[::1]:99",
	} {
		if got := host.Name(get(t, url).URL); got != want {
			t.Errorf("%s: got %s, want %s", url, got, want)
		}
	}
}

// A probe asks a host that rests because it failed, and how long it took does
// not count the wait for its turn; after a refusal it waits like any other.
func TestProbe(t *testing.T) {
	for _, c := range []struct {
		status int
		asked  bool
	}{{503, true}, {429, false}} {
		at := newClock()
		var pages atomic.Int64
		s := site(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/robots.txt" {
				http.NotFound(w, r)
				return
			}
			pages.Add(1)
			at.advance(3 * time.Second)
			w.WriteHeader(c.status)
		})
		h := hosts(t, func(o *host.Options) {
			o.Now = at.now
			o.Rests = []host.Rest{{From: 429, To: 599, After: 1, First: time.Hour, Max: time.Hour}}
		})
		if _, _, err := h.Ask(t.Context(), get(t, s.URL+"/"), false); err != nil {
			t.Fatal(err)
		}
		var took time.Duration
		_, _, err := h.AskAs(t.Context(), get(t, s.URL+"/"), host.Manner{Probe: true, Took: func(d time.Duration) { took = d }})
		var resting *host.RestingError
		if c.asked != (err == nil) || c.asked == errors.As(err, &resting) || (pages.Load() == 2) != c.asked {
			t.Errorf("after %d: %v, %d pages", c.status, err, pages.Load())
		}
		if c.asked && took != 3*time.Second {
			t.Errorf("took %s", took)
		}
		if _, _, err := h.Ask(t.Context(), get(t, s.URL+"/"), false); !errors.As(err, &resting) {
			t.Errorf("after %d the host does not rest: %v", c.status, err)
		}
	}
}
