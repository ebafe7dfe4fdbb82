package notifier

import (
	"sync"
	"time"

	"huiying/notifier/channel"
)

// How a channel that holds up workers is kept from holding up the others.
const (
	laneSlow     = time.Second      // an attempt that takes longer marks its channel as slow
	laneFailures = 3                // slow failures in a row that close it
	laneClosed   = 15 * time.Second // for how long; then one attempt tries it
)

// lanes watches every channel's attempts. A quick channel is never limited;
// a slow one gets at most half of the workers, and one that was slow and
// failed three times in a row is left alone for a while.
type lanes struct {
	share int // of the workers for a slow channel

	mu   sync.Mutex
	lane map[string]*lane
}

type lane struct {
	under    []time.Time // starts of the attempts under way, oldest first
	failures int
	opens    time.Time
}

func newLanes(workers int) *lanes {
	return &lanes{share: max(workers/2, 1), lane: map[string]*lane{}}
}

// enter begins an attempt over the channel, or says how long to wait.
func (l *lanes) enter(id string, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.lane[id]
	if at == nil {
		at = &lane{}
		l.lane[id] = at
	}
	slow := len(at.under) > 0 && now.Sub(at.under[0]) > laneSlow
	switch {
	case now.Before(at.opens):
		return at.opens.Sub(now)
	case at.failures >= laneFailures && len(at.under) > 0, slow && len(at.under) >= l.share:
		return laneSlow
	}
	at.under = append(at.under, now)
	return 0
}

// leave ends an attempt that began at start.
func (l *lanes) leave(id string, start, now time.Time, result channel.Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.lane[id]
	for i, began := range at.under {
		if began.Equal(start) {
			at.under = append(at.under[:i:i], at.under[i+1:]...)
			break
		}
	}
	if result != channel.Retry || now.Sub(start) < laneSlow {
		at.failures = 0
		return
	}
	if at.failures++; at.failures >= laneFailures {
		at.opens = now.Add(laneClosed)
	}
}
