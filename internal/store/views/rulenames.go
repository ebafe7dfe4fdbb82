package views

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"huiying/internal/query"
	"huiying/internal/store"
)

// mostNamed is how many rules of a count get their names.
const mostNamed = 40

// nameRules gives counted rules the names that posts bear them with.
func nameRules(ctx context.Context, q store.Querier, counts []query.CountValue) error {
	for i := range counts[:min(len(counts), mostNamed)] {
		err := q.QueryRowContext(ctx, `SELECT name FROM post_tags WHERE rule = $1 LIMIT 1`, counts[i].Value).Scan(&counts[i].Label)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("name rule %s: %w", counts[i].Value, err)
		}
	}
	return nil
}
