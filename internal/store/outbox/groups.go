package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"huiying"
	"huiying/internal/store"
)

// takeAlong makes what is held of the same case, person and channel (by mute or
// quiet hours, or for a group) go out no later than d, and so before it: a message of
// a case that cannot wait would else wait for an earlier one that can.
func takeAlong(ctx context.Context, tx *store.Tx, d huiying.Delivery, at time.Time) error {
	if d.Alert.CaseNo == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE deliveries SET next_at = $4 WHERE case_no = $1 AND person = $2 AND channel = $3
		AND `+Unsent+` AND state = 'queued' AND attempts = 0 AND next_at > $4`,
		d.Alert.CaseNo, d.Person, d.Channel, store.Micros(at))
	if err != nil {
		return fmt.Errorf("take along what waits of case %s: %w", d.Alert.CaseNo, err)
	}
	return nil
}

// Waiting tells of a group, person and channel when the message goes out that
// still waits, and when the last one was due; zero times where there is none.
func Waiting(ctx context.Context, q store.Querier, d huiying.Delivery, now time.Time) (next, last time.Time, err error) {
	var soonest, latest int64
	err = q.QueryRowContext(ctx, `
		SELECT coalesce(min(CASE WHEN state IN ('queued', 'retrying') THEN next_at END), 0),
			coalesce(max(CASE WHEN state IN ('queued', 'retrying') THEN 0 WHEN accepted_at > 0 THEN accepted_at
				WHEN next_at < $4 THEN next_at ELSE created_at END), 0)
		FROM deliveries WHERE group_key = $1 AND group_key <> '' AND person = $2 AND channel = $3`,
		d.Group, d.Person, d.Channel, store.Micros(now)).Scan(&soonest, &latest)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return next, last, fmt.Errorf("look at group %s: %w", d.Group, err)
	}
	return store.Time(soonest), store.Time(latest), nil
}

// mostFellows is how many deliveries one message may tell of.
const mostFellows = 200

// fellows selects what is due under the same group, person and channel as a
// delivery that is under way, and would not overtake an earlier message of its
// own case that is not of the group.
const fellows = `SELECT ` + columns + ` FROM deliveries d JOIN alerts a ON a.id = d.alert_id
	WHERE d.group_key = $1 AND d.group_key <> '' AND d.person = $2 AND d.channel = $3 AND d.address = $4
	AND d.id <> $5 AND d.next_at <= $6
	AND (d.state IN ('queued', 'retrying') OR d.state = 'sending' AND d.leased_until <= $6)
	AND (d.case_no = '' OR NOT EXISTS (
		SELECT 1 FROM deliveries e WHERE e.case_no = d.case_no AND e.person = d.person AND e.channel = d.channel
		AND ` + Unsent + ` AND e.id <> $5
		AND (e.created_at, e.id) < (d.created_at, d.id)
		AND (e.group_key <> d.group_key OR e.address <> d.address OR e.next_at > $6 OR e.state = 'sending' AND e.leased_until > $6)))
	ORDER BY d.created_at, d.id LIMIT $7`

// Fellows leases what is due together with d: the others that wait under its
// group for the same person and channel. They carry the lease of d, and all of
// them, d too, the id of the message as their digest.
func (q *Deliveries) Fellows(ctx context.Context, d huiying.Delivery, now time.Time) ([]huiying.Delivery, error) {
	if d.Group == "" {
		return nil, nil
	}
	var leased []huiying.Delivery
	err := q.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		var err error
		leased, err = store.Collect[huiying.Delivery](tx.QueryContext(ctx, fellows,
			d.Group, d.Person, d.Channel, d.Address, d.ID, store.Micros(now), mostFellows))(scan)
		if err != nil {
			return fmt.Errorf("find the group of delivery %s: %w", d.ID, err)
		}
		if len(leased) == 0 {
			return nil
		}
		d.Digest = together(d, leased)
		if err := carried(ctx, tx, d); err != nil {
			return err
		}
		for i := range leased {
			leased[i].State, leased[i].LeasedUntil, leased[i].Digest = huiying.DeliverySending, d.LeasedUntil, d.Digest
			if err := take(ctx, tx, leased[i], now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return leased, nil
}

// together is the id of a message of several. It is the same whenever the same
// are told again, so that receivers drop the repeat, and another when more are:
// under the id of one of them, the newcomer would be dropped with it.
func together(d huiying.Delivery, fellows []huiying.Delivery) string {
	all := []string{d.ID}
	for _, f := range fellows {
		all = append(all, f.ID)
	}
	slices.Sort(all)
	return huiying.DeriveID("g-", all...)
}
