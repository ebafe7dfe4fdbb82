package seat_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/bus/broker"
	"huiying/internal/bus/seat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clerk answers with its name, and says what it must not: that two of them sat
// at a time.
type clerk struct {
	name   string
	seated *atomic.Int32
	left   atomic.Bool
	kept   atomic.Bool // the seat was still its own when it left
}

func (c *clerk) Answer(_ context.Context, q []byte) ([]byte, error) {
	switch string(q) {
	case "refuse":
		return nil, huiying.Errorf(huiying.NotFound, "cluster.no_event", "t-1")
	case "fail":
		return nil, errors.New("the disk is full")
	}
	return fmt.Appendf(nil, "%s:%s", c.name, q), nil
}

func (c *clerk) Leave(_ context.Context, held bool) error {
	c.kept.Store(held)
	c.left.Store(true)
	c.seated.Add(-1)
	return nil
}

// server is a message server that several connections reach.
func server(t *testing.T) (connect func() jetstream.JetStream) {
	t.Helper()
	b, err := broker.Open(t.Context(), broker.Options{Dir: t.TempDir(), SyncInterval: time.Second, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(true); err != nil {
			t.Error(err)
		}
	})
	return func() jetstream.JetStream {
		conn, err := nats.Connect("nats://" + b.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(conn.Close)
		js, err := jetstream.New(conn)
		if err != nil {
			t.Fatal(err)
		}
		return js
	}
}

// desk is one process: its seat, who sits there, and how to stop it.
type desk struct {
	*seat.Seat
	clerk atomic.Pointer[clerk]
	stop  func() error
}

func start(t *testing.T, js jetstream.JetStream, name string, seated *atomic.Int32) *desk {
	t.Helper()
	s, err := seat.Open(t.Context(), js, seat.Options{Name: "topics", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{Seat: s}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- s.Run(ctx, func(context.Context) (seat.Sitter, error) {
			if n := seated.Add(1); n != 1 {
				t.Errorf("%d processes hold one seat", n)
			}
			c := &clerk{name: name, seated: seated}
			d.clerk.Store(c)
			return c, nil
		})
	}()
	d.stop = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { _ = d.stop() })
	return d
}

func ask(t *testing.T, d *desk, q string) string {
	t.Helper()
	a, err := d.Ask(t.Context(), []byte(q))
	if err != nil {
		t.Fatalf("ask %s: %v", q, err)
	}
	return string(a)
}

// One of three sits and answers all of them; when it stops, another does at
// once.
func TestOneSits(t *testing.T) {
	connect := server(t)
	var seated atomic.Int32
	a := start(t, connect(), "a", &seated)
	if got := ask(t, a, "1"); got != "a:1" {
		t.Fatalf("a asks itself: %s", got)
	}
	b, c := start(t, connect(), "b", &seated), start(t, connect(), "c", &seated)
	for _, d := range []*desk{a, b, c} {
		if got := ask(t, d, "2"); got != "a:2" {
			t.Errorf("got %s, want a's answer", got)
		}
	}
	began := time.Now()
	if err := a.stop(); err != nil {
		t.Fatal(err)
	}
	if c := a.clerk.Load(); !c.left.Load() || !c.kept.Load() {
		t.Error("a stopped without leaving what was its own")
	}
	if got := ask(t, b, "3"); got != "b:3" && got != "c:3" {
		t.Errorf("got %s", got)
	}
	if took := time.Since(began); took > seat.TTL {
		t.Errorf("a seat that was left was free after %v", took)
	}
}

// The sentence of an error reaches who asked; the cause of one that is ours
// does not.
func TestErrors(t *testing.T) {
	connect := server(t)
	var seated atomic.Int32
	a := start(t, connect(), "a", &seated)
	ask(t, a, "up")
	b := start(t, connect(), "b", &seated)
	var said *huiying.Error
	_, err := b.Ask(t.Context(), []byte("refuse"))
	if !errors.As(err, &said) || said.Code != huiying.NotFound || said.Key != "cluster.no_event" || fmt.Sprint(said.Args) != "[t-1]" {
		t.Errorf("refused with %v", err)
	}
	if _, err = b.Ask(t.Context(), []byte("fail")); huiying.ErrorCode(err) != huiying.Unavailable {
		t.Errorf("failed with %v", err)
	}
	if _, err = a.Ask(t.Context(), []byte("fail")); err == nil {
		t.Error("no error")
	}
}

// A holder whose process dies loses the seat within its time, and nobody sits
// beside it; questions meanwhile wait.
func TestDeadHolder(t *testing.T) {
	connect := server(t)
	var seated atomic.Int32
	dead := connect()
	a := start(t, dead, "a", &seated)
	ask(t, a, "up")
	b := start(t, connect(), "b", &seated)
	dead.Conn().Close() // as if it were killed: it renews nothing and answers nothing
	began := time.Now()
	if got := ask(t, b, "1"); got != "b:1" {
		t.Errorf("got %s", got)
	}
	if took := time.Since(began); took > seat.TTL+3*time.Second {
		t.Errorf("a dead holder's seat was free after %v", took)
	}
	if c := a.clerk.Load(); !c.left.Load() || c.kept.Load() {
		t.Error("a holder that reaches nobody does not leave before another sits, or takes the seat for its own")
	}
}

// Where the server runs, a seat that was left by a kill is taken at once.
func TestHome(t *testing.T) {
	js := server(t)()
	for _, name := range []string{"killed", "next"} {
		s, err := seat.Open(t.Context(), js, seat.Options{Name: "topics", Home: true, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		taken := make(chan struct{})
		done := make(chan error, 1)
		go func() {
			done <- s.Run(ctx, func(ctx context.Context) (seat.Sitter, error) {
				close(taken)
				if name == "killed" {
					return nil, errors.New("dies here")
				}
				return &clerk{name: name, seated: new(atomic.Int32)}, nil
			})
		}()
		began := time.Now()
		<-taken
		if took := time.Since(began); took > seat.TTL/2 {
			t.Errorf("%s sat down after %v", name, took)
		}
		if name == "next" {
			cancel()
		}
		if err := <-done; (err != nil) != (name == "killed") {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
	}
}

// A server that goes away and comes back ends nobody: the seat is lost, taken
// again, and questions are answered.
func TestServerRestarts(t *testing.T) {
	o := broker.Options{Dir: t.TempDir(), SyncInterval: time.Second, Listen: "127.0.0.1:0"}
	b, err := broker.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := nats.Connect("nats://"+b.Addr(), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond), nats.RetryOnFailedConnect(true))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	var seated atomic.Int32
	a := start(t, js, "a", &seated)
	ask(t, a, "up")
	first := a.clerk.Load()
	o.Listen = b.Addr()
	if err := b.Close(true); err != nil {
		t.Fatal(err)
	}
	for !first.left.Load() {
		time.Sleep(10 * time.Millisecond)
	}
	if b, err = broker.Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close(true) })
	if got := ask(t, a, "1"); got != "a:1" {
		t.Errorf("got %s", got)
	}
	if err := a.stop(); err != nil {
		t.Error(err)
	}
}
