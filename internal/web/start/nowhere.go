package start

import (
	"context"

	"huiying"
	"huiying/internal/query"
)

var _ Desk = Nowhere{}

// Nowhere stands where nothing is set up.
type Nowhere struct{}

func none() error { return huiying.Errorf(huiying.Unavailable, "start.nowhere") }

// Standing implements Desk.
func (Nowhere) Standing(context.Context) (query.Start, error) { return query.Start{}, none() }

// Drill implements Desk.
func (Nowhere) Drill(context.Context, string, huiying.Actor) error { return none() }

// Places implements Desk.
func (Nowhere) Places(string) ([]query.PlaceAdvice, error) { return nil, none() }

// Ways implements Sources.
func (Nowhere) Ways() []string { return nil }

// TrySource implements Sources.
func (Nowhere) TrySource(context.Context, query.NewSource) (query.SourceTrial, error) {
	return query.SourceTrial{}, none()
}

// PutSource implements Sources.
func (Nowhere) PutSource(context.Context, query.NewSource) (string, error) { return "", none() }

// DropSource implements Sources.
func (Nowhere) DropSource(context.Context, string, huiying.Actor) error { return none() }
