package bus

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"huiying"
	"huiying/internal/bus/journal"
)

// worker handles batch after batch until ctx ends.
func (r *run) worker(ctx, handling context.Context, n int) {
	for {
		batch := r.queue.TakeBatch(ctx, r.c.Batch, r.c.BatchWait)
		if len(batch) == 0 {
			return
		}
		r.handleBatch(handling, n, batch)
	}
}

// handleBatch parks what is used up or unreadable, takes fresh messages
// together, and those that were delivered before one by one: a message that
// kills the process must not take its neighbours' deliveries with it.
func (r *run) handleBatch(ctx context.Context, worker int, batch []*held) {
	var fresh, again []*held
	for _, h := range batch {
		switch {
		case h.Attempt > len(r.b.o.Backoff):
			r.park(ctx, h, r.lastError(h))
		case !r.decode(ctx, h):
		case h.Attempt == 1:
			fresh = append(fresh, h)
		default:
			again = append(again, h)
		}
	}
	if len(fresh) > 0 {
		if err := r.call(ctx, worker, fresh); err == nil {
			r.ack(fresh)
		} else if len(fresh) == 1 {
			r.fail(fresh[0], err)
		} else {
			again = append(fresh, again...)
		}
	}
	for _, h := range again {
		if err := r.call(ctx, worker, []*held{h}); err == nil {
			r.ack([]*held{h})
		} else {
			r.fail(h, err)
		}
	}
}

func (r *run) decode(ctx context.Context, h *held) bool {
	value, err := r.job.decode(h.Message)
	if err != nil {
		r.park(ctx, h, err.Error())
		return false
	}
	h.value = value
	return true
}

// holdRetries is the wait before a handler that said Unavailable is called
// again; the last one repeats.
func holdRetries() []time.Duration {
	return []time.Duration{100 * time.Millisecond, 500 * time.Millisecond, time.Second, 5 * time.Second}
}

// call runs the handler, again and again while it says Unavailable.
func (r *run) call(ctx context.Context, worker int, hs []*held) error {
	keys := make([]journal.Place, len(hs))
	for i, h := range hs {
		keys[i] = h.key()
	}
	for n := 0; ; n++ {
		leave := r.letIn(ctx, hs)
		r.note(r.journal.Begin(worker, keys))
		err := r.once(ctx, hs)
		r.note(r.journal.End(worker))
		leave()
		if huiying.ErrorCode(err) != huiying.Unavailable || r.stopping() {
			return err
		}
		if n == 0 || n%12 == 0 {
			r.b.log.Warn("handler waits", "consumer", r.c.Name, "messages", len(hs), "err", err)
		}
		delays := holdRetries()
		select {
		case <-time.After(delays[min(n, len(delays)-1)]):
		case <-r.ending:
			return err
		}
	}
}

// letIn waits for a handler's turn. A message under which a process has ended
// is handled with nothing beside it in any consumer here: if it ends this one
// too, that is counted of it alone.
func (r *run) letIn(ctx context.Context, hs []*held) (leave func()) {
	for _, h := range hs {
		if h.suspect {
			return r.b.gate.Alone(ctx)
		}
	}
	return r.b.gate.Enter(ctx)
}

// once calls the handler; a panic is its error.
func (r *run) once(ctx context.Context, hs []*held) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			r.b.log.Error("handler panicked", "consumer", r.c.Name, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	if err := r.job.handle(tracesOf(ctx, hs), hs); err != nil {
		return err
	}
	r.b.o.Checkpoint(r.job.point)
	return nil
}

func (r *run) ack(hs []*held) {
	for _, h := range hs {
		if err := h.msg.Ack(); err != nil {
			r.b.log.Warn("acknowledging failed; the message comes again", "consumer", h.durable, "err", err)
		}
		r.forget(h)
		r.release(h)
	}
}

// fail gives a message back for a later delivery.
func (r *run) fail(h *held, cause error) {
	delay := r.b.o.Backoff[min(h.Attempt, len(r.b.o.Backoff))-1]
	if r.stopping() {
		delay = stopped // it did not fail
	} else {
		r.journal.Fail(h.key())
	}
	r.mu.Lock()
	r.errors[h.key()] = cause.Error()
	r.mu.Unlock()
	r.b.metrics.failed.WithLabelValues(r.c.Name).Inc()
	r.b.log.Warn("handler failed", "consumer", r.c.Name, "subject", h.Subject, "id", h.ID, "attempt", h.Attempt, "again_in", delay, "err", cause)
	if err := h.msg.NakWithDelay(delay); err != nil {
		r.b.log.Warn("giving a message back failed; it returns after AckWait", "consumer", h.durable, "err", err)
	}
	r.release(h)
}

func (r *run) lastError(h *held) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.errors[h.key()]; ok {
		return e
	}
	if r.journal.Suspect(h.key()) {
		return "a process ended while it handled this message"
	}
	return "unknown: it failed in another process, or the process ended while handling it"
}

// forget drops what was remembered of a message that is settled.
func (r *run) forget(h *held) {
	r.mu.Lock()
	delete(r.errors, h.key())
	r.mu.Unlock()
	r.journal.Settle(h.key())
}

// note tells of a journal that cannot be written: work goes on, only a message
// that kills the process would not be counted.
func (r *run) note(err error) {
	if err != nil {
		r.b.log.Warn("delivery journal", "consumer", r.c.Name, "err", err)
	}
}
