package host

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"huiying"
)

// Shared keeps one small document per host for all processes that ask it. Load
// gives nil and revision 0 where there is none; Save replaces the revision it
// was loaded with, and fails with huiying.Conflict where somebody else saved
// in between.
type Shared interface {
	Load(ctx context.Context, host string) (state []byte, revision uint64, err error)
	Save(ctx context.Context, host string, state []byte, revision uint64) (next uint64, err error)
}

// lease is what processes tell each other of a host: whose turn it is, when
// the next one may begin, and the rest that a refusal began. Times are those of
// the process that wrote them; the machines' clocks must agree to within a
// fraction of the delay.
type lease struct {
	Until      time.Time `json:"until,omitzero"` // the turn of a holder that says nothing more ends then
	Ready      time.Time `json:"ready,omitzero"` // the next turn may begin
	RestUntil  time.Time `json:"rest_until,omitzero"`
	RestStatus int       `json:"rest_status,omitempty"`
	Spent      spent     `json:"spent,omitzero"` // the day's questions of all processes
}

// held is a turn that is ours across processes.
type held struct {
	revision uint64
	lease    lease
}

// contended is how long a turn that somebody else took in between is waited
// for.
const contended = 20 * time.Millisecond

// acquire waits for the host's turn among all processes. It takes over what
// they know of a rest.
func (h *Hosts) acquire(ctx context.Context, x *host) (held, error) {
	for {
		l, revision, err := h.shared(ctx, x)
		if err != nil {
			return held{}, err
		}
		now := h.o.Now()
		begin := l.Ready
		if l.Until.After(begin) {
			begin = l.Until
		}
		if d := begin.Sub(now); d > 0 {
			// A holder that is done says so; its silence is not waited out.
			if err := until(ctx, min(d, h.o.Delay+contended)); err != nil {
				return held{}, err
			}
			continue
		}
		l.Until = now.Add(h.o.Timeout + 5*time.Second)
		l.Spent = h.next(x) // so that a process that dies with its turn has had its question
		next, err := h.put(ctx, x, l, revision)
		switch {
		case err == nil:
			return held{next, l}, nil
		case huiying.ErrorCode(err) != huiying.Conflict:
			return held{}, err
		}
		if err := until(ctx, contended); err != nil {
			return held{}, err
		}
	}
}

func (h *Hosts) shared(ctx context.Context, x *host) (l lease, revision uint64, err error) {
	raw, revision, err := h.o.Shared.Load(ctx, x.name)
	if err != nil {
		return l, 0, fmt.Errorf("read the turn of %s: %w", x.name, err)
	}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &l); err != nil {
			return l, 0, fmt.Errorf("read the turn of %s: %w", x.name, err)
		}
	}
	x.mu.Lock()
	x.rest.learn(l.RestUntil, l.RestStatus)
	if l.Spent.Day > x.spent.Day || (l.Spent.Day == x.spent.Day && l.Spent.N > x.spent.N) {
		x.spent = l.Spent
	}
	x.mu.Unlock()
	return l, revision, nil
}

func (h *Hosts) put(ctx context.Context, x *host, l lease, revision uint64) (uint64, error) {
	raw, err := json.Marshal(l)
	if err != nil {
		return 0, fmt.Errorf("write the turn of %s: %w", x.name, err)
	}
	next, err := h.o.Shared.Save(ctx, x.name, raw, revision)
	if err != nil {
		return 0, fmt.Errorf("write the turn of %s: %w", x.name, err)
	}
	return next, nil
}

// lastWords is how long giving a turn back may take after the caller's context
// has ended.
const lastWords = 5 * time.Second

// release gives the turn on: the next one begins at ready. Where that cannot be
// said the others wait until the turn runs out.
func (h *Hosts) release(ctx context.Context, x *host, mine held, ready time.Time) {
	x.mu.Lock()
	mine.lease.RestUntil, mine.lease.RestStatus, mine.lease.Spent = x.rest.until, x.rest.status, x.spent
	x.mu.Unlock()
	mine.lease.Until, mine.lease.Ready = time.Time{}, ready
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	_, _ = h.put(ctx, x, mine.lease, mine.revision) // a conflict says that it ran out and is another's now
}

// learn takes over a rest that another process met.
func (b *breaker) learn(end time.Time, status int) {
	if end.After(b.until) {
		b.until, b.status = end, status
	}
}
