package app

import (
	"context"

	"huiying/internal/app/inbox"
	"huiying/internal/store/access"
	inboxbook "huiying/internal/store/inbox"
	"huiying/internal/store/posts"
)

// inbox is the desk beside single decisions of triage.
func (a *App) inbox() inbox.Desk {
	book, log := inboxbook.New(a.store), access.New(a.store)
	return inbox.Desk{
		Book: book, Reader: book, Do: a.room.desk.Do, SetAside: log.SetAside, Open: triage{a, log}.Open, Logger: a.logger,
		CaseOf: func(ctx context.Context, id string) (string, error) {
			p, err := posts.Get(ctx, a.store.Reader(), id)
			return p.CaseNo, err
		},
	}
}
