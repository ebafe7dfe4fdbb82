// Package lane keeps channels from holding up one another, and each inside what
// its provider allows. A quick channel is never held up; a slow one gets at
// most half of the workers, and one that was slow and failed three times in a
// row is left alone for a while. It refuses two attempts at a time over a
// channel whose provider counts.
package lane

import (
	"sync"
	"time"

	"huiying/notifier/channel"
)

// How a channel that holds up workers is kept from holding up the others.
const (
	slowAfter = time.Second      // an attempt that takes longer marks its channel as slow
	failures  = 3                // slow failures in a row that close it
	closedFor = 15 * time.Second // for how long; then one attempt tries it
)

// Lanes watches every channel's attempts.
type Lanes struct {
	share  int // of the workers for a slow channel
	limits map[string]channel.Limits

	mu       sync.Mutex
	lane     map[string]*state
	counting map[Key]*Counted
}

type state struct {
	under    []time.Time // starts of the attempts under way, oldest first
	failures int
	opens    time.Time
}

// Key is what a provider counts by: a channel, or an address on it.
type Key struct {
	Channel string
	Address string // "" where the whole channel is counted
}

// Counted is one key's limiter. Whoever holds it sends over it.
type Counted struct {
	*channel.Limiter
	// Crowded is the holder's note that more waited than could go out, so that
	// the next message is a digest.
	Crowded bool
	held    chan struct{}
}

// Hold takes the key, or reports that another holds it.
func (c *Counted) Hold() bool {
	select {
	case c.held <- struct{}{}:
		return true
	default:
		return false
	}
}

// Free gives it back.
func (c *Counted) Free() { <-c.held }

// New makes Lanes for so many workers; channels without limits are not counted.
func New(workers int, limits map[string]channel.Limits) *Lanes {
	return &Lanes{share: max(workers/2, 1), limits: limits, lane: map[string]*state{}, counting: map[Key]*Counted{}}
}

// Of is the key a delivery over the channel to the address is counted by; ok is
// false where nothing is counted.
func (l *Lanes) Of(id, address string) (k Key, ok bool) {
	limits := l.limits[id]
	if len(limits.Rates) == 0 {
		return Key{}, false
	}
	if !limits.PerAddress {
		address = ""
	}
	return Key{id, address}, true
}

// PerAddress reports whether each address on the channel is counted by itself.
func (l *Lanes) PerAddress(id string) bool { return l.limits[id].PerAddress }

// Apart reports whether a message over the channel is for one address alone.
func (l *Lanes) Apart(id string) bool { return l.limits[id].PerAddress || l.limits[id].Apart }

// Counted is the limiter of a key.
func (l *Lanes) Counted(k Key) *Counted {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.counting[k]
	if c == nil {
		c = &Counted{Limiter: channel.NewLimiter(l.limits[k.Channel].Rates), held: make(chan struct{}, 1)}
		l.counting[k] = c
	}
	return c
}

// Longest is the longest window that is counted.
func (l *Lanes) Longest() time.Duration {
	var longest time.Duration
	for _, limits := range l.limits {
		for _, r := range limits.Rates {
			longest = max(longest, r.Window)
		}
	}
	return longest
}

// Enter begins an attempt over the channel, or says how long to wait.
func (l *Lanes) Enter(id string, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.lane[id]
	if at == nil {
		at = &state{}
		l.lane[id] = at
	}
	slow := len(at.under) > 0 && now.Sub(at.under[0]) > slowAfter
	switch {
	case now.Before(at.opens):
		return at.opens.Sub(now)
	case at.failures >= failures && len(at.under) > 0, slow && len(at.under) >= l.share:
		return slowAfter
	}
	at.under = append(at.under, now)
	return 0
}

// Leave ends an attempt that began at start.
func (l *Lanes) Leave(id string, start, now time.Time, result channel.Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.lane[id]
	for i, began := range at.under {
		if began.Equal(start) {
			at.under = append(at.under[:i:i], at.under[i+1:]...)
			break
		}
	}
	if result != channel.Retry || now.Sub(start) < slowAfter {
		at.failures = 0
		return
	}
	if at.failures++; at.failures >= failures {
		at.opens = now.Add(closedFor)
	}
}
