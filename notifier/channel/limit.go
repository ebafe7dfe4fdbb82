package channel

import (
	"sync"
	"time"
)

// Rate is so many messages in any window of that length.
type Rate struct {
	Messages int
	Window   time.Duration
}

// Limits is what a provider states, of a whole channel (a robot) or of each
// address on it (a person's telephone).
type Limits struct {
	Rates      []Rate // none = no limit
	PerAddress bool
	// Apart says that each address is a reader of its own although the whole
	// channel is counted: a digest is for one of them. Robots speak to a group.
	Apart  bool
	Stated string // where the provider says so
}

// PerMinute is the stated number of messages a minute, 0 where none is stated.
func (l Limits) PerMinute() int {
	for _, r := range l.Rates {
		if r.Window == time.Minute {
			return r.Messages
		}
	}
	return 0
}

// Lower sets the messages a minute where n is above zero; an office may allow
// itself less than the provider does, never more.
func (l Limits) Lower(n int) Limits {
	if stated := l.PerMinute(); n <= 0 || stated > 0 && n >= stated {
		return l
	}
	rates := []Rate{{Messages: n, Window: time.Minute}}
	for _, r := range l.Rates {
		if r.Window != time.Minute {
			rates = append(rates, r)
		}
	}
	l.Rates = rates
	return l
}

// Limiter keeps the messages of one robot, or to one address, inside its
// rates. Any window counts, so a token bucket, which lets a burst follow a
// burst, would not do. The first half of a short window may go out at once;
// the other half is spread over it, so that what waits goes out in digests all
// the time instead of falling silent until the window ends, and a clock that
// differs a little from the provider's breaks no limit.
type Limiter struct {
	rates []Rate

	mu     sync.Mutex
	sent   []time.Time // oldest first
	closed time.Time   // the provider said: nothing before
}

// NewLimiter makes a limiter of a few rates.
func NewLimiter(rates []Rate) *Limiter { return &Limiter{rates: rates} }

// Sent notes messages of the past, as a start reads them from the ledger, in
// their order.
func (l *Limiter) Sent(at ...time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, at...)
}

// Take notes a message that goes out now.
func (l *Limiter) Take(now time.Time) {
	l.Sent(now)
	l.mu.Lock()
	defer l.mu.Unlock()
	var longest time.Duration
	for _, r := range l.rates {
		longest = max(longest, r.Window)
	}
	old := 0
	for old < len(l.sent) && now.Sub(l.sent[old]) >= longest {
		old++
	}
	l.sent = l.sent[old:]
}

// Close lets nothing out before the given time: the provider asked for it.
func (l *Limiter) Close(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.closed) {
		l.closed = until
	}
}

// Wait is how long until one more message may go out; 0 = now.
func (l *Limiter) Wait(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait := max(l.closed.Sub(now), 0)
	for _, r := range l.rates {
		wait = max(wait, l.wait(r, now))
	}
	return wait
}

func (l *Limiter) wait(r Rate, now time.Time) time.Duration {
	used := l.used(r, now)
	if used >= r.Messages {
		return l.sent[len(l.sent)-r.Messages].Add(r.Window).Sub(now)
	}
	if at, half := r.burst(); at && used >= half {
		gap := r.Window / time.Duration(r.Messages-half)
		return l.sent[len(l.sent)-1].Add(gap).Sub(now)
	}
	return 0
}

// Room is how many messages may go out at once, while Wait is 0.
func (l *Limiter) Room(now time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	room := int(^uint(0) >> 1)
	for _, r := range l.rates {
		used := l.used(r, now)
		left := r.Messages - used
		if at, half := r.burst(); at {
			left = max(half-used, 1)
		}
		room = min(room, left)
	}
	return room
}

// Quiet reports that nothing went out lately: the next message is news, and
// goes out by itself.
func (l *Limiter) Quiet(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.rates {
		if r.Window <= time.Minute && l.used(r, now) > 0 {
			return false
		}
	}
	return true
}

// burst is how many of a short window may go out at once. A window of hours is
// used up as needed: spreading it would hold up an urgent message for long.
func (r Rate) burst() (spread bool, half int) {
	half = (r.Messages + 1) / 2
	return r.Window <= time.Minute && half < r.Messages, half
}

func (l *Limiter) used(r Rate, now time.Time) int {
	n := 0
	for i := len(l.sent) - 1; i >= 0 && now.Sub(l.sent[i]) < r.Window; i-- {
		n++
	}
	return n
}
