package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"huiying"
	"huiying/notifier"
	"huiying/notifier/route"
)

// peopleFor is how long the list of people is kept before it is read again.
const peopleFor = 2 * time.Second

// directory knows who is told: people from the store, units and shared
// channels from the definitions.
type directory struct {
	people   func(context.Context) ([]huiying.Person, error)
	units    []huiying.Unit
	channels []string // ids of all channels; a group's robot may be told itself
	fallback []string // ids told when a rule names nobody; none = who is on duty, else every officer
	now      func() time.Time
	// onDuty is who is on duty in a roster, "" = in any, and whether there is
	// such a roster; nil = there are none.
	onDuty func(ctx context.Context, roster string) (people []string, there bool, err error)

	// shifts are those on duty that touch a span; nil = there are no rosters. They
	// are asked for only where somebody has quiet hours.
	shifts func(ctx context.Context, from, until time.Time) ([]huiying.DutyShift, error)
	clock  route.Clock // of quiet hours

	mu    sync.Mutex
	list  []huiying.Person
	quiet map[string]notifier.Quiet // by person
	read  time.Time
}

// Recipients resolves unit, user and channel ids in their order.
func (d *directory) Recipients(ctx context.Context, notify []string) ([]notifier.Recipient, error) {
	people, err := d.everybody(ctx)
	if err != nil {
		return nil, err
	}
	if len(notify) == 0 {
		notify = d.fallback
	}
	if len(notify) == 0 {
		found, err := d.byDefault(ctx, people)
		return d.quieted(dropRepeats(found)), err
	}
	var out []notifier.Recipient
	for _, id := range notify {
		found, err := d.resolve(ctx, id, people)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return d.quieted(dropRepeats(out)), nil
}

// byDefault is who is on duty, else every officer: whoever triages, and so
// without a unit that the case could be taken for.
func (d *directory) byDefault(ctx context.Context, people []huiying.Person) ([]notifier.Recipient, error) {
	found, _, err := d.duty(ctx, "", people)
	if err == nil && len(found) == 0 {
		found = officers(people)
	}
	return found, err
}

// resolve gives those an id means. Where it means a roster and nobody on it can
// be told, or there is no such roster, every officer is told: a gap is never
// silence. An office without rosters may have a user called duty.
func (d *directory) resolve(ctx context.Context, id string, people []huiying.Person) ([]notifier.Recipient, error) {
	if roster, ok := rosterOf(id); ok {
		found, there, err := d.duty(ctx, roster, people)
		if err == nil && !there {
			found = d.known(id, people)
		}
		if err == nil && len(found) == 0 {
			found = officers(people)
		}
		return found, err
	}
	return d.known(id, people), nil
}

// known gives the people of a unit, a person, or a shared channel.
func (d *directory) known(id string, people []huiying.Person) []notifier.Recipient {
	if slices.ContainsFunc(d.units, func(u huiying.Unit) bool { return u.ID == id }) {
		var out []notifier.Recipient
		for _, p := range people {
			if p.Unit == id && slices.Contains(p.Roles, huiying.RoleResponder) && len(p.Contacts) > 0 {
				out = append(out, recipient(p))
			}
		}
		if len(out) == 0 { // the case can still be assigned to the unit
			out = append(out, notifier.Recipient{Unit: id})
		}
		return out
	}
	for _, p := range people {
		if p.ID == id {
			return []notifier.Recipient{recipient(p)}
		}
	}
	if slices.Contains(d.channels, id) {
		return []notifier.Recipient{{Channel: id}}
	}
	return nil
}

// recipient tells a person over the contact preferred most; the sender goes on
// to the next one when that channel refuses for good.
func recipient(p huiying.Person) notifier.Recipient {
	r := notifier.Recipient{Person: p, Unit: p.Unit}
	if len(p.Contacts) > 0 {
		r.Channel, r.Address = p.Contacts[0].Channel, p.Contacts[0].Address
	}
	return r
}

func officers(people []huiying.Person) []notifier.Recipient {
	var out []notifier.Recipient
	for _, p := range people {
		if slices.Contains(p.Roles, huiying.RoleOfficer) && len(p.Contacts) > 0 {
			out = append(out, onCall(p))
		}
	}
	return out
}

func dropRepeats(list []notifier.Recipient) []notifier.Recipient {
	seen := map[[3]string]bool{}
	return slices.DeleteFunc(list, func(r notifier.Recipient) bool {
		key := [3]string{r.Person.ID, r.Unit, r.Channel}
		again := seen[key]
		seen[key] = true
		return again
	})
}

func (d *directory) everybody(ctx context.Context) ([]huiying.Person, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if now := d.now(); d.list == nil || now.Sub(d.read) > peopleFor {
		list, err := d.people(ctx)
		if err != nil {
			return nil, err
		}
		quiet, err := d.hours(ctx, list, now)
		if err != nil {
			return nil, err
		}
		d.list, d.quiet, d.read = list, quiet, now
	}
	return d.list, nil
}
