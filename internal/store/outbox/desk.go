package outbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
)

// HandedOn notes that a delivery's next channel took over; "" = there is none.
func (q *Deliveries) HandedOn(ctx context.Context, id, to string, at time.Time) error {
	return q.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		d, err := Get(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE deliveries SET handed_on_at = $2 WHERE id = $1`, id, store.Micros(at)); err != nil {
			return fmt.Errorf("hand delivery %s on: %w", id, err)
		}
		if to == "" {
			return nil
		}
		return add(ctx, tx, huiying.Attempt{Delivery: id, Channel: d.Channel, At: at, Result: huiying.AttemptHandedOn, Sentence: to}, time.Time{})
	})
}

// Requeue sends a dead delivery anew under its own id, with its attempts and
// its deadline counted from the start; huiying.Conflict when it is not dead.
func (q *Deliveries) Requeue(ctx context.Context, id, by string) error {
	return q.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		d, err := Get(ctx, tx, id)
		if err != nil {
			return err
		}
		return requeue(ctx, tx, d, by)
	})
}

func requeue(ctx context.Context, tx *store.Tx, d huiying.Delivery, by string) error {
	res, err := tx.ExecContext(ctx, `
		UPDATE deliveries SET state = 'queued', attempts = 0, next_at = $2, requeued_at = $2, leased_until = 0
		WHERE id = $1 AND state = 'dead'`, d.ID, store.Micros(tx.Now()))
	if err != nil {
		return fmt.Errorf("requeue delivery %s: %w", d.ID, err)
	}
	if err := changed(res, huiying.Errorf(huiying.Conflict, "store.delivery_not_dead", d.ID)); err != nil {
		return err
	}
	return add(ctx, tx, huiying.Attempt{Delivery: d.ID, Channel: d.Channel, At: tx.Now(), Result: huiying.AttemptRequeued, By: by}, time.Time{})
}

// Readdress gives the dead letters of a channel the addresses that people have
// on it now; of whom none is given keep theirs.
func (q *Deliveries) Readdress(ctx context.Context, over string, people []huiying.Person) error {
	return q.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		for _, p := range people {
			i := slices.IndexFunc(p.Contacts, func(c huiying.Contact) bool { return c.Channel == over })
			if i < 0 {
				continue
			}
			_, err := tx.ExecContext(ctx, `UPDATE deliveries SET address = $3 WHERE person = $1 AND channel = $2 AND state = 'dead' AND address <> $3`,
				p.ID, over, p.Contacts[i].Address)
			if err != nil {
				return fmt.Errorf("readdress the dead letters of %s: %w", p.ID, err)
			}
		}
		return nil
	})
}

// requeueSlice is how many dead letters one transaction sends anew.
const requeueSlice = 200

// RequeueAll sends every dead delivery of a channel anew, once, and counts them.
func (q *Deliveries) RequeueAll(ctx context.Context, over, by string) (total int, err error) {
	var begun time.Time
	for {
		n := 0
		err := q.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
			n = 0
			if begun.IsZero() {
				begun = tx.Now()
			}
			// What was sent since then and died again is not taken twice.
			list, err := store.Collect[huiying.Delivery](tx.QueryContext(ctx, `
				SELECT `+columns+` FROM deliveries d JOIN alerts a ON a.id = d.alert_id
				WHERE d.state = 'dead' AND d.channel = $1 AND d.requeued_at < $2 ORDER BY d.created_at, d.id LIMIT $3`,
				over, store.Micros(begun), requeueSlice))(scan)
			if err != nil {
				return fmt.Errorf("find dead letters of %s: %w", over, err)
			}
			for _, d := range list {
				if err := requeue(ctx, tx, d, by); err != nil {
					return err
				}
				n++
			}
			return nil
		})
		if err != nil {
			return total, err
		}
		if total += n; n < requeueSlice {
			return total, nil
		}
	}
}

// Carried lists the delivery of an id, or those that the digest of that id was
// the last to carry; none where there is no such thing.
func (q *Deliveries) Carried(ctx context.Context, id string) ([]huiying.Delivery, error) {
	list, err := store.Collect[huiying.Delivery](q.store.Reader().QueryContext(ctx, `
		SELECT `+columns+` FROM deliveries d JOIN alerts a ON a.id = d.alert_id
		WHERE d.id = $1 OR d.digest = $1 AND d.digest <> '' ORDER BY d.created_at, d.id`, id))(scan)
	if err != nil {
		return nil, fmt.Errorf("read what %s carried: %w", id, err)
	}
	return list, nil
}

// Receive notes what a provider reports of a delivery that it took or is being
// given: that it arrived, or that it will not. Saying so again changes nothing;
// a delivery that was read stays read. changed is false where nothing did.
func (q *Deliveries) Receive(ctx context.Context, id string, r query.Receipt) (done bool, err error) {
	err = q.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		done = false
		d, err := Get(ctx, tx, id)
		if err != nil {
			return err
		}
		statement, result := `UPDATE deliveries SET state = 'delivered', delivered_at = $2, last_error = $3
			WHERE id = $1 AND state IN ('sending', 'accepted', 'retrying') AND delivered_at = 0`, huiying.AttemptDelivered
		if r.Failed {
			statement, result = `UPDATE deliveries SET state = 'dead', next_at = $2, last_error = $3
				WHERE id = $1 AND state IN ('sending', 'accepted')`, huiying.AttemptFailed
		}
		res, err := tx.ExecContext(ctx, statement, id, store.Micros(r.At), r.Sentence)
		if err != nil {
			return fmt.Errorf("receipt of delivery %s: %w", id, err)
		}
		n, err := res.RowsAffected()
		if err != nil || n == 0 {
			return err
		}
		done = true
		return add(ctx, tx, huiying.Attempt{
			Delivery: id, Channel: d.Channel, At: r.At, Digest: d.Digest, Result: result, Code: r.Code, Sentence: r.Sentence,
		}, time.Time{})
	})
	return done, err
}

// List reads deliveries, the newest first, those of one moment by id.
func (q *Deliveries) List(ctx context.Context, f query.DeliveryFilter) ([]huiying.Delivery, error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	before := store.Micros(f.Before)
	list, err := store.Collect[huiying.Delivery](q.store.Reader().QueryContext(ctx, `
		SELECT `+columns+` FROM deliveries d JOIN alerts a ON a.id = d.alert_id
		WHERE ($1 = '' OR d.state = $1) AND ($2 = '' OR d.channel = $2) AND ($3 = '' OR d.case_no = $3) 
		AND ($4 = 0 OR d.created_at < $4 OR d.created_at = $4 AND $6 <> '' AND d.id > $6)
		ORDER BY d.created_at DESC, d.id LIMIT $5`, string(f.State), f.Channel, f.CaseNo, before, f.Limit, f.After))(scan)
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	return list, nil
}

// To lists what went to a person since a time, or was to, the newest first.
func To(ctx context.Context, q store.Querier, person string, since time.Time) ([]huiying.Delivery, error) {
	list, err := store.Collect[huiying.Delivery](q.QueryContext(ctx, `
		SELECT `+columns+` FROM deliveries d JOIN alerts a ON a.id = d.alert_id
		WHERE d.person = $1 AND d.created_at >= $2 ORDER BY d.created_at DESC, d.id`, person, store.Micros(since)))(scan)
	if err != nil {
		return nil, fmt.Errorf("list deliveries to %s: %w", person, err)
	}
	return list, nil
}

// Standing counts, by channel, what waits and what died.
func (q *Deliveries) Standing(ctx context.Context) (map[string]query.Standing, error) {
	out := map[string]query.Standing{}
	// Each half reads the index of its own.
	rows, err := q.store.Reader().QueryContext(ctx, `
		SELECT channel, sum(dead), sum(waiting) FROM (
			SELECT channel, count(*) AS waiting, 0 AS dead FROM deliveries WHERE `+Unsent+` GROUP BY channel
			UNION ALL
			SELECT channel, 0, count(*) FROM deliveries WHERE state = 'dead' GROUP BY channel) AS halves
		GROUP BY channel`)
	if err != nil {
		return nil, fmt.Errorf("count deliveries by channel: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var s query.Standing
		if err := rows.Scan(&id, &s.Dead, &s.Waiting); err != nil {
			return nil, fmt.Errorf("count deliveries by channel: %w", err)
		}
		out[id] = s
	}
	return out, rows.Err()
}
