package app

import (
	"context"
	"time"

	"huiying"
	"huiying/internal/app/telling"
	"huiying/notifier"
	"huiying/notifier/route"
)

// quieted gives every recipient the quiet hours of the person.
func (d *directory) quieted(list []notifier.Recipient) []notifier.Recipient {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range list {
		list[i].Quiet = d.quiet[list[i].Person.ID]
	}
	return list
}

// hours are the quiet hours of those who have any, about a time.
func (d *directory) hours(ctx context.Context, people []huiying.Person, now time.Time) (map[string]notifier.Quiet, error) {
	out := map[string]notifier.Quiet{}
	var duty map[string][]huiying.DutyShift
	for _, p := range people {
		if len(p.Quiet) == 0 {
			continue
		}
		if duty == nil {
			var err error
			if duty, err = telling.Shifts(ctx, d.shifts, now, now); err != nil {
				return nil, err
			}
		}
		q, err := route.NewQuiet(p.Quiet, duty[p.ID], d.clock)
		if err != nil {
			return nil, err
		}
		out[p.ID] = q.Until
	}
	return out, nil
}

// quietUntil is until when the quiet hours of a person hold that hold at a time.
func (d *directory) quietUntil(ctx context.Context, person string, at time.Time) (time.Time, error) {
	if _, err := d.everybody(ctx); err != nil {
		return at, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if q := d.quiet[person]; q != nil {
		return q(at), nil
	}
	return at, nil
}

// quiet is the quiet hours of people for the pages.
func (a *App) quiet() telling.Quiet {
	return telling.Quiet{Store: a.store, Keep: a.users.SetQuiet, Clock: a.room.clock, Shifts: a.room.book.shifts, Now: a.now}
}
