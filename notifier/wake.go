package notifier

import (
	"context"
	"time"
)

// alarm wakes one sleeping loop; a call while it is awake is remembered once.
type alarm chan struct{}

func newAlarm() alarm { return make(alarm, 1) }

func (a alarm) wake() {
	select {
	case a <- struct{}{}:
	default:
	}
}

// sleep waits until woken, until d has passed, or until ctx ends; it reports
// whether the loop goes on.
func (a alarm) sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-a:
	case <-timer.C:
	}
	return ctx.Err() == nil
}
