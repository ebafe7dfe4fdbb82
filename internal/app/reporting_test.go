package app

import (
	"log/slog"
	"testing"
	"time"

	"huiying/internal/app/reports"
	"huiying/internal/query"
	book "huiying/internal/store/reports"
	"huiying/notifier/calendar"
)

// A person and a unit without a channel are not told of a report, and it says so.
func TestReportWithoutAChannel(t *testing.T) {
	f := startFollowed(t)
	a := f.app
	kept := book.New(a.store)
	desk := reports.New(reports.Options{
		Counter: reportCounter(a.store, a.config, a.room.presets), Book: kept, Words: a.words, Zone: a.zone, People: a.users.List, Now: f.clock,
	})
	clock := reports.NewClock(reports.ClockOptions{
		Desk: desk, Days: func() *calendar.Calendar { return a.room.days }, Ledger: a.room.ledger, People: a.room.book, Wake: func() {}, Logger: slog.New(slog.DiscardHandler),
	})
	_, err := clock.Put(t.Context(), f.account("boss"), query.ReportSchedule{
		Kind: query.ReportDaily, Cron: "0 9 * * *", Unreviewed: true, Active: true, Recipients: []string{"mute", "u-road", "duty"},
	})
	f.must(err)
	f.pass(25 * time.Hour)
	f.must(clock.Tick(t.Context()))
	list, err := desk.List(t.Context(), f.account("boss"), query.ReportFilter{})
	if err != nil || len(list.Rows) != 1 {
		t.Fatalf("%+v %v", list.Rows, err)
	}
	tellings, err := kept.Tellings(t.Context(), list.Rows[0].ID)
	if err != nil || len(tellings) != 3 {
		t.Fatalf("%+v %v", tellings, err)
	}
	for _, told := range tellings {
		if (told.Receiver == "duty") != (told.Alert != "" && len(told.Deliveries) == 1) || told.ToldAt.IsZero() {
			t.Errorf("%+v", told)
		}
	}
}
