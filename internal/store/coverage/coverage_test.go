package coverage_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/coverage"
	"huiying/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLedger(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		l := coverage.New(s)
		entry := func(source string, hours int, state huiying.SourceState, capped bool) huiying.LedgerEntry {
			at := storetest.Start().Add(time.Duration(hours) * time.Hour)
			return huiying.LedgerEntry{
				Source: source, At: at, Took: 1500 * time.Millisecond, State: state, Pages: 2, Posts: 20, Accepted: 3, Capped: capped,
				Reason: "source.blocked", Detail: "HTTP 432", NextAt: at.Add(time.Minute),
			}
		}
		last := entry("weibo", -1, huiying.SourceBlocked, false)
		silent := entry("portal", -40, huiying.SourceOK, false)
		for _, e := range []huiying.LedgerEntry{
			entry("weibo", -30, huiying.SourceOK, true), entry("weibo", -20, huiying.SourceOK, true), entry("weibo", -10, huiying.SourceEmpty, false),
			last, last, silent,
		} {
			if err := l.Save(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		got, err := l.Since(t.Context(), storetest.Start().Add(-24*time.Hour))
		want := []coverage.Summary{
			{Source: "portal", Last: silent},
			{Source: "weibo", Visits: 3, Failed: 1, Pages: 6, Posts: 60, Accepted: 9, Capped: 1, Last: last},
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
}
