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

// longestLimit is how long after its last step a case may still say something:
// a limit that was met early ends when it ends, and figures go by its end.
const longestLimit = 400 * 24 * time.Hour

// Histories reads the cases that may say something about a time since from:
// those that are open, and those that changed since, or so shortly before that
// a limit of theirs may end in it; "" is every unit. The order is that of their
// numbers.
func Histories(ctx context.Context, q store.Querier, from time.Time, unit string) ([]History, error) {
	const which = `(updated_at >= $1 OR ` + cases.IsOpen + `) AND ($2 = '' OR unit = $2)`
	since := store.Micros(from.Add(-longestLimit))
	bodies, err := store.Collect[string](q.QueryContext(ctx, `SELECT body FROM cases WHERE `+which+` ORDER BY no`, since, unit))(
		func(r *sql.Rows) (body string, err error) { return body, r.Scan(&body) })
	if err != nil {
		return nil, fmt.Errorf("read cases since %s: %w", from.Format(time.RFC3339), err)
	}
	steps, err := store.Collect[huiying.Step](q.QueryContext(ctx,
		`SELECT `+rowColumns+` FROM record WHERE case_no IN (SELECT no FROM cases WHERE `+which+`) ORDER BY case_no, n`, since, unit))(scanStep)
	if err != nil {
		return nil, fmt.Errorf("read steps since %s: %w", from.Format(time.RFC3339), err)
	}
	of := map[string][]huiying.Step{}
	for _, s := range steps {
		of[s.CaseNo] = append(of[s.CaseNo], s)
	}
	out := make([]History, 0, len(bodies))
	for _, body := range bodies {
		c, err := cases.Decode(body)
		if err != nil {
			return nil, err
		}
		out = append(out, History{Case: c, Steps: of[c.No]})
	}
	return out, nil
}
