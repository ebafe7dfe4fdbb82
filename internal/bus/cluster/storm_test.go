package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"huiying"
	"huiying/internal/bus"
)

// wires carry what the nodes of a cluster tell each other, one listener for each
// pair, so that a node can be cut off from the others and from nobody else.
type wires struct {
	mu    sync.Mutex
	cut   int // node that is cut off, -1 none
	conns map[net.Conn][2]int
}

func (w *wires) listen(t *testing.T, from, to, port int) *url.URL {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return // closed
			}
			out, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil || !w.keep(in, out, from, to) {
				in.Close()
				if out != nil {
					out.Close()
				}
				continue
			}
			go carry(in, out)
			go carry(out, in)
		}
	}()
	return &url.URL{Scheme: "nats", Host: l.Addr().String()}
}

func carry(to, from net.Conn) {
	_, _ = io.Copy(to, from) // either end may go at any time
	to.Close()
	from.Close()
}

func (w *wires) keep(in, out net.Conn, from, to int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conns[in], w.conns[out] = [2]int{from, to}, [2]int{from, to}
	return w.cut != from && w.cut != to
}

// isolate cuts a node off; -1 joins all again.
func (w *wires) isolate(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = n
	for c, ends := range w.conns {
		if n == ends[0] || n == ends[1] {
			c.Close()
			delete(w.conns, c)
		}
	}
}

// nodes are three servers that can be killed, started again and cut off.
type nodes struct {
	t       *testing.T
	options []*server.Options
	wires   *wires
	mu      sync.Mutex
	up      []*server.Server
}

func newNodes(t *testing.T) *nodes {
	t.Helper()
	n := &nodes{t: t, wires: &wires{cut: -1, conns: map[net.Conn][2]int{}}, up: make([]*server.Server, 3)}
	ports := []int{port(t), port(t), port(t)}
	for i := range 3 {
		o := &server.Options{
			ServerName: fmt.Sprintf("nats-%d", i+1), Host: "127.0.0.1", Port: port(t), NoSigs: true, NoLog: true,
			JetStream: true, JetStreamMaxStore: 1 << 40, StoreDir: t.TempDir(),
			// Nodes tell each other where they listen and then connect there, past the
			// wires: what they tell is a port at which nobody answers.
			Cluster: server.ClusterOpts{Name: "huiying", Host: "127.0.0.1", Port: ports[i], Advertise: "127.0.0.1:1", NoAdvertise: true},
		}
		for j := range 3 {
			if i != j {
				o.Routes = append(o.Routes, n.wires.listen(t, i, j, ports[j]))
			}
		}
		n.options = append(n.options, o)
		n.start(i)
	}
	t.Cleanup(func() {
		for i := range 3 {
			n.kill(i)
		}
	})
	eventually(t, "a leader of three", func() bool {
		return slices.ContainsFunc(n.up, func(s *server.Server) bool { return s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == 3 })
	})
	return n
}

func port(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (n *nodes) start(i int) {
	n.t.Helper()
	s, err := server.NewServer(n.options[i].Clone())
	if err != nil {
		n.t.Fatal(err)
	}
	n.mu.Lock()
	n.up[i] = s
	n.mu.Unlock()
	go s.Start()
}

func (n *nodes) kill(i int) {
	n.mu.Lock()
	s := n.up[i]
	n.mu.Unlock()
	s.Shutdown()
	s.WaitForShutdown()
}

// stepDown makes whoever leads a stream give it up; nobody may lead at the moment.
func (n *nodes) stepDown(stream string) {
	for _, s := range n.up {
		_ = s.JetStreamStepdownStream("$G", stream) // only its leader can
	}
}

func (n *nodes) urls() string {
	var list []string
	for _, o := range n.options {
		list = append(list, fmt.Sprintf("nats://127.0.0.1:%d", o.Port))
	}
	return strings.Join(list, ",")
}

// TestClusterUnderFire publishes alerts' events one after the other while the
// cluster's leaders step down, its nodes end and come back, and the nodes of the
// process that consumes and of the one that publishes are cut off from the
// others: what was accepted is handled, p99 from offering to handling stays below
// five seconds, and who stands at a node that is cut off goes on at another. What
// is offered while one is cut off is measured apart: a node that ends hands over
// what it leads, one that is cut off is replaced by an election, which the servers
// begin after four to nine seconds.
func TestClusterUnderFire(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers; left out with -short")
	}
	rounds, out := 1, 2*time.Second
	if long := os.Getenv("HUIYING_CHAOS"); long != "" {
		d, err := time.ParseDuration(long)
		if err != nil {
			t.Fatalf("HUIYING_CHAOS: %v", err)
		}
		rounds = max(int(d/(90*time.Second)), 1)
		out = 10 * time.Second
	}
	n := newNodes(t)
	b, err := bus.Open(t.Context(), bus.Options{URL: n.urls(), Replicas: 3})
	if err != nil {
		t.Fatal(err)
	}
	offering, err := bus.Open(t.Context(), bus.Options{URL: n.urls(), Replicas: 3, Member: "offering"})
	if err != nil {
		t.Fatal(err)
	}
	f := &fire{offered: map[string]offer{}, took: map[string]time.Duration{}}
	consuming, publishing := make(chan error, 1), make(chan error, 1)
	go func() { // what is on its way over a connection that breaks comes again after AckWait
		consuming <- b.ConsumeEvents(context.Background(), bus.Consumer{Name: "alerts", Workers: 4, AckWait: 3 * time.Second}, f.handle)
	}()
	ctx, stop := context.WithCancel(t.Context())
	go func() { publishing <- f.publish(ctx, offering) }()
	f.more(t, 20) // it is at work before anything goes wrong
	n.whole(t)
	chance := rand.New(rand.NewPCG(2026, 11))
	for range rounds {
		f.round(t, n, out, chance.Perm(3))
	}
	stop()
	if err := <-publishing; err != nil {
		t.Error(err)
	}
	eventually(t, "all that was accepted is handled", func() bool { return f.missing() == 0 })
	if err := errors.Join(b.Close(), <-consuming, offering.Close()); err != nil {
		t.Error(err)
	}
	f.verdict(t)
}

// round lets everything go wrong once, each fault for so long.
func (f *fire) round(t *testing.T, n *nodes, out time.Duration, order []int) {
	t.Helper()
	n.stepDown("EVENTS")
	time.Sleep(out) // posts come meanwhile; servers have their own clock
	for _, i := range order {
		n.kill(i)
		time.Sleep(out)
		n.start(i)
		f.more(t, 200) // and it goes on
		n.whole(t)
	}
	for _, name := range []string{"huiying", "huiying-offering"} {
		f.cutOff(true)
		n.cutOff(t, name)
		time.Sleep(out + 2*time.Second)
		f.more(t, 20) // from another node: this one is still cut off
		n.wires.isolate(-1)
		n.whole(t)
		f.cutOff(false)
	}
}

// cutOff isolates the node that the connection of this name stands at: it can
// answer nothing then.
func (n *nodes) cutOff(t *testing.T, name string) {
	t.Helper()
	at := -1
	eventually(t, "a node with the connection "+name, func() bool {
		at = slices.IndexFunc(n.up, func(s *server.Server) bool {
			clients, err := s.Connz(nil)
			return err == nil && slices.ContainsFunc(clients.Conns, func(c *server.ConnInfo) bool { return c.Name == name })
		})
		return at >= 0
	})
	n.wires.isolate(at)
	eventually(t, "a node that no other reaches", func() bool { return n.up[at].NumRoutes() == 0 })
}

// whole waits until every node reaches the others and keeps up with every stream
// again: the next fault is not to be the second of two.
func (n *nodes) whole(t *testing.T) {
	t.Helper()
	eventually(t, "three nodes that are current", func() bool {
		return !slices.ContainsFunc(n.up, func(s *server.Server) bool {
			h := s.Healthz(&server.HealthzOptions{}) // of one that was cut off it is ok until it hears that it is behind
			return s.NumRoutes() == 0 || h.Status != "ok"
		})
	})
}

// fire is what was offered, accepted and handled.
type fire struct {
	mu       sync.Mutex
	cut      bool // a node is cut off
	offered  map[string]offer
	accepted []string
	took     map[string]time.Duration // from offering to handling
}

// offer is when an event was offered.
type offer struct {
	at  time.Time
	cut bool // while a node was cut off
}

func (f *fire) cutOff(cut bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cut = cut
}

func (f *fire) publish(ctx context.Context, b *bus.Bus) error {
	for i := 0; ctx.Err() == nil; i++ {
		p := post(i)
		p.Text = fmt.Sprint("第 ", i, " 条，排队")
		e := huiying.NewEvent(huiying.Judgement{Post: p, Level: huiying.LevelRed, Tags: []huiying.Tag{{Rule: "r-queue", Level: huiying.LevelRed}}}, time.Now())
		f.mu.Lock()
		f.offered[p.ID] = offer{time.Now(), f.cut}
		f.mu.Unlock()
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		err := b.PublishEvent(limited, e)
		cancel()
		if err != nil {
			return err
		}
		f.mu.Lock()
		f.accepted = append(f.accepted, p.ID)
		f.mu.Unlock()
		time.Sleep(5 * time.Millisecond) // a stream of alerts, not a flood
	}
	return nil
}

func (f *fire) handle(_ context.Context, e huiying.Event) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := e.Data.Post.ID
	if _, again := f.took[id]; !again {
		f.took[id] = time.Since(f.offered[id].at)
	}
	return nil
}

// more waits until so many more were handled.
func (f *fire) more(t *testing.T, n int) {
	t.Helper()
	count := func() int { f.mu.Lock(); defer f.mu.Unlock(); return len(f.took) }
	was := count()
	eventually(t, "more alerts are handled", func() bool { return count() >= was+n })
}

func (f *fire) missing() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	missing := 0
	for _, id := range f.accepted {
		if _, ok := f.took[id]; !ok {
			missing++
		}
	}
	return missing
}

func (f *fire) verdict(t *testing.T) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	t.Logf("%d accepted, %d handled", len(f.accepted), len(f.took))
	of := map[bool][]time.Duration{}
	for id, d := range f.took {
		of[f.offered[id].cut] = append(of[f.offered[id].cut], d)
	}
	for cut, all := range of {
		slices.Sort(all)
		p99 := all[len(all)*99/100]
		t.Logf("%d offered, a node cut off: %v; offered → handled p50 %v, p99 %v, longest %v", len(all), cut, all[len(all)/2].Round(time.Millisecond), p99.Round(time.Millisecond), all[len(all)-1].Round(time.Millisecond))
		if p99 >= 5*time.Second && !cut {
			t.Errorf("p99 is %v", p99)
		}
	}
}
