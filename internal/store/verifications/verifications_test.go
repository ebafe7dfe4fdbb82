package verifications_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/storetest"
	"huiying/internal/store/verifications"
)

// The newest check is the one that is shown, and who asked for it is noted.
func TestLast(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		last := func() query.Verification {
			v, err := verifications.Last(t.Context(), s.Reader())
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		if v := last(); !v.EndedAt.IsZero() || v.Clean() {
			t.Errorf("before any check: %+v", v)
		}
		clean := query.Verification{BeganAt: clock.Now(), EndedAt: clock.Now().Add(time.Second), By: "root", Steps: 7, Cases: 2, Heads: 1}
		broken := query.Verification{BeganAt: clock.Now(), EndedAt: clock.Now().Add(time.Minute), By: "lin", Steps: 7, Cases: 2, Findings: 3, First: "第 4 行被改动"}
		failed := query.Verification{BeganAt: clock.Now(), EndedAt: clock.Now().Add(time.Hour), By: "lin", First: "磁盘已满", Failed: true}
		for _, v := range []query.Verification{clean, broken, failed} {
			if err := verifications.Add(t.Context(), s, v); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(v, last()); diff != "" || v.Clean() != (v.Findings == 0 && !v.Failed) {
				t.Error(diff)
			}
		}
		entries, err := access.New(s).Of(t.Context(), "record", access.RecordVerified, 10)
		if err != nil || len(entries) != 3 || entries[0].Actor != "lin" || entries[1].Detail != "3 findings" {
			t.Errorf("%+v %v", entries, err)
		}
	})
}
