package bus_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"huiying"
	"huiying/internal/bus"
)

var levels = [][]string{
	{"huiying.event.red.>"},
	{"huiying.event.orange.>"},
	{"huiying.event.yellow.>", "huiying.event.blue.>", "huiying.event.none.>"},
}

// Waiting red events go before waiting yellow ones, which still move.
func TestRedGoesFirst(t *testing.T) {
	b := open(t, options(t))
	for n := range 60 {
		if err := b.PublishEvent(t.Context(), event(n, huiying.LevelYellow, "r-y")); err != nil {
			t.Fatal(err)
		}
	}
	gate := make(chan struct{})
	var order list[huiying.Level]
	background(t, func(ctx context.Context) error {
		return b.ConsumeEvents(ctx, bus.Consumer{Name: "alerts", Subjects: levels}, func(_ context.Context, e huiying.Event) error {
			order.add(e.Data.Level)
			<-gate
			return nil
		})
	})
	eventually(t, "the first event", func() bool { return order.len() == 1 })
	for n := range 14 {
		if err := b.PublishEvent(t.Context(), event(100+n, huiying.LevelRed, "r-red")); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all red ones to wait here", func() bool { return bus.Held(b, "alerts", 0) == 14 })
	close(gate)
	eventually(t, "all", func() bool { return order.len() == 74 })
	red := 0
	for _, l := range order.all()[1:17] {
		if l == huiying.LevelRed {
			red++
		}
	}
	if red < 13 || red > 15 {
		t.Errorf("%d of the 16 after the first were red: %v", red, order.all()[:20])
	}
}

// A full stream holds publishers up; nothing that was accepted is lost.
func TestFullStreamWaits(t *testing.T) {
	o := options(t)
	o.MaxBytes = 100_000
	b := open(t, o)
	accepted := map[string]bool{}
	long := func(n int) huiying.Post {
		p := post(n)
		p.Text = strings.Repeat("长", 3000)
		return p
	}
	n := 0
	for ; ; n++ {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		err := b.PublishPost(ctx, long(n))
		cancel()
		if err != nil {
			var e *huiying.Error
			if !errors.As(err, &e) || e.Key != "bus.full" || e.Code != huiying.Unavailable || !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("a full stream says %v", err)
			}
			break
		}
		accepted[long(n).ID] = true
	}
	if len(accepted) < 5 {
		t.Fatalf("only %d fit", len(accepted))
	}
	published := make(chan error, 1)
	go func() { published <- b.PublishPost(context.Background(), long(n)) }()
	accepted[long(n).ID] = true
	var got list[string]
	consumePosts(t, b, "analyzer", func(_ context.Context, p huiying.Post) error { got.add(p.ID); return nil })
	if err := <-published; err != nil {
		t.Fatal(err)
	}
	arrived := func() map[string]bool { // a post may come twice where an acknowledgement was late
		ids := map[string]bool{}
		for _, id := range got.all() {
			ids[id] = true
		}
		return ids
	}
	defer func() {
		if t.Failed() {
			t.Logf("accepted %v, arrived %v", accepted, got.all())
		}
	}()
	eventually(t, "every accepted post", func() bool { return len(arrived()) >= len(accepted) })
	for id := range arrived() {
		if !accepted[id] {
			t.Errorf("%s was refused and arrived", id)
		}
	}
}

// Two consumers, one slow and failing now and then, on streams so small that
// they are trimmed all the time: each sees every message.
func TestNothingIsLostUnderTrimming(t *testing.T) {
	o := options(t)
	o.MaxBytes = 400_000
	o.Keep = time.Nanosecond
	b := open(t, o)
	const total = 3000
	fast, slow := newSeen(), newSeen()
	var n atomic.Int64
	background(t, func(ctx context.Context) error {
		return b.ConsumeEvents(ctx, bus.Consumer{Name: "alerts", Subjects: levels, Workers: 4}, func(_ context.Context, e huiying.Event) error {
			fast.add(e.ID)
			return nil
		})
	})
	background(t, func(ctx context.Context) error {
		return b.ConsumeEventBatches(ctx, bus.Consumer{Name: "archive", Batch: 20, BatchWait: time.Millisecond}, func(_ context.Context, es []huiying.Event) error {
			if n.Add(1)%20 == 0 {
				return errors.New("now and then")
			}
			for _, e := range es {
				slow.add(e.ID)
			}
			return nil
		})
	})
	all := huiying.Levels()
	out := make(chan error, 4)
	for w := range 4 {
		go func() {
			for i := w; i < total; i += 4 {
				if err := b.PublishEvent(context.Background(), event(i, all[i*7%5], fmt.Sprintf("r-%d", i%3))); err != nil {
					out <- err
					return
				}
			}
			out <- nil
		}()
	}
	for range 4 {
		if err := <-out; err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "every event at both consumers", func() bool { return fast.len() == total && slow.len() == total })
	if parked := dead(t, b, ""); len(parked) != 0 {
		t.Errorf("%d parked", len(parked))
	}
}

type seen struct{ list[string] }

func newSeen() *seen { return &seen{} }

func (s *seen) len() int {
	ids := map[string]bool{}
	for _, id := range s.all() {
		ids[id] = true
	}
	return len(ids)
}

// The groups of a consumer may change: what was not acknowledged comes again,
// under the new groups.
func TestGroupsMayChange(t *testing.T) {
	opts := options(t)
	opts.Grace = time.Millisecond
	b := open(t, opts)
	handled := newSeen()
	consume := func(subjects [][]string, until int) {
		stop := background(t, func(ctx context.Context) error {
			return b.ConsumeEvents(ctx, bus.Consumer{Name: "alerts", Subjects: subjects}, func(ctx context.Context, e huiying.Event) error {
				if handled.len() >= until {
					<-ctx.Done() // stopped while in hand
					return ctx.Err()
				}
				handled.add(e.ID)
				return nil
			})
		})
		eventually(t, fmt.Sprint(until, " events"), func() bool { return handled.len() >= until })
		stop()
	}
	o := huiying.Levels()
	for n := range 40 {
		if err := b.PublishEvent(t.Context(), event(n, o[n%5], "r")); err != nil {
			t.Fatal(err)
		}
	}
	consume(levels, 10)
	consume([][]string{{"huiying.event.red.>", "huiying.event.orange.>"}, {"huiying.event.yellow.>", "huiying.event.blue.>", "huiying.event.none.>"}}, 20)
	consume(nil, 40)
}

func TestConsumerRefuses(t *testing.T) {
	b := open(t, options(t))
	for key, c := range map[string]bus.Consumer{
		"bus.bad_consumer": {Name: "Alerts.1"},
		"bus.bad_filter":   {Name: "a", Subjects: [][]string{{"huiying.post.>"}}},
		"bus.overlap":      {Name: "a", Subjects: [][]string{{"huiying.event.red.>"}, {"huiying.event.>"}}},
	} {
		err := b.ConsumeEvents(t.Context(), c, nil)
		var e *huiying.Error
		if !errors.As(err, &e) || e.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
	if err := b.ConsumeEvents(t.Context(), bus.Consumer{Name: "a", Subjects: [][]string{{}}}, nil); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("an empty group: %v", err)
	}
	if err := b.Consume(t.Context(), bus.Consumer{Name: "a"}, nil); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("no subjects: %v", err)
	}
}

// A handler that needs longer than AckWait is not called a second time.
func TestLongWorkIsNotDeliveredTwice(t *testing.T) {
	b := open(t, options(t))
	gate := make(chan struct{})
	var calls atomic.Int32
	background(t, func(ctx context.Context) error {
		return b.ConsumePosts(ctx, bus.Consumer{Name: "analyzer", AckWait: 300 * time.Millisecond, Workers: 2}, func(context.Context, huiying.Post) error {
			calls.Add(1)
			<-gate
			return nil
		})
	})
	if err := b.PublishPost(t.Context(), post(1)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the first call", func() bool { return calls.Load() == 1 })
	start := time.Now()
	eventually(t, "four AckWaits", func() bool { return time.Since(start) > 1200*time.Millisecond })
	close(gate)
	if n := calls.Load(); n != 1 {
		t.Errorf("called %d times", n)
	}
}

// Close lets a running handler finish, and then what it did is acknowledged.
func TestCloseWaitsForHandlers(t *testing.T) {
	o := options(t)
	b := open(t, o)
	entered, gate := make(chan struct{}), make(chan struct{})
	var calls atomic.Int32
	done := make(chan error, 1)
	consume := func(b *bus.Bus) {
		done <- b.ConsumePosts(context.Background(), bus.Consumer{Name: "analyzer"}, func(ctx context.Context, _ huiying.Post) error {
			if calls.Add(1) == 1 {
				close(entered)
			}
			<-gate
			return ctx.Err()
		})
	}
	go consume(b)
	if err := b.PublishPost(t.Context(), post(1)); err != nil {
		t.Fatal(err)
	}
	<-entered
	closed := make(chan error, 1)
	go func() { closed <- b.Close() }()
	select {
	case err := <-closed:
		t.Fatalf("closed under a running handler: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(gate)
	if err := errors.Join(<-done, <-closed); err != nil {
		t.Fatal(err)
	}
	b = open(t, o)
	if err := b.PublishPost(t.Context(), post(2)); err != nil {
		t.Fatal(err)
	}
	go consume(b)
	eventually(t, "the second post", func() bool { return calls.Load() == 2 })
	if err := errors.Join(b.Close(), <-done); err != nil {
		t.Fatal(err)
	}
}

// A consumer whose handler waits for the world to come back ends at once, and
// its message comes again.
func TestCloseDoesNotWaitForTheWorld(t *testing.T) {
	o := options(t)
	o.Grace = time.Hour
	b := open(t, o)
	var calls, attempts atomic.Int32
	stop := background(t, func(ctx context.Context) error {
		return b.Consume(ctx, bus.Consumer{Name: "cases", Subjects: [][]string{{"huiying.case.>"}}}, func(context.Context, bus.Message) error {
			calls.Add(1)
			return huiying.Errorf(huiying.Unavailable, "bus.closed")
		})
	})
	if err := b.Publish(t.Context(), "huiying.case.ack", "1", nil); err != nil {
		t.Fatal(err)
	}
	eventually(t, "two calls", func() bool { return calls.Load() == 2 })
	if err := b.Consume(t.Context(), bus.Consumer{Name: "cases", Subjects: [][]string{{"huiying.case.>"}}}, nil); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("the same consumer twice: %v", err)
	}
	stop()
	background(t, func(ctx context.Context) error {
		return b.Consume(ctx, bus.Consumer{Name: "cases", Subjects: [][]string{{"huiying.case.>"}}}, func(_ context.Context, m bus.Message) error {
			attempts.Store(int32(m.Attempt))
			return nil
		})
	})
	eventually(t, "the message again", func() bool { return attempts.Load() == 1 })
}

// A handler that ignores the end is cancelled after Grace, and its message is
// not counted as failed work of the message's own making.
func TestCloseCancelsAfterGrace(t *testing.T) {
	o := options(t)
	o.Grace = 10 * time.Millisecond
	b := open(t, o)
	entered := make(chan struct{})
	stop := consumePosts(t, b, "analyzer", func(ctx context.Context, _ huiying.Post) error {
		close(entered)
		<-ctx.Done()
		return ctx.Err()
	})
	if err := b.PublishPost(t.Context(), post(1)); err != nil {
		t.Fatal(err)
	}
	<-entered
	stop()
	again := make(chan struct{})
	consumePosts(t, b, "analyzer", func(context.Context, huiying.Post) error { close(again); return nil })
	<-again
}
