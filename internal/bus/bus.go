// Package bus carries posts, events and the news about alerts and cases
// between the rooms, over NATS JetStream: an embedded server by default, a
// cluster by URL. Publishing returns only after JetStream has acknowledged;
// consuming acknowledges only after the handler has returned.
//
// It refuses to drop: a full stream makes Publish wait, a message nobody could
// handle is parked in huiying.dead.<consumer>, and a stream gives up only what
// every durable consumer has acknowledged. It knows nothing of what messages
// mean beyond their subject and size.
package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"huiying"
)

// MaxMessage is the largest body that is published, in bytes; NATS itself
// takes 1 MiB with headers.
const MaxMessage = 900_000

// Options says which server to use and how. Zero values mean the defaults.
type Options struct {
	// Dir is the folder of the embedded server. It is locked while open.
	Dir string
	// URL names an outside server or cluster instead of the embedded one.
	URL string
	// CredentialsFile is a NATS .creds file for URL. With Listen it is a file
	// whose only line is the token that others must bring (nats://TOKEN@host).
	CredentialsFile string
	// Listen opens the embedded server on host:port; "" opens no port. An
	// address beyond this machine needs CredentialsFile.
	Listen string
	// SyncAlways fsyncs every message before it is acknowledged; otherwise
	// SyncInterval (1 s) says how much a power failure may take. A killed
	// process loses nothing either way.
	SyncAlways   bool
	SyncInterval time.Duration
	// DuplicateWindow is how long a repeated message id is recognised (2 min).
	DuplicateWindow time.Duration
	// MaxBytes bounds one stream (8 GiB). A full stream makes Publish wait.
	MaxBytes int64
	// Keep is how long messages that everyone has consumed stay readable for
	// late consumers (24 h), while the stream is less than half full.
	Keep time.Duration
	// Replicas of every stream and bucket; 0 is 3 in a cluster, else 1.
	Replicas int
	// Backoff is the wait after each failed delivery (1 s, 10 s, 1 s); after
	// as many failures the next delivery is parked.
	Backoff []time.Duration
	// Grace is how long handlers may finish once their context has ended (10 s).
	Grace time.Duration

	Zone       *time.Location // of the times in JSON; UTC when nil
	Now        func() time.Time
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	// Checkpoint is called between an effect and its acknowledgement:
	// "posts.handled" for posts, "events.handled.<consumer>" for events,
	// "<stream>.handled.<consumer>" for others. Tests kill the process there.
	Checkpoint func(point string)
}

// backoff is the wait after the first, second, … failed delivery. A message
// that used the list up is parked at its next delivery.
func backoff() []time.Duration {
	return []time.Duration{time.Second, 10 * time.Second, time.Second}
}

func (o Options) withDefaults() Options {
	or := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	or(&o.SyncInterval, time.Second)
	or(&o.DuplicateWindow, 2*time.Minute)
	or(&o.Keep, 24*time.Hour)
	or(&o.Grace, 10*time.Second)
	if o.MaxBytes <= 0 {
		o.MaxBytes = 8 << 30
	}
	if len(o.Backoff) == 0 {
		o.Backoff = backoff()
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Checkpoint == nil {
		o.Checkpoint = func(string) {}
	}
	return o
}

// Bus is an open connection to JetStream, and the embedded server if there is
// one. It is safe for concurrent use.
type Bus struct {
	o       Options
	log     *slog.Logger
	home    *home          // nil with URL
	server  *server.Server // nil with URL
	conn    *nats.Conn
	js      jetstream.JetStream
	metrics *metrics
	kick    chan struct{} // asks the trimmer to make room now

	durables sync.Mutex // one change of durables at a time

	ctx    context.Context // ends at Close; bounds everything that blocks
	cancel context.CancelFunc
	mu     sync.Mutex // guards closed against wg.Add after Close
	closed bool
	wg     sync.WaitGroup
	done   sync.Once
	err    error // of Close
}

// Open starts or reaches the server and makes the streams. Errors:
// huiying.Invalid for options, huiying.Conflict when the folder is in use,
// huiying.Unavailable when the server cannot be reached.
func Open(ctx context.Context, o Options) (*Bus, error) {
	o = o.withDefaults()
	b := &Bus{o: o, log: o.Logger, kick: make(chan struct{}, 1)}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	if err := b.open(ctx); err != nil {
		b.mu.Lock()
		b.closed = true
		b.mu.Unlock()
		b.cancel()
		b.stopServer(false)
		return nil, err
	}
	b.wg.Go(b.trimLoop)
	return b, nil
}

func (b *Bus) open(ctx context.Context) error {
	if b.o.URL != "" && b.o.Listen != "" {
		return huiying.Errorf(huiying.Invalid, "bus.url_and_listen")
	}
	var err error
	if b.o.URL == "" {
		if b.home, err = openHome(b.o.Dir); err != nil {
			return err
		}
		if b.server, err = startServer(ctx, b.o); err != nil {
			return err
		}
	}
	if b.conn, err = connect(b.o, b.server); err != nil {
		return err
	}
	if b.js, err = jetstream.New(b.conn, jetstream.WithPublishAsyncTimeout(ackWait), jetstream.WithPublishAsyncMaxPending(4096)); err != nil {
		return fmt.Errorf("make JetStream client: %w", err)
	}
	if b.o.Replicas == 0 {
		b.o.Replicas = replicas(b.conn)
	}
	b.metrics = newMetrics(b.o.Registerer)
	return b.ensureStreams(ctx)
}

// Unclean reports whether the folder was last left without Close, so that a
// power failure may have taken the last SyncInterval: sources then re-read.
// It is false for an outside server, which keeps its own promises.
func (b *Bus) Unclean() bool { return b.home != nil && b.home.unclean }

// Addr is where the embedded server listens, "" when it opens no port.
func (b *Bus) Addr() string {
	if b.server == nil || b.o.Listen == "" {
		return ""
	}
	return b.server.Addr().String()
}

// Close ends every Consume, Live and Watch, waits for their handlers (at most
// Grace), flushes acknowledgements and stops the embedded server. It may be
// called more than once.
func (b *Bus) Close() error {
	b.done.Do(func() {
		b.mu.Lock()
		b.closed = true
		b.mu.Unlock()
		b.cancel()
		b.wg.Wait()
		b.err = b.stopServer(true)
	})
	return b.err
}

// stopServer undoes open; clean removes the mark of an unclean end.
func (b *Bus) stopServer(clean bool) error {
	var errs []error
	if b.conn != nil {
		if err := b.conn.FlushTimeout(5 * time.Second); err != nil {
			errs = append(errs, fmt.Errorf("flush acknowledgements: %w", err))
		}
		b.conn.Close()
	}
	if b.server != nil {
		b.server.Shutdown()
		b.server.WaitForShutdown()
	}
	if b.home != nil {
		errs = append(errs, b.home.close(clean))
	}
	return errors.Join(errs...)
}

// enter counts a blocking call in, and joins its context with the bus's life.
// leave must be called; a closed bus refuses.
func (b *Bus) enter(ctx context.Context) (joined context.Context, leave func(), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, nil, huiying.Errorf(huiying.Unavailable, "bus.closed")
	}
	b.wg.Add(1)
	joined, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(b.ctx, cancel)
	return joined, func() {
		stop()
		cancel()
		b.wg.Done()
	}, nil
}

// wait sleeps d, or less when ctx ends; it reports whether d has passed.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
