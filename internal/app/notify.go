package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"huiying"
	"huiying/internal/app/channels"
	"huiying/internal/app/collection"
	"huiying/internal/app/papers"
	"huiying/internal/app/publishing"
	"huiying/internal/bus"
	"huiying/internal/config"
	"huiying/internal/locale"
	"huiying/internal/store"
	"huiying/internal/store/cases"
	"huiying/internal/store/coverage"
	"huiying/internal/store/definitions"
	"huiying/internal/store/outbox"
	"huiying/internal/store/posts"
	"huiying/internal/store/record"
	topicbook "huiying/internal/store/topics"
	"huiying/notifier"
	"huiying/notifier/calendar"
	"huiying/notifier/casework"
	"huiying/notifier/casework/limit"
	"huiying/notifier/casework/machine"
	"huiying/notifier/route"
	"huiying/notifier/vigil"
)

// archiveEvery is how long the archive gathers events for one transaction: each
// commit costs every page that is being read what it had read of the database.
// What alerts does not wait for it.
const archiveEvery = 200 * time.Millisecond

// The bus consumers of the notifier.
const (
	consumerAlerts  = "alerts"
	consumerArchive = "archive"
	consumerLedger  = "coverage"
	consumerTopics  = "topics"
)

// cases and their record, as the rooms see them.
type caseRoom struct {
	ledger  *record.Ledger
	engine  *casework.Engine
	desk    *notifier.Desk
	links   *notifier.Links
	sender  *notifier.Sender
	relay   *notifier.Relay
	book    *directory
	days    *calendar.Calendar
	presets []limit.Preset
	routes  *route.Tree
	clock   route.Clock // of the routes

	escalation *escalation
	post       *channels.Desk

	papers   papers.Desk
	drafting papers.Drafting
	reading  reading

	publishing publishing.Desk
	swept      chan struct{} // a case was purged
}

// inTx runs the notifier's transactions on the ledger.
func (r *caseRoom) inTx() notifier.Ledger {
	return notifier.LedgerFunc(func(ctx context.Context, f func(notifier.Tx) error) error {
		return r.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
	})
}

// busOutbox carries the store's messages to the relay's type.
type busOutbox struct{ queue *outbox.Bus }

func (b busOutbox) Pending(ctx context.Context, n int) ([]notifier.OutMessage, error) {
	list, err := b.queue.Pending(ctx, n)
	out := make([]notifier.OutMessage, len(list))
	for i, m := range list {
		out[i] = notifier.OutMessage{N: m.N, Subject: m.Subject, MsgID: m.MsgID, Body: m.Body}
	}
	return out, err
}

func (b busOutbox) Done(ctx context.Context, n ...int64) error { return b.queue.Done(ctx, n...) }

// newCaseRoom wires casework, links, sender and relay over the store.
func (a *App) newCaseRoom() (*caseRoom, error) {
	room := &caseRoom{ledger: record.New(a.store), book: a.directory()}
	var err error
	room.presets, err = limit.Apply(limit.Presets(), a.config.Presets)
	if err != nil {
		return nil, err
	}
	if room.days, err = workingDays(context.Background(), a.config, a.store); err != nil {
		return nil, err
	}
	room.escalation = a.newEscalation(room.days)
	room.book.onDuty, room.book.shifts = room.escalation.rosters.OnDuty, room.escalation.rosters.Shifts
	inTx := room.inTx()
	policy := a.casePolicy()
	reading, err := a.reading()
	if err != nil {
		return nil, err
	}
	room.engine = casework.New(casework.Options{
		Ledger: casework.LedgerFunc(func(ctx context.Context, f func(casework.Tx) error) error {
			return room.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
		}),
		Deadlines: room.ledger, Now: a.now, Zone: a.zone, Registerer: a.registry, Policy: policy,
		Ladders: a.config.Policies().For,
		After: func(ctx context.Context, tx casework.Tx, c huiying.Case, s huiying.Step) error {
			return room.desk.Heard(ctx, tx.(*record.Tx), c, s)
		},
		Presets: room.presets, Calendar: func() *calendar.Calendar { return room.days },
		Inspect: reading.inspector,
	})
	if room.routes, room.clock, err = routeTree(a.config, room.days); err != nil {
		return nil, err
	}
	room.book.clock = room.clock
	deliveries := outbox.NewDeliveries(a.store)
	room.links = notifier.NewLinks(notifier.LinksOptions{
		Key: a.keys.link, Outbox: deliveries, Ledger: inTx, Cases: room.engine, Reader: room.ledger,
		Directory: room.book, Now: a.now, Zone: a.zone, Wake: func() { room.sender.Wake() },
	})
	if err := a.newSender(room, inTx, reading.reader); err != nil {
		return nil, err
	}
	room.relay = notifier.NewRelay(notifier.RelayOptions{
		Outbox: busOutbox{outbox.NewBus(a.store)}, Publisher: a.bus,
		Logger: a.logger, Registerer: a.registry, Checkpoint: a.checkpoint,
	})
	room.desk = notifier.NewDesk(notifier.DeskOptions{
		Ledger: inTx, Cases: room.engine, Directory: room.book, Now: a.now, Zone: a.zone,
		Woken: []func(){room.sender.Wake, room.relay.Wake},
		Signers: func(ctx context.Context, c huiying.Case) ([]notifier.Recipient, error) {
			return room.book.signers(ctx, policy, c)
		},
		MetBy: limit.MetBy(room.presets),
	})
	if err := a.addPublishing(room); err != nil {
		return nil, err
	}
	return room, a.addPapers(room, reading)
}

// refold brings cases of an earlier version of the program in line with their
// record.
func (a *App) refold(ctx context.Context) error {
	changed, err := a.room.ledger.Refold(ctx, machine.Version, casework.Fold)
	if len(changed) > 0 {
		a.logger.Info("cases of an earlier version were folded anew from their record", "cases", len(changed), "first", changed[0], "last", changed[len(changed)-1])
	}
	return err
}

// workingDays is the calendar of the published and the imported years.
func workingDays(ctx context.Context, c config.Config, s *store.Store) (*calendar.Calendar, error) {
	options, err := calendarOptions(c)
	if err != nil {
		return nil, err
	}
	found, err := CalendarOf(ctx, definitions.New(s), options)
	return found.Calendar, err
}

// casePolicy is what the office decided about the case machine.
func (a *App) casePolicy() *machine.Policy {
	policy := machine.DefaultPolicy()
	if a.config.Notifier.Approvers != nil {
		policy.Approvers = a.config.Notifier.Approvers
	}
	policy.Classified = a.config.Notifier.Classified
	return &policy
}

// startNotifier runs the consumers, the sender, the relay and the clocks.
func (a *App) startNotifier() {
	room := a.room
	inTx := room.inTx()
	alerts := notifier.NewAlerts(notifier.AlertsOptions{
		Ledger: inTx, Cases: room.engine, Directory: room.book, Now: a.now, Zone: a.zone,
		Woken: []func(){room.sender.Wake, room.relay.Wake}, Registerer: a.registry,
		AssignAbove: a.config.Notifier.AssignAbove, Routes: room.routes,
	})
	archiver := notifier.NewArchiver(posts.NewArchive(a.store), a.registry)
	if err := a.registry.Register(cases.NewGauges(a.store, a.now)); err != nil {
		a.logger.Error("the figures of cases are not among the metrics", "error", err)
	}
	a.life.loop("sender", room.sender.Run)
	a.life.loop("relay", room.relay.Run)
	a.life.loop("alerts", func(ctx context.Context) error {
		return a.bus.ConsumeEvents(ctx, bus.Consumer{
			Name: consumerAlerts, Subjects: alertSubjects(), Workers: 16, AckWait: a.ackWait,
		}, alerts.Handle)
	})
	a.life.loop("archive", func(ctx context.Context) error {
		return a.bus.ConsumeEventBatches(ctx, bus.Consumer{
			Name: consumerArchive, Subjects: [][]string{{"huiying.event.>"}}, Batch: 200, BatchWait: archiveEvery, AckWait: a.ackWait,
		}, archiver.HandleBatch)
	})
	a.life.loop("coverage", a.consumeLedger)
	a.life.loop("decisions", a.consumeDecisions)
	a.life.loop("clocks", a.tick)
	a.startEscalation(inTx)
	a.life.loop("vigil", vigil.New(vigil.Options{
		Ledger: collection.Watched{Ledger: coverage.New(a.store)}, Sink: busSink{a.bus}, Now: a.now, Zone: a.zone, Logger: a.logger,
		Texts:   func(key string, args ...any) string { return a.words.Text(locale.Chinese, key, args...) },
		Stopped: func() (time.Time, bool) { s := a.collecting.State(); return s.At, s.Stopped },
	}).Run)
	a.life.loop("watched posts", collection.Watchlist{
		Bus: a.bus, Logger: a.logger, Every: time.Duration(a.config.Crawler.WatchEvery),
		Posts: func(ctx context.Context) (map[string][]huiying.Post, error) {
			return cases.Watched(ctx, a.store.Reader())
		},
	}.Run)
}

// alertSubjects are the subjects of events that alert, red first.
func alertSubjects() [][]string {
	var groups [][]string
	for _, level := range huiying.Levels() {
		if level.Alerts() {
			groups = append(groups, []string{"huiying.event." + string(level) + ".*"})
		}
	}
	return groups
}

// consumeLedger keeps the coverage ledger that crawlers send.
func (a *App) consumeLedger(ctx context.Context) error {
	ledger := coverage.New(a.store)
	return a.bus.Consume(ctx, bus.Consumer{
		Name: consumerLedger, Subjects: [][]string{{"huiying.ledger.>"}}, AckWait: a.ackWait,
	}, func(ctx context.Context, m bus.Message) error {
		entry, err := decodeLedger(m.Body)
		if err != nil {
			return err
		}
		return ledger.Save(ctx, entry)
	})
}

// consumeDecisions has archived posts and cases follow what people decide of
// topics.
func (a *App) consumeDecisions(ctx context.Context) error {
	book := topicbook.New(a.store)
	return a.bus.Consume(ctx, bus.Consumer{
		Name: consumerTopics, AckWait: a.ackWait,
		Subjects: [][]string{{"huiying.topic." + huiying.TopicMerged, "huiying.topic." + huiying.TopicSplit, "huiying.topic." + huiying.TopicRenamed, "huiying.topic." + huiying.TopicAdded}},
	}, func(ctx context.Context, m bus.Message) error {
		var c huiying.TopicChange
		if err := json.Unmarshal(m.Body, &c); err != nil {
			return fmt.Errorf("read what was decided of a topic: %w", err)
		}
		return book.Save(ctx, c)
	})
}

// tick finds clocks that ran out, every second.
func (a *App) tick(ctx context.Context) error {
	if n, err := a.room.engine.Recompute(ctx); err != nil {
		// They are provisional, and say so, until the next start.
		a.logger.Error("computing provisional due times anew failed", "error", err)
	} else if n > 0 {
		a.logger.Info("due times computed anew by a newer calendar", "cases", n)
	}
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		if _, err := a.room.engine.Tick(ctx); err != nil && ctx.Err() == nil {
			// The clocks are looked at again in a second; nothing is lost by waiting.
			a.logger.Error("looking for overdue clocks failed", "error", err)
		} else {
			a.room.escalation.clocks.Beat(a.now())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
	}
}

var _ notifier.Tx = (*record.Tx)(nil)

// directory knows who is told, from the configuration and the store.
func (a *App) directory() *directory { return directoryOf(a.config, a.users, a.now) }
