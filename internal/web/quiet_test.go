package web_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/app/telling"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/outbox"
	"huiying/notifier/route"
)

// quiet is the quiet hours of people as the application wires them.
func (w *world) quiet() telling.Quiet {
	return telling.Quiet{
		Store: w.store, Keep: func(ctx context.Context, id string, hours []string) error { return w.users.SetQuiet(ctx, id, hours) },
		Clock: route.Clock{Zone: w.zone}, Now: w.clock,
		Shifts: func(context.Context, time.Time, time.Time) ([]huiying.DutyShift, error) { return w.shifts, nil },
	}
}

func quietForm(do, from, to string, days ...string) url.Values {
	return url.Values{"action": {"quiet"}, "do": {do}, "from": {from}, "to": {to}, "day": days}
}

func (s *seeded) hours(id string) []string {
	s.t.Helper()
	a, err := s.users.ByID(s.t.Context(), id)
	s.must(err)
	return a.Person.Quiet
}

// A person sees what hours would have held before they count, adds and removes
// them, for nobody else.
func TestMyQuietHours(t *testing.T) {
	s := newSeeded(t)
	b := s.as("hall")
	if body := b.get("/me").body; !strings.Contains(body, "没有设置静默时段") || strings.Contains(body, "按现有静默时段计") || !strings.Contains(body, "值班优先") {
		t.Error("the page of somebody without quiet hours")
	}
	res := b.post("/me", quietForm("try", "05:00", "15:00", "mon"))
	if res.status != http.StatusOK || !strings.Contains(res.body, "按此设置，近 7 天会留下") || !strings.Contains(res.body, "条红色，照常立即送达") || !strings.Contains(res.body, `value="05:00"`) {
		t.Fatalf("the preview: %d", res.status)
	}
	if got := s.hours("hall"); len(got) != 0 {
		t.Fatalf("a preview keeps %v", got)
	}
	for _, bad := range []url.Values{
		quietForm("add", "22:00", "22:00", "mon"), quietForm("add", "22:00", "07:00"), quietForm("add", "x", "07:00", "mon"), quietForm("add", "25:00", "07:00", "mon"),
		quietForm("try", "22:00", "", "mon"),
	} {
		if res := b.post("/me", bad); res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, "至少选一天") {
			t.Errorf("%v: %d", bad, res.status)
		}
	}
	for _, form := range []url.Values{quietForm("add", "22:00", "07:00", "sun", "mon"), quietForm("add", "12:30", "14:00", daysOfWeek()...), quietForm("add", "12:30", "14:00", daysOfWeek()...)} {
		if res := b.post("/me", form); res.status != http.StatusSeeOther || res.header.Get("Location") != "/me?done=saved#quiet" {
			t.Fatalf("%d to %s", res.status, res.header.Get("Location"))
		}
	}
	if got := s.hours("hall"); !slices.Equal(got, []string{"mon,sun 22:00-07:00", "12:30-14:00"}) {
		t.Errorf("kept %q", got)
	}
	if got := s.hours("hall2"); len(got) != 0 {
		t.Errorf("a colleague got %q", got)
	}
	if body := b.get("/me").body; !strings.Contains(body, "周一") || !strings.Contains(body, "22:00–次日 07:00") || !strings.Contains(body, "<b>每天</b> 12:30–14:00") || !strings.Contains(body, "按现有静默时段计") {
		t.Error("the rows")
	}
	if res := b.post("/me", quietForm("add", "00:00", "00:00", "sat", "sun")); res.status != http.StatusSeeOther {
		t.Errorf("whole days: %d", res.status)
	}
	if body := b.get("/me").body; !strings.Contains(body, "<b>周六、周日</b> 00:00–24:00") {
		t.Error("whole days are not listed")
	}
	if res := b.post("/me", url.Values{"action": {"quiet"}, "remove": {"sat,sun 00:00-24:00"}}); res.status != http.StatusSeeOther {
		t.Errorf("%d", res.status)
	}
	if res := b.post("/me", url.Values{"action": {"quiet"}, "remove": {"12:30-14:00"}}); res.status != http.StatusSeeOther || len(s.hours("hall")) != 1 {
		t.Errorf("%d, left %q", res.status, s.hours("hall"))
	}
	if res := b.post("/me", quietForm("add", "07:00", "22:00", daysOfWeek()...)); res.status != http.StatusSeeOther {
		t.Errorf("%d", res.status)
	}
	if res := b.post("/me", quietForm("add", "22:00", "07:00", daysOfWeek()...)); res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, "首尾相接") {
		t.Errorf("hours without end: %d", res.status)
	}
}

func daysOfWeek() []string { return []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} }

// Whoever is on duty reads that the hours do not hold now.
func TestQuietHoursOnDuty(t *testing.T) {
	s := newSeeded(t)
	s.must(s.users.SetQuiet(t.Context(), "hall", []string{"12:00-16:00"}))
	if strings.Contains(s.as("hall").get("/me").body, "您正在值班") {
		t.Error("nobody is on duty")
	}
	s.shifts = []huiying.DutyShift{{Person: "hall", From: s.clock().Add(-time.Hour), Until: s.clock().Add(time.Hour)}, {Person: "hall2", From: s.clock(), Until: s.clock().Add(9 * time.Hour)}}
	body := s.as("hall").get("/me").body
	if !strings.Contains(body, "您正在值班，静默时段此刻不生效") || !strings.Contains(body, "15:20") {
		t.Error("that duty wins is not said")
	}
}

// A held delivery says so, and until when, wherever it is shown.
func TestHeldDeliveryIsShown(t *testing.T) {
	s := newSeeded(t)
	until := s.clock().Add(5 * time.Hour)
	list, err := outbox.NewDeliveries(s.store).List(t.Context(), query.DeliveryFilter{CaseNo: s.handling})
	s.must(err)
	one := list[0]
	d := huiying.Delivery{ID: "d-held", Alert: one.Alert, Person: "hall2", Unit: "u-hall", Channel: "hook", CreatedAt: s.clock()}
	d.HoldUntil(until)
	s.must(s.store.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		_, err := outbox.Enqueue(ctx, tx, d)
		return err
	}))
	b := s.as("officer")
	for _, path := range []string{"/deliveries/d-held", "/alerts/" + one.Alert.ID, "/alerts?show=all"} {
		body := b.get(path).body
		_, after, ok := strings.Cut(body, "静默时段，至")
		if !ok || !strings.Contains(after[:min(len(after), 160)], "19:20") {
			t.Errorf("%s does not say until when", path)
		}
	}
	if strings.Contains(b.get("/deliveries/"+one.ID).body, "静默时段") {
		t.Error("one that was not held says so")
	}
}
