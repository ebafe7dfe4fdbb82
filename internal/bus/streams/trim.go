package streams

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"sort"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// State is what a stream holds and what its durables have still to do.
type State struct {
	Stream  Stream
	Msgs    uint64
	Bytes   uint64
	Max     int64             // bytes it may hold
	Pending map[string]uint64 // durable → unacknowledged messages
}

// Trim makes room. Streams have no age limit and discard nothing by
// themselves, so an unconsumed message stays however long its consumer is
// away; what every durable has acknowledged goes after Options.Keep, or at once
// when the stream is half full. It returns what it saw.
func Trim(ctx context.Context, js jetstream.JetStream, o Options) ([]State, error) {
	var out []State
	for _, s := range All() {
		state, err := s.trim(ctx, js, o)
		if err != nil {
			return out, fmt.Errorf("trim %s: %w", s.Name, err)
		}
		out = append(out, state)
	}
	return out, nil
}

func (s Stream) trim(ctx context.Context, client jetstream.JetStream, o Options) (State, error) {
	js, err := client.Stream(ctx, s.Name)
	if err != nil {
		return State{}, err
	}
	// The stream is read before its consumers: what comes in between counts as
	// pending at the consumers and lies above last.
	info := js.CachedInfo()
	all, err := listed(ctx, js)
	if err != nil {
		return State{}, err
	}
	durables := maps.Clone(all)
	maps.DeleteFunc(durables, func(_ string, c *jetstream.ConsumerInfo) bool { return c.Config.Durable == "" })
	state := State{Stream: s, Msgs: info.State.Msgs, Bytes: info.State.Bytes, Max: info.Config.MaxBytes, Pending: map[string]uint64{}}
	for name, d := range durables {
		state.Pending[name] = d.NumPending + uint64(d.NumAckPending)
	}
	upto := info.State.LastSeq
	switch {
	case s.Name == Dead || info.State.Msgs == 0 || len(durables) == 0 && s.hold:
		return state, nil
	}
	for _, d := range durables {
		done, err := doneBy(ctx, js, d, info.State.LastSeq)
		if err != nil {
			return state, err
		}
		upto = min(upto, done)
	}
	if info.State.Bytes < uint64(info.Config.MaxBytes)/2 {
		if upto, err = olderThan(ctx, js, upto, o.Now().Add(-o.Keep)); err != nil {
			return state, err
		}
	}
	if upto < info.State.FirstSeq {
		return state, nil
	}
	if hidden, err := unseen(ctx, js, all); hidden || err != nil {
		return state, err
	}
	return state, js.Purge(ctx, jetstream.WithPurgeSequence(upto+1))
}

// doneBy is the sequence up to which a durable has acknowledged all it will ever
// want, last at most. That nothing is pending is not believed where it is said:
// a server that is just making or taking over a durable lists it before it has
// counted. The stream itself is asked for the next message the durable wants.
func doneBy(ctx context.Context, js jetstream.Stream, d *jetstream.ConsumerInfo, last uint64) (uint64, error) {
	done := floorOf(d)
	if d.NumAckPending > 0 || d.NumPending > 0 {
		return done, nil
	}
	filters := d.Config.FilterSubjects
	if len(filters) == 0 {
		filters = []string{cmp.Or(d.Config.FilterSubject, ">")}
	}
	next := last + 1
	for _, f := range filters {
		msg, err := js.GetMsg(ctx, max(done+1, d.Config.OptStartSeq), jetstream.WithGetMsgSubject(f))
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
		case err != nil:
			return 0, fmt.Errorf("look for the next message of %s: %w", d.Name, err)
		default:
			next = min(next, msg.Sequence)
		}
	}
	return max(done, next-1), nil
}

// unseen reports whether a consumer has a name and no standing: a cluster leaves
// out of its list those that have no leader at the moment. What they want is not
// known then, and nothing may go.
func unseen(ctx context.Context, js jetstream.Stream, seen map[string]*jetstream.ConsumerInfo) (bool, error) {
	names, hidden := js.ConsumerNames(ctx), false
	for name := range names.Name() {
		hidden = hidden || seen[name] == nil
	}
	if err := names.Err(); err != nil {
		return true, fmt.Errorf("name consumers: %w", err)
	}
	return hidden, nil
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
