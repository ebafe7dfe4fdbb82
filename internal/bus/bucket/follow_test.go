package bucket_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"huiying/internal/bus/broker"
	"huiying/internal/bus/bucket"
)

// outside is a server beside the process that can be stopped and started.
type outside struct {
	t    *testing.T
	dir  string
	port int
	now  *server.Server
}

func (o *outside) start() {
	o.t.Helper()
	var err error
	o.now, err = server.NewServer(&server.Options{Host: "127.0.0.1", Port: o.port, JetStream: true, JetStreamMaxStore: 1 << 40, StoreDir: o.dir, NoSigs: true, NoLog: true})
	if err != nil {
		o.t.Fatal(err)
	}
	go o.now.Start()
	if !o.now.ReadyForConnections(20 * time.Second) {
		o.t.Fatal("NATS does not start")
	}
	o.port = o.now.Addr().(*net.TCPAddr).Port
}

func (o *outside) stop() {
	o.now.Shutdown()
	o.now.WaitForShutdown()
}

// While the server is away, and until everything is read again after it is
// back, a follower says that it knows nothing.
func TestFollowerKnowsWhatItMisses(t *testing.T) {
	o := &outside{t: t, dir: t.TempDir(), port: server.RANDOM_PORT}
	o.start()
	defer func() { o.stop() }()
	b, err := broker.Open(t.Context(), broker.Options{URL: "nats://127.0.0.1:" + strconv.Itoa(o.port)})
	if err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(b.Conn)
	if err != nil {
		t.Fatal(err)
	}
	kv := openKV(t, js, bucket.KVOptions{})
	var mu sync.Mutex
	seen := map[string]string{}
	f := bucket.NewFollower(kv, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- f.Run(ctx, func(e bucket.Entry) error {
			mu.Lock()
			defer mu.Unlock()
			seen[e.Key] = string(e.Value)
			return nil
		})
	}()
	put := func(value string) {
		t.Helper()
		eventually(t, "put "+value, func() bool { _, err := kv.Put(t.Context(), "a", []byte(value)); return err == nil })
	}
	got := func(value string) func() bool {
		return func() bool { mu.Lock(); defer mu.Unlock(); return f.Lost() == nil && seen["a"] == value }
	}
	put("1")
	eventually(t, "the first value", got("1"))
	o.stop()
	eventually(t, "known to be lost", func() bool { return f.Lost() != nil })
	o.start()
	eventually(t, "back", func() bool { return f.Lost() == nil })
	put("2")
	eventually(t, "the second value", got("2"))
	cancel()
	if err := errors.Join(<-done, b.Close(true)); err != nil {
		t.Error(err)
	}
	if f.Lost() == nil {
		t.Error("known without a connection")
	}
}

// A value that cannot be handled is not known either.
func TestFollowerStumbles(t *testing.T) {
	kv := openKV(t, start(t), bucket.KVOptions{})
	if _, err := kv.Put(t.Context(), "a", []byte("spoilt")); err != nil {
		t.Fatal(err)
	}
	f := bucket.NewFollower(kv, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- f.Run(ctx, func(e bucket.Entry) error {
			if string(e.Value) == "spoilt" {
				return errors.New("cannot be read")
			}
			return nil
		})
	}()
	eventually(t, "not known", func() bool { return f.Lost() != nil })
	if _, err := kv.Put(t.Context(), "a", []byte("good")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "known", func() bool { return f.Lost() == nil })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !cond(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited 30 s for: %s", what)
		}
	}
}
