package store_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"huiying/internal/store"
)

// lately is a question whose answers the test gives, one by one.
type lately struct {
	t   *testing.T
	now time.Time
	of  store.Lately[string, int]

	looks   chan string
	answers chan any // int or error
}

func newLately(t *testing.T, took time.Duration) *lately {
	l := &lately{t: t, now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), looks: make(chan string, 1), answers: make(chan any, 1)}
	l.of.Took = func() func() time.Duration { return func() time.Duration { return took } }
	return l
}

func (l *lately) span() store.Span {
	return store.Span{For: time.Minute, Now: func() time.Time { return l.now }}
}

func (l *lately) find(key string) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		l.looks <- key
		switch a := (<-l.answers).(type) {
		case int:
			return a, ctx.Err()
		default:
			return 0, a.(error)
		}
	}
}

// told asks and wants an answer without a look.
func (l *lately) told(key string, want int) {
	l.t.Helper()
	got, err := l.of.Get(l.t.Context(), key, l.span(), func(context.Context) (int, error) {
		l.t.Errorf("%s: looked", key)
		return 0, nil
	})
	if err != nil || got != want {
		l.t.Errorf("%s: %d, %v; want %d", key, got, err, want)
	}
}

// looked asks and wants the look that was made for it.
func (l *lately) looked(ctx context.Context, key string, answer any) error {
	l.t.Helper()
	l.answers <- answer
	got, err := l.of.Get(ctx, key, l.span(), l.find(key))
	if looked := <-l.looks; looked != key || err == nil && got != answer {
		l.t.Errorf("%s: %d, %s", key, got, looked)
	}
	return err
}

// Without Run an answer is given again for its span, of whichever question; what
// failed is not kept, and who goes away does not waste a look.
func TestLately(t *testing.T) {
	l := newLately(t, time.Second)
	gone, leave := context.WithCancel(t.Context())
	leave()
	if err := l.looked(gone, "a", 1); err != nil {
		t.Error(err)
	}
	l.now = l.now.Add(59 * time.Second)
	l.told("a", 1)
	if err := l.looked(t.Context(), "b", 2); err != nil {
		t.Error(err)
	}
	l.now = l.now.Add(time.Second)
	l.told("b", 2)
	broken := errors.New("broken")
	if err := l.looked(t.Context(), "a", broken); !errors.Is(err, broken) {
		t.Error(err)
	}
	if err := l.looked(t.Context(), "a", 3); err != nil {
		t.Error(err)
	}
	l.now = l.now.Add(-time.Hour) // the clock was set back
	if err := l.looked(t.Context(), "a", 4); err != nil {
		t.Error(err)
	}
}

// That there is nothing is not kept, with or without Run: the next who asks is
// told of the first that there is.
func TestLatelyNothing(t *testing.T) {
	for _, run := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l := newLately(t, time.Hour)
			l.of.Nothing = func(n int) bool { return n == 0 }
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			if run {
				go func() { _ = l.of.Run(ctx) }()
				synctest.Wait()
			}
			for _, answer := range []int{0, 0, 3} {
				if err := l.looked(t.Context(), "a", answer); err != nil {
					t.Error(err)
				}
			}
			l.told("a", 3)
		})
	}
}

// What took no time is looked at anew.
func TestLatelySoon(t *testing.T) {
	l := newLately(t, 0)
	for n := range 3 {
		if err := l.looked(t.Context(), "a", n); err != nil {
			t.Error(err)
		}
	}
}

// While it runs nobody waits for what is known, up to three times its span; one
// look is made for all who were told something old, and where it fails the next
// who asks looks.
func TestLatelyRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLately(t, time.Second)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- l.of.Run(ctx) }()
		synctest.Wait()
		if err := l.looked(t.Context(), "a", 1); err != nil {
			t.Error(err)
		}
		old := func(want int) {
			t.Helper()
			if got, err := l.of.Get(t.Context(), "a", l.span(), l.find("a")); err != nil || got != want {
				t.Errorf("%d, %v; want %d", got, err, want)
			}
		}
		behind := func(answer any) {
			t.Helper()
			l.answers <- answer
			if looked := <-l.looks; looked != "a" {
				t.Error(looked)
			}
			synctest.Wait()
		}
		l.now = l.now.Add(2 * time.Minute)
		old(1)
		old(1)
		behind(2)
		l.told("a", 2)
		l.now = l.now.Add(3*time.Minute + 1)
		if err := l.looked(t.Context(), "a", 3); err != nil { // too old to be told
			t.Error(err)
		}
		l.now = l.now.Add(2 * time.Minute)
		old(3)
		behind(errors.New("broken"))
		broken := errors.New("still broken")
		if err := l.looked(t.Context(), "a", broken); !errors.Is(err, broken) {
			t.Error(err)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
