package live_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"huiying/internal/web/live"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// screen is a reader of the stream without a network: what was written, and a
// stop that may be put into its way.
type screen struct {
	header http.Header

	mu    sync.Mutex
	text  strings.Builder
	stuck chan struct{}
}

func newScreen() *screen { return &screen{header: http.Header{}} }

func (s *screen) Header() http.Header { return s.header }
func (s *screen) WriteHeader(int)     {}
func (s *screen) Flush()              {}

func (s *screen) Write(b []byte) (int, error) {
	if s.stuck != nil {
		<-s.stuck
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func yes(context.Context) bool { return true }

// serve follows the hub in the background until ctx ends.
func serve(ctx context.Context, h *live.Hub, s *screen, last string, still func(context.Context) bool) <-chan error {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/live", nil)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	done := make(chan error, 1)
	go func() { done <- h.Serve(s, r, still) }()
	return done
}

func TestNewsAreGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		h := live.NewHub(live.Options{First: 100})
		ran := make(chan error, 1)
		go func() { ran <- h.Run(ctx) }()
		s := newScreen()
		served := serve(ctx, h, s, "", yes)
		synctest.Wait()
		for range 3 {
			h.Hear("huiying.event.red.r-queue", []byte(`{"text":"must not be told"}`))
		}
		h.Hear("huiying.alert.red.u-hall", []byte(`{"case_no":"HY20261123-0001"}`))
		h.Hear("huiying.case.ack", []byte(`{"case_no":"HY20261123-0001"}`))
		h.Hear("huiying.case.ack", []byte(`not json`))
		h.Hear("odd", nil)
		time.Sleep(time.Second)
		synctest.Wait()
		got := s.String()
		if !strings.Contains(got, "id: 100\nevent: hello") {
			t.Errorf("no greeting: %q", got)
		}
		want := "id: 101\nevent: news\ndata: {\"id\":101,\"posts\":{\"red\":3},\"alerts\":{\"red\":1},\"cases\":[\"HY20261123-0001\"]}\n\n"
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
		if strings.Contains(got, "must not") {
			t.Error("words of a post are on the stream")
		}
		if s.header.Get("Content-Type") != "text/event-stream" {
			t.Errorf("%v", s.header)
		}
		cancel()
		<-served
		<-ran
	})
}

func TestHeartbeatAndEndOfLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		h := live.NewHub(live.Options{})
		ran := make(chan error, 1)
		go func() { ran <- h.Run(ctx) }()
		beats := 0
		s := newScreen()
		served := serve(ctx, h, s, "", func(context.Context) bool { beats++; return beats < 3 })
		if err := <-served; err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(s.String(), ": beat"); n != 2 {
			t.Errorf("%d heartbeats before the login ended", n)
		}
		cancel()
		<-ran
	})
}

func TestResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		h := live.NewHub(live.Options{Keep: 3})
		ran := make(chan error, 1)
		go func() { ran <- h.Run(ctx) }()
		for i := range 5 {
			h.Hear("huiying.case.note", fmt.Appendf(nil, `{"case_no":"case-%d"}`, i+1))
			time.Sleep(time.Second)
		}
		for last, want := range map[string][]string{
			"5":    {"event: hello"},                     // nothing was missed
			"3":    {"event: hello", "case-4", "case-5"}, // missed two
			"2":    {"event: hello", "case-3", "case-5"}, // the oldest that is kept
			"1":    {"event: resync"},                    // too long ago
			"9999": {"event: resync"},                    // of another life of the service
			"":     {"event: hello"},
			"x":    {"event: hello"},
		} {
			one, leave := context.WithCancel(ctx)
			s := newScreen()
			served := serve(one, h, s, last, yes)
			synctest.Wait()
			got := s.String()
			for _, w := range want {
				if !strings.Contains(got, w) {
					t.Errorf("after %q: no %s in %q", last, w, got)
				}
			}
			if strings.Contains(got, "case-1") || last != "3" && last != "2" && strings.Contains(got, "case-") {
				t.Errorf("after %q: too much in %q", last, got)
			}
			leave()
			<-served
		}
		cancel()
		<-ran
	})
}

// A reader that does not keep up is dropped, and nobody waits for it.
func TestSlowReaderIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		registry := prometheus.NewRegistry()
		h := live.NewHub(live.Options{Buffer: 2, Registerer: registry})
		ran := make(chan error, 1)
		go func() { ran <- h.Run(ctx) }()
		slow, quick := newScreen(), newScreen()
		slow.stuck = make(chan struct{})
		slowly := serve(ctx, h, slow, "", yes)
		quickly := serve(ctx, h, quick, "", yes)
		for range 6 {
			h.Hear("huiying.event.blue.r", nil)
			time.Sleep(time.Second)
		}
		if n := strings.Count(quick.String(), "event: news"); n != 6 {
			t.Errorf("the quick reader got %d of 6", n)
		}
		close(slow.stuck)
		<-slowly // it was let go
		cancel()
		<-quickly
		<-ran
		count, err := testutil.GatherAndCount(registry, "huiying_web_live_dropped_total")
		if err != nil || count != 1 {
			t.Errorf("%d %v", count, err)
		}
	})
}

func TestEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		h := live.NewHub(live.Options{})
		cancel()
		if err := h.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if err := <-serve(t.Context(), h, newScreen(), "", yes); err == nil {
			t.Error("a hub that has ended serves")
		}
	})
}

// A thousand readers over real connections, and nothing left behind.
func TestThousandReaders(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in short mode: a thousand connections")
	}
	const n = 1000
	ctx, cancel := context.WithCancel(t.Context())
	h := live.NewHub(live.Options{Every: 20 * time.Millisecond})
	ran := make(chan error, 1)
	go func() { ran <- h.Run(ctx) }()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _ = h.Serve(w, r, yes) }))
	transport := &http.Transport{MaxConnsPerHost: n}
	client := &http.Client{Transport: transport}
	var greeted, heard sync.WaitGroup
	var readers sync.WaitGroup
	greeted.Add(n)
	heard.Add(n)
	for range n {
		readers.Go(func() {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
			if err != nil {
				t.Error(err)
				return
			}
			res, err := client.Do(r)
			if err != nil {
				t.Error(err)
				greeted.Done()
				heard.Done()
				return
			}
			defer res.Body.Close()
			await(res.Body, "hello", &greeted)
			await(res.Body, "event: news", &heard)
		})
	}
	greeted.Wait()
	h.Hear("huiying.event.red.r", nil)
	heard.Wait()
	cancel()
	readers.Wait()
	<-ran
	transport.CloseIdleConnections()
	server.Close()
}

// await reads until the word has come, then tells the group.
func await(r io.Reader, word string, group *sync.WaitGroup) {
	defer group.Done()
	var seen strings.Builder
	buf := make([]byte, 512)
	for !strings.Contains(seen.String(), word) {
		n, err := r.Read(buf)
		seen.Write(buf[:n])
		if err != nil {
			return
		}
	}
}
