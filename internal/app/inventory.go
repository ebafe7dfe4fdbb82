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
		Verify: a.verify, Go: a.life.loop,
		Sentence: func(err error) string { return a.words.Sentence(locale.Chinese, err) },
	}
}

// verify checks the whole record as huiying audit verify does. The exported
// heads are read first, so that none is newer than what is checked.
func (a *App) verify(ctx context.Context) (record.Report, error) {
	exported, err := record.ReadHeads(headsOf(a.config))
	if err != nil {
		return record.Report{}, err
	}
	return a.room.ledger.Verify(ctx, record.VerifyOptions{
		Key: a.keys.record, Exported: exported, Fold: casework.Fold, Version: machine.Version, Also: []record.Check{papers.Check()},
	})
}
