package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"huiying/internal/store"
)

// What took a while is given again for a time that depends on it; what is found
// at once, and what failed, is found anew.
func TestKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept store.Kept[string, int]
		n := 0
		ask := func(takes time.Duration) int {
			t.Helper()
			got, err := kept.Get("q", func() (int, error) { time.Sleep(takes); n++; return n, nil })
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		if ask(time.Millisecond) != 1 || ask(time.Millisecond) != 2 {
			t.Error("a quick answer was given again")
		}
		if _, err := kept.Get("q", func() (int, error) { time.Sleep(time.Second); return 0, errors.New("no") }); err == nil {
			t.Error("no error")
		}
		if ask(50*time.Millisecond) != 3 {
			t.Error("an error was kept")
		}
		time.Sleep(999 * time.Millisecond)
		if ask(0) != 3 {
			t.Error("an answer of 50 ms was not given again within a second")
		}
		time.Sleep(2 * time.Millisecond)
		if ask(time.Minute) != 4 {
			t.Error("an answer of 50 ms was given again after a second")
		}
		time.Sleep(5*time.Second + time.Millisecond)
		if ask(0) != 5 {
			t.Error("an answer was given again after five seconds")
		}
	})
}

// Those who ask meanwhile wait for the one who looks.
func TestKeptTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept store.Kept[string, int]
		var looked atomic.Int64
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				got, err := kept.Get("q", func() (int, error) {
					time.Sleep(time.Second)
					return int(looked.Add(1)), nil
				})
				if err != nil || got != 1 {
					t.Errorf("%d, %v", got, err)
				}
			})
		}
		all.Wait()
		if looked.Load() != 1 {
			t.Errorf("%d looked", looked.Load())
		}
	})
}
