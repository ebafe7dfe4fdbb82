package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/crawler"
	"huiying/internal/config"
)

// CollectOptions says what Collect reads.
type CollectOptions struct {
	Config config.Config
	Source string
	Sink   crawler.Sink
	Logger *slog.Logger
	Once   bool
}

// Collect reads one source of a configuration into a sink, once or until ctx
// ends. Nothing is stored: no cursor, no evidence, no ledger; authors are
// hashed as everywhere past the crawler. The row of the last visit is given
// back.
func Collect(ctx context.Context, o CollectOptions) (huiying.LedgerEntry, error) {
	var last huiying.LedgerEntry
	zone, err := o.Config.Zone()
	if err != nil {
		return last, err
	}
	k, err := openKeys(string(o.Config.Record.Key), o.Config.Data, true)
	if err != nil {
		return last, err
	}
	source, err := findSource(o.Config, o.Source, zone)
	if err != nil {
		return last, err
	}
	a := &App{
		config: o.Config, zone: zone, now: time.Now, logger: o.Logger, keys: k, version: "collect",
		registry: prometheus.NewRegistry(), checkpoint: func(string) {},
	}
	options, err := a.crawlerOptions(o.Sink)
	if err != nil {
		return last, err
	}
	options.State, options.HoldOlder = forgetful{}, 0 // it is looked at, not alerted
	c, err := crawler.New(options)
	if err != nil {
		return last, err
	}
	defer c.Close()
	if err := c.Apply([]huiying.Source{source}); err != nil {
		return last, err
	}
	if o.Once {
		return c.RunOnce(ctx, source.ID)
	}
	return last, c.Run(ctx)
}

func findSource(c config.Config, id string, zone *time.Location) (huiying.Source, error) {
	for _, s := range c.Sources {
		if s.ID == id {
			def, err := s.Definition(zone)
			def.Disabled = false // asked for by name
			return def, err
		}
	}
	return huiying.Source{}, huiying.Errorf(huiying.NotFound, "app.no_source", id)
}

// forgetful keeps no cursor.
type forgetful struct{}

func (forgetful) Load(context.Context, string) ([]byte, uint64, error) { return nil, 0, nil }

func (forgetful) Save(context.Context, string, []byte, uint64) (uint64, error) { return 0, nil }
