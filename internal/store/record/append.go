package record

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/outbox"
)

// append chains s to the record: it gives it the next numbers, hash and
// signature, moves the head, and queues the message about it.
func (l *Ledger) append(ctx context.Context, tx *store.Tx, s huiying.Step) (huiying.Step, error) {
	key := tx.MACKey()
	if len(key) == 0 {
		return s, huiying.Errorf(huiying.Unavailable, "store.no_record_key")
	}
	n, err := lastN(ctx, tx, s.CaseNo)
	if err != nil {
		return s, err
	}
	if s.N != 0 && s.N != n+1 {
		return s, huiying.Errorf(huiying.Conflict, "store.case_changed", s.CaseNo)
	}
	s.N = n + 1
	s.At = s.At.UTC().Truncate(time.Microsecond)
	if s.Seq, s.Prev, err = l.follow(ctx, tx); err != nil {
		return s, err
	}
	r, err := rowOf(s)
	if err != nil {
		return s, err
	}
	r.hash = r.sum()
	r.mac = sign(key, forStep, r.hash)
	s.Hash, s.MAC = r.hash, r.mac
	if err := insert(ctx, tx, r); err != nil {
		return s, fmt.Errorf("append step %d of case %s: %w", s.N, s.CaseNo, err)
	}
	if err := l.move(ctx, tx, r); err != nil {
		return s, fmt.Errorf("move the head of the record: %w", err)
	}
	return s, announce(ctx, tx, s)
}

// lastN is the number of the case's last step, 0 before the first.
func lastN(ctx context.Context, tx *store.Tx, no string) (int, error) {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT coalesce(max(n), 0) FROM record WHERE case_no = $1`, no).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("read the last step of case %s: %w", no, err)
	}
	return n, nil
}

// follow gives the number and Prev of the next step. A head that is missing,
// not signed by us, not that of the last row, or older than the one this
// process wrote means that somebody else wrote to the record. Work goes on,
// for an alert must go out; but the new step says so under our signature, and
// leaves a gap where rows are gone, so that Verify names it for ever.
func (l *Ledger) follow(ctx context.Context, tx *store.Tx) (seq int64, prev string, err error) {
	h, err := readHead(ctx, tx)
	if err != nil {
		return 0, "", err
	}
	var last head
	err = tx.QueryRowContext(ctx, `SELECT seq, hash FROM record ORDER BY seq DESC LIMIT 1`).Scan(&last.seq, &last.hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, "", fmt.Errorf("read the last step: %w", err)
	}
	mine := l.remembered()
	sound := h.seq == last.seq && h.hash == last.hash && (h.seq == 0 || h.signedBy(tx.MACKey())) &&
		(h.seq > mine.seq || h.seq == mine.seq && h.hash == mine.hash)
	seq = max(h.seq, last.seq, mine.seq) + 1
	if sound {
		return seq, h.hash, nil
	}
	l.store.Logger().ErrorContext(ctx, "the record was changed by another hand; run huiying audit verify",
		"step", seq, "head", h.seq, "last", last.seq, "written", mine.seq)
	return seq, brokenPrefix + h.hash, nil
}

func insert(ctx context.Context, tx *store.Tx, r row) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO record (seq, case_no, n, at, actor, action, from_state, to_state, payload, prev, hash, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		r.seq, r.caseNo, r.n, r.at, r.actor, r.action, r.from, r.to, r.payload, r.prev, r.hash, r.mac)
	return err
}

// move makes r the head.
func (l *Ledger) move(ctx context.Context, tx *store.Tx, r row) error {
	h := head{seq: r.seq, hash: r.hash, at: store.Micros(tx.Now())}
	h.mac = sign(tx.MACKey(), forHead, h.parts()...)
	_, err := tx.ExecContext(ctx, `
		INSERT INTO record_head (one, seq, hash, mac, at) VALUES (1, $1, $2, $3, $4)
		ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, mac = excluded.mac, at = excluded.at`,
		h.seq, h.hash, h.mac, h.at)
	if err == nil {
		tx.AfterCommit(func() { l.remember(h) })
	}
	return err
}

// readHead reads the head; the zero head when there is none.
func readHead(ctx context.Context, q store.Querier) (h head, err error) {
	err = q.QueryRowContext(ctx, `SELECT seq, hash, mac, at FROM record_head WHERE one = 1`).Scan(&h.seq, &h.hash, &h.mac, &h.at)
	if errors.Is(err, sql.ErrNoRows) {
		return head{}, nil
	}
	if err != nil {
		return head{}, fmt.Errorf("read the head of the record: %w", err)
	}
	return h, nil
}

// announce queues the message huiying.case.<action>. An underscore of the
// action is a hyphen in the subject, which allows no underscore.
func announce(ctx context.Context, tx *store.Tx, s huiying.Step) error {
	out := s
	out.At = s.At.In(tx.Zone())
	body, err := json.Marshal(out)
	if err != nil {
		return fmt.Errorf("encode step: %w", err)
	}
	return outbox.Publish(ctx, tx, outbox.Message{
		Subject: "huiying.case." + strings.ReplaceAll(s.Action, "_", "-"),
		MsgID:   fmt.Sprintf("case:%s:%d", s.CaseNo, s.N),
		Body:    body,
	})
}

const rowColumns = `seq, case_no, n, at, actor, action, from_state, to_state, payload, prev, hash, mac`

func scanRow(rows *sql.Rows) (r row, err error) {
	return r, rows.Scan(&r.seq, &r.caseNo, &r.n, &r.at, &r.actor, &r.action, &r.from, &r.to, &r.payload, &r.prev, &r.hash, &r.mac)
}
