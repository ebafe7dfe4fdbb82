package record

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/cases"
)

// History is a case with its steps.
type History struct {
	Case  huiying.Case
	Steps []huiying.Step
}

// Histories reads the cases that may say something about a time since from:
// those that are open, and those that changed since; "" is every unit. The
// order is that of their numbers.
func Histories(ctx context.Context, q store.Querier, from time.Time, unit string) ([]History, error) {
	bodies, err := store.Collect[string](q.QueryContext(ctx, `
		SELECT body FROM cases WHERE (updated_at >= $1 OR state NOT IN ('closed', 'archived', 'merged', 'dismissed', 'transferred'))
		AND ($2 = '' OR unit = $2) ORDER BY no`, store.Micros(from), unit))(
		func(r *sql.Rows) (body string, err error) { return body, r.Scan(&body) })
	if err != nil {
		return nil, fmt.Errorf("read cases since %s: %w", from.Format(time.RFC3339), err)
	}
	out := make([]History, 0, len(bodies))
	for _, body := range bodies {
		c, err := cases.Decode(body)
		if err != nil {
			return nil, err
		}
		steps, err := Steps(ctx, q, c.No)
		if err != nil {
			return nil, err
		}
		out = append(out, History{Case: c, Steps: steps})
	}
	return out, nil
}
