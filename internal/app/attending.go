package app

import (
	"context"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store/access"
	"huiying/internal/store/record"
	"huiying/notifier/attend"
)

// attending is where people attend to alerts.
func (a *App) attending() *attend.Desk {
	room := a.room
	return attend.New(attend.Options{
		InTx: func(ctx context.Context, f func(attend.Tx) error) error {
			return room.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
		},
		Cases: room.engine, Directory: room.book, People: a.users.List, Units: a.units, Now: a.now,
		Aside: func(ctx context.Context, post string, by huiying.Actor, note string) error {
			return access.New(a.store).SetAside(ctx, query.Aside{Post: post, Actor: by, Reason: query.AsideFalseAlarm, Note: note})
		},
		Texts: func(key string, args ...any) string { return a.words.Text(locale.Chinese, key, args...) },
		Woken: func() {
			room.sender.Wake()
			room.relay.Wake()
		},
	})
}
