package record

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"huiying/internal/store"
	"huiying/internal/store/cases"
)

// foldCounter keeps by which version of the case machine the cases were folded.
const foldCounter = "fold"

// Refold brings the cases in line with what a new version of the case machine
// makes of their steps, once for each version, and names those it changed. The
// record stays as it is. A row that contradicts itself, or whose steps do not
// make a case, is left for Verify to name.
func (l *Ledger) Refold(ctx context.Context, version int64, fold Fold) (changed []string, err error) {
	had, err := foldedBy(ctx, l.store.Reader())
	if err != nil || had >= version {
		return nil, err
	}
	const batch = 100
	for after := ""; ; {
		var seen []string
		err := l.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
			rows, err := caseRows(ctx, tx, after, batch)
			if err != nil {
				return err
			}
			seen = seen[:0]
			var did []string
			for _, c := range rows {
				seen = append(seen, c.No)
				again, err := refold(ctx, tx, c, fold)
				if err != nil {
					return err
				}
				if again {
					did = append(did, c.No)
				}
			}
			changed = append(changed, did...)
			if len(rows) == batch {
				return nil
			}
			_, err = tx.ExecContext(ctx, `INSERT INTO counters (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2`, foldCounter, version)
			return err
		})
		if err != nil {
			return changed, fmt.Errorf("fold the cases anew: %w", err)
		}
		if len(seen) < batch {
			return changed, nil
		}
		after = seen[len(seen)-1]
	}
}

// refold does it to one case, where the row agrees with itself.
func refold(ctx context.Context, tx *store.Tx, c caseRow, fold Fold) (changed bool, err error) {
	body, err := cases.Decode(c.body)
	if err != nil || len(columnsThatDiffer(c.Row, cases.RowOf(body))) > 0 {
		return false, nil
	}
	steps, err := Steps(ctx, tx, c.No)
	if err != nil {
		return false, nil // Verify names the row that cannot be read
	}
	folded, err := fold(steps)
	if err != nil || folded.Version != body.Version || folded.State != body.State {
		return false, nil
	}
	raw, err := json.Marshal(folded)
	if err != nil || string(raw) == c.body {
		return false, err
	}
	return true, cases.Rewrite(ctx, tx, folded)
}

// foldedBy is the version of the case machine that folded the cases; 0 where
// none was noted.
func foldedBy(ctx context.Context, q store.Querier) (version int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT value FROM counters WHERE name = $1`, foldCounter).Scan(&version)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read by which version the cases were folded: %w", err)
	}
	return version, nil
}

func caseRows(ctx context.Context, q store.Querier, after string, n int) ([]caseRow, error) {
	return store.Collect[caseRow](q.QueryContext(ctx, `
		SELECT no, version, state, level, title, topic, open_key, rule, unit, owner, first_seen_at, opened_at,
			assigned_at, acked_at, responded_at, closed_at, next_due_at, body, next_warn_at, ladder_at, merged_into
		FROM cases WHERE no > $1 ORDER BY no LIMIT $2`, after, n))(scanCaseRow)
}
