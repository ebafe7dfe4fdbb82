package notifier

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// RelayOptions is what a Relay works with; Outbox and Publisher are required.
type RelayOptions struct {
	Outbox     BusOutbox
	Publisher  Publisher
	Every      time.Duration // how often to look when nobody wakes it; 0 = 1 s
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	Checkpoint func(point string) // "relay.published"; nil = nothing
}

// Relay carries committed messages from the store to the bus, in order, at
// least once; the message id drops the repeats there.
type Relay struct {
	o         RelayOptions
	alarm     alarm
	published prometheus.Counter
}

// NewRelay makes a Relay.
func NewRelay(o RelayOptions) *Relay {
	o.Every = cmp.Or(o.Every, time.Second)
	r := &Relay{o: o, alarm: newAlarm(), published: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "huiying_notifier_relayed_total", Help: "Messages carried from the store to the bus.",
	})}
	if o.Registerer != nil {
		o.Registerer.MustRegister(r.published)
	}
	return r
}

// Wake makes the relay look at once: something was committed.
func (r *Relay) Wake() { r.alarm.wake() }

// Run carries messages until ctx ends, and then returns nil. A failure is
// logged and tried again; a later message never overtakes an earlier one.
func (r *Relay) Run(ctx context.Context) error {
	for {
		n, err := r.carry(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			logger(r.o.Logger).Warn("relay waits", "error", err)
		case n > 0:
			continue
		}
		if !r.alarm.sleep(ctx, r.o.Every) {
			return nil
		}
	}
}

const maxRelay = 100

// carry publishes one lot and takes off what was published, also when a later
// message of the lot failed.
func (r *Relay) carry(ctx context.Context) (int, error) {
	lot, err := r.o.Outbox.Pending(ctx, maxRelay)
	if err != nil || len(lot) == 0 {
		return 0, err
	}
	var done []int64
	for _, m := range lot {
		if err = r.o.Publisher.Publish(ctx, m.Subject, m.MsgID, m.Body); err != nil {
			err = fmt.Errorf("publish %s: %w", m.Subject, err)
			break
		}
		done = append(done, m.N)
	}
	if len(done) == 0 {
		return 0, err
	}
	checkpoint(r.o.Checkpoint, "relay.published")
	if err := r.o.Outbox.Done(ctx, done...); err != nil {
		return 0, fmt.Errorf("take %d messages off the outbox: %w", len(done), err)
	}
	r.published.Add(float64(len(done)))
	return len(done), err
}

func checkpoint(f func(string), point string) {
	if f != nil {
		f(point)
	}
}

func logger(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l
}
