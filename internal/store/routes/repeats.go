package routes

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"huiying"
	"huiying/internal/store"
)

// AddRepeat begins a repeat, or has one that is there go on from the alert that
// was told now: its count stays, for ids are made of it.
func AddRepeat(ctx context.Context, tx *store.Tx, r huiying.Repeat) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO alert_repeats (id, alert_id, person, unit, channel, address, path, every, until, most, n, next_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11)
		ON CONFLICT (id) DO UPDATE SET alert_id = excluded.alert_id, address = excluded.address, path = excluded.path,
			every = excluded.every, until = excluded.until, most = alert_repeats.n + excluded.most, next_at = excluded.next_at`,
		r.ID, r.Alert.ID, r.Person, r.Unit, r.Channel, r.Address, r.Path, r.Every.Microseconds(), r.Until, r.Most, store.Micros(r.NextAt))
	if err != nil {
		return fmt.Errorf("keep repeat %s: %w", r.ID, err)
	}
	return nil
}

// MoveRepeat notes how often a repeat was told and when it is next; a zero
// NextAt ends it.
func MoveRepeat(ctx context.Context, tx *store.Tx, r huiying.Repeat) error {
	_, err := tx.ExecContext(ctx, `UPDATE alert_repeats SET n = $2, next_at = $3 WHERE id = $1`, r.ID, r.N, store.Micros(r.NextAt))
	if err != nil {
		return fmt.Errorf("move repeat %s: %w", r.ID, err)
	}
	return nil
}

const repeats = `SELECT r.id, r.person, r.unit, r.channel, r.address, r.path, r.every, r.until, r.most, r.n, r.next_at, a.body
	FROM alert_repeats r JOIN alerts a ON a.id = r.alert_id WHERE `

// DueRepeats lists up to n repeats that are due, the longest due first.
func DueRepeats(ctx context.Context, q store.Querier, now time.Time, n int) ([]huiying.Repeat, error) {
	return readRepeats(q.QueryContext(ctx, repeats+`r.next_at > 0 AND r.next_at <= $1 ORDER BY r.next_at, r.id LIMIT $2`, store.Micros(now), n))
}

// DueRepeats lists up to n repeats that are due, the longest due first.
func (b *Book) DueRepeats(ctx context.Context, now time.Time, n int) ([]huiying.Repeat, error) {
	return DueRepeats(ctx, b.store.Reader(), now, n)
}

// Repeat reads one; ok is false when there is none.
func Repeat(ctx context.Context, q store.Querier, id string) (r huiying.Repeat, ok bool, err error) {
	list, err := readRepeats(q.QueryContext(ctx, repeats+`r.id = $1`, id))
	if err != nil || len(list) == 0 {
		return r, false, err
	}
	return list[0], true, nil
}

func readRepeats(rows *sql.Rows, err error) ([]huiying.Repeat, error) {
	list, err := store.Collect[huiying.Repeat](rows, err)(func(rows *sql.Rows) (r huiying.Repeat, err error) {
		var every, next int64
		var body string
		err = rows.Scan(&r.ID, &r.Person, &r.Unit, &r.Channel, &r.Address, &r.Path, &every, &r.Until, &r.Most, &r.N, &next, &body)
		if err != nil {
			return r, err
		}
		r.Every, r.NextAt = time.Duration(every)*time.Microsecond, store.Time(next)
		return r, json.Unmarshal([]byte(body), &r.Alert)
	})
	if err != nil {
		return nil, fmt.Errorf("read repeats: %w", err)
	}
	return list, nil
}

// Answered reports whether somebody acknowledged a delivery of the alert, and
// whether one to the same person and channel is still on its way. Of a case, to
// say that one has read of it answers for oneself alone.
func Answered(ctx context.Context, q store.Querier, r huiying.Repeat) (acked, underWay bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM deliveries WHERE alert_id = $1 AND acked_at > 0 AND (case_no = '' OR person = $2)),
		EXISTS (SELECT 1 FROM deliveries WHERE alert_id = $1 AND person = $2 AND channel = $3 AND state IN ('queued', 'retrying', 'sending'))`,
		r.Alert.ID, r.Person, r.Channel).Scan(&acked, &underWay)
	if err != nil {
		return false, false, fmt.Errorf("look for an answer to alert %s: %w", r.Alert.ID, err)
	}
	return acked, underWay, nil
}

// Reminders are when a person is reminded of alerts, as they asked, by alert;
// none of those that they did not ask for, or were reminded of.
func Reminders(ctx context.Context, q store.Querier, alerts []string, person string) (map[string]time.Time, error) {
	ids := make(map[string]string, len(alerts)) // of the reminder → of the alert
	for _, a := range alerts {
		ids[huiying.ReminderID(a, person)] = a
	}
	raw, err := json.Marshal(slices.Collect(maps.Keys(ids)))
	if err != nil {
		return nil, fmt.Errorf("encode reminders: %w", err)
	}
	out := map[string]time.Time{}
	_, err = store.Collect[string](q.QueryContext(ctx, `SELECT id, next_at FROM alert_repeats WHERE id IN (SELECT value FROM json_each($1))`, string(raw)))(
		func(r *sql.Rows) (id string, err error) {
			var next int64
			err = r.Scan(&id, &next)
			out[ids[id]] = store.Time(next)
			return id, err
		})
	if err != nil {
		return nil, fmt.Errorf("read reminders: %w", err)
	}
	return out, nil
}
