package bus

import (
	"time"

	"huiying/internal/bus/streams"
)

// tendEvery is how often streams are trimmed and the gauges read.
const tendEvery = 5 * time.Second

// tend trims the streams, and has a server that the disk refused a write started
// anew, until Close.
func (b *Bus) tend() {
	ticker := time.NewTicker(tendEvery)
	defer ticker.Stop()
	for {
		states, err := streams.Trim(b.ctx, b.js, b.streams)
		if err != nil && b.ctx.Err() == nil {
			b.log.Warn("trimming streams failed; tried again", "err", err)
		}
		b.metrics.measure(states)
		b.measured.Store(&states)
		b.renew()
		select {
		case <-ticker.C:
		case <-b.kick:
		case <-b.ctx.Done():
			return
		}
	}
}

func (b *Bus) renew() {
	switch renewed, err := b.broker.Renew(b.ctx); {
	case err != nil && b.ctx.Err() == nil:
		b.log.Error("the embedded message server could not be started anew; tried again", "err", err)
	case renewed:
		b.log.Warn("the disk takes something again; the embedded message server was started anew")
	}
}

// Backlog is what one stream holds and what its consumers have still to do.
type Backlog struct {
	Stream  string
	Full    float64           // of what it may hold, 0 to 1
	Waiting map[string]uint64 // durable consumer → messages
}

// Backlogs are those last measured, at most a few seconds ago; none before that
// and in a member, which does not look.
func (b *Bus) Backlogs() []Backlog {
	states := b.measured.Load()
	if states == nil {
		return nil
	}
	out := make([]Backlog, 0, len(*states))
	for _, s := range *states {
		out = append(out, Backlog{Stream: s.Stream.Name, Full: float64(s.Bytes) / float64(max(s.Max, 1)), Waiting: s.Pending})
	}
	return out
}
