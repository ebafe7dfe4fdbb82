package rights

import (
	"context"

	"huiying"
	"huiying/internal/query"
)

// Nowhere is an office without identity provider and log.
type Nowhere struct{}

// Of has none.
func (Nowhere) Of(context.Context, string) ([]query.Identity, error) { return nil, nil }

// Link says that there is no identity provider here.
func (Nowhere) Link(context.Context, query.Identity) error {
	return huiying.Errorf(huiying.Unavailable, "sso.nowhere")
}

// Unlink says that there is no identity provider here.
func (Nowhere) Unlink(context.Context, string, query.Identity) error {
	return huiying.Errorf(huiying.Unavailable, "sso.nowhere")
}

// Search has nothing.
func (Nowhere) Search(context.Context, query.AccessFilter) ([]query.AccessEntry, error) {
	return nil, nil
}
