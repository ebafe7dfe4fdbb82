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
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/internal/bus/broker"
	"huiying/internal/bus/gate"
	"huiying/internal/bus/jobs"
	"huiying/internal/bus/streams"
	"huiying/internal/bus/wire"
)

// MaxMessage is the largest body that is published, in bytes.
const MaxMessage = wire.MaxMessage

// Options says which server to use and how. Zero values mean the defaults.
type Options struct {
	// Dir is the folder of the embedded server. It is locked while open.
	Dir string
	// URL names an outside server or cluster instead of the embedded one; Dir, of
	// this process alone, then keeps which messages it did not survive.
	URL string
	// CredentialsFile is a NATS .creds file for URL. With Listen it is a file
	// whose only line is the token that others must bring (nats://TOKEN@host).
	CredentialsFile string
	// Identity is how this process proves who it is to an outside server.
	Identity Identity
	// Member names the rooms of this process where others share the outside
	// server and one of them, the office, keeps the streams: a member makes what
	// is missing, changes nothing that is there, and trims nothing, so that its
	// rights at the server may be few. "" keeps the streams.
	Member string
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

// Identity is how a process proves who it is to an outside server.
type Identity = broker.Identity

// Bus is an open connection to JetStream, and the embedded server if there is
// one. It is safe for concurrent use.
type Bus struct {
	o       Options
	log     *slog.Logger
	broker  *broker.Broker
	streams streams.Options
	js      jetstream.JetStream
	metrics *metrics
	kick    chan struct{} // asks the trimmer to make room now

	opening sync.Mutex // guards jobs
	jobs    *jobs.Queue

	gate     *gate.Gate // of handlers
	durables sync.Mutex // one change of durables at a time
	running  sync.Map   // *run by name of the consumers at work here

	measured atomic.Pointer[[]streams.State] // last seen of the streams

	ctx    context.Context // ends at Close; bounds everything that blocks
	cancel context.CancelFunc
	mu     sync.Mutex // guards closed against wg.Add after Close, link and quiet
	closed bool
	link   context.Context // ends at each reconnection, and is made anew
	unlink context.CancelFunc
	quiet  silence // of the server
	wg     sync.WaitGroup
	done   sync.Once
	err    error // of Close
}

// alonePatience bounds how long handlers wait for each other where one is to be
// alone: one that publishes into a full stream needs others to go on.
const alonePatience = 30 * time.Second

// Open starts or reaches the server and makes the streams. Errors:
// huiying.Invalid for options, huiying.Conflict when the folder is in use,
// huiying.Unavailable when the server cannot be reached.
func Open(ctx context.Context, o Options) (*Bus, error) {
	o = o.withDefaults()
	b := &Bus{o: o, log: o.Logger, kick: make(chan struct{}, 1), gate: gate.New(alonePatience)}
	b.link, b.unlink = context.WithCancel(context.Background())
	b.ctx, b.cancel = context.WithCancel(context.Background())
	if err := b.open(ctx); err != nil {
		b.cancel()
		return nil, err
	}
	if o.Member == "" {
		b.wg.Go(b.tend)
	}
	if o.URL != "" {
		b.wg.Go(b.probe)
	}
	return b, nil
}

func (b *Bus) open(ctx context.Context) error {
	var err error
	b.broker, err = broker.Open(ctx, broker.Options{
		Dir: b.o.Dir, URL: b.o.URL, CredentialsFile: b.o.CredentialsFile, Listen: b.o.Listen,
		Identity: b.o.Identity, Member: b.o.Member,
		SyncAlways: b.o.SyncAlways, SyncInterval: b.o.SyncInterval, Logger: b.o.Logger,
		Reconnected: b.reconnected,
	})
	if err != nil {
		return err
	}
	if b.o.Replicas == 0 {
		b.o.Replicas = b.broker.Replicas()
	}
	b.streams = streams.Options{MaxBytes: b.o.MaxBytes, Duplicates: b.o.DuplicateWindow, Keep: b.o.Keep, Replicas: b.o.Replicas, Member: b.o.Member != "", Now: b.o.Now}
	b.js, err = jetstream.New(b.broker.Conn, jetstream.WithPublishAsyncTimeout(ackWait), jetstream.WithPublishAsyncMaxPending(4096))
	if err == nil {
		err = b.ensure(ctx)
	}
	if err != nil {
		return errors.Join(err, b.broker.Close(false))
	}
	b.metrics = newMetrics(b.o.Registerer)
	return nil
}

// patience is how long a start waits for an outside server that is there and
// does not answer: a cluster that is choosing its leaders.
const patience = time.Minute

// ensure makes the streams.
func (b *Bus) ensure(ctx context.Context) error {
	for began, n := time.Now(), 0; ; n++ {
		err := streams.Ensure(ctx, b.js, b.streams)
		var known *huiying.Error
		if err == nil || b.o.URL == "" || errors.As(err, &known) || time.Since(began) > patience {
			return err
		}
		delays := publishRetries()
		if reason, again := retryable(err); !again || reason == "full" || !wait(ctx, delays[min(n, len(delays)-1)]) {
			return err
		}
		b.log.Warn("the message server does not answer yet; tried again", "err", err)
	}
}

// Unclean reports whether the folder was last left without Close, so that a
// power failure may have taken the last SyncInterval: sources then re-read.
// It is false for an outside server, which keeps its own promises.
func (b *Bus) Unclean() bool { return b.broker.Unclean() }

// Addr is where the embedded server listens, "" when it opens no port.
func (b *Bus) Addr() string { return b.broker.Addr() }

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
		b.err = b.broker.Close(true)
	})
	return b.err
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
