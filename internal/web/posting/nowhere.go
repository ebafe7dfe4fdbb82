package posting

import (
	"context"
	"net/http"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
)

var (
	_ api.Deliveries = Nowhere{}
	_ api.Channels   = Nowhere{}
)

// Nowhere stands in a process that sends nothing.
type Nowhere struct{}

func nowhere() error { return huiying.Errorf(huiying.Unavailable, "delivery.nowhere") }

// List implements api.Deliveries.
func (Nowhere) List(context.Context, query.DeliveryFilter) ([]huiying.Delivery, error) {
	return nil, nowhere()
}

// Show implements api.Deliveries.
func (Nowhere) Show(context.Context, string) (query.DeliveryPage, error) {
	return query.DeliveryPage{}, nowhere()
}

// Resend implements api.Deliveries.
func (Nowhere) Resend(context.Context, query.Resend) (int, error) { return 0, nowhere() }

// Receive implements api.Deliveries.
func (Nowhere) Receive(context.Context, string, http.Header, []byte) error { return nowhere() }

// Channels implements api.Channels.
func (Nowhere) Channels(context.Context) ([]query.ChannelRow, error) { return nil, nowhere() }

// Try implements api.Channels.
func (Nowhere) Try(context.Context, query.TrialOf) (query.Trial, error) {
	return query.Trial{}, nowhere()
}
