package drills_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/drills"
	"huiying/internal/store/outbox"
	"huiying/internal/store/storetest"
)

// The last drill is found among other alerts, with all of its deliveries.
func TestLast(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		last := func() string {
			list, err := drills.Last(t.Context(), s.Reader())
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, d := range list {
				ids = append(ids, d.ID)
			}
			return strings.Join(ids, " ")
		}
		if got := last(); got != "" {
			t.Errorf("before any drill: %s", got)
		}
		raise := func(alert string, at time.Time, deliveries ...string) {
			t.Helper()
			a := huiying.Alert{ID: alert, Rule: "r-queue", Level: huiying.LevelNone, Cause: huiying.CauseDrill, RaisedAt: at, AcceptedAt: at}
			err := s.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
				if _, err := outbox.AddAlert(ctx, tx, a); err != nil {
					return err
				}
				for _, id := range deliveries {
					if _, err := outbox.Enqueue(ctx, tx, huiying.Delivery{ID: id, Alert: a, Person: id, Channel: "hook", State: huiying.DeliveryQueued, NextAt: at, CreatedAt: at}); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		now := clock.Now()
		raise(drills.Prefix+"z", now, "d-1")
		raise(drills.Prefix+"a", now.Add(time.Minute), "d-2", "d-3")
		raise("a-drilx", now.Add(time.Hour), "d-4")
		raise("a-view", now.Add(time.Hour), "d-5")
		if got := last(); got != "d-2 d-3" {
			t.Errorf("the last drill: %s", got)
		}
	})
}
