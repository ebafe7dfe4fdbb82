package bus_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/internal/bus"
)

func contains(s, sub string) bool { return strings.Contains(s, sub) }

func consumePosts(t *testing.T, b *bus.Bus, name string, handle func(context.Context, huiying.Post) error) (stop func()) {
	t.Helper()
	return background(t, func(ctx context.Context) error {
		return b.ConsumePosts(ctx, bus.Consumer{Name: name}, handle)
	})
}

func dead(t *testing.T, b *bus.Bus, room string) []bus.Parked {
	t.Helper()
	list, err := b.Dead(t.Context(), room, 100)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestFourthDeliveryIsParkedAndReplayed(t *testing.T) {
	for name, fail := range map[string]func(){
		"error": func() {},
		"panic": func() { panic("no\nsuch thing") },
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, options(t))
			var calls, others atomic.Int32
			var healed atomic.Bool
			consumePosts(t, b, "analyzer", func(context.Context, huiying.Post) error {
				calls.Add(1)
				if healed.Load() {
					return nil
				}
				fail()
				return errors.New("no\nsuch thing")
			})
			consumePosts(t, b, "second", func(context.Context, huiying.Post) error { others.Add(1); return nil })
			if err := b.PublishPost(t.Context(), post(1)); err != nil {
				t.Fatal(err)
			}
			eventually(t, "parking", func() bool { return len(dead(t, b, "analyzer")) == 1 })
			if n := calls.Load(); n != 3 {
				t.Errorf("the handler ran %d times before parking", n)
			}
			p := dead(t, b, "")[0]
			if p.Room != "analyzer" || p.Consumer != "analyzer" || p.Attempts != 3 || p.ID != post(1).MessageID() ||
				p.Subject != "huiying.post.weibo.weibo-mentions" || !contains(p.Error, "no such thing") || p.At.IsZero() {
				t.Errorf("parked as %+v", p)
			}
			healed.Store(true)
			if err := b.Replay(t.Context(), "analyzer", p.Seq); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the replay", func() bool { return calls.Load() == 4 })
			if len(dead(t, b, "")) != 0 {
				t.Error("still parked after its replay")
			}
			// A later post shows that the other consumer saw nothing between.
			if err := b.PublishPost(t.Context(), post(2)); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the next post", func() bool { return others.Load() >= 2 && calls.Load() == 5 })
			if n := others.Load(); n != 2 {
				t.Errorf("the other consumer saw %d messages", n)
			}
			if err := b.Replay(t.Context(), "analyzer", p.Seq); huiying.ErrorCode(err) != huiying.NotFound {
				t.Errorf("replaying again: %v", err)
			}
		})
	}
}

// A replay is a first delivery under the old subject and id, and can be parked
// again.
func TestReplayIsParkedAgain(t *testing.T) {
	b := open(t, options(t))
	var got list[bus.Message]
	background(t, func(ctx context.Context) error {
		return b.Consume(ctx, bus.Consumer{Name: "cases", Subjects: [][]string{{"huiying.case.ack"}, {"huiying.case.close"}}},
			func(_ context.Context, m bus.Message) error {
				got.add(m)
				return errors.New("never")
			})
	})
	if err := b.Publish(t.Context(), "huiying.case.close", "c1", []byte("x")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "parking", func() bool { return len(dead(t, b, "cases")) == 1 })
	first := dead(t, b, "cases")[0]
	if first.Consumer != "cases-1" {
		t.Errorf("failed in %s", first.Consumer)
	}
	if err := b.Replay(t.Context(), "cases", first.Seq); err != nil {
		t.Fatal(err)
	}
	eventually(t, "parking again", func() bool { d := dead(t, b, "cases"); return len(d) == 1 && d[0].Seq != first.Seq })
	second := dead(t, b, "cases")[0]
	if second.Subject != "huiying.case.close" || second.ID != "c1" || second.Bytes != 1 || second.Attempts != 3 {
		t.Errorf("parked again as %+v", second)
	}
	want := []bus.Message{}
	for range 2 {
		for n := 1; n <= 3; n++ {
			want = append(want, bus.Message{Subject: "huiying.case.close", ID: "c1", Body: []byte("x"), Attempt: n})
		}
	}
	if d := cmp.Diff(want, got.all()); d != "" {
		t.Error(d)
	}
	if err := b.Discard(t.Context(), "analyzer", second.Seq); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("discarding under another room: %v", err)
	}
	if err := b.Discard(t.Context(), "cases", second.Seq); err != nil || len(dead(t, b, "")) != 0 {
		t.Errorf("discard: %v", err)
	}
}

func TestUnreadableMessagesAreParkedUntouched(t *testing.T) {
	b := open(t, options(t))
	touched := make(chan string, 10)
	consumePosts(t, b, "analyzer", func(_ context.Context, p huiying.Post) error { touched <- p.ID; return nil })
	background(t, func(ctx context.Context) error {
		return b.ConsumeEvents(ctx, bus.Consumer{Name: "alerts"}, func(_ context.Context, e huiying.Event) error {
			touched <- e.ID
			return nil
		})
	})
	for subject, body := range map[string]string{
		"huiying.post.weibo.x":       `{"id":`,
		"huiying.post.weibo.y":       `{"id":"no-colon"}`,
		"huiying.event.red.r-1":      `[]`,
		"huiying.event.none.other":   `{"type":"huiying.event.v9"}`,
		"huiying.event.none.nothing": ``,
	} {
		if err := b.Publish(t.Context(), subject, "", []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "five parked", func() bool { return len(dead(t, b, "")) == 5 })
	for _, p := range dead(t, b, "") {
		if p.Attempts != 0 || p.Error == "" {
			t.Errorf("%s parked as %+v", p.Subject, p)
		}
	}
	select {
	case id := <-touched:
		t.Errorf("a handler saw %q", id)
	default:
	}
}

func TestReplayNeedsItsConsumer(t *testing.T) {
	b := open(t, options(t))
	if err := b.Publish(t.Context(), "huiying.dead.gone", "", []byte("x")); err != nil {
		t.Fatal(err)
	}
	p := dead(t, b, "gone")[0]
	if err := b.Replay(t.Context(), "gone", p.Seq); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("replay: %v", err)
	}
	if len(dead(t, b, "gone")) != 1 {
		t.Error("a failed replay removed the message")
	}
}

// While the world is down a message stays with its worker: no delivery is
// spent on it.
func TestUnavailableIsNotAFailure(t *testing.T) {
	b := open(t, options(t))
	var got list[int]
	background(t, func(ctx context.Context) error {
		return b.Consume(ctx, bus.Consumer{Name: "cases", Subjects: [][]string{{"huiying.case.>"}}}, func(_ context.Context, m bus.Message) error {
			if got.add(m.Attempt) < 3 {
				return huiying.Errorf(huiying.Unavailable, "bus.closed")
			}
			return nil
		})
	})
	if err := b.Publish(t.Context(), "huiying.case.ack", "1", nil); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the third call", func() bool { return got.len() == 3 })
	if d := cmp.Diff([]int{1, 1, 1}, got.all()); d != "" {
		t.Error(d)
	}
}

// One bad event in a batch is parked alone.
func TestBatchWithOneBadEvent(t *testing.T) {
	b := open(t, options(t))
	for n := range 50 {
		if err := b.PublishEvent(t.Context(), event(n, huiying.LevelNone, "")); err != nil {
			t.Fatal(err)
		}
	}
	var sizes list[int]
	var stored list[string]
	bad := event(20, huiying.LevelNone, "").ID
	background(t, func(ctx context.Context) error {
		return b.ConsumeEventBatches(ctx, bus.Consumer{Name: "archive", Batch: 25}, func(_ context.Context, es []huiying.Event) error {
			sizes.add(len(es))
			for _, e := range es {
				if e.ID == bad {
					return errors.New("bad")
				}
			}
			for _, e := range es {
				stored.add(e.ID)
			}
			return nil
		})
	})
	eventually(t, "49 stored and one parked", func() bool { return stored.len() == 49 && len(dead(t, b, "archive")) == 1 })
	if p := dead(t, b, "archive")[0]; p.ID != bad || p.Attempts != 3 {
		t.Errorf("parked %+v", p)
	}
	if s := sizes.all(); s[0] < 2 {
		t.Errorf("batches of %v", s)
	}
}
