package host

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// ErrTooLate says that the turn would come after the caller's deadline, so
// nothing was waited for.
var ErrTooLate = errors.New("the turn would come too late")

// queue lets one in at a time, in the order of asking, and not before ready.
// The zero queue is free.
type queue struct {
	mu      sync.Mutex
	busy    bool
	ready   time.Time
	waiting []chan struct{}
}

// take waits for the turn. After an error the turn is not held.
func (q *queue) take(ctx context.Context, now func() time.Time) error {
	if err := q.enter(ctx); err != nil {
		return err
	}
	q.mu.Lock()
	ready := q.ready
	q.mu.Unlock()
	err := until(ctx, ready.Sub(now()))
	if err != nil {
		q.give(ready)
	}
	return err
}

func (q *queue) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	if !q.busy {
		q.busy = true
		q.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	q.waiting = append(q.waiting, mine)
	q.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
		q.leave(mine)
		return ctx.Err()
	}
}

// leave takes a waiter out that no longer waits. When its turn came in the
// same moment, the turn goes on to the next.
func (q *queue) leave(mine chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := slices.Index(q.waiting, mine); i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
		return
	}
	q.next()
}

// give ends the turn; the next one begins no earlier than ready.
func (q *queue) give(ready time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ready = ready
	q.next()
}

func (q *queue) next() {
	if len(q.waiting) == 0 {
		q.busy = false
		return
	}
	first := q.waiting[0]
	q.waiting = q.waiting[1:]
	close(first)
}

// until waits for d, or says at once that ctx ends sooner.
func until(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	if end, ok := ctx.Deadline(); ok && time.Until(end) < d {
		return ErrTooLate
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
