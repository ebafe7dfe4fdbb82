package bus

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// group is one durable of a run and the room it has in this process.
type group struct {
	n      int
	name   string
	stream stream

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
		got, err := r.fetch(ctx, g, n)
		g.give(n - got)
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

// fetch asks for n messages and queues them as they come.
func (r *run) fetch(ctx context.Context, g *group, n int) (got int, err error) {
	ctx, cancel := context.WithTimeout(ctx, pullFor)
	defer cancel()
	g.mu.Lock()
	consumer := g.consumer
	g.mu.Unlock()
	batch, err := consumer.Fetch(n, jetstream.FetchContext(ctx))
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
		r.queue.put(h)
	}
	if err := batch.Error(); err != nil && ctx.Err() == nil {
		return got, err
	}
	return got, nil
}

// receive reads where a message stands. A replay gets back the subject and id
// it had when it was parked.
func (r *run) receive(g *group, msg jetstream.Msg) (*held, error) {
	meta, err := msg.Metadata()
	if err != nil {
		return nil, err
	}
	h := &held{msg: msg, durable: g.name, group: g.n, stream: meta.Stream, seq: meta.Sequence.Stream}
	h.Message = Message{Subject: msg.Subject(), ID: msg.Headers().Get(jetstream.MsgIDHeader), Body: msg.Data()}
	if strings.HasPrefix(h.Subject, replayPrefix) {
		h.Subject, h.ID = msg.Headers().Get(headSubject), msg.Headers().Get(headMsgID)
	}
	h.Attempt = max(int(meta.NumDelivered), r.journal.attempts(h.key())+1)
	m := r.b.metrics
	m.delivered.WithLabelValues(r.c.Name).Inc()
	if h.Attempt > 1 {
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
	if !errors.Is(err, jetstream.ErrConsumerDeleted) && !errors.Is(err, jetstream.ErrConsumerNotFound) && !errors.Is(err, jetstream.ErrNoHeartbeat) && failures < 3 {
		return
	}
	consumers, err := r.b.ensureDurables(ctx, g.stream, r.c)
	if err != nil {
		return // tried again after the next failed pull
	}
	g.mu.Lock()
	g.consumer = consumers[g.n]
	g.mu.Unlock()
}

func isAcked(err error) bool { return errors.Is(err, jetstream.ErrMsgAlreadyAckd) }

// fairEvery is the turn that begins with the last group.
const fairEvery = 8

// queue orders waiting messages by group. Every message put has one token;
// who takes a token is owed a message.
type queue struct {
	groups []chan *held
	tokens chan struct{}

	mu   sync.Mutex
	turn int
}

func newQueue(groups, room int) *queue {
	q := &queue{tokens: make(chan struct{}, groups*room)}
	for range groups {
		q.groups = append(q.groups, make(chan *held, room))
	}
	return q
}

// put never blocks: a group holds no more than its room.
func (q *queue) put(h *held) {
	q.groups[h.group] <- h
	q.tokens <- struct{}{}
}

// take waits for the next message; false when ctx ends first.
func (q *queue) take(ctx context.Context) (*held, bool) {
	if ctx.Err() != nil {
		return nil, false
	}
	select {
	case <-q.tokens:
		return q.next(), true
	case <-ctx.Done():
		return nil, false
	}
}

func (q *queue) tryTake() (*held, bool) {
	select {
	case <-q.tokens:
		return q.next(), true
	default:
		return nil, false
	}
}

// takeBatch takes one message and, up to n, those that come within d of it.
func (q *queue) takeBatch(ctx context.Context, n int, d time.Duration) []*held {
	first, ok := q.take(ctx)
	if !ok {
		return nil
	}
	batch := []*held{first}
	if n == 1 {
		return batch
	}
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	for len(batch) < n {
		h, ok := q.take(ctx)
		if !ok {
			break
		}
		batch = append(batch, h)
	}
	return batch
}

// next takes the message owed for a token: the first group that has one, or
// in every eighth turn the last.
func (q *queue) next() *held {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.turn++
	fair := q.turn%fairEvery == 0
	for {
		for i := range q.groups {
			if fair {
				i = len(q.groups) - 1 - i
			}
			select {
			case h := <-q.groups[i]:
				return h
			default:
			}
		}
	}
}
