package record

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/cases"
)

// Place is how far the record is.
type Place struct {
	Seq int64
	At  time.Time // of the last step, zero when there is none
}

// Moved lists the cases that have taken a step after the place, in the order of
// their numbers, and says how far the record is now.
func Moved(ctx context.Context, q store.Querier, after int64) (numbers []string, now Place, err error) {
	var at int64
	err = q.QueryRowContext(ctx, `SELECT seq, at FROM record_head WHERE one = 1`).Scan(&now.Seq, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, Place{}, nil
	}
	if err != nil {
		return nil, now, fmt.Errorf("read how far the record is: %w", err)
	}
	now.At = store.Time(at)
	if now.Seq == after {
		return nil, now, nil
	}
	numbers, err = store.Collect[string](q.QueryContext(ctx, `SELECT DISTINCT case_no FROM record WHERE seq > $1 ORDER BY case_no`, after))(
		func(r *sql.Rows) (no string, err error) { return no, r.Scan(&no) })
	if err != nil {
		return nil, now, fmt.Errorf("list the cases that moved: %w", err)
	}
	return numbers, now, nil
}

// HistoriesOf reads the cases of these numbers, in the order of their numbers.
func HistoriesOf(ctx context.Context, q store.Querier, numbers []string) ([]History, error) {
	raw, err := json.Marshal(numbers)
	if err != nil {
		return nil, err
	}
	const which = `(SELECT value FROM json_each($1))`
	bodies, err := store.Collect[string](q.QueryContext(ctx, `SELECT body FROM cases WHERE no IN `+which+` ORDER BY no`, string(raw)))(
		func(r *sql.Rows) (body string, err error) { return body, r.Scan(&body) })
	if err != nil {
		return nil, fmt.Errorf("read cases by number: %w", err)
	}
	steps, err := store.Collect[huiying.Step](q.QueryContext(ctx,
		`SELECT `+rowColumns+` FROM record WHERE case_no IN `+which+` ORDER BY case_no, n`, string(raw)))(scanStep)
	if err != nil {
		return nil, fmt.Errorf("read the steps of cases: %w", err)
	}
	out := make([]History, 0, len(bodies))
	next := 0
	for _, body := range bodies {
		c, err := cases.Decode(body)
		if err != nil {
			return nil, err
		}
		from := next
		for next < len(steps) && steps[next].CaseNo == c.No {
			next++
		}
		out = append(out, History{Case: c, Steps: steps[from:next:next]})
	}
	return out, nil
}
