package bus_test

import (
	"context"
	"strings"
	"testing"

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
