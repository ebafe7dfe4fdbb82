package coverage

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"huiying"
	"huiying/internal/store"
)

// Incidents lists the findings about the collection that were told and are not
// over, as they were told last.
func (l *Ledger) Incidents(ctx context.Context) ([]huiying.Post, error) {
	list, err := store.Collect[huiying.Post](l.store.Reader().QueryContext(ctx,
		`SELECT judgement FROM posts WHERE platform = 'system' AND level <> 'none' ORDER BY n`))(
		func(r *sql.Rows) (huiying.Post, error) {
			var raw string
			var j huiying.Judgement
			if err := r.Scan(&raw); err != nil {
				return j.Post, err
			}
			return j.Post, json.Unmarshal([]byte(raw), &j)
		})
	if err != nil {
		return nil, fmt.Errorf("list incidents of the collection: %w", err)
	}
	return list, nil
}
