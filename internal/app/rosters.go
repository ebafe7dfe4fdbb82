package app

import (
	"context"
	"errors"
	"time"

	"huiying/internal/app/rota"
	"huiying/internal/config"
	"huiying/internal/store/definitions"
	dutybook "huiying/internal/store/duty"
	"huiying/internal/store/users"
)

// RosterDesk is the rosters in stored data, for commands.
type RosterDesk struct {
	*rota.Desk
	archive *Archive
}

// OpenRosters opens the rosters of stored data: for reading beside a running
// service, or of a stopped one to change them.
func OpenRosters(ctx context.Context, w Where, change bool) (*RosterDesk, error) {
	c, err := w.Config()
	if err != nil {
		return nil, err
	}
	var a *Archive
	if change {
		a, _, err = OpenForWriting(ctx, w)
	} else {
		a, err = OpenArchive(ctx, w)
	}
	if err != nil {
		return nil, err
	}
	if change && w.ConfigFile != "" {
		if err := importRosters(ctx, c, a); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	days, err := CalendarOf(ctx, definitions.New(a.Store), a.Days)
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	book := dutybook.New(a.Store)
	channels := make([]string, 0, len(c.Channels))
	for _, ch := range c.Channels {
		channels = append(channels, ch.ID)
	}
	return &RosterDesk{archive: a, Desk: rota.NewDesk(rota.DeskOptions{
		Rosters: rota.New(book, a.Zone, days.Calendar, time.Now), Book: book, Definitions: definitions.New(a.Store),
		People: users.New(a.Store, users.Options{}).List, Channels: channels, Policies: c.Policies(), Now: time.Now,
	})}, nil
}

// importRosters brings in what the service would at its next start: rosters of
// the file, and its people, whom a table names.
func importRosters(ctx context.Context, c config.Config, a *Archive) error {
	probe := &App{config: c, store: a.Store, users: users.New(a.Store, users.Options{})}
	defs, err := probe.rosterDefinitions()
	if err != nil {
		return err
	}
	if _, err := definitions.New(a.Store).Import(ctx, dutybook.KindRoster, probe.origin(), defs); err != nil {
		return err
	}
	return probe.importPeople(ctx)
}

// Zone is the office zone.
func (d *RosterDesk) Zone() *time.Location { return d.archive.Zone }

// Close frees the data.
func (d *RosterDesk) Close() error { return d.archive.Close() }
