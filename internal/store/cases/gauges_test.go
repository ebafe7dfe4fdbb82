package cases_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/cases"
	"huiying/internal/store/storetest"
)

// The live figures are what stands in the cases at the moment of the question.
func TestGauges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		now := time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
		missed := huiying.Clock{Preset: "yq.ack", DueAt: now.Add(-time.Hour), BreachedAt: now.Add(-time.Hour)}
		list := []huiying.Case{
			{No: "HY20261123-0001", State: huiying.StateAwaitingAck, Level: huiying.LevelRed, Topic: "a", AssignedAt: now.Add(-90 * time.Second), Clocks: []huiying.Clock{missed}},
			{No: "HY20261123-0002", State: huiying.StateHandling, Level: huiying.LevelRed, Topic: "b",
				Ladder: huiying.Ladder{Policy: "p", Rungs: []huiying.Rung{{}}, NextAt: now.Add(-30 * time.Second)}},
			{No: "HY20261123-0003", State: huiying.StateClosed, Level: huiying.LevelBlue, Topic: "c", Clocks: []huiying.Clock{missed}},
		}
		for _, c := range list {
			c.Version = 1
			err := s.Write(context.Background(), store.Urgent, func(ctx context.Context, tx *store.Tx) error { return cases.Put(ctx, tx, c) })
			if err != nil {
				t.Fatal(err)
			}
		}
		want := `
# HELP huiying_cases Cases by state and level.
# TYPE huiying_cases gauge
huiying_cases{level="blue",state="closed"} 1
huiying_cases{level="red",state="awaiting_ack"} 1
huiying_cases{level="red",state="handling"} 1
# HELP huiying_cases_oldest_due_rung_seconds How long the oldest rung of a ladder has been due.
# TYPE huiying_cases_oldest_due_rung_seconds gauge
huiying_cases_oldest_due_rung_seconds 30
# HELP huiying_cases_oldest_unacknowledged_seconds Age of the oldest assignment that nobody acknowledged.
# TYPE huiying_cases_oldest_unacknowledged_seconds gauge
huiying_cases_oldest_unacknowledged_seconds 90
# HELP huiying_cases_overdue Open cases with a time limit that ended and was not met.
# TYPE huiying_cases_overdue gauge
huiying_cases_overdue 1
`
		if err := testutil.CollectAndCompare(cases.NewGauges(s, func() time.Time { return now }), strings.NewReader(want)); err != nil {
			t.Error(err)
		}
	})
}
