package bus

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"huiying/internal/bus/streams"
)

// group is one durable of a run and the room it has in this process.
type group struct {
	n    int
	name string

	mu       sync.Mutex
	consumer jetstream.Consumer
	free     int
	room     int
	freed    chan struct{}
}

// take claims all free room, once at least half of it is free: pulls stay
// large under load.
func (g *group) take() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.free < (g.room+1)/2 {
		return 0
	}
	n := g.free
	g.free = 0
	return n
}

func (g *group) give(n int) {
	g.mu.Lock()
	g.free += n
	g.mu.Unlock()
	select {
	case g.freed <- struct{}{}:
	default:
	}
}

// pullFor is how long one pull request stands at the server.
const pullFor = 30 * time.Second

// pull keeps a request for messages standing at the server whenever there is
// room, so that a message published to an idle bus arrives at once, and never
// holds more than there is room for.
func (r *run) pull(ctx context.Context, g *group) {
	for failures := 0; ctx.Err() == nil; {
		n := g.take()
		if n == 0 {
			select {
			case <-g.freed:
			case <-ctx.Done():
			}
			continue
		}
		asked := time.Now()
		got, err := r.fetch(ctx, g, n)
		g.give(n - got)
		r.listened(asked, got, err)
		if err == nil || ctx.Err() != nil {
			failures = 0
			continue
		}
		delays := publishRetries()
		wait(ctx, delays[min(failures, len(delays)-1)])
		failures++
		r.repair(ctx, g, failures, err)
	}
}

// heartbeat is how often an outside server says that it still has a pull
// request; one that leaves two out has lost it, or is cut off. The embedded
// server goes away with us, or tells us by closing the connection.
const heartbeat = 2 * time.Second

// listened notes what became of a pull request.
func (r *run) listened(asked time.Time, got int, err error) {
	switch {
	case errors.Is(err, jetstream.ErrNoHeartbeat):
		if until := time.Now().Add(-2 * heartbeat); until.After(asked) {
			asked = until // when it was last heard
		}
		r.b.heard(asked, err)
	case errors.Is(err, nats.ErrNoResponders):
		r.b.heard(asked, err)
	case got > 0:
		r.b.heard(asked, nil)
	}
}

// fetch asks for n messages and queues them as they come.
func (r *run) fetch(ctx context.Context, g *group, n int) (got int, err error) {
	ctx, cancel := r.b.request(ctx, pullFor)
	defer cancel()
	g.mu.Lock()
	consumer := g.consumer
	g.mu.Unlock()
	options := []jetstream.FetchOpt{jetstream.FetchContext(ctx)}
	if ends, ok := ctx.Deadline(); r.b.o.URL != "" && ok && time.Until(ends) > 3*heartbeat {
		options = append(options, jetstream.FetchHeartbeat(heartbeat))
	}
	batch, err := consumer.Fetch(n, options...)
	if err != nil {
		return 0, err
	}
	for msg := range batch.Messages() {
		got++
		h, err := r.receive(g, msg)
		if err != nil {
			return got - 1, err
		}
		r.hold(h)
		r.queue.Put(h.group, h)
	}
	if err := batch.Error(); err != nil && ctx.Err() == nil {
		return got, err
	}
	return got, nil
}

// suspectAfter is how many deliveries without an answer make a message suspect
// where only an outside server counts them: the first may have stood beside
// another that ended the process, or waited there. lastDelivery is after how
// many of its deliveries such a server's count is believed whatever the journal
// says, which may be lost with each process.
const (
	suspectAfter = 2
	lastDelivery = 30
)

// receive reads where a message stands. A replay gets back the subject and id
// it had when it was parked.
func (r *run) receive(g *group, msg jetstream.Msg) (*held, error) {
	meta, err := msg.Metadata()
	if err != nil {
		return nil, err
	}
	h := &held{msg: msg, durable: g.name, group: g.n, stream: meta.Stream, seq: meta.Sequence.Stream}
	h.Message = Message{Subject: msg.Subject(), ID: msg.Headers().Get(jetstream.MsgIDHeader), Body: msg.Data()}
	if strings.HasPrefix(h.Subject, streams.ReplayPrefix) {
		h.Subject, h.ID = msg.Headers().Get(headSubject), msg.Headers().Get(headMsgID)
	}
	h.Attempt = r.journal.Attempts(h.key()) + 1
	h.suspect = r.journal.Suspect(h.key())
	if n := int(meta.NumDelivered); r.b.broker.Dir() == "" && (r.journal.Off() || n > lastDelivery) {
		h.Attempt, h.suspect = max(h.Attempt, n), h.suspect || n > suspectAfter
	}
	m := r.b.metrics
	m.delivered.WithLabelValues(r.c.Name).Inc()
	if meta.NumDelivered > 1 {
		m.redelivered.WithLabelValues(r.c.Name).Inc()
	}
	return h, nil
}

// repair makes the durable again when it is gone: an operator deleted it, or
// the server lost it.
func (r *run) repair(ctx context.Context, g *group, failures int, err error) {
	if failures == 3 || failures%30 == 0 {
		r.b.log.Warn("consuming waits", "consumer", g.name, "err", err)
	}
	if !gone(err) && (failures < 3 || !r.missing(ctx, g)) {
		return
	}
	consumers, err := r.ensure(ctx)
	if err != nil {
		return // tried again after the next failed pull
	}
	g.mu.Lock()
	g.consumer = consumers[g.n]
	g.mu.Unlock()
}

func gone(err error) bool {
	return errors.Is(err, jetstream.ErrConsumerDeleted) || errors.Is(err, jetstream.ErrConsumerNotFound)
}

// missing asks whether the durable is gone. A pull finds nobody as well while it
// has no leader, which no making anew would hasten.
func (r *run) missing(ctx context.Context, g *group) bool {
	ctx, cancel := r.b.request(ctx, probeEvery)
	defer cancel()
	g.mu.Lock()
	consumer := g.consumer
	g.mu.Unlock()
	_, err := consumer.Info(ctx)
	return gone(err)
}

func isAcked(err error) bool { return errors.Is(err, jetstream.ErrMsgAlreadyAckd) }
