package bus

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"huiying"
	"huiying/internal/bus/journal"
	"huiying/internal/bus/queue"
	"huiying/internal/bus/streams"
	"huiying/internal/bus/wire"
)

// Consumer names a durable consumer and how it works.
type Consumer struct {
	// Name is the durable's name, [a-z0-9-]{1,64}, and the last token of
	// huiying.dead.<name> for what it could not handle.
	Name string
	// Subjects are groups of filters in order of priority, all of one stream:
	// {{"huiying.event.red.>"}, {"huiying.event.>"…}}. Filters may not overlap.
	// Waiting messages of an earlier group go first; one turn in eight begins
	// with the last group, so that none starves. Nil means everything of the
	// stream that the typed method reads.
	Subjects [][]string
	// Workers run handlers at the same time (1).
	Workers int
	// Batch is how many messages one call takes at most (1), and BatchWait how
	// long the first may wait for the others (50 ms; below zero it waits for none,
	// and takes along those that are here already). Only the methods that give
	// batches read them.
	Batch     int
	BatchWait time.Duration
	// AckWait is how long the server waits for a sign of life of a process
	// before it gives its messages to another: 30 s with an outside server, 5 s
	// with the embedded one, where the other can only be our own next start.
	// Handlers may take longer: the bus keeps telling that work is in progress.
	AckWait time.Duration
}

// Message is one message as it was published.
type Message struct {
	Subject string // the original one, also for a replay
	ID      string // Nats-Msg-Id
	Body    []byte
	// Attempt is 1 for the first delivery. It counts handlers that failed or did
	// not survive in processes with this folder; without a folder, deliveries of
	// any kind.
	Attempt int
}

// Handlers. A nil error acknowledges. huiying.Unavailable means the world is
// down and not the message wrong: the same handler is called again with the
// same message, after a wait and without end. Any other error, or a panic, is
// a failed delivery: the message comes back after Options.Backoff, and is
// parked at the delivery after the last of them. A handler must be idempotent.

// ConsumePosts gives every post to handle until ctx ends, then waits for the
// handlers that run and returns nil. A message that is no post is parked.
func (b *Bus) ConsumePosts(ctx context.Context, c Consumer, handle func(context.Context, huiying.Post) error) error {
	c.Batch = 1
	return b.ConsumePostBatches(ctx, c, func(ctx context.Context, ps []huiying.Post) error {
		return handle(ctx, ps[0])
	})
}

// ConsumePostBatches is ConsumeEventBatches for posts.
func (b *Bus) ConsumePostBatches(ctx context.Context, c Consumer, handle func(context.Context, []huiying.Post) error) error {
	return b.consume(ctx, c, job{kind: "post", point: "posts.handled", decode: func(m Message) (any, error) { return wire.DecodePost(m.Body) },
		handle: func(ctx context.Context, hs []*held) error { return handle(ctx, values[huiying.Post](hs)) }})
}

// ConsumeEvents is ConsumePosts for events.
func (b *Bus) ConsumeEvents(ctx context.Context, c Consumer, handle func(context.Context, huiying.Event) error) error {
	c.Batch = 1
	return b.ConsumeEventBatches(ctx, c, func(ctx context.Context, es []huiying.Event) error {
		return handle(ctx, es[0])
	})
}

// ConsumeEventBatches gives up to c.Batch events at once. When a batch of
// several fails, each of its events is tried alone at once, so that one bad
// event does not take the others with it; an event that was delivered before
// always comes alone.
func (b *Bus) ConsumeEventBatches(ctx context.Context, c Consumer, handle func(context.Context, []huiying.Event) error) error {
	return b.consume(ctx, c, job{kind: "event", point: "events.handled." + c.Name, decode: func(m Message) (any, error) { return wire.DecodeEvent(m.Body) },
		handle: func(ctx context.Context, hs []*held) error { return handle(ctx, values[huiying.Event](hs)) }})
}

// values are what was decoded.
func values[V any](hs []*held) []V {
	out := make([]V, len(hs))
	for i, h := range hs {
		out[i] = h.value.(V)
	}
	return out
}

// Consume gives messages of any stream as they are.
func (b *Bus) Consume(ctx context.Context, c Consumer, handle func(context.Context, Message) error) error {
	c.Batch = 1
	kind := ""
	if len(c.Subjects) > 0 && len(c.Subjects[0]) > 0 {
		if s, ok := streams.Of(c.Subjects[0][0]); ok {
			kind = s.Kind
		}
	}
	return b.consume(ctx, c, job{kind: kind, point: kind + "s.handled." + c.Name,
		decode: func(m Message) (any, error) { return m, nil },
		handle: func(ctx context.Context, hs []*held) error { return handle(ctx, hs[0].value.(Message)) }})
}

// job is what a typed Consume method adds to the common loop.
type job struct {
	kind   string // of the stream
	point  string // the checkpoint between effect and acknowledgement
	decode func(Message) (any, error)
	handle func(context.Context, []*held) error
}

// held is a message in this process: waiting for a worker or being handled.
type held struct {
	msg     jetstream.Msg
	Message // as published
	durable string
	group   int
	stream  string
	seq     uint64 // in the stream
	value   any    // decoded
	suspect bool   // a process may have ended because of it
}

func (h *held) key() journal.Place { return journal.Place{Durable: h.durable, Seq: h.seq} }

// run is one call of Consume.
type run struct {
	b       *Bus
	c       Consumer
	job     job
	durable streams.Consumer
	groups  []*group
	queue   *queue.Queue[*held]
	journal *journal.Journal
	ending  <-chan struct{} // closed when the run is to end

	mu     sync.Mutex
	held   map[*held]struct{}
	errors map[journal.Place]string // of deliveries that failed here and will come back
}

func (c Consumer) withDefaults(s streams.Stream, embedded bool) Consumer {
	c.Workers = max(c.Workers, 1)
	c.Batch = max(c.Batch, 1)
	if c.BatchWait == 0 {
		c.BatchWait = 50 * time.Millisecond
	}
	if c.AckWait <= 0 {
		c.AckWait = 30 * time.Second
		if embedded {
			c.AckWait = 5 * time.Second
		}
	}
	if len(c.Subjects) == 0 {
		c.Subjects = [][]string{{"huiying." + s.Kind + ".>"}}
	}
	return c
}

func (b *Bus) consume(ctx context.Context, c Consumer, j job) error {
	s, ok := streams.Of("huiying." + j.kind + ".>")
	if !ok || !huiying.ValidSubject(c.Name) {
		return huiying.Errorf(huiying.Invalid, "bus.bad_consumer", c.Name)
	}
	c = c.withDefaults(s, b.broker.Dir() != "")
	durable := streams.Consumer{Stream: s, Name: c.Name, Groups: c.Subjects, AckWait: c.AckWait}
	if err := durable.Check(); err != nil {
		return err
	}
	ctx, leave, err := b.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	r := &run{b: b, c: c, job: j, durable: durable, ending: ctx.Done(), held: map[*held]struct{}{}, errors: map[journal.Place]string{}}
	if _, twice := b.running.LoadOrStore(c.Name, r); twice {
		return huiying.Errorf(huiying.Conflict, "bus.consumed_twice", c.Name)
	}
	defer b.running.Delete(c.Name)
	if err := r.prepare(ctx); err != nil {
		if ctx.Err() != nil {
			err = nil // ended before it began
		}
		return err
	}
	if r.journal, err = journal.Open(r.counts()); err != nil {
		return err
	}
	r.work(ctx)
	return r.journal.Close(nil)
}

// counts says where handlings that did not end well are counted: in the folder
// of the bus. An outside server may be exchanged for another or begin anew, and
// its sequences with it, so that counts are of one making of the consumer; where
// there is no folder the server's own counts must do.
func (r *run) counts() journal.Options {
	o := journal.Options{Name: r.c.Name, Durables: r.durable.Durables(), Batch: r.c.Batch}
	for _, g := range r.groups {
		o.Settled = append(o.Settled, g.consumer.CachedInfo().AckFloor.Stream)
	}
	switch {
	case r.b.broker.Dir() != "":
		o.Dir = filepath.Join(r.b.broker.Dir(), "handling")
	case r.b.o.Dir != "":
		o.Dir = filepath.Join(r.b.o.Dir, "handling")
		o.Name += "@" + strconv.FormatInt(r.groups[0].consumer.CachedInfo().Created.UnixNano(), 36)
	}
	return o
}

// ensure makes the durables. A cluster that has just lost a server may need
// several attempts.
func (r *run) ensure(ctx context.Context) ([]jetstream.Consumer, error) {
	for n := 0; ; n++ {
		consumers, err := r.ensureOnce(ctx)
		if err == nil {
			return consumers, nil
		}
		delays := publishRetries()
		if _, again := retryable(err); !again || !wait(ctx, delays[min(n, len(delays)-1)]) {
			return nil, err
		}
		r.b.log.Warn("making a consumer is tried again", "consumer", r.c.Name, "err", err)
	}
}

// ensureOnce makes the durables, one caller at a time.
func (r *run) ensureOnce(ctx context.Context) ([]jetstream.Consumer, error) {
	r.b.durables.Lock()
	defer r.b.durables.Unlock()
	ctx, cancel := r.b.linked(ctx)
	defer cancel()
	return r.durable.Ensure(ctx, r.b.js)
}

// prepare makes the durables and the queue in front of the workers.
func (r *run) prepare(ctx context.Context) error {
	consumers, err := r.ensure(ctx)
	if err != nil {
		return fmt.Errorf("make consumer %s: %w", r.c.Name, err)
	}
	room := max(r.c.Workers*r.c.Batch*2, 16)
	r.queue = queue.New[*held](len(consumers), room)
	groups := make([]*group, len(consumers))
	for i, name := range r.durable.Durables() {
		groups[i] = &group{n: i, consumer: consumers[i], name: name, free: room, room: room, freed: make(chan struct{}, 1)}
	}
	r.mu.Lock()
	r.groups = groups // the bus asks for them
	r.mu.Unlock()
	return nil
}

// work runs pullers, workers and the keeper until ctx ends. Handlers that run
// then have Grace to finish; what waits goes back to the server.
func (r *run) work(ctx context.Context) {
	handling, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(r.b.o.Grace, cancel) })
	defer stop()
	kept, endKeeper := context.WithCancel(context.WithoutCancel(ctx))
	var pullers, workers, keeper sync.WaitGroup
	keeper.Go(func() { r.keep(kept) })
	for _, g := range r.groups {
		pullers.Go(func() { r.pull(ctx, g) })
	}
	for n := range r.c.Workers {
		workers.Go(func() { r.worker(ctx, handling, n) })
	}
	workers.Wait()
	pullers.Wait()
	endKeeper()
	keeper.Wait()
	r.giveBack()
}

// stopped is the delay of a message that comes back because we end. It is not
// zero: only a delayed return outlives the embedded server, a plain one would
// wait for AckWait after its restart.
const stopped = time.Millisecond

// giveBack returns what no worker has touched.
func (r *run) giveBack() {
	for {
		h, ok := r.queue.TryTake()
		if !ok {
			return
		}
		if err := h.msg.NakWithDelay(stopped); err != nil {
			r.b.log.Warn("giving a message back failed; it returns after AckWait", "consumer", h.durable, "err", err)
		}
		r.release(h)
	}
}

// keep tells the server, three times per AckWait, that held messages are still
// worked on.
func (r *run) keep(ctx context.Context) {
	for wait(ctx, r.c.AckWait/3) {
		r.mu.Lock()
		msgs := make([]*held, 0, len(r.held))
		for h := range r.held {
			msgs = append(msgs, h)
		}
		r.mu.Unlock()
		for _, h := range msgs {
			if err := h.msg.InProgress(); err != nil && ctx.Err() == nil && !isAcked(err) {
				r.b.log.Warn("extending a message failed", "consumer", h.durable, "err", err)
			}
		}
	}
}

// stopping reports whether the run is to end: what fails now was stopped.
func (r *run) stopping() bool {
	select {
	case <-r.ending:
		return true
	default:
		return false
	}
}

func (r *run) hold(h *held) {
	r.mu.Lock()
	r.held[h] = struct{}{}
	r.mu.Unlock()
}

// release ends the message's stay in this process and makes room for another.
func (r *run) release(h *held) {
	r.mu.Lock()
	delete(r.held, h)
	r.mu.Unlock()
	r.groups[h.group].give(1)
}
