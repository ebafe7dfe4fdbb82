package api

import (
	"context"
	"net/http"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
)

// Routes is how alerts are told.
type Routes interface {
	// Routing is what was decided about an alert.
	Routing(ctx context.Context, alert string) (query.Routing, error)
	// Preview is who is told by the routes in force, over the last days.
	Preview(ctx context.Context, days int) (query.RoutePreview, error)
}

// Silences keep people from being told for a while.
type Silences interface {
	Silences(ctx context.Context) ([]huiying.Silence, error)
	// TrySilence says what a silence would have kept back in the last days.
	TrySilence(ctx context.Context, n query.NewSilence, days int) (query.SilencePreview, error)
	Silence(ctx context.Context, n query.NewSilence) (id string, err error)
	EndSilence(ctx context.Context, id string, actor huiying.Actor) error
}

// routeOperations are the rows of the table about how alerts are told.
func routeOperations() []operation {
	return []operation{
		op(http.MethodGet, "/alerts/{id}/routing", "get-routing", door.CaseRoom(), (*service).routing),
		op(http.MethodGet, "/routes/preview", "preview-routes", door.Silencers(), (*service).previewRoutes),
		op(http.MethodGet, "/silences", "list-silences", door.Silencers(), (*service).silences),
		op(http.MethodPost, "/silences", "add-silence", door.Silencers(), (*service).addSilence),
		op(http.MethodPost, "/silences/preview", "preview-silence", door.Silencers(), (*service).trySilence),
		op(http.MethodDelete, "/silences/{id}", "end-silence", door.Silencers(), (*service).endSilence),
	}
}

type routingIn struct {
	ID string `path:"id" doc:"The alert"`
}

type routingOut struct{ Body query.Routing }

// routing says why people were told of an alert, or were not, to those who may
// see the alert.
func (s *service) routing(ctx context.Context, in *routingIn) (*routingOut, error) {
	r, err := s.o.Routes.Routing(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if scope := account(ctx).Scope(); !scope.Sees(r.Facts.Unit) {
		if r.Facts.Case == "" {
			return nil, huiying.Errorf(huiying.NotFound, "route.no_alert", in.ID)
		}
		if _, err := s.o.Views.Seen(ctx, scope, r.Facts.Case); err != nil {
			return nil, err
		}
	}
	r.Facts.At = s.in(r.Facts.At)
	for i := range r.Tellings {
		r.Tellings[i].At = s.in(r.Tellings[i].At)
	}
	return &routingOut{Body: r}, nil
}

type previewRoutesIn struct {
	Days int `query:"days" minimum:"1" maximum:"31" default:"3"`
}

type previewRoutesOut struct{ Body query.RoutePreview }

func (s *service) previewRoutes(ctx context.Context, in *previewRoutesIn) (*previewRoutesOut, error) {
	p, err := s.o.Routes.Preview(ctx, in.Days)
	p.From, p.To = s.in(p.From), s.in(p.To)
	for i := range p.Changes {
		p.Changes[i].At = s.in(p.Changes[i].At)
	}
	return &previewRoutesOut{Body: p}, err
}

type silencesOut struct {
	Body struct {
		Silences []huiying.Silence `json:"silences"`
	}
}

func (s *service) silences(ctx context.Context, _ *none) (*silencesOut, error) {
	list, err := s.o.Silences.Silences(ctx)
	out := &silencesOut{}
	out.Body.Silences = make([]huiying.Silence, 0, len(list))
	for _, one := range list {
		for _, at := range []*time.Time{&one.From, &one.Until, &one.CreatedAt, &one.EndedAt} {
			*at = s.in(*at)
		}
		out.Body.Silences = append(out.Body.Silences, one)
	}
	return out, err
}

// SilenceBody is a silence as it is asked for.
type SilenceBody struct {
	Match  huiying.AlertMatch `json:"match" doc:"At least one condition; every one given must hold"`
	Red    bool               `json:"red,omitempty" doc:"Red alerts too, for 24 hours at most"`
	From   time.Time          `json:"from,omitempty" doc:"Now when left out"`
	Until  time.Time          `json:"until"`
	Reason string             `json:"reason" maxLength:"200"`
	Days   int                `json:"days,omitempty" minimum:"1" maximum:"31" default:"3" doc:"Of a preview: how many days back"`
}

type silenceIn struct{ Body SilenceBody }

func (in *silenceIn) asked(ctx context.Context) query.NewSilence {
	b := in.Body
	return query.NewSilence{Match: b.Match, Red: b.Red, From: b.From, Until: b.Until, Reason: b.Reason, Actor: account(ctx).Actor()}
}

type silenceOut struct {
	Body struct {
		ID string `json:"id"`
	}
}

func (s *service) addSilence(ctx context.Context, in *silenceIn) (*silenceOut, error) {
	out := &silenceOut{}
	var err error
	out.Body.ID, err = s.o.Silences.Silence(ctx, in.asked(ctx))
	return out, err
}

type trySilenceOut struct{ Body query.SilencePreview }

func (s *service) trySilence(ctx context.Context, in *silenceIn) (*trySilenceOut, error) {
	p, err := s.o.Silences.TrySilence(ctx, in.asked(ctx), in.Body.Days)
	if p.Open == nil {
		p.Open = []string{}
	}
	for i := range p.Hits {
		p.Hits[i].At = s.in(p.Hits[i].At)
	}
	return &trySilenceOut{Body: p}, err
}

type endSilenceIn struct {
	ID string `path:"id"`
}

func (s *service) endSilence(ctx context.Context, in *endSilenceIn) (*none, error) {
	return &none{}, s.o.Silences.EndSilence(ctx, in.ID, account(ctx).Actor())
}
