package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"huiying"
	"huiying/internal/bus"
)

const (
	fleetHosts   = 3
	fleetSources = 8 // on each host
	fleetEvery   = 3 * time.Second
	fleetDelay   = 60 * time.Millisecond
)

// TestFleet lets three crawler processes share one outside message server and
// kills one of them in the middle of its work. No visit is lost (every source
// goes on being read, the dead process's too), none is doubled (a source is
// never read twice at a time or sooner than it is due, no post stands twice on
// the bus), and the sites' own logs show that no host was asked faster than its
// budget by all of them together.
func TestFleet(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs three real processes for half a minute: not with -short")
	}
	f := newFleet(t)
	var list []*exec.Cmd
	for n := range 3 {
		list = append(list, f.start(t, n))
	}
	f.until(t, "every source was read twice", func() bool { return f.least() >= 2 })
	if err := list[1].Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = list[1].Wait() // "signal: killed"
	f.mark()
	f.until(t, "every source was read three times since", func() bool { return f.leastSince() >= 3 })
	// A visit that the end cuts short reads again what it was served, the next
	// time; here there is none, so that nothing new may come in the last ones.
	f.freeze()
	f.mark()
	f.until(t, "all that was served is read", func() bool { return f.leastSince() >= 2 })
	for _, n := range []int{0, 2} {
		if err := list[n].Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := list[n].Wait(); err != nil {
			t.Errorf("process %d: %v\n%s", n, err, f.logs[n].tail())
		}
	}
	f.settle(t)
	f.check(t)
}

// fleet is the sites, the bus and what was heard on it.
type fleet struct {
	dir    string
	binary string
	bus    *bus.Bus
	sites  []*fleetSite
	logs   []*tail

	mu    sync.Mutex
	rows  map[string][]huiying.LedgerEntry
	since map[string]int // rows there were when the process was killed
	posts map[string]int // by message id
}

// fleetSite serves feeds that grow, and logs who asked when.
type fleetSite struct {
	*httptest.Server
	mu    sync.Mutex
	begun time.Time
	asked []time.Time
	ended time.Time      // when it stopped to grow, zero while it grows
	last  map[string]int // newest entry served of each feed
}

func newFleetSite(t *testing.T) *fleetSite {
	s := &fleetSite{begun: time.Now(), last: map[string]int{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *fleetSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	s.mu.Lock()
	s.asked = append(s.asked, now)
	s.mu.Unlock()
	if r.URL.Path == "/robots.txt" {
		http.NotFound(w, r)
		return
	}
	s.mu.Lock()
	if !s.ended.IsZero() {
		now = s.ended
	}
	newest := int(now.Sub(s.begun)/time.Second) + 1
	s.last[r.URL.Path] = max(s.last[r.URL.Path], newest)
	s.mu.Unlock()
	fmt.Fprint(w, `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>便民信息</title>`)
	for i := newest; i > 0; i-- {
		fmt.Fprintf(w, `<item><title>第%d条</title><link>%s%s/%d</link><guid>%s-%d</guid><pubDate>%s</pubDate></item>`,
			i, s.URL, r.URL.Path, i, r.URL.Path[1:], i, s.begun.Add(time.Duration(i)*time.Second).Format(time.RFC1123Z))
	}
	fmt.Fprint(w, `</channel></rss>`)
}

func newFleet(t *testing.T) *fleet {
	f := &fleet{
		dir: t.TempDir(), binary: binary(t), logs: make([]*tail, 3),
		rows: map[string][]huiying.LedgerEntry{}, since: map[string]int{}, posts: map[string]int{},
	}
	var err error
	f.bus, err = bus.Open(t.Context(), bus.Options{
		Dir: filepath.Join(f.dir, "nats"), Listen: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.bus.Close() })
	kv, err := f.bus.KV(t.Context(), "definitions", bus.KVOptions{History: 8})
	if err != nil {
		t.Fatal(err)
	}
	for h := range fleetHosts {
		site := newFleetSite(t)
		f.sites = append(f.sites, site)
		for n := range fleetSources {
			s := huiying.Source{ID: fmt.Sprintf("h%d-s%d", h, n), Kind: "feed", BaseURL: fmt.Sprintf("%s/h%ds%d", site.URL, h, n), Every: fleetEvery}
			body, err := json.Marshal(s)
			if err == nil {
				_, err = kv.Put(t.Context(), "source."+s.ID, body)
			}
			if err != nil {
				t.Fatal(err)
			}
			f.rows[s.ID] = nil
		}
	}
	f.listen(t)
	return f
}

// listen hears the ledger and the posts.
func (f *fleet) listen(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var both sync.WaitGroup
	t.Cleanup(func() { cancel(); both.Wait() })
	both.Go(func() {
		_ = f.bus.Consume(ctx, bus.Consumer{Name: "test-ledger", Subjects: [][]string{{"huiying.ledger.>"}}}, func(_ context.Context, m bus.Message) error {
			var e huiying.LedgerEntry
			if err := json.Unmarshal(m.Body, &e); err != nil {
				return err
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			f.rows[e.Source] = append(f.rows[e.Source], e)
			return nil
		})
	})
	both.Go(func() {
		_ = f.bus.ConsumePosts(ctx, bus.Consumer{Name: "test-posts", Subjects: [][]string{{"huiying.post.>"}}}, func(_ context.Context, p huiying.Post) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.posts[p.MessageID()]++
			return nil
		})
	})
}

func (f *fleet) start(t *testing.T, n int) *exec.Cmd {
	t.Helper()
	f.logs[n] = &tail{}
	return member{
		binary: f.binary, dir: f.dir, bus: f.bus.Addr(), target: "crawler", more: fmt.Sprintf("crawler: {host_delay: %s}", fleetDelay),
	}.start(t, n, f.logs[n])
}

// member is how one of several processes that share a bus is started.
type member struct {
	binary, dir, bus, target string
	more                     string // of its configuration
}

// start starts the nth of them.
func (m member) start(t *testing.T, n int, log *tail) *exec.Cmd {
	t.Helper()
	file := filepath.Join(m.dir, fmt.Sprintf("%s%d.yaml", m.target, n))
	text := fmt.Sprintf(`
office: {name: 演练中心, contact: 演练}
data: data%d
listen: 127.0.0.1:0
bus: {url: "nats://%s"}
record: {key: 0123456789abcdef0123456789abcdef}
%s
`, n, m.bus, m.more)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(m.binary, "run", "--config", file, "--target", m.target)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd
}

func (f *fleet) until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(90 * time.Second); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			f.mu.Lock()
			defer f.mu.Unlock()
			for id, rows := range f.rows {
				t.Logf("%s: %d rows", id, len(rows))
			}
			t.Fatalf("not in 90 s: %s\n%s", what, f.logs[0].tail())
		}
	}
}

func (f *fleet) least() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	least := 1 << 30
	for _, rows := range f.rows {
		least = min(least, len(rows))
	}
	return least
}

// freeze ends the growth of the sites.
func (f *fleet) freeze() {
	for _, s := range f.sites {
		s.mu.Lock()
		s.ended = time.Now()
		s.mu.Unlock()
	}
}

func (f *fleet) mark() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, rows := range f.rows {
		f.since[id] = len(rows)
	}
}

func (f *fleet) leastSince() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	least := 1 << 30
	for id, rows := range f.rows {
		least = min(least, len(rows)-f.since[id])
	}
	return least
}

// settle waits until the bus has given out all it holds.
func (f *fleet) settle(t *testing.T) {
	t.Helper()
	last := -1
	f.until(t, "the bus is quiet", func() bool {
		f.mu.Lock()
		n := len(f.posts)
		f.mu.Unlock()
		quiet := n == last
		last = n
		time.Sleep(300 * time.Millisecond)
		return quiet
	})
}

func (f *fleet) check(t *testing.T) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	visits := 0
	for id, rows := range f.rows {
		visits += len(rows)
		slices.SortFunc(rows, func(a, b huiying.LedgerEntry) int { return a.At.Compare(b.At) })
		for i, e := range rows {
			if e.State != huiying.SourceOK {
				t.Errorf("%s: %s %s %s", id, e.State, e.Reason, e.Detail)
			}
			if i > 0 && e.At.Before(rows[i-1].NextAt.Add(-time.Second)) {
				t.Errorf("%s was read at %s, due %s", id, e.At, rows[i-1].NextAt)
			}
		}
	}
	served, gap := 0, time.Hour
	for _, s := range f.sites {
		s.mu.Lock()
		for _, n := range s.last {
			served += n
		}
		slices.SortFunc(s.asked, time.Time.Compare)
		for i := 1; i < len(s.asked); i++ {
			gap = min(gap, s.asked[i].Sub(s.asked[i-1]))
		}
		s.mu.Unlock()
	}
	if gap < fleetDelay {
		t.Errorf("a host was asked twice within %s, its budget is %s", gap, fleetDelay)
	}
	for id, n := range f.posts {
		if n != 1 {
			t.Errorf("%s stands on the bus %d times", id, n)
		}
	}
	if len(f.posts) != served {
		t.Errorf("%d posts on the bus, the sites served %d", len(f.posts), served)
	}
	t.Logf("%d visits, %d posts, least pause between two questions to a host %s", visits, len(f.posts), gap)
}
