package app

import (
	"context"
	"errors"

	"huiying"
	"huiying/internal/app/collection"
	"huiying/internal/config"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

// openSwitch reads and follows the switch of all collection.
func (a *App) openSwitch(ctx context.Context) error {
	kv, err := collection.OpenSwitch(ctx, a.bus)
	if err != nil {
		return err
	}
	if a.collecting, err = collection.FollowSwitch(ctx, kv, a.logger); err != nil {
		return err
	}
	a.life.loop("switch", a.collecting.Run)
	return nil
}

// switchDesk is the switch as pages know it.
type switchDesk struct{ app *App }

func (d switchDesk) State() query.Switch { return d.app.collecting.State() }

// Turn stops or starts all collection and notes who did.
func (d switchDesk) Turn(ctx context.Context, s query.Switch) error {
	s.At = d.app.now()
	kv, err := collection.OpenSwitch(ctx, d.app.bus)
	if err != nil {
		return err
	}
	if err := collection.SetSwitch(ctx, kv, s); err != nil {
		return err
	}
	action := access.CollectionStarted
	if s.Stopped {
		action = access.CollectionStopped
	}
	return d.app.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		return access.Note(ctx, tx, access.Entry{Actor: s.By, Action: action, Object: "collection", Detail: s.Reason})
	})
}

// TurnSwitch stops or starts all collection of the service that a
// configuration describes, where its bus can be reached or it is stopped.
func TurnSwitch(ctx context.Context, c config.Config, s query.Switch) (err error) {
	zone, err := c.Zone()
	if err != nil {
		return err
	}
	b, err := openQueue(ctx, c, zone)
	if huiying.ErrorCode(err) == huiying.Conflict {
		return huiying.Errorf(huiying.Conflict, "app.stop_running")
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	kv, err := collection.OpenSwitch(ctx, b)
	if err != nil {
		return err
	}
	return collection.SetSwitch(ctx, kv, s)
}
