package job_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"huiying"
	"huiying/crawler/job"
)

func offer(t *testing.T, q *job.Local, j job.Job) bool {
	t.Helper()
	queued, err := q.Offer(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	return queued
}

func take(t *testing.T, q *job.Local) job.Taken {
	t.Helper()
	got, err := q.Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// There is at most one job of a key, waiting or under way.
func TestOneOfAKey(t *testing.T) {
	q := job.NewLocal()
	a := job.Job{Source: "a"}
	if !offer(t, q, a) || offer(t, q, a) {
		t.Error("a second job of the key was queued")
	}
	if !offer(t, q, job.Job{Source: "a", Kind: huiying.JobWatch}) || !offer(t, q, job.Job{Source: "b"}) {
		t.Error("a job of another key was refused")
	}
	got := take(t, q)
	if got.Source != "a" || got.Kind != huiying.JobPlanned || offer(t, q, a) {
		t.Errorf("took %+v", got.Job)
	}
	if err := got.Done(t.Context()); err != nil || !offer(t, q, a) {
		t.Errorf("a key that is done is free: %v", err)
	}
}

func TestBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := job.NewLocal()
		defer q.Close()
		offer(t, q, job.Job{Source: "a"})
		offer(t, q, job.Job{Source: "b"})
		begun := time.Now()
		if err := take(t, q).Back(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		if b := take(t, q); b.Source != "b" || time.Since(begun) != 0 {
			t.Errorf("%s after %s", b.Source, time.Since(begun))
		}
		if offer(t, q, job.Job{Source: "a"}) {
			t.Error("a job that is to come back was queued twice")
		}
		again := take(t, q)
		if again.Source != "a" || time.Since(begun) != time.Minute {
			t.Errorf("%s after %s", again.Source, time.Since(begun))
		}
		if err := again.Back(t.Context(), time.Hour); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTakeEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := job.NewLocal().Take(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Many who take get each job once.
func TestManyTakers(t *testing.T) {
	q := job.NewLocal()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	seen := map[string]int{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				got, err := q.Take(ctx)
				if err != nil {
					return
				}
				mu.Lock()
				seen[got.Source]++
				n := len(seen)
				mu.Unlock()
				if err := got.Done(ctx); err != nil {
					t.Error(err)
				}
				if n == 500 {
					cancel()
				}
			}
		})
	}
	for i := range 500 {
		offer(t, q, job.Job{Source: fmt.Sprint(i)})
	}
	wg.Wait()
	for s, n := range seen {
		if n != 1 {
			t.Errorf("%s was taken %d times", s, n)
		}
	}
}
