package reports_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/storetest"
)

func execute(statement string) func(context.Context, *store.Tx) error {
	return func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, statement)
		return err
	}
}

func (o *office) schedule(who string, s query.ReportSchedule) query.ReportSchedule {
	o.t.Helper()
	s.Active = true
	s, err := o.clock.Put(o.t.Context(), account(who), s)
	o.must(err)
	return s
}

func (o *office) tick() []query.Report {
	o.t.Helper()
	o.must(o.clock.Tick(o.t.Context()))
	list, err := o.desk.List(o.t.Context(), account("lu"), query.ReportFilter{})
	o.must(err)
	return list.Rows
}

// A report that is due is made once, as a draft, of the day before.
func TestDue(t *testing.T) {
	o := aDay(t)
	s := o.schedule("wen", query.ReportSchedule{Kind: query.ReportDaily, Cron: "0 9 * * *", Recipients: []string{"gu"}})
	if len(o.tick()) != 0 {
		t.Fatal("made before it is due")
	}
	o.now = day.AddDate(0, 0, 1).Add(9*time.Hour + time.Second)
	o.tick()
	list := o.tick()
	if len(list) != 1 || list[0].State != query.ReportDraft || !list[0].From.Equal(day) || !list[0].To.Equal(day.AddDate(0, 0, 1)) || list[0].Remark != "" || list[0].Schedule != s.ID {
		t.Fatalf("%+v", list)
	}
	if r := list[0]; r.CreatedBy != "schedule:"+s.ID {
		t.Errorf("made by %s", r.CreatedBy)
	}
	// Who releases it tells those of the schedule; nobody is told twice.
	r := o.do(o.do(list[0], "wen", query.ReportSubmit), "gu", query.ReportRelease)
	o.tick()
	o.tick()
	page, err := o.desk.Open(t.Context(), account("lu"), r.ID)
	o.must(err)
	if len(page.Tellings) != 1 || page.Tellings[0].ToldAt.IsZero() || len(page.Tellings[0].Deliveries) != 1 || page.Tellings[0].Deliveries[0].Channel != "mail" || page.Tellings[0].Deliveries[0].State != huiying.DeliveryQueued {
		t.Errorf("told: %+v", page.Tellings)
	}
}

// What was due while the process was down is made once after it starts, stands
// for the days that were missed, and says so, in the report and in the log.
func TestDueWhileDown(t *testing.T) {
	o := aDay(t)
	o.schedule("wen", query.ReportSchedule{Kind: query.ReportDaily, Cron: "0 9 * * *"})
	o.now = day.AddDate(0, 0, 1).Add(9 * time.Hour)
	o.tick()
	o.now = day.AddDate(0, 0, 4).Add(15 * time.Hour) // 28, 29 and 30 are missed
	o.open()
	o.tick()
	list := o.tick()
	if len(list) != 2 {
		t.Fatalf("%d reports", len(list))
	}
	late := list[0]
	if !late.From.Equal(day.AddDate(0, 0, 1)) || !late.To.Equal(day.AddDate(0, 0, 4)) {
		t.Errorf("it is of %s to %s", late.From, late.To)
	}
	if want := "原定 2026-11-28 09:00 生成，因程序当时没有运行，于 2026-11-30 15:00 补做；其间共错过 3 次，合并为这一份。"; late.Remark != want {
		t.Errorf("it says %q", late.Remark)
	}
	if !strings.Contains(o.log.String(), "a scheduled report was made late") || !strings.Contains(o.log.String(), "missed=3") {
		t.Errorf("the log says nothing: %s", o.log.String())
	}
	page, err := o.desk.Open(t.Context(), account("lu"), late.ID)
	o.must(err)
	if !strings.Contains(flat(page), "于 2026-11-30 15:00 补做") {
		t.Error("the paper says nothing of it")
	}
}

// On working days alone: Friday's days off are in Monday's report.
func TestWorkdays(t *testing.T) {
	o := aDay(t)
	o.schedule("wen", query.ReportSchedule{Kind: query.ReportDaily, Cron: "0 9 * * *", Workdays: true})
	for d := range 5 { // Friday to Tuesday
		o.now = day.AddDate(0, 0, 1+d).Add(9*time.Hour + time.Second)
		o.tick()
	}
	list := o.tick()
	if len(list) != 3 {
		t.Fatalf("%d reports", len(list))
	}
	if monday := list[1]; !monday.From.Equal(day.AddDate(0, 0, 1)) || !monday.To.Equal(day.AddDate(0, 0, 4)) || monday.Remark != "" {
		t.Errorf("Monday's is of %s to %s: %s", monday.From, monday.To, monday.Remark)
	}
}

// Weeks and months are whole ones; figures alone may go out by themselves where
// management says so, and only a daily.
func TestKindsOfSchedules(t *testing.T) {
	o := aDay(t)
	o.schedule("wen", query.ReportSchedule{Kind: query.ReportWeekly, Cron: "0 8 * * 1"})
	o.schedule("wen", query.ReportSchedule{Kind: query.ReportMonthly, Cron: "0 8 1 * *"})
	o.schedule("lu", query.ReportSchedule{Kind: query.ReportDaily, Cron: "0 8 * * *", Unreviewed: true, Recipients: []string{"lu", "u-hall", "u-roads"}})
	o.now = time.Date(2026, 12, 1, 8, 0, 1, 0, zone)
	list := o.tick()
	got := map[string]query.Report{}
	for _, r := range list {
		got[r.Kind] = r
	}
	if w := got["weekly"]; !w.From.Equal(time.Date(2026, 11, 23, 0, 0, 0, 0, zone)) || !w.To.Equal(time.Date(2026, 11, 30, 0, 0, 0, 0, zone)) {
		t.Errorf("the week is %s to %s", w.From, w.To)
	}
	if m := got["monthly"]; !m.From.Equal(time.Date(2026, 11, 1, 0, 0, 0, 0, zone)) || !m.To.Equal(time.Date(2026, 12, 1, 0, 0, 0, 0, zone)) {
		t.Errorf("the month is %s to %s", m.From, m.To)
	}
	d := got["daily"]
	page, err := o.desk.Open(t.Context(), account("he"), d.ID)
	o.must(err)
	if len(page.Tellings) != 1 || page.Tellings[0].Receiver != "u-hall" {
		t.Errorf("a responder sees %+v", page.Tellings)
	}
	page, err = o.desk.Open(t.Context(), account("lu"), d.ID)
	o.must(err)
	if d.State != query.ReportReleased || len(page.Tellings) != 3 || !strings.Contains(flat(page), "未经审核") {
		t.Errorf("%s, told %+v", d.State, page.Tellings)
	}
	for _, told := range page.Tellings { // nobody can be reached for the manager and the roads
		if (told.Receiver != "u-hall") != (told.Alert == "") || told.ToldAt.IsZero() {
			t.Errorf("%+v", told)
		}
	}
	for _, bad := range []struct {
		who  string
		s    query.ReportSchedule
		want huiying.Code
	}{
		{"he", query.ReportSchedule{Kind: "daily", Cron: "0 9 * * *"}, huiying.Forbidden},
		{"wen", query.ReportSchedule{Kind: "daily", Cron: "0 9 * * *", Unreviewed: true}, huiying.Forbidden},
		{"lu", query.ReportSchedule{Kind: "weekly", Cron: "0 9 * * 1", Unreviewed: true}, huiying.Invalid},
		{"wen", query.ReportSchedule{Kind: "special", Cron: "0 9 * * *"}, huiying.Invalid},
		{"wen", query.ReportSchedule{Kind: "daily", Cron: "*/5 * * * *"}, huiying.Invalid},
		{"wen", query.ReportSchedule{Kind: "daily", Cron: "0 9,10 * * 5"}, huiying.Invalid},
		{"wen", query.ReportSchedule{Kind: "daily", Cron: "CRON_TZ=UTC 0 9 * * *"}, huiying.Invalid},
		{"wen", query.ReportSchedule{Kind: "daily", Cron: "0 9 30 2 *"}, huiying.Invalid},
		{"wen", query.ReportSchedule{Kind: "daily", Cron: "@hourly"}, huiying.Invalid},
		{"wen", query.ReportSchedule{Kind: "daily", Cron: "0 9 * * *", Recipients: []string{"nobody"}}, huiying.Invalid},
	} {
		_, err := o.clock.Put(t.Context(), account(bad.who), bad.s)
		code(t, bad.who+" "+bad.s.Kind+" "+bad.s.Cron, err, bad.want)
	}
}

// Days off make reports later, and leave nothing out.
func TestDaysOff(t *testing.T) {
	at := func(text string) time.Time {
		t.Helper()
		when, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for _, c := range []struct {
		kind, cron, from, to string
		want                 []string // when each is made, and of what
	}{
		{"monthly", "0 9 1 * *", "2025-12-02 12:00", "2026-02-03 00:00", []string{ // New Year: 1 to 3 January; 1 February is a Sunday
			"2026-01-04 09:00: 2025-12-01 to 2026-01-01", "2026-02-02 09:00: 2026-01-01 to 2026-02-01"}},
		{"monthly", "0 9 28 * *", "2026-01-27 12:00", "2026-03-29 00:00", []string{ // 28 February is worked, 28 March a Saturday
			"2026-01-28 09:00: 2025-12-01 to 2026-01-01", "2026-02-28 09:00: 2026-01-01 to 2026-02-01"}},
		{"monthly", "0 9 30 * *", "2026-05-29 12:00", "2026-06-02 00:00", []string{ // 30 May is a Saturday; it is still of April
			"2026-06-01 09:00: 2026-04-01 to 2026-05-01"}},
		{"weekly", "0 8 * * 1", "2026-03-31 12:00", "2026-04-14 00:00", []string{ // 6 April is a Monday off
			"2026-04-07 08:00: 2026-03-30 to 2026-04-06", "2026-04-13 08:00: 2026-04-06 to 2026-04-13"}},
		{"weekly", "0 8 * * 1", "2026-04-06 12:00", "2026-04-08 00:00", []string{ // made on the day off itself
			"2026-04-07 08:00: 2026-03-30 to 2026-04-06"}},
		{"weekly", "0 8 * * 1", "2026-02-08 12:00", "2026-03-03 00:00", []string{ // two Mondays off, one after the other
			"2026-02-09 08:00: 2026-02-02 to 2026-02-09", "2026-02-24 08:00: 2026-02-09 to 2026-02-23", "2026-03-02 08:00: 2026-02-23 to 2026-03-02"}},
		{"weekly", "0 17 * * 5", "2026-04-29 12:00", "2026-05-09 00:00", []string{ // 1 May, a Friday, to 5 May
			"2026-05-06 17:00: 2026-04-20 to 2026-04-27", "2026-05-08 17:00: 2026-04-27 to 2026-05-04"}},
		{"daily", "0 9 * * *", "2026-09-29 12:00", "2026-10-09 00:00", []string{ // 1 to 7 October
			"2026-09-30 09:00: 2026-09-29 to 2026-09-30", "2026-10-08 09:00: 2026-09-30 to 2026-10-08"}},
		{"daily", "0 9 * * *", "2026-10-03 12:00", "2026-10-09 00:00", []string{ // the first one there is
			"2026-10-08 09:00: 2026-09-30 to 2026-10-08"}},
	} {
		o := newOffice(t, 3)
		o.now = at(c.from)
		o.schedule("wen", query.ReportSchedule{Kind: c.kind, Cron: c.cron, Workdays: true})
		var got []string
		seen := map[string]bool{}
		for o.now = o.now.Truncate(time.Hour); o.now.Before(at(c.to)); o.now = o.now.Add(time.Hour) {
			for _, r := range o.tick() {
				if seen[r.ID] {
					continue
				}
				seen[r.ID] = true
				got = append(got, o.now.Format("2006-01-02 15:04")+": "+r.From.In(zone).Format(time.DateOnly)+" to "+r.To.In(zone).Format(time.DateOnly))
				if r.Remark != "" {
					t.Errorf("%s %s remarks %s", c.kind, c.cron, r.Remark)
				}
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s %s from %s (-want +got):\n%s", c.kind, c.cron, c.from, diff)
		}
	}
}

// What was missed for longer than a report may be of is named on it.
func TestMissedForLong(t *testing.T) {
	o := newOffice(t, 4)
	o.now = day
	o.schedule("wen", query.ReportSchedule{Kind: query.ReportWeekly, Cron: "0 8 * * 1"})
	o.now = time.Date(2026, 11, 30, 8, 0, 0, 0, zone)
	o.tick()
	o.now = time.Date(2027, 1, 25, 10, 0, 0, 0, zone)
	late := o.tick()[0]
	if !late.From.Equal(time.Date(2026, 12, 28, 0, 0, 0, 0, zone)) || !late.To.Equal(time.Date(2027, 1, 25, 0, 0, 0, 0, zone)) {
		t.Errorf("it is of %s to %s", late.From, late.To)
	}
	if !strings.Contains(late.Remark, "共错过 8 次") || !strings.Contains(late.Remark, "2026-11-30 至 2026-12-27 超出一份报告最多覆盖的 31 天，未包括在内") {
		t.Errorf("it says %q", late.Remark)
	}
}

// One that fails says why and is tried again after ten minutes, not in every
// round; once it is changed, at once.
func TestFailedSchedule(t *testing.T) {
	o := aDay(t)
	s := o.schedule("wen", query.ReportSchedule{Kind: query.ReportDaily, Cron: "0 9 * * *"})
	due := day.AddDate(0, 0, 1).Add(9*time.Hour + time.Second)
	cron := func(line string) { storetest.Exec(t, o.store, `UPDATE report_schedules SET cron = '`+line+`'`) }
	cron("every day")
	for _, step := range []struct {
		after time.Duration
		tried bool
	}{{0, true}, {30 * time.Second, false}, {9 * time.Minute, false}, {10 * time.Minute, true}, {11 * time.Minute, false}} {
		o.now = due.Add(step.after)
		if err := o.clock.Tick(t.Context()); (err != nil) != step.tried {
			t.Errorf("after %s: %v, want it tried %v", step.after, err, step.tried)
		}
	}
	list, err := o.clock.Schedules(t.Context())
	o.must(err)
	if len(list) != 1 || !strings.Contains(list[0].Problem, "every day") || !list[0].NextAt.Equal(s.NextAt) {
		t.Errorf("%+v", list)
	}
	cron("0 9 * * *")
	if list := o.tick(); len(list) != 0 {
		t.Error("tried before its time")
	}
	o.now = due.Add(21 * time.Minute)
	if list := o.tick(); len(list) != 1 || !list[0].From.Equal(day) || list[0].Remark == "" {
		t.Errorf("%+v", list)
	}
}
