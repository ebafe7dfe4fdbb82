package reports_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"huiying/internal/query"
)

// One connection for reading is enough to count, whoever else counts; and many
// who compare one report at once have it counted again once.
func TestOneReader(t *testing.T) {
	o := aDay(t) // its store has one
	r := o.draft(query.ReportAsk{Kind: query.ReportDaily, From: day})
	var masked atomic.Int64
	o.counter.Mask = func(s string) string { masked.Add(1); return s }
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, _, err := o.desk.AsReleased(ctx, r.ID, "")
	o.must(err)
	once := masked.Swap(0)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := o.desk.Compare(ctx, account("lu"), r.ID); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if once == 0 || masked.Load() != once {
		t.Errorf("words were masked %d times, in one count %d times", masked.Load(), once)
	}
}
