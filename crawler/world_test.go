package crawler_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/crawler"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a time that a test moves.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC).UnixNano())
	return c
}
func (c *clock) now() time.Time          { return time.Unix(0, c.at.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

// sink keeps what it accepts.
type sink struct {
	mu    sync.Mutex
	posts []huiying.Post
	fail  error
}

func (s *sink) Accept(_ context.Context, p huiying.Post) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	s.posts = append(s.posts, p)
	return nil
}

func (s *sink) breakWith(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

func (s *sink) ids() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, p := range s.posts {
		out = append(out, p.ID)
	}
	return out
}

// states is a StateStore in memory.
type states struct {
	mu    sync.Mutex
	m     map[string][]byte
	rev   map[string]uint64
	saves int
	fail  error
}

func newStates() *states { return &states{m: map[string][]byte{}, rev: map[string]uint64{}} }

func (s *states) Load(_ context.Context, source string) ([]byte, uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.m[source], s.rev[source], s.fail
}

func (s *states) Save(_ context.Context, source string, state []byte, revision uint64) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return 0, s.fail
	}
	if s.rev[source] != revision {
		return 0, huiying.Errorf(huiying.Conflict, "bus.key_changed", "cursors", source)
	}
	s.m[source], s.rev[source] = bytes.Clone(state), revision+1
	s.saves++
	return revision + 1, nil
}

func (s *states) breakWith(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// cursor is what is kept of a source's own mark.
func (s *states) cursor(source string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rec struct {
		Cursor json.RawMessage `json:"cursor"`
	}
	if json.Unmarshal(s.m[source], &rec) != nil {
		return ""
	}
	return string(rec.Cursor)
}

// ledger gives out the rows as they come.
type ledger struct{ rows chan huiying.LedgerEntry }

func newLedger() *ledger { return &ledger{rows: make(chan huiying.LedgerEntry, 10_000)} }

func (l *ledger) Record(_ context.Context, e huiying.LedgerEntry) error {
	l.rows <- e
	return nil
}

func (l *ledger) next(t *testing.T) huiying.LedgerEntry {
	t.Helper()
	select {
	case e := <-l.rows:
		return e
	case <-time.After(20 * time.Second):
		t.Fatal("no visit ended")
		return huiying.LedgerEntry{}
	}
}

// reader makes a Kind of a function.
type reader func(ctx context.Context, v crawler.Visit) (crawler.Report, error)

func (f reader) Read(ctx context.Context, v crawler.Visit) (crawler.Report, error) { return f(ctx, v) }

// world is a crawler with everything around it in memory.
type world struct {
	*crawler.Crawler
	sink   *sink
	states *states
	ledger *ledger
	clock  *clock
}

// newWorld makes a crawler that has one kind, "test", read by f.
func newWorld(t *testing.T, f reader, set func(*crawler.Options)) *world {
	t.Helper()
	w := &world{sink: &sink{}, states: newStates(), ledger: newLedger(), clock: newClock()}
	o := crawler.Options{
		Fetch:  crawler.FetchOptions{UserAgent: "huiying test", NoDelay: true, Private: []string{"127.0.0.1"}},
		Kinds:  []crawler.Kind{{Name: "test", Reader: f}},
		Sink:   w.sink,
		State:  w.states,
		Ledger: w.ledger,
		Now:    w.clock.now,
		Random: func() float64 { return 0.5 },
	}
	if set != nil {
		set(&o)
	}
	c, err := crawler.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	w.Crawler = c
	return w
}

func source(id string) huiying.Source {
	return huiying.Source{ID: id, Kind: "test", BaseURL: "http://" + id + ".test", Every: time.Minute}
}

func (w *world) apply(t *testing.T, sources ...huiying.Source) {
	t.Helper()
	if err := w.Apply(sources); err != nil {
		t.Fatal(err)
	}
}

// run starts the crawler and gives the function that ends it.
func (w *world) run(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

// poke moves the clock and wakes the loop, which sleeps in real time.
func (w *world) poke(t *testing.T, d time.Duration, sources ...huiying.Source) {
	t.Helper()
	w.clock.advance(d)
	w.apply(t, sources...)
}

func (w *world) health(t *testing.T, id string) crawler.SourceHealth {
	t.Helper()
	for _, h := range w.Health() {
		if h.ID == id {
			return h
		}
	}
	t.Fatalf("%s is not in the register", id)
	return crawler.SourceHealth{}
}

// site answers robots.txt with 404 and everything else with f.
func site(t testing.TB, f http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		f(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}
