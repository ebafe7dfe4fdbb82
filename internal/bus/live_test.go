package bus_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"huiying"
	"huiying/internal/bus"
)

func TestTraceIsCarried(t *testing.T) {
	b := open(t, options(t))
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	got := make(chan string, 1)
	consumePosts(t, b, "analyzer", func(ctx context.Context, p huiying.Post) error {
		return b.PublishEvent(ctx, huiying.NewEvent(huiying.Judgement{Post: p, Level: huiying.LevelNone}, p.CollectedAt))
	})
	background(t, func(ctx context.Context) error {
		return b.ConsumeEvents(ctx, bus.Consumer{Name: "archive"}, func(ctx context.Context, _ huiying.Event) error {
			got <- bus.Trace(ctx)
			return nil
		})
	})
	if err := b.PublishPost(bus.WithTrace(t.Context(), parent), post(1)); err != nil {
		t.Fatal(err)
	}
	if tp := <-got; tp != parent {
		t.Errorf("got %q", tp)
	}
}

// Of several posts in hand each goes on in its own trace.
func TestTracesOfABatch(t *testing.T) {
	b := open(t, options(t))
	parent := func(n int) string {
		return fmt.Sprintf("00-4bf92f3577b34da6a3ce929d0e0e47%02d-00f067aa0ba902b7-01", n)
	}
	for n := range 4 {
		ctx := t.Context()
		if n > 0 { // the first has none
			ctx = bus.WithTrace(ctx, parent(n))
		}
		if err := b.PublishPost(ctx, post(n)); err != nil {
			t.Fatal(err)
		}
	}
	var most atomic.Int64
	background(t, func(ctx context.Context) error {
		return b.ConsumePostBatches(ctx, bus.Consumer{Name: "analyzer", Batch: 4, BatchWait: time.Second}, func(ctx context.Context, ps []huiying.Post) error {
			most.Store(max(most.Load(), int64(len(ps))))
			var events []huiying.Event
			for _, p := range ps {
				events = append(events, huiying.NewEvent(huiying.Judgement{Post: p, Level: huiying.LevelNone}, p.CollectedAt))
			}
			return b.PublishEvents(ctx, events)
		})
	})
	var got list[string]
	background(t, func(ctx context.Context) error {
		return b.ConsumeEvents(ctx, bus.Consumer{Name: "archive"}, func(ctx context.Context, e huiying.Event) error {
			got.add(e.Subject + " " + bus.Trace(ctx))
			return nil
		})
	})
	eventually(t, "every event", func() bool { return len(got.all()) == 4 })
	for n, line := range slices.Sorted(slices.Values(got.all())) {
		want := post(n).ID + " "
		if n > 0 {
			want += parent(n)
		}
		if line != want {
			t.Errorf("got %q, want %q", line, want)
		}
	}
	if most.Load() != 4 {
		t.Errorf("%d posts at once, want 4", most.Load())
	}
}

func TestLive(t *testing.T) {
	b := open(t, options(t))
	if err := b.Publish(t.Context(), "huiying.alert.red.u-1", "old", []byte("old")); err != nil {
		t.Fatal(err)
	}
	var got list[string]
	stop := background(t, func(ctx context.Context) error {
		return b.Live(ctx, []string{"huiying.alert.>", "huiying.case.>"}, func(subject string, body []byte) {
			got.add(subject + " " + string(body))
		})
	})
	// Both streams are followed once a probe of each has come through.
	probe := 0
	eventually(t, "Live to listen", func() bool {
		probe++
		for _, subject := range []string{"huiying.alert.red.probe", "huiying.case.probe"} {
			if err := b.Publish(t.Context(), subject, "", nil); err != nil {
				t.Fatal(err)
			}
		}
		all := strings.Join(got.all(), "\n")
		return contains(all, "huiying.alert.red.probe") && contains(all, "huiying.case.probe")
	})
	for range 2 { // a duplicate is not stored and not shown
		if err := b.Publish(t.Context(), "huiying.case.ack", "1", []byte("step")); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Publish(t.Context(), "huiying.case.close", "2", []byte("end")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the last message", func() bool { return contains(strings.Join(got.all(), "\n"), "huiying.case.close end") })
	stop()
	all := strings.Join(got.all(), "\n")
	if strings.Count(all, "huiying.case.ack step") != 1 || contains(all, "old") {
		t.Errorf("live saw:\n%s", all)
	}
	if err := b.Live(t.Context(), []string{"nothing"}, nil); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("a bad subject: %v", err)
	}
}
