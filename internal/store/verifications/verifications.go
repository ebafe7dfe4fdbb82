// Package verifications keeps when the record was checked and what was found.
// It only ever adds rows.
package verifications

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

// Add keeps a check that has ended, and notes who asked for it.
func Add(ctx context.Context, s *store.Store, v query.Verification) error {
	return s.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO verifications (began_at, ended_at, by_user, steps, cases, heads, findings, first, failed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			store.Micros(v.BeganAt), store.Micros(v.EndedAt), v.By, v.Steps, v.Cases, v.Heads, v.Findings, v.First, v.Failed)
		if err != nil {
			return fmt.Errorf("keep a check of the record: %w", err)
		}
		return access.Note(ctx, tx, access.Entry{Actor: v.By, Action: access.RecordVerified, Object: "record", Detail: fmt.Sprintf("%d findings", v.Findings)})
	})
}

// Last reads the newest check; its zero value when there was none.
func Last(ctx context.Context, q store.Querier) (v query.Verification, err error) {
	var began, ended int64
	err = q.QueryRowContext(ctx, `SELECT began_at, ended_at, by_user, steps, cases, heads, findings, first, failed FROM verifications ORDER BY n DESC LIMIT 1`).
		Scan(&began, &ended, &v.By, &v.Steps, &v.Cases, &v.Heads, &v.Findings, &v.First, &v.Failed)
	if errors.Is(err, sql.ErrNoRows) {
		return query.Verification{}, nil
	}
	if err != nil {
		return v, fmt.Errorf("read the last check of the record: %w", err)
	}
	v.BeganAt, v.EndedAt = store.Time(began), store.Time(ended)
	return v, nil
}
