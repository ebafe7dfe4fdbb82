package app

import (
	"huiying/internal/app/inbox"
	"huiying/internal/store/access"
	inboxbook "huiying/internal/store/inbox"
)

// inbox is the desk beside single decisions of triage.
func (a *App) inbox() inbox.Desk {
	book := inboxbook.New(a.store)
	return inbox.Desk{Book: book, Reader: book, Do: a.room.desk.Do, SetAside: access.New(a.store).SetAside, Logger: a.logger}
}
