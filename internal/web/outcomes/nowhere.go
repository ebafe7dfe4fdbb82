package outcomes

import (
	"context"

	"huiying"
	"huiying/internal/query"
)

// Nowhere stands where nothing is measured.
type Nowhere struct{}

// Outcomes implements Outcomes.
func (Nowhere) Outcomes(context.Context, query.OutcomeAsk) (query.Outcomes, error) {
	return query.Outcomes{}, none()
}

// Behind implements Outcomes.
func (Nowhere) Behind(context.Context, query.BehindAsk) (query.Behind, error) {
	return query.Behind{}, none()
}

func none() error { return huiying.Errorf(huiying.Unavailable, "measure.nowhere") }
