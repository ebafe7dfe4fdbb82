package record_test

import (
	"context"
	"testing"
	"time"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/record"
	"huiying/internal/store/storetest"
)

// A case that was closed before the period may have a limit that ends in it; one
// of long ago says nothing.
func TestHistories(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		l := office(t, s, clock)
		inTx(t, l, func(ctx context.Context, tx *record.Tx) error {
			return act(ctx, tx, "HY20261123-0002", "close", huiying.StateClosed, nil)
		})
		now := clock.Now()
		for _, row := range []struct {
			from time.Time
			unit string
			want int
		}{
			{now.Add(-time.Hour), "", 5}, {now.AddDate(0, 2, 0), "", 5}, {now.AddDate(0, 2, 0), "u-hall", 5},
			{now.AddDate(0, 2, 0), "u-road", 0}, {now.AddDate(3, 0, 0), "", 4},
		} {
			list, err := record.Histories(t.Context(), s.Reader(), row.from, row.unit)
			if err != nil || len(list) != row.want {
				t.Fatalf("since %v of %q: %d cases, %v; want %d", row.from, row.unit, len(list), err, row.want)
			}
			for _, h := range list {
				if len(h.Steps) != h.Case.Version || h.Steps[0].CaseNo != h.Case.No {
					t.Errorf("%s has %d steps, want %d", h.Case.No, len(h.Steps), h.Case.Version)
				}
			}
		}
	})
}
