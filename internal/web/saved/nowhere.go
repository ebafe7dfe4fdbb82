package saved

import (
	"context"

	"huiying"
	"huiying/internal/query"
)

// Nowhere stands where no views are kept.
type Nowhere struct{}

// Views implements api.SavedViews.
func (Nowhere) Views(context.Context, query.Account) ([]query.SavedView, error) { return nil, none() }

// Save implements api.SavedViews.
func (Nowhere) Save(context.Context, query.Account, query.SavedView) (string, error) {
	return "", none()
}

// Change implements api.SavedViews.
func (Nowhere) Change(context.Context, query.Account, query.ViewChange) error { return none() }

func none() error { return huiying.Errorf(huiying.Unavailable, "saved.nowhere") }
