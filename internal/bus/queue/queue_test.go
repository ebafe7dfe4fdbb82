package queue_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"huiying/internal/bus/queue"
)

type item struct{ group, n int }

func TestFirstGroupFirstAndNoneStarves(t *testing.T) {
	q := queue.New[item](3, 100)
	for n := range 40 {
		for g := range 3 {
			q.Put(g, item{g, n})
		}
	}
	counts := make([]int, 3)
	for range 40 {
		v, ok := q.Take(t.Context())
		if !ok || v.n != counts[v.group] {
			t.Fatalf("took %+v, %v; the group stood at %d", v, ok, counts[v.group])
		}
		counts[v.group]++
	}
	if want := []int{35, 0, 5}; !slices.Equal(counts, want) {
		t.Errorf("of forty, %v by group, not %v", counts, want)
	}
}

func TestTakeEndsWithItsContext(t *testing.T) {
	q := queue.New[item](1, 4)
	q.Put(0, item{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if v, ok := q.Take(ctx); ok {
		t.Errorf("took %+v after the end", v)
	}
	if batch := q.TakeBatch(ctx, 3, time.Hour); batch != nil {
		t.Errorf("took %v after the end", batch)
	}
	if _, ok := q.TryTake(); !ok {
		t.Error("what waits cannot be taken back")
	}
	if _, ok := q.TryTake(); ok {
		t.Error("took from an empty queue")
	}
}

func TestBatchWaitsForItsTimeOrItsFill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.New[item](2, 10)
		put := func(after time.Duration, n int) {
			time.Sleep(after)
			q.Put(1, item{1, n})
		}
		go func() {
			put(time.Second, 0)
			put(10*time.Millisecond, 1)
			put(30*time.Millisecond, 2)
			put(30*time.Millisecond, 3) // after the first batch's 50 ms
		}()
		start := time.Now()
		if b := q.TakeBatch(t.Context(), 9, 50*time.Millisecond); len(b) != 3 || time.Since(start) != 1050*time.Millisecond {
			t.Errorf("%v after %v", b, time.Since(start))
		}
		if b := q.TakeBatch(t.Context(), 1, time.Hour); len(b) != 1 || b[0].n != 3 {
			t.Errorf("%v", b)
		}
	})
}

// Without a time a batch is what waits already, for whatever comes alone.
func TestBatchThatWaitsForNone(t *testing.T) {
	q := queue.New[item](2, 10)
	for n := range 5 {
		q.Put(1, item{1, n})
	}
	for _, want := range []int{4, 1} {
		if b := q.TakeBatch(t.Context(), 4, -1); len(b) != want {
			t.Errorf("%v, want %d", b, want)
		}
	}
}

// Whatever is put, by whomever, is taken once, in the order of its group.
func TestNothingIsLostOrDoubled(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		groups := rapid.IntRange(1, 4).Draw(rt, "groups")
		each := rapid.IntRange(1, 40).Draw(rt, "each")
		workers := rapid.IntRange(1, 4).Draw(rt, "workers")
		q := queue.New[item](groups, each)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		var mu sync.Mutex
		seen := map[item]int{}
		var putters, takers sync.WaitGroup
		for g := range groups {
			putters.Go(func() {
				for n := range each {
					q.Put(g, item{g, n})
				}
			})
		}
		for range workers {
			takers.Go(func() {
				for {
					batch := q.TakeBatch(ctx, 3, time.Millisecond)
					if batch == nil {
						return
					}
					mu.Lock()
					for _, v := range batch {
						seen[v]++
					}
					if len(seen) == groups*each {
						cancel()
					}
					mu.Unlock()
				}
			})
		}
		putters.Wait()
		takers.Wait()
		for v, n := range seen {
			if n != 1 {
				rt.Errorf("%+v was taken %d times", v, n)
			}
		}
	})
}
