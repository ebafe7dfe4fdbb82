package outbox

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"huiying"
	"huiying/internal/store"
)

// foldable is what waits for one channel, or one address on it, due or not, but
// for what mute hours, quiet hours or a group hold back.
const foldable = ` FROM deliveries d JOIN alerts a ON a.id = d.alert_id
	WHERE d.channel = $1 AND ($2 = '' AND $4 = 0 OR d.address = $2) AND ` + Unsent + `
	AND (d.state <> 'sending' OR d.leased_until <= $3) AND NOT (d.not_before > $3 AND d.next_at > $3)`

// Waiting counts what Fold would add at most.
func (q *Deliveries) Waiting(ctx context.Context, f huiying.Fold) (n int, err error) {
	err = q.store.Reader().QueryRowContext(ctx, `SELECT count(*)`+foldable, f.Channel, f.Address, store.Micros(f.Now), store.Flag(f.Apart)).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count what waits for %s: %w", f.Channel, err)
	}
	return n, nil
}

// Fold leases, beside f.With, whatever else waits for the same channel or
// address, and marks all of them as carried by the digest. Of one case, person
// and channel nothing is taken while what came earlier is on its way by itself.
// It returns all of them, the most urgent first, and those of one case in
// order.
func (q *Deliveries) Fold(ctx context.Context, f huiying.Fold) (all []huiying.Delivery, err error) {
	err = q.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		more, err := folding(ctx, tx, f)
		if err != nil {
			return err
		}
		for i := range more {
			more[i].State, more[i].LeasedUntil, more[i].Digest = huiying.DeliverySending, store.Time(store.Micros(f.Until)), f.Digest
			if err := take(ctx, tx, more[i], f.Now); err != nil {
				return err
			}
		}
		all = slices.Clone(f.With)
		for i := range all {
			all[i].Digest = f.Digest
			if err := carried(ctx, tx, all[i]); err != nil {
				return err
			}
		}
		all = append(all, more...)
		return nil
	})
	sortFold(all)
	return all, err
}

func folding(ctx context.Context, tx *store.Tx, f huiying.Fold) ([]huiying.Delivery, error) {
	more, err := store.Collect[huiying.Delivery](tx.QueryContext(ctx,
		`SELECT `+columns+foldable+` ORDER BY `+urgency+`, d.created_at, d.id LIMIT $5`,
		f.Channel, f.Address, store.Micros(f.Now), store.Flag(f.Apart), max(f.Most-len(f.With), 0)))(scan)
	if err != nil {
		return nil, fmt.Errorf("find what waits for %s: %w", f.Channel, err)
	}
	// Whatever is unsettled and not in the digest may not be overtaken.
	inside := map[string]bool{}
	for _, d := range append(slices.Clone(f.With), more...) {
		inside[d.ID] = true
	}
	earliest, err := outside(ctx, tx, f.Channel, inside)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(more, func(d huiying.Delivery) bool {
		first, waits := earliest[matter{d.Alert.CaseNo, d.Person}]
		return waits && d.Alert.CaseNo != "" && inOrder(first, d) < 0
	}), nil
}

// matter is what keeps its order: one case as one person hears of it.
type matter struct{ caseNo, person string }

// outside is the earliest unsettled delivery of each matter that is not inside.
func outside(ctx context.Context, tx *store.Tx, over string, inside map[string]bool) (map[matter]huiying.Delivery, error) {
	list, err := store.Collect[huiying.Delivery](tx.QueryContext(ctx, `
		SELECT id, case_no, person, created_at FROM deliveries
		WHERE channel = $1 AND case_no <> '' AND `+Unsent, over))(func(r *sql.Rows) (d huiying.Delivery, err error) {
		var created int64
		err = r.Scan(&d.ID, &d.Alert.CaseNo, &d.Person, &created)
		d.CreatedAt = store.Time(created)
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("find what is on its way over %s: %w", over, err)
	}
	out := map[matter]huiying.Delivery{}
	for _, d := range list {
		m := matter{d.Alert.CaseNo, d.Person}
		if first, ok := out[m]; !inside[d.ID] && (!ok || inOrder(d, first) < 0) {
			out[m] = d
		}
	}
	return out, nil
}

// carried marks a delivery that is leased already.
func carried(ctx context.Context, tx *store.Tx, d huiying.Delivery) error {
	for _, statement := range []string{
		`UPDATE deliveries SET digest = $3 WHERE id = $1 AND leased_until = $2`,
		`UPDATE attempts SET digest = $3 WHERE delivery = $1 AND lease = $2 AND result = 'begun'`,
	} {
		if _, err := tx.ExecContext(ctx, statement, d.ID, store.Micros(d.LeasedUntil), d.Digest); err != nil {
			return fmt.Errorf("fold delivery %s: %w", d.ID, err)
		}
	}
	return nil
}

// sortFold puts the most urgent first; a case is as urgent as its most urgent
// delivery and stays in order.
func sortFold(ds []huiying.Delivery) {
	rank := map[string]int{}
	key := func(d huiying.Delivery) string {
		if d.Alert.CaseNo == "" {
			return d.ID
		}
		return d.Alert.CaseNo
	}
	for _, d := range ds {
		rank[key(d)] = max(rank[key(d)], d.Alert.Level.Rank())
	}
	slices.SortStableFunc(ds, func(a, b huiying.Delivery) int {
		if r := rank[key(b)] - rank[key(a)]; r != 0 {
			return r
		}
		return inOrder(a, b)
	})
}

// inOrder compares two deliveries of a case by when they were made; what was
// made at one time goes by id, as in the look for what is due.
func inOrder(a, b huiying.Delivery) int {
	return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
}
