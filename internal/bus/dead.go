package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"huiying"
	"huiying/internal/bus/streams"
)

// Headers of a parked message, and of its replay.
const (
	headSubject  = "Huiying-Subject"  // where it was published
	headMsgID    = "Huiying-Msg-Id"   // its Nats-Msg-Id
	headConsumer = "Huiying-Consumer" // the durable that failed
	headAttempts = "Huiying-Attempts" // failed deliveries
	headError    = "Huiying-Error"    // of the last one
	headParkedAt = "Huiying-Parked-At"

	deadPrefix   = "huiying.dead."
	maxErrorText = 500
)

// Parked is a message in huiying.dead.<room>.
type Parked struct {
	Seq      uint64 // its number for Replay and Discard
	Room     string // the Consumer.Name that failed
	Consumer string // the durable: Name, or Name-<group>
	Subject  string // where it was published
	ID       string // its Nats-Msg-Id
	Attempts int    // deliveries that failed before it was parked
	Error    string // of the last delivery, as logged
	At       time.Time
	Bytes    int // of its body
}

// park copies a message to huiying.dead.<consumer> and ends its deliveries.
// Nothing has touched this delivery of it.
func (r *run) park(ctx context.Context, h *held, why string) {
	m := &nats.Msg{Subject: deadPrefix + r.c.Name, Data: h.Body, Header: nats.Header{}}
	// The id makes a repeat harmless when the process dies before the end.
	m.Header.Set(jetstream.MsgIDHeader, fmt.Sprintf("%s:%s:%d", h.stream, h.durable, h.seq))
	m.Header.Set(headSubject, h.Subject)
	m.Header.Set(headMsgID, h.ID)
	m.Header.Set(headConsumer, h.durable)
	m.Header.Set(headAttempts, strconv.Itoa(h.Attempt-1))
	m.Header.Set(headError, oneLine(why))
	m.Header.Set(headParkedAt, r.b.o.Now().In(r.b.o.Zone).Format(time.RFC3339))
	if t := h.msg.Headers().Get(traceHeader); t != "" {
		m.Header.Set(traceHeader, t)
	}
	defer r.release(h)
	if err := r.b.publish(ctx, m); err != nil {
		r.b.log.Error("parking failed; the message comes again", "consumer", r.c.Name, "id", h.ID, "err", err)
		return
	}
	if err := h.msg.TermWithReason("parked"); err != nil {
		r.b.log.Warn("ending a parked message failed; it is parked once", "consumer", r.c.Name, "id", h.ID, "err", err)
	}
	r.forget(h)
	r.b.metrics.dead.WithLabelValues(r.c.Name).Inc()
	r.b.log.Error("message parked", "consumer", r.c.Name, "subject", h.Subject, "id", h.ID, "attempts", h.Attempt-1, "err", why)
}

// oneLine makes a text fit for a header.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > maxErrorText {
		s = strings.ToValidUTF8(s[:maxErrorText], "") + "…"
	}
	return s
}

// Dead lists the parked messages of a room (a Consumer.Name), oldest first and
// at most so many; those of every room for "".
func (b *Bus) Dead(ctx context.Context, room string, most int) ([]Parked, error) {
	js, err := b.js.Stream(ctx, streams.Dead)
	if err != nil {
		return nil, fmt.Errorf("find stream %s: %w", streams.Dead, err)
	}
	subject := deadPrefix + ">"
	if room != "" {
		subject = deadPrefix + room
	}
	var out []Parked
	for next := js.CachedInfo().State.FirstSeq; len(out) < most; {
		raw, err := js.GetMsg(ctx, next, jetstream.WithGetMsgSubject(subject))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read parked message from %d: %w", next, err)
		}
		out = append(out, parked(raw))
		next = raw.Sequence + 1
	}
	return out, nil
}

// DeadWaiting counts the parked messages of every room.
func (b *Bus) DeadWaiting(ctx context.Context) (int, error) {
	js, err := b.js.Stream(ctx, streams.Dead)
	if err != nil {
		return 0, fmt.Errorf("find stream %s: %w", streams.Dead, err)
	}
	return int(js.CachedInfo().State.Msgs), nil
}

func parked(raw *jetstream.RawStreamMsg) Parked {
	p := Parked{
		Seq:      raw.Sequence,
		Room:     strings.TrimPrefix(raw.Subject, deadPrefix),
		Consumer: raw.Header.Get(headConsumer),
		Subject:  raw.Header.Get(headSubject),
		ID:       raw.Header.Get(headMsgID),
		Error:    raw.Header.Get(headError),
		At:       raw.Time,
		Bytes:    len(raw.Data),
	}
	// A header written by another hand leaves 0 and the time of storing.
	p.Attempts, _ = strconv.Atoi(raw.Header.Get(headAttempts))
	if at, err := time.Parse(time.RFC3339, raw.Header.Get(headParkedAt)); err == nil {
		p.At = at
	}
	return p
}

// Replay gives a parked message back to the one durable that failed, as a
// first delivery; no other consumer sees it. Errors: huiying.NotFound when
// nothing is parked there, huiying.Conflict when that durable is no more.
func (b *Bus) Replay(ctx context.Context, room string, seq uint64) error {
	p, body, err := b.parkedAt(ctx, room, seq)
	if err != nil {
		return err
	}
	s, ok := streams.Of(p.Subject)
	if !ok {
		return huiying.Errorf(huiying.Conflict, "bus.no_consumer", seq, p.Consumer)
	}
	if _, err := b.js.Consumer(ctx, s.Name, p.Consumer); err != nil {
		if errors.Is(err, jetstream.ErrConsumerNotFound) {
			return huiying.Errorf(huiying.Conflict, "bus.no_consumer", seq, p.Consumer)
		}
		return fmt.Errorf("find consumer %s: %w", p.Consumer, err)
	}
	m := &nats.Msg{Subject: streams.ReplaySubject(s, p.Consumer), Data: body, Header: nats.Header{}}
	m.Header.Set(jetstream.MsgIDHeader, fmt.Sprintf("replay:%s:%d", room, seq))
	m.Header.Set(headSubject, p.Subject)
	m.Header.Set(headMsgID, p.ID)
	if err := b.publish(ctx, m); err != nil {
		return err
	}
	return b.Discard(ctx, room, seq)
}

// Discard removes a parked message for good, its bytes overwritten.
// huiying.NotFound when nothing is parked there.
func (b *Bus) Discard(ctx context.Context, room string, seq uint64) error {
	if _, _, err := b.parkedAt(ctx, room, seq); err != nil {
		return err
	}
	js, err := b.js.Stream(ctx, streams.Dead)
	if err != nil {
		return fmt.Errorf("find stream %s: %w", streams.Dead, err)
	}
	if err := js.SecureDeleteMsg(ctx, seq); err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return fmt.Errorf("remove parked message %d: %w", seq, err)
	}
	return nil
}

func (b *Bus) parkedAt(ctx context.Context, room string, seq uint64) (p Parked, body []byte, err error) {
	js, err := b.js.Stream(ctx, streams.Dead)
	if err != nil {
		return p, nil, fmt.Errorf("find stream %s: %w", streams.Dead, err)
	}
	raw, err := js.GetMsg(ctx, seq)
	if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && raw.Subject != deadPrefix+room {
		return p, nil, huiying.Errorf(huiying.NotFound, "bus.not_parked", room, seq)
	}
	if err != nil {
		return p, nil, fmt.Errorf("read parked message %d: %w", seq, err)
	}
	return parked(raw), raw.Data, nil
}
