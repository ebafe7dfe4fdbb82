package frame

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/assets"
	"huiying/internal/web/templates"
)

// Options is what a Frame works with; all but Watermark and Notices are required.
type Options struct {
	Catalogue *locale.Catalogue
	Zone      *time.Location
	Now       func() time.Time
	Logger    *slog.Logger
	Office    string
	Version   string
	Accounts  func(ctx context.Context) ([]query.Account, error)
	Units     func(ctx context.Context) ([]huiying.Unit, error)
	Sources   func(ctx context.Context) ([]huiying.Source, error)
	Watermark bool // name and time on every page
	// Notices is what does not work and somebody must mend, found beside: it is
	// asked on every page. nil = nothing is watched.
	Notices func(ctx context.Context) []query.Notice
}

// Frame turns view data into answers.
type Frame struct {
	o         Options
	templates *templates.Set
	Assets    *assets.Set
	Names     *Names
	packers   sync.Pool
}

// New makes a Frame.
func New(o Options) (*Frame, error) {
	f := &Frame{o: o, Names: &Names{o: o}, packers: sync.Pool{New: newPacker}}
	var err error
	if f.Assets, err = assets.Load(); err != nil {
		return nil, err
	}
	f.templates, err = templates.New(templates.Options{
		Catalogue: o.Catalogue, Zone: o.Zone, Now: o.Now, Names: f.Names, Asset: f.Assets.URL,
	})
	return f, err
}
