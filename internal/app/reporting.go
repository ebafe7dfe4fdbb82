package app

import (
	"context"
	"time"

	"huiying"
	"huiying/internal/app/reports"
	"huiying/internal/config"
	"huiying/internal/locale"
	"huiying/internal/store"
	book "huiying/internal/store/reports"
	"huiying/notifier/calendar"
	"huiying/notifier/casework/limit"
	"huiying/notifier/casework/measure"
	"huiying/notifier/message"
)

// reportCounter counts what reports say, over a store and an office's time limits.
func reportCounter(s *store.Store, c config.Config, presets []limit.Preset) *reports.Counter {
	return &reports.Counter{
		Store: s, Name: c.Office.Name, Units: unitsOf(c), Mask: message.Mask,
		Office: measure.Office{Zone: s.Zone(), MetBy: limit.MetBy(presets)},
	}
}

// reporting is reports as pages see them.
type reporting struct {
	*reports.Desk
	*reports.Clock
}

// reportDesk is where reports are made and read.
func (a *App) reportDesk(presets []limit.Preset) *reports.Desk {
	return reports.New(reports.Options{
		Counter: reportCounter(a.store, a.config, presets), Book: book.New(a.store), Words: a.words, Zone: a.zone, People: a.users.List, Now: a.now,
	})
}

// startReports is where people work on reports; those that are due are made, and
// people told of those that were released.
func (a *App) startReports() reporting {
	desk := a.reportDesk(a.room.presets)
	clock := reports.NewClock(reports.ClockOptions{
		Desk: desk, Days: func() *calendar.Calendar { return a.room.days }, Ledger: a.room.ledger, People: a.room.book, Wake: a.room.sender.Wake,
		Logger: a.logger,
	})
	a.life.loop("reports", clock.Run)
	return reporting{desk, clock}
}

// ReportsOf is the desk over stored data, for commands that only count.
func ReportsOf(data *Archive, w Where, words *locale.Catalogue) (*reports.Desk, *reports.Counter, error) {
	c, err := w.Config()
	if err != nil {
		return nil, nil, err
	}
	count := reportCounter(data.Store, c, data.Presets)
	desk := reports.New(reports.Options{
		Counter: count, Book: book.New(data.Store), Words: words, Zone: data.Zone, Now: time.Now,
		People: func(context.Context) ([]huiying.Person, error) { return nil, nil }, // nothing is signed here
	})
	return desk, count, nil
}
