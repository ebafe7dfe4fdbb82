package app

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"huiying"
	"huiying/crawler/job"
	"huiying/internal/app/collection"
	"huiying/internal/bus"
	"huiying/internal/config"
)

// OfferBackfill puts the reading of a past window on the queue of the service
// that a configuration describes: of the running one where its bus can be
// reached, else of the stopped one, which reads it at its next start. From and
// To are days in the office zone; To is the last one.
func OfferBackfill(ctx context.Context, c config.Config, j job.Job) (err error) {
	if !slices.ContainsFunc(c.Sources, func(s config.Source) bool { return s.ID == j.Source }) {
		return huiying.Errorf(huiying.NotFound, "app.no_source", j.Source)
	}
	zone, err := c.Zone()
	if err != nil {
		return err
	}
	b, err := openQueue(ctx, c, zone)
	if huiying.ErrorCode(err) == huiying.Conflict {
		return huiying.Errorf(huiying.Conflict, "app.backfill_running", j.Source)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	return collection.Backfill(ctx, b, j)
}

// openQueue reaches the bus of a configuration without starting anything.
func openQueue(ctx context.Context, c config.Config, zone *time.Location) (*bus.Bus, error) {
	o := bus.Options{
		URL: c.Bus.URL, CredentialsFile: c.Bus.CredentialsFile, Zone: zone, MaxBytes: c.Bus.MaxBytes,
		DuplicateWindow: time.Duration(c.Bus.DuplicateWindow), Logger: slog.New(slog.DiscardHandler),
	}
	if o.URL == "" {
		o.Dir = filepath.Join(c.Data, busFolder)
		lock, err := lockFolder(c.Data)
		if err != nil {
			return nil, err
		}
		if err := lock.Close(); err != nil {
			return nil, err
		}
	}
	return bus.Open(ctx, o)
}
