package rules

import (
	"context"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
)

var _ api.Rules = Nowhere{}

// Nowhere stands where no rules are kept.
type Nowhere struct{}

func none() error { return huiying.Errorf(huiying.Unavailable, "rules.nowhere") }

// Book implements api.Rules.
func (Nowhere) Book(context.Context) (query.RuleBook, error) { return query.RuleBook{}, none() }

// Change implements api.Rules.
func (Nowhere) Change(context.Context, query.RuleChange) (int, error) { return 0, none() }

// Publish implements api.Rules.
func (Nowhere) Publish(context.Context, query.RulePublication) error { return none() }

// Explain implements api.Rules.
func (Nowhere) Explain(context.Context, query.RuleQuestion) (query.RuleAnswer, error) {
	return query.RuleAnswer{}, none()
}

// Try implements api.RuleTrials.
func (Nowhere) Try(context.Context, int, huiying.Actor) error { return none() }

// Trial implements api.RuleTrials.
func (Nowhere) Trial(context.Context) query.RuleTrial { return query.RuleTrial{} }

// StopTrial implements api.RuleTrials.
func (Nowhere) StopTrial(context.Context) {}
