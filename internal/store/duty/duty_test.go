package duty_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/cases"
	"huiying/internal/store/definitions"
	"huiying/internal/store/duty"
	"huiying/internal/store/outbox"
	"huiying/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var officer = huiying.Actor{ID: "officer"}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestRostersAndTables(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		b, ctx := duty.New(s), t.Context()
		r := huiying.Roster{ID: "main", Name: "总值班", Layers: []huiying.RosterLayer{{ID: "desk", Start: "2026-11-23", People: []string{"an"}}}}
		for range 2 { // the same again is no new version
			if err := b.PutRoster(ctx, r, officer); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff([]huiying.Roster{r}, must[[]huiying.Roster](t)(b.Rosters(ctx))); diff != "" {
			t.Error(diff)
		}
		rows := []huiying.DutyRow{{Date: "2026-10-01", People: []string{"an"}}}
		if err := b.PutTable(ctx, "main", rows, officer); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string][]huiying.DutyRow{"main": rows}, must[map[string][]huiying.DutyRow](t)(b.Tables(ctx))); diff != "" {
			t.Error(diff)
		}
		history := must[[]definitions.Definition](t)(definitions.New(s).History(ctx, duty.KindRoster, "main"))
		if len(history) != 1 || history[0].Author != "officer" {
			t.Errorf("history %+v", history)
		}
		if n := logged(t, s, duty.Imported); n != 1 {
			t.Errorf("%d imports in the log", n)
		}
	})
}

func logged(t *testing.T, s *store.Store, action string) (n int) {
	t.Helper()
	if err := s.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM access_log WHERE action = $1`, action).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A change is kept with who made it and when, and stays after it is taken back.
func TestChangesStay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		b, ctx := duty.New(s), t.Context()
		c := huiying.DutyChange{Roster: "main", Kind: huiying.DutySwap, Instead: "an", Who: "bo", Reason: "both agreed", By: "officer",
			From: clock.Now().Add(time.Hour), Until: clock.Now().Add(2 * time.Hour), BackFrom: clock.Now().Add(3 * time.Hour), BackUntil: clock.Now().Add(4 * time.Hour)}
		made := must[huiying.DutyChange](t)(b.Change(ctx, c))
		again := must[huiying.DutyChange](t)(b.Change(ctx, c)) // pressed twice
		if again.ID != made.ID {
			t.Error("the same change at the same time is two")
		}
		clock.Advance(time.Minute)
		if err := b.Withdraw(ctx, made.ID, huiying.Actor{ID: "manager"}); err != nil {
			t.Fatal(err)
		}
		if err := b.Withdraw(ctx, made.ID, officer); huiying.ErrorCode(err) != huiying.NotFound {
			t.Errorf("withdrawn twice: %v", err)
		}
		want := made
		want.WithdrawnBy, want.WithdrawnAt = "manager", clock.Now()
		if diff := cmp.Diff([]huiying.DutyChange{want}, must[[]huiying.DutyChange](t)(b.Changes(ctx))); diff != "" {
			t.Error(diff)
		}
		if logged(t, s, duty.Changed) != 1 || logged(t, s, duty.Withdrawn) != 1 {
			t.Error("the log does not say who")
		}
	})
}

func waiting(no string, ladder huiying.Ladder) huiying.Case {
	return huiying.Case{No: no, Version: 1, State: huiying.StateAwaitingAck, Level: huiying.LevelRed, Topic: no, Unit: "u-hall",
		AssignedAt: storetest.Start(), Ladder: ladder}
}

func TestAudit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		b, ctx, now := duty.New(s), t.Context(), clock.Now()
		rungs := []huiying.Rung{{After: time.Minute, Notify: []string{"duty"}}}
		late := waiting("HY20261123-0001", huiying.Ladder{Policy: "p", Rungs: rungs, NextAt: now.Add(-time.Minute)})
		coming := waiting("HY20261123-0002", huiying.Ladder{Policy: "p", Rungs: rungs, NextAt: now.Add(time.Minute)})
		bare := waiting("HY20261123-0003", huiying.Ladder{})
		closed := waiting("HY20261123-0004", huiying.Ladder{Policy: "p", Rungs: rungs, NextAt: now.Add(-time.Minute)})
		closed.State = huiying.StateClosed
		storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
			for _, c := range []huiying.Case{late, coming, bare, closed} {
				if err := cases.Put(ctx, tx, c); err != nil {
					return err
				}
			}
			return nil
		})
		numbers := func(list []huiying.Case, err error) (out []string) {
			for _, c := range must[[]huiying.Case](t)(list, err) {
				out = append(out, c.No)
			}
			return out
		}
		if got := numbers(b.Overdue(ctx, now.Add(-10*time.Second), 10)); !cmp.Equal(got, []string{late.No}) {
			t.Errorf("overdue %v", got)
		}
		if got := numbers(b.Unled(ctx, 10)); !cmp.Equal(got, []string{bare.No}) {
			t.Errorf("unled %v", got)
		}
	})
}

// The last alert of a case counts: while one of its deliveries may still
// arrive, somebody may be reached.
func TestUnreached(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		b, ctx := duty.New(s), t.Context()
		deliver := func(no, alert, id string, state huiying.DeliveryState, after time.Duration) {
			storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
				a := huiying.Alert{ID: alert, Level: huiying.LevelRed, CaseNo: no, RaisedAt: clock.Now().Add(after)}
				if _, err := outbox.AddAlert(ctx, tx, a); err != nil {
					return err
				}
				_, err := outbox.Enqueue(ctx, tx, huiying.Delivery{ID: id, Alert: a, Person: "an", Channel: "hook", State: state})
				return err
			})
		}
		for _, no := range []string{"HY20261123-0001", "HY20261123-0002", "HY20261123-0003", "HY20261123-0004"} {
			storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
				return cases.Put(ctx, tx, waiting(no, huiying.Ladder{}))
			})
		}
		deliver("HY20261123-0001", "a-1", "d-1", huiying.DeliveryAccepted, 0) // an earlier one arrived, the last one did not
		deliver("HY20261123-0001", "a-2", "d-2", huiying.DeliveryDead, time.Minute)
		deliver("HY20261123-0002", "a-3", "d-3", huiying.DeliveryDead, 0) // its next channel is under way
		deliver("HY20261123-0002", "a-3", "d-4", huiying.DeliveryQueued, 0)
		deliver("HY20261123-0003", "a-5", "d-5", huiying.DeliveryDead, 0) // told again since
		deliver("HY20261123-0003", "a-6", "d-6", huiying.DeliveryRead, time.Minute)
		if got := must[[]string](t)(b.Unreached(ctx, 10)); !cmp.Equal(got, []string{"HY20261123-0001"}) {
			t.Errorf("unreached %v", got)
		}
	})
}

func TestFindings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		b, ctx := duty.New(s), t.Context()
		f := huiying.DutyFinding{ID: "df-1", Kind: "stuck", Subject: "HY20261123-0001", FoundAt: clock.Now()}
		if must[bool](t)(b.Find(ctx, f)) {
			t.Error("known before it was found")
		}
		f2 := f
		f2.ID = "df-2"
		if !must[bool](t)(b.Find(ctx, f2)) {
			t.Error("found twice while it lasts")
		}
		at := clock.Now().Add(time.Minute)
		for _, err := range []error{b.Told(ctx, "df-1", at), b.Told(ctx, "df-1", at.Add(time.Hour))} {
			if err != nil {
				t.Fatal(err)
			}
		}
		f.ToldAt = at
		if diff := cmp.Diff([]huiying.DutyFinding{f}, must[[]huiying.DutyFinding](t)(b.Findings(ctx))); diff != "" {
			t.Error(diff)
		}
		if err := b.Over(ctx, "df-1", at); err != nil {
			t.Fatal(err)
		}
		if got := must[[]huiying.DutyFinding](t)(b.Findings(ctx)); len(got) != 0 {
			t.Errorf("over, and still there: %+v", got)
		}
		if must[bool](t)(b.Find(ctx, f2)) {
			t.Error("it may come again")
		}
	})
}
