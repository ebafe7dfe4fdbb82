package app_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/notifier/casework"
)

// A time limit that ends while nothing runs is found at the next start, as
// missed when it was due, and the unit is told of it; a provisional due time is
// settled when the year's notice is imported meanwhile.
func TestLimitsWhileDown(t *testing.T) {
	t.Parallel()
	hook := newHook(t)
	dir := t.TempDir()
	laid := files{office: doorOffice + "channels: [{id: hook, kind: webhook, url: \"" + hook.URL + "\"}]\nnotifier: {default: [hook]}\n"}
	now := time.Date(2026, 12, 28, 1, 30, 0, 0, time.UTC)
	clock := func(o *app.Options) { o.Now = func() time.Time { return now } }
	a := boot(t, dir, laid, clock)
	c, err := a.OpenCase(t.Context(), casework.Opening{
		Level: huiying.LevelOrange, Title: "排队", Topic: "t-1", Rule: "r-queue", Post: "weibo:1", FirstSeenAt: now, Origin: huiying.Origin{Platform: "weibo", Kind: "post"},
	})
	if err != nil {
		t.Fatal(err)
	}
	ticket, err := a.OpenCase(t.Context(), casework.Opening{
		Level: huiying.LevelOrange, Title: "热线", Topic: "t-2", Rule: "r-queue", Post: "hotline:T1", FirstSeenAt: now, PublishedAt: now,
		Origin: huiying.Origin{Platform: "hotline", Kind: "ticket", Intent: "complaint"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if k := clockOf(t, ticket, "hotline.handle"); !k.Provisional || k.Calendar == "" {
		t.Errorf("across an unpublished year: %+v", k)
	}
	due := clockOf(t, c, "yq.other.respond").DueAt
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}

	importYear(t, dir)
	now = now.Add(50 * time.Hour)
	a = boot(t, dir, nil, clock)
	limit := time.Now().Add(20 * time.Second)
	for {
		after, steps, err := a.Record(t.Context(), c.No)
		if err != nil {
			t.Fatal(err)
		}
		if k := clockOf(t, after, "yq.other.respond"); !k.BreachedAt.IsZero() {
			i := slices.IndexFunc(steps, func(s huiying.Step) bool { return s.Action == "breach" })
			if !k.BreachedAt.Equal(due) || !steps[i].At.Equal(now) || steps[i].Actor != "system" {
				t.Errorf("missed at %v, due %v, step %+v", k.BreachedAt, due, steps[i])
			}
			break
		}
		if time.Now().After(limit) {
			t.Fatal("the miss was not found after the start")
		}
		time.Sleep(20 * time.Millisecond)
	}
	for told := hook.next(t); told.CaseNo != c.No; told = hook.next(t) { // others are told of the other case
	}
	settled, steps, err := a.Record(t.Context(), ticket.No)
	if err != nil {
		t.Fatal(err)
	}
	k := clockOf(t, settled, "hotline.handle")
	// 28 December and five working days, 1 to 3 January off: 29, 30, 31, 4, 5.
	if want := time.Date(2027, 1, 5, 16, 0, 0, 0, time.UTC); k.Provisional || !k.DueAt.Equal(want) {
		t.Errorf("settled as %v, provisional %v; want %v", k.DueAt, k.Provisional, want)
	}
	if steps[1].Action != "clock_recomputed" {
		t.Errorf("the record says %s", steps[1].Action)
	}
}

// importYear imports the notice of 2027 while nothing runs.
func importYear(t *testing.T, dir string) {
	t.Helper()
	_, err := app.ImportCalendar(t.Context(), app.Where{ConfigFile: filepath.Join(dir, office)}, strings.NewReader(year2027), huiying.Actor{ID: "wang"})
	if err != nil {
		t.Fatal(err)
	}
}

func clockOf(t *testing.T, c huiying.Case, preset string) huiying.Clock {
	t.Helper()
	for _, k := range c.Clocks {
		if k.Preset == preset {
			return k
		}
	}
	t.Fatalf("no clock %s among %+v", preset, c.Clocks)
	return huiying.Clock{}
}
