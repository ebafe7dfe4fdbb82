package app

import (
	"context"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"huiying/crawler"
	"huiying/internal/app/collection"
	"huiying/internal/app/rota"
	"huiying/internal/app/rulebook"
	"huiying/internal/app/starting"
	"huiying/internal/store/definitions"
	"huiying/internal/store/views"
	"huiying/notifier"
)

// starting is where an office is set up.
func (a *App) starting(book *rulebook.Desk, duty *rota.Desk) (*starting.Desk, error) {
	profiles, err := LoadProfiles(a.config.Profiles)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(profiles))
	for name := range profiles {
		names = append(names, name)
	}
	slices.Sort(names)
	shelf := definitions.New(a.store)
	return &starting.Desk{
		Config: a.config, Store: a.store, Shelf: shelf, Zone: a.zone, Now: a.now,
		Share:    func(ctx context.Context) error { return a.shareDefinitions(ctx, shelf) },
		Accounts: a.users.Accounts, Channels: a.room.post.Channels, Visits: views.New(a.store).Sources, Duty: duty.Duty, Book: book.Book,
		Kinds: Kinds(profiles), Profiles: names, Crawler: a.trialCrawler,
		Words:  func() (starting.Words, error) { return a.borders() },
		Router: notifier.Router{Tree: a.room.routes, Directory: a.room.book, AssignAbove: a.config.Notifier.AssignAbove},
		Ledger: a.room.inTx(), Woken: []func(){a.room.sender.Wake, a.room.relay.Wake},
	}, nil
}

// trialCrawler asks as the service's own crawler does, in turn with it, with
// metrics of its own and nothing kept: no cursor, no evidence, no ledger.
func (a *App) trialCrawler(ctx context.Context, sink crawler.Sink) (*crawler.Crawler, error) {
	o, err := a.crawlerOptions(sink)
	if err != nil {
		return nil, err
	}
	o.State, o.HoldOlder, o.Registerer, o.Checkpoint = forgetful{}, 0, prometheus.NewRegistry(), nil
	if o.Turns, err = collection.Turns(ctx, a.bus); err != nil {
		return nil, err
	}
	if a.collecting != nil {
		o.Stopped = a.collecting.Stopped
	}
	return crawler.New(o)
}
