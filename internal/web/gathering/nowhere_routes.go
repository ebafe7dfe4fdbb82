package gathering

import (
	"context"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
)

var (
	_ api.Routes   = Nowhere{}
	_ api.Silences = Nowhere{}
)

// Routing implements api.Routes where nobody is told of anything.
func (Nowhere) Routing(_ context.Context, alert string) (query.Routing, error) {
	return query.Routing{}, huiying.Errorf(huiying.NotFound, "route.no_alert", alert)
}

// Preview implements api.Routes.
func (Nowhere) Preview(context.Context, int) (query.RoutePreview, error) {
	return query.RoutePreview{}, noRoutes()
}

// Silences implements api.Silences.
func (Nowhere) Silences(context.Context) ([]huiying.Silence, error) { return nil, noRoutes() }

// TrySilence implements api.Silences.
func (Nowhere) TrySilence(context.Context, query.NewSilence, int) (query.SilencePreview, error) {
	return query.SilencePreview{}, noRoutes()
}

// Silence implements api.Silences.
func (Nowhere) Silence(context.Context, query.NewSilence) (string, error) { return "", noRoutes() }

// EndSilence implements api.Silences.
func (Nowhere) EndSilence(context.Context, string, huiying.Actor) error { return noRoutes() }

func noRoutes() error { return huiying.Errorf(huiying.Unavailable, "web.error.no_routes") }
