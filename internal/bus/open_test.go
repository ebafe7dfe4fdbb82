package bus_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"huiying"
	"huiying/internal/bus"
)

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "token")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		o    bus.Options
		key  string
		code huiying.Code
	}{
		"no folder":      {bus.Options{}, "bus.no_dir", huiying.Invalid},
		"a file":         {bus.Options{Dir: empty}, "bus.bad_dir", huiying.Invalid},
		"both":           {bus.Options{Dir: dir, URL: "nats://127.0.0.1:1", Listen: "127.0.0.1:0"}, "bus.url_and_listen", huiying.Invalid},
		"no address":     {bus.Options{Dir: dir, Listen: "4222"}, "bus.bad_listen", huiying.Invalid},
		"open port":      {bus.Options{Dir: dir, Listen: "0.0.0.0:0"}, "bus.open_listen", huiying.Invalid},
		"any address":    {bus.Options{Dir: dir, Listen: ":0"}, "bus.open_listen", huiying.Invalid},
		"empty token":    {bus.Options{Dir: dir, Listen: "0.0.0.0:0", CredentialsFile: empty}, "bus.bad_token", huiying.Invalid},
		"no token file":  {bus.Options{Dir: dir, Listen: "0.0.0.0:0", CredentialsFile: dir + "/none"}, "bus.bad_credentials", huiying.Invalid},
		"nobody answers": {bus.Options{URL: "nats://secret@127.0.0.1:1"}, "bus.unreachable", huiying.Unavailable},
	} {
		b, err := bus.Open(t.Context(), tc.o)
		if err == nil {
			t.Errorf("%s: opened", name)
			b.Close()
			continue
		}
		var e *huiying.Error
		if !errors.As(err, &e) || e.Key != tc.key || e.Code != tc.code {
			t.Errorf("%s: %v", name, err)
		}
		if name == "nobody answers" && fmt.Sprint(e.Args[0]) != "nats://127.0.0.1:1" {
			t.Errorf("the sentence shows %v", e.Args[0])
		}
		if _, err := os.Stat(filepath.Join(dir, "running")); err == nil {
			t.Errorf("%s: left the folder marked as running", name)
		}
	}
}

// A second huiying process reaches the embedded server by its port and token.
func TestListenWithToken(t *testing.T) {
	o := options(t)
	o.Listen = "127.0.0.1:0"
	o.CredentialsFile = filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(o.CredentialsFile, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := open(t, o)
	if _, err := bus.Open(t.Context(), bus.Options{URL: "nats://" + b.Addr()}); err == nil {
		t.Error("reached without a token")
	}
	other := open(t, bus.Options{URL: "nats://s3cret@" + b.Addr(), Zone: office})
	if err := other.PublishPost(t.Context(), post(1)); err != nil {
		t.Fatal(err)
	}
	got := make(chan huiying.Post)
	background(t, func(ctx context.Context) error {
		return b.ConsumePosts(ctx, bus.Consumer{Name: "analyzer"}, func(_ context.Context, p huiying.Post) error {
			got <- p
			return nil
		})
	})
	if p := <-got; p.ID != post(1).ID {
		t.Errorf("got %s", p.ID)
	}
}

// outside starts a NATS server as an operator would.
func outside(t testing.TB, dir string, port int) *server.Server {
	t.Helper()
	return outsideOf(t, server.Options{Host: "127.0.0.1", Port: port, StoreDir: dir, JetStreamMaxStore: 1 << 40})
}

func outsideOf(t testing.TB, o server.Options) *server.Server {
	t.Helper()
	o.JetStream, o.NoSigs, o.NoLog = true, true, true
	s, err := server.NewServer(&o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the outside server did not start")
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}

// What a stream may grow to counts as taken; a server without so much says
// which of two settings to change.
func TestOutsideServerWithoutRoom(t *testing.T) {
	s := outsideOf(t, server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, StoreDir: t.TempDir(), JetStreamMaxStore: 10 << 30})
	o := options(t)
	o.Dir, o.URL = "", s.ClientURL()
	_, err := bus.Open(t.Context(), o)
	if e, ok := errors.AsType[*huiying.Error](err); !ok || e.Key != "bus.no_room" || e.Code != huiying.Unavailable {
		t.Errorf("%v", err)
	}
}

func TestOutsideServerMayRestart(t *testing.T) {
	dir := t.TempDir()
	s := outside(t, dir, server.RANDOM_PORT)
	o := options(t)
	o.Dir, o.URL = "", s.ClientURL()
	b := open(t, o)
	if b.Unclean() || b.Addr() != "" {
		t.Errorf("unclean %v, addr %q", b.Unclean(), b.Addr())
	}
	var got list[string]
	stop := background(t, func(ctx context.Context) error {
		return b.ConsumePosts(ctx, bus.Consumer{Name: "analyzer"}, func(_ context.Context, p huiying.Post) error {
			got.add(p.ID)
			return nil
		})
	})
	if err := b.PublishPost(t.Context(), post(1)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the first post", func() bool { return got.len() == 1 })
	port := s.Addr().(*net.TCPAddr).Port
	s.Shutdown()
	s.WaitForShutdown()
	published := make(chan error, 1)
	go func() { published <- b.PublishPost(context.Background(), post(2)) }()
	outside(t, dir, port)
	if err := <-published; err != nil {
		t.Fatal(err)
	}
	eventually(t, "the second post", func() bool { return got.len() >= 2 })
	stop()
	if err := b.Close(); err != nil { // before its server goes
		t.Error(err)
	}
}
