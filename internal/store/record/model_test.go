package record_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying"
	"huiying/internal/store/record"
	"huiying/internal/store/storetest"
)

// However the steps of cases come, and whatever is undone between, the record
// verifies and every case is the fold of its steps.
func TestRecordHoldsForAnySteps(t *testing.T) {
	states := []huiying.CaseState{huiying.StatePendingTriage, huiying.StateHandling, huiying.StateResponded, huiying.StateClosed}
	s, clock := storetest.Open(t)
	rapid.Check(t, func(rt *rapid.T) {
		storetest.Exec(t, s, `DELETE FROM record`, `DELETE FROM record_head`, `DELETE FROM cases`, `DELETE FROM case_posts`, `DELETE FROM counters`)
		l := record.New(s) // a new process, which remembers no head
		ctx := t.Context()
		var numbers []string
		rt.Repeat(map[string]func(*rapid.T){
			"open": func(rt *rapid.T) {
				keep := rapid.Bool().Draw(rt, "keep")
				err := l.InTx(ctx, func(tx *record.Tx) error {
					no, err := openCase(ctx, tx, fmt.Sprintf("t-%d", len(numbers)))
					if err == nil && !keep {
						return errors.New("undone")
					}
					if err == nil {
						numbers = append(numbers, no)
					}
					return err
				})
				if (err == nil) != keep {
					rt.Fatal(err)
				}
			},
			"act": func(rt *rapid.T) {
				if len(numbers) == 0 {
					rt.Skip("no case yet")
				}
				no := rapid.SampledFrom(numbers).Draw(rt, "no")
				to := rapid.SampledFrom(states).Draw(rt, "to")
				note := rapid.StringN(0, 20, -1).Draw(rt, "note")
				clock.Advance(time.Second)
				inTx(t, l, func(ctx context.Context, tx *record.Tx) error {
					return act(ctx, tx, no, "note", to, map[string]string{"note": note})
				})
			},
			"verify": func(rt *rapid.T) {
				if report := verify(t, l, record.Exported{}); !report.Clean() {
					rt.Fatalf("%v", report.Findings)
				}
			},
		})
		if report := verify(t, l, record.Exported{}); !report.Clean() {
			rt.Fatalf("%v", report.Findings)
		}
	})
}
