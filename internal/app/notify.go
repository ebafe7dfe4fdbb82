package app

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"huiying"
	"huiying/internal/app/collection"
	"huiying/internal/app/papers"
	"huiying/internal/bus"
	"huiying/internal/config"
	"huiying/internal/locale"
	"huiying/internal/store/cases"
	"huiying/internal/store/coverage"
	"huiying/internal/store/outbox"
	"huiying/internal/store/posts"
	"huiying/internal/store/record"
	topicbook "huiying/internal/store/topics"
	"huiying/notifier"
	"huiying/notifier/casework"
	"huiying/notifier/casework/machine"
	"huiying/notifier/channel"
	"huiying/notifier/channel/email"
	"huiying/notifier/channel/webhook"
	"huiying/notifier/channel/wecom"
	"huiying/notifier/vigil"
)

// The bus consumers of the notifier.
const (
	consumerAlerts  = "alerts"
	consumerArchive = "archive"
	consumerLedger  = "coverage"
	consumerTopics  = "topics"
)

// cases and their record, as the rooms see them.
type caseRoom struct {
	ledger *record.Ledger
	engine *casework.Engine
	desk   *notifier.Desk
	links  *notifier.Links
	sender *notifier.Sender
	relay  *notifier.Relay
	book   *directory

	papers   papers.Desk
	drafting papers.Drafting
	swept    chan struct{} // a case was purged
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
	inTx := notifier.LedgerFunc(func(ctx context.Context, f func(notifier.Tx) error) error {
		return room.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
	})
	reading, err := a.reading()
	if err != nil {
		return nil, err
	}
	room.engine = casework.New(casework.Options{
		Ledger: casework.LedgerFunc(func(ctx context.Context, f func(casework.Tx) error) error {
			return room.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
		}),
		Deadlines: room.ledger, Now: a.now, Zone: a.zone, Registerer: a.registry, Policy: a.casePolicy(),
		Inspect: reading.inspector,
	})
	deliveries := outbox.NewDeliveries(a.store)
	room.links = notifier.NewLinks(notifier.LinksOptions{
		Key: a.keys.link, Outbox: deliveries, Ledger: inTx, Cases: room.engine, Reader: room.ledger,
		Directory: room.book, Now: a.now, Wake: func() { room.sender.Wake() },
	})
	channels, err := a.channels()
	if err != nil {
		return nil, err
	}
	sending := notifier.DefaultSending()
	sending.Workers = a.config.Notifier.Workers
	if retry := a.config.Notifier.Retry; len(retry) > 0 {
		sending.Retry = nil
		for _, d := range retry {
			sending.Retry = append(sending.Retry, time.Duration(d))
		}
	}
	room.sender = notifier.NewSender(notifier.SenderOptions{
		Outbox: deliveries, Ledger: inTx, Directory: room.book, Channels: channels, Sending: sending,
		Texts:  notifier.Texts{Catalogue: a.words, Zone: a.zone, PublicURL: a.config.PublicURL, Token: room.links.Token},
		Jitter: rand.Float64, Now: a.now, Logger: a.logger, Registerer: a.registry, Checkpoint: a.checkpoint,
	})
	room.relay = notifier.NewRelay(notifier.RelayOptions{
		Outbox: busOutbox{outbox.NewBus(a.store)}, Publisher: a.bus,
		Logger: a.logger, Registerer: a.registry, Checkpoint: a.checkpoint,
	})
	room.desk = notifier.NewDesk(notifier.DeskOptions{
		Ledger: inTx, Cases: room.engine, Directory: room.book, Now: a.now, Zone: a.zone,
		Woken: []func(){room.sender.Wake, room.relay.Wake},
	})
	return room, a.addPapers(room, reading)
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
	inTx := notifier.LedgerFunc(func(ctx context.Context, f func(notifier.Tx) error) error {
		return room.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
	})
	alerts := notifier.NewAlerts(notifier.AlertsOptions{
		Ledger: inTx, Cases: room.engine, Directory: room.book, Now: a.now, Zone: a.zone,
		Woken: []func(){room.sender.Wake, room.relay.Wake}, Registerer: a.registry,
		AssignAbove: a.config.Notifier.AssignAbove,
	})
	archiver := notifier.NewArchiver(posts.NewArchive(a.store), a.registry)
	a.life.loop("sender", room.sender.Run)
	a.life.loop("relay", room.relay.Run)
	a.life.loop("alerts", func(ctx context.Context) error {
		return a.bus.ConsumeEvents(ctx, bus.Consumer{
			Name: consumerAlerts, Subjects: alertSubjects(), Workers: 16, AckWait: a.ackWait,
		}, alerts.Handle)
	})
	a.life.loop("archive", func(ctx context.Context) error {
		return a.bus.ConsumeEventBatches(ctx, bus.Consumer{
			Name: consumerArchive, Subjects: [][]string{{"huiying.event.>"}}, Batch: 200, BatchWait: 50 * time.Millisecond, AckWait: a.ackWait,
		}, archiver.HandleBatch)
	})
	a.life.loop("coverage", a.consumeLedger)
	a.life.loop("decisions", a.consumeDecisions)
	a.life.loop("clocks", a.tick)
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
		Subjects: [][]string{{"huiying.topic." + huiying.TopicMerged, "huiying.topic." + huiying.TopicSplit, "huiying.topic." + huiying.TopicRenamed}},
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
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		if _, err := a.room.engine.Tick(ctx); err != nil && ctx.Err() == nil {
			// The clocks are looked at again in a second; nothing is lost by waiting.
			a.logger.Error("looking for overdue clocks failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
	}
}

// channels builds the channel of every definition: one row per kind.
func (a *App) channels() (map[string]channel.Channel, error) {
	out := map[string]channel.Channel{}
	for _, c := range a.config.Channels {
		made, err := a.channel(c)
		if err != nil {
			return nil, fmt.Errorf("channel %s: %w", c.ID, err)
		}
		out[c.ID] = made
	}
	return out, nil
}

func (a *App) channel(c config.Channel) (channel.Channel, error) {
	timeout := time.Duration(c.Timeout)
	switch c.Kind {
	case "wecom":
		return wecom.New(wecom.Config{
			URL: c.URL, BaseURL: c.BaseURL, Mention: c.Mention, Timeout: timeout, Now: a.now,
		})
	case "email":
		return email.New(email.Config{
			Host: c.Host, Port: c.Port, TLS: c.TLS, User: c.User, Password: string(c.Secret), From: c.From, Timeout: timeout,
		})
	}
	return webhook.New(webhook.Config{
		URL: c.URL, BaseURL: c.BaseURL, Secret: string(c.Secret), Timeout: timeout, Now: a.now,
	})
}

var _ notifier.Tx = (*record.Tx)(nil)

// directory knows who is told, from the configuration and the store.
func (a *App) directory() *directory {
	d := &directory{people: a.users.List, fallback: a.config.Notifier.Default, now: a.now}
	for _, u := range a.config.Units {
		d.units = append(d.units, huiying.Unit{ID: u.ID, Name: u.Name})
	}
	for _, c := range a.config.Channels {
		d.channels = append(d.channels, c.ID)
	}
	return d
}
