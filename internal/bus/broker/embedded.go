package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"huiying"
)

// embedded is the server of this process. A server closes a stream to writing,
// until it is started again, once the disk refused a write: then another takes
// its place, and everybody reconnects as if it stood outside.
type embedded struct {
	o      Options
	closed atomic.Bool // a stream is closed to writing

	mu      sync.Mutex
	server  *server.Server
	stopped bool
}

func startEmbedded(ctx context.Context, o Options) (*embedded, error) {
	e := &embedded{o: o}
	var err error
	e.server, err = e.start(ctx, o)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// InProcessConn implements nats.InProcessConnProvider by the server that runs.
func (e *embedded) InProcessConn() (net.Conn, error) {
	e.mu.Lock()
	s := e.server
	e.mu.Unlock()
	return s.InProcessConn()
}

// addr is where the server listens, "" when it opens no port.
func (e *embedded) addr() string {
	if e.o.Listen == "" {
		return ""
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.server.Addr().String()
}

func (e *embedded) stop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stopped = true
	e.server.Shutdown()
	e.server.WaitForShutdown()
}

// Renew starts the embedded server anew when one of its streams is closed to
// writing and the disk takes something again; it reports whether it did.
func (b *Broker) Renew(ctx context.Context) (bool, error) {
	if b.embedded == nil || !b.embedded.closed.Load() || !takes(b.home.dir) {
		return false, nil
	}
	return true, b.embedded.renew(ctx)
}

func (e *embedded) renew(ctx context.Context) error {
	o := e.o
	if addr := e.addr(); addr != "" {
		o.Listen = addr // whoever came by a port that was chosen comes by it again
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stopped {
		return nil
	}
	e.server.Shutdown()
	e.server.WaitForShutdown()
	e.closed.Store(false)
	s, err := e.start(ctx, o)
	if err != nil {
		e.closed.Store(true) // tried again
		return err
	}
	e.server = s
	return nil
}

// room is what a disk must take before a server is started on it again.
const room = 1 << 20

// takes reports whether the disk of a folder takes a file.
func takes(dir string) bool {
	path := filepath.Join(dir, "room")
	err := os.WriteFile(path, make([]byte, room), 0o600)
	return errors.Join(err, os.Remove(path)) == nil
}

// start starts a server and waits until JetStream answers.
func (e *embedded) start(ctx context.Context, o Options) (*server.Server, error) {
	so := &server.Options{
		ServerName:         "huiying",
		DontListen:         true,
		JetStream:          true,
		StoreDir:           o.Dir,
		SyncInterval:       o.SyncInterval,
		SyncAlways:         o.SyncAlways,
		JetStreamMaxMemory: 64 << 20,
		// Every stream has its own limit; the sum of what they might grow to
		// must not keep one from being made on a small disk.
		JetStreamMaxStore: 1 << 50,
		NoSigs:            true,
	}
	if err := openPort(so, o); err != nil {
		return nil, err
	}
	s, err := server.NewServer(so)
	if err != nil {
		return nil, fmt.Errorf("make embedded NATS server: %w", err)
	}
	s.SetLoggerV2(natsLog{o.Logger, &e.closed}, false, false, false)
	s.Start()
	deadline := 30 * time.Second
	if at, ok := ctx.Deadline(); ok {
		deadline = time.Until(at)
	}
	if !s.ReadyForConnections(deadline) || !s.JetStreamEnabled() {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, huiying.Errorf(huiying.Unavailable, "bus.not_started", o.Dir)
	}
	return s, nil
}

func openPort(so *server.Options, o Options) error {
	if o.Listen == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "bus.bad_listen", o.Listen)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "bus.bad_listen", o.Listen)
	}
	so.DontListen, so.Host, so.Port = false, host, int(n)
	if n == 0 {
		so.Port = server.RANDOM_PORT
	}
	if so.Authorization, err = token(o); err != nil {
		return err
	}
	if ip := net.ParseIP(host); so.Authorization == "" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return huiying.Errorf(huiying.Invalid, "bus.open_listen", o.Listen)
	}
	return nil
}

// token is the line of the credentials file that guards an opened port.
func token(o Options) (string, error) {
	if o.CredentialsFile == "" || o.Listen == "" {
		return "", nil
	}
	raw, err := os.ReadFile(o.CredentialsFile)
	if err != nil {
		return "", huiying.Errorf(huiying.Invalid, "bus.bad_credentials", o.CredentialsFile, err)
	}
	t := strings.TrimSpace(string(raw))
	if t == "" || strings.ContainsAny(t, "\r\n") {
		return "", huiying.Errorf(huiying.Invalid, "bus.bad_token", o.CredentialsFile)
	}
	return t, nil
}

// natsLog hands the server's log to slog. Its notices are our debug lines: a
// start-up banner is nothing an operator of huiying needs.
type natsLog struct {
	log    *slog.Logger
	closed *atomic.Bool // set when a stream was closed to writing
}

func (l natsLog) Noticef(f string, v ...any) { l.log.Debug("nats: " + fmt.Sprintf(f, v...)) }
func (l natsLog) Warnf(f string, v ...any)   { l.log.Warn("nats: " + fmt.Sprintf(f, v...)) }
func (l natsLog) Errorf(f string, v ...any) {
	text := fmt.Sprintf(f, v...)
	if strings.Contains(text, "ritical write error") {
		l.closed.Store(true)
	}
	l.log.Error("nats: " + text)
}
func (l natsLog) Fatalf(f string, v ...any) { l.log.Error("nats: " + fmt.Sprintf(f, v...)) }
func (l natsLog) Debugf(f string, v ...any) { l.log.Debug("nats: " + fmt.Sprintf(f, v...)) }
func (l natsLog) Tracef(f string, v ...any) { l.log.Debug("nats: " + fmt.Sprintf(f, v...)) }
