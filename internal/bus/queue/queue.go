// Package queue holds what waits in front of workers, in groups of falling
// priority. It bounds each group and starves none; it knows nothing of what
// waits.
package queue

import (
	"context"
	"sync"
	"time"
)

// fairEvery is the turn that begins with the last group.
const fairEvery = 8

// Queue orders what waits by group. Everything put has one token; who takes a
// token is owed something.
type Queue[T any] struct {
	groups []chan T
	tokens chan struct{}

	mu   sync.Mutex
	turn int
}

// New makes a queue of so many groups with room for so many in each.
func New[T any](groups, room int) *Queue[T] {
	q := &Queue[T]{tokens: make(chan struct{}, groups*room)}
	for range groups {
		q.groups = append(q.groups, make(chan T, room))
	}
	return q
}

// Put adds to a group. It never blocks as long as the caller keeps each group
// within its room.
func (q *Queue[T]) Put(group int, v T) {
	q.groups[group] <- v
	q.tokens <- struct{}{}
}

// Take waits for the next one; false when ctx ends first.
func (q *Queue[T]) Take(ctx context.Context) (v T, ok bool) {
	if ctx.Err() != nil {
		return v, false
	}
	select {
	case <-q.tokens:
		return q.next(), true
	case <-ctx.Done():
		return v, false
	}
}

// TryTake takes the next one if something waits.
func (q *Queue[T]) TryTake() (v T, ok bool) {
	select {
	case <-q.tokens:
		return q.next(), true
	default:
		return v, false
	}
}

// TakeBatch waits for one and takes, up to n, those that come within d of it,
// with no d those that wait already; nil when ctx ends first.
func (q *Queue[T]) TakeBatch(ctx context.Context, n int, d time.Duration) []T {
	first, ok := q.Take(ctx)
	if !ok {
		return nil
	}
	batch := []T{first}
	for more := true; more && len(batch) < n; {
		var v T
		if v, more = q.TryTake(); more {
			batch = append(batch, v)
		}
	}
	if len(batch) == n || d <= 0 {
		return batch
	}
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	for len(batch) < n {
		v, ok := q.Take(ctx)
		if !ok {
			break
		}
		batch = append(batch, v)
	}
	return batch
}

// next takes what is owed for a token: the first group that has one, or
// in every eighth turn the last.
func (q *Queue[T]) next() T {
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
			case v := <-q.groups[i]:
				return v
			default:
			}
		}
	}
}
