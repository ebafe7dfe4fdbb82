package gate_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"huiying/internal/bus/gate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Whoever asked to be alone is, however many come and go; nobody is starved.
func TestAlone(t *testing.T) {
	g := gate.New(time.Hour)
	var inside, together atomic.Int32
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for i := range 200 {
				if (i+n)%10 > 0 {
					leave := g.Enter(t.Context())
					together.Store(max(together.Load(), inside.Add(1)))
					inside.Add(-1)
					leave()
					continue
				}
				leave := g.Alone(t.Context())
				if inside.Add(100) != 100 {
					t.Error("not alone")
				}
				inside.Add(-100)
				leave()
			}
		})
	}
	all.Wait()
	if together.Load() > 8 {
		t.Errorf("%d entered beside one that was alone", together.Load())
	}
}

func TestManyEnterTogether(t *testing.T) {
	g := gate.New(time.Hour)
	first := g.Enter(t.Context())
	second := g.Enter(t.Context())
	first()
	second()
	g.Alone(t.Context())()
}

// While one waits to be alone nobody new comes in, else it would wait for ever.
func TestWaitingToBeAloneKeepsOthersOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate.New(time.Hour)
		var order []string
		leave := g.Enter(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			defer g.Alone(t.Context())()
			order = append(order, "alone")
		})
		synctest.Wait()
		all.Go(func() {
			defer g.Enter(t.Context())()
			order = append(order, "beside")
		})
		synctest.Wait()
		leave()
		all.Wait()
		if len(order) != 2 || order[0] != "alone" {
			t.Errorf("%v", order)
		}
	})
}

// Handlers that wait for each other go on once the patience is used up, and
// at once when their context ends.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate.New(time.Minute)
		began := time.Now()
		leave := g.Enter(t.Context())
		other := g.Alone(t.Context())
		if took := time.Since(began); took != time.Minute {
			t.Errorf("alone after %v", took)
		}
		third := g.Enter(t.Context())
		if took := time.Since(began); took != 2*time.Minute {
			t.Errorf("beside it after %v", took)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		fourth := g.Alone(ended)
		if took := time.Since(began); took != 2*time.Minute {
			t.Errorf("waited %v though its context had ended", took)
		}
		for _, l := range []func(){leave, other, third, fourth} {
			l()
		}
		g.Alone(t.Context())()
		g.Enter(t.Context())()
		if took := time.Since(began); took != 2*time.Minute {
			t.Errorf("the gate is stuck: %v", took)
		}
	})
}
