// Package outbox keeps what must go out after a commit: deliveries to people
// and messages to the bus. Rows are leased, so that a crash gives them back;
// it refuses to let anybody but the holder of a lease settle a delivery.
package outbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"huiying"
	"huiying/internal/store"
)

// Deliveries is the queue of deliveries; it is the notifier's outbox.
type Deliveries struct {
	store *store.Store
}

// NewDeliveries makes the queue of a store.
func NewDeliveries(s *store.Store) *Deliveries { return &Deliveries{store: s} }

// AddAlert keeps an alert and queues the message huiying.alert.<level>.<unit>
// about it (unit "none" when empty). added is false, and nothing happens, when
// an alert of that id exists.
func AddAlert(ctx context.Context, tx *store.Tx, a huiying.Alert) (added bool, err error) {
	body, err := json.Marshal(a)
	if err != nil {
		return false, fmt.Errorf("encode alert %s: %w", a.ID, err)
	}
	res, err := tx.ExecContext(ctx, `
		INSERT INTO alerts (id, post_id, rule, rule_name, level, unit, topic, case_no, accepted_at, raised_at, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING`,
		a.ID, a.PostID, a.Rule, a.RuleName, string(a.Level), a.Unit, a.Topic, a.CaseNo,
		store.Micros(a.AcceptedAt), store.Micros(a.RaisedAt), string(body))
	if err != nil {
		return false, fmt.Errorf("add alert %s: %w", a.ID, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	if a.CaseNo != "" {
		if _, err := tx.ExecContext(ctx, `UPDATE posts SET case_no = $1 WHERE id = $2`, a.CaseNo, a.PostID); err != nil {
			return false, fmt.Errorf("tie post %s to case %s: %w", a.PostID, a.CaseNo, err)
		}
	}
	return true, announce(ctx, tx, a)
}

func announce(ctx context.Context, tx *store.Tx, a huiying.Alert) error {
	unit := a.Unit
	if unit == "" {
		unit = "none"
	}
	a.AcceptedAt, a.RaisedAt = a.AcceptedAt.In(tx.Zone()), a.RaisedAt.In(tx.Zone())
	body, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode alert %s: %w", a.ID, err)
	}
	return Publish(ctx, tx, Message{Subject: "huiying.alert." + string(a.Level) + "." + unit, MsgID: a.ID, Body: body})
}

// Enqueue puts a delivery into the queue. added is false, and nothing happens,
// when a delivery of that id exists.
func Enqueue(ctx context.Context, tx *store.Tx, d huiying.Delivery) (added bool, err error) {
	state := d.State
	if state == "" {
		state = huiying.DeliveryQueued
	}
	created := d.CreatedAt
	if created.IsZero() {
		created = tx.Now()
	}
	next := d.NextAt
	if next.IsZero() {
		next = created
	}
	res, err := tx.ExecContext(ctx, `
		INSERT INTO deliveries (id, alert_id, case_no, person, unit, channel, address, level, state, attempts, next_at,
			leased_until, last_error, created_at, accepted_at, read_at, acked_at, group_key, not_before, step_due)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13, $14, $15, $16, $17, $18, $19) ON CONFLICT (id) DO NOTHING`,
		d.ID, d.Alert.ID, d.Alert.CaseNo, d.Person, d.Unit, d.Channel, d.Address, string(d.Alert.Level), string(state),
		d.Attempts, store.Micros(next), d.LastError, store.Micros(created), store.Micros(d.AcceptedAt),
		store.Micros(d.ReadAt), store.Micros(d.AckedAt), d.Group, store.Micros(d.NotBefore), store.Micros(d.StepDue))
	if err != nil {
		return false, fmt.Errorf("queue delivery %s: %w", d.ID, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	return true, takeAlong(ctx, tx, d, next)
}

const columns = `d.id, d.person, d.unit, d.channel, d.address, d.state, d.attempts, d.next_at, d.leased_until,
	d.last_error, d.created_at, d.accepted_at, d.read_at, d.acked_at, d.group_key, d.not_before, d.delivered_at, d.handed_on_at,
	d.requeued_at, d.step_due, d.digest, a.body`

// Settle writes state, attempts, next time, last error and accepted time, and
// ends the leases; the attempt, which all share, gives their rows of the ledger
// its result, and nil takes back what Lease began. The deliveries must carry
// the LeasedUntil that Lease gave: where somebody else has leased or settled
// one since, nothing of it is written and the error is huiying.Conflict; the
// others are settled. What was read meanwhile, or arrived, or was reported as
// lost, stays so.
func (q *Deliveries) Settle(ctx context.Context, ds []huiying.Delivery, a *huiying.Attempt) error {
	var lost error
	err := q.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		lost = nil
		for _, d := range ds {
			err := settle(ctx, tx, d, a)
			if huiying.ErrorCode(err) == huiying.Conflict {
				lost = err
				continue
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return lost
}

func settle(ctx context.Context, tx *store.Tx, d huiying.Delivery, a *huiying.Attempt) error {
	res, err := tx.ExecContext(ctx, `
		UPDATE deliveries SET state = CASE WHEN state = 'read' OR state = 'delivered' OR state = 'dead' THEN state ELSE $3 END, attempts = $4, next_at = $5,
			last_error = CASE WHEN state = 'dead' THEN last_error ELSE $6 END, leased_until = 0,
			accepted_at = CASE WHEN $7 > 0 THEN $7 ELSE accepted_at END
		WHERE id = $1 AND leased_until = $2 AND leased_until > 0 AND (state = 'sending' OR state = 'read' OR state = 'delivered' OR state = 'dead')`,
		d.ID, store.Micros(d.LeasedUntil), string(d.State), d.Attempts, store.Micros(d.NextAt), d.LastError, store.Micros(d.AcceptedAt))
	if err != nil {
		return fmt.Errorf("settle delivery %s: %w", d.ID, err)
	}
	if err := changed(res, huiying.Errorf(huiying.Conflict, "store.lease_lost", d.ID)); err != nil {
		return err
	}
	return finish(ctx, tx, d, a)
}

// Delivery reads one with its alert; huiying.NotFound when there is none.
func (q *Deliveries) Delivery(ctx context.Context, id string) (huiying.Delivery, error) {
	return Get(ctx, q.store.Reader(), id)
}

// Get reads one delivery with its alert; huiying.NotFound when there is none.
func Get(ctx context.Context, q store.Querier, id string) (huiying.Delivery, error) {
	list, err := store.Collect[huiying.Delivery](q.QueryContext(ctx,
		`SELECT `+columns+` FROM deliveries d JOIN alerts a ON a.id = d.alert_id WHERE d.id = $1`, id))(scan)
	if err != nil {
		return huiying.Delivery{}, fmt.Errorf("read delivery %s: %w", id, err)
	}
	if len(list) == 0 {
		return huiying.Delivery{}, huiying.Errorf(huiying.NotFound, "store.delivery_not_found", id)
	}
	return list[0], nil
}

// OfCase lists the deliveries of a case, the oldest first, 500 at most.
func OfCase(ctx context.Context, q store.Querier, no string) ([]huiying.Delivery, error) {
	list, err := store.Collect[huiying.Delivery](q.QueryContext(ctx,
		`SELECT `+columns+` FROM deliveries d JOIN alerts a ON a.id = d.alert_id WHERE d.case_no = $1 AND d.case_no <> '' ORDER BY d.created_at, d.id LIMIT 500`, no))(scan)
	if err != nil {
		return nil, fmt.Errorf("list deliveries of case %s: %w", no, err)
	}
	return list, nil
}

// OfAlerts lists the deliveries of alerts, the oldest first, by alert.
func OfAlerts(ctx context.Context, q store.Querier, alerts []string) (map[string][]huiying.Delivery, error) {
	ids, err := json.Marshal(alerts)
	if err != nil {
		return nil, fmt.Errorf("encode alerts: %w", err)
	}
	list, err := store.Collect[huiying.Delivery](q.QueryContext(ctx, `SELECT `+columns+` FROM deliveries d JOIN alerts a ON a.id = d.alert_id
		WHERE d.alert_id IN (SELECT value FROM json_each($1)) ORDER BY d.created_at, d.id`, string(ids)))(scan)
	if err != nil {
		return nil, fmt.Errorf("list deliveries of alerts: %w", err)
	}
	out := make(map[string][]huiying.Delivery, len(alerts))
	for _, d := range list {
		out[d.Alert.ID] = append(out[d.Alert.ID], d)
	}
	return out, nil
}

// Release ends every lease at once. Only whoever knows that no other process
// sends may call it, as the owner of the data folder does at its start: what a
// crash interrupted is then sent again without waiting for the lease to end. What
// was to wait less than the clock was ahead when it was made or tried waits as
// long from now: else it would wait until the time is reached again. What was to
// wait longer keeps its time, the end of mute hours. A second start changes
// nothing more, for what was brought forward is due before it was touched.
func (q *Deliveries) Release(ctx context.Context) error {
	return q.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		now := store.Micros(tx.Now())
		_, err := tx.ExecContext(ctx, `UPDATE deliveries SET leased_until = 0, next_at = CASE WHEN next_at > $2 THEN $2 ELSE next_at END
			WHERE state = $1`, string(huiying.DeliverySending), now)
		if err != nil {
			return fmt.Errorf("release deliveries: %w", err)
		}
		const touched = `max(created_at, requeued_at, (SELECT coalesce(max(at), 0) FROM attempts a WHERE a.delivery = deliveries.id))`
		_, err = tx.ExecContext(ctx, `UPDATE deliveries SET next_at = next_at - (`+touched+` - $1)
			WHERE state IN ('queued', 'retrying') AND next_at >= `+touched+` AND next_at - `+touched+` < `+touched+` - $1`, now)
		if err != nil {
			return fmt.Errorf("bring forward deliveries of a clock that was ahead: %w", err)
		}
		return nil
	})
}

// MarkRead notes that the person has opened the delivery; the first time
// counts.
func (q *Deliveries) MarkRead(ctx context.Context, id string, at time.Time) error {
	return q.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		return mark(ctx, tx, id, at, time.Time{})
	})
}

// MarkAcked notes that the person has acknowledged, in a transaction of its
// own; record.Tx has it together with the case's step.
func (q *Deliveries) MarkAcked(ctx context.Context, id string, at time.Time) error {
	return q.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		return MarkAcked(ctx, tx, id, at)
	})
}

// MarkAcked sets the state read, ReadAt and AckedAt where they are not set
// yet; huiying.NotFound when there is no such delivery. What was acknowledged
// is not sent again, whatever its state was.
func MarkAcked(ctx context.Context, tx *store.Tx, id string, at time.Time) error {
	return mark(ctx, tx, id, at, at)
}

func mark(ctx context.Context, tx *store.Tx, id string, read, acked time.Time) error {
	res, err := tx.ExecContext(ctx, `
		UPDATE deliveries SET state = 'read', read_at = CASE WHEN read_at > 0 THEN read_at ELSE $2 END,
			acked_at = CASE WHEN acked_at > 0 THEN acked_at ELSE $3 END
		WHERE id = $1`, id, store.Micros(read), store.Micros(acked))
	if err != nil {
		return fmt.Errorf("mark delivery %s: %w", id, err)
	}
	return changed(res, huiying.Errorf(huiying.NotFound, "store.delivery_not_found", id))
}

// Counts counts the deliveries of each state that has any.
func (q *Deliveries) Counts(ctx context.Context) (map[huiying.DeliveryState]int, error) {
	type count struct {
		state huiying.DeliveryState
		n     int
	}
	list, err := store.Collect[count](q.store.Reader().QueryContext(ctx, `SELECT state, count(*) FROM deliveries GROUP BY state`))(
		func(r *sql.Rows) (c count, err error) { return c, r.Scan(&c.state, &c.n) })
	if err != nil {
		return nil, fmt.Errorf("count deliveries: %w", err)
	}
	counts := make(map[huiying.DeliveryState]int, len(list))
	for _, c := range list {
		counts[c.state] = c.n
	}
	return counts, nil
}

func scan(r *sql.Rows) (d huiying.Delivery, err error) {
	var next, leased, created, accepted, read, acked, held, arrived, handedOn, requeued, step int64
	var body string
	err = r.Scan(&d.ID, &d.Person, &d.Unit, &d.Channel, &d.Address, &d.State, &d.Attempts, &next, &leased,
		&d.LastError, &created, &accepted, &read, &acked, &d.Group, &held, &arrived, &handedOn, &requeued, &step, &d.Digest, &body)
	if err != nil {
		return d, err
	}
	d.NextAt, d.LeasedUntil, d.CreatedAt = store.Time(next), store.Time(leased), store.Time(created)
	d.AcceptedAt, d.ReadAt, d.AckedAt, d.NotBefore = store.Time(accepted), store.Time(read), store.Time(acked), store.Time(held)
	d.DeliveredAt, d.HandedOnAt, d.RequeuedAt, d.StepDue = store.Time(arrived), store.Time(handedOn), store.Time(requeued), store.Time(step)
	return d, json.Unmarshal([]byte(body), &d.Alert)
}

// changed is nil when a statement changed a row, else the given sentence.
func changed(res sql.Result, otherwise *huiying.Error) error {
	n, err := res.RowsAffected()
	if err != nil {
		return errors.Join(err, otherwise)
	}
	if n == 0 {
		return otherwise
	}
	return nil
}
