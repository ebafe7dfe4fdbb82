package tool

import (
	"context"
	"time"

	"huiying/crawler/job"
	"huiying/internal/app"
	"huiying/internal/config"
)

// BackfillOptions names a source and the days to be read.
type BackfillOptions struct {
	ConfigFile string
	Source     string
	From, To   time.Time // days; To is the last one, zero = today
}

// Backfill queues the reading of past days of a source. What it brings never
// alerts where it is older than crawler.hold_older.
func Backfill(ctx context.Context, s Streams, o BackfillOptions) error {
	c, err := config.Load(o.ConfigFile)
	if err != nil {
		return err
	}
	zone, err := c.Zone()
	if err != nil {
		return err
	}
	now := time.Now()
	from, to := dayIn(o.From, zone), now
	if !o.To.IsZero() {
		to = dayIn(o.To, zone).AddDate(0, 0, 1)
	}
	if to.After(now) {
		to = now
	}
	if err := app.OfferBackfill(ctx, c, job.Job{Source: o.Source, Due: now, From: from, To: to}); err != nil {
		return err
	}
	s.say("cli.backfill_queued", o.Source, from.Format(time.DateOnly), to.In(zone).Format(time.DateOnly))
	return nil
}

func dayIn(day time.Time, zone *time.Location) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
}
