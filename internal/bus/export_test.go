package bus

import (
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Silent is silent.
func Silent(err error) bool { return silent(err) }

// Parted is parted.
func Parted(group *jetstream.ClusterInfo) time.Duration { return parted(group) }

// Retryable is retryable.
func Retryable(err error) (reason string, again bool) { return retryable(err) }

// Silence is silence.
type Silence struct{ silence }

// Note is note.
func (s *Silence) Note(answered bool, asked, now time.Time) bool { return s.note(answered, asked, now) }

// Held is how many messages of a group of subjects a consumer has here.
func Held(b *Bus, name string, group int) (n int) {
	v, ok := b.running.Load(name)
	if !ok {
		return 0
	}
	r := v.(*run)
	r.mu.Lock()
	defer r.mu.Unlock()
	for h := range r.held {
		if h.group == group {
			n++
		}
	}
	return n
}
