package record_test

import (
	"context"
	"testing"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/cases"
	"huiying/internal/store/record"
	"huiying/internal/store/storetest"
)

// newer is the case machine of a later version: it knows drafts.
func newer(steps []huiying.Step) (huiying.Case, error) {
	c, err := fold(steps)
	for _, s := range steps {
		if digest := s.Payload["draft"]; digest != "" {
			c.Drafts = append(c.Drafts, huiying.Reply{Digest: digest, By: s.Actor, At: s.At})
		}
	}
	return c, err
}

func execute(t *testing.T, s *store.Store, query string, args ...any) {
	t.Helper()
	err := s.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A new version of the case machine folds the stored cases anew, once; what was
// tampered with is left for the audit to find, and the time of the last change
// stays.
func TestRefold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		l := office(t, s, clock)
		verify := func() record.Report {
			t.Helper()
			r, err := l.Verify(t.Context(), record.VerifyOptions{Fold: newer, Version: 2})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		if r := verify(); len(r.Findings) != 5 || len(r.Notices) != 1 || r.Notices[0].Key != "store.verify_old_fold" {
			t.Fatalf("before: %+v, %v", r.Findings, r.Notices)
		}
		bad := cases.Number(day, 3)
		execute(t, s, `UPDATE cases SET unit = 'u-other' WHERE no = $1`, bad)
		var before, after int64
		changedAt := func(into *int64) {
			if err := s.Reader().QueryRowContext(t.Context(), `SELECT sum(updated_at) FROM cases`).Scan(into); err != nil {
				t.Fatal(err)
			}
		}
		changedAt(&before)
		changed, err := l.Refold(t.Context(), 2, newer)
		if err != nil || len(changed) != 4 {
			t.Fatalf("changed %v, %v", changed, err)
		}
		if changedAt(&after); before != after {
			t.Error("folding anew is taken for a change")
		}
		r := verify()
		for _, f := range r.Findings {
			if f.CaseNo != bad {
				t.Errorf("%+v", f)
			}
		}
		if len(r.Findings) == 0 || len(r.Notices) != 0 {
			t.Errorf("after: %+v, %v", r.Findings, r.Notices)
		}
		if changed, err := l.Refold(t.Context(), 2, fold); err != nil || len(changed) != 0 {
			t.Errorf("again: %v, %v", changed, err)
		}
	})
}
