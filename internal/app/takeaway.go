package app

import (
	"path/filepath"
	"time"

	"huiying/internal/app/annual"
	"huiying/internal/app/exporting"
	"huiying/internal/app/heat"
	"huiying/internal/app/outcomes"
	"huiying/internal/app/supervision"
	"huiying/internal/store/definitions"
	"huiying/internal/store/exports"
	"huiying/internal/store/views"
	"huiying/notifier/casework/limit"
	"huiying/notifier/casework/measure"
)

// exportsFolder holds the files that people take lists away in.
const exportsFolder = "exports"

// startOutcomes keeps the figures up with the record.
func (a *App) startOutcomes() *outcomes.Desk {
	desk := &outcomes.Desk{
		Store: a.store, Calendar: a.room.days.Version(), Now: a.now, Logger: a.logger,
		Office: measure.Office{Zone: a.zone, MetBy: limit.MetBy(a.room.presets)},
	}
	a.life.loop("figures", desk.Run)
	series := outcomes.NewSeries(desk)
	if err := a.registry.Register(series); err != nil {
		a.logger.Error("the response figures are not among the metrics", "error", err)
	}
	a.life.loop("figures for Prometheus", series.Run)
	return desk
}

// supervision is the desk of the score cards.
func (a *App) supervision(figures *outcomes.Desk) *supervision.Desk {
	return &supervision.Desk{
		Store: a.store, Shelf: definitions.New(a.store), Figures: figures, Units: a.units, Now: a.now,
		Personal: func(text string) bool { return len(a.room.reading.reader.Personal(text)) > 0 },
	}
}

// startRegister keeps the register of the yearly report.
func (a *App) startRegister() *annual.Register {
	r := &annual.Register{Desk: annual.Desk{
		Store: a.store, Office: a.config.Office.Name, Accounts: a.config.Office.Accounts, Measure: annual.MeasureOffice(a.zone, a.room.presets), Now: a.now, Words: a.words,
		Person: func(id string) string { return id }, // pages name people themselves
	}}
	a.life.loop("register", r.Run)
	return r
}

// startExports makes the files that people ask for, one at a time.
func (a *App) startExports(v *views.Views, figures *outcomes.Desk, cards *supervision.Desk, about *heat.Desk) *exporting.Desk {
	desk := exporting.New(exporting.Options{
		Book: exports.New(a.store), Dir: filepath.Join(a.config.Data, exportsFolder), Views: v, Outcomes: figures, Scores: cards, Heat: about,
		Account: a.users.ByID, Token: a.tokens.Account, People: a.users.List, Units: unitsOf(a.config), Words: a.words, Zone: a.zone, Now: a.now, Logger: a.logger,
		Limits: exporting.Limits{Rows: a.config.Exports.Rows, Keep: time.Duration(a.config.Exports.Keep)}, PublicURL: a.config.PublicURL,
	})
	a.life.loop("exports", desk.Run)
	return desk
}
