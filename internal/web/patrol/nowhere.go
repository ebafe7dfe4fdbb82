package patrol

import (
	"context"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
)

var _ api.Patrol = Nowhere{}

// Nowhere stands where no site is inspected.
type Nowhere struct{}

func none() error { return huiying.Errorf(huiying.Unavailable, "patrol.nowhere") }

// Sites implements api.PatrolViews.
func (Nowhere) Sites(context.Context) ([]query.PatrolSite, error) { return nil, none() }

// Findings implements api.PatrolViews.
func (Nowhere) Findings(context.Context, query.PatrolFilter) (query.PatrolFindings, error) {
	return query.PatrolFindings{}, none()
}

// Finding implements api.PatrolViews.
func (Nowhere) Finding(context.Context, string) (query.PatrolPage, error) {
	return query.PatrolPage{}, none()
}

// Rescan implements api.PatrolOrders.
func (Nowhere) Rescan(context.Context, string, huiying.Actor) error { return none() }

// Except implements api.PatrolOrders.
func (Nowhere) Except(context.Context, query.NewException) error { return none() }

// EndException implements api.PatrolOrders.
func (Nowhere) EndException(context.Context, string, huiying.Actor) error { return none() }
