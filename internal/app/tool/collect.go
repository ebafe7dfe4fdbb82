package tool

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/config"
)

// CollectOptions names the source.
type CollectOptions struct {
	Source     string
	ConfigFile string
	Once       bool
}

// Collect prints the posts of one source as JSON lines and stores nothing. The
// last line on the word stream says how the visit went.
func Collect(ctx context.Context, s Streams, o CollectOptions) error {
	c, err := config.Load(o.ConfigFile)
	if err != nil {
		return err
	}
	zone, err := c.Zone()
	if err != nil {
		return err
	}
	entry, err := app.Collect(ctx, app.CollectOptions{
		Config: c, Source: o.Source, Once: o.Once, Sink: &printer{s: s, zone: zone}, Logger: logger(s.Err, slog.LevelWarn),
	})
	if err != nil || !o.Once {
		return err
	}
	s.say("cli.collected", entry.Pages, entry.Posts, string(entry.State), entry.Detail)
	if entry.State != huiying.SourceOK && entry.State != huiying.SourceEmpty {
		return ErrFailed
	}
	return nil
}

// printer is a sink that prints.
type printer struct {
	s    Streams
	zone *time.Location
	mu   sync.Mutex
}

// Accept prints a post as one line of JSON.
func (p *printer) Accept(_ context.Context, post huiying.Post) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.s.line(post.In(p.zone))
}
