package papers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/internal/app/papers"
	"huiying/internal/store"
	"huiying/internal/store/posts"
	"huiying/internal/store/purges"
	"huiying/internal/store/storetest"
)

// A run is due at three in the night of the office, once; one that was missed
// while the service stood still is made at its start; copies outside follow.
func TestRetentionOnceADay(t *testing.T) {
	clock := storetest.NewClock() // 09:00 in the office
	o := storetest.Options(clock)
	o.Zone = time.FixedZone("CST", 8*3600)
	s := storetest.New(t, o)
	save := func(n int, at time.Time) string {
		id := fmt.Sprintf("weibo:%d", 5230000000000000+n)
		ev := huiying.NewEvent(huiying.Judgement{Level: huiying.LevelNone, Post: huiying.Post{
			ID: id, Source: "weibo", Platform: "weibo", Kind: "post", Text: "取号机坏了", Evidence: huiying.Digest(id), CollectedAt: at,
		}}, at)
		if err := posts.NewArchive(s).SaveEvents(t.Context(), []huiying.Event{ev}); err != nil {
			t.Fatal(err)
		}
		return id
	}
	month := 30 * 24 * time.Hour
	woken := 0
	r := papers.NewRetention(papers.Retention{Store: s, PostsFor: month, Now: clock.Now, Purged: func() { woken++ }})
	reg := prometheus.NewRegistry()
	if err := r.Register(reg); err != nil {
		t.Fatal(err)
	}
	step := func(want int) {
		t.Helper()
		if n, err := r.Step(t.Context()); err != nil || n != want {
			t.Errorf("%v: %d went, want %d, %v", clock.Now(), n, want, err)
		}
	}
	old := save(1, clock.Now().Add(-month-time.Second))
	step(1)
	save(2, clock.Now().Add(-month-time.Second))
	young := save(3, clock.Now().Add(-month+time.Minute))
	step(0) // it was today's
	clock.Advance(17*time.Hour + 59*time.Minute)
	step(0) // 02:59
	clock.Advance(time.Minute)
	step(2)
	save(4, clock.Now().Add(-month-time.Second))
	clock.Advance(5 * 24 * time.Hour) // the service stood still
	step(1)
	step(0)
	if got := figure(t, reg, "huiying_retention_posts_total"); got != 4 || woken != 3 {
		t.Errorf("%v posts counted, woken %d times", got, woken)
	}
	if got := figure(t, reg, "huiying_retention_last_run_timestamp_seconds"); got != float64(clock.Now().Unix()) {
		t.Errorf("last run at %v", got)
	}
	if got := figure(t, reg, "huiying_retention_oldest_post_timestamp_seconds"); got != 0 {
		t.Errorf("the oldest post is of %v, and none is left", got)
	}
	if last, err := purges.LastRun(t.Context(), s.Reader()); err != nil || !last.Equal(clock.Now()) {
		t.Errorf("last run %v, %v", last, err)
	}
	f := &outside{bodies: []string{`{"id":"` + old + `"}`, `{"id":"e","data":{"post":{"id":"` + young + `"}}}`, `{"id":"weibo:9"}`}}
	if err := (papers.Sweeper{Store: s, Pages: f, Messages: f}).Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	runs, err := purges.Runs(t.Context(), s.Reader())
	if err != nil || len(f.pages) != 4 || strings.Join(f.bodies, "") != `{"id":"weibo:9"}` || len(runs) != 3 || runs[0].SweptAt.IsZero() {
		t.Errorf("pages %v, messages %v, runs %+v, %v", f.pages, f.bodies, runs, err)
	}
}

func figure(t *testing.T, reg *prometheus.Registry, name string) float64 {
	t.Helper()
	list, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range list {
		if m.GetName() == name {
			return m.GetMetric()[0].GetCounter().GetValue() + m.GetMetric()[0].GetGauge().GetValue()
		}
	}
	t.Fatalf("no figure %s", name)
	return 0
}

// Where the configuration says 0 nothing goes, and whoever asks is told.
func TestRetentionOff(t *testing.T) {
	s := storetest.New(t, store.Options{})
	r := papers.NewRetention(papers.Retention{Store: s, Now: time.Now})
	if n, err := r.Step(t.Context()); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := r.Retire(t.Context(), "cli"); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("a run: %v", err)
	}
	if _, err := r.Due(t.Context()); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("a plan: %v", err)
	}
}
