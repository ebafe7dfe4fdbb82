package telling_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/app/telling"
	"huiying/internal/store"
	"huiying/internal/store/outbox"
	"huiying/notifier"
	"huiying/notifier/route"
)

// hush gives the responder of the hall quiet hours, and shifts.
func (o *office) hush(hours string, duty ...huiying.DutyShift) {
	o.t.Helper()
	q, err := route.NewQuiet([]string{hours}, duty, route.Clock{Zone: zone})
	o.must(err)
	o.quiet = map[string]notifier.Quiet{"hall": q.Until}
	o.restart()
}

func on(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, zone) }

// At night red goes at once and takes what is held of its case along; the rest is
// told in one message in the morning, whatever is restarted in between.
func TestQuietHoursHold(t *testing.T) {
	o := open(t, route.Node{To: []string{"hall"}})
	o.hush("22:00-07:00")
	o.now = on(23, 21, 59)
	o.post(0, "t-0", huiying.LevelYellow)
	o.drain()
	if n := len(o.pipe.messages()); n != 1 {
		t.Fatalf("%d messages before the quiet hours", n)
	}
	o.now = on(23, 23, 30)
	o.post(1, "t-1", huiying.LevelYellow)
	o.post(2, "t-2", huiying.LevelOrange)
	o.restart() // killed between the hold and the summary
	o.drain()
	o.now = on(24, 0, 30) // past midnight
	o.post(3, "t-3", huiying.LevelOrange)
	o.post(4, "t-4", huiying.LevelBlue)
	o.drain()
	if n := len(o.pipe.messages()); n != 1 {
		t.Fatalf("%d messages at night", n)
	}
	o.post(5, "t-5", huiying.LevelRed)
	o.post(6, "t-2", huiying.LevelRed) // of the case of post 2
	o.drain()
	sent := o.pipe.messages()[1:]
	if len(sent) != 3 {
		t.Fatalf("%d messages, want both red ones and the orange of the same case", len(sent))
	}
	held := o.count(`state = 'queued' AND group_key = $1 AND not_before = $2`, huiying.QuietGroup, store.Micros(on(24, 7, 0)))
	if held != 3 {
		t.Fatalf("%d held until seven, want 3", held)
	}
	o.now = on(24, 6, 59)
	o.drain()
	o.now = on(24, 7, 0)
	o.restart()
	o.drain()
	o.restart()
	o.drain()
	sent = o.pipe.messages()[4:]
	if len(sent) != 1 || told(sent[0]) != 3 || sent[0].Level != huiying.LevelOrange || !strings.Contains(strings.Join(sent[0].Lines, "\n"), "静默时段内留下的预警，共 3 条") {
		t.Fatalf("the summary: %+v", sent)
	}
	if n := o.count(`state = 'accepted'`); n != 7 {
		t.Errorf("%d accepted of 7", n)
	}
	var why []string
	rows, err := o.store.Reader().QueryContext(t.Context(), `SELECT tellings FROM alert_routes`)
	o.must(err)
	defer rows.Close()
	for rows.Next() {
		var text string
		o.must(rows.Scan(&text))
		why = append(why, text)
	}
	o.must(rows.Err())
	if n := strings.Count(strings.Join(why, ""), `"why":"quiet"`); n != 4 {
		t.Errorf("%d decisions say quiet, want 4", n)
	}
}

// The process dies while it sends the summary: it is the same message again, and
// holds the same.
func TestSummaryAfterCrash(t *testing.T) {
	o := open(t, route.Node{To: []string{"hall"}})
	o.hush("22:00-07:00")
	o.now = on(23, 23, 0)
	for n := range 3 {
		o.post(n, "t-"+string(rune('a'+n)), huiying.LevelYellow)
	}
	o.now = on(24, 7, 0)
	q := outbox.NewDeliveries(o.store)
	first, err := q.Lease(context.Background(), o.now, 9, o.now.Add(time.Minute))
	o.must(err)
	if len(first) != 1 {
		t.Fatalf("leased %d, want the first of the summary", len(first))
	}
	fellows, err := q.Fellows(context.Background(), first[0], o.now)
	o.must(err)
	o.restart()
	o.drain()
	sent := o.pipe.messages()
	if len(sent) != 1 || told(sent[0]) != 3 || len(fellows) != 2 || sent[0].DeliveryID != fellows[0].Digest {
		t.Errorf("%d messages; the id was %s: %+v", len(sent), fellows[0].Digest, sent)
	}
}

// Whoever is on duty is told at once; what was held before the duty is told when
// it begins.
func TestDutyWins(t *testing.T) {
	o := open(t, route.Node{To: []string{"hall"}})
	o.hush("22:00-07:00", huiying.DutyShift{Person: "hall", From: on(24, 2, 0), Until: on(24, 5, 0)})
	o.now = on(23, 23, 0)
	o.post(1, "t-1", huiying.LevelYellow)
	o.drain()
	o.now = on(24, 1, 59)
	o.drain()
	if n := len(o.pipe.messages()); n != 0 {
		t.Fatalf("%d messages before the duty", n)
	}
	o.now = on(24, 2, 0)
	o.post(2, "t-2", huiying.LevelYellow)
	o.drain()
	if n := len(o.pipe.messages()); n != 2 {
		t.Fatalf("%d messages on duty, want what was held and the new one", n)
	}
	o.now = on(24, 5, 0)
	o.post(3, "t-3", huiying.LevelYellow)
	o.drain()
	if n := o.count(`state = 'queued' AND not_before = $1`, store.Micros(on(24, 7, 0))); n != 1 || len(o.pipe.messages()) != 2 {
		t.Errorf("%d held after the duty, %d messages", n, len(o.pipe.messages()))
	}
}

// A repeat that is due at night is told once, with the summary.
func TestRepeatInQuietHours(t *testing.T) {
	o := open(t, route.Node{To: []string{"hall"}, Repeat: route.Repeat{Every: 10 * time.Minute}})
	o.hush("22:00-07:00")
	o.now = on(23, 21, 55)
	o.post(1, "t-1", huiying.LevelYellow)
	o.drain()
	for o.now.Before(on(24, 6, 55)) {
		o.pass(10 * time.Minute)
		o.drain()
	}
	if n := o.count(`state = 'queued'`); n != 1 || len(o.pipe.messages()) != 1 {
		t.Fatalf("%d wait, %d were sent in the night", n, len(o.pipe.messages()))
	}
	o.now = on(24, 7, 0)
	o.drain()
	if n := len(o.pipe.messages()); n != 2 {
		t.Errorf("%d messages in the morning", n)
	}
}

// The preview counts what the hours would have held, what red and duty let
// through, and refuses hours that never end.
func TestQuietPreview(t *testing.T) {
	o := open(t, route.Node{To: []string{"hall"}})
	for n, one := range []struct {
		at    time.Time
		level huiying.Level
	}{
		{on(14, 23, 0), huiying.LevelYellow}, // more than seven days ago
		{on(18, 23, 0), huiying.LevelYellow}, {on(19, 1, 0), huiying.LevelOrange}, {on(19, 12, 0), huiying.LevelYellow},
		{on(20, 23, 0), huiying.LevelRed}, {on(21, 23, 0), huiying.LevelBlue}, // on duty on the 21st
	} {
		o.now = one.at
		o.post(n, "t-"+string(rune('a'+n)), one.level)
	}
	o.now = on(23, 9, 0)
	var kept []string
	desk := telling.Quiet{
		Store: o.store, Clock: route.Clock{Zone: zone}, Now: o.clock,
		Keep: func(_ context.Context, person string, hours []string) error {
			kept = append([]string{person}, hours...)
			return nil
		},
		Shifts: func(context.Context, time.Time, time.Time) ([]huiying.DutyShift, error) {
			return []huiying.DutyShift{{Person: "hall", From: on(21, 18, 0), Until: on(22, 8, 0)}, {Person: "duty", From: on(18, 0, 0), Until: on(30, 0, 0)}}, nil
		},
	}
	p, err := desk.Try(t.Context(), "hall", []string{"22:00-07:00"})
	o.must(err)
	if p.Held != 2 || p.Red != 1 || p.Duty != 1 || p.Levels["orange"] != 1 || len(p.Hits) != 2 || !p.DutyUntil.IsZero() {
		t.Errorf("%+v", p)
	}
	if h := p.Hits[1]; !h.Until.Equal(on(19, 7, 0)) || !h.At.Before(on(19, 0, 0)) {
		t.Errorf("the older one: %+v", h)
	}
	if p, err = desk.Try(t.Context(), "duty", nil); err != nil || p.Held != 0 || !p.DutyUntil.Equal(on(30, 0, 0)) {
		t.Errorf("%+v %v", p, err)
	}
	for _, bad := range []string{"00:00-24:00", "25:00-07:00", "22:00-22:00", "someday"} {
		if err := desk.Set(t.Context(), "hall", []string{bad}); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if kept != nil {
		t.Errorf("kept what was refused: %v", kept)
	}
	o.must(desk.Set(t.Context(), "hall", []string{"mon-fri 20:00-08:00", "sat,sun"}))
	if len(kept) != 3 {
		t.Errorf("kept %v", kept)
	}
}
