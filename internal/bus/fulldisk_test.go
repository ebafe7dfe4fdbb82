package bus_test

import (
	"context"
	"maps"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"huiying"
	"huiying/internal/bus"
)

// limitFiles has the system refuse files above a size, as a full disk would.
func limitFiles(t *testing.T, size uint64) (lift func()) {
	t.Helper()
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	set := func(l syscall.Rlimit) {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
			t.Error(err)
		}
	}
	limited := was
	limited.Cur = size
	set(limited)
	lift = sync.OnceFunc(func() { set(was) })
	t.Cleanup(lift)
	return lift
}

// After a write that the disk refused the embedded server takes no more into
// that stream until it is started anew. That happens by itself once the disk
// takes something again; everybody reconnects, and what was accepted is handled.
func TestGoesOnAfterFullDisk(t *testing.T) {
	b := open(t, options(t))
	var handled list[string]
	background(t, func(ctx context.Context) error {
		return b.ConsumePosts(ctx, bus.Consumer{Name: "analyzer"}, func(_ context.Context, p huiying.Post) error {
			handled.add(p.ID)
			return nil
		})
	})
	accepted := map[string]bool{}
	offer := func(n int, d time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), d)
		defer cancel()
		p := post(n)
		p.Text = strings.Repeat("大厅排队", 2000)
		err := b.PublishPost(ctx, p)
		if err == nil {
			accepted[p.ID] = true
		}
		return err
	}
	if err := offer(1, time.Minute); err != nil {
		t.Fatal(err)
	}
	lift := limitFiles(t, 1<<20) // the test binary writes files of its own, which are smaller
	n := 2
	for ; offer(n, time.Second) == nil; n++ {
	}
	lift()
	for last := n + 10; n < last; n++ { // the refused one is offered again
		if err := offer(n, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "every accepted post", func() bool {
		seen := map[string]bool{}
		for _, id := range handled.all() {
			seen[id] = true
		}
		return maps.Equal(seen, accepted)
	})
}
