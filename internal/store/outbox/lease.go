package outbox

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"huiying"
	"huiying/internal/store"
)

// urgency orders by level, the most urgent first.
const urgency = `CASE d.level WHEN 'red' THEN 0 WHEN 'orange' THEN 1 WHEN 'yellow' THEN 2 WHEN 'blue' THEN 3 ELSE 4 END`

// waiting selects what may be sent now: the most urgent first, then in order of
// next_at; and of one case, person and channel nothing before what came
// earlier is settled, for an answer overtaken by its question confuses. Of a
// group only the first that may go out is given out, and red ones: the others go
// out in a message with it, or after it. What has no case or no group says so
// before anything is looked for, and a group's are found by their group: the sum
// keeps the index of a person from being taken, which holds all that the person
// was ever sent.
const waiting = `SELECT ` + columns + ` FROM deliveries d JOIN alerts a ON a.id = d.alert_id
	WHERE ` + Unsent + ` AND d.next_at <= $1 AND (d.state <> 'sending' OR d.leased_until <= $1)
	AND (d.case_no = '' OR NOT EXISTS (
		SELECT 1 FROM deliveries e WHERE e.case_no = d.case_no AND e.person = d.person AND e.channel = d.channel
		AND ` + Unsent + `
		AND (e.created_at, e.id) < (d.created_at, d.id)))
	AND (d.group_key = '' OR NOT EXISTS (
		SELECT 1 FROM deliveries g WHERE g.group_key = d.group_key AND g.group_key <> '' AND g.person = d.person AND g.channel = d.channel
		AND g.address = d.address AND ` + Unsent + ` AND g.next_at <= $1
		AND d.level <> 'red' AND (g.created_at + 0, g.id) < (d.created_at, d.id)
		AND (g.state = 'sending' OR NOT EXISTS (
			SELECT 1 FROM deliveries h WHERE h.case_no = g.case_no AND h.person = g.person AND h.channel = g.channel
			AND ` + Unsent + ` AND g.case_no <> '' AND (h.created_at, h.id) < (g.created_at, g.id)))))`

// inTurn is the order within a level.
const inTurn = ` ORDER BY d.next_at, d.created_at, d.id
	LIMIT $2`

// Lease takes up to n deliveries that are due (queued or retrying with NextAt
// by now, or sending with a lease that ended by now) and go over none of the
// ways of but, marks them sending until the given time, begins an attempt of
// each and returns them with their alerts.
func (q *Deliveries) Lease(ctx context.Context, now time.Time, n int, until time.Time, but ...huiying.Way) ([]huiying.Delivery, error) {
	look := lookFor(now, but)
	// A look without the writer first: most of the time nothing is due.
	found, err := look.rows(ctx, q.store.Reader(), 1)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	var leased []huiying.Delivery
	err = q.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		leased, err = look.rows(ctx, tx, n)
		if err != nil {
			return err
		}
		return begin(ctx, tx, leased, now, until)
	})
	if err != nil {
		return nil, err
	}
	return leased, nil
}

// begin marks deliveries as being sent until a time and begins an attempt of each.
func begin(ctx context.Context, tx *store.Tx, leased []huiying.Delivery, now, until time.Time) error {
	for i := range leased {
		leased[i].State = huiying.DeliverySending
		leased[i].LeasedUntil, leased[i].Digest = store.Time(store.Micros(until)), ""
		if err := take(ctx, tx, leased[i], now); err != nil {
			return err
		}
	}
	return nil
}

// Follow settles a delivery with its attempt, as Settle does, and in the same
// transaction leases, as Lease does, what waited for it: the next one of its case
// for the same person over the same channel. huiying.Conflict when the lease is
// another's by now; then nothing is leased.
func (q *Deliveries) Follow(ctx context.Context, d huiying.Delivery, a *huiying.Attempt, t huiying.Turn) (next []huiying.Delivery, err error) {
	if d.Alert.CaseNo == "" {
		return nil, q.Settle(ctx, []huiying.Delivery{d}, a)
	}
	look := lookFor(t.Now, nil)
	look.first(d)
	err = q.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		if err := settle(ctx, tx, d, a); err != nil {
			return err
		}
		if next, err = look.ask(ctx, tx, "", 1); err != nil {
			return err
		}
		return begin(ctx, tx, next, t.Now, t.Until)
	})
	if err != nil {
		return nil, err
	}
	return next, nil
}

// look is a question for what is due; its second argument is how many.
type look struct {
	statement string
	args      []any
}

func lookFor(now time.Time, but []huiying.Way) look {
	l := look{statement: waiting, args: []any{store.Micros(now), 0}}
	for _, w := range but {
		l.args = append(l.args, w.Channel)
		one := "d.channel = $" + strconv.Itoa(len(l.args))
		if w.Apart || w.Address != "" {
			l.args = append(l.args, w.Address)
			one += " AND d.address = $" + strconv.Itoa(len(l.args))
		}
		l.statement += " AND NOT (" + one + ")"
	}
	return l
}

// first asks for the one alone that is next of the case, person and channel of a
// delivery: where thousands wait, looking at each for what comes before it takes
// longer than sending one.
func (l *look) first(d huiying.Delivery) {
	n := len(l.args)
	l.args = append(l.args, d.Alert.CaseNo, d.Person, d.Channel)
	l.statement += fmt.Sprintf(` AND d.case_no = $%d AND d.person = $%d AND d.channel = $%d AND (d.created_at, d.id) = (
		SELECT f.created_at, f.id FROM deliveries f WHERE f.case_no = $%[1]d AND f.person = $%[2]d AND f.channel = $%[3]d
		AND `+Unsent+` ORDER BY f.created_at, f.id LIMIT 1)`, n+1, n+2, n+3)
}

// rows asks level by level, the most urgent first: in one level the index has the
// order, so that of thousands that wait only those are read that are taken.
func (l look) rows(ctx context.Context, q store.Querier, n int) (list []huiying.Delivery, err error) {
	for _, level := range levels() {
		found, err := l.ask(ctx, q, level, n-len(list))
		if err != nil {
			return nil, err
		}
		if list = append(list, found...); len(list) >= n {
			break
		}
	}
	return list, nil
}

// ask reads up to n that a condition holds for as well.
func (l look) ask(ctx context.Context, q store.Querier, condition string, n int) ([]huiying.Delivery, error) {
	args := slices.Clone(l.args)
	args[1] = n
	list, err := store.Collect[huiying.Delivery](q.QueryContext(ctx, l.statement+condition+inTurn, args...))(scan)
	if err != nil {
		return nil, fmt.Errorf("find due deliveries: %w", err)
	}
	return list, nil
}

// levels are conditions, one for each level and at last one for whatever is of
// none of them.
func levels() (out []string) {
	other := " AND d.level >= ''" // all are; it names the index
	for _, level := range huiying.Levels() {
		out = append(out, " AND d.level = '"+string(level)+"'")
		other += " AND d.level <> '" + string(level) + "'"
	}
	return append(out, other)
}

// take marks a delivery as being sent and begins an attempt of it.
func take(ctx context.Context, tx *store.Tx, d huiying.Delivery, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE deliveries SET state = $2, leased_until = $3, digest = $4 WHERE id = $1`,
		d.ID, string(d.State), store.Micros(d.LeasedUntil), d.Digest)
	if err != nil {
		return fmt.Errorf("lease delivery %s: %w", d.ID, err)
	}
	return add(ctx, tx, huiying.Attempt{
		Delivery: d.ID, Channel: d.Channel, At: now, Digest: d.Digest, Result: huiying.AttemptBegun,
	}, d.LeasedUntil)
}
