package bus

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// stream is one row of the table of streams.
type stream struct {
	name string
	kind string // second token of its subjects: huiying.<kind>.…
	// hold keeps messages while no durable consumer exists at all: an accepted
	// post waits for its first analyzer. The other streams are news whose
	// truth is in SQL; unconsumed by anyone they make room.
	hold bool
	// share is the divisor of Options.MaxBytes.
	share int64
}

// streams is every stream of the contract. DEAD is never trimmed: parked
// messages leave by replay or discard only.
func streams() []stream {
	return []stream{
		{name: "POSTS", kind: "post", hold: true, share: 1},
		{name: "EVENTS", kind: "event", hold: true, share: 1},
		{name: "TOPICS", kind: "topic", share: 8},
		{name: "ALERTS", kind: "alert", share: 8},
		{name: "CASES", kind: "case", share: 8},
		{name: "LEDGER", kind: "ledger", share: 8},
		{name: deadStream, kind: "dead", hold: true, share: 1},
	}
}

const (
	deadStream = "DEAD"
	// minStream is the smallest limit of a stream: one message must fit.
	minStream = 2 << 20
)

// subjects of a stream: its own, and the replays of parked messages, which
// only the consumer that failed listens to.
func (s stream) subjects() []string {
	if s.name == deadStream {
		return []string{"huiying.dead.>"}
	}
	return []string{"huiying." + s.kind + ".>", "huiying.replay." + s.kind + ".>"}
}

// streamOf finds the stream that stores a subject or a filter.
func streamOf(subject string) (stream, bool) {
	tokens := strings.Split(subject, ".")
	if len(tokens) < 3 || tokens[0] != "huiying" || slices.Contains(tokens, "") {
		return stream{}, false
	}
	kind := tokens[1]
	if kind == "replay" {
		kind = tokens[2]
	}
	for _, s := range streams() {
		if s.kind == kind {
			return s, true
		}
	}
	return stream{}, false
}

func (b *Bus) ensureStreams(ctx context.Context) error {
	for _, s := range streams() {
		maxBytes := b.o.MaxBytes / s.share
		if s.share > 1 {
			maxBytes = max(maxBytes, minStream)
		}
		_, err := b.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
			Name:       s.name,
			Subjects:   s.subjects(),
			Storage:    jetstream.FileStorage,
			Retention:  jetstream.LimitsPolicy,
			Discard:    jetstream.DiscardNew,
			MaxBytes:   maxBytes,
			MaxMsgs:    -1,
			Duplicates: b.o.DuplicateWindow,
			Replicas:   b.o.Replicas,
		})
		if err != nil {
			return fmt.Errorf("make stream %s: %w", s.name, err)
		}
	}
	return nil
}
