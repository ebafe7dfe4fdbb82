package notifier

import (
	"context"

	"huiying"
)

// mostTurns is how many deliveries of a case a worker sends one after the other
// before it looks for what is more urgent.
const mostTurns = 16

// turns tells a worker whether it may take what waited for the delivery that it
// has sent; nothing is taken any more when taking has ended.
func (s *Sender) turns(taking context.Context) (more func() bool) {
	left := mostTurns
	return func() bool {
		left--
		return s.o.Turns != nil && left > 0 && taking.Err() == nil
	}
}

// inTurn sends deliveries and then, one after the other, those of their case that
// waited for them. What was sent is settled and what follows is leased in one
// transaction and not in two, each of which waits for the writer.
func (s *Sender) inTurn(ctx context.Context, ds []huiying.Delivery, more func() bool) {
	for len(ds) > 0 {
		judged, a := s.attempted(ctx, ds, nil)
		if a == nil {
			return
		}
		sent := a.Result == huiying.AttemptAccepted && len(judged) == 1 && judged[0].Alert.CaseNo != ""
		if !sent || !more() {
			s.settled(ctx, judged, a)
			return
		}
		ds = s.follow(ctx, judged[0], a)
	}
}

// follow settles a delivery that was sent and leases what waited for it.
func (s *Sender) follow(ctx context.Context, d huiying.Delivery, a *huiying.Attempt) []huiying.Delivery {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.Sending.Timeout)
	defer cancel()
	now := s.o.Now()
	next, err := s.o.Turns.Follow(ctx, d, a, huiying.Turn{Now: now, Until: now.Add(s.o.Sending.Lease)})
	if !s.kept([]huiying.Delivery{d}, err) {
		return nil
	}
	if len(next) == 0 {
		s.Wake() // it may wait for something else as well
	}
	s.metrics.due(next, now)
	return next
}
