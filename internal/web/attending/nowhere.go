package attending

import (
	"context"

	"huiying"
	"huiying/internal/query"
)

// Nowhere says that nobody is told of alerts here.
type Nowhere struct{}

// Attend refuses.
func (Nowhere) Attend(context.Context, query.Attending) (query.Attended, error) {
	return query.Attended{}, huiying.Errorf(huiying.Unavailable, "attend.nowhere")
}

// Targets are none.
func (Nowhere) Targets(context.Context, huiying.Person) ([]query.AttendTarget, error) {
	return nil, nil
}

// MayBeFalse is never.
func (Nowhere) MayBeFalse(huiying.Alert, huiying.Case, huiying.Actor) bool { return false }
