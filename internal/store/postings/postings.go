// Package postings keeps the attempts to publish approved words through a
// platform's official interface. It refuses a second attempt with the same
// words for the same post of a case while the first may have succeeded.
package postings

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"huiying"
	"huiying/internal/store"
)

// Begin writes an attempt that is about to be made; huiying.Conflict when the
// words are out already, or may be.
func Begin(ctx context.Context, tx *store.Tx, p huiying.Posting) error {
	body, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("begin posting of case %s: %w", p.CaseNo, err)
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO postings (id, case_no, post_id, digest, state, began_at, body) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT DO NOTHING`, p.ID, p.CaseNo, p.Post, p.Digest, string(p.State), store.Micros(p.BeganAt), body)
	if err != nil {
		return fmt.Errorf("begin posting of case %s: %w", p.CaseNo, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, huiying.Errorf(huiying.Conflict, "posting.once", p.CaseNo))
	}
	return nil
}

// End writes what became of an attempt. One whose end is known stays as it is.
func End(ctx context.Context, tx *store.Tx, p huiying.Posting) error {
	body, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("end posting %s: %w", p.ID, err)
	}
	res, err := tx.ExecContext(ctx, `UPDATE postings SET state = $2, body = $3 WHERE id = $1 AND state IN ('sending', 'unclear')`, p.ID, string(p.State), body)
	if err != nil {
		return fmt.Errorf("end posting %s: %w", p.ID, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, huiying.Errorf(huiying.Conflict, "posting.ended"))
	}
	return nil
}

// Get reads one; huiying.NotFound when there is none.
func Get(ctx context.Context, q store.Querier, id string) (huiying.Posting, error) {
	var body []byte
	err := q.QueryRowContext(ctx, `SELECT body FROM postings WHERE id = $1`, id).Scan(&body)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return huiying.Posting{}, huiying.Errorf(huiying.NotFound, "posting.unknown")
	case err != nil:
		return huiying.Posting{}, fmt.Errorf("read posting %s: %w", id, err)
	}
	return parse(body)
}

// Of lists the attempts of a case, the newest first.
func Of(ctx context.Context, q store.Querier, no string) (out []huiying.Posting, err error) {
	rows, err := q.QueryContext(ctx, `SELECT body FROM postings WHERE case_no = $1 ORDER BY began_at DESC, id`, no)
	if err != nil {
		return nil, fmt.Errorf("list postings of case %s: %w", no, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			return nil, fmt.Errorf("list postings of case %s: %w", no, err)
		}
		p, err := parse(body)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

func parse(body []byte) (p huiying.Posting, err error) {
	if err := json.Unmarshal(body, &p); err != nil {
		return p, fmt.Errorf("parse posting: %w", err)
	}
	return p, nil
}
