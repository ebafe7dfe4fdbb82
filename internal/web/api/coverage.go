package api

import (
	"context"
	"time"

	"huiying"
	"huiying/internal/query"
)

// Coverage is what is to be said with anything that spans time: where its
// sources were not read as planned.
type Coverage struct {
	From time.Time `json:"from" doc:"Of the span that was looked at"`
	To   time.Time `json:"to"`
	Gaps []Gap     `json:"gaps"`
}

// Gap is a span in which a source was due and was not read as planned.
type Gap struct {
	Source  string              `json:"source"`
	Kind    string              `json:"kind" enum:"state,silent,down,capped,empty,paused"`
	State   huiying.SourceState `json:"state,omitempty" doc:"Of kind state"`
	From    time.Time           `json:"from"`
	To      *time.Time          `json:"to" doc:"null while it lasts"`
	Why     string              `json:"why"`
	Missing string              `json:"missing" doc:"What is known to be missing"`
	Detail  string              `json:"detail,omitempty"`
}

func (s *service) gaps(ctx context.Context, list []query.Gap) []Gap {
	out := make([]Gap, 0, len(list))
	for _, g := range list {
		one := Gap{
			Source: g.Source, Kind: g.Kind, State: g.State, From: s.in(g.From), Detail: g.Detail,
			Why: s.o.Catalogue.Text(langOf(ctx), g.Why()), Missing: s.o.Catalogue.Text(langOf(ctx), g.Missing()),
		}
		if !g.Lasts() {
			to := s.in(g.To)
			one.To = &to
		}
		out = append(out, one)
	}
	return out
}

func (s *service) coverage(ctx context.Context, f query.CoverageFilter) (Coverage, error) {
	g, err := s.o.Views.Gaps(ctx, f)
	return Coverage{From: s.in(g.From), To: s.in(g.To), Gaps: s.gaps(ctx, g.Gaps)}, err
}

// lately is the span of lists that say how things stand.
func (s *service) lately(ctx context.Context) (Coverage, error) {
	return s.coverage(ctx, query.CoverageFilter{From: s.o.Now().Add(-24 * time.Hour)})
}
