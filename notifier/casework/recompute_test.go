package casework_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/notifier/calendar"
	"huiying/notifier/casework"
	"huiying/notifier/casework/limit"
)

// year2027 is invented; the notice is not published.
const year2027 = "year 2027\noff 元旦 2027-01-01..2027-01-03\noff 春节 2027-01-04..2027-01-06\noff 劳动节 2027-05-01\noff 国庆节 2027-10-01\n"

// asked runs a request that may be paused, in the last days of the last
// published year. learn makes the next year known.
func asked(t *testing.T) (w *world, learn func()) {
	t.Helper()
	year, err := calendar.Parse(strings.NewReader(year2027))
	if err != nil {
		t.Fatal(err)
	}
	zone := time.FixedZone("office", 8*3600)
	cal := officeCalendar(t)()
	w = newWorld(t, func(o *casework.Options) {
		o.Calendar = func() *calendar.Calendar { return cal }
		o.Presets = slices.DeleteFunc(limit.Presets(), func(p limit.Preset) bool { return p.ID != "foi.reply" })
	})
	w.now = time.Date(2026, 12, 21, 1, 0, 0, 0, time.UTC)
	w.toState(huiying.StateHandling)
	w.must(officer, "start_clock", "preset", "foi.reply", "reason", "依申请公开")
	return w, func() {
		if cal, err = calendar.New(calendar.Options{Zone: zone, Imported: []calendar.Year{year}}); err != nil {
			t.Fatal(err)
		}
	}
}

func (w *world) recompute() int {
	w.t.Helper()
	n, err := w.engine.Recompute(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// pausedAndResumed is the clock after a pause over the turn of the year, in the
// midst of which the year became known or not.
func pausedAndResumed(t *testing.T, early bool) huiying.Clock {
	t.Helper()
	w, learn := asked(t)
	if early {
		learn()
		if w.recompute() != 1 {
			t.Error("a provisional clock stays so")
		}
	}
	w.now = time.Date(2026, 12, 29, 1, 0, 0, 0, time.UTC)
	w.must(responder, "suspend", "reason", "征求第三方意见")
	w.now = time.Date(2027, 1, 5, 1, 0, 0, 0, time.UTC)
	if !early {
		learn()
		if w.recompute() != 0 {
			t.Error("a paused clock was settled")
		}
	}
	w.now = time.Date(2027, 1, 8, 1, 0, 0, 0, time.UTC)
	return clockOf(t, w.must(responder, "resume"), "foi.reply")
}

// It makes no difference to a paused clock when the days of the next year
// became known.
func TestPausedOverUnpublishedYear(t *testing.T) {
	early, late := pausedAndResumed(t, true), pausedAndResumed(t, false)
	if early.Provisional || late.Provisional || !early.DueAt.Equal(late.DueAt) || early.Calendar != late.Calendar {
		t.Errorf("known early %+v, late %+v", early, late)
	}
}
