package bus_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"huiying/internal/bus"
)

// A server is left once it has answered nothing for two seconds, counted from
// the first request it owes an answer; not while it answers others.
func TestSilence(t *testing.T) {
	begun := time.Date(2026, 11, 30, 1, 0, 0, 0, time.UTC)
	at := func(seconds float64) time.Time { return begun.Add(time.Duration(seconds * float64(time.Second))) }
	type request struct {
		answered    bool
		asked, ends float64
		left        bool
	}
	for name, requests := range map[string][]request{
		"one that waited long":             {{asked: 0, ends: 5, left: true}},
		"short ones, one after the other":  {{asked: 0, ends: 0.1}, {asked: 0.2, ends: 1.9}, {asked: 1.9, ends: 2, left: true}},
		"again only after two more":        {{asked: 0, ends: 5, left: true}, {asked: 1, ends: 5.1}, {asked: 5.2, ends: 6.9}, {asked: 6.9, ends: 7, left: true}},
		"it answers in between":            {{asked: 0, ends: 0.1}, {answered: true, asked: 1, ends: 1.5}, {asked: 1.6, ends: 3.4}, {asked: 3.4, ends: 3.6, left: true}},
		"one waits long, others are heard": {{answered: true, asked: 4, ends: 4.9}, {asked: 0, ends: 5}, {answered: true, asked: 5, ends: 5.1}, {asked: 0, ends: 7}},
	} {
		var s bus.Silence
		for i, r := range requests {
			if left := s.Note(r.answered, at(r.asked), at(r.ends)); left != r.left {
				t.Errorf("%s: after request %d left is %v", name, i, left)
			}
		}
	}
}

// What a cluster answers in the middle of its elections is asked again: offered
// a second time, a message whose first answer was lost may still be under way.
func TestRetryable(t *testing.T) {
	for _, tc := range []struct {
		err    error
		reason string
		again  bool
	}{
		{&jetstream.APIError{Code: 409, ErrorCode: 10158, Description: "duplicate message id is in process"}, "server", true},
		{&jetstream.APIError{Code: 400, ErrorCode: 10005, Description: "no suitable peers for placement, peer offline"}, "server", true},
		{&jetstream.APIError{Code: 503, ErrorCode: 10008}, "server", true},
		{&jetstream.APIError{Code: 503, ErrorCode: 10077, Description: "maximum bytes exceeded"}, "full", true},
		{&jetstream.APIError{Code: 400, ErrorCode: 10060}, "server", false},
		{nats.ErrNoResponders, "unanswered", true},
		{context.DeadlineExceeded, "unanswered", true},
		{nats.ErrMaxPayload, "refused", false},
	} {
		if reason, again := bus.Retryable(errors.Join(fmt.Errorf("publish: %w", tc.err))); reason != tc.reason || again != tc.again {
			t.Errorf("%v: %s, %v", tc.err, reason, again)
		}
	}
}

// A server that is cut off does answer: that it knows no leader. What is full or
// refused was answered by one that leads.
func TestSilent(t *testing.T) {
	for _, tc := range []struct {
		err    error
		silent bool
	}{
		{nil, false},
		{&jetstream.APIError{Code: 503, ErrorCode: 10008, Description: "JetStream system temporarily unavailable"}, true},
		{&jetstream.APIError{Code: 503, ErrorCode: 10077, Description: "maximum bytes exceeded"}, false},
		{&jetstream.APIError{Code: 409, ErrorCode: 10158}, false},
		{jetstream.ErrNoHeartbeat, true},
		{nats.ErrNoResponders, true},
		{context.DeadlineExceeded, true},
	} {
		if got := bus.Silent(tc.err); got != tc.silent {
			t.Errorf("%v: %v", tc.err, got)
		}
	}
}

// The leader of three that hears neither of the others cannot decide; one that
// hears one of them can.
func TestParted(t *testing.T) {
	group := func(ago ...time.Duration) *jetstream.ClusterInfo {
		g := &jetstream.ClusterInfo{Leader: "nats-1"}
		for _, a := range ago {
			g.Replicas = append(g.Replicas, &jetstream.PeerInfo{Active: a})
		}
		return g
	}
	for _, tc := range []struct {
		group *jetstream.ClusterInfo
		want  time.Duration
	}{
		{nil, 0}, {group(), 0}, {group(time.Minute, time.Second), time.Second}, {group(5*time.Second, 4*time.Second), 4 * time.Second},
		{group(time.Hour, time.Second, time.Minute, 2*time.Second), 2 * time.Second}, {group(7 * time.Second), 7 * time.Second},
	} {
		if got := bus.Parted(tc.group); got != tc.want {
			t.Errorf("%v: %v", tc.group, got)
		}
	}
}
