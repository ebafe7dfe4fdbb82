package app

import (
	"context"

	"huiying/internal/app/publishing"
	"huiying/internal/locale"
	"huiying/internal/store/record"
	"huiying/internal/store/views"
	"huiying/notifier/posting"
)

// addPublishing wires the official interfaces on which replies go out.
func (a *App) addPublishing(room *caseRoom) error {
	sites, err := publishing.Sites(a.config.Posting)
	if err != nil {
		return err
	}
	room.publishing = publishing.Desk{Store: a.store, Views: views.New(a.store), Now: a.now, Posting: posting.New(posting.Options{
		InTx: func(ctx context.Context, f func(posting.Tx) error) error {
			return room.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
		},
		Cases: room.engine, Sites: sites, Now: a.now,
		Say:   func(err error) string { return a.words.Sentence(locale.Chinese, err) },
		Woken: room.relay.Wake,
	})}
	return nil
}
