package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"huiying"
	"huiying/internal/store/definitions"
	dutybook "huiying/internal/store/duty"
	"huiying/notifier"
	"huiying/notifier/duty"
	"huiying/notifier/ladder"
)

// plansFor is how long rosters are kept before they are read again.
const plansFor = 2 * time.Second

// rosters is the duty rosters of the office as plans.
type rosters struct {
	book     *dutybook.Book
	zone     *time.Location
	calendar duty.Calendar
	now      func() time.Time

	mu    sync.Mutex
	plans []*duty.Plan
	read  time.Time
}

// all reads the plans. A roster that is wrong in itself fails: silence about it
// would leave a duty unfilled.
func (r *rosters) all(ctx context.Context) ([]*duty.Plan, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if r.plans != nil && now.Sub(r.read) <= plansFor && !now.Before(r.read) {
		return r.plans, nil
	}
	plans, err := readPlans(ctx, r.book, duty.Options{Zone: r.zone, Calendar: r.calendar})
	if err != nil {
		return nil, err
	}
	r.plans, r.read = plans, now
	return plans, nil
}

// forget has the next question read the rosters anew: they were just changed.
func (r *rosters) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.plans = nil
}

func readPlans(ctx context.Context, book *dutybook.Book, o duty.Options) ([]*duty.Plan, error) {
	list, err := book.Rosters(ctx)
	if err != nil {
		return nil, err
	}
	tables, err := book.Tables(ctx)
	if err != nil {
		return nil, err
	}
	if o.Changes, err = book.Changes(ctx); err != nil {
		return nil, err
	}
	plans := make([]*duty.Plan, 0, len(list))
	for _, r := range list {
		o.Rows = tables[r.ID]
		p, err := duty.New(r, o)
		if err != nil {
			return nil, fmt.Errorf("roster %s: %w", r.ID, err)
		}
		plans = append(plans, p)
	}
	return plans, nil
}

// onDuty is who is on duty now in a roster, "" = in any; there reports whether
// there is such a roster at all.
func (r *rosters) onDuty(ctx context.Context, id string) (people []string, there bool, err error) {
	plans, err := r.all(ctx)
	if err != nil {
		return nil, false, err
	}
	for _, p := range plans {
		if id != "" && p.Roster().ID != id {
			continue
		}
		there = true
		for _, person := range duty.People(p.OnDuty(r.now())) {
			if !slices.Contains(people, person) {
				people = append(people, person)
			}
		}
	}
	return people, there, nil
}

// watched is how far ahead gaps are looked for.
const watched = 7 * 24 * time.Hour

// gaps are those of the days to come.
func (r *rosters) gaps(ctx context.Context, standing func(string) duty.Standing) ([]huiying.DutyGap, error) {
	plans, err := r.all(ctx)
	if err != nil {
		return nil, err
	}
	var out []huiying.DutyGap
	now := r.now()
	for _, p := range plans {
		out = append(out, p.Gaps(now, now.Add(watched), standing)...)
	}
	return out, nil
}

// standing is what is known of people: who is a user, and whom a channel
// reaches.
func standing(people []huiying.Person, channels []string) func(string) duty.Standing {
	return func(id string) duty.Standing {
		i := slices.IndexFunc(people, func(p huiying.Person) bool { return p.ID == id })
		if i < 0 {
			return duty.Standing{}
		}
		return duty.Standing{Known: true, Reachable: reachable(people[i], channels)}
	}
}

func reachable(p huiying.Person, channels []string) bool {
	return slices.ContainsFunc(p.Contacts, func(c huiying.Contact) bool { return slices.Contains(channels, c.Channel) })
}

// rosterOf is the roster an id of a recipient means; ok is false when it means
// something else.
func rosterOf(id string) (roster string, ok bool) {
	if id == ladder.WordDuty {
		return "", true
	}
	return strings.CutPrefix(id, ladder.PrefixDuty)
}

// duty is who is on duty and can be told; there reports whether there is such a
// roster.
func (d *directory) duty(ctx context.Context, roster string, people []huiying.Person) (found []notifier.Recipient, there bool, err error) {
	if d.onDuty == nil {
		return nil, false, nil
	}
	ids, there, err := d.onDuty(ctx, roster)
	if err != nil {
		return nil, false, err
	}
	for _, p := range people {
		if slices.Contains(ids, p.ID) && reachable(p, d.channels) {
			found = append(found, onCall(p))
		}
	}
	return found, there, nil
}

// onCall tells a person who stands for the office, not for the own unit: the
// case does not become that unit's.
func onCall(p huiying.Person) notifier.Recipient {
	r := recipient(p)
	r.Unit = ""
	return r
}

// Present resolves ids and the words of ladders. Unlike Recipients it puts
// nobody in the place of somebody who is missing: a ladder goes on instead.
func (d *directory) Present(ctx context.Context, ids []string) (found []notifier.Recipient, gap bool, err error) {
	people, err := d.everybody(ctx)
	if err != nil {
		return nil, false, err
	}
	for _, id := range ids {
		if roster, ok := rosterOf(id); ok {
			on, there, err := d.duty(ctx, roster, people)
			if err != nil {
				return nil, false, err
			}
			gap = gap || there && len(on) == 0
			found = append(found, on...)
			continue
		}
		if role, unit, ok := roleOf(id); ok {
			found = append(found, d.holders(people, role, unit)...)
			continue
		}
		resolved, err := d.resolve(ctx, id, people)
		if err != nil {
			return nil, false, err
		}
		found = append(found, resolved...)
	}
	found = slices.DeleteFunc(found, func(r notifier.Recipient) bool { return r.Channel == "" })
	return dropRepeats(found), gap, nil
}

// roleOf is the role a word of a ladder stands for, and the unit whose people
// come first.
func roleOf(word string) (role huiying.Role, unit string, ok bool) {
	switch word {
	case ladder.WordHead:
		return huiying.RoleManager, "", true
	case ladder.WordOfficers:
		return huiying.RoleOfficer, "", true
	case ladder.WordAdmins:
		return huiying.RoleAdmin, "", true
	}
	unit, ok = strings.CutPrefix(word, ladder.PrefixHead)
	return huiying.RoleManager, unit, ok
}

// holders are those with a role who can be told: of the unit where it has any,
// else everybody.
func (d *directory) holders(people []huiying.Person, role huiying.Role, unit string) []notifier.Recipient {
	var of, all []notifier.Recipient
	for _, p := range people {
		if !slices.Contains(p.Roles, role) || !reachable(p, d.channels) {
			continue
		}
		all = append(all, onCall(p))
		if unit != "" && p.Unit == unit {
			of = append(of, onCall(p))
		}
	}
	if len(of) > 0 {
		return of
	}
	return all
}

// rosterDefinitions are the rosters of the configuration.
func (a *App) rosterDefinitions() ([]definitions.Definition, error) {
	out := make([]definitions.Definition, 0, len(a.config.Rosters))
	for _, r := range a.config.Rosters {
		body, err := json.Marshal(r.Roster())
		if err != nil {
			return nil, fmt.Errorf("encode roster %s: %w", r.ID, err)
		}
		out = append(out, definitions.Definition{ID: r.ID, Author: "file", Body: body})
	}
	return out, nil
}
