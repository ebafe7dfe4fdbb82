package outbox_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/outbox"
	"huiying/internal/store/storetest"
)

// grouped queues a delivery under a group, due after a while.
func grouped(t *testing.T, s *store.Store, id, group, caseNo string, after time.Duration) huiying.Delivery {
	t.Helper()
	d := huiying.Delivery{
		ID: id, Alert: alert("a-"+id, huiying.LevelYellow, caseNo), Person: "lin", Channel: "robot", Group: group,
		NotBefore: s.Now().Add(after), NextAt: s.Now().Add(after), CreatedAt: s.Now(),
	}
	storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
		if _, err := outbox.AddAlert(ctx, tx, d.Alert); err != nil {
			return err
		}
		_, err := outbox.Enqueue(ctx, tx, d)
		return err
	})
	return d
}

// Of a group one delivery is given out, and takes the others that are due
// along; those of other groups, people and times stay.
func TestFellows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		grouped(t, s, "d1", "topic:t-1", "", 30*time.Second)
		clock.Advance(time.Second)
		grouped(t, s, "d2", "topic:t-1", "", 29*time.Second)
		grouped(t, s, "d3", "topic:t-2", "", 29*time.Second)
		grouped(t, s, "d4", "topic:t-1", "", time.Hour)
		if got := leased(t, q, s.Now(), 9); len(got) != 0 {
			t.Fatalf("leased %s before the wait is over", ids(got))
		}
		clock.Advance(30 * time.Second)
		got := leased(t, q, s.Now(), 9)
		if ids(got) != "d3 d1" && ids(got) != "d1 d3" {
			t.Fatalf("leased %s", ids(got))
		}
		var first huiying.Delivery
		for _, d := range got {
			if d.ID == "d1" {
				first = d
			}
		}
		if first.Group != "topic:t-1" || !first.Begins().Equal(first.NotBefore) {
			t.Errorf("%+v", first)
		}
		if again := leased(t, q, s.Now(), 9); len(again) != 0 {
			t.Errorf("leased %s beside its group", ids(again))
		}
		fellows, err := q.Fellows(t.Context(), first, s.Now())
		if err != nil {
			t.Fatal(err)
		}
		if ids(fellows) != "d2" || !fellows[0].LeasedUntil.Equal(first.LeasedUntil) {
			t.Errorf("fellows %s", ids(fellows))
		}
		settle(t, q, first, huiying.DeliveryAccepted)
		settle(t, q, fellows[0], huiying.DeliveryAccepted)
		next, last := waiting(t, s, first)
		if !next.Equal(s.Now().Add(time.Hour-30*time.Second)) || last.IsZero() {
			t.Errorf("next %v, last %v", next, last)
		}
		if next, last := waiting(t, s, huiying.Delivery{Group: "topic:t-9", Person: "lin", Channel: "robot"}); !next.IsZero() || !last.IsZero() {
			t.Errorf("of an empty group: %v %v", next, last)
		}
	})
}

func waiting(t *testing.T, s *store.Store, d huiying.Delivery) (next, last time.Time) {
	t.Helper()
	next, last, err := outbox.Waiting(t.Context(), s.Reader(), d, s.Now())
	if err != nil {
		t.Fatal(err)
	}
	return next, last
}

// A crash in the middle of a message gives the whole group back.
func TestFellowsAfterCrash(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		grouped(t, s, "d1", "topic:t-1", "", 0)
		clock.Advance(time.Second)
		grouped(t, s, "d2", "topic:t-1", "", 0)
		first := leased(t, q, s.Now(), 9)[0]
		if _, err := q.Fellows(t.Context(), first, s.Now()); err != nil {
			t.Fatal(err)
		}
		if err := q.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Second)
		got := leased(t, q, s.Now(), 9)
		if ids(got) != "d1" {
			t.Fatalf("leased %s", ids(got))
		}
		fellows, err := q.Fellows(t.Context(), got[0], s.Now())
		if err != nil || ids(fellows) != "d2" {
			t.Errorf("fellows %s %v", ids(fellows), err)
		}
	})
}

// The message of a group has an id of its own, which is the same for the same
// deliveries and another for more of them: receivers drop a repeat by it, and
// take what is new.
func TestGroupsOwnID(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		var seen []string
		for i, id := range []string{"d1", "d2", "", "d3"} {
			if id != "" {
				grouped(t, s, id, "topic:t-1", "", 0)
			}
			clock.Advance(time.Second)
			if i == 0 {
				continue
			}
			lead := leased(t, q, s.Now(), 9)
			if ids(lead) != "d1" {
				t.Fatalf("leased %s", ids(lead))
			}
			fellows, err := q.Fellows(t.Context(), lead[0], s.Now())
			if err != nil || len(fellows) == 0 {
				t.Fatal(fellows, err)
			}
			seen = append(seen, fellows[0].Digest)
			for _, id := range append([]string{"d1"}, strings.Fields(ids(fellows))...) {
				page, err := q.Show(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				last := page.Attempts[len(page.Attempts)-1]
				if page.Delivery.Digest != fellows[0].Digest || last.Digest != fellows[0].Digest || last.Result != huiying.AttemptBegun {
					t.Errorf("%s: %+v", id, page)
				}
			}
			if err := q.Release(t.Context()); err != nil { // the process was killed
				t.Fatal(err)
			}
			clock.Advance(time.Second)
		}
		if !strings.HasPrefix(seen[0], "g-") || seen[0] != seen[1] || seen[1] == seen[2] {
			t.Errorf("ids %v", seen)
		}
		sent, err := q.SentSince(t.Context(), s.Now().Add(-time.Hour))
		if err != nil || len(sent) != 3 {
			t.Errorf("%d messages of a group count, want one for each attempt; %v", len(sent), err)
		}
	})
}

// What failed together is tried again together.
func TestGroupIsTriedAgainWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		grouped(t, s, "d1", "topic:t-1", "HY20261123-0001", 0)
		clock.Advance(time.Second)
		grouped(t, s, "d2", "topic:t-1", "HY20261123-0001", 0)
		grouped(t, s, "d3", "topic:t-1", "", 0)
		for range 2 {
			clock.Advance(time.Second)
			lead := leased(t, q, s.Now(), 9)
			if ids(lead) != "d1" {
				t.Fatalf("leased %s", ids(lead))
			}
			fellows, err := q.Fellows(t.Context(), lead[0], s.Now())
			if err != nil || ids(fellows) != "d2 d3" {
				t.Fatalf("fellows %s, %v", ids(fellows), err)
			}
			all := put(append(lead, fellows...), huiying.DeliveryRetrying)
			for i := range all {
				all[i].Attempts, all[i].NextAt = all[i].Attempts+1, s.Now().Add(time.Second)
			}
			if err := q.Settle(t.Context(), all, &huiying.Attempt{At: s.Now(), Result: huiying.AttemptRetry}); err != nil {
				t.Fatal(err)
			}
			if next, _ := waiting(t, s, lead[0]); !next.Equal(s.Now().Add(time.Second)) {
				t.Errorf("waits until %v", next)
			}
		}
	})
}

// A group's first one that waits for its own case holds up no other case.
func TestGroupWaitsForNoOtherCase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		grouped(t, s, "notice", "", "HY20261123-0001", 0)
		late := leased(t, q, s.Now(), 9)[0]
		late.State, late.Attempts, late.NextAt = huiying.DeliveryRetrying, 1, s.Now().Add(time.Hour)
		if err := q.Settle(t.Context(), []huiying.Delivery{late}, &huiying.Attempt{At: s.Now(), Result: huiying.AttemptRetry}); err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Second)
		grouped(t, s, "first", "rule:r-1", "HY20261123-0001", 0)
		clock.Advance(time.Second)
		grouped(t, s, "second", "rule:r-1", "HY20261123-0002", 0)
		lead := leased(t, q, s.Now(), 9)
		if ids(lead) != "second" {
			t.Fatalf("leased %s", ids(lead))
		}
		if fellows, err := q.Fellows(t.Context(), lead[0], s.Now()); err != nil || len(fellows) != 0 {
			t.Errorf("fellows %s, %v", ids(fellows), err)
		}
	})
}

// What is held of a case goes out no later than what comes after it and cannot
// wait, and before it.
func TestTakesAlong(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		grouped(t, s, "held", "", "HY20261123-0001", 8*time.Hour)
		grouped(t, s, "other", "", "HY20261123-0002", 8*time.Hour)
		clock.Advance(time.Second)
		grouped(t, s, "urgent", "", "HY20261123-0001", 0)
		got := leased(t, q, s.Now(), 9)
		if ids(got) != "held" {
			t.Fatalf("leased %s first", ids(got))
		}
		settle(t, q, got[0], huiying.DeliveryAccepted)
		if got := leased(t, q, s.Now(), 9); ids(got) != "urgent" {
			t.Errorf("leased %s then", ids(got))
		}
	})
}

// The look for what is due uses an index for groups too, and of a level the index
// has the order.
func TestDueUsesIndexes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		if s.Engine() != store.SQLite {
			t.Skip("its planner rightly scans a table without rows")
		}
		queries := outbox.Due()
		for i, query := range queries {
			steps, err := store.Collect[string](s.Reader().QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, 0, 1))(func(r *sql.Rows) (step string, err error) {
				var id, parent, unused int
				return step, r.Scan(&id, &parent, &unused, &step)
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range steps {
				if strings.HasPrefix(step, "SCAN") || i < len(queries)-1 && strings.Contains(step, "ORDER BY") {
					t.Errorf("the look for what is due: %s", step)
				}
			}
		}
	})
}

// The indexes of what is still to be sent are taken for their own words alone.
func TestUnsentIsThatOfTheIndexes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		if s.Engine() != store.SQLite {
			t.Skip("PostgreSQL sees what follows from what")
		}
		words := strings.Trim(outbox.Unsent, "()")
		for _, index := range []string{"deliveries_due", "deliveries_order", "deliveries_waiting"} {
			var made string
			err := s.Reader().QueryRowContext(t.Context(), `SELECT sql FROM sqlite_master WHERE type = 'index' AND name = $1`, index).Scan(&made)
			if err != nil || !strings.HasSuffix(made, " WHERE "+words) {
				t.Errorf("%s: %s, %v", index, made, err)
			}
		}
	})
}

// A delivery that was made, tried or being sent while the clock was ahead is due
// after the next start and not when its time is reached again, however many
// starts there are; one that waits for the end of mute hours waits for it.
func TestReleaseAfterClockAhead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		grouped(t, s, "d0", "", "", 0)
		clock.Advance(10 * time.Minute)
		grouped(t, s, "d1", "", "", 0)
		mute := grouped(t, s, "d2", "", "", time.Hour)
		grouped(t, s, "d3", "", "", 5*time.Minute)
		tried := leased(t, q, s.Now(), 1)[0]
		tried.State, tried.Attempts, tried.NextAt = huiying.DeliveryRetrying, 1, s.Now().Add(time.Second)
		if err := q.Settle(t.Context(), []huiying.Delivery{tried}, &huiying.Attempt{Delivery: tried.ID, At: s.Now(), Result: huiying.AttemptRetry}); err != nil {
			t.Fatal(err)
		}
		grouped(t, s, "d4", "", "", 0)
		clock.Advance(time.Millisecond)
		if got := leased(t, q, s.Now(), 9); ids(got) != "d1 d4" {
			t.Fatalf("being sent %q", ids(got))
		}
		clock.Advance(-10 * time.Minute)
		if got := leased(t, q, s.Now(), 9); len(got) != 0 {
			t.Fatalf("leased %s", ids(got))
		}
		for range 2 {
			if err := q.Release(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := leased(t, q, s.Now(), 9); ids(got) != "d1 d4" {
			t.Errorf("leased %q", ids(got))
		}
		if got := leased(t, q, s.Now().Add(time.Second), 9); ids(got) != tried.ID {
			t.Errorf("leased a second later %q", ids(got))
		}
		clock.Advance(2 * time.Minute)
		if err := q.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := leased(t, q, s.Now().Add(3*time.Minute-time.Second), 9); strings.Contains(ids(got), "d3") {
			t.Errorf("put off by five minutes, and leased before: %q", ids(got))
		}
		if got := leased(t, q, s.Now().Add(3*time.Minute), 9); !strings.Contains(ids(got), "d3") {
			t.Errorf("leased five minutes later %q", ids(got))
		}
		if got := leased(t, q, mute.NotBefore.Add(-time.Second), 9); strings.Contains(ids(got), "d2") {
			t.Errorf("leased in mute hours: %q", ids(got))
		}
		if got := leased(t, q, mute.NotBefore, 9); !strings.Contains(ids(got), "d2") {
			t.Errorf("leased after mute hours %q", ids(got))
		}
	})
}

// What quiet hours hold is neither sent nor handed on before they end, folds
// into no digest, and is told in one message then; a red one of the same case
// takes it along.
func TestHeldUntil(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		end := s.Now().Add(8 * time.Hour)
		for _, one := range []struct{ id, caseNo string }{{"d1", "C-1"}, {"d2", "C-2"}, {"d3", ""}} {
			d := huiying.Delivery{
				ID: one.id, Alert: alert("a-"+one.id, huiying.LevelOrange, one.caseNo), Person: "lin", Channel: "robot", CreatedAt: s.Now(), StepDue: s.Now().Add(time.Minute),
			}
			d.HoldUntil(end)
			storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
				if _, err := outbox.AddAlert(ctx, tx, d.Alert); err != nil {
					return err
				}
				_, err := outbox.Enqueue(ctx, tx, d)
				return err
			})
			clock.Advance(time.Second)
		}
		clock.Advance(7 * time.Hour)
		late, err := q.Late(t.Context(), s.Now(), map[huiying.Level]time.Duration{huiying.LevelOrange: time.Minute}, 9)
		if err != nil || len(late) != 0 {
			t.Errorf("late: %s %v", ids(late), err)
		}
		if n, err := q.Waiting(t.Context(), huiying.Fold{Channel: "robot", Now: s.Now()}); n != 0 || err != nil {
			t.Errorf("%d fold into a digest: %v", n, err)
		}
		red := huiying.Delivery{ID: "d4", Alert: alert("a-d4", huiying.LevelRed, "C-2"), Person: "lin", Channel: "robot", CreatedAt: s.Now()}
		storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
			if _, err := outbox.AddAlert(ctx, tx, red.Alert); err != nil {
				return err
			}
			_, err := outbox.Enqueue(ctx, tx, red)
			return err
		})
		for _, want := range []string{"d2", "d4"} {
			got := leased(t, q, s.Now(), 9)
			if ids(got) != want {
				t.Fatalf("leased %q at night, want %s", ids(got), want)
			}
			settle(t, q, got[0], huiying.DeliveryAccepted)
		}
		clock.Advance(time.Hour)
		first := leased(t, q, s.Now(), 9)
		if ids(first) != "d1" {
			t.Fatalf("leased %q in the morning", ids(first))
		}
		fellows, err := q.Fellows(t.Context(), first[0], s.Now())
		if err != nil || ids(fellows) != "d3" {
			t.Errorf("with it %q %v", ids(fellows), err)
		}
		to, err := outbox.To(t.Context(), s.Reader(), "lin", s.Now().Add(-24*time.Hour))
		if err != nil || ids(to) != "d4 d3 d2 d1" || !to[3].Quieted() || !to[3].NotBefore.Equal(end) {
			t.Errorf("to the person %q %v", ids(to), err)
		}
	})
}
