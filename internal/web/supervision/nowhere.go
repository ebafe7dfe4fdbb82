package supervision

import (
	"context"

	"huiying"
	"huiying/internal/query"
)

// Nowhere stands where nothing is measured.
type Nowhere struct{}

// Supervision implements Cards.
func (Nowhere) Supervision(context.Context, query.SupervisionAsk) (query.Supervision, error) {
	return query.Supervision{}, none()
}

// Cases implements Cards.
func (Nowhere) Cases(context.Context, query.SupervisionListAsk) (query.SupervisionList, error) {
	return query.SupervisionList{}, none()
}

// Rescore implements Orders.
func (Nowhere) Rescore(context.Context, query.ScoringChange) error { return none() }

// Mention implements Orders.
func (Nowhere) Mention(context.Context, query.NewMention) error { return none() }

// Withdraw implements Orders.
func (Nowhere) Withdraw(context.Context, query.MentionWithdrawal) error { return none() }

func none() error { return huiying.Errorf(huiying.Unavailable, "measure.nowhere") }
