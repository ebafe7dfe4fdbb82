package cases

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"huiying"
	"huiying/internal/store"
)

// Filter says which cases to list; an empty field does not restrict.
type Filter struct {
	States []huiying.CaseState
	Unit   string
	Owner  string
	Level  huiying.Level
	Before string // only cases whose number is smaller: the last of the page before
	Limit  int    // 0 = 50
}

// List reads cases, the newest number first.
func List(ctx context.Context, q store.Querier, f Filter) ([]huiying.Case, error) {
	where, args := f.conditions()
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	args = append(args, limit)
	query := fmt.Sprintf(`SELECT body FROM cases WHERE %s ORDER BY no DESC LIMIT $%d`, where, len(args))
	list, err := store.Collect[huiying.Case](q.QueryContext(ctx, query, args...))(scanBody)
	if err != nil {
		return nil, fmt.Errorf("list cases: %w", err)
	}
	return list, nil
}

func (f Filter) conditions() (where string, args []any) {
	parts := []string{"1 = 1"}
	add := func(column, operator string, value any) {
		args = append(args, value)
		parts = append(parts, fmt.Sprintf("%s %s $%d", column, operator, len(args)))
	}
	if len(f.States) > 0 {
		var marks []string
		for _, s := range f.States {
			args = append(args, string(s))
			marks = append(marks, fmt.Sprintf("$%d", len(args)))
		}
		parts = append(parts, "state IN ("+strings.Join(marks, ", ")+")")
	}
	for _, c := range []struct{ column, value string }{{"unit", f.Unit}, {"owner", f.Owner}, {"level", string(f.Level)}} {
		if c.value != "" {
			add(c.column, "=", c.value)
		}
	}
	if f.Before != "" {
		add("no", "<", f.Before)
	}
	return strings.Join(parts, " AND "), args
}

// Due names up to n cases that have a running clock with its due time, or a
// warning before it, at or before now; the earliest first.
func Due(ctx context.Context, q store.Querier, now time.Time, n int) ([]string, error) {
	return numbers(ctx, q, `
		SELECT no FROM (
			SELECT no, next_due_at AS at FROM cases WHERE next_due_at > 0 AND next_due_at <= $1
			UNION SELECT no, next_warn_at FROM cases WHERE next_warn_at > 0 AND next_warn_at <= $1) AS near
		GROUP BY no ORDER BY min(at), no LIMIT $2`, now, n)
}

// Provisional names up to n open cases, in the order of their numbers and
// beginning behind after, with a clock whose due time is provisional.
func Provisional(ctx context.Context, q store.Querier, after string, n int) ([]string, error) {
	list, err := store.Collect[string](q.QueryContext(ctx, `
		SELECT no FROM cases WHERE next_due_at > 0 AND no > $1 AND body LIKE '%"provisional":true%' ORDER BY no LIMIT $2`, after, n))(
		func(r *sql.Rows) (no string, err error) { return no, r.Scan(&no) })
	if err != nil {
		return nil, fmt.Errorf("find provisional due times: %w", err)
	}
	return list, nil
}

// Ladders names up to n open cases whose escalation ladder somebody must look
// at by now, the longest waiting first.
func Ladders(ctx context.Context, q store.Querier, now time.Time, n int) ([]string, error) {
	return numbers(ctx, q, `SELECT no FROM cases WHERE ladder_at > 0 AND ladder_at <= $1 ORDER BY ladder_at, no LIMIT $2`, now, n)
}

func numbers(ctx context.Context, q store.Querier, query string, now time.Time, n int) ([]string, error) {
	list, err := store.Collect[string](q.QueryContext(ctx, query, store.Micros(now), n))(
		func(r *sql.Rows) (no string, err error) { return no, r.Scan(&no) })
	if err != nil {
		return nil, fmt.Errorf("find due cases: %w", err)
	}
	return list, nil
}

// CountByState counts the cases of each state that has any.
func CountByState(ctx context.Context, q store.Querier) (map[huiying.CaseState]int, error) {
	type count struct {
		state huiying.CaseState
		n     int
	}
	list, err := store.Collect[count](q.QueryContext(ctx, `SELECT state, count(*) FROM cases GROUP BY state`))(
		func(r *sql.Rows) (c count, err error) { return c, r.Scan(&c.state, &c.n) })
	if err != nil {
		return nil, fmt.Errorf("count cases: %w", err)
	}
	counts := make(map[huiying.CaseState]int, len(list))
	for _, c := range list {
		counts[c.state] = c.n
	}
	return counts, nil
}

func scanBody(r *sql.Rows) (huiying.Case, error) {
	var body string
	if err := r.Scan(&body); err != nil {
		return huiying.Case{}, err
	}
	return Decode(body)
}
