package bus

import (
	"context"
	"sync"
	"time"
)

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
