// Package drills reads what became of drills (演练): alerts that say that they
// are one. It changes nothing.
package drills

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/outbox"
)

// Last reads the deliveries of the newest drill, in the order they were made;
// none when there was no drill.
func Last(ctx context.Context, q store.Querier) ([]huiying.Delivery, error) {
	var alert string
	// By the ids, of which few begin so, and not along the times of all alerts.
	err := q.QueryRowContext(ctx, `SELECT id FROM alerts WHERE id >= $1 AND id < $2 ORDER BY +raised_at DESC, id LIMIT 1`,
		Prefix, strings.TrimSuffix(Prefix, "-")+".").Scan(&alert)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the last drill: %w", err)
	}
	ids, err := store.Collect[string](q.QueryContext(ctx, `SELECT id FROM deliveries WHERE alert_id = $1 ORDER BY created_at, id`, alert))(
		func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) })
	if err != nil {
		return nil, fmt.Errorf("read deliveries of the last drill: %w", err)
	}
	out := make([]huiying.Delivery, 0, len(ids))
	for _, id := range ids {
		one, err := outbox.Get(ctx, q, id)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// Prefix is how the ids of drills begin.
const Prefix = "a-drill-"
