// Package gathering is the pages about what is collected and how: sources,
// hand-overs, the register, the switch, evidence and refusals. It decides
// nothing about who may open them; the table of routes does.
package gathering

import (
	"context"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/frame"
)

// Views reads what the pages show.
type Views interface {
	Sources(ctx context.Context) ([]query.SourceRow, error)
	Source(ctx context.Context, id string) (query.SourcePage, error)
	Seen(ctx context.Context, s query.Scope, no string) (huiying.Case, error)
}

// Options is what Pages work with; all are required.
type Options struct {
	Frame     *frame.Frame
	Catalogue *locale.Catalogue
	Zone      *time.Location
	Now       func() time.Time
	Views     Views
	Sources   func(ctx context.Context) ([]huiying.Source, error) // definitions
	Register  func(ctx context.Context) ([]query.RegisterRow, error)
	Handovers api.Handovers
	Refusals  api.Refusals
	Switch    api.Switch
	Evidence  api.Evidence
	Orders    Orders
}

// Orders takes orders about one source.
type Orders interface {
	Order(ctx context.Context, id string) (query.SourceOrder, error)
	RunNow(ctx context.Context, id string, by huiying.Actor) error
	SetRate(ctx context.Context, n query.NewRate) error
}

// Pages answers the pages.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the pages.
func New(o Options) *Pages { return &Pages{o.Frame, o} }
