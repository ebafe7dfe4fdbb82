package pins

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/posts"
)

// Preserve keeps the pages of a post until somebody ends it, and notes who did.
// Errors: huiying.Invalid without a reason, huiying.NotFound without the post,
// huiying.Conflict when its words were removed by law, when no page of it was
// kept, or when it is preserved already.
func (p *Pins) Preserve(ctx context.Context, n query.NewPreservation) error {
	if err := checkReason(n.Reason); err != nil {
		return err
	}
	return p.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		kept, err := posts.Get(ctx, tx, n.Post)
		if err != nil {
			return err
		}
		if kept.Judgement.Post.Withdrawn {
			return huiying.Errorf(huiying.Conflict, "preserve.withdrawn")
		}
		pages, err := proofs(ctx, tx, n.Post)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(pages, func(e query.Proof) bool { return e.Name != "" }) {
			return huiying.Errorf(huiying.Conflict, "preserve.nothing")
		}
		res, err := tx.ExecContext(ctx, `INSERT INTO preservations (post_id, by_user, reason, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
			n.Post, n.Actor.ID, strings.TrimSpace(n.Reason), store.Micros(tx.Now()))
		if err != nil {
			return fmt.Errorf("preserve %s: %w", n.Post, err)
		}
		if added, err := res.RowsAffected(); err != nil || added == 0 {
			return cmp.Or[error](err, huiying.Errorf(huiying.Conflict, "preserve.already"))
		}
		return access.Note(ctx, tx, access.Entry{Actor: n.Actor.ID, Action: access.EvidencePreserved, Object: n.Post, Detail: strings.TrimSpace(n.Reason)})
	})
}

// EndPreserving ends it: what no case needs goes with the others from then on.
// huiying.Conflict when the post is not preserved.
func (p *Pins) EndPreserving(ctx context.Context, n query.NewPreservation) error {
	if err := checkReason(n.Reason); err != nil {
		return err
	}
	return p.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE preservations SET ended_by = $2, why = $3, ended_at = $4 WHERE post_id = $1 AND ended_at = 0`,
			n.Post, n.Actor.ID, strings.TrimSpace(n.Reason), store.Micros(tx.Now()))
		if err != nil {
			return fmt.Errorf("end the preservation of %s: %w", n.Post, err)
		}
		if ended, err := res.RowsAffected(); err != nil || ended == 0 {
			return cmp.Or[error](err, huiying.Errorf(huiying.Conflict, "preserve.not"))
		}
		return access.Note(ctx, tx, access.Entry{Actor: n.Actor.ID, Action: access.PreservationEnded, Object: n.Post, Detail: strings.TrimSpace(n.Reason)})
	})
}

func checkReason(reason string) error {
	if n := utf8.RuneCountInString(strings.TrimSpace(reason)); n == 0 || n > query.MaxPreservationReason {
		return huiying.Errorf(huiying.Invalid, "preserve.reason", query.MaxPreservationReason)
	}
	return nil
}

// Preserved is what is known of the keeping of a post's pages: every time that
// somebody preserved it, the latest first, and its pages.
func (p *Pins) Preserved(ctx context.Context, post string) (out query.Preserved, err error) {
	q := p.store.Reader()
	out.List, err = store.Collect[query.Preservation](q.QueryContext(ctx,
		`SELECT by_user, reason, at, ended_by, why, ended_at FROM preservations WHERE post_id = $1 ORDER BY n DESC`, post))(
		func(r *sql.Rows) (k query.Preservation, err error) {
			var at, ended int64
			err = r.Scan(&k.By, &k.Reason, &at, &k.EndedBy, &k.Why, &ended)
			k.At, k.EndedAt = store.Time(at), store.Time(ended)
			return k, err
		})
	if err != nil {
		return out, fmt.Errorf("read the preservation of %s: %w", post, err)
	}
	out.Pages, err = proofs(ctx, q, post)
	return out, err
}
