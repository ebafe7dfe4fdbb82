package bus

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"huiying"
	"huiying/internal/bus/streams"
	"huiying/internal/bus/wire"
)

// Outgoing is one message to be published. Without an ID it is not
// deduplicated.
type Outgoing = wire.Encoded

// ackWait bounds one attempt to publish; without an answer by then the same
// message id is sent again.
const ackWait = 5 * time.Second

// publishRetries is the wait before each further attempt to publish; the last
// one repeats.
func publishRetries() []time.Duration {
	return []time.Duration{20 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second}
}

// Publish stores body under subject and returns once JetStream has
// acknowledged it. A repeat of msgID within the duplicate window is
// acknowledged and not stored. A full stream or a missing answer is tried
// again until ctx ends. Errors: huiying.Invalid for a subject of no stream, a
// bad id or a body above MaxMessage; huiying.Unavailable when ctx ended first:
// the message may or may not be stored, and is to be offered again.
func (b *Bus) Publish(ctx context.Context, subject, msgID string, body []byte) error {
	msg, err := newMsg(ctx, Outgoing{Subject: subject, ID: msgID, Body: body})
	if err != nil {
		return err
	}
	return b.publish(ctx, msg)
}

// PublishPost publishes one revision of a post as
// huiying.post.<platform>.<source> with Nats-Msg-Id id@revision, cut to size and
// with times in the office zone. Errors: those of Post.Validate and Publish.
func (b *Bus) PublishPost(ctx context.Context, p huiying.Post) error {
	m, err := wire.Post(p, b.o.Zone)
	if err != nil {
		return err
	}
	return b.Publish(ctx, m.Subject, m.ID, m.Body)
}

// PublishEvent publishes a judgement as huiying.event.<level>.<rule> with its
// id. Errors: those of Publish, and huiying.Invalid for a post without id or a
// level or rule that cannot stand in a subject.
func (b *Bus) PublishEvent(ctx context.Context, e huiying.Event) error {
	m, err := wire.Event(e, b.o.Zone)
	if err != nil {
		return err
	}
	return b.Publish(ctx, m.Subject, m.ID, m.Body)
}

// PublishEvents is PublishEvent for several, with their acknowledgements waited
// for at once. On an error some may be stored: they are to be offered again.
func (b *Bus) PublishEvents(ctx context.Context, list []huiying.Event) error {
	out := make([]Outgoing, len(list))
	for i, e := range list {
		var err error
		if out[i], err = wire.Event(e, b.o.Zone); err != nil {
			return err
		}
	}
	return b.PublishAll(ctx, out)
}

// PublishAll stores the messages and returns once every
// one is acknowledged: many acknowledgements are waited for at once, so it is
// far faster than one Publish after another. On an error some may be stored.
func (b *Bus) PublishAll(ctx context.Context, out []Outgoing) error {
	msgs := make([]*nats.Msg, len(out))
	for i, o := range out {
		var err error
		if msgs[i], err = newMsg(ctx, o); err != nil {
			return err
		}
	}
	asked := time.Now()
	futures := make([]jetstream.PubAckFuture, len(msgs))
	for i, m := range msgs {
		// A future that could not be made is published one by one below.
		if f, err := b.js.PublishMsgAsync(&nats.Msg{Subject: m.Subject, Header: m.Header, Data: m.Data}); err == nil {
			futures[i] = f
		}
	}
	for i, m := range msgs {
		if futures[i] != nil && b.acknowledged(ctx, futures[i], m.Subject) {
			b.heard(asked, nil)
			continue
		}
		if err := b.publish(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bus) acknowledged(ctx context.Context, f jetstream.PubAckFuture, subject string) bool {
	timer := time.NewTimer(ackWait)
	defer timer.Stop()
	select {
	case <-f.Ok():
		s, _ := streams.Of(subject)
		b.metrics.published.WithLabelValues(s.Name).Inc()
		return true
	case <-f.Err():
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// newMsg checks a message and gives it its headers.
func newMsg(ctx context.Context, o Outgoing) (*nats.Msg, error) {
	if _, ok := streams.Of(o.Subject); !ok || strings.ContainsAny(o.Subject, "*> \t\r\n") {
		return nil, huiying.Errorf(huiying.Invalid, "bus.bad_subject", o.Subject)
	}
	if strings.ContainsFunc(o.ID, unicode.IsControl) {
		return nil, huiying.Errorf(huiying.Invalid, "bus.bad_msg_id", o.ID)
	}
	if len(o.Body) > wire.MaxMessage {
		return nil, huiying.Errorf(huiying.Invalid, "bus.too_large", o.Subject, len(o.Body), wire.MaxMessage)
	}
	m := &nats.Msg{Subject: o.Subject, Data: o.Body, Header: nats.Header{}}
	if o.ID != "" {
		m.Header.Set(jetstream.MsgIDHeader, o.ID)
	}
	if t := traceFor(ctx, o.ID); t != "" {
		m.Header.Set(traceHeader, t)
	}
	return m, nil
}

func (b *Bus) publish(ctx context.Context, m *nats.Msg) error {
	s, _ := streams.Of(m.Subject)
	start := time.Now()
	last := ""
	for attempt := 0; ; attempt++ {
		asked := time.Now()
		err := b.publishOnce(ctx, m)
		b.heard(asked, err)
		if err == nil {
			b.metrics.published.WithLabelValues(s.Name).Inc()
			b.metrics.publishSeconds.WithLabelValues(s.Name).Observe(time.Since(start).Seconds())
			return nil
		}
		reason, again := retryable(err)
		if !again {
			return huiying.Errorf(huiying.Internal, "bus.refused", m.Subject, err)
		}
		if ctx.Err() != nil && last != "" {
			reason = last // this attempt was cut short; the one before knew why
		}
		last = reason
		if ctx.Err() == nil && b.ctx.Err() == nil {
			b.metrics.retries.WithLabelValues(s.Name, reason).Inc()
			b.tellRetry(m.Subject, reason, attempt, err)
		}
		delays := publishRetries()
		if !wait(ctx, delays[min(attempt, len(delays)-1)]) || b.ctx.Err() != nil {
			return notAccepted(ctx, m.Subject, reason, err)
		}
	}
}

// publishOnce makes one attempt. The message is copied because the client
// writes a reply subject into it.
func (b *Bus) publishOnce(ctx context.Context, m *nats.Msg) error {
	ctx, cancel := b.request(ctx, ackWait)
	defer cancel()
	_, err := b.js.PublishMsg(ctx, &nats.Msg{Subject: m.Subject, Header: m.Header, Data: m.Data}, jetstream.WithRetryAttempts(0))
	return err
}

func (b *Bus) tellRetry(subject, reason string, attempt int, err error) {
	if reason == "full" {
		select {
		case b.kick <- struct{}{}:
		default:
		}
	}
	// The first retry is ordinary; a line once a while says that it lasts.
	if attempt == 3 || attempt > 0 && attempt%30 == 0 {
		b.log.Warn("publishing waits", "subject", subject, "reason", reason, "attempt", attempt+1, "err", err)
	}
}

func notAccepted(ctx context.Context, subject, reason string, err error) error {
	key := "bus.not_accepted"
	if reason == "full" {
		key = "bus.full"
	}
	e := huiying.Errorf(huiying.Unavailable, key, subject)
	e.Err = errors.Join(context.Cause(ctx), err)
	return e
}

// retryable says whether another attempt may succeed, and a label why this one
// did not.
func retryable(err error) (reason string, again bool) {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		if streams.Full(err) {
			return "full", true
		}
		return "server", streams.Passing(err)
	}
	if errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrBadSubject) || errors.Is(err, nats.ErrHeadersNotSupported) {
		return "refused", false
	}
	return "unanswered", true
}
