// Package job is the visits that are to be made: what one is, and a queue of
// them inside one process. Several processes share the queue of package
// internal/bus/jobs, which keeps the same promises and outlives them all.
package job

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// Job is one visit to be made.
type Job struct {
	Source string    `json:"source"`
	Kind   string    `json:"kind,omitempty"` // huiying.JobPlanned, JobBackfill or JobWatch
	Due    time.Time `json:"due"`
	From   time.Time `json:"from,omitzero"` // of a back-fill: publication times, half-open
	To     time.Time `json:"to,omitzero"`
}

// Key names what there is at most one of at a time, waiting or under way.
func (j Job) Key() string { return j.Source + "." + cmp.Or(j.Kind, "planned") }

// Taken is a job under way. Exactly one of Done and Back ends it; where a
// process dies before, somebody else is given the job after a while.
type Taken struct {
	Job
	Done func(ctx context.Context) error                      // it was made
	Back func(ctx context.Context, after time.Duration) error // it was not; again after a while
	Hold func() error                                         // still at it; to be called every HoldEvery
}

// HoldEvery is how often the holder of a job says that it is still at it.
const HoldEvery = 5 * time.Second

// Local is a queue inside one process, first in, first out. The zero value is
// not ready; use NewLocal. It is safe for concurrent use.
type Local struct {
	mu    sync.Mutex
	keys  map[string]bool // waiting or under way
	ready []Job
	later []*time.Timer
	wake  chan struct{} // holds one token while something may be ready
}

// NewLocal makes an empty queue.
func NewLocal() *Local { return &Local{keys: map[string]bool{}, wake: make(chan struct{}, 1)} }

// Offer puts a job at the end. queued is false, and nothing happens, while one
// of the same key waits or is under way.
func (l *Local) Offer(_ context.Context, j Job) (queued bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.keys[j.Key()] {
		return false, nil
	}
	l.keys[j.Key()] = true
	l.push(j)
	return true, nil
}

func (l *Local) push(j Job) {
	l.ready = append(l.ready, j)
	l.nudge()
}

func (l *Local) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Take waits for a job until ctx ends, with ctx's error.
func (l *Local) Take(ctx context.Context) (Taken, error) {
	for {
		if err := ctx.Err(); err != nil {
			return Taken{}, err
		}
		if j, ok := l.pop(); ok {
			return l.taken(j), nil
		}
		select {
		case <-ctx.Done():
		case <-l.wake:
		}
	}
}

func (l *Local) pop() (Job, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.ready) == 0 {
		return Job{}, false
	}
	j := l.ready[0]
	l.ready = l.ready[1:]
	if len(l.ready) > 0 {
		l.nudge() // for the next who waits
	}
	return j, true
}

func (l *Local) taken(j Job) Taken {
	return Taken{
		Job:  j,
		Hold: func() error { return nil },
		Done: func(context.Context) error {
			l.mu.Lock()
			defer l.mu.Unlock()
			delete(l.keys, j.Key())
			return nil
		},
		Back: func(_ context.Context, after time.Duration) error {
			l.mu.Lock()
			defer l.mu.Unlock()
			if after <= 0 {
				l.push(j)
				return nil
			}
			var timer *time.Timer
			timer = time.AfterFunc(after, func() {
				l.mu.Lock()
				defer l.mu.Unlock()
				l.later = slices.DeleteFunc(l.later, func(t *time.Timer) bool { return t == timer })
				l.push(j)
			})
			l.later = append(l.later, timer)
			return nil
		},
	}
}

// Close lets go of jobs that were to come back later.
func (l *Local) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.later {
		t.Stop()
	}
	l.later = nil
}
