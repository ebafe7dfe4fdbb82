package outbox_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/outbox"
	"huiying/internal/store/storetest"
)

// What waited for a delivery of its case is leased with its settlement: the next
// for the same person, once it is due, and nothing where the lease was lost.
func TestFollow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		for _, one := range []struct{ id, no, person string }{
			{"d-1", "HY20261123-0001", "u-lin"}, {"d-2", "HY20261123-0001", "u-wang"}, {"d-3", "HY20261123-0002", "u-lin"},
			{"d-4", "HY20261123-0001", "u-lin"}, {"d-5", "HY20261123-0001", "u-lin"},
		} {
			enqueue(t, s, one.id, huiying.LevelYellow, one.no, one.person)
			clock.Advance(time.Millisecond)
		}
		first := leased(t, q, clock.Now(), 9)
		if ids(first) != "d-1 d-2 d-3" {
			t.Fatalf("leased %s", ids(first))
		}
		follow := func(d huiying.Delivery) ([]huiying.Delivery, error) {
			d.State, d.AcceptedAt = huiying.DeliveryAccepted, clock.Now()
			return q.Follow(t.Context(), d, &huiying.Attempt{At: clock.Now(), Result: huiying.AttemptAccepted}, huiying.Turn{Now: clock.Now(), Until: clock.Now().Add(lease)})
		}
		next, err := follow(first[0])
		if err != nil || ids(next) != "d-4" || state(t, q, "d-1") != huiying.DeliveryAccepted || state(t, q, "d-4") != huiying.DeliverySending {
			t.Fatalf("%s followed, %v", ids(next), err)
		}
		if got := next[0]; got.Alert.ID != "a-d-4" || !got.LeasedUntil.Equal(clock.Now().Add(lease)) {
			t.Errorf("followed as %+v", got)
		}
		for _, d := range first[1:] {
			if none, err := follow(d); err != nil || len(none) != 0 {
				t.Errorf("%s followed %s, %v", ids(none), d.ID, err)
			}
		}
		clock.Advance(2 * lease)
		again := leased(t, q, clock.Now(), 9)
		if lost, err := follow(next[0]); ids(again) != "d-4" || huiying.ErrorCode(err) != huiying.Conflict || len(lost) != 0 {
			t.Errorf("%s followed a lost lease, %v", ids(lost), err)
		}
		if state(t, q, "d-5") != huiying.DeliveryQueued {
			t.Errorf("d-5 is %s", state(t, q, "d-5"))
		}
		if last, err := follow(again[0]); err != nil || ids(last) != "d-5" {
			t.Errorf("%s followed at last, %v", ids(last), err)
		}
	})
}

// However many wait for one person, whether of one case or of none, the next are
// found at once: what each of them waits for is not looked for in all that the
// person was ever sent.
func TestFindsTheNextAmongMany(t *testing.T) {
	for _, no := range []string{"", "HY20261123-0001"} {
		t.Run("case "+no, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
				const waiting, told = 3000, 60
				q := outbox.NewDeliveries(s)
				crowd(t, s, no, waiting)
				clock.Advance(time.Second)
				began := time.Now()
				next := leased(t, q, clock.Now(), 1)
				for i := range told {
					if want := fmt.Sprintf("d-%04d", i); ids(next) != want {
						t.Fatalf("leased %s, want %s", ids(next), want)
					}
					d := next[0]
					d.State, d.AcceptedAt = huiying.DeliveryAccepted, clock.Now()
					a := &huiying.Attempt{At: clock.Now(), Result: huiying.AttemptAccepted}
					var err error
					if next, err = q.Follow(t.Context(), d, a, huiying.Turn{Now: clock.Now(), Until: clock.Now().Add(lease)}); err != nil {
						t.Fatal(err)
					}
					if no == "" {
						next = leased(t, q, clock.Now(), 1)
					}
				}
				if took := time.Since(began); took > 20*time.Second { // a second or two where nothing else runs
					t.Errorf("%d of %d were told in %v", told, waiting, took)
				}
			})
		})
	}
}

// crowd queues n deliveries for one person.
func crowd(t *testing.T, s *store.Store, no string, n int) {
	storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
		for i := range n {
			d := huiying.Delivery{
				ID: fmt.Sprintf("d-%04d", i), Alert: alert(fmt.Sprintf("a-%04d", i), huiying.LevelYellow, no), Person: "u-lin", Channel: "robot",
				State: huiying.DeliveryQueued, NextAt: s.Now(), CreatedAt: s.Now().Add(time.Duration(i) * time.Microsecond),
			}
			if _, err := outbox.AddAlert(ctx, tx, d.Alert); err != nil {
				return err
			}
			if _, err := outbox.Enqueue(ctx, tx, d); err != nil {
				return err
			}
		}
		return nil
	})
}
