package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"huiying"
	"huiying/internal/bus/streams"
)

// Live calls handle with every message stored from now on under one of the
// subjects, in the order of each stream, until ctx ends; then it returns nil.
// Nothing is acknowledged or kept: what passes while nobody listens is gone.
// handle must be quick; calls do not overlap.
func (b *Bus) Live(ctx context.Context, subjects []string, handle func(subject string, body []byte)) error {
	byStream := map[string][]string{}
	for _, subject := range subjects {
		s, ok := streams.Of(subject)
		if !ok {
			return huiying.Errorf(huiying.Invalid, "bus.bad_subject", subject)
		}
		byStream[s.Name] = append(byStream[s.Name], subject)
	}
	ctx, leave, err := b.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	var one sync.Mutex
	var readers sync.WaitGroup
	errs := make(chan error, len(byStream))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for name, filters := range byStream {
		readers.Go(func() {
			err := b.liveStream(ctx, name, filters, func(subject string, body []byte) {
				one.Lock()
				defer one.Unlock()
				handle(subject, body)
			})
			if err != nil {
				errs <- err
				cancel()
			}
		})
	}
	readers.Wait()
	close(errs)
	return <-errs
}

// liveStream reads one stream through an ordered consumer, which takes only
// what JetStream has stored: no duplicates and nothing refused.
func (b *Bus) liveStream(ctx context.Context, name string, filters []string, handle func(string, []byte)) error {
	cons, err := b.js.OrderedConsumer(ctx, name, jetstream.OrderedConsumerConfig{
		FilterSubjects: filters,
		DeliverPolicy:  jetstream.DeliverNewPolicy,
	})
	if err != nil {
		return fmt.Errorf("follow %s: %w", name, err)
	}
	msgs, err := cons.Messages()
	if err != nil {
		return fmt.Errorf("follow %s: %w", name, err)
	}
	defer msgs.Stop()
	for {
		msg, err := msgs.Next(jetstream.NextContext(ctx))
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, jetstream.ErrMsgIteratorClosed) || errors.Is(err, jetstream.ErrConnectionClosed):
			return fmt.Errorf("follow %s: %w", name, err)
		case err != nil:
			if !wait(ctx, publishRetries()[2]) {
				return nil
			}
		default:
			handle(msg.Subject(), msg.Data())
		}
	}
}
