package ladder_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/internal/store/outbox"
	"huiying/internal/store/storetest"
)

// Quiet hours hold what a rung tells their person, and the ladder climbs when it
// would have: whoever is on duty is told at once. Red is never held.
func TestClimbsOverQuietHours(t *testing.T) {
	for _, level := range []huiying.Level{huiying.LevelOrange, huiying.LevelRed} {
		w := newWorld(t)
		morning := storetest.Start().Add(8 * time.Hour).UTC()
		w.people.quiet = func(at time.Time) time.Time {
			if at.Before(morning) {
				return morning
			}
			return at
		}
		w.open(level)
		w.run(20 * time.Minute)
		if diff := cmp.Diff([]string{"10m0s ack_timeout han he", "15m0s ack_timeout zhou"}, w.told(no)); diff != "" {
			t.Errorf("%s: %s", level, diff)
		}
		for _, hop := range w.hops(no) {
			for id := range strings.FieldsSeq(hop.Payload["told"]) {
				d, err := outbox.Get(t.Context(), w.store.Reader(), id)
				if err != nil {
					t.Fatal(err)
				}
				held := level != huiying.LevelRed && d.Person != "zhou"
				if d.Quieted() != held || held && (!d.NextAt.Equal(morning) || !d.StepDue.IsZero()) || !held && d.NextAt.After(w.clock.Now()) {
					t.Errorf("%s to %s: %+v", level, d.Person, d)
				}
			}
		}
	}
}
