package notifier

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"huiying"
	"huiying/notifier/lane"
)

// Limits of digests.
const (
	maxDigest = 500                    // deliveries in one: a transaction stays short
	heldFor   = 200 * time.Millisecond // until a trial is through with the channel
)

// lots parts what was leased into what is sent together: everything over a
// channel whose provider counts, and each of the rest by itself.
func (s *Sender) lots(leased []huiying.Delivery) [][]huiying.Delivery {
	var out [][]huiying.Delivery
	at := map[lane.Key]int{}
	for _, d := range leased {
		k, counted := s.lanes.Of(d.Channel, d.Address)
		i, known := at[k]
		if counted && known {
			out[i] = append(out[i], d)
			continue
		}
		if counted {
			at[k] = len(out)
		}
		out = append(out, []huiying.Delivery{d})
	}
	return out
}

// busy is the ways that a worker has in hand: nothing more is leased for them,
// so that a channel that hangs holds up one worker and no other channel.
type busy struct {
	mu   sync.Mutex
	ways []huiying.Way
}

func (b *busy) begin(w huiying.Way) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ways = append(b.ways, w)
}

func (b *busy) end(w huiying.Way) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.Index(b.ways, w); i >= 0 {
		b.ways = slices.Delete(b.ways, i, i+1)
	}
}

func (b *busy) now() []huiying.Way {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.ways)
}

// start has a worker send a lot over a way that nobody else takes meanwhile.
func (s *Sender) start(ctx context.Context, lot []huiying.Delivery, more func() bool, done func()) {
	k, counted := s.lanes.Of(lot[0].Channel, lot[0].Address)
	if !counted {
		go func() {
			defer done()
			s.inTurn(ctx, lot, more)
		}()
		return
	}
	way := huiying.Way{Channel: k.Channel, Address: k.Address, Apart: s.lanes.PerAddress(k.Channel)}
	s.busy.begin(way)
	go func() {
		defer done()
		defer s.Wake() // for what waited meanwhile
		defer s.busy.end(way)
		s.deliver(ctx, k, lot)
	}()
}

// deliver sends one lot over a channel whose provider counts.
func (s *Sender) deliver(ctx context.Context, k lane.Key, lot []huiying.Delivery) {
	c := s.lanes.Counted(k)
	if !c.Hold() {
		s.putBack(ctx, lot, heldFor, huiying.Errorf(huiying.Unavailable, "notifier.held_up", k.Channel))
		return
	}
	defer c.Free()
	for len(lot) > 0 {
		now := s.o.Now()
		if wait := c.Wait(now); wait > 0 {
			c.Crowded = true
			s.putBack(ctx, lot, wait, huiying.Errorf(huiying.Unavailable, "notifier.capped", k.Channel))
			return
		}
		if now.Add(s.o.Sending.Timeout).After(lot[0].LeasedUntil) {
			s.putBack(ctx, lot, 0, huiying.Errorf(huiying.Unavailable, "notifier.held_up", k.Channel))
			return
		}
		first, err := s.together(ctx, k, c, lot)
		if err != nil {
			logger(s.o.Logger).Error("what waits for a channel cannot be read", "channel", k.Channel, "error", err)
			return // the leases end
		}
		lot = without(lot, first)
		if !s.attempt(ctx, first, c) {
			s.putBackRest(ctx, lot, k)
			return
		}
	}
}

func (s *Sender) putBackRest(ctx context.Context, lot []huiying.Delivery, k lane.Key) {
	if len(lot) > 0 {
		s.putBack(ctx, lot, s.o.Sending.Retry[0], huiying.Errorf(huiying.Unavailable, "notifier.held_up", k.Channel))
	}
}

// together is what the next message carries: the first of the lot by itself
// where the channel was quiet or has room for all that waits, and otherwise all
// that waits in one digest. A digest takes the whole lot, or of it what is for
// the same reader.
func (s *Sender) together(ctx context.Context, k lane.Key, c *lane.Counted, lot []huiying.Delivery) ([]huiying.Delivery, error) {
	now := s.o.Now()
	if c.Quiet(now) && !c.Crowded {
		return lot[:1], nil
	}
	lead, apart := lot[0], s.lanes.Apart(k.Channel)
	if apart {
		k.Address = lead.Address
		lot = slices.DeleteFunc(slices.Clone(lot), func(d huiying.Delivery) bool { return d.Address != lead.Address })
	}
	fold := huiying.Fold{
		Channel: k.Channel, Address: k.Address, Apart: apart, With: lot, Now: now, Until: lead.LeasedUntil, Most: maxDigest,
		Digest: huiying.DeriveID("g-", lead.ID, strconv.FormatInt(now.UnixMicro(), 10)),
	}
	waiting, err := s.o.Outbox.Waiting(ctx, fold)
	if err != nil {
		return nil, err
	}
	c.Crowded = len(lot)+waiting > maxDigest
	if all := len(lot) + waiting; all == 1 || all <= c.Room(now) {
		return lot[:1], nil
	}
	return s.o.Outbox.Fold(ctx, fold)
}

// without is the lot less those that were sent.
func without(lot, sent []huiying.Delivery) []huiying.Delivery {
	return slices.DeleteFunc(slices.Clone(lot), func(d huiying.Delivery) bool {
		return slices.ContainsFunc(sent, func(s huiying.Delivery) bool { return s.ID == d.ID })
	})
}

// remember has the limiters count what went out before the start.
func (s *Sender) remember(ctx context.Context) {
	longest := s.lanes.Longest()
	if s.o.Lates == nil || longest == 0 {
		return
	}
	sent, err := s.o.Lates.SentSince(ctx, s.o.Now().Add(-longest))
	if err != nil {
		if ctx.Err() == nil {
			logger(s.o.Logger).Error("what went out before cannot be read; a provider may count more than we do", "error", err)
		}
		return
	}
	for _, a := range sent {
		if k, counted := s.lanes.Of(a.Channel, a.Delivery); counted {
			s.lanes.Counted(k).Sent(a.At)
		}
	}
}

// watch hands late deliveries on to their people's next channels until ctx
// ends.
func (s *Sender) watch(ctx context.Context) {
	if s.o.Lates == nil {
		return
	}
	tick := time.NewTicker(s.o.Sending.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.handLateOn(ctx); err != nil && ctx.Err() == nil {
			logger(s.o.Logger).Warn("late deliveries are not handed on yet", "error", err)
		}
	}
}

const maxLate = 100

func (s *Sender) handLateOn(ctx context.Context) error {
	late, err := s.o.Lates.Late(ctx, s.o.Now(), s.o.Sending.HandOn, maxLate)
	if err != nil {
		return err
	}
	var failed []error
	for _, d := range late {
		failed = append(failed, s.HandOn(ctx, d))
	}
	return errors.Join(failed...)
}
