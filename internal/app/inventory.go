package app

import (
	"context"

	"huiying/internal/app/inventory"
	"huiying/internal/app/papers"
	"huiying/internal/app/rota"
	"huiying/internal/app/rulebook"
	"huiying/internal/locale"
	"huiying/internal/store/record"
	"huiying/notifier/casework"
	"huiying/notifier/casework/machine"
)

// inventory is what there is here, for the administrator.
func (a *App) inventory(book *rulebook.Desk, duty *rota.Desk) *inventory.Desk {
	return &inventory.Desk{
		Config: a.config, Version: a.version, Store: a.store, Now: a.now, Accounts: a.users.Accounts, Channels: a.room.post.Channels,
		Tokens: a.tokens.All, Refusals: a.refusalDesk.All, Purges: a.room.papers.Purges, Sources: a.sources, Book: book.Book, Duty: duty.Duty,
		Parked:   a.bus.DeadWaiting,
		Silences: a.telling().Silences, Switch: switchDesk{a}.State,
		Verify: func(ctx context.Context) (record.Report, error) {
			return Verify(ctx, a.room.ledger, a.keys.record, headsOf(a.config))
		},
		Go:       a.life.loop,
		Sentence: func(err error) string { return a.words.Sentence(locale.Chinese, err) },
	}
}

// Verify checks a whole record, on one snapshot, with its key and the folder of
// its exported heads. Those are read first, so that none is newer than what is
// checked.
func Verify(ctx context.Context, l *record.Ledger, key []byte, heads string) (record.Report, error) {
	exported, err := record.ReadHeads(heads)
	if err != nil {
		return record.Report{}, err
	}
	return l.Verify(ctx, record.VerifyOptions{
		Key: key, Exported: exported, Fold: casework.Fold, Version: machine.Version, Also: []record.Check{papers.Check()},
	})
}
