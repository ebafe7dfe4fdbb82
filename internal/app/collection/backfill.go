package collection

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"huiying"
	"huiying/crawler/job"
	"huiying/internal/bus"
)

// longest bounds the window of a back-fill.
const longest = 366 * 24 * time.Hour

// Backfill puts the reading of a past window of a source on the queue.
// Errors: huiying.Invalid for a window that is none or too long,
// huiying.Conflict while one of the source waits or is under way.
func Backfill(ctx context.Context, b *bus.Bus, j job.Job) error {
	switch {
	case j.From.IsZero() || !j.From.Before(j.To) || j.To.After(j.Due):
		return huiying.Errorf(huiying.Invalid, "crawler.backfill_window", j.Source)
	case j.To.Sub(j.From) > longest:
		return huiying.Errorf(huiying.Invalid, "crawler.backfill_long", j.Source, int(longest.Hours())/24)
	}
	j.Kind = huiying.JobBackfill
	body, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("encode a job: %w", err)
	}
	shared, err := b.Jobs(ctx)
	if err != nil {
		return err
	}
	queued, err := shared.Offer(ctx, j.Key(), body)
	if err == nil && !queued {
		err = huiying.Errorf(huiying.Conflict, "crawler.backfill_busy", j.Source)
	}
	return err
}
