package duty

import (
	"context"
	"time"

	"huiying"
	"huiying/internal/query"
)

// Nowhere stands where no rosters are kept.
type Nowhere struct{}

// Duty implements api.Duty.
func (Nowhere) Duty(context.Context, time.Time, time.Time) (query.Duty, error) {
	return query.Duty{}, none()
}

// Change implements api.Duty.
func (Nowhere) Change(context.Context, huiying.DutyChange) (huiying.DutyChange, error) {
	return huiying.DutyChange{}, none()
}

// Withdraw implements api.Duty.
func (Nowhere) Withdraw(context.Context, string, huiying.Actor) error { return none() }

// PutRoster implements api.Rosters.
func (Nowhere) PutRoster(context.Context, huiying.Roster, huiying.Actor) error { return none() }

// PutTable implements api.Rosters.
func (Nowhere) PutTable(context.Context, query.DutyTable) ([]huiying.DutyRow, []error, error) {
	return nil, nil, none()
}

func none() error { return huiying.Errorf(huiying.Unavailable, "web.error.no_duty") }
