package bus

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// trimEvery is how often streams give up what everyone has consumed, and the
// gauges are read.
const trimEvery = 5 * time.Second

// trimLoop makes room. Streams have no age limit and discard nothing by
// themselves, so an unconsumed message stays however long its consumer is
// away; what every durable has acknowledged goes after Options.Keep, or at once
// when the stream is half full.
func (b *Bus) trimLoop() {
	ticker := time.NewTicker(trimEvery)
	defer ticker.Stop()
	for {
		if err := b.trim(b.ctx); err != nil && b.ctx.Err() == nil {
			b.log.Warn("trimming streams failed; tried again", "err", err)
		}
		select {
		case <-ticker.C:
		case <-b.kick:
		case <-b.ctx.Done():
			return
		}
	}
}

func (b *Bus) trim(ctx context.Context) error {
	for _, s := range streams() {
		if err := b.trimStream(ctx, s); err != nil {
			return fmt.Errorf("trim %s: %w", s.name, err)
		}
	}
	return nil
}

func (b *Bus) trimStream(ctx context.Context, s stream) error {
	js, err := b.js.Stream(ctx, s.name)
	if err != nil {
		return err
	}
	// The stream is read before its consumers: what comes in between counts as
	// pending at the consumers and lies above last.
	info := js.CachedInfo()
	durables, err := durablesOf(ctx, js, "")
	if err != nil {
		return err
	}
	b.measure(s, info, durables)
	if s.name == deadStream || info.State.Msgs == 0 {
		return nil
	}
	upto := info.State.LastSeq
	if len(durables) > 0 {
		upto = floor(slices.Collect(maps.Values(durables)), info.State.LastSeq)
	} else if s.hold {
		return nil
	}
	if info.State.Bytes < uint64(info.Config.MaxBytes)/2 {
		if upto, err = olderThan(ctx, js, upto, b.o.Now().Add(-b.o.Keep)); err != nil {
			return err
		}
	}
	if upto < info.State.FirstSeq {
		return nil
	}
	return js.Purge(ctx, jetstream.WithPurgeSequence(upto+1))
}

// olderThan is the last sequence up to upto that was stored before t, 0 when
// there is none.
func olderThan(ctx context.Context, js jetstream.Stream, upto uint64, t time.Time) (uint64, error) {
	state := js.CachedInfo().State
	if upto < state.FirstSeq || !state.FirstTime.Before(t) {
		return 0, nil
	}
	var failed error
	n := sort.Search(int(upto-state.FirstSeq)+1, func(i int) bool {
		if failed != nil {
			return true
		}
		msg, err := js.GetMsg(ctx, state.FirstSeq+uint64(i))
		if err != nil {
			failed = err
			return true
		}
		return !msg.Time.Before(t)
	})
	if failed != nil {
		return 0, fmt.Errorf("find the last message before %s: %w", t.Format(time.RFC3339), failed)
	}
	return state.FirstSeq + uint64(n) - 1, nil
}

func (b *Bus) measure(s stream, info *jetstream.StreamInfo, durables map[string]*jetstream.ConsumerInfo) {
	b.metrics.streamBytes.WithLabelValues(s.name).Set(float64(info.State.Bytes))
	if s.name == deadStream {
		b.metrics.deadWaiting.Set(float64(info.State.Msgs))
	}
	for name, d := range durables {
		b.metrics.pending.WithLabelValues(name).Set(float64(d.NumPending) + float64(d.NumAckPending))
	}
}
