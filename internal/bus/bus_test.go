package bus_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/bus"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(child(dir))
	}
	goleak.VerifyTestMain(m)
}

var office = time.FixedZone("office", 8*3600)

// options are those of a quick test: failed deliveries come back at once.
func options(t testing.TB) bus.Options {
	return bus.Options{
		Dir:     t.TempDir(),
		Backoff: []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond},
		Zone:    office,
		Logger:  logger(t),
	}
}

func logger(t testing.TB) *slog.Logger {
	out := io.Discard
	if testing.Verbose() {
		out = t.Output()
	}
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

func open(t testing.TB, o bus.Options) *bus.Bus {
	t.Helper()
	b, err := bus.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func post(n int) huiying.Post {
	return huiying.Post{
		ID: fmt.Sprintf("weibo:%d", 5000000000+n), Source: "weibo-mentions", Platform: huiying.PlatformWeibo, Kind: huiying.KindPost,
		URL: "https://m.weibo.cn/detail/1", Text: fmt.Sprintf("第 %d 条：大厅今天又排长队 <b>", n),
		Author:      huiying.Author{ID: "k-1", Name: "k-2", Verified: "none"},
		PublishedAt: time.Date(2026, 11, 23, 1, 2, 3, 0, time.UTC), PublishedPrecision: huiying.PrecisionSecond,
		CollectedAt: time.Date(2026, 11, 23, 1, 2, 9, 0, time.UTC),
	}
}

func event(n int, level huiying.Level, rule string) huiying.Event {
	j := huiying.Judgement{Post: post(n), Level: level}
	if rule != "" {
		j.Tags = []huiying.Tag{{Rule: rule, Name: rule, Level: level, Matches: []huiying.Match{}}}
	}
	return huiying.NewEvent(j, time.Date(2026, 11, 23, 1, 2, 10, 0, time.UTC))
}

// eventually waits for a condition that other goroutines bring about.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !cond() {
		if time.Now().After(deadline) {
			t.Fatalf("waited 30 s for: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// background runs a blocking call of the bus and checks its error at the end
// of the test.
func background(t testing.TB, run func(ctx context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// list is one that several goroutines append to.
type list[T any] struct {
	mu sync.Mutex
	of []T
}

func (l *list[T]) add(v T) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of = append(l.of, v)
	return len(l.of)
}

func (l *list[T]) all() []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]T(nil), l.of...)
}

func (l *list[T]) len() int { return len(l.all()) }

func TestPublishedPostIsConsumedOnce(t *testing.T) {
	o := options(t)
	reg := prometheus.NewRegistry()
	o.Registerer = reg
	var points list[string]
	o.Checkpoint = func(p string) { points.add(p) }
	b := open(t, o)
	for range 3 { // the same revision again is no news
		if err := b.PublishPost(t.Context(), post(1)); err != nil {
			t.Fatal(err)
		}
	}
	edited := post(1)
	edited.Text = "改过的正文"
	if err := b.PublishPost(t.Context(), edited); err != nil {
		t.Fatal(err)
	}
	var got list[huiying.Post]
	stop := background(t, func(ctx context.Context) error {
		return b.ConsumePosts(ctx, bus.Consumer{Name: "analyzer"}, func(_ context.Context, p huiying.Post) error {
			got.add(p)
			return nil
		})
	})
	eventually(t, "two posts", func() bool { return got.len() == 2 })
	stop()
	posts := got.all()
	if posts[0].Text != post(1).Text || posts[1].Text != edited.Text {
		t.Errorf("got %q then %q", posts[0].Text, posts[1].Text)
	}
	if _, offset := posts[0].PublishedAt.Zone(); offset != 8*3600 || !posts[0].PublishedAt.Equal(post(1).PublishedAt) {
		t.Errorf("published_at is %v", posts[0].PublishedAt)
	}
	if p := points.all(); len(p) != 2 || p[0] != "posts.handled" {
		t.Errorf("checkpoints %v", p)
	}
	want := "# HELP huiying_bus_delivered_total Messages handed to a consumer.\n# TYPE huiying_bus_delivered_total counter\nhuiying_bus_delivered_total{consumer=\"analyzer\"} 2\n"
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "huiying_bus_delivered_total"); err != nil {
		t.Error(err)
	}
}

func TestIdleBusDeliversWithinMilliseconds(t *testing.T) {
	b := open(t, options(t))
	seen := make(chan time.Time, 1)
	background(t, func(ctx context.Context) error {
		return b.ConsumeEvents(ctx, bus.Consumer{Name: "alerts", Subjects: levels}, func(context.Context, huiying.Event) error {
			seen <- time.Now()
			return nil
		})
	})
	fastest := time.Hour
	for n := range 20 {
		sent := time.Now()
		if err := b.PublishEvent(t.Context(), event(n, huiying.LevelRed, "r-queue")); err != nil {
			t.Fatal(err)
		}
		fastest = min(fastest, (<-seen).Sub(sent))
	}
	t.Logf("publish to handler: %v at best", fastest)
	if fastest > 50*time.Millisecond {
		t.Errorf("the fastest of 20 took %v", fastest)
	}
}

func TestPublishRefuses(t *testing.T) {
	b := open(t, options(t))
	for name, tc := range map[string]struct {
		subject, id string
		body        []byte
		key         string
	}{
		"too large":        {"huiying.case.ack", "1", make([]byte, bus.MaxMessage+1), "bus.too_large"},
		"no stream":        {"huiying.weather.rain", "1", nil, "bus.bad_subject"},
		"wildcard":         {"huiying.case.>", "1", nil, "bus.bad_subject"},
		"empty token":      {"huiying.case..x", "1", nil, "bus.bad_subject"},
		"not ours":         {"other.case.ack", "1", nil, "bus.bad_subject"},
		"newline in an id": {"huiying.case.ack", "1\r\nX: y", nil, "bus.bad_msg_id"},
	} {
		err := b.Publish(t.Context(), tc.subject, tc.id, tc.body)
		var e *huiying.Error
		if !errors.As(err, &e) || e.Key != tc.key || e.Code != huiying.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := b.PublishPost(t.Context(), huiying.Post{}); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("an empty post: %v", err)
	}
}

func TestPublishAll(t *testing.T) {
	b := open(t, options(t))
	out := make([]bus.Outgoing, 500)
	for i := range out {
		out[i] = bus.Outgoing{Subject: "huiying.case.ack", ID: fmt.Sprint(i % 250), Body: []byte(fmt.Sprint(i))}
	}
	if err := b.PublishAll(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	var got list[bus.Message]
	background(t, func(ctx context.Context) error {
		return b.Consume(ctx, bus.Consumer{Name: "cases", Subjects: [][]string{{"huiying.case.>"}}}, func(_ context.Context, m bus.Message) error {
			got.add(m)
			return nil
		})
	})
	eventually(t, "250 distinct messages", func() bool { return got.len() == 250 })
	if m := got.all()[7]; m.ID != "7" || string(m.Body) != "7" || m.Subject != "huiying.case.ack" {
		t.Errorf("message 7 is %+v", m)
	}
}

func TestRestartKeepsWhatWasNotAcknowledged(t *testing.T) {
	o := options(t)
	o.Grace = time.Millisecond
	b := open(t, o)
	if b.Unclean() {
		t.Error("a new folder is unclean")
	}
	for n := range 10 {
		if err := b.PublishPost(t.Context(), post(n)); err != nil {
			t.Fatal(err)
		}
	}
	var got list[string]
	consume := func(b *bus.Bus, handle func(context.Context, huiying.Post) error) (stop func()) {
		return background(t, func(ctx context.Context) error {
			return b.ConsumePosts(ctx, bus.Consumer{Name: "analyzer"}, handle)
		})
	}
	// Half are handled; the others are in hand or wait here when it ends.
	stop := consume(b, func(ctx context.Context, p huiying.Post) error {
		if got.len() == 5 {
			<-ctx.Done()
			return ctx.Err()
		}
		got.add(p.ID)
		return nil
	})
	eventually(t, "five posts", func() bool { return got.len() == 5 })
	stop()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = open(t, o)
	if b.Unclean() {
		t.Error("a closed folder is unclean")
	}
	stop = consume(b, func(_ context.Context, p huiying.Post) error { got.add(p.ID); return nil })
	eventually(t, "ten posts", func() bool { return got.len() >= 10 })
	stop()
	seen := map[string]int{}
	for _, id := range got.all() {
		seen[id]++
	}
	if len(seen) != 10 || got.len() != 10 {
		t.Errorf("handled %v", seen)
	}
}

func TestFolderIsLockedAndMarked(t *testing.T) {
	o := options(t)
	b := open(t, o)
	_, err := bus.Open(t.Context(), o)
	if huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("a second process: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if err := b.PublishPost(canceled(), post(1)); huiying.ErrorCode(err) != huiying.Unavailable {
		t.Errorf("publishing on a closed bus: %v", err)
	}
	if err := b.ConsumePosts(t.Context(), bus.Consumer{Name: "late"}, nil); huiying.ErrorCode(err) != huiying.Unavailable {
		t.Errorf("consuming on a closed bus: %v", err)
	}
	// What a killed process leaves behind.
	if err := os.WriteFile(filepath.Join(o.Dir, "running"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b = open(t, o)
	if !b.Unclean() {
		t.Error("a killed process was not noticed")
	}
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
