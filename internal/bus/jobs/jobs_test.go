package jobs_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"huiying/internal/bus/broker"
	"huiying/internal/bus/jobs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T) jetstream.JetStream {
	t.Helper()
	b, err := broker.Open(t.Context(), broker.Options{Dir: t.TempDir(), SyncInterval: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(true); err != nil {
			t.Error(err)
		}
	})
	js, err := jetstream.New(b.Conn)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func open(t *testing.T, js jetstream.JetStream, alone bool) *jobs.Queue {
	t.Helper()
	q, err := jobs.Open(t.Context(), js, jobs.Options{Replicas: 1, Alone: alone})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func offer(t *testing.T, q *jobs.Queue, key string) bool {
	t.Helper()
	queued, err := q.Offer(t.Context(), key, []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return queued
}

func take(t *testing.T, q *jobs.Queue) jobs.Job {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	j, err := q.Take(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func none(t *testing.T, q *jobs.Queue) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if j, err := q.Take(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("took %s, %v", j.Body, err)
	}
}

// Two processes share the queue: a key has one job, waiting or under way, and
// each job goes to one of them.
func TestShared(t *testing.T) {
	js := start(t)
	one, two := open(t, js, false), open(t, js, false)
	if !offer(t, one, "a.planned") || offer(t, two, "a.planned") || !offer(t, two, "a.watch") {
		t.Error("a key has more or less than one job")
	}
	first, second := take(t, one), take(t, two)
	if string(first.Body) == string(second.Body) || offer(t, one, "a.planned") {
		t.Errorf("took %s and %s", first.Body, second.Body)
	}
	if err := first.Hold(); err != nil {
		t.Error(err)
	}
	if err := first.Done(t.Context()); err != nil || !offer(t, two, string(first.Body)) {
		t.Errorf("a key that is done is free: %v", err)
	}
	if err := second.Back(t.Context(), 0); err != nil {
		t.Error(err)
	}
	got := map[string]bool{string(take(t, one).Body): true, string(take(t, two).Body): true}
	if len(got) != 2 {
		t.Errorf("then took %v", got)
	}
	none(t, one)
}

// What a killed process had in hand is due at once where nobody else can have
// it, and jobs outlive the processes.
func TestAlone(t *testing.T) {
	js := start(t)
	before := open(t, js, true)
	offer(t, before, "a.planned")
	take(t, before)
	none(t, open(t, js, false))
	if j := take(t, open(t, js, true)); string(j.Body) != "a.planned" {
		t.Errorf("took %s", j.Body)
	}
}
