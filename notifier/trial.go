package notifier

import (
	"context"
	"sync"
	"time"

	"huiying"
	"huiying/notifier/channel"
	"huiying/notifier/message"
)

// trials keeps trials of a channel apart: whoever tries one out is in no hurry,
// and a provider counts them like alerts.
type trials struct {
	mu sync.Mutex
	of map[string]*channel.Limiter
}

func newTrials() *trials { return &trials{of: map[string]*channel.Limiter{}} }

// room takes a place for a trial, or says how long until there is one.
func (t *trials) room(id string, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.of[id]
	if l == nil {
		l = channel.NewLimiter([]channel.Rate{{Messages: 1, Window: 10 * time.Second}, {Messages: 10, Window: time.Hour}})
		t.of[id] = l
	}
	if wait := l.Wait(now); wait > 0 {
		return wait
	}
	l.Take(now)
	return 0
}

// Try sends a message that says it is a trial over a channel, to the address
// where the channel needs one, and gives the provider's answer. It is refused
// while the provider's limit is reached, and oftener than once in ten seconds.
func (s *Sender) Try(ctx context.Context, id, over, address string) (channel.Outcome, error) {
	m := s.o.Texts.Test(id, over, address, s.o.Now())
	return s.atOnce(ctx, over, m, func(now time.Time) time.Duration { return s.trials.room(over, now) })
}

// Code is a code that shows that a contact is a person's own.
type Code struct {
	ID      string // of the message
	Over    string
	Address string
	Code    string
	For     time.Duration // it is good for
}

// Prove sends a code over a channel and gives the provider's answer. It is
// refused while the provider's limit is reached; how many a person may ask for is
// the caller's business.
func (s *Sender) Prove(ctx context.Context, c Code) (channel.Outcome, error) {
	m := s.o.Texts.Code(message.Code(c), s.o.Now())
	return s.atOnce(ctx, c.Over, m, func(time.Time) time.Duration { return 0 })
}

// atOnce sends a message that somebody waits for past the outbox; room says how
// long until there is room for it, beside the provider's limit.
func (s *Sender) atOnce(ctx context.Context, over string, m channel.Message, room func(now time.Time) time.Duration) (channel.Outcome, error) {
	to, ok := s.o.Channels[over]
	if !ok {
		return channel.Outcome{}, huiying.Errorf(huiying.NotFound, "notifier.no_channel", over)
	}
	now := s.o.Now()
	k, counted := s.lanes.Of(over, m.Address)
	if counted {
		c := s.lanes.Counted(k)
		if !c.Hold() {
			return channel.Outcome{}, huiying.Errorf(huiying.Unavailable, "notifier.trial_busy", over)
		}
		defer c.Free()
		if wait := c.Wait(now); wait > 0 {
			return channel.Outcome{}, huiying.Errorf(huiying.Unavailable, "notifier.trial_wait", over, seconds(wait))
		}
	}
	if wait := room(now); wait > 0 {
		return channel.Outcome{}, huiying.Errorf(huiying.Unavailable, "notifier.trial_wait", over, seconds(wait))
	}
	if counted {
		s.lanes.Counted(k).Take(now)
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Sending.Timeout)
	defer cancel()
	return to.Send(ctx, m), nil
}

func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
