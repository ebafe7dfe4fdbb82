package app

import (
	"context"
	"errors"

	"huiying/internal/app/collection"
	"huiying/internal/app/privacy"
	"huiying/internal/app/topics"
	"huiying/internal/bus"
	"huiying/internal/store/refusals"
)

// openRefusals reads who refuses to be collected, before any post is taken,
// and where the list is kept starts to bring it about.
func (a *App) openRefusals(ctx context.Context) error {
	kv, err := privacy.Bucket(ctx, a.bus)
	if err != nil {
		return err
	}
	if a.refusals, err = privacy.Open(ctx, kv, a.logger); err != nil {
		return err
	}
	a.life.loop("refusals", a.refusals.Run)
	if !a.runs(TargetNotifier) {
		return nil
	}
	return a.startPurge(ctx, kv)
}

func (a *App) startPurge(ctx context.Context, kv *bus.KV) error {
	known, err := a.bus.KV(ctx, topics.Bucket, bus.KVOptions{TTL: topics.KeptFor})
	if err != nil {
		return err
	}
	pages, err := collection.Evidence(ctx, a.bus)
	if err != nil {
		return err
	}
	wake := make(chan struct{}, 1)
	keeper := &privacy.Keeper{
		Book: refusals.New(a.store), Bus: a.bus, KV: kv, Topics: known, Stale: topics.KeptFor, Pages: pages, Store: a.store, Now: a.now, Logger: a.logger, Wake: wake,
	}
	a.refusalDesk = privacy.Desk{Book: keeper.Book, Key: a.keys.pseudonym, Wake: func() {
		select {
		case wake <- struct{}{}:
		default: // it is awake
		}
	}}
	a.life.loop("purge", keeper.Run)
	return nil
}

// openTopics reaches for the one room where posts are gathered.
func (a *App) openTopics(ctx context.Context) error {
	if !a.runs(TargetAnalyzer) && !a.runs(TargetWeb) {
		return nil
	}
	var err error
	a.topics, err = topics.New(ctx, topics.Options{
		Bus: a.bus, Now: a.now, Zone: a.zone, Logger: a.logger, Forgotten: a.forgottenTopics,
	})
	return err
}

// forgottenTopics names the topics of which nothing is to be kept.
func (a *App) forgottenTopics(ctx context.Context, handle func(topic string)) error {
	kv, err := privacy.Bucket(ctx, a.bus)
	if err != nil {
		return err
	}
	return privacy.Forgotten(ctx, kv, handle)
}

// RefusalDesk records refusals in the data of a stopped service.
type RefusalDesk struct {
	privacy.Desk
	archive *Archive
}

// OpenRefusals takes the data of a service that is not running.
func OpenRefusals(ctx context.Context, w Where) (*RefusalDesk, error) {
	c, err := w.Config()
	if err != nil {
		return nil, err
	}
	a, _, err := OpenForWriting(ctx, w)
	if err != nil {
		return nil, err
	}
	k, err := openKeys(string(c.Record.Key), c.Data, false)
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return &RefusalDesk{archive: a, Desk: privacy.Desk{
		Book: refusals.New(a.Store), Key: k.pseudonym, Wake: func() {},
	}}, nil
}

// Close frees the data.
func (d *RefusalDesk) Close() error { return d.archive.Close() }
