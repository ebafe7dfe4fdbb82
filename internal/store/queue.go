package store

import (
	"slices"
	"sync"
	"time"
)

// queue holds the calls of Write that wait. Its length is bounded by the
// number of callers, for each waits for its own.
type queue struct {
	mu     sync.Mutex
	filled *sync.Cond
	urgent []*job
	bulk   []*job
	closed bool

	bulkSince time.Time // when bulk work last had its turn
}

func newQueue() *queue {
	q := &queue{}
	q.filled = sync.NewCond(&q.mu)
	return q
}

// put queues j, unless the queue is closed.
func (q *queue) put(j *job) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	list := q.list(j.priority)
	*list = append(*list, j)
	q.filled.Signal()
	return true
}

// drop takes a job out whose caller gave up.
func (q *queue) drop(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	list := q.list(j.priority)
	if i := slices.Index(*list, j); i >= 0 {
		*list = slices.Delete(*list, i, i+1)
	}
}

// next waits for a job: urgent before bulk, except that bulk work which has
// waited long enough goes once. ok is false when the queue is closed and
// empty.
func (q *queue) next() (j *job, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		if len(q.bulk) > 0 && (len(q.urgent) == 0 || q.bulkIsDue()) {
			if j := take(&q.bulk); j != nil {
				q.bulkSince = time.Now()
				return j, true
			}
			continue
		}
		if j := take(&q.urgent); j != nil {
			return j, true
		}
		if len(q.bulk) > 0 {
			continue // every urgent caller had given up
		}
		if q.closed {
			return nil, false
		}
		q.filled.Wait()
	}
}

// join gives an urgent job to share the running transaction, or nil.
func (q *queue) join() *job {
	q.mu.Lock()
	defer q.mu.Unlock()
	return take(&q.urgent)
}

// bulkIsDue reports whether bulk work has been kept back too long. A backlog
// of it still goes only one at a time, or it would all go before what is
// urgent.
func (q *queue) bulkIsDue() bool {
	return time.Since(q.bulk[0].queued) > bulkPatience && time.Since(q.bulkSince) > bulkPatience
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.urgent) + len(q.bulk)
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.filled.Broadcast()
}

func (q *queue) list(p Priority) *[]*job {
	if p == Bulk {
		return &q.bulk
	}
	return &q.urgent
}

// take removes the first job whose caller has not given up.
func take(list *[]*job) *job {
	for len(*list) > 0 {
		j := (*list)[0]
		*list = slices.Delete(*list, 0, 1)
		if j.taken.CompareAndSwap(false, true) {
			return j
		}
	}
	return nil
}
