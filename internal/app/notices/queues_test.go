package notices_test

import (
	"testing"
	"time"

	"huiying/internal/app/notices"
	"huiying/internal/bus"
	"huiying/internal/query"
)

// Steps that are behind are named with how much waits and since when, alerts of
// all levels together; what pages were not told of is counted for a minute.
func TestQueues(t *testing.T) {
	now := time.Date(2026, 11, 29, 1, 0, 0, 0, time.UTC)
	waiting := map[string]uint64{"analyzer": notices.Behind, "coverage": 1 << 20}
	shed := &notices.Shed{}
	q := &notices.Queues{Backlogs: func() []bus.Backlog { return []bus.Backlog{{Stream: "EVENTS", Waiting: waiting}} }, Shed: shed, Now: func() time.Time { return now }}
	look := func() []query.Notice {
		t.Helper()
		got, err := q.Look(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := look(); len(got) != 0 {
		t.Errorf("nothing is behind: %+v", got)
	}
	begun := now
	waiting = map[string]uint64{"archive": notices.Behind + 1, "alerts-0": notices.BehindAlerts, "alerts-1": 1}
	look()
	now = now.Add(time.Minute)
	got := look()
	if len(got) != 2 || got[0].Subject != "alerts" || got[0].More != notices.BehindAlerts+1 || got[1].Subject != "archive" || !got[1].From.Equal(begun) {
		t.Errorf("%+v", got)
	}
	waiting = nil
	for range 3 {
		shed.Add(now)
	}
	if got := look(); len(got) != 1 || got[0].Kind != query.NoticeShed || got[0].More != 3 {
		t.Errorf("%+v", got)
	}
	now = now.Add(2 * time.Minute)
	if got := look(); len(got) != 0 {
		t.Errorf("long over: %+v", got)
	}
	waiting = map[string]uint64{"archive": notices.Behind + 1}
	if got := look(); len(got) != 1 || !got[0].From.Equal(now) {
		t.Errorf("behind again: %+v", got)
	}
}
