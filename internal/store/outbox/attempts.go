package outbox

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
)

// add adds a row to the ledger; lease is the delivery's while the attempt is
// under way.
func add(ctx context.Context, tx *store.Tx, a huiying.Attempt, lease time.Time) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO attempts (delivery, channel, at, lease, digest, result, code, sentence, took, by_user)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		a.Delivery, a.Channel, store.Micros(a.At), store.Micros(lease), a.Digest, string(a.Result), a.Code, a.Sentence, a.Took.Microseconds(), a.By)
	if err != nil {
		return fmt.Errorf("note an attempt of %s: %w", a.Delivery, err)
	}
	return nil
}

// finish gives the attempt under way its result; without one it takes back what
// was begun and never sent.
func finish(ctx context.Context, tx *store.Tx, d huiying.Delivery, a *huiying.Attempt) error {
	var err error
	if a == nil {
		_, err = tx.ExecContext(ctx, `DELETE FROM attempts WHERE delivery = $1 AND lease = $2 AND result = $3`,
			d.ID, store.Micros(d.LeasedUntil), string(huiying.AttemptBegun))
	} else {
		_, err = tx.ExecContext(ctx, `
			UPDATE attempts SET result = $4, code = $5, sentence = $6, took = $7, at = $8 WHERE delivery = $1 AND lease = $2 AND result = $3`,
			d.ID, store.Micros(d.LeasedUntil), string(huiying.AttemptBegun), string(a.Result), a.Code, a.Sentence, a.Took.Microseconds(), store.Micros(a.At))
	}
	if err != nil {
		return fmt.Errorf("settle an attempt of %s: %w", d.ID, err)
	}
	return nil
}

// Note adds a row to the ledger: a trial of a channel, which has no delivery.
func (q *Deliveries) Note(ctx context.Context, a huiying.Attempt) error {
	return q.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		return add(ctx, tx, a, time.Time{})
	})
}

// Attempts is the ledger of one delivery, the earliest first.
func (q *Deliveries) Attempts(ctx context.Context, delivery string) ([]huiying.Attempt, error) {
	return attempts(q.store.Reader().QueryContext(ctx, `SELECT `+ledger+` FROM attempts WHERE delivery = $1 ORDER BY n`, delivery))
}

// Show reads one delivery with its ledger and the units whose matter it is;
// huiying.NotFound when there is none.
func (q *Deliveries) Show(ctx context.Context, id string) (page query.DeliveryPage, err error) {
	if page.Delivery, err = q.Delivery(ctx, id); err != nil {
		return page, err
	}
	page.Units = []string{page.Delivery.Alert.Unit}
	of, err := store.Collect[string](q.store.Reader().QueryContext(ctx, `SELECT unit FROM cases WHERE no = $1`, page.Delivery.Alert.CaseNo))(
		func(r *sql.Rows) (unit string, err error) { return unit, r.Scan(&unit) })
	if err != nil {
		return page, fmt.Errorf("unit of the case of delivery %s: %w", id, err)
	}
	page.Units = append(page.Units, of...)
	page.Attempts, err = q.Attempts(ctx, id)
	return page, err
}

const ledger = `n, delivery, channel, at, digest, result, code, sentence, took, by_user`

func attempts(rows *sql.Rows, err error) ([]huiying.Attempt, error) {
	list, err := store.Collect[huiying.Attempt](rows, err)(func(r *sql.Rows) (a huiying.Attempt, err error) {
		var at, took int64
		err = r.Scan(&a.N, &a.Delivery, &a.Channel, &at, &a.Digest, &a.Result, &a.Code, &a.Sentence, &took, &a.By)
		a.At, a.Took = store.Time(at), time.Duration(took)*time.Microsecond
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("read attempts: %w", err)
	}
	return list, nil
}

// Trials is the last trial of every channel that was tried.
func (q *Deliveries) Trials(ctx context.Context) (map[string]huiying.Attempt, error) {
	list, err := attempts(q.store.Reader().QueryContext(ctx, `SELECT `+ledger+` FROM attempts
		WHERE n IN (SELECT max(n) FROM attempts WHERE delivery >= 't-' AND delivery < 't.' GROUP BY channel)`))
	out := map[string]huiying.Attempt{}
	for _, a := range list {
		out[a.Channel] = a
	}
	return out, err
}

// SentSince lists the messages that went out since, in their order, by channel
// and, in place of the delivery, the address: what providers count. A digest is
// one message each time it is tried, and an attempt that a crash cut off counts, for it may have gone
// out.
func (q *Deliveries) SentSince(ctx context.Context, since time.Time) ([]huiying.Attempt, error) {
	list, err := store.Collect[huiying.Attempt](q.store.Reader().QueryContext(ctx, `
		SELECT t.channel, coalesce(max(d.address), ''), min(t.at) FROM attempts t LEFT JOIN deliveries d ON d.id = t.delivery
		WHERE t.at >= $1 AND t.result IN ('begun', 'accepted', 'retry', 'refused')
		GROUP BY t.channel, CASE WHEN t.digest <> '' THEN t.digest || '/' || t.lease ELSE t.delivery || '/' || t.n END ORDER BY min(t.at)`, store.Micros(since)))(
		func(r *sql.Rows) (a huiying.Attempt, err error) {
			var at int64
			err = r.Scan(&a.Channel, &a.Delivery, &at)
			a.At = store.Time(at)
			return a, err
		})
	if err != nil {
		return nil, fmt.Errorf("read what went out: %w", err)
	}
	return list, nil
}

// lookedAt is how many rows of a channel's ledger are read to find some messages
// in a row that failed: a failure may be two rows, the second a receipt.
const lookedAt = 8

// FailuresInARow are the last attempts over a channel as long as they failed, the
// newest first and n at most. What the provider took and a receipt says will not
// arrive failed; a trial counts as well, so that one that arrives ends the row.
func (q *Deliveries) FailuresInARow(ctx context.Context, channel string, n int) ([]huiying.Attempt, error) {
	list, err := attempts(q.store.Reader().QueryContext(ctx, `SELECT `+ledger+` FROM attempts
		WHERE channel = $1 AND result IN ('accepted', 'retry', 'refused', 'delivered', 'failed') ORDER BY n DESC LIMIT $2`, channel, n+lookedAt))
	if err != nil {
		return nil, err
	}
	var run []huiying.Attempt
	late := map[string]bool{} // deliveries that a receipt says failed
	for _, a := range list {
		switch {
		case len(run) == n, a.Result == huiying.AttemptDelivered:
			return run, nil
		case a.Result == huiying.AttemptAccepted && !late[a.Delivery]:
			return run, nil
		case a.Result == huiying.AttemptAccepted:
			continue // its receipt stands for it
		}
		late[a.Delivery] = late[a.Delivery] || a.Result == huiying.AttemptFailed
		run = append(run, a)
	}
	return run, nil
}
