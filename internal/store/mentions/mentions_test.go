package mentions_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/mentions"
	"huiying/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A mention stays whatever becomes of it; one that was withdrawn says by whom
// and why, and cannot be withdrawn twice.
func TestMentionsStay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		from, to := clock.Now().AddDate(0, 0, -7), clock.Now()
		first, err := mentions.Add(t.Context(), s, query.Mention{Kind: query.MentionName, Unit: "u-hall", CaseNo: "HY1", Reason: "两次逾期", From: from, To: to, Score: "51.20", Scoring: 3, By: "boss"})
		if err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Minute)
		if _, err := mentions.Add(t.Context(), s, query.Mention{Kind: query.MentionPraise, Unit: "u-roads", Reason: "连续三周按时", From: from, To: to, By: "boss"}); err != nil {
			t.Fatal(err)
		}
		w := query.MentionWithdrawal{ID: first.ID, Reason: "核实后不属该单位", Actor: huiying.Actor{ID: "desk"}}
		if err := mentions.Withdraw(t.Context(), s, w); err != nil {
			t.Fatal(err)
		}
		if err := mentions.Withdraw(t.Context(), s, w); huiying.ErrorCode(err) != huiying.Conflict {
			t.Errorf("twice: %v", err)
		}
		w.ID = "m-none"
		if err := mentions.Withdraw(t.Context(), s, w); huiying.ErrorCode(err) != huiying.NotFound {
			t.Errorf("of none: %v", err)
		}
		list, err := mentions.Of(t.Context(), s.Reader(), from, to, "")
		if err != nil || len(list) != 2 || list[0].Unit != "u-roads" {
			t.Fatalf("%+v, %v", list, err)
		}
		if m := list[1]; m.WithdrawnBy != "desk" || m.Withdrawal == "" || !m.WithdrawnAt.Equal(clock.Now()) || m.Reason != first.Reason || m.Score != "51.20" || m.Scoring != 3 || !m.From.Equal(from) {
			t.Errorf("%+v", m)
		}
		for _, c := range []struct {
			from, to time.Time
			unit     string
			n        int
		}{{to, to.AddDate(0, 0, 1), "", 0}, {from.AddDate(0, 0, -1), from, "", 0}, {from, to, "u-hall", 1}, {to.Add(-time.Hour), to.AddDate(0, 1, 0), "", 2}} {
			if list, err := mentions.Of(t.Context(), s.Reader(), c.from, c.to, c.unit); err != nil || len(list) != c.n {
				t.Errorf("%+v: %d, %v", c, len(list), err)
			}
		}
		for _, sql := range []string{`DELETE FROM mentions`, `UPDATE mentions SET reason = ''`, `DELETE FROM mention_withdrawals`, `UPDATE mention_withdrawals SET reason = ''`} {
			err := s.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.ExecContext(ctx, sql)
				return err
			})
			if err == nil {
				t.Errorf("the database took %s", sql)
			}
		}
		for action, want := range map[string]int{access.UnitMentioned: 1, access.MentionWithdrawn: 1} {
			if log, err := access.New(s).Of(t.Context(), first.ID, action, 10); err != nil || len(log) != want {
				t.Errorf("%s is noted %d times, %v", action, len(log), err)
			}
		}
	})
}
