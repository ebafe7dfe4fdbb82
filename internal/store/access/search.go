package access

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"huiying/internal/query"
	"huiying/internal/store"
)

// Search reads the rows that a filter chooses, the newest first.
func (l *Log) Search(ctx context.Context, f query.AccessFilter) ([]query.AccessEntry, error) {
	where := []string{"1 = 1"}
	var args []any
	and := func(condition string, value any) {
		args = append(args, value)
		where = append(where, fmt.Sprintf(condition, len(args)))
	}
	if f.Actor != "" {
		and("actor = $%d", f.Actor)
	}
	if f.Object != "" {
		and("object = $%d", f.Object)
	}
	if !f.From.IsZero() {
		and("at >= $%d", store.Micros(f.From))
	}
	if !f.To.IsZero() {
		and("at < $%d", store.Micros(f.To))
	}
	if f.Before > 0 {
		and("n < $%d", f.Before)
	}
	if len(f.Actions) > 0 {
		marks := make([]string, len(f.Actions))
		for i, a := range f.Actions {
			args = append(args, a)
			marks[i] = fmt.Sprintf("$%d", len(args))
		}
		where = append(where, "action IN ("+strings.Join(marks, ", ")+")")
	}
	args = append(args, f.Limit)
	list, err := store.Collect[query.AccessEntry](l.store.Reader().QueryContext(ctx, fmt.Sprintf(`
		SELECT n, at, actor, action, object, detail FROM access_log WHERE %s ORDER BY n DESC LIMIT $%d`, strings.Join(where, " AND "), len(args)), args...))(
		func(r *sql.Rows) (e query.AccessEntry, err error) {
			var at int64
			err = r.Scan(&e.N, &at, &e.Actor, &e.Action, &e.Object, &e.Detail)
			e.At = store.Time(at)
			return e, err
		})
	if err != nil {
		return nil, fmt.Errorf("search access log: %w", err)
	}
	return list, nil
}
