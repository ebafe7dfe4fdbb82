package app

import (
	"context"

	"huiying/internal/app/notices"
	"huiying/internal/query"
)

// watchNotices watches for what keeps alerts from reaching anybody.
func (a *App) watchNotices() *notices.Watch {
	ids := a.channelIDs()
	watch := notices.New(notices.Options{
		Look: []func(context.Context) ([]query.Notice, error){
			notices.Duty{Rosters: a.room.escalation.rosters, People: a.users.List, Channels: ids, Now: a.now}.Look,
			notices.Channels{IDs: ids, Queue: a.room.post.Queue}.Look,
			(&notices.Queues{Backlogs: a.bus.Backlogs, Shed: &a.shed, Now: a.now}).Look,
		},
		Now: a.now, Logger: a.logger,
	})
	a.life.loop("notices", watch.Run)
	return watch
}
