package pulse_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/posts"
	"huiying/internal/store/pulse"
	"huiying/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func archive(t *testing.T, s *store.Store, id string, at time.Time, words ...string) {
	t.Helper()
	j := huiying.Judgement{Post: huiying.Post{ID: id, Source: "weibo", Platform: "weibo", CollectedAt: at}, Level: huiying.LevelNone}
	for _, w := range words {
		j.Keywords = append(j.Keywords, huiying.Keyword{Word: w})
	}
	if err := posts.NewArchive(s).SaveEvents(t.Context(), []huiying.Event{huiying.NewEvent(j, at)}); err != nil {
		t.Fatal(err)
	}
}

// Hot words are those that several posts of the day have; the number is what a
// search finds, and is kept for some minutes. Hours are those of whole weeks.
func TestPulse(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		now := clock.Now()
		for i := range 3 {
			archive(t, s, fmt.Sprint("weibo:", i), now.Add(-time.Duration(i)*time.Hour), "排队", fmt.Sprint("只此", i))
		}
		archive(t, s, "weibo:old", now.Add(-25*time.Hour), "停车")
		archive(t, s, "weibo:older", now.Add(-25*time.Hour), "停车")
		archive(t, s, "weibo:ancient", now.AddDate(0, 0, -40), "停车")
		asked := 0
		r := pulse.New(s, func(_ context.Context, q query.PostSearch) (query.PostsFound, error) {
			asked++
			if q.Text != `"排队"` || !q.From.Equal(now.Add(-24*time.Hour)) || !q.Scope.All {
				t.Errorf("%+v", q)
			}
			return query.PostsFound{PostList: query.PostList{Total: 7}}, nil
		})
		r.Took(time.Second)
		for range 2 {
			got, err := r.Pulse(t.Context())
			if err != nil || len(got.Words) != 1 || got.Words[0].Value != "排队" || got.Words[0].N != 7 {
				t.Fatalf("%+v, %v", got.Words, err)
			}
			old := now.Add(-25 * time.Hour).In(s.Zone())
			if got.Heat.Total < 2 || got.Heat.Count[(int(old.Weekday())+6)%7][old.Hour()] < 2 || got.Heat.To.Sub(got.Heat.From) != 28*24*time.Hour {
				t.Errorf("%+v", got.Heat)
			}
		}
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
		clock.Advance(5 * time.Minute)
		now = clock.Now()
		if _, err := r.Pulse(t.Context()); err != nil || asked != 2 {
			t.Errorf("not looked at again: %d, %v", asked, err)
		}
	})
}

// While the index is made, hours are told and words are not; whoever closes the
// page meanwhile does not waste what others wait for.
func TestWithoutIndex(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		for i := range 3 {
			archive(t, s, fmt.Sprint("weibo:", i), clock.Now().Add(-25*time.Hour), "排队")
			archive(t, s, fmt.Sprint("weibo:now", i), clock.Now(), "排队")
		}
		ready := false
		r := pulse.New(s, func(ctx context.Context, _ query.PostSearch) (query.PostsFound, error) {
			if !ready {
				return query.PostsFound{}, huiying.Errorf(huiying.Unavailable, "search.loading")
			}
			return query.PostsFound{PostList: query.PostList{Total: 3}}, ctx.Err()
		})
		got, err := r.Pulse(t.Context())
		if err != nil || got.Heat.Total != 3 || len(got.Words) != 0 {
			t.Fatalf("%d, %+v, %v", got.Heat.Total, got.Words, err)
		}
		ready = true
		gone, leave := context.WithCancel(t.Context())
		leave()
		if got, err = r.Pulse(gone); err != nil || len(got.Words) != 1 {
			t.Errorf("%+v, %v", got.Words, err)
		}
	})
}

// What took no time is looked at anew.
func TestNothingIsOldInASmallOffice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		r := pulse.New(s, func(context.Context, query.PostSearch) (query.PostsFound, error) {
			return query.PostsFound{PostList: query.PostList{Total: 3}}, nil
		})
		r.Took(0)
		for n := range 3 {
			archive(t, s, fmt.Sprint("weibo:", n), clock.Now(), "排队")
			if got, err := r.Pulse(t.Context()); err != nil || len(got.Words) != min(n, 1) {
				t.Errorf("%d posts: %+v, %v", n+1, got.Words, err)
			}
		}
	})
}

// While it runs, the first page already finds the answers.
func TestRun(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		for i := range 2 {
			archive(t, s, fmt.Sprint("weibo:", i), clock.Now().Add(-25*time.Hour), "停车")
			archive(t, s, fmt.Sprint("weibo:now", i), clock.Now(), "排队")
		}
		asked := make(chan struct{})
		r := pulse.New(s, func(context.Context, query.PostSearch) (query.PostsFound, error) {
			asked <- struct{}{}
			return query.PostsFound{PostList: query.PostList{Total: 5}}, nil
		})
		r.Took(time.Second)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- r.Run(ctx) }()
		<-asked // by nobody
		if got, err := r.Pulse(t.Context()); err != nil || len(got.Words) != 1 || got.Words[0].N != 5 || got.Heat.Total != 2 {
			t.Errorf("%+v, %d, %v", got.Words, got.Heat.Total, err)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// Hours begin with the first post, go on to the present one, and hold what the
// archive holds by level; an empty archive has the present hour alone.
func TestHours(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		r := pulse.New(s, nil)
		if got, err := r.Hours(t.Context()); err != nil || len(got) != 1 || len(got[0].Count) != 0 {
			t.Fatalf("%+v, %v", got, err)
		}
		now := clock.Now()
		for i, ago := range []time.Duration{0, time.Minute, 26 * time.Hour} {
			archive(t, s, fmt.Sprint("weibo:", i), now.Add(-ago))
		}
		clock.Advance(time.Second)
		got, err := pulse.New(s, nil).Hours(t.Context())
		first, last := now.Add(-26*time.Hour).Truncate(time.Hour), clock.Now().Truncate(time.Hour)
		if err != nil || !got[0].From.Equal(first) || !got[len(got)-1].From.Equal(last) || len(got) != int(last.Sub(first)/time.Hour)+1 {
			t.Fatalf("%d hours from %v, %v", len(got), got[0].From, err)
		}
		sum := 0
		for _, h := range got {
			sum += h.Count[huiying.LevelNone]
		}
		if sum != 3 || got[0].Count[huiying.LevelNone] != 1 {
			t.Errorf("%d posts, %+v", sum, got[0])
		}
		archive(t, s, "weibo:ancient", now.AddDate(0, 0, -90))
		if got, err = pulse.New(s, nil).Hours(t.Context()); err != nil || len(got) != 60*24 {
			t.Errorf("%d hours, %v", len(got), err)
		}
	})
}
