package tidings_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"huiying/internal/app/tidings"
)

var morning = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func event(id string) []byte {
	return fmt.Appendf(nil, `{"data":{"post":{"id":%q,"collected_at":%q}}}`, id, morning.Format(time.RFC3339))
}

// News of posts wait for the archive, others do not; what is never archived is
// told of in the end, and so is what is held when the service stops.
func TestGate(t *testing.T) {
	for _, c := range []struct {
		name     string
		archived func(since time.Duration, posts map[string]time.Time) (bool, error)
		told     time.Duration // after it came
	}{
		{"archived before", func(time.Duration, map[string]time.Time) (bool, error) { return true, nil }, 0},
		{"archived later", func(d time.Duration, _ map[string]time.Time) (bool, error) { return d >= 60*time.Millisecond, nil }, 75 * time.Millisecond},
		{"never archived", func(time.Duration, map[string]time.Time) (bool, error) { return false, nil }, tidings.Patience},
		{"an archive that cannot be read", func(time.Duration, map[string]time.Time) (bool, error) { return false, errors.New("closed") }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				told := map[string]time.Duration{}
				g := tidings.New(func(_ context.Context, posts map[string]time.Time) (bool, error) {
					if !maps.Equal(posts, map[string]time.Time{"weibo:1": morning}) {
						t.Errorf("asked for %v", posts)
					}
					return c.archived(time.Since(began), posts)
				}, func(subject string, _ []byte) { told[subject] = time.Since(began) }, nil)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				ended := make(chan struct{})
				go func() { g.Run(ctx); close(ended) }()
				g.Hear("huiying.event.red.r-1", event("weibo:1"))
				g.Hear("huiying.alert.red.r-1", nil)
				time.Sleep(time.Minute)
				synctest.Wait()
				want := map[string]time.Duration{"huiying.event.red.r-1": c.told, "huiying.alert.red.r-1": 0}
				if fmt.Sprint(told) != fmt.Sprint(want) {
					t.Errorf("told %v, want %v", told, want)
				}
				cancel()
				<-ended
			})
		})
	}
}

// A message that cannot be read is news all the same; a flood is not looked up
// one by one; what is held at the end is told.
func TestGateLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looked []int
		told := 0
		g := tidings.New(func(_ context.Context, posts map[string]time.Time) (bool, error) {
			looked = append(looked, len(posts))
			return false, nil
		}, func(string, []byte) { told++ }, nil)
		g.Hear("huiying.event.none.x", []byte("{"))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { g.Run(ctx); close(ended) }()
		synctest.Wait()
		if told != 1 || looked != nil {
			t.Fatalf("told %d, looked %v", told, looked)
		}
		for n := range 500 {
			g.Hear("huiying.event.none.x", event(fmt.Sprint("weibo:", n)))
		}
		synctest.Wait()
		if told != 1 || len(looked) == 0 || slices.Max(looked) > 100 {
			t.Fatalf("told %d, looked %v", told, looked)
		}
		cancel()
		<-ended
		if told != 501 {
			t.Errorf("%d of 501 were told", told)
		}
	})
}

// Where more comes than can be held, pages are not told of posts that nobody is
// alerted to, the least important first, and each is counted; alerts, cases and
// what is red or orange are always told.
func TestGateShedsTheLeastImportant(t *testing.T) {
	told, shed := map[string]int{}, map[string]int{}
	g := tidings.New(func(context.Context, map[string]time.Time) (bool, error) { return true, nil },
		func(subject string, _ []byte) { told[subject]++ }, func(subject string) { shed[subject]++ })
	levels := []string{"none", "blue", "yellow", "orange", "red"}
	for range tidings.Room {
		for _, level := range levels {
			g.Hear("huiying.event."+level+".x", nil)
		}
		g.Hear("huiying.case.opened", nil)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	g.Run(ctx)
	for i, level := range levels {
		s := "huiying.event." + level + ".x"
		if told[s]+shed[s] != tidings.Room {
			t.Errorf("%s: %d told, %d shed of %d", level, told[s], shed[s], tidings.Room)
		}
		if urgent := i >= 3; (shed[s] == 0) != urgent || i > 0 && i < 3 && shed[s] >= shed["huiying.event."+levels[i-1]+".x"] {
			t.Errorf("%s: %d shed", level, shed[s])
		}
	}
	if told["huiying.case.opened"] != tidings.Room {
		t.Errorf("%d cases told", told["huiying.case.opened"])
	}
}
