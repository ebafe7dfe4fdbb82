// Package jobs is the queue of visits that crawler processes share: a
// JetStream work queue that holds at most one job of a key, waiting or under
// way. A process that dies with a job loses it to another after AckWait. It
// refuses to judge what a job means; its body is the caller's.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"huiying"
	"huiying/internal/bus/streams"
)

const (
	stream   = "JOBS"
	prefix   = "huiying.job."
	consumer = "crawlers"
	// AckWait is how long a job may stay with a process that says nothing.
	AckWait = 15 * time.Second
	// perRequest bounds one wait for a job at the server.
	perRequest = 30 * time.Second
	// maxBytes bounds the stream; a job is a few hundred bytes.
	maxBytes = 64 << 20
)

// codeStoreFailed is JetStream's answer where a subject already has its one
// message.
const codeStoreFailed jetstream.ErrorCode = 10077

// Queue is the shared queue. It is safe for concurrent use.
type Queue struct {
	js   jetstream.JetStream
	cons jetstream.Consumer
}

// Options of a queue.
type Options struct {
	Replicas int
	Alone    bool // no other process can have a job in hand: all are due
	Member   bool // what is there is another's to change
}

// Open makes the stream and its one durable consumer where they are missing.
func Open(ctx context.Context, js jetstream.JetStream, o Options) (*Queue, error) {
	err := streams.Make(ctx, js, o.Member, jetstream.StreamConfig{
		Name: stream, Subjects: []string{prefix + ">"}, Storage: jetstream.FileStorage, Retention: jetstream.WorkQueuePolicy,
		Discard: jetstream.DiscardNew, DiscardNewPerSubject: true, MaxMsgsPerSubject: 1, MaxMsgs: -1, MaxBytes: maxBytes, Replicas: o.Replicas,
	})
	if err != nil {
		return nil, fmt.Errorf("make stream %s: %w", stream, err)
	}
	if o.Alone {
		if err := js.DeleteConsumer(ctx, stream, consumer); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
			return nil, fmt.Errorf("make consumer %s anew: %w", consumer, err)
		}
	}
	cons, err := js.CreateOrUpdateConsumer(ctx, stream, jetstream.ConsumerConfig{
		Durable: consumer, AckPolicy: jetstream.AckExplicitPolicy, AckWait: AckWait, MaxDeliver: -1, MaxAckPending: -1, Replicas: o.Replicas,
	})
	if err != nil {
		return nil, fmt.Errorf("make consumer %s: %w", consumer, err)
	}
	return &Queue{js: js, cons: cons}, nil
}

// Offer puts a body under a key of subject tokens ("letters.planned"). queued
// is false, and nothing happens, while a job of the key waits or is under way.
func (q *Queue) Offer(ctx context.Context, key string, body []byte) (queued bool, err error) {
	_, err = q.js.Publish(ctx, prefix+key, body)
	var api *jetstream.APIError
	if errors.As(err, &api) && api.ErrorCode == codeStoreFailed {
		return false, nil
	}
	if err != nil {
		return false, huiying.Errorf(huiying.Unavailable, "bus.job_not_offered", key, err)
	}
	return true, nil
}

// Job is one job under way; exactly one of Done and Back ends it.
type Job struct {
	Body []byte
	msg  jetstream.Msg
}

// Take waits for a job until ctx ends, with ctx's error.
func (q *Queue) Take(ctx context.Context) (Job, error) {
	for {
		if err := ctx.Err(); err != nil {
			return Job{}, err
		}
		waiting, cancel := context.WithTimeout(ctx, perRequest)
		msg, err := q.cons.Next(jetstream.FetchContext(waiting))
		cancel()
		switch {
		case err == nil:
			return Job{Body: msg.Data(), msg: msg}, nil
		case ctx.Err() != nil:
			return Job{}, ctx.Err()
		case errors.Is(err, nats.ErrTimeout), errors.Is(err, context.DeadlineExceeded), errors.Is(err, jetstream.ErrNoMessages):
		case errors.Is(err, jetstream.ErrInvalidOption): // the deadline passed while it was handed over
		default:
			return Job{}, huiying.Errorf(huiying.Unavailable, "bus.job_not_taken", err)
		}
	}
}

// Done ends a job that was made: its key is free.
func (j Job) Done(ctx context.Context) error {
	if err := j.msg.DoubleAck(ctx); err != nil {
		return fmt.Errorf("end a job: %w", err)
	}
	return nil
}

// Back gives a job to the next who asks, after a while.
func (j Job) Back(_ context.Context, after time.Duration) error {
	if err := j.msg.NakWithDelay(after); err != nil {
		return fmt.Errorf("give a job back: %w", err)
	}
	return nil
}

// Hold says that the job is still under way.
func (j Job) Hold() error {
	if err := j.msg.InProgress(); err != nil {
		return fmt.Errorf("hold a job: %w", err)
	}
	return nil
}
