// Package streams is the table of JetStream streams, the durable consumers on
// them, and the trimming that lets a stream give up what every durable has
// acknowledged, and nothing else.
package streams

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"huiying"
)

// Stream is one row of the table of streams.
type Stream struct {
	Name string
	Kind string // second token of its subjects: huiying.<kind>.…
	// hold keeps messages while no durable consumer exists at all: an accepted
	// post waits for its first analyzer. The other streams are news whose
	// truth is in SQL; unconsumed by anyone they make room.
	hold bool
	// share is the divisor of Options.MaxBytes.
	share int64
}

// All is every stream of the contract. DEAD is never trimmed: parked
// messages leave by replay or discard only.
func All() []Stream {
	return []Stream{
		{Name: "POSTS", Kind: "post", hold: true, share: 1},
		{Name: "EVENTS", Kind: "event", hold: true, share: 1},
		{Name: "TOPICS", Kind: "topic", share: 8},
		{Name: "ALERTS", Kind: "alert", share: 8},
		{Name: "CASES", Kind: "case", share: 8},
		{Name: "LEDGER", Kind: "ledger", share: 8},
		{Name: Dead, Kind: "dead", hold: true, share: 1},
	}
}

const (
	// Dead is the stream of parked messages.
	Dead = "DEAD"
	// minStream is the smallest limit of a stream: one message must fit.
	minStream = 2 << 20
)

// subjects of a stream: its own, and the replays of parked messages, which
// only the consumer that failed listens to.
func (s Stream) subjects() []string {
	if s.Name == Dead {
		return []string{"huiying.dead.>"}
	}
	return []string{"huiying." + s.Kind + ".>", "huiying.replay." + s.Kind + ".>"}
}

// ReplayPrefix begins the subjects of replays.
const ReplayPrefix = "huiying.replay."

// ReplaySubject is where a parked message is published again: only the one
// durable that failed has a filter for it, so nobody else sees it twice.
func ReplaySubject(s Stream, durable string) string {
	return ReplayPrefix + s.Kind + "." + durable
}

// Of finds the stream that stores a subject or a filter.
func Of(subject string) (Stream, bool) {
	tokens := strings.Split(subject, ".")
	if len(tokens) < 3 || tokens[0] != "huiying" || slices.Contains(tokens, "") {
		return Stream{}, false
	}
	kind := tokens[1]
	if kind == "replay" {
		kind = tokens[2]
	}
	for _, s := range All() {
		if s.Kind == kind {
			return s, true
		}
	}
	return Stream{}, false
}

// Options of the streams.
type Options struct {
	MaxBytes   int64 // of one stream
	Duplicates time.Duration
	Keep       time.Duration // what everyone consumed stays so long
	Replicas   int
	Member     bool // what is there is another's to change
	Now        func() time.Time
}

// Ensure makes or updates every stream; a member only makes.
func Ensure(ctx context.Context, js jetstream.JetStream, o Options) error {
	for _, s := range All() {
		maxBytes := o.MaxBytes / s.share
		if s.share > 1 {
			maxBytes = max(maxBytes, minStream)
		}
		err := Make(ctx, js, o.Member, jetstream.StreamConfig{
			Name:       s.Name,
			Subjects:   s.subjects(),
			Storage:    jetstream.FileStorage,
			Retention:  jetstream.LimitsPolicy,
			Discard:    jetstream.DiscardNew,
			MaxBytes:   maxBytes,
			MaxMsgs:    -1,
			Duplicates: o.Duplicates,
			Replicas:   o.Replicas,
		})
		if noRoom(err) {
			return huiying.Errorf(huiying.Unavailable, "bus.no_room", s.Name, maxBytes, err)
		}
		if err != nil {
			return fmt.Errorf("make stream %s: %w", s.Name, err)
		}
	}
	return nil
}

// Make makes or updates a stream; a member only makes, and leaves one that is
// there as it is.
func Make(ctx context.Context, js jetstream.JetStream, member bool, cfg jetstream.StreamConfig) error {
	create := js.CreateOrUpdateStream
	if member {
		create = js.CreateStream
	}
	_, err := create(ctx, cfg)
	if member && errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		return nil
	}
	return err
}

// JetStream counts what a stream may grow to as taken, and refuses one that
// its own limit, or the account's, leaves no room for.
const (
	codeNoStorage      jetstream.ErrorCode = 10047
	codeAccountExceeds jetstream.ErrorCode = 10002
)

func noRoom(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && (api.ErrorCode == codeNoStorage || api.ErrorCode == codeAccountExceeds)
}

// codeStoreFailed is JetStream's "could not store", which a full stream gives.
const codeStoreFailed jetstream.ErrorCode = 10077

// Full reports whether err says that a stream has reached its limit.
func Full(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == codeStoreFailed && strings.Contains(api.Description, "maximum")
}

// How a cluster answers what it can do a little later, beside its own errors
// (503).
const (
	codeUnderway jetstream.ErrorCode = 10158 // it has accepted this message id and not yet stored it
	codeNoPeers  jetstream.ErrorCode = 10005 // too few servers are known to be up to make something on
)

// Passing reports whether err is an answer that another attempt may change: a
// message of this id was offered before and the cluster is still about it, or a
// server is missing.
func Passing(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && (api.Code >= 500 || api.ErrorCode == codeUnderway || api.ErrorCode == codeNoPeers)
}

// codeLeaderless is how a server answers that knows no leader of its cluster.
const codeLeaderless jetstream.ErrorCode = 10008

// Leaderless reports whether err is the answer of a server that knows no leader
// of its cluster: it is cut off, or they are choosing one.
func Leaderless(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == codeLeaderless
}
