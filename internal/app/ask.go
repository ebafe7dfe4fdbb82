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

// AskOptions says what Ask asks for. Source is a source of the configuration,
// "" for none of them.
type AskOptions struct {
	Config config.Config
	Source string
	Kind   string
	URL    string
	Sink   crawler.Sink
	Logger *slog.Logger
}

// FindSource is one source of a configuration by its id.
func FindSource(c config.Config, id string) (huiying.Source, error) {
	zone, err := c.Zone()
	if err != nil {
		return huiying.Source{}, err
	}
	return findSource(c, id, zone)
}

// Ask fetches one address as a source would: with our name, robots.txt and
// pacing. Nothing is stored.
func Ask(ctx context.Context, o AskOptions) (crawler.Page, error) {
	zone, err := o.Config.Zone()
	if err != nil {
		return crawler.Page{}, err
	}
	source := huiying.Source{ID: "try", Kind: o.Kind}
	if o.Source != "" {
		if source, err = findSource(o.Config, o.Source, zone); err != nil {
			return crawler.Page{}, err
		}
	}
	// No post passes: the sink's key hashes nothing, and none is made on disk.
	a := &App{
		config: o.Config, zone: zone, now: time.Now, logger: o.Logger, keys: keys{pseudonym: make([]byte, 32)}, version: "try",
		registry: prometheus.NewRegistry(), checkpoint: func(string) {},
	}
	options, err := a.crawlerOptions(o.Sink)
	if err != nil {
		return crawler.Page{}, err
	}
	options.State = forgetful{}
	c, err := crawler.New(options)
	if err != nil {
		return crawler.Page{}, err
	}
	defer c.Close()
	return c.Fetcher(source).Fetch(ctx, crawler.Request{URL: o.URL})
}
