package app

import (
	"context"
	"time"

	"huiying"
	"huiying/internal/app/rota"
	"huiying/internal/locale"
	"huiying/internal/store/definitions"
	dutybook "huiying/internal/store/duty"
	"huiying/notifier"
	"huiying/notifier/calendar"
	"huiying/notifier/ladder"
)

// escalation is what makes sure that somebody takes an urgent case.
type escalation struct {
	book      *dutybook.Book
	rosters   *rota.Rosters
	climber   *ladder.Climber
	auditor   *ladder.Auditor
	heartbeat *ladder.Heartbeat // nil = no monitor is configured
	clocks    ladder.Pulse
	sender    ladder.Pulse
}

// newEscalation opens the rosters over the working calendar; the rest follows
// with startEscalation.
func (a *App) newEscalation(days *calendar.Calendar) *escalation {
	book := dutybook.New(a.store)
	return &escalation{book: book, rosters: rota.New(book, a.zone, days, a.now)}
}

// startEscalation runs the climber, the auditor and the heartbeat.
func (a *App) startEscalation(inTx notifier.Ledger) {
	room := a.room
	e := room.escalation
	texts := func(key string, args ...any) string { return a.words.Text(locale.Chinese, key, args...) }
	woken := []func(){room.sender.Wake, room.relay.Wake}
	policies := a.config.Policies()
	e.climber = ladder.NewClimber(ladder.ClimberOptions{
		Ledger: inTx, Cases: room.engine, Due: room.ledger, Directory: room.book, Texts: texts, Now: a.now, Woken: woken,
		Logger: a.logger, Registerer: a.registry, Checkpoint: a.checkpoint,
	})
	e.auditor = ladder.NewAuditor(ladder.AuditorOptions{
		Evidence: e.book, Findings: e.book, Ledger: inTx, Directory: room.book, Policies: policies, Gaps: a.gaps,
		Loops: []ladder.Loop{
			{Name: "climber", Pulse: e.climber.Pulse(), Most: 30 * time.Second},
			{Name: "clocks", Pulse: &e.clocks, Most: 30 * time.Second},
			// All its workers may wait for providers that hang.
			{Name: "sender", Pulse: &e.sender, Most: 2 * time.Minute},
		},
		Texts: texts, Now: a.now, Woken: woken, Logger: a.logger, Registerer: a.registry,
	})
	a.life.loop("escalation", e.climber.Run)
	a.life.loop("audit of escalation", e.auditor.Run)
	if h := a.config.Heartbeat; h.URL != "" {
		e.heartbeat = ladder.NewHeartbeat(ladder.HeartbeatOptions{
			URL: string(h.URL), Every: time.Duration(h.Every), Method: h.Method, Healthy: e.auditor.Healthy, Now: a.now,
			Logger: a.logger, Registerer: a.registry,
		})
		a.life.loop("heartbeat", e.heartbeat.Run)
	}
}

// dutyDesk is where people see and change who is on duty.
func (a *App) dutyDesk() *rota.Desk {
	e := a.room.escalation
	return rota.NewDesk(rota.DeskOptions{
		Rosters: e.rosters, Book: e.book, Definitions: definitions.New(a.store), People: a.users.List, Channels: a.channelIDs(),
		Policies: a.config.Policies(), Heartbeat: e.heartbeat, Now: a.now,
	})
}

// gaps are those of the rosters in the days to come.
func (a *App) gaps(ctx context.Context) ([]huiying.DutyGap, error) {
	people, err := a.users.List(ctx)
	if err != nil {
		return nil, err
	}
	return a.room.escalation.rosters.Gaps(ctx, rota.Standing(people, a.channelIDs()))
}
