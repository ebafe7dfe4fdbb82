package outbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"huiying"
	"huiying/internal/store"
)

// began is since when a delivery could have been accepted.
const began = `max(d.created_at, d.not_before, d.requeued_at)`

// Late lists deliveries to a person that no provider has accepted at the end of
// their step, or when they are so old for their level, and that nobody took over
// yet: the n most urgent, with what waits before them of their
// case, and those of one case in order.
func (q *Deliveries) Late(ctx context.Context, now time.Time, after map[huiying.Level]time.Duration, n int) ([]huiying.Delivery, error) {
	args := []any{store.Micros(now)}
	for _, l := range []huiying.Level{huiying.LevelRed, huiying.LevelOrange, huiying.LevelYellow, huiying.LevelBlue} {
		args = append(args, after[l].Microseconds())
	}
	late, err := store.Collect[huiying.Delivery](q.store.Reader().QueryContext(ctx, `
		SELECT `+columns+` FROM deliveries d JOIN alerts a ON a.id = d.alert_id
		WHERE `+Unsent+` AND d.handed_on_at = 0 AND d.person <> '' AND
			CASE WHEN d.step_due > 0 AND d.step_due <= $1 THEN TRUE
			WHEN d.level = 'red' THEN $2 > 0 AND `+began+` + $2 <= $1
			WHEN d.level = 'orange' THEN $3 > 0 AND `+began+` + $3 <= $1
			WHEN d.level = 'yellow' THEN $4 > 0 AND `+began+` + $4 <= $1
			ELSE $5 > 0 AND `+began+` + $5 <= $1 END
		ORDER BY `+urgency+`, d.created_at, d.id LIMIT $6`, append(args, n)...))(scan)
	if err != nil {
		return nil, fmt.Errorf("find late deliveries: %w", err)
	}
	all := slices.Clone(late)
	for _, d := range late {
		before, err := q.before(ctx, d)
		if err != nil {
			return nil, err
		}
		for _, e := range before {
			if !slices.ContainsFunc(all, func(d huiying.Delivery) bool { return d.ID == e.ID }) {
				all = append(all, e)
			}
		}
	}
	sortFold(all)
	return all, nil
}

// before is what waits of the same case, person and channel, made earlier, that
// nobody took over yet.
func (q *Deliveries) before(ctx context.Context, d huiying.Delivery) ([]huiying.Delivery, error) {
	if d.Alert.CaseNo == "" {
		return nil, nil
	}
	list, err := store.Collect[huiying.Delivery](q.store.Reader().QueryContext(ctx, `
		SELECT `+columns+` FROM deliveries d JOIN alerts a ON a.id = d.alert_id
		WHERE d.case_no = $1 AND d.person = $2 AND d.channel = $3 AND `+Unsent+` AND d.handed_on_at = 0
		AND (d.created_at, d.id) < ($4, $5)`, d.Alert.CaseNo, d.Person, d.Channel, store.Micros(d.CreatedAt), d.ID))(scan)
	if err != nil {
		return nil, fmt.Errorf("find what waits before delivery %s: %w", d.ID, err)
	}
	return list, nil
}
