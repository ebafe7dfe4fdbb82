// Package mentions keeps which units a person praised or named, with the
// reason, and which of these was withdrawn, why and by whom. It only ever adds
// rows; every one is noted in the log of access in the transaction that adds it.
package mentions

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

const columns = `SELECT m.id, m.kind, m.unit, m.case_no, m.reason, m.from_at, m.to_at, m.score, m.scoring, m.person, m.at,
	COALESCE(w.person, ''), COALESCE(w.at, 0), COALESCE(w.reason, '')
	FROM mentions m LEFT JOIN mention_withdrawals w ON w.mention = m.id `

// Of lists the mentions that speak of any part of a period, the newest first;
// unit "" is every unit's.
func Of(ctx context.Context, q store.Querier, from, to time.Time, unit string) ([]query.Mention, error) {
	list, err := store.Collect[query.Mention](q.QueryContext(ctx, columns+`WHERE m.to_at > $1 AND m.from_at < $2 AND ($3 = '' OR m.unit = $3) ORDER BY m.at DESC, m.id`,
		store.Micros(from), store.Micros(to), unit))(func(r *sql.Rows) (query.Mention, error) { return scan(r) })
	if err != nil {
		return nil, fmt.Errorf("read mentions: %w", err)
	}
	return list, nil
}

func scan(r interface{ Scan(...any) error }) (m query.Mention, err error) {
	var from, to, at, withdrawn int64
	err = r.Scan(&m.ID, &m.Kind, &m.Unit, &m.CaseNo, &m.Reason, &from, &to, &m.Score, &m.Scoring, &m.By, &at, &m.WithdrawnBy, &withdrawn, &m.Withdrawal)
	m.From, m.To, m.At, m.WithdrawnAt = store.Time(from), store.Time(to), store.Time(at), store.Time(withdrawn)
	return m, err
}

// Add keeps a mention and gives it its id and time.
func Add(ctx context.Context, s *store.Store, m query.Mention) (query.Mention, error) {
	err := s.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		m.ID, m.At = "m-"+strings.ToLower(rand.Text()[:12]), tx.Now()
		_, err := tx.ExecContext(ctx, `INSERT INTO mentions (id, kind, unit, case_no, reason, from_at, to_at, score, scoring, person, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			m.ID, m.Kind, m.Unit, m.CaseNo, m.Reason, store.Micros(m.From), store.Micros(m.To), m.Score, m.Scoring, m.By, store.Micros(m.At))
		if err != nil {
			return fmt.Errorf("keep a mention of %s: %w", m.Unit, err)
		}
		return access.Note(ctx, tx, access.Entry{Actor: m.By, Action: access.UnitMentioned, Object: m.ID, Detail: m.Kind + " " + m.Unit})
	})
	return m, err
}

// Withdraw takes a mention back; huiying.NotFound when there is none,
// huiying.Conflict when it was taken back before.
func Withdraw(ctx context.Context, s *store.Store, w query.MentionWithdrawal) error {
	return s.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		m, err := scan(tx.QueryRowContext(ctx, columns+`WHERE m.id = $1`, w.ID))
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return huiying.Errorf(huiying.NotFound, "supervision.no_mention")
		case err != nil:
			return fmt.Errorf("read mention %s: %w", w.ID, err)
		case m.WithdrawnBy != "":
			return huiying.Errorf(huiying.Conflict, "supervision.withdrawn")
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO mention_withdrawals (mention, reason, person, at) VALUES ($1, $2, $3, $4)`, w.ID, w.Reason, w.Actor.ID, store.Micros(tx.Now()))
		if err != nil {
			return fmt.Errorf("withdraw mention %s: %w", w.ID, err)
		}
		return access.Note(ctx, tx, access.Entry{Actor: w.Actor.ID, Action: access.MentionWithdrawn, Object: w.ID, Detail: m.Kind + " " + m.Unit})
	})
}
